//! The context keys of the two requests of one read (R46).
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html>,
//! <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>

use super::encryption::Candidate;
use super::setting::Setting;
use crate::ask::Given;
use crate::estate::{Key, Known};
use crate::eval::{Context, OpenKey, Slot};
use crate::logic::{Unknown, UnknownKind};
use crate::name::ConditionKey;
use crate::request::keys::{
    endpoint_keys, follow, follow_network, given, network, not_told, open, principal, resource_account,
    tags_family, undocumented,
};

/// The request to S3.
pub(super) fn s3(setting: &Setting<'_>) -> Context {
    let mut c = Context::new("s3", open(true, "it depends on the request"));
    c.symbols = setting.estate.has_symbols;
    c.set_family("kms:", Slot::Absent);
    principal(&mut c, &setting.who());
    // An endpoint that is only taken to be the one on the way names itself in no key.
    let told = setting.endpoint.filter(|_| setting.network.endpoint.is_some());
    network(&mut c, setting.estate, &setting.network, told);
    service_only(&mut c);
    c.set("aws:ViaAWSService", Slot::one("false"));
    for key in ["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"] {
        c.set(key, Slot::Absent);
    }
    // Reads of SSE-KMS objects need TLS, and every SDK uses it.
    c.set("aws:SecureTransport", Slot::one("true"));
    match &setting.region {
        Some(region) => c.set("aws:RequestedRegion", Slot::one(region.as_str())),
        None => c.set("aws:RequestedRegion", not_told(false, "the bucket's Region was not told")),
    }
    resource_account(&mut c, setting.estate, setting.bucket_account());
    match setting.bucket_account() {
        Some(account) => c.set("s3:ResourceAccount", Slot::one(account.to_string())),
        None => c.set("s3:ResourceAccount", not_told(false, "the bucket's account was not told")),
    }
    let bucket_tags = match &setting.bucket.abac {
        Known::Told(true) => {
            tags_family(&mut c, "aws:ResourceTag/", &setting.bucket.tags, "the bucket's tags were not told")
        }
        Known::Told(false) => Slot::Absent,
        Known::NotTold => unless_abac(&mut c, setting),
    };
    if setting.bucket.abac == Known::Told(true) {
        tags_family(&mut c, "s3:BucketTag/", &setting.bucket.tags, "the bucket's tags were not told");
    }
    c.set_family("aws:ResourceTag/", bucket_tags.clone());
    c.set_family("s3:BucketTag/", bucket_tags);
    let object_tags = setting.object.map_or(&Known::NotTold, |o| &o.tags);
    let family = tags_family(&mut c, "s3:ExistingObjectTag/", object_tags, "the object's tags were not told");
    c.set_family("s3:ExistingObjectTag/", family);
    // Headers and parameters of other operations do not exist on GetObject (R55).
    for family in ["s3:x-amz-", "s3:RequestObjectTag", "s3:object-lock-", "s3:InventoryAccessible"] {
        c.set_family(family, Slot::Absent);
    }
    for key in ["s3:prefix", "s3:delimiter", "s3:max-keys", "s3:LocationConstraint", "s3:JobSuspendedCause"] {
        c.set(key, Slot::Absent);
    }
    c.set("s3:signatureversion", Slot::one("AWS4-HMAC-SHA256"));
    c.set(
        "s3:authType",
        among(
            &[Some("REST-HEADER"), Some("REST-QUERY-STRING")],
            "REST-HEADER, or REST-QUERY-STRING for a presigned URL",
        ),
    );
    c.set("s3:signatureAge", signature_age(setting));
    c.set("s3:TlsVersion", among(&[Some("1.2"), Some("1.3")], "1.2 or 1.3, as client and S3 agree"));
    match &setting.question.version_id {
        Some(version) => c.set("s3:versionid", Slot::one(version.as_str())),
        None => c.set("s3:versionid", Slot::Absent),
    }
    access_point(&mut c, setting);
    given(&mut c, &setting.question.circumstances, &|key| !key.starts_with("kms:"));
    follow(&mut c);
    follow_network(&mut c);
    c
}

