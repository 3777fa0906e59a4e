//! How long a policy may be (R16).

use super::{Policy, PolicyKind};
use crate::diagnostic::{Code, Diagnostic};

/// Report a document over the quota of its type. `text` is the document as written.
///
/// A stored policy is always within its limit, so this can only be wrong of a file that is not deployed yet.
pub fn check_quota(policy: &Policy, text: &str) -> Option<Diagnostic> {
    let bytes: fn(&str) -> usize = str::len;
    let characters: fn(&str) -> usize = |text| text.chars().count();
    let without_space: fn(&str) -> usize = |text| text.chars().filter(|c| !c.is_whitespace()).count();
    let (code, limit, size, unit) = match policy.kind {
        PolicyKind::Identity | PolicyKind::Boundary => (
            Code::PolicySizeExceedsIdentityPolicyQuota,
            10_240,
            without_space,
            "characters in all inline policies of a role (6,144 in a managed policy)",
        ),
        PolicyKind::Trust => (
            Code::PolicySizeExceedsRoleTrustPolicyQuota,
            8_192,
            without_space,
            "characters (2,048 unless raised)",
        ),
        PolicyKind::Session => {
            (Code::PolicySizeExceedsSessionPolicyQuota, 2_048, without_space, "characters")
        }
        PolicyKind::Scp => (Code::PolicySizeExceedsScpQuota, 10_240, without_space, "characters"),
        PolicyKind::Rcp => (Code::PolicySizeExceedsRcpQuota, 5_120, without_space, "characters"),
        PolicyKind::Key => (Code::PolicySizeExceedsResourcePolicyQuota, 32 * 1024, bytes, "bytes"),
        PolicyKind::Bucket | PolicyKind::AccessPoint => {
            (Code::PolicySizeExceedsResourcePolicyQuota, 20 * 1024, bytes, "bytes")
        }
        PolicyKind::Endpoint => {
            (Code::PolicySizeExceedsResourcePolicyQuota, 20_480, characters, "characters")
        }
        PolicyKind::Resource | PolicyKind::Permissions => return None,
    };
    // No text has more characters than bytes: those of most need not be counted.
    let size = if text.len() > limit { size(text) } else { return None };
    (size > limit).then(|| {
        Diagnostic::new(
            code,
            policy.span,
            format!("this {} has {size}; the limit is {limit} {unit}", policy.kind.describe()),
        )
        .help("AWS refuses it when it is stored")
    })
}
