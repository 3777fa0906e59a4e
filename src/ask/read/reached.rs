//! What a read question reaches: the things whose facts decide it, for whoever looks for facts that are missing.

use super::encryption::named;
use super::setting::Setting;
use super::{AskError, ReadQuestion};
use crate::estate::{Endpoint, Estate, Key, KeyReference, Object};
use crate::name::Arn;

pub(in crate::ask) struct Reached<'e> {
    /// None where the question leaves the object's key open.
    pub(in crate::ask) object: Option<&'e Object>,
    pub(in crate::ask) is_one_object: bool,
    /// The keys the object may be under by what was told of it, else of the bucket, and what is known of each. AWS
    /// managed keys are left out: their policy is fixed.
    pub(in crate::ask) keys: Vec<(Arn, Option<&'e Key>)>,
    /// A name of a key that leads to none that was told.
    pub(in crate::ask) unresolved: Option<&'e KeyReference>,
    /// The VPC endpoint that the question names.
    pub(in crate::ask) endpoint: Option<(String, Option<&'e Endpoint>)>,
}

pub(in crate::ask) fn reached<'e>(
    estate: &'e Estate,
    question: &'e ReadQuestion,
) -> Result<Reached<'e>, AskError> {
    let setting = Setting::find(estate, question)?;
    let default = setting.bucket.encryption.told();
    let own = setting.object.and_then(|object| object.encryption.as_ref());
    let encryption = own.or(default).filter(|encryption| encryption.kind.uses_kms());
    // HeadObject that names no key leaves the one of the default likely.
    let reference =
        encryption.and_then(|e| e.key.as_ref().or(default.and_then(|default| default.key.as_ref())));
    let found = reference.map(|reference| named(&setting, reference)).unwrap_or_default();
    let unresolved = reference.filter(|_| found.is_empty());
    let keys = found.into_iter().filter(|key| !key.managed).map(|key| (key.arn, key.key)).collect();
    let endpoint = setting.network.endpoint.clone().filter(|_| !setting.is_public_network());
    Ok(Reached {
        object: setting.object,
        is_one_object: setting.within.is_none(),
        keys,
        unresolved,
        endpoint: endpoint.map(|id| (id, setting.endpoint)),
    })
}
