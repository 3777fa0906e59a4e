//! How long a policy may be (R16).

use super::{Policy, PolicyKind};
use crate::diagnostic::{Code, Diagnostic};

/// Report a document over the quota of its type. `text` is the document as written.
///
/// A stored policy is always within its limit, so this can only be wrong of a file that is not deployed yet.
pub fn check_quota(policy: &Policy, text: &str) -> Option<Diagnostic> {
    let without_space = || text.chars().filter(|c| !c.is_whitespace()).count();
    let (code, limit, size, unit) = match policy.kind {
        PolicyKind::Identity | PolicyKind::Boundary => (
            Code::PolicySizeExceedsIdentityPolicyQuota,
            10_240,
            without_space(),
            "characters in all inline policies of a role (6,144 in a managed policy)",
        ),
        PolicyKind::Trust => (
            Code::PolicySizeExceedsRoleTrustPolicyQuota,
            8_192,
            without_space(),
            "characters (2,048 unless raised)",
        ),
        PolicyKind::Session => {
            (Code::PolicySizeExceedsSessionPolicyQuota, 2_048, without_space(), "characters")
        }
        PolicyKind::Scp => (Code::PolicySizeExceedsScpQuota, 10_240, without_space(), "characters"),
        PolicyKind::Rcp => (Code::PolicySizeExceedsRcpQuota, 5_120, without_space(), "characters"),
        PolicyKind::Key => (Code::PolicySizeExceedsResourcePolicyQuota, 32 * 1024, text.len(), "bytes"),
        PolicyKind::Bucket | PolicyKind::AccessPoint => {
            (Code::PolicySizeExceedsResourcePolicyQuota, 20 * 1024, text.len(), "bytes")
        }
        PolicyKind::Endpoint => {
            (Code::PolicySizeExceedsResourcePolicyQuota, 20_480, text.chars().count(), "characters")
        }
        PolicyKind::Resource | PolicyKind::Permissions => return None,
    };
    (size > limit).then(|| {
        Diagnostic::new(
            code,
            policy.span,
            format!("this {} has {size}; the limit is {limit} {unit}", policy.kind.describe()),
        )
        .help("AWS refuses it when it is stored")
    })
}
