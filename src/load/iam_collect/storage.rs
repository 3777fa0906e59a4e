//! KMS keys, buckets and VPC endpoints.

use std::path::Path;

use super::{Directory, Notes, Owner, StoreKind, StorePart, document, misfit, tags};
use crate::estate::{Known, Tags};
use crate::json::Value;
use crate::load::facts::PublicAccess;
use crate::load::fields::{self, KEY, flag, text};
use crate::load::{InputDocument, Intake, settings};
use crate::name::{AccountId, Arn};
use crate::policy::PolicyKind;
use crate::source::{Span, Spanned};

const POLICY: &str = "policy.json";
const TAGS: &str = "tags.json";
const ENCRYPTION: &str = "encryption.json";
const BLOCK: &str = "bpa.json";
const ENDPOINT_POLICY: &str = "endpoint-policy.json";

pub(super) fn metadata(
    input: &InputDocument<'_>,
    arn: Spanned<&str>,
    account: AccountId,
    kind: StoreKind,
    intake: &mut Intake,
) -> Option<Owner> {
    if kind == StoreKind::Key {
        let arn = fields::arn_of(arn, KEY, &mut intake.problems)?;
        intake.key(&arn, |_| ());
        intake.contributes(input.source, "", format!("key {}", arn.value));
        return Some(Owner::Key(arn));
    }
    let Ok(parsed) = arn.value.parse::<Arn>() else {
        misfit(input, arn.span, format!("`{}` is not an ARN", arn.value), intake);
        return None;
    };
    let at = arn.span;
    if kind == StoreKind::Bucket {
        bucket(input, &parsed, at, account, intake)
    } else {
        Some(endpoint(input, &parsed, at, account, intake))
    }
}

fn bucket(
    input: &InputDocument<'_>,
    arn: &Arn,
    at: Span,
    account: AccountId,
    intake: &mut Intake,
) -> Option<Owner> {
    let root = input.root();
    let name = arn.resource();
    if arn.service() != "s3" || name.is_empty() || name.contains('/') {
        misfit(input, at, format!("`{arn}` is not the ARN of a bucket"), intake);
        return None;
    }
    intake.bucket(name, root.span, |_| ());
    intake.bucket_account(name, Spanned::new(account, at));
    if let Some(region) = text(root, "region").filter(|region| !region.value.is_empty()) {
        intake.bucket_region(name, region);
    }
    // Written only where it is on, and not by every version of the tool.
    if let Some(on) = flag(root, "abacEnabled") {
        intake.bucket_abac(name, on);
    }
    intake.contributes(input.source, "", format!("bucket {name}"));
    Some(Owner::Bucket { name: name.to_owned(), account })
}

fn endpoint(
    input: &InputDocument<'_>,
    arn: &Arn,
    at: Span,
    account: AccountId,
    intake: &mut Intake,
) -> Owner {
    let root = input.root();
    if text(root, "serviceName").is_some_and(|service| !settings::is_s3_service(service.value)) {
        return Owner::Nothing;
    }
    let Some(id) = text(root, "id").or(arn.resource_of("vpc-endpoint").map(|id| Spanned::new(id, at))) else {
        misfit(input, at, format!("`{arn}` is not the ARN of an endpoint"), intake);
        return Owner::Nothing;
    };
    intake.endpoint(id.value, root.span, |_| ());
    intake.endpoint_account(id.value, Spanned::new(account, at));
    if let Some(kind) = text(root, "type")
        && let Some(known) = settings::endpoint_type(kind.value)
    {
        intake.endpoint_type(id.value, kind.map(|_| known));
    }
    if let Some(vpc) = text(root, "vpc") {
        intake.endpoint_vpc(id.value, vpc.map(|vpc| vpc.rsplit('/').next().unwrap_or(vpc)));
    }
    intake.contributes(input.source, "", format!("endpoint {}", id.value));
    Owner::Endpoint(id.value.to_owned())
}

