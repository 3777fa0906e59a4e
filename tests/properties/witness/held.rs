//! What the two requests of a read hold for a context key (R46): the circumstances of a leg, for voices that have to be
//! told them.

use std::collections::BTreeSet;

use decryptable::ask::{DoesQuestion, Given};
use decryptable::estate::{Estate, Identity, Key, Known, Role, SharedPolicy, Tags};
use decryptable::name::{AccountId, Arn};
use decryptable::policy::{Effect, PrincipalKind, Scope};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    Values(Vec<String>),
    Absent,
    /// Not known before the request is made, or not told.
    Open,
}

impl Held {
    fn one(value: impl Into<String>) -> Self {
        Self::Values(vec![value.into()])
    }
}

/// One leg of a read, as its voices need it.
pub(crate) struct LegScene<'e> {
    pub(crate) estate: &'e Estate,
    pub(crate) question: &'e DoesQuestion,
    pub(crate) identity: Identity<'e>,
    /// `None` for the request to S3.
    pub(crate) kms: Option<Kms<'e>>,
    /// The role that a request to STS is about.
    pub(crate) becomes: Option<&'e Role>,
    pub(crate) owner: Option<AccountId>,
    pub(crate) region: Option<&'e str>,
}

/// What the request to KMS is about.
pub(crate) struct Kms<'e> {
    pub(crate) arn: Arn,
    pub(crate) key: Option<&'e Key>,
    pub(crate) encryption_context: String,
}

impl Kms<'_> {
    /// S3 uses symmetric keys of the bucket's own Region only (R93, R95).
    pub(crate) fn is_not_for(&self, region: Option<&str>) -> bool {
        let told = |value: Option<&String>, wanted: &str| value.is_some_and(|value| value != wanted);
        region.is_some_and(|region| region != self.arn.region())
            || self.key.is_some_and(|key| {
                told(key.spec.as_ref(), "SYMMETRIC_DEFAULT") || told(key.usage.as_ref(), "ENCRYPT_DECRYPT")
            })
    }
}

/// Keys of which AWS says something together, or says which values there are: a request that brings its own context
/// names each by itself, so that `simulate` knows nothing of it.
pub(crate) const RELATED: [&[&str]; 4] = [
    &[
        "aws:sourceip",
        "aws:sourcevpce",
        "aws:sourcevpc",
        "aws:vpcsourceip",
        "aws:sourcevpcarn",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
    ],
    &["aws:multifactorauthpresent", "aws:multifactorauthage"],
    &["s3:authtype", "s3:signatureage"],
    &["aws:securetransport", "s3:tlsversion"],
];

/// Keys that describe the client's network.
const NETWORK: [&str; 7] = [
    "aws:sourcevpce",
    "aws:sourcevpc",
    "aws:vpcsourceip",
    "aws:sourcevpcarn",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
];

const SERVICES_ONLY: [&str; 7] = [
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:principalservicename",
    "aws:principalservicenameslist",
];

