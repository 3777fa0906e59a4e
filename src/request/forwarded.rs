//! Requests that a service makes with the permissions of the principal that called it: S3 to KMS (R2, R50–R53).
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html>,
//! <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>

use std::sync::Arc;

use super::DecisionContext;
use super::keys::endpoint_keys;
use crate::eval::{Context, ContextValue, Given, OpenKey};
use crate::logic::{Unknown, UnknownKind};
use crate::name::ConditionKey;
use crate::name::keys::{self, Forwarding, Subject};
use crate::service::{open, undocumented};

/// The service that makes a request for a principal.
#[derive(Clone, Debug)]
pub(crate) struct Forwarded {
    /// Its name in kms:ViaService, such as `s3.us-east-1.amazonaws.com`; several where no page of AWS says which of them it
    /// is (R8).
    pub(crate) via: Vec<String>,
    /// It follows from a request of the same question: what was told by hand describes that one.
    pub(crate) is_second_request: bool,
    /// The pairs that the service puts into the encryption context, as far as they are known.
    pub(crate) pairs: Vec<(&'static str, ContextValue)>,
    /// It puts no others there.
    pub(crate) has_all_pairs: bool,
}

/// What S3 tells KMS of what it encrypts.
const S3_ARN: &str = "aws:s3:arn";

impl Forwarded {
    /// As a question tells it by hand, with kms:ViaService.
    pub(super) fn told(ctx: &DecisionContext<'_>, key: &str) -> Option<Self> {
        let via = ctx.told(key)?;
        Some(Self {
            via: vec![via.to_owned()],
            is_second_request: false,
            pairs: Vec::new(),
            has_all_pairs: false,
        })
    }

    /// A request that S3 makes; `encrypted` is the ARN in the encryption context, where it is known.
    pub(crate) fn by_s3(via: Vec<String>, is_second_request: bool, encrypted: Option<ContextValue>) -> Self {
        let pairs = encrypted.map(|arn| (S3_ARN, arn)).into_iter().collect();
        Self { via, is_second_request, pairs, has_all_pairs: false }
    }

    /// S3, whose clients may add pairs of their own.
    fn is_by_s3(&self) -> bool {
        self.via.first().is_none_or(|via| via.starts_with("s3."))
    }

