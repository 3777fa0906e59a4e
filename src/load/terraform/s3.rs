//! Buckets, their settings, objects and access points.

use std::collections::{BTreeMap, BTreeSet};

use super::iam::tags;
use super::model::{Block, Held, Resource};
use super::names::Names;
use super::policies;
use super::reference::Referent;
use super::replication;
use super::types::{BucketSetting, S3, Tells, Want};
use crate::diagnostic::{Code, Diagnostic};
use crate::estate::{
    AccessPoint, Called, Encryption, EncryptionType, KeyReference, Known, Ownership, PublicAccessBlock,
};
use crate::load::Intake;
use crate::load::facts::PublicAccess;
use crate::name::Wild;
use crate::policy::PolicyKind;
use crate::source::{Span, Spanned};

pub(super) fn record(names: &Names<'_, '_>, intake: &mut Intake) {
    let settings = Settings::of(names);
    for resource in names.world.resources.iter().filter(|resource| !resource.gone) {
        let Tells::S3(what) = resource.kind.tells else { continue };
        match what {
            S3::Bucket if resource.data => looked_up(names, intake, resource),
            S3::Bucket => bucket(names, intake, resource, &settings),
            S3::AccountBlock | S3::Object | S3::AccessPoint if resource.data => {}
            S3::AccountBlock => account_block(names, intake, resource),
            S3::Object => object(names, intake, resource),
            S3::AccessPoint => access_point(names, intake, resource),
            // They are told with what they belong to.
            S3::Setting(_) | S3::AccessPointPolicy => {}
        }
    }
    for ((kind, bucket), resource) in &settings.of_bucket {
        setting(names, intake, bucket, *kind, resource);
    }
}

/// Settings of buckets that are resources of their own.
#[derive(Default)]
struct Settings<'w, 's> {
    /// By type and bucket.
    of_bucket: BTreeMap<(BucketSetting, String), &'w Resource<'s>>,
    /// What the plan takes away, by type and bucket.
    removed: BTreeSet<(BucketSetting, String)>,
    /// Bucket policies whose bucket is open.
    open: Vec<(&'w Resource<'s>, Span)>,
    /// Other settings whose bucket is open: each bucket without one of its own may have it.
    maybe: BTreeSet<BucketSetting>,
}

impl<'w, 's> Settings<'w, 's> {
    fn of(names: &Names<'w, 's>) -> Self {
        let mut out = Self::default();
        for resource in names.world.resources.iter().filter(|resource| !resource.data) {
            let Tells::S3(S3::Setting(kind)) = resource.kind.tells else { continue };
            let before = resource.before.as_ref().and_then(|before| before.get("bucket")?.as_str());
            out.removed.extend(before.map(|bucket| (kind, bucket.to_owned())));
            if resource.gone {
                continue;
            }
            let Some(bucket) = names.wanted(resource, "bucket", Want::Bucket) else { continue };
            if !names.is_any_bucket(&bucket) {
                out.of_bucket.entry((kind, bucket.value)).or_insert(resource);
            } else if kind == BucketSetting::Policy {
                out.open.push((resource, bucket.span));
            } else {
                out.maybe.insert(kind);
            }
        }
        out
    }

    fn has(&self, kind: BucketSetting, bucket: &str) -> bool {
        self.of_bucket.contains_key(&(kind, bucket.to_owned()))
    }

    fn removes(&self, kind: BucketSetting, bucket: &str) -> bool {
        self.removed.contains(&(kind, bucket.to_owned()))
    }
}

