//! What AWS calls things, parsed once and printed back exactly.
//!
//! Nothing here knows of places: whoever read the text adds the span.

mod account;
mod action;
mod arn;
mod key;
pub mod keys;
pub mod near;
pub mod partition;
pub mod reference;
mod resource;
pub mod symbol;
mod wild;

pub use account::{AccountId, AccountIdError};
pub use action::{ActionName, ActionPattern};
pub use arn::{Arn, ArnError, is_origin_access_identity};
pub use key::ConditionKey;
pub use keys::KeyType;
pub use resource::{ArnPattern, Behind, Readings, ResourcePattern, Syntax};
pub use wild::{
    Lookup, Match, Piece, Token, Tokens, Unresolved, Variable, VariableError, Wild, fold_eq, has_variable,
};
