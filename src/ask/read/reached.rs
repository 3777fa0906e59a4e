//! What a read question reaches: the things whose facts decide it, for whoever looks for facts that are missing.

use super::encryption::named;
use super::setting::Setting;
use super::{AskError, ReadQuestion};
use crate::estate::{Endpoint, Estate, Key, KeyReference, Object};
use crate::name::Arn;
use crate::request::Asker;

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
    question: &'e ReadQuestion,
) -> Result<Reached<'e>, AskError> {
    Ok(of(&Setting::find(estate, question)?))
}

/// The keys that the object may be under, whoever reads it.
pub(in crate::ask) fn keys_reached(estate: &Estate, question: &ReadQuestion) -> Result<Vec<Arn>, AskError> {
    let setting = Setting::of(estate, question, Asker::open(None))?;
    Ok(of(&setting).keys.into_iter().map(|(arn, _)| arn).collect())
}

fn of<'e>(setting: &Setting<'e>) -> Reached<'e> {
    let estate = setting.estate;
    let default = setting.bucket.encryption.told();
    // A question about many objects is about all kinds of them.
    let objects = match setting.within {
        Some(_) => estate.objects_among(&setting.uri),
        None => setting.object.into_iter().collect(),
    };
    let own = objects.iter().filter_map(|object| object.encryption.as_ref());
    let by_default = default.filter(|_| setting.within.is_some() || own.clone().next().is_none());
    let (mut keys, mut unresolved): (Vec<(Arn, Option<&Key>)>, Vec<&KeyReference>) = Default::default();
    for encryption in own.chain(by_default).filter(|encryption| encryption.kind.uses_kms()) {
        // HeadObject that names no key leaves the one of the default likely.
        let reference = encryption.key.as_ref().or(default.and_then(|default| default.key.as_ref()));
        let Some(reference) = reference else { continue };
        let found = named(setting, reference);
        unresolved.extend(found.is_empty().then_some(reference));
        keys.extend(found.into_iter().filter(|key| !key.managed).map(|key| (key.arn, key.key)));
    }
    let endpoint = setting.network.endpoint.clone().filter(|_| !setting.is_public_network());
    Reached {
        objects,
        is_one_object: setting.within.is_none(),
        keys,
        unresolved,
        endpoint: endpoint.map(|id| (id, setting.endpoint)),
    }
}
