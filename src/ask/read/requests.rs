//! The requests of a read as conditions see them, for whoever expects a condition of them.

use super::encryption::Facts;
use super::setting::{OBJECT_KEY, Setting};
use super::{AskError, Assumed, ReadQuestion, context};
use crate::estate::Estate;
use crate::eval::{Context, Slot};
use crate::logic::Fact;
use crate::name::ConditionKey;

/// The request people make, and the one that S3 makes of it.
pub(in crate::ask) struct Requests {
    pub(in crate::ask) first: Context,
    /// Under the key that is, or is likely to be, the object's.
    pub(in crate::ask) kms: Option<Context>,
    /// What is known of several keys together.
    pub(in crate::ask) facts: Vec<Fact>,
}

/// What is known of the context of both requests. What follows a known start goes by its name, too.
pub(in crate::ask) fn requests(estate: &Estate, question: &ReadQuestion) -> Result<Requests, AskError> {
    let setting = Setting::find(estate, question)?;
    let mut first = context::s3(&setting);
    if let Some(within) = &setting.within {
        first.set(OBJECT_KEY, Slot::Within(within.rest.below("")));
    }
    let session = match first.get(&ConditionKey::new("aws:userid")) {
        Slot::Within(within) => Some(within.rest.clone()),
        Slot::Bound { .. }
        | Slot::Among(..)
        | Slot::AtLeast(..)
        | Slot::Absent
        | Slot::Open(_)
        | Slot::Same(_)
        | Slot::Either(_)
        | Slot::Like(..) => None,
    };
    if let Some(rest) = session {
        let name = rest.key.clone();
        first.insert(name, Slot::Within(rest.below("")));
    }
    let kms = match Facts::find(&setting, &mut Assumed::default()) {
        Facts::Key(_, candidate) => Some(context::kms(&setting, &candidate)),
        Facts::OneOf(_, candidates) => Some(context::kms(&setting, &candidates.first)),
        Facts::Without(_) | Facts::NotTold => None,
    };
    Ok(Requests { first, kms, facts: setting.facts })
}