/// Whether a key told for the read holds in the request that S3 forwards to KMS, too.
pub(crate) fn carries_over(folded: &str) -> bool {
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

impl LegScene<'_> {
    pub(crate) fn get(&self, folded: &str) -> Held {
        if let Some(given) = self.given(folded) {
            return given;
        }
        if let Some(caller) = self.caller(folded) {
            return caller;
        }
        match (&self.kms, self.becomes) {
            (Some(kms), _) => self.of_kms(kms, folded),
            (None, Some(role)) => self.of_sts(role, folded),
            (None, None) => self.of_s3(folded),
        }
    }

    fn is_under_kms(&self) -> bool {
        let told = self.estate.object(&self.question.object).and_then(|object| object.encryption.as_ref());
        told.is_some_and(|encryption| encryption.kind.uses_kms())
    }

    fn given(&self, folded: &str) -> Option<Held> {
        let applies = match self.kms {
            Some(_) => carries_over(folded),
            None => !folded.starts_with("kms:"),
        };
        let given = &self.question.circumstances.context;
        let (_, value) = given.iter().find(|(key, _)| key.folded() == folded).filter(|_| applies)?;
        Some(match value {
            Given::Absent => Held::Absent,
            Given::Values(values) => Held::Values(values.clone()),
        })
    }

    fn caller(&self, folded: &str) -> Option<Held> {
        let session = &self.question.circumstances.session;
        if let Some(tag) = folded.strip_prefix("aws:principaltag/") {
            let of = |tags: &Known<Tags>| tag_of(tags, tag);
            return Some(match (of(&session.tags), of(self.identity.tags())) {
                (Held::Values(value), _) => Held::Values(value),
                (_, own) => own,
            });
        }
        Some(match folded {
            "aws:principalorgid" => self.organization(self.identity.account()),
            "aws:principalorgpaths" => self.path(self.identity.account()),
            "aws:resourceorgpaths" => self.path(self.owner),
            "aws:resourceorgid" => self.organization(self.owner),
            "aws:userid" => match (self.identity, self.identity.id(), &session.name) {
                (Identity::User(_), Some(id), _) => Held::one(id),
                (Identity::Role(_), Some(id), Some(name)) => Held::one(format!("{id}:{name}")),
                (_, _, _) => Held::Open,
            },
            "aws:assumedroot" => Held::Absent,
            "aws:multifactorauthpresent" | "aws:multifactorauthage" => match self.trusts_people() {
                Some(false) if folded.ends_with("present") => Held::one("false"),
                Some(false) => Held::Absent,
                Some(true) | None => Held::Open,
            },
            "aws:securetransport" if self.kms.is_some() || self.becomes.is_some() => Held::one("true"),
            key if SERVICES_ONLY.contains(&key) => Held::Absent,
            _ => return None,
        })
    }

    /// Whether the trust policy lets anybody in but services and identities of providers.
    fn trusts_people(&self) -> Option<bool> {
        let trust = self.identity.role()?.trust.provided()?;
        let allows = trust.statements.iter().filter(|s| s.effect.value == Effect::Allow);
        Some(
            allows
                .filter_map(|s| match &s.principals {
                    Some(Scope::In(list)) => Some(list),
                    Some(Scope::NotIn(_)) | None => None,
                })
                .flatten()
                .any(|p| !matches!(p.value.kind, PrincipalKind::Service | PrincipalKind::Federated)),
        )
    }

    fn organization(&self, account: Option<AccountId>) -> Held {
        match account.map_or(Known::NotProvided, |account| self.estate.organization_id_of(account)) {
            Known::Provided(Some(id)) => Held::one(id),
            Known::Provided(None) => Held::Absent,
            Known::NotProvided => Held::Open,
        }
    }

    fn path(&self, account: Option<AccountId>) -> Held {
        match account.map(|account| (account, self.estate.organization_of(account))) {
            Some((account, Known::Provided(Some(organization)))) => {
                organization.org_path(account).map_or(Held::Open, Held::one)
            }
            Some((_, Known::Provided(None))) => Held::Absent,
            Some((_, Known::NotProvided)) | None => Held::Open,
        }
    }

    fn of_s3(&self, folded: &str) -> Held {
        let network = self.question.circumstances.whole_network();
        let bucket = self.estate.bucket(&self.question.object.bucket).ok();
        if let Some(tag) = folded.strip_prefix("s3:existingobjecttag/") {
            return self.estate.object(&self.question.object).map_or(Held::Open, |o| tag_of(&o.tags, tag));
        }
        let of_bucket =
            folded.strip_prefix("aws:resourcetag/").or_else(|| folded.strip_prefix("s3:buckettag/"));
        if let (Some(tag), Some(bucket)) = (of_bucket, bucket) {
            return match (&bucket.abac, tag_of(&bucket.tags, tag)) {
                (Known::Provided(false), _) | (_, Held::Absent) => Held::Absent,
                (Known::Provided(true), tag) => tag,
                (Known::NotProvided, _) => Held::Open,
            };
        }
        let told = |value: &Option<String>| value.clone().map_or(Held::Open, Held::one);
        match folded {
            "aws:sourceip" if network.through_endpoint() => Held::Absent,
            "aws:sourceip" => told(&network.source_ip),
            "aws:sourcevpce" if network.through_endpoint() => told(&network.endpoint),
            "aws:sourcevpc" if network.through_endpoint() => {
                let endpoint = network.endpoint.as_deref().and_then(|id| self.estate.endpoint(id));
                told(&network.vpc.clone().or_else(|| endpoint?.vpc.clone()))
            }
            "aws:vpcsourceip" if network.through_endpoint() => told(&network.private_ip),
            key if NETWORK.contains(&key) && network.source_ip.is_some() => Held::Absent,
            key if NETWORK.contains(&key) => Held::Open,
            "aws:viaawsservice" => Held::one("false"),
            "aws:requestedregion" => self.region.map_or(Held::Open, Held::one),
            "s3:signatureage" if self.given("s3:authtype") == Some(Held::one("REST-HEADER")) => Held::Absent,
            // Objects outside KMS are read over plain HTTP and with older signatures, too.
            "aws:securetransport" | "s3:signatureversion" if !self.is_under_kms() => Held::Open,
            "aws:securetransport" => Held::one("true"),
            "s3:signatureversion" => Held::one("AWS4-HMAC-SHA256"),
            "s3:versionid" => self.question.version_id.clone().map_or(Held::Absent, Held::one),
            key if key.starts_with("kms:")
                || key.starts_with("aws:calledvia")
                || key.starts_with("s3:x-amz-")
                || key.starts_with("s3:dataaccesspoint")
                || ["s3:prefix", "s3:delimiter", "s3:max-keys", "s3:accesspointnetworkorigin"]
                    .contains(&key) =>
            {
                Held::Absent
            }
            _ => Held::Open,
        }
    }

    fn of_sts(&self, role: &Role, folded: &str) -> Held {
        if let Some(tag) = folded.strip_prefix("aws:resourcetag/") {
            return tag_of(&role.tags, tag);
        }
        let network = NETWORK.contains(&folded) || folded == "aws:sourceip";
        match folded {
            _ if network => self.of_s3(folded),
            "aws:viaawsservice" => Held::one("false"),
            // No service calls STS for somebody (R46).
            key if key.starts_with("aws:calledvia") || key.starts_with("s3:") || key.starts_with("kms:") => {
                Held::Absent
            }
            _ => Held::Open,
        }
    }

    fn of_kms(&self, kms: &Kms<'_>, folded: &str) -> Held {
        if let Some(tag) = folded.strip_prefix("aws:resourcetag/") {
            return kms.key.map_or(Held::Open, |key| tag_of(&key.tags, tag));
        }
        if let Some(told) =
            forwarded(kms, self.region).into_iter().find(|(key, _)| key.to_lowercase() == folded)
        {
            return told.1;
        }
        match folded {
            // AWS pages contradict each other on the address (R50).
            "aws:sourceip" if self.question.circumstances.whole_network().through_endpoint() => Held::Absent,
            "aws:sourceip" => Held::Open,
            "aws:requestedregion" => Held::one(kms.arn.region()),
            "kms:keyspec" => Held::one("SYMMETRIC_DEFAULT"),
            "kms:keyusage" => Held::one("ENCRYPT_DECRYPT"),
            "kms:multiregion" => {
                Held::one(if kms.arn.resource().starts_with("key/mrk-") { "true" } else { "false" })
            }
            "kms:resourcealiases" => match kms.key.map(|key| &key.aliases) {
                Some(Known::Provided(aliases)) => Held::Values(aliases.clone()),
                Some(Known::NotProvided) | None => Held::Open,
            },
            "kms:requestalias" | "kms:grantisforawsresource" | "kms:granteeprincipal" => Held::Absent,
            key if NETWORK.contains(&key) || key.starts_with("s3:") => Held::Absent,
            _ => Held::Open,
        }
    }
}

