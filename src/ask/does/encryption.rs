//! Under which key the object may be (R87–R91, R105).

use rustc_hash::FxHashSet;

use super::target::{ResolvedRead, Standing};
use super::{new_object, replica};
use crate::estate::{Assumed, Encryption, EncryptionType, Key, KeyReference, Known};
use crate::logic::{FactId, Unknown};
use crate::name::{AccountId, ActionName, Arn, symbol};
use crate::policy::{Effect, PrincipalKind, Scope, Statement};
use crate::service::{self, KeyStanding, partition_of};
use crate::work;

/// One key the object may be encrypted under.
#[derive(Clone, Debug)]
pub(super) struct Candidate<'e> {
    pub(super) key: service::Key<'e>,
    pub(super) bucket_key: bool,
}

/// The keys and Bucket Key flags an object may have.
#[derive(Debug)]
pub(super) struct Candidates<'e> {
    /// The likely one.
    pub(super) first: Candidate<'e>,
    pub(super) others: Vec<Candidate<'e>>,
    pub(super) why: &'static str,
    /// Nothing but the bucket's default says how it is encrypted: it may as well lie under no key.
    pub(super) or_no_key: bool,
}

/// What is known of the object's encryption.
#[derive(Debug)]
pub(super) enum Facts<'e> {
    /// Not under KMS, or by means IAM does not see.
    Without(EncryptionType),
    /// Under this key.
    Key(EncryptionType, Candidate<'e>),
    /// Under one of these, as far as anybody told; the first is the likely one.
    OneOf(EncryptionType, Candidates<'e>),
    /// Nobody said.
    NotProvided,
}

impl<'e> Facts<'e> {
    /// `source`: of a replica, how the object is encrypted that it is made of.
    pub(super) fn find(
        read: &ResolvedRead<'e>,
        source: Option<EncryptionType>,
        assumed: &mut Assumed,
    ) -> Self {
        match read.standing {
            Standing::Exists => Self::of_existing(read, assumed),
            Standing::Made => new_object::made(read, assumed),
            Standing::Replicated => replica::encryption(read, source, assumed),
            Standing::Indifferent => Self::Without(EncryptionType::None),
        }
    }

    fn of_existing(read: &ResolvedRead<'e>, assumed: &mut Assumed) -> Self {
        let object = read.object();
        if let Some(encryption) = object.and_then(|o| o.encryption.as_ref()) {
            return Self::of_object(read, encryption, assumed);
        }
        let Some(default) = read.target.bucket.encryption.provided() else { return Self::NotProvided };
        let granted = read.ctx.estate.granted.within(default.span);
        granted.for_each(|assumption| assumed.granted(assumption));
        if object.is_some_and(|o| o.as_default) {
            return Self::as_default(read, default, assumed);
        }
        if read.target.bucket.is_new && !read.ctx.strict {
            assumed.note(
                format!(
                    "{} is encrypted as new objects of the bucket are ({})",
                    read.asked,
                    default.kind.as_str()
                ),
                "the input makes the bucket, and no [[object]] says what HeadObject says",
            );
            return Self::as_default(read, default, assumed);
        }
        Self::by_default(read, default)
    }

    /// The default is what the object has.
    fn as_default(read: &ResolvedRead<'e>, default: &Encryption, assumed: &mut Assumed) -> Self {
        if default.key.is_some() || !default.kind.uses_kms() {
            return Self::of_object(read, default, assumed);
        }
        let why = "without a key of its own the bucket's default means aws/s3 of the account that uploads";
        Self::one_of(default.kind, uploaders_managed_key(read), default.bucket_key, None, why)
    }

    /// The default says how *new* objects are encrypted: one that exists may have any encryption (R105).
    fn by_default(read: &ResolvedRead<'e>, default: &Encryption) -> Self {
        const WHY: &str = "the bucket's default says how new objects are encrypted; no [[object]] says how this object is, under which key and with which Bucket Key flag";
        let uses_kms = default.kind.uses_kms();
        let mut keys = if uses_kms { anything(read, default.key.as_ref()) } else { other_keys(read) };
        add_new(&mut keys, uploaders_managed_key(read));
        let kind = if uses_kms { default.kind } else { EncryptionType::SseKms };
        // Uploads may ask for another kind of encryption under the same key, and for the other Bucket Key flag.
        let mut found = Self::one_of(EncryptionType::SseKms, keys, None, default.bucket_key, WHY);
        match &mut found {
            Self::Key(_, first) => {
                let (first, others) = (first.clone(), Vec::new());
                Self::OneOf(kind, Candidates { first, others, why: WHY, or_no_key: true })
            }
            Self::OneOf(found_kind, candidates) => {
                (*found_kind, candidates.or_no_key) = (kind, true);
                found
            }
            Self::Without(_) | Self::NotProvided => found,
        }
    }

    pub(super) fn kind(&self) -> Option<EncryptionType> {
        match self {
            Self::Without(kind) | Self::Key(kind, _) | Self::OneOf(kind, _) => Some(*kind),
            Self::NotProvided => None,
        }
    }

    /// The key, or the likely one, is used with a Bucket Key.
    pub(super) fn has_bucket_key(&self) -> bool {
        match self {
            Self::Key(_, key) => key.bucket_key,
            Self::OneOf(_, candidates) => candidates.first.bucket_key,
            Self::Without(_) | Self::NotProvided => false,
        }
    }

    /// Whatever the key is, the object is known to be under one.
    pub(super) fn is_under_kms(&self) -> bool {
        match self {
            Self::Key(..) => true,
            Self::OneOf(_, candidates) => !candidates.or_no_key,
            Self::Without(_) | Self::NotProvided => false,
        }
    }

    /// HeadObject names the key by its ARN; what is left out of that is not known.
    fn of_object(read: &ResolvedRead<'e>, encryption: &Encryption, assumed: &mut Assumed) -> Self {
        let kind = encryption.kind;
        if !kind.uses_kms() {
            return Self::Without(kind);
        }
        let flag = encryption.bucket_key;
        let Some(reference) = &encryption.key else {
            let default = read.target.bucket.encryption.provided().and_then(|e| e.key.as_ref());
            let mut keys = anything(read, default);
            // The upload may have named none (R90).
            add_new(&mut keys, uploaders_managed_key(read));
            return Self::one_of(kind, keys, flag, None, "the object's key is not known");
        };
        let mut candidates = named(read, reference);
        let why = match candidates.as_slice() {
            [only] => {
                if let KeyReference::Alias(alias) = reference
                    && !only.key.is_managed()
                {
                    assumed.note(
                        format!("{alias} of the object is the alias of {}", only.key.arn),
                        "an alias of this name in another account is not known",
                    );
                }
                "whether a Bucket Key was used for the object is not known"
            }
            [] => {
                candidates = read.keys_of_region().map(known).collect();
                candidates.extend(unresolved(read, reference, read.bucket_account()));
                "the object names a key that is not among the known keys"
            }
            [_, _, ..] => "the name of the object's key leads to several keys",
        };
        Self::one_of(kind, candidates, flag, None, why)
    }

    /// All of these keys, with each Bucket Key flag the object may have.
    pub(super) fn one_of(
        kind: EncryptionType,
        keys: Vec<Candidate<'e>>,
        flag: Option<bool>,
        likely: Option<bool>,
        why: &'static str,
    ) -> Self {
        let likely = likely.unwrap_or(false);
        let flags: &[bool] = match flag {
            // Dual-layer encryption has no Bucket Keys (R107).
            _ if kind == EncryptionType::DsseKms => &[false],
            Some(true) => &[true],
            Some(false) => &[false],
            None => &[likely, !likely],
        };
        let mut all = keys.into_iter().flat_map(|key| {
            flags.iter().map(move |flag| Candidate { bucket_key: *flag, ..key.clone() }).collect::<Vec<_>>()
        });
        let Some(first) = all.next() else { return Self::NotProvided };
        let others: Vec<Candidate<'e>> = all.collect();
        if others.is_empty() {
            Self::Key(kind, first)
        } else {
            Self::OneOf(kind, Candidates { first, others, why, or_no_key: false })
        }
    }
}

/// Every key an object may be under where nobody told its own: the default, the other keys of the Region, and one
/// that stands for all that nobody told (R105).
fn anything<'e>(read: &ResolvedRead<'e>, default: Option<&KeyReference>) -> Vec<Candidate<'e>> {
    let mut keys = match default {
        Some(reference) => named(read, reference),
        None => uploaders_managed_key(read),
    };
    add_new(&mut keys, other_keys(read));
    keys
}

