//! Under which key the object may be (R87–R91, R105).

use super::setting::{Setting, partition};
use crate::ask::guardrails::Assumed;
use crate::estate::{Encryption, EncryptionType, Key, KeyReference};
use crate::name::{AccountId, Arn};

/// One key the object may be encrypted under.
#[derive(Clone, Debug)]
pub(super) struct Candidate<'e> {
    pub(super) arn: Arn,
    /// What the estate knows of it.
    pub(super) key: Option<&'e Key>,
    pub(super) bucket_key: bool,
    /// The AWS managed key aws/s3 of an account.
    pub(super) managed: bool,
    /// A key nobody named: it stands for the keys the estate does not hold, with the policy KMS writes by default.
    pub(super) stand_in: bool,
}

/// What is known of the object's encryption.
#[derive(Debug)]
pub(super) enum Facts<'e> {
    /// Not under KMS, or by means IAM does not see.
    Without(EncryptionType),
    /// Under this key.
    Key(EncryptionType, Candidate<'e>),
    /// Under one of these, as far as anybody told; the first is the likely one.
    OneOf(EncryptionType, Vec<Candidate<'e>>, String),
    /// Nobody said.
    NotTold,
}

impl<'e> Facts<'e> {
    pub(super) fn find(setting: &Setting<'e>, assumed: &mut Assumed) -> Self {
        let object = setting.object.and_then(|o| o.encryption.as_ref());
        let shown = setting.question.object.to_string();
        if let Some(encryption) = object {
            return Self::of_object(setting, encryption);
        }
        match setting.bucket.encryption.told() {
            Some(encryption) if encryption.kind.uses_kms() => Self::by_default(setting, encryption),
            Some(encryption) if setting.question.strict => {
                let _ = encryption;
                Self::NotTold
            }
            Some(encryption) => {
                assumed.note(
                    format!(
                        "{shown} is encrypted as new objects of the bucket are ({})",
                        encryption.kind.as_str()
                    ),
                    "no [[object]] says what HeadObject says",
                );
                Self::Without(encryption.kind)
            }
            None => Self::NotTold,
        }
    }

    pub(super) fn kind(&self) -> Option<EncryptionType> {
        match self {
            Self::Without(kind) | Self::Key(kind, _) | Self::OneOf(kind, _, _) => Some(*kind),
            Self::NotTold => None,
        }
    }

    /// HeadObject names the key by its ARN; only the Bucket Key flag may be missing.
    fn of_object(setting: &Setting<'e>, encryption: &Encryption) -> Self {
        let kind = encryption.kind;
        if !kind.uses_kms() {
            return Self::Without(kind);
        }
        let candidates = match &encryption.key {
            Some(reference) => named(setting, reference),
            None => uploaders_managed_key(setting),
        };
        let certain = candidates.len() == 1 && !candidates.iter().any(|c| c.stand_in);
        let flags: &[bool] = match encryption.bucket_key {
            _ if kind == EncryptionType::DsseKms => &[false],
            Some(true) => &[true],
            Some(false) => &[false],
            None => &[false, true],
        };
        let mut all: Vec<Candidate<'e>> = Vec::new();
        for candidate in candidates {
            all.extend(flags.iter().map(|flag| Candidate { bucket_key: *flag, ..candidate.clone() }));
        }
        let why = if certain {
            "whether a Bucket Key was used for the object was not told".to_owned()
        } else {
            "the key of the object was not told by its ARN".to_owned()
        };
        match <[Candidate<'e>; 1]>::try_from(all) {
            Ok([only]) => Self::Key(kind, only),
            Err(all) if all.is_empty() => Self::NotTold,
            Err(all) => Self::OneOf(kind, all, why),
        }
    }

    /// The bucket's default speaks of new objects only, and uploaders may name another key (R105).
    fn by_default(setting: &Setting<'e>, encryption: &Encryption) -> Self {
        let kind = encryption.kind;
        let mut keys = match &encryption.key {
            Some(reference) => named(setting, reference),
            None => uploaders_managed_key(setting),
        };
        for key in &setting.estate.keys {
            let here = setting.region.as_deref().is_none_or(|r| key.arn.value.region() == r);
            if here && !keys.iter().any(|c| c.arn == key.arn.value) {
                keys.push(known(key));
            }
        }
        if !keys.iter().any(|c| c.stand_in) {
            keys.extend(stand_in(setting, setting.bucket_account()));
        }
        let likely = encryption.bucket_key.unwrap_or(false) && kind == EncryptionType::SseKms;
        let mut all = Vec::new();
        for key in keys {
            all.push(Candidate { bucket_key: likely, ..key.clone() });
            if kind == EncryptionType::SseKms {
                all.push(Candidate { bucket_key: !likely, ..key });
            }
        }
        let why = "the bucket's default says how new objects are encrypted; no [[object]] says which key and Bucket Key flag this object has";
        Self::OneOf(kind, all, why.to_owned())
    }
}

fn known(key: &Key) -> Candidate<'_> {
    Candidate {
        arn: key.arn.value.clone(),
        key: Some(key),
        bucket_key: false,
        managed: key.is_aws_managed(),
        stand_in: false,
    }
}

