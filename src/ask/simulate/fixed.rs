//! What AWS settles whatever the policies say.

use crate::eval::Caller;
use crate::name::{ActionName, Arn};

/// What only AWS may write: its managed policies, the roles IAM Identity Center keeps, the aliases of its keys.
///
/// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html>
/// - <https://repost.aws/knowledge-center/identity-center-aws-reserved-sso>
/// - <https://docs.aws.amazon.com/kms/latest/developerguide/alias-create.html>
const POLICY_WRITES: &[&str] = &[
    "iam:createpolicy",
    "iam:createpolicyversion",
    "iam:deletepolicy",
    "iam:deletepolicyversion",
    "iam:setdefaultpolicyversion",
    "iam:tagpolicy",
    "iam:untagpolicy",
];
const ROLE_WRITES: &[&str] = &[
    "iam:attachrolepolicy",
    "iam:createrole",
    "iam:createservicelinkedrole",
    "iam:deleterole",
    "iam:deleterolepermissionsboundary",
    "iam:deleterolepolicy",
    "iam:deleteservicelinkedrole",
    "iam:detachrolepolicy",
    "iam:passrole",
    "iam:putrolepermissionsboundary",
    "iam:putrolepolicy",
    "iam:tagrole",
    "iam:untagrole",
    "iam:updateassumerolepolicy",
    "iam:updaterole",
    "iam:updateroledescription",
];
const ALIAS_WRITES: &[&str] = &["kms:createalias", "kms:deletealias", "kms:updatealias"];

/// The decision where it does not depend on any Allow.
pub(super) enum Fixed {
    /// `sts:GetCallerIdentity` needs no permission, and no Deny stops it.
    ///
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
    Allowed,
    /// Nobody gets it; an explicit Deny is still told as such.
    NotAllowed,
}

pub(super) fn decision(caller: Option<&Caller>, action: &ActionName, resource: &str) -> Option<Fixed> {
    let name = action.folded();
    match action.service() {
        "sts" if name == "sts:getcalleridentity" && caller.is_some_and(Caller::has_identity) => {
            Some(Fixed::Allowed)
        }
        "iam" | "kms" => {
            let arn: Arn = resource.parse().ok()?;
            let of_aws = arn.account_text() == "aws" && arn.resource().starts_with("policy/");
            let reserved = (of_aws && POLICY_WRITES.contains(&name))
                || (arn.resource().starts_with("role/aws-reserved/") && ROLE_WRITES.contains(&name))
                || (arn.resource().starts_with("alias/aws/") && ALIAS_WRITES.contains(&name));
            reserved.then_some(Fixed::NotAllowed)
        }
        _ => None,
    }
}