/// A bucket, and the settings that it holds itself. What no resource sets is what S3 gives to new buckets.
fn bucket<'s>(
    names: &Names<'_, 's>,
    intake: &mut Intake,
    resource: &Resource<'s>,
    settings: &Settings<'_, 's>,
) {
    let block = names.world.block(resource);
    let at = resource.address.span;
    let named = names.bucket(resource);
    let name = named.value.as_str();
    // A plan that makes the bucket makes it empty: it has no objects from before its settings (R105).
    intake.bucket(name, named.span, |bucket| bucket.is_new |= resource.created);
    intake.called(&resource.address.value, Called::Bucket(name.to_owned()));
    // Roles of the same provider are in the same account, whichever it is.
    let account = names.places.account(resource);
    let account = account.unwrap_or_else(|| Spanned::new(names.account(resource), at));
    intake.bucket_account(name, account);
    if let Some(region) = names.places.region(resource) {
        intake.bucket_region(name, region.as_ref().map(String::as_str));
    }
    if let Some(tags) = tags(names, resource) {
        intake.bucket_tags(name, tags);
    }
    // A setting that the plan takes away is still in what was read back from the bucket.
    let own = |kind: BucketSetting, argument: &str| {
        !settings.has(kind, name) && (block.expression(argument).is_some() || !settings.removes(kind, name))
    };
    if !settings.has(BucketSetting::Policy, name) {
        let policy = own(BucketSetting::Policy, "policy")
            .then(|| policies::policy(names, intake, resource, "policy", PolicyKind::Bucket))
            .flatten();
        match (policy, settings.open.first()) {
            (Some(policy), _) => intake.bucket_policy(name, policy.span, Some(policy)),
            (None, None) => intake.bucket_policy(name, at, None),
            (None, Some((other, open))) => maybe_policy(names, intake, name, (other, *open)),
        }
    }
    if !settings.has(BucketSetting::Encryption, name) {
        let configuration = block.block("server_side_encryption_configuration");
        let rule =
            configuration.filter(|_| own(BucketSetting::Encryption, "server_side_encryption_configuration"));
        let rule = rule.and_then(|configuration| configuration.block("rule"));
        let path = "server_side_encryption_configuration[0].rule[0]";
        let told = rule.and_then(|rule| encryption_in(names, intake, resource, &rule, path));
        // S3 encrypts what is written with nothing said since January 2023 (R105).
        let default = Encryption { kind: EncryptionType::SseS3, key: None, bucket_key: None, span: at };
        let open = block.is_unknown("server_side_encryption_configuration")
            && (block.expression("server_side_encryption_configuration").is_some() || block.config.is_none());
        let open = open || settings.maybe.contains(&BucketSetting::Encryption);
        if let Some(encryption) = told.or((!open).then_some(default)) {
            intake.bucket_encryption(name, &encryption);
        }
    }
    // Since April 2023 new buckets have no ACLs (R100) and block public access (R102).
    let is_default = |kind| !settings.has(kind, name) && !settings.maybe.contains(&kind) && resource.created;
    if is_default(BucketSetting::Ownership) {
        intake.bucket_ownership(name, Spanned::new(Ownership::BucketOwnerEnforced, at));
    }
    if is_default(BucketSetting::PublicAccessBlock) {
        let all = PublicAccess { restrict_public_buckets: Some(true), ignore_public_acls: Some(true) };
        intake.bucket_public_access(name, at, &all);
    }
    if !settings.has(BucketSetting::Payment, name) {
        match block.text("request_payer") {
            Some(payer) => intake.bucket_requester_pays(name, payer.map(|payer| payer == "Requester")),
            None if is_default(BucketSetting::Payment) => {
                intake.bucket_requester_pays(name, Spanned::new(false, at))
            }
            None => {}
        }
    }
}

/// A bucket policy that is perhaps of this bucket.
fn maybe_policy<'s>(
    names: &Names<'_, 's>,
    intake: &mut Intake,
    bucket: &str,
    (other, at): (&Resource<'s>, Span),
) {
    let block = names.world.block(other);
    let Some(document) = policies::document(names, intake, other, (&block, "policy", "policy")) else {
        return;
    };
    let policy = policies::guarded(intake, other, &document, ("policy", "bucket"), at, PolicyKind::Bucket);
    intake.bucket_policy(bucket, at, Some(policy));
}