/// The keys of the Region, and one that stands for all that nobody told.
fn other_keys<'e>(read: &ResolvedRead<'e>) -> Vec<Candidate<'e>> {
    read.keys_of_region().map(known).chain(stand_in(read, read.bucket_account())).collect()
}

fn add_new<'e>(keys: &mut Vec<Candidate<'e>>, more: Vec<Candidate<'e>>) {
    work::did(keys.len() + more.len());
    let mut known: FxHashSet<&str> = keys.iter().map(|candidate| candidate.key.arn.as_str()).collect();
    let new: Vec<bool> = more.iter().map(|candidate| known.insert(candidate.key.arn.as_str())).collect();
    keys.extend(more.into_iter().zip(new).filter_map(|(candidate, is_new)| is_new.then_some(candidate)));
}

fn known(key: &Key) -> Candidate<'_> {
    Candidate { key: service::Key::known(key), bucket_key: false }
}

/// The keys a reference may mean. An alias or a bare id is looked up in the uploader's account, whichever that
/// was (R88).
pub(super) fn named<'e>(read: &ResolvedRead<'e>, reference: &KeyReference) -> Vec<Candidate<'e>> {
    named_by(read, reference, read.bucket_account())
}

/// The same, for a requester in this account.
pub(super) fn named_by<'e>(
    read: &ResolvedRead<'e>,
    reference: &KeyReference,
    requester: Option<AccountId>,
) -> Vec<Candidate<'e>> {
    let region = read.region();
    match reference {
        KeyReference::Arn(arn) if arn.resource().starts_with("key/") => {
            let key = read.estate().key(arn);
            vec![key.map_or_else(|| unknown(arn.clone()), known)]
        }
        KeyReference::Arn(arn) if arn.resource() == "alias/aws/s3" => {
            managed(read, arn.account()).into_iter().collect()
        }
        KeyReference::Alias(alias) if alias == "alias/aws/s3" => uploaders_managed_key(read),
        KeyReference::Arn(_) => {
            read.estate().resolve_key(reference, None, region).map(known).into_iter().collect()
        }
        KeyReference::Id(_) | KeyReference::Alias(_) | KeyReference::Name(_) => {
            let mut found = read.estate().keys_called(reference, requester, region);
            // Where several files use the same name, the file of the bucket's default means its own key.
            if let (KeyReference::Name(_), Some(default)) =
                (reference, read.target.bucket.encryption.provided())
            {
                let own = default.span.source;
                if found.iter().any(|key| key.arn.span.source == own) {
                    found.retain(|key| key.arn.span.source == own);
                }
            }
            found.into_iter().map(known).collect()
        }
    }
}