/// The request S3 makes to KMS with the reader's permissions (a forward access session).
pub(super) fn kms(setting: &Setting<'_>, candidate: &Candidate<'_>) -> Context {
    let mut c = Context::new("kms", open(true, "it depends on the request"));
    c.symbols = setting.estate.has_symbols;
    c.set_family("s3:", Slot::Absent);
    principal(&mut c, &setting.who());
    service_only(&mut c);
    c.set("aws:ViaAWSService", Slot::one("true"));
    c.set("aws:CalledVia", Slot::many(["s3.amazonaws.com"]));
    c.set("aws:CalledViaFirst", Slot::one("s3.amazonaws.com"));
    c.set("aws:CalledViaLast", Slot::one("s3.amazonaws.com"));
    c.set("aws:SecureTransport", Slot::one("true"));
    // The client's endpoint is not KMS's (R51), and AWS pages contradict each other on its address (R50).
    for key in endpoint_keys() {
        c.set(key, Slot::Absent);
    }
    let source_ip = if setting.through_endpoint() {
        Slot::Absent
    } else {
        undocumented(
            "AWS pages disagree on whether KMS sees the client's address or the service's when S3 calls for the client",
        )
    };
    c.set("aws:SourceIp", source_ip);
    let region = candidate.arn.region();
    c.set("aws:RequestedRegion", Slot::one(region));
    resource_account(&mut c, setting.estate, candidate.arn.account());
    let via = setting.region.as_deref().unwrap_or(region);
    c.set("kms:ViaService", Slot::one(format!("s3.{via}.amazonaws.com")));
    c.set("kms:CallerAccount", setting.caller.account.map_or(Slot::Absent, |a| Slot::one(a.to_string())));
    c.set("kms:EncryptionAlgorithm", Slot::one("SYMMETRIC_DEFAULT"));
    encryption_context(&mut c, setting, candidate);
    key_facts(&mut c, candidate.key, &candidate.arn);
    given(&mut c, &setting.question.circumstances, &carries_over);
    follow(&mut c);
    custom_pairs(&mut c, setting);
    ec2_keys(&mut c, setting);
    c
}

/// Pairs of the encryption context that were told by hand show in kms:EncryptionContextKeys as well.
fn custom_pairs(c: &mut Context, setting: &Setting<'_>) {
    const START: &str = "kms:encryptioncontext:";
    let given = &setting.question.circumstances.context;
    let whole = given.iter().find_map(|(key, value)| match value {
        Given::Values(names) if key.folded() == "kms:encryptioncontextkeys" => Some(names),
        Given::Values(_) | Given::Absent => None,
    });
    if let Some(names) = whole {
        for name in names {
            let key = format!("{START}{name}");
            if !c.is_set(&ConditionKey::new(key.as_str())) {
                c.set(key, open(false, "the uploader chose the value of this pair"));
            }
        }
        c.set_family(START, Slot::Absent);
        return;
    }
    let mut names: Vec<Box<str>> = vec!["aws:s3:arn".into()];
    for (key, value) in given {
        if let (true, Given::Values(_), Some(name)) =
            (key.folded().starts_with(START), value, key.as_str().get(START.len()..))
            && !names.iter().any(|n| **n == *name)
        {
            names.push(name.into());
        }
    }
    if names.len() > 1 {
        c.set("kms:EncryptionContextKeys", Slot::AtLeast(names.into(), more_pairs()));
    }
}

/// Which keys of EC2 credentials reach KMS is not documented (R60), also where their values were told.
fn ec2_keys(c: &mut Context, setting: &Setting<'_>) {
    for (key, value) in &setting.question.circumstances.context {
        let from_ec2 = key.folded().starts_with("ec2:") || key.folded().starts_with("aws:ec2instance");
        if let (true, Given::Values(values)) = (from_ec2, value)
            && let [value] = values.as_slice()
        {
            let open = OpenKey {
                may_be_absent: true,
                because: Unknown::undocumented(
                    "",
                    "which keys of EC2 credentials S3 passes on to KMS is not documented",
                ),
            };
            c.set(key.as_str(), Slot::Among(Box::new([None, Some(value.as_str().into())]), open));
        }
    }
}

fn more_pairs() -> OpenKey {
    OpenKey {
        may_be_absent: false,
        because: Unknown::new(
            UnknownKind::ContextKey,
            "",
            "the uploader may have added pairs of its own to the encryption context",
        ),
    }
}

/// Bucket ARN with a Bucket Key, object ARN without (R52), and whatever pairs the uploader added (R53).
fn encryption_context(c: &mut Context, setting: &Setting<'_>, candidate: &Candidate<'_>) {
    let arn = if candidate.bucket_key { setting.bucket_arn.clone() } else { setting.object_arn.clone() };
    let slot = match &setting.within {
        Some(within) if !candidate.bucket_key => Slot::Within(within.clone()),
        Some(_) | None => Slot::one(arn),
    };
    c.set_family(
        "kms:EncryptionContext:",
        open(true, "the uploader may have added pairs of its own to the encryption context"),
    );
    c.set("kms:EncryptionContext:aws:s3:arn", slot);
    c.set("kms:EncryptionContextKeys", Slot::AtLeast(["aws:s3:arn".into()].into(), more_pairs()));
}