/// The keys a reference may mean. An alias or a bare id is looked up in the uploader's account (R88).
fn named<'e>(setting: &Setting<'e>, reference: &KeyReference) -> Vec<Candidate<'e>> {
    let region = setting.region.as_deref();
    match reference {
        KeyReference::Arn(arn) if arn.resource().starts_with("key/") => {
            let key = setting.estate.key(arn);
            vec![key.map_or_else(
                || Candidate {
                    arn: arn.clone(),
                    key: None,
                    bucket_key: false,
                    managed: false,
                    stand_in: false,
                },
                known,
            )]
        }
        KeyReference::Arn(arn) if arn.resource() == "alias/aws/s3" => {
            managed(setting, arn.account()).into_iter().collect()
        }
        KeyReference::Alias(alias) if alias == "alias/aws/s3" => uploaders_managed_key(setting),
        KeyReference::Arn(_) | KeyReference::Id(_) | KeyReference::Alias(_) => {
            let account = setting.bucket_account();
            let mut out: Vec<Candidate<'e>> =
                setting.estate.resolve_key(reference, account, region).map(known).into_iter().collect();
            let anywhere = matches!(reference, KeyReference::Arn(_));
            if !anywhere || out.is_empty() {
                out.extend(stand_in(setting, account));
            }
            out
        }
    }
}

/// Without a key id S3 takes aws/s3 of whoever uploads (R90): of the bucket's account, or of another.
fn uploaders_managed_key<'e>(setting: &Setting<'e>) -> Vec<Candidate<'e>> {
    let mut out: Vec<Candidate<'e>> = managed(setting, setting.bucket_account()).into_iter().collect();
    if let Some(account) = setting.caller.account
        && setting.bucket_account() != Some(account)
    {
        out.extend(managed(setting, Some(account)));
    }
    out
}

fn managed<'e>(setting: &Setting<'e>, account: Option<AccountId>) -> Option<Candidate<'e>> {
    let (account, region) = (account?, setting.region.as_deref()?);
    let held = setting.estate.keys.iter().find(|k| {
        k.is_aws_managed() && k.arn.value.account() == Some(account) && k.arn.value.region() == region
    });
    Some(match held {
        Some(key) => known(key),
        None => Candidate {
            arn: Arn::of(partition(Some(region))?, "kms", region, &account.to_string(), "key/aws-s3"),
            key: None,
            bucket_key: false,
            managed: true,
            stand_in: false,
        },
    })
}

/// A key of the bucket's account that nobody named.
fn stand_in<'e>(setting: &Setting<'e>, account: Option<AccountId>) -> Option<Candidate<'e>> {
    let (account, region) = (account?, setting.region.as_deref()?);
    Some(Candidate {
        arn: Arn::of(
            partition(Some(region))?,
            "kms",
            region,
            &account.to_string(),
            "key/00000000-0000-0000-0000-000000000000",
        ),
        key: None,
        bucket_key: false,
        managed: false,
        stand_in: true,
    })
}