    /// The service as aws:CalledVia names it, without its Region.
    pub(super) fn service(&self) -> String {
        let first = self.via.first().and_then(|via| via.split('.').next()).unwrap_or_default();
        format!("{first}.amazonaws.com")
    }
}

/// What is known of the way that the request takes.
pub(super) fn add_way(c: &mut Context, ctx: &DecisionContext<'_>, forwarded: &Forwarded) {
    let service = forwarded.service();
    c.set("aws:ViaAWSService", ContextValue::one("true"));
    c.set("aws:CalledVia", ContextValue::many([service.as_str()]));
    c.set("aws:CalledViaFirst", ContextValue::one(service.as_str()));
    c.set("aws:CalledViaLast", ContextValue::one(service));
    // The client's endpoint is not KMS's (R51), and AWS pages contradict each other on its address (R50).
    for key in endpoint_keys() {
        c.set(key, ContextValue::Absent);
    }
    let source_ip = if through_endpoint(ctx) {
        ContextValue::Absent
    } else {
        undocumented(if forwarded.is_by_s3() {
            "AWS pages disagree on whether KMS sees the client's address or the service's when S3 calls for the client"
        } else {
            "AWS pages disagree on whether KMS sees the client's address or the service's when a service calls for the client"
        })
    };
    c.set("aws:SourceIp", source_ip);
    // CloudTrail shows the name of the service for some of these calls; no page says what conditions see (R46).
    for key in ["aws:UserAgent", "aws:referer"] {
        c.set(
            key,
            undocumented(if forwarded.is_by_s3() {
                "whether KMS sees what the client sent or what S3 sends is not documented"
            } else {
                "whether KMS sees what the client sent or what the service sends is not documented"
            }),
        );
    }
}

/// What is open where S3 calls KMS for another service.
pub(super) const FOR_SERVICE: &str =
    "AWS does not say what KMS sees of the way where S3 calls it for another service";

/// AWS describes the way for principals of accounts alone.
pub(super) fn doubt_way(c: &mut Context) {
    for key in ["aws:ViaAWSService", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"] {
        c.set(key, undocumented(FOR_SERVICE));
    }
}

/// The client is known to use a VPC endpoint, by what was told of the network or by a key given by hand: only requests
/// through an endpoint lack a public address.
fn through_endpoint(ctx: &DecisionContext<'_>) -> bool {
    ctx.network.through_endpoint() || ctx.is_absent("aws:SourceIp")
}

/// What S3 puts into its request: bucket ARN with a Bucket Key, object ARN without (R52), and whatever pairs the uploader
/// added (R53). It names the key by its id (R61).
pub(super) fn add_parameters(c: &mut Context, forwarded: &Forwarded) {
    let via = match forwarded.via.as_slice() {
        [only] => ContextValue::one(only.as_str()),
        names => {
            let because = Unknown::undocumented(
                "",
                "no page of AWS says how this partition names the service in kms:ViaService",
            );
            ContextValue::Open(OpenKey::one_of(names.iter().map(|name| Some(name.as_str())), because))
        }
    };
    c.set("kms:ViaService", via);
    c.set("kms:RequestAlias", ContextValue::Absent);
    let others = if forwarded.has_all_pairs {
        ContextValue::Absent
    } else {
        open(true, "the uploader may have added pairs of its own to the encryption context")
    };
    c.set_family("kms:EncryptionContext:", others);
    for (name, value) in &forwarded.pairs {
        c.set(format!("kms:EncryptionContext:{name}"), value.clone());
    }
    let names = || forwarded.pairs.iter().map(|(name, _)| Box::<str>::from(*name));
    match (forwarded.has_all_pairs, forwarded.pairs.is_empty()) {
        (true, _) => c.set("kms:EncryptionContextKeys", ContextValue::many(names())),
        (false, false) => {
            c.set("kms:EncryptionContextKeys", with_more_pairs(names().collect::<Vec<_>>()));
        }
        (false, true) => {}
    }
}

/// Pairs of the encryption context that were told by hand show in kms:EncryptionContextKeys as well.
pub(super) fn add_told_pairs(c: &mut Context, ctx: &DecisionContext<'_>, forwarded: &Forwarded) {
    const START: &str = "kms:encryptioncontext:";
    if forwarded.has_all_pairs {
        return;
    }
    let given = &ctx.circumstances.context;
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
        c.set_family(START, ContextValue::Absent);
        return;
    }
    let mut names: Vec<Box<str>> = forwarded.pairs.iter().map(|(name, _)| Box::from(*name)).collect();
    let without = names.len();
    for (key, value) in given {
        if let (true, Given::Values(_), Some(name)) =
            (key.folded().starts_with(START), value, key.as_str().get(START.len()..))
            && !names.iter().any(|n| **n == *name)
        {
            names.push(name.into());
        }
    }
    if names.len() > without {
        c.set("kms:EncryptionContextKeys", with_more_pairs(names));
    }
}

fn with_more_pairs(names: impl Into<Arc<[Box<str>]>>) -> ContextValue {
    const WHY: &str = "the uploader may have added pairs of its own to the encryption context";
    ContextValue::Open(OpenKey::superset(names, Unknown::new(UnknownKind::ContextKey, "", WHY)))
}

/// Which keys of EC2 credentials reach KMS is not documented (R60), also where their values were told.
pub(super) fn doubt_ec2_keys(c: &mut Context, ctx: &DecisionContext<'_>) {
    for (key, value) in &ctx.circumstances.context {
        let from_ec2 = key.folded().starts_with("ec2:") || key.folded().starts_with("aws:ec2instance");
        if let (true, Given::Values(values)) = (from_ec2, value)
            && let [value] = values.as_slice()
        {
            let because = Unknown::undocumented(
                "",
                "which keys of EC2 credentials S3 passes on to KMS is not documented",
            );
            let perhaps = OpenKey::one_of([None, Some(value.as_str())], because);
            c.set(key.as_str(), ContextValue::Open(perhaps));
        }
    }
}

/// Whether a key told for the first request also holds in the second: what describes the caller and the time does, what
/// describes the client's network or the bucket does not.
pub(super) fn carries_over(folded: &str) -> bool {
    let own = [
        "aws:source",
        "aws:vpc",
        "aws:resource",
        "aws:viaawsservice",
        "aws:calledvia",
        "aws:requestedregion",
        "aws:referer",
        "aws:useragent",
        "s3:",
    ];
    // The forwarded request has a value of its own, which is always the same.
    let is_own = |key: &keys::KeyFacts| key.forwarding == Forwarding::Replaced && key.ordinary.is_some();
    if keys::find(folded).is_some_and(|key| key.subject == Subject::Request && is_own(key)) {
        return false;
    }
    folded == "aws:sourceidentity" || !own.iter().any(|start| folded.starts_with(start))
}