fn unknown<'e>(arn: Arn) -> Candidate<'e> {
    Candidate { key: service::Key::unknown(arn), bucket_key: false }
}

fn in_standing<'e>(arn: Arn, standing: KeyStanding) -> Candidate<'e> {
    Candidate { key: service::Key { standing, ..service::Key::unknown(arn) }, bucket_key: false }
}

/// Without a key id S3 takes aws/s3 of whoever uploads (R90): of the bucket's account, or of another that may.
fn uploaders_managed_key<'e>(read: &ResolvedRead<'e>) -> Vec<Candidate<'e>> {
    let mut out: Vec<Candidate<'e>> = managed(read, read.bucket_account()).into_iter().collect();
    for account in others_that_write(read) {
        add_new(&mut out, managed(read, Some(account)).into_iter().collect());
    }
    if let Some(account) = read.caller().account
        && read.bucket_account() != Some(account)
    {
        add_new(&mut out, managed(read, Some(account)).into_iter().collect());
    }
    out
}

/// Accounts beside the bucket's own that the bucket policy lets upload; one that stands for all where it names none.
fn others_that_write(read: &ResolvedRead<'_>) -> Vec<AccountId> {
    let anyone = || "000000000000".parse::<AccountId>().ok();
    let upload = ActionName::of("s3", "PutObject");
    let policy = match &read.target.bucket.policy {
        Known::Provided(None) => return Vec::new(),
        Known::NotProvided => return anyone().into_iter().collect(),
        Known::Provided(Some(policy)) => policy,
    };
    let lets_upload = |statement: &&Statement| {
        let listed = statement.actions.listed().iter().any(|a| a.value.covers(&upload) != Some(false));
        statement.effect.value == Effect::Allow && listed != statement.actions.is_negated()
    };
    let mut accounts: Vec<AccountId> = Vec::new();
    for statement in policy.statements.iter().filter(lets_upload) {
        let named: &[_] = match &statement.principals {
            Some(Scope::In(list)) => list,
            Some(Scope::NotIn(_)) | None => {
                accounts.extend(anyone());
                continue;
            }
        };
        accounts.extend(named.iter().filter_map(|principal| match principal.value.kind {
            PrincipalKind::Account(account) => Some(account),
            PrincipalKind::Service | PrincipalKind::OriginAccess => None,
            PrincipalKind::Everyone
            | PrincipalKind::Role
            | PrincipalKind::User
            | PrincipalKind::Session
            | PrincipalKind::FederatedUser
            | PrincipalKind::UniqueId
            | PrincipalKind::Federated
            | PrincipalKind::Canonical
            | PrincipalKind::Unresolved => {
                principal.value.text.parse::<Arn>().ok().and_then(|arn| arn.account()).or_else(anyone)
            }
        }));
    }
    accounts.retain(|account| Some(*account) != read.bucket_account());
    accounts
}

