//! What a file of the tree is about, as its path says.

use std::path::Path;

use crate::name::{AccountId, partition};

/// Where a file lies in the tree.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum StorePlace<'p> {
    /// `accounts/ACCOUNT/…/ID/FILE`
    Thing { account: AccountId, kind: StoreKind, file: &'p str },
    /// `accounts/ACCOUNT/FILE`
    Account { account: AccountId, file: &'p str },
    /// `organizations/ID/FILE`
    Organization { id: &'p str, file: &'p str },
    /// `organizations/ID/scps/POLICY/FILE`, and the same for RCPs.
    OrganizationPolicy { is_rcp: bool, file: &'p str },
    /// `indexes/FILE`
    Index { file: &'p str },
    /// In the tree, and of no use here.
    Other,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum StoreKind {
    Role,
    User,
    Group,
    Policy,
    Key,
    Bucket,
    Endpoint,
}

/// The place of a file, and whether the path begins the way only this tree begins: `aws/PARTITION/accounts/…`.
pub(super) fn place(path: &Path) -> Option<(StorePlace<'_>, bool)> {
    let parts: Vec<&str> = path.iter().map(|part| part.to_str().unwrap_or("")).collect();
    // The innermost head counts: a tree may lie in a directory of any name.
    (0..parts.len()).rev().find_map(|at| {
        let (above, here) = parts.split_at_checked(at)?;
        let headed = matches!(above, [.., "aws", partition] if partition::find(partition).is_some());
        let place = match here {
            ["accounts", account, rest @ ..] => in_account(account.parse().ok()?, rest),
            ["organizations", id, rest @ ..] if id.starts_with("o-") => in_organization(id, rest),
            ["indexes", file] if headed => Some(StorePlace::Index { file }),
            _ => return None,
        };
        match place {
            Some(place) => Some((place, headed)),
            None => headed.then_some((StorePlace::Other, true)),
        }
    })
}

fn in_account<'p>(account: AccountId, rest: &[&'p str]) -> Option<StorePlace<'p>> {
    let thing = |kind, file| Some(StorePlace::Thing { account, kind, file });
    match rest {
        [file @ ("s3-bpa.json" | "organization.json")] => Some(StorePlace::Account { account, file }),
        ["iam", "role", _, file] => thing(StoreKind::Role, file),
        ["iam", "user", _, file] => thing(StoreKind::User, file),
        ["iam", "group", _, file] => thing(StoreKind::Group, file),
        ["iam", "policy", _, file] | ["iam", "aws", "policy", _, file] => thing(StoreKind::Policy, file),
        ["kms", _, "key", _, file] => thing(StoreKind::Key, file),
        ["s3", _, file] => thing(StoreKind::Bucket, file),
        ["ec2", _, "vpc-endpoint", _, file] => thing(StoreKind::Endpoint, file),
        _ => None,
    }
}

fn in_organization<'p>(id: &'p str, rest: &[&'p str]) -> Option<StorePlace<'p>> {
    match rest {
        [file @ ("metadata.json" | "accounts.json" | "ous.json" | "structure.json")] => {
            Some(StorePlace::Organization { id, file })
        }
        ["scps", _, file] => Some(StorePlace::OrganizationPolicy { is_rcp: false, file }),
        ["rcps", _, file] => Some(StorePlace::OrganizationPolicy { is_rcp: true, file }),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails loudly")]
mod tests {
    use super::*;

    #[test]
    fn heads_and_kinds() {
        let account = "111111111111".parse().unwrap();
        let thing = |kind, file| StorePlace::Thing { account, kind, file };
        for (path, expected) in [
            (
                "/x/aws/aws/accounts/111111111111/iam/role/app%2fr/metadata.json",
                Some((thing(StoreKind::Role, "metadata.json"), true)),
            ),
            (
                "aws/aws-cn/accounts/111111111111/iam/aws/policy/p/current-policy.json",
                Some((thing(StoreKind::Policy, "current-policy.json"), true)),
            ),
            (
                "accounts/111111111111/s3/lake/policy.json",
                Some((thing(StoreKind::Bucket, "policy.json"), false)),
            ),
            (
                "aws/aws/accounts/111111111111/lambda/eu/function/f/metadata.json",
                Some((StorePlace::Other, true)),
            ),
            ("accounts/111111111111/lambda/eu/function/f/metadata.json", None),
            ("accounts/1111/s3/lake/policy.json", None),
            (
                "t/organizations/o-abc/rcps/p-1/policy.json",
                Some((StorePlace::OrganizationPolicy { is_rcp: true, file: "policy.json" }, false)),
            ),
            (
                "aws/aws/indexes/accounts-to-orgs.json",
                Some((StorePlace::Index { file: "accounts-to-orgs.json" }, true)),
            ),
            ("indexes/accounts-to-orgs.json", None),
            ("organizations/ORG/accounts.json", None),
            // A checkout in a directory called accounts is no tree.
            ("/accounts/222222222222/repo/policies/x.json", None),
        ] {
            assert_eq!(place(Path::new(path)), expected, "{path}");
        }
    }
}