/// A setting of a bucket that is a resource of its own.
fn setting<'s>(
    names: &Names<'_, 's>,
    intake: &mut Intake,
    bucket: &str,
    kind: BucketSetting,
    resource: &Resource<'s>,
) {
    let block = names.world.block(resource);
    let at = resource.address.span;
    intake.bucket(bucket, at, |_| ());
    match kind {
        BucketSetting::Policy => {
            if let Some(policy) = policies::policy(names, intake, resource, "policy", PolicyKind::Bucket) {
                intake.bucket_policy(bucket, policy.span, Some(policy));
            }
        }
        BucketSetting::Encryption => {
            let Some(rule) = block.block("rule") else { return };
            if let Some(blocked) = replication::blocked_encryption(&rule) {
                intake.bucket_blocked_encryption(bucket, blocked);
            }
            if let Some(encryption) = encryption_in(names, intake, resource, &rule, "rule[0]") {
                intake.bucket_encryption(bucket, &encryption);
            }
        }
        BucketSetting::Ownership => {
            let Some(written) = block.block("rule").and_then(|rule| rule.text("object_ownership")) else {
                return;
            };
            if let Some(ownership) = Ownership::parse(written.value) {
                intake.bucket_ownership(bucket, Spanned::new(ownership, written.span));
            }
        }
        BucketSetting::PublicAccessBlock => intake.bucket_public_access(bucket, at, &public_access(&block)),
        BucketSetting::Payment => {
            if let Some(payer) = block.text("payer") {
                intake.bucket_requester_pays(bucket, payer.map(|payer| payer == "Requester"));
            }
        }
        BucketSetting::Replication => {
            if let Some(rules) = replication::rules(names, resource) {
                intake.bucket_replication(bucket, rules);
            }
        }
        BucketSetting::Abac => {
            if let Some(status) = block.block("abac_status").and_then(|status| status.text("status")) {
                intake.bucket_abac(bucket, status.map(|status| status == "Enabled"));
            }
        }
    }
}

/// The settings of a public access block; what is not set is off.
fn public_access(block: &Block<'_, '_>) -> PublicAccess {
    let on = |name: &str| match block.held(name) {
        Held::Known(_) | Held::Unset => Some(block.flag(name).is_some_and(|on| on.value)),
        Held::Unknown(_) => None,
    };
    PublicAccess {
        restrict_public_buckets: on("restrict_public_buckets"),
        ignore_public_acls: on("ignore_public_acls"),
    }
}

/// The encryption in a rule of a bucket.
fn encryption_in<'s>(
    names: &Names<'_, 's>,
    intake: &mut Intake,
    resource: &Resource<'s>,
    rule: &Block<'_, 's>,
    path: &str,
) -> Option<Encryption> {
    let default = rule.block("apply_server_side_encryption_by_default")?;
    let path = format!("{path}.apply_server_side_encryption_by_default[0].kms_master_key_id");
    let key = names.wanted_in(resource, &default, "kms_master_key_id", &path, Want::Key);
    let bucket_key = rule.flag("bucket_key_enabled").map(|on| on.value);
    encryption(intake, default.text("sse_algorithm")?, key, bucket_key, default.values.span)
}

fn encryption(
    intake: &mut Intake,
    algorithm: Spanned<&str>,
    key: Option<Spanned<String>>,
    bucket_key: Option<bool>,
    at: Span,
) -> Option<Encryption> {
    let Some(kind) = EncryptionType::parse(algorithm.value) else {
        let message =
            format!("the encryption `{}` is not known, so it counts as not provided", algorithm.value);
        intake.problems.push(Diagnostic::new(Code::UnknownEncryption, algorithm.span, message));
        return None;
    };
    let key = key.filter(|_| kind.uses_kms()).map(|key| KeyReference::parse(&key.value));
    let bucket_key = bucket_key.or(kind.uses_kms().then_some(false));
    Some(Encryption { kind, key, bucket_key, span: at })
}

/// A bucket that a data source describes.
fn looked_up(names: &Names<'_, '_>, intake: &mut Intake, resource: &Resource<'_>) {
    let block = names.world.block(resource);
    let Some(name) = block.text("bucket").or(block.text("id")) else { return };
    intake.bucket(name.value, name.span, |_| ());
    intake.called(&resource.address.value, Called::Bucket(name.value.to_owned()));
    if let Some(region) = block.text("bucket_region").or(block.text("region")) {
        intake.bucket_region(name.value, region);
    }
}

