//! What a read question reaches: the things whose facts decide it, for whoever looks for facts that are missing.

use std::sync::Arc;

use super::encryption::named;
use super::target::ResolvedRead;
use super::{AskError, DoesQuestion};
use crate::estate::{Endpoint, Estate, Key, KeyReference, Object};
use crate::name::Arn;
use crate::request::{DecisionContext, Requester};

pub(in crate::ask) struct Reached<'e> {
    /// What was told of objects that the question is about.
    pub(in crate::ask) objects: Vec<&'e Object>,
    /// The question does not leave the object's key open.
    pub(in crate::ask) is_one_object: bool,
    /// The keys the object may be under by what was told of it, else of the bucket, and what is known of each. AWS
    /// managed keys are left out: their policy is fixed.
    pub(in crate::ask) keys: Vec<(Arn, Option<&'e Key>)>,
    /// Names of keys that lead to none that was told.
    pub(in crate::ask) unresolved: Vec<&'e KeyReference>,
    /// The VPC endpoint that the question names.
    pub(in crate::ask) endpoint: Option<(String, Option<&'e Endpoint>)>,
}

pub(in crate::ask) fn reached<'e>(
    estate: &'e Estate,
    question: &'e DoesQuestion,
) -> Result<Reached<'e>, AskError> {
    Ok(of(&ResolvedRead::find(estate, question)?))
}

/// The keys that the object may be under, whoever reads it.
pub(in crate::ask) fn keys_reached<'e>(
    ctx: &Arc<DecisionContext<'e>>,
    question: &'e DoesQuestion,
) -> Result<Vec<Arn>, AskError> {
    let read = ResolvedRead::of(ctx, question, Requester::open(None, "aws"))?;
    Ok(of(&read).keys.into_iter().map(|(arn, _)| arn).collect())
}

fn of<'e>(read: &ResolvedRead<'e>) -> Reached<'e> {
    let estate = read.estate();
    let default = read.target.bucket.encryption.provided();
    // A question about many objects is about all kinds of them.
    let objects = match read.within() {
        Some(_) => estate.objects_among(&read.uri),
        None => read.object().into_iter().collect(),
    };
    let own = objects.iter().filter_map(|object| object.encryption.as_ref());
    let by_default = default.filter(|_| read.within().is_some() || own.clone().next().is_none());
    let (mut keys, mut unresolved): (Vec<(Arn, Option<&Key>)>, Vec<&KeyReference>) = Default::default();
    for encryption in own.chain(by_default).filter(|encryption| encryption.kind.uses_kms()) {
        // HeadObject that names no key leaves the one of the default likely.
        let reference = encryption.key.as_ref().or(default.and_then(|default| default.key.as_ref()));
        let Some(reference) = reference else { continue };
        let found = named(read, reference);
        unresolved.extend(found.is_empty().then_some(reference));
        keys.extend(
            found.into_iter().map(|c| c.key).filter(|key| !key.is_managed()).map(|key| (key.arn, key.key)),
        );
    }
    // A copy is under a key of its own.
    if let Some(to) = &read.to {
        let other = of(to);
        keys.extend(other.keys);
        unresolved.extend(other.unresolved);
    }
    let endpoint = read.ctx.network.endpoint.clone().filter(|_| !read.ctx.network.is_public());
    Reached {
        objects,
        is_one_object: read.within().is_none(),
        keys,
        unresolved,
        endpoint: endpoint.map(|id| (id, read.ctx.endpoint)),
    }
}