pub(super) fn part(input: &InputDocument<'_>, owner: &Owner, file: &str, intake: &mut Intake) {
    let root = input.root();
    let said = match (owner, file) {
        (Owner::Key(arn), POLICY) => {
            let Some(policy) = document(input, PolicyKind::Key, intake) else { return };
            intake.key_policy(arn, policy.span, policy);
            format!("key policy of {}", arn.value)
        }
        (Owner::Key(arn), TAGS) if root.is_object() => {
            intake.key_tags(arn, tags(root));
            format!("tags of {}", arn.value)
        }
        (Owner::Bucket { name, .. }, POLICY) => {
            let Some(policy) = document(input, PolicyKind::Bucket, intake) else { return };
            intake.bucket_policy(name, policy.span, Some(policy));
            format!("bucket policy of bucket {name}")
        }
        (Owner::Bucket { name, .. }, ENCRYPTION) => {
            encryption(input, name, intake);
            format!("default encryption of bucket {name}")
        }
        (Owner::Bucket { name, .. }, BLOCK) if root.is_object() => {
            intake.bucket_public_access(name, root.span, &settings::public_access(root));
            format!("public access block of bucket {name}")
        }
        (Owner::Bucket { name, .. }, TAGS) if root.is_object() => {
            intake.bucket_tags(name, tags(root));
            format!("tags of bucket {name}")
        }
        (Owner::Endpoint(id), ENDPOINT_POLICY) => {
            let Some(policy) = document(input, PolicyKind::Endpoint, intake) else { return };
            intake.endpoint_policy(id, policy.span, Some(policy));
            format!("endpoint policy of {id}")
        }
        _ => return,
    };
    intake.contributes(input.source, "", said);
}

fn encryption(input: &InputDocument<'_>, bucket: &str, intake: &mut Intake) {
    let root = input.root();
    if !matches!(root.value, Value::Array(_)) {
        misfit(input, root.span, "this file is a list of rules", intake);
        return;
    }
    let Some(rule) = root.elements().first() else { return };
    let Some(default) = rule.get("ApplyServerSideEncryptionByDefault") else { return };
    if let Some(encryption) = settings::encryption(default, "SSEAlgorithm", "KMSMasterKeyID", rule, intake) {
        intake.bucket_encryption(bucket, &encryption);
    }
}

/// What files that are not there say. S3 and KMS answer some questions for every bucket and key, so that a directory
/// without such an answer was not written to its end.
pub(super) fn settle(dir: &Path, directory: &Directory, owner: &Owner, at: Span, intake: &mut Intake) {
    match owner {
        Owner::Key(arn) => {
            if directory.part(dir, POLICY) != StorePart::Read {
                intake.misses(at.source, format!("the key policy of {}: {POLICY} beside it", arn.value));
            } else if directory.lacks(dir, TAGS, at, intake) {
                intake.key_tags(arn, Spanned::new(Tags::new(), at));
            }
            let key = intake.estate.key(&arn.value);
            let wanted: Vec<&str> = [
                (key.is_some_and(|key| !key.state.is_provided()), "its state: aws kms describe-key"),
                (key.is_some_and(|key| !key.aliases.is_provided()), "its aliases: aws kms list-aliases"),
                (key.is_some_and(|key| !key.grants.is_provided()), "its grants: aws kms list-grants"),
            ]
            .into_iter()
            .filter_map(|(wanted, what)| wanted.then_some(what))
            .collect();
            for what in wanted {
                intake.misses(at.source, what);
            }
        }
        Owner::Bucket { name, account } => settle_bucket(dir, directory, (name, *account), at, intake),
        Owner::Endpoint(id) => {
            if directory.part(dir, ENDPOINT_POLICY) != StorePart::Read {
                intake.misses(at.source, format!("the endpoint policy of {id}: {ENDPOINT_POLICY} beside it"));
            }
        }
        Owner::Role(_) | Owner::User(_) | Owner::Group(_) | Owner::Policy { .. } | Owner::Nothing => {}
    }
}

fn settle_bucket(
    dir: &Path,
    directory: &Directory,
    (name, account): (&str, AccountId),
    at: Span,
    intake: &mut Intake,
) {
    if directory.part(dir, ENCRYPTION) == StorePart::Read {
        if directory.lacks(dir, POLICY, at, intake) {
            intake.bucket_policy(name, at, None);
        }
        if directory.lacks(dir, BLOCK, at, intake) {
            intake.bucket_public_access(name, at, &PublicAccess::OFF);
        }
        if directory.lacks(dir, TAGS, at, intake) {
            intake.bucket_tags(name, Spanned::new(Tags::new(), at));
        }
        // `ACCOUNT/s3/BUCKET`: the file of the account lies two levels up.
        let account_file = dir.parent().and_then(Path::parent).map(|account| account.join("s3-bpa.json"));
        let read = intake.noted::<Notes>().is_some_and(|notes| notes.accounts.contains_key(&account));
        if !read && account_file.is_some_and(|file| !crate::load::disk::exists(&file)) {
            intake.notes::<Notes>().accounts.insert(account, ());
            intake.account_public_access(account, at, &PublicAccess::OFF);
        }
    } else {
        let what =
            format!("the encryption of {name}: {ENCRYPTION} beside it, or aws s3api get-bucket-encryption");
        intake.misses(at.source, what);
    }
    let has = intake.estate.bucket(name).is_ok_and(|bucket| matches!(bucket.ownership, Known::Provided(_)));
    if !has {
        intake.misses(at.source, "its object ownership: aws s3api get-bucket-ownership-controls");
    }
}