pub(super) fn managed<'e>(read: &ResolvedRead<'e>, account: Option<AccountId>) -> Option<Candidate<'e>> {
    let (account, region) = (account?, read.region()?);
    let held = read.estate().keys.maybe_called(&account.to_string()).find(|k| {
        k.is_aws_managed() && k.arn.value.account() == Some(account) && k.arn.value.region() == region
    });
    Some(match held {
        Some(key) => known(key),
        None => {
            let arn =
                Arn::of(partition_of(read.target.bucket)?, "kms", region, &account.to_string(), "key/aws-s3");
            in_standing(arn, KeyStanding::AwsManaged)
        }
    })
}

/// A key of the bucket's account that nobody named.
fn stand_in<'e>(read: &ResolvedRead<'e>, account: Option<AccountId>) -> Option<Candidate<'e>> {
    const ID: &str = "key/00000000-0000-0000-0000-000000000000";
    // A Region that is not known has keys as well.
    let region = read.region().map_or_else(|| symbol::unknown(symbol::REGION), str::to_owned);
    let partition = partition_of(read.target.bucket).unwrap_or("aws");
    let arn = Arn::of(partition, "kms", &region, &account?.to_string(), ID);
    let called = Arn::of(partition, "kms", arn.region(), arn.account_text(), "key/*");
    let mut candidate = in_standing(arn, KeyStanding::StandIn);
    candidate.key.called = Some(called.as_str().to_owned());
    Some(candidate)
}

/// The key behind a name that leads nowhere, of the account that a name without one means.
pub(super) fn unresolved<'e>(
    read: &ResolvedRead<'e>,
    reference: &KeyReference,
    own: Option<AccountId>,
) -> Option<Candidate<'e>> {
    let account = match reference {
        KeyReference::Arn(arn) => arn.account(),
        KeyReference::Id(_) | KeyReference::Alias(_) | KeyReference::Name(_) => own,
    };
    let what = Unknown::missing(
        FactId::ObjectKey(read.asked.id()),
        "the object names a key that is not among the known keys, so its key policy is not known",
    );
    let account = account.unwrap_or(AccountId::UNKNOWN);
    let nameless = stand_in(read, Some(account))?.key.arn;
    let named = |resource: &str| {
        Arn::of(nameless.partition(), "kms", nameless.region(), nameless.account_text(), resource)
    };
    let (arn, called) = match reference {
        KeyReference::Arn(arn) => (nameless, Some(arn.as_str().to_owned())),
        KeyReference::Id(id) => (named(&format!("key/{id}")), None),
        KeyReference::Alias(alias) => {
            let called = named(alias).as_str().to_owned();
            (nameless, Some(called))
        }
        KeyReference::Name(name) => (nameless, Some(name.value.clone())),
    };
    let mut candidate = in_standing(arn, KeyStanding::Unresolved(what));
    candidate.key.called = called;
    Some(candidate)
}
