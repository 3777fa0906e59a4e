//! What can reach across accounts at all.

use super::statement::Request;
use crate::name::ActionName;

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

/// Whether policies can let the caller in from another account: inside one partition only (R8), and for KMS only
/// some operations.
pub(super) fn across_accounts(request: &Request<'_>) -> bool {
    let partition = request.resource.strip_prefix("arn:").and_then(|r| r.split(':').next());
    let same_partition =
        partition.is_none_or(|p| p == &*request.caller.partition) || !request.caller.has_identity();
    same_partition && works_across(request.action)
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
