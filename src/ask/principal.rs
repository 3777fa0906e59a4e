//! Who is meant where a question names a principal.

use super::AskError;
use crate::estate::{Estate, Identity};
use crate::eval::{CallerKind, Session};
use crate::request::Requester;

/// A role or user of the estate, a session of a role, `service:NAME`, an origin access identity or `anonymous`.
pub(super) fn find<'e>(estate: &'e Estate, name: &str, session: &Session) -> Result<Requester<'e>, AskError> {
    let invalid = |message: String| AskError::Invalid { message, help: None };
    let missing = match (estate.role(name), user(estate, name)) {
        (Ok(role), _) => {
            return Requester::of(Identity::Role(role)).map_err(|error| invalid(error.to_string()));
        }
        (Err(_), Some(user)) => {
            return Requester::of(Identity::User(user)).map_err(|error| invalid(error.to_string()));
        }
        (Err(missing), None) => missing,
    };
    match Requester::find(estate, name, session) {
        Ok(requester) => match requester.caller.kind {
            CallerKind::Role | CallerKind::User if requester.identity.is_none() => Err(missing.into()),
            // Templates name their resources with dots as well.
            CallerKind::Service if !name.starts_with("service:") && !name.ends_with(".amazonaws.com") => {
                Err(missing.into())
            }
            CallerKind::Root | CallerKind::FederatedUser | CallerKind::Federated => Err(invalid(format!(
                "`{name}` has no policies of its own that are read here: name a role, a user, a service or `anonymous`"
            ))),
            CallerKind::Role
            | CallerKind::User
            | CallerKind::Service
            | CallerKind::KnownToS3
            | CallerKind::Anonymous => Ok(requester),
        },
        Err(_) => Err(missing.into()),
    }
}

/// A user by ARN, or by name where only one has it.
fn user<'e>(estate: &'e Estate, name: &str) -> Option<&'e crate::estate::User> {
    if let Some(user) = estate.user(name) {
        return Some(user);
    }
    let bare = name.strip_prefix("user/").unwrap_or(name);
    let named = |user: &&crate::estate::User| {
        user.arn.value.resource_of("user").is_some_and(|path| path.rsplit('/').next() == Some(bare))
    };
    let mut found = estate.users.maybe_called(bare).filter(named);
    match (found.next(), found.next()) {
        (Some(only), None) => Some(only),
        (_, _) => None,
    }
}
