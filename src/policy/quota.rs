//! How long a policy may be (R16).

use super::{Policy, PolicyKind};
use crate::problem::Problem;

/// Report a document over the quota of its type. `text` is the document as written.
///
/// A stored policy is always within its limit, so this can only be wrong of a file that is not deployed yet.
pub fn check_quota(policy: &Policy, text: &str) -> Option<Problem> {
    let without_space = || text.chars().filter(|c| !c.is_whitespace()).count();
    let (code, limit, size, unit) = match policy.kind {
        PolicyKind::Identity | PolicyKind::Boundary => (
            "policy-size-exceeds-identity-policy-quota",
            10_240,
            without_space(),
            "characters in all inline policies of a role (6,144 in a managed policy)",
        ),
        PolicyKind::Trust => (
            "policy-size-exceeds-role-trust-policy-quota",
            8_192,
            without_space(),
            "characters (2,048 unless raised)",
        ),
        PolicyKind::Session => {
            ("policy-size-exceeds-session-policy-quota", 2_048, without_space(), "characters")
        }
        PolicyKind::Scp => ("policy-size-exceeds-scp-quota", 10_240, without_space(), "characters"),
        PolicyKind::Rcp => ("policy-size-exceeds-rcp-quota", 5_120, without_space(), "characters"),
        PolicyKind::Key => ("policy-size-exceeds-resource-policy-quota", 32 * 1024, text.len(), "bytes"),
        PolicyKind::Bucket | PolicyKind::AccessPoint => {
            ("policy-size-exceeds-resource-policy-quota", 20 * 1024, text.len(), "bytes")
        }
        PolicyKind::Endpoint => {
            ("policy-size-exceeds-resource-policy-quota", 20_480, text.chars().count(), "characters")
        }
        PolicyKind::Resource | PolicyKind::Permissions => return None,
    };
    (size > limit).then(|| {
        Problem::warning(
            code,
            policy.span,
            format!("this {} has {size}; the limit is {limit} {unit}", policy.kind.describe()),
        )
        .help("AWS refuses it when it is stored")
    })
}