fn key_facts(c: &mut Context, key: Option<&Key>, arn: &crate::name::Arn) {
    c.set("kms:KeySpec", Slot::one("SYMMETRIC_DEFAULT"));
    c.set("kms:KeyUsage", Slot::one("ENCRYPT_DECRYPT"));
    match key.and_then(|k| k.origin.as_deref()) {
        Some(origin) => c.set("kms:KeyOrigin", Slot::one(origin)),
        None => c.set("kms:KeyOrigin", not_told(false, "the key's origin was not told")),
    }
    let is_mrk = arn.resource().starts_with("key/mrk-");
    let multi_region = key.and_then(|k| k.multi_region).unwrap_or(is_mrk);
    c.set("kms:MultiRegion", Slot::one(if multi_region { "true" } else { "false" }));
    match key.and_then(|k| k.multi_region_type.as_deref()) {
        Some(kind) => c.set("kms:MultiRegionKeyType", Slot::one(kind)),
        None if multi_region => {
            c.set(
                "kms:MultiRegionKeyType",
                not_told(false, "whether the key is a primary or a replica was not told"),
            );
        }
        None => c.set("kms:MultiRegionKeyType", Slot::Absent),
    }
    match key.map(|k| &k.aliases) {
        Some(Known::Told(aliases)) => {
            let named = aliases
                .iter()
                .map(|a| if a.starts_with("alias/") { a.clone() } else { format!("alias/{a}") });
            c.set("kms:ResourceAliases", Slot::many(named));
        }
        Some(Known::NotTold) | None => {
            c.set("kms:ResourceAliases", not_told(true, "the key's aliases were not told"))
        }
    }
    let tags = key.map_or(&Known::NotTold, |k| &k.tags);
    let family = tags_family(c, "aws:ResourceTag/", tags, "the key's tags were not told");
    c.set_family("aws:ResourceTag/", family);
    // S3 names the key by its id, and makes no grants (R61).
    for name in [
        "kms:RequestAlias",
        "kms:GrantIsForAWSResource",
        "kms:GrantOperations",
        "kms:GranteePrincipal",
        "kms:RetiringPrincipal",
        "kms:GrantConstraintType",
    ] {
        c.set(name, Slot::Absent);
    }
}

/// Keys that only a service's own request has; a role's request never does (R54).
fn service_only(c: &mut Context) {
    for key in [
        "aws:SourceAccount",
        "aws:SourceArn",
        "aws:SourceOrgID",
        "aws:SourceOrgPaths",
        "aws:SourceOwner",
        "aws:PrincipalServiceName",
        "aws:PrincipalServiceNamesList",
    ] {
        c.set(key, Slot::Absent);
    }
}

/// Bucket tags where nobody told whether ABAC is enabled: there, or not.
fn unless_abac(c: &mut Context, setting: &Setting<'_>) -> Slot {
    const WHY: &str = "bucket tags count only when ABAC is enabled for the bucket, which was not told";
    let Known::Told(tags) = &setting.bucket.tags else { return not_told(true, WHY) };
    for (key, value) in tags {
        for start in ["aws:ResourceTag/", "s3:BucketTag/"] {
            let open = OpenKey { may_be_absent: true, because: Unknown::not_supplied("", WHY) };
            let values = Box::new([None, Some(value.as_str().into())]);
            c.set(format!("{start}{key}"), Slot::Among(values, open));
        }
    }
    Slot::Absent
}

/// One of a few values.
fn among(values: &[Option<&str>], why: &'static str) -> Slot {
    let open = OpenKey {
        may_be_absent: values.contains(&None),
        because: Unknown::new(UnknownKind::ContextKey, "", why),
    };
    Slot::Among(values.iter().map(|v| v.map(Into::into)).collect(), open)
}

/// Only presigned URLs have an age.
fn signature_age(setting: &Setting<'_>) -> Slot {
    let kind = setting.question.circumstances.context.iter().find_map(|(key, value)| match value {
        Given::Values(values) if key.folded() == "s3:authtype" => values.first(),
        Given::Values(_) | Given::Absent => None,
    });
    match kind.map(String::as_str) {
        Some("REST-HEADER") => Slot::Absent,
        Some("REST-QUERY-STRING") => open(false, "it is the age of the presigned URL"),
        Some(_) | None => open(true, "only presigned URLs have it"),
    }
}

fn access_point(c: &mut Context, setting: &Setting<'_>) {
    match (setting.access_point, &setting.access_point_arn) {
        (Some(point), Some(arn)) => {
            c.set("s3:DataAccessPointArn", Slot::one(arn.as_str()));
            c.set("s3:DataAccessPointAccount", Slot::one(point.account.to_string()));
            c.set(
                "s3:AccessPointNetworkOrigin",
                Slot::one(if point.vpc.is_some() { "VPC" } else { "Internet" }),
            );
        }
        (_, _) => {
            for key in ["s3:DataAccessPointArn", "s3:DataAccessPointAccount", "s3:AccessPointNetworkOrigin"] {
                c.set(key, Slot::Absent);
            }
        }
    }
}

/// Whether a key given for the read also holds in the request to KMS: what describes the caller and the time does,
/// what describes the client's network or the bucket does not.
fn carries_over(folded: &str) -> bool {
    let own = [
        "aws:source",
        "aws:vpc",
        "aws:resource",
        "aws:viaawsservice",
        "aws:calledvia",
        "aws:requestedregion",
        "aws:referer",
        "s3:",
    ];
    folded == "aws:sourceidentity" || !own.iter().any(|start| folded.starts_with(start))
}
