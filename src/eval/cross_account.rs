//! What can reach across accounts at all.

use super::CallerKind;
use super::statement::Request;
use crate::name::{ActionName, symbol};

/// KMS operations that work on another account's key; anything else allowed to a foreign principal has no
/// effect (R70).
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>
const KMS_ACROSS: &[&str] = &[
    "creategrant",
    "decrypt",
    "derivesharedsecret",
    "describekey",
    "encrypt",
    "generatedatakey",
    "generatedatakeypair",
    "generatedatakeypairwithoutplaintext",
    "generatedatakeywithoutplaintext",
    "generatemac",
    "getkeyrotationstatus",
    "getpublickey",
    "listgrants",
    "reencryptfrom",
    "reencryptto",
    "retiregrant",
    "revokegrant",
    "sign",
    "verify",
    "verifymac",
];

/// Whether policies can let the caller in from another account: inside one partition only (R8), for KMS only some
/// operations, and for the users of a provider never (R121).
pub(super) fn across_accounts(request: &Request<'_>) -> bool {
    let from_provider = request.caller.kind == CallerKind::Federated && request.caller.account.is_some();
    other_partition(request).is_none() && !from_provider && works_across(request.action)
}

/// Whether the caller and the resource are in two partitions. Numbers of accounts say nothing then.
pub(super) fn across_partitions(request: &Request<'_>) -> bool {
    other_partition(request).is_some_and(|p| !symbol::is_in(p) && !symbol::is_in(&request.caller.partition))
}

/// The partition of the resource, where it is not written like that of the caller.
fn other_partition<'r>(request: &Request<'r>) -> Option<&'r str> {
    let partition = request.resource.strip_prefix("arn:").and_then(|r| r.split(':').next())?;
    (request.caller.account.is_some() && partition != &*request.caller.partition).then_some(partition)
}

fn works_across(action: &ActionName) -> bool {
    action.service() != "kms" || KMS_ACROSS.binary_search(&action.name()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted() {
        assert!(KMS_ACROSS.is_sorted());
    }
}