fn account_block(names: &Names<'_, '_>, intake: &mut Intake, resource: &Resource<'_>) {
    let block = names.world.block(resource);
    let told = block.text("account_id").and_then(|id| id.value.parse().ok());
    let account = told.or_else(|| names.places.account(resource).map(|account| account.value));
    if let Some(account) = account {
        intake.account_public_access(account, resource.address.span, &public_access(&block));
    }
}

fn object<'s>(names: &Names<'_, 's>, intake: &mut Intake, resource: &Resource<'s>) {
    let block = names.world.block(resource);
    let Some(bucket) =
        names.wanted(resource, "bucket", Want::Bucket).filter(|bucket| !names.is_any_bucket(bucket))
    else {
        return;
    };
    let Some(key) = block.text("key") else { return };
    let key_id = names.wanted(resource, "kms_key_id", Want::Key);
    let algorithm = block.text("server_side_encryption");
    // A key alone asks for SSE-KMS. With neither, what the bucket says counts.
    let algorithm = algorithm.or(key_id.as_ref().map(|key| Spanned::new("aws:kms", key.span)));
    let class = block.text("storage_class");
    let uri = Spanned::new(Wild::glob(&format!("s3://{}/{}", bucket.value, key.value), false), key.span);
    if let Some(algorithm) = algorithm {
        let on = block.flag("bucket_key_enabled").map(|on| on.value);
        if let Some(encryption) = encryption(intake, algorithm, key_id, on, algorithm.span) {
            intake.object_encryption(&uri, &encryption);
        }
    }
    if let Some(class) = class {
        intake.object_storage_class(&uri, class);
    }
}

fn access_point<'s>(names: &Names<'_, 's>, intake: &mut Intake, resource: &Resource<'s>) {
    let block = names.world.block(resource);
    let Some(name) = block.text("name") else { return };
    let Some(bucket) =
        names.wanted(resource, "bucket", Want::Bucket).filter(|bucket| !names.is_any_bucket(bucket))
    else {
        return;
    };
    let account = block.text("account_id").and_then(|id| id.value.parse().ok());
    let account = account.unwrap_or_else(|| names.account(resource));
    let separate = names.world.resources.iter().find(|other| {
        let expression = || names.world.block(other).expression("access_point_arn");
        let refers = || {
            names.world.follow(names.world.scope(other), expression()?).into_iter().find_map(|found| {
                match found {
                    Referent::Resource { index, .. } => names.world.get(index),
                    Referent::Constant(_) | Referent::Absent | Referent::Hidden => None,
                }
            })
        };
        let arn = names.world.block(other).text("access_point_arn");
        other.kind.tells == Tells::S3(S3::AccessPointPolicy)
            && !other.gone
            && (arn.is_some_and(|arn| names.access_point(resource).is_some_and(|own| own == arn.value))
                || refers().is_some_and(|found| std::ptr::eq(found, resource)))
    });
    let holder = separate.unwrap_or(resource);
    let policy = policies::policy(names, intake, holder, "policy", PolicyKind::AccessPoint);
    let block_of = block.block("public_access_block_configuration");
    // Access points block public access unless they say otherwise.
    let on = |name: &str| block_of.is_none_or(|block| block.flag(name).is_none_or(|on| on.value));
    let vpc = block.block("vpc_configuration").and_then(|vpc| vpc.text("vpc_id"));
    intake.estate.access_points.push(AccessPoint {
        name: name.value.to_owned(),
        account,
        bucket: bucket.value,
        region: names.places.region(resource).map(|region| region.value),
        policy: Known::Provided(policy),
        alias: block.text("alias").map(|alias| alias.value.to_owned()),
        vpc: if block.is_unknown("vpc_configuration") {
            Known::NotProvided
        } else {
            Known::Provided(vpc.map(|vpc| vpc.value.to_owned()))
        },
        public_access_block: Known::Provided(PublicAccessBlock {
            restrict_public_buckets: on("restrict_public_buckets"),
            ignore_public_acls: on("ignore_public_acls"),
        }),
        span: resource.address.span,
    });
}