/// What S3 tells KMS when it calls for a reader: no more than the call itself, since key, account and caller are facts of
/// the estate.
pub(crate) fn forwarded(kms: &Kms<'_>, region: Option<&str>) -> Vec<(&'static str, Held)> {
    let mut told = vec![
        ("kms:ViaService", Held::one(format!("s3.{}.amazonaws.com", region.unwrap_or(kms.arn.region())))),
        ("kms:EncryptionContext:aws:s3:arn", Held::one(kms.encryption_context.as_str())),
        ("kms:EncryptionAlgorithm", Held::one("SYMMETRIC_DEFAULT")),
        ("aws:ViaAWSService", Held::one("true")),
        ("aws:CalledVia", Held::one("s3.amazonaws.com")),
        ("aws:CalledViaFirst", Held::one("s3.amazonaws.com")),
        ("aws:CalledViaLast", Held::one("s3.amazonaws.com")),
    ];
    let network =
        ["aws:SourceVpce", "aws:SourceVpc", "aws:VpcSourceIp", "aws:SourceVpcArn", "aws:VpceAccount"];
    told.extend(network.map(|key| (key, Held::Absent)));
    told
}

/// A tag by its name in lower case.
fn tag_of(tags: &Known<Tags>, folded: &str) -> Held {
    match tags {
        Known::Provided(tags) => {
            let found = tags.iter().find(|(name, _)| name.to_lowercase() == folded);
            found.map_or(Held::Absent, |(_, value)| Held::one(value.as_str()))
        }
        Known::NotProvided => Held::Open,
    }
}

/// Every context key that a policy names, in conditions and in variables, by its folded name, with one spelling.
pub(crate) fn mentioned<'p>(
    policies: impl IntoIterator<Item = (&'p SharedPolicy, &'p str)>,
) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for (policy, text) in policies {
        for statement in &policy.statements {
            keys.extend(statement.tests.iter().map(|test| test.key.value.folded().to_owned()));
        }
        for (at, _) in text.match_indices("${") {
            let rest = &text[at + 2..];
            let end = rest.find(['}', ',']).unwrap_or(0);
            let name = rest[..end].trim().to_lowercase();
            if name.contains(':') {
                keys.insert(name);
            }
        }
    }
    keys
}
