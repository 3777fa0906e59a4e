//! The requests of a read as conditions see them, for whoever expects a condition of them.

use super::encryption::Facts;
use super::target::ResolvedRead;
use super::{AskError, DoesQuestion, kms, s3};
use crate::estate::{Assumed, Estate};
use crate::eval::{Context, ContextValue};
use crate::logic::KeyRelation;
use crate::name::{ActionName, ConditionKey};
use crate::operation::On;
use crate::request::call::{Call, SharedCaller};
use crate::service::OBJECT_KEY;

/// The request people make, and the one that S3 makes of it.
pub(in crate::ask) struct Requests {
    pub(in crate::ask) first: Context,
    /// Under the key that is, or is likely to be, the object's.
    pub(in crate::ask) kms: Option<Context>,
    /// What is known of several keys together.
    pub(in crate::ask) facts: Vec<KeyRelation>,
}

/// What is known of the context of both requests. What follows a known start goes by its name, too.
pub(in crate::ask) fn requests(estate: &Estate, question: &DoesQuestion) -> Result<Requests, AskError> {
    let read = ResolvedRead::find(estate, question)?;
    let unread = &mut Assumed::default();
    let facts = Facts::find(&read, None, unread);
    let row = question.doing.row().and_then(|row| row.legs.first());
    let action = match row.filter(|_| !question.doing.is_read()).and_then(|leg| ActionName::new(&leg.action))
    {
        Some(action) => action,
        None => s3::action(&read),
    };
    let on = row.map_or(On::Object, |leg| leg.on);
    let known = s3::known(&read, &action, on, facts.is_under_kms(), None);
    let known = s3::borrowed(&known);
    let target = if on == On::Bucket { read.target.of_bucket() } else { read.target.clone() };
    let mut first =
        Call::build(&read.ctx, &read.requester, &s3::leg(&action, &known), &target, unread).context;
    if let Some(within) = read.within() {
        first.set(OBJECT_KEY, ContextValue::Prefix(within.rest.below("")));
    }
    let session = first.get(&ConditionKey::new("aws:userid")).prefix().map(|prefix| prefix.rest.clone());
    if let Some(rest) = session {
        let name = rest.key.clone();
        first.insert(name, ContextValue::Prefix(rest.below("")));
    }
    let (caller, decrypt) = (SharedCaller::default(), ActionName::of("kms", "Decrypt"));
    let kms = match facts {
        Facts::Key(_, candidate) => {
            Some(kms::forwarded(&read, &caller, &decrypt, &candidate, "kms", unread).context)
        }
        Facts::OneOf(_, candidates) => {
            Some(kms::forwarded(&read, &caller, &decrypt, &candidates.first, "kms", unread).context)
        }
        Facts::Without(_) | Facts::NotProvided => None,
    };
    Ok(Requests { first, kms, facts: read.facts().to_vec() })
}
