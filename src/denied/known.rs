//! What a refusal proves, told to a copy of the estate: the key and the Bucket Key of the object, and what the resource's
//! own side must have said.

use std::borrow::Cow;

use super::refusal::{Leg, Reason, Refusal};
use crate::estate::{
    Assumption, Bucket, Encryption, EncryptionType, Estate, Key, KeyReference, Known, Object, ObjectUri,
    default_key_policy, object_pattern,
};
use crate::eval::Gate;
use crate::name::{AccountId, Arn};
use crate::source::{SourceId, Span, Spanned};

/// An estate that is told what refusals prove, one after the other: a copy is made once, and what one refusal proves is
/// taken back before the next.
#[derive(Debug)]
pub struct Workbench<'e> {
    files: &'e Estate,
    copy: Option<Estate>,
    undo: Vec<Undo>,
}

/// A fact that was told, and how it was before.
#[derive(Debug)]
enum Undo {
    Key,
    Bucket,
    Object,
    KeyPolicy(usize),
    BucketPolicy(usize),
}

/// What a refusal proves.
#[derive(Debug)]
pub struct Proved<'r> {
    /// The refusal, with what the estate tells of its request.
    pub refusal: Cow<'r, Refusal>,
    /// What was taken over, in the words of assumptions.
    pub assumptions: Vec<Assumption>,
}

/// Nothing in a file is the place of these facts.
pub(super) fn nowhere() -> Span {
    Span::new(SourceId::LONE, 0, 0)
}

/// The place of a key, which the estate holds from then on.
pub(super) fn key(estate: &mut Estate, arn: &Arn) -> usize {
    if let Some(at) = estate.keys.iter().position(|key| key.arn.value == *arn) {
        return at;
    }
    estate.keys.push(Key {
        arn: Spanned { value: arn.clone(), span: nowhere() },
        manager: Known::NotProvided,
        state: Known::NotProvided,
        policy: Known::NotProvided,
        aliases: Known::NotProvided,
        grants: Known::NotProvided,
        tags: Known::NotProvided,
        spec: None,
        usage: None,
        origin: None,
        multi_region: None,
        multi_region_type: None,
        usable_if: None,
    });
    estate.keys.len() - 1
}

/// The place of a bucket, which the estate holds from then on.
pub(super) fn bucket(estate: &mut Estate, name: &str) -> usize {
    if let Some(at) = estate.buckets.iter().position(|bucket| bucket.name == name) {
        return at;
    }
    estate.buckets.push(Bucket::untold(name, nowhere()));
    estate.buckets.len() - 1
}

/// The ARN of the key, where it is no alias's.
pub(super) fn key_arn(refusal: &Refusal) -> Option<Arn> {
    let arn: Arn = refusal.key.as_deref()?.parse().ok()?;
    (arn.service() == "kms" && arn.resource().starts_with("key/")).then_some(arn)
}

/// Whose caller it was.
fn account(refusal: &Refusal) -> Option<AccountId> {
    refusal.role.as_deref().or(refusal.principal.as_deref())?.parse::<Arn>().ok()?.account()
}

impl Proved<'_> {
    fn assume(&mut self, what: String, because: &str) {
        self.assumptions.push(Assumption { what, because: because.to_owned(), fact: None });
    }
}

impl<'e> Workbench<'e> {
    /// A copy of the estate, to which a refusal adds what it proves.
    pub fn new(files: &'e Estate) -> Self {
        Self { files, copy: None, undo: Vec::new() }
    }

    /// The estate with what was proved last.
    pub fn estate(&self) -> &Estate {
        match &self.copy {
            Some(copy) if !self.undo.is_empty() => copy,
            Some(_) | None => self.files,
        }
    }

    /// Tells the estate what this refusal proves and the files do not tell. `object` is the object that was asked for,
    /// where it is known.
    pub fn prove<'r>(&mut self, refusal: &'r Refusal, object: Option<&ObjectUri>) -> Proved<'r> {
        self.take_back();
        let mut proved = Proved { refusal: Cow::Borrowed(refusal), assumptions: Vec::new() };
        match refusal.leg() {
            Some(Leg::Kms) => {
                let is_stored = refusal.is_write() && !refusal.is_beside_s3();
                if let Some(object) = object.filter(|_| is_stored) {
                    self.stored(object, &mut proved);
                }
                let Some(arn) = key_arn(&proved.refusal) else { return proved };
                self.key(&arn);
                self.key_policy(refusal, &arn, &mut proved);
                match object {
                    _ if refusal.is_beside_s3() => {}
                    Some(object) if !refusal.is_write() => {
                        self.encryption(refusal, &arn, object, &mut proved)
                    }
                    Some(_) => {}
                    None => self.context(&arn, &mut proved),
                }
            }
            Some(Leg::S3) => {
                let named = refusal
                    .resource
                    .as_deref()
                    .and_then(|arn| arn.split_once(":s3:::"))
                    .map(|(_, rest)| rest);
                let bucket = named.map(|rest| rest.split('/').next().unwrap_or(rest)).map(str::to_owned);
                let bucket = bucket.or_else(|| object.map(|object| object.bucket.clone()));
                if let Some(name) = bucket.filter(|name| !name.is_empty()) {
                    self.bucket(refusal, &name, &mut proved);
                }
            }
            Some(Leg::Role | Leg::Other) | None => {}
        }
        proved
    }

    fn take_back(&mut self) {
        let Some(copy) = &mut self.copy else { return };
        while let Some(undo) = self.undo.pop() {
            match undo {
                Undo::Key => drop(copy.keys.pop()),
                Undo::Bucket => drop(copy.buckets.pop()),
                Undo::Object => drop(copy.objects.pop()),
                Undo::KeyPolicy(at) => {
                    if let Some(key) = copy.keys.get_mut(at) {
                        key.policy = Known::NotProvided;
                    }
                }
                Undo::BucketPolicy(at) => {
                    if let Some(bucket) = copy.buckets.get_mut(at) {
                        bucket.policy = Known::NotProvided;
                    }
                }
            }
        }
    }

    fn change(&mut self, undo: Undo) -> &mut Estate {
        self.undo.push(undo);
        self.copy.get_or_insert_with(|| self.files.clone())
    }

    fn key(&mut self, arn: &Arn) {
        if self.estate().key(arn).is_none() {
            key(self.change(Undo::Key), arn);
        }
    }

    /// KMS asks the caller's own policies only where the key policy lets the caller's account in (R67, R136).
    fn key_policy(&mut self, refusal: &Refusal, arn: &Arn, proved: &mut Proved<'_>) {
        let held = self.estate().keys.iter().position(|key| key.arn.value == *arn);
        let is_told = self.estate().key(arn).is_some_and(|key| key.policy.is_provided());
        let (Reason::Missing(Gate::Identity), false, Some(account)) =
            (refusal.reason, is_told, account(refusal))
        else {
            return;
        };
        let policy = default_key_policy(arn.partition(), account);
        let Some(at) = held else { return };
        if let Some(key) = self.change(Undo::KeyPolicy(at)).keys.get_mut(at) {
            key.policy = Known::Provided(policy);
        }
        proved.assume(
            format!("the key policy of {arn} leaves it to the policies of account {account}"),
            "the refusal says that these do not allow it, and KMS asks them only then",
        );
    }

    /// The key and the flag that the request had are those of the object (R52, R87).
    fn encryption(&mut self, refusal: &Refusal, arn: &Arn, uri: &ObjectUri, proved: &mut Proved<'_>) {
        let bucket_key = match (refusal.bucket_in_context(), refusal.object_in_context()) {
            (Some(_), _) => Some(true),
            (None, Some(_)) => Some(false),
            (None, None) => None,
        };
        let told = self.estate().object(uri).cloned();
        let own = told.as_ref().and_then(|object| object.encryption.as_ref());
        let is_same = own.is_some_and(|own| {
            let key = own.key.as_ref().is_some_and(|key| key.as_str() == arn.as_str());
            key && (bucket_key.is_none() || own.bucket_key == bucket_key)
        });
        if is_same {
            return;
        }
        let encryption = Encryption {
            kind: own.map(|own| own.kind).filter(|kind| kind.uses_kms()).unwrap_or(EncryptionType::SseKms),
            key: Some(KeyReference::Arn(arn.clone())),
            bucket_key: bucket_key.or_else(|| own.and_then(|own| own.bucket_key)),
            span: nowhere(),
        };
        let object = Object {
            uri: Spanned { value: object_pattern(&uri.to_string()), span: nowhere() },
            encryption: Some(encryption),
            as_default: false,
            owner: told.as_ref().and_then(|object| object.owner),
            acl_read: told.as_ref().map_or(Known::NotProvided, |object| object.acl_read.clone()),
            tags: told.as_ref().map_or(Known::NotProvided, |object| object.tags.clone()),
            storage_class: told.as_ref().and_then(|object| object.storage_class.clone()),
            restored: told.as_ref().and_then(|object| object.restored),
        };
        self.change(Undo::Object).objects.push(object);
        let flag = match bucket_key {
            Some(true) => ", with a Bucket Key",
            Some(false) => ", without a Bucket Key",
            None => "",
        };
        proved.assume(
            format!("{uri} is encrypted under {arn}{flag}"),
            "the refusal names the key, and KMS was asked for it",
        );
    }

    /// Inside one account an Allow of the bucket policy would have been enough (R66).
    fn bucket(&mut self, refusal: &Refusal, name: &str, proved: &mut Proved<'_>) {
        let own = account(refusal);
        let known = self.estate().bucket(name).ok();
        let is_new = known.is_none();
        let is_inside = known.is_none_or(|bucket| bucket.account.provided().copied() == own);
        let lacks = known.is_none_or(|bucket| !bucket.policy.is_provided());
        if is_new {
            bucket(self.change(Undo::Bucket), name);
        }
        if refusal.reason == Reason::Missing(Gate::Identity) && is_inside && lacks {
            let at = self.estate().buckets.iter().position(|bucket| bucket.name == name);
            let Some(at) = at else { return };
            if let Some(bucket) = self.change(Undo::BucketPolicy(at)).buckets.get_mut(at) {
                bucket.policy = Known::Provided(None);
            }
            proved.assume(
                format!("the bucket policy of {name} does not allow it"),
                "the refusal says that no identity-based policy does: inside one account the bucket policy would have been enough",
            );
        }
    }

    /// The encryption context, where nothing but a default tells it: of the only bucket whose new objects lie under this
    /// key, with a Bucket Key (R106).
    fn context(&self, arn: &Arn, proved: &mut Proved<'_>) {
        if !proved.refusal.request.encryption_context.is_empty() {
            return;
        }
        let mut under =
            self.estate().buckets.iter().filter(|bucket| self.default_key(bucket).as_ref() == Some(arn));
        let (Some(only), None) = (under.next(), under.next()) else { return };
        if only.encryption.provided().and_then(|default| default.bucket_key) != Some(true) {
            return;
        }
        let context = format!("arn:{}:s3:::{}", arn.partition(), only.name);
        let what = format!("the encryption context is {context}");
        proved.refusal.to_mut().request.encryption_context.push(("aws:s3:arn".to_owned(), context));
        proved
            .assume(what, "its bucket is the only one with this key, and its new objects have a Bucket Key");
    }

    /// The key that new objects of a bucket lie under.
    fn default_key(&self, bucket: &Bucket) -> Option<Arn> {
        let reference = bucket.encryption.provided()?.key.as_ref()?;
        let region = bucket.region.provided().map(String::as_str);
        let found = self.estate().resolve_key(reference, bucket.account.provided().copied(), region);
        found.map(|key| key.arn.value.clone()).or_else(|| match reference {
            KeyReference::Arn(arn) => Some(arn.clone()),
            KeyReference::Id(_) | KeyReference::Alias(_) | KeyReference::Name(_) => None,
        })
    }

    /// A write that names no other key takes the bucket's default, with its flag (R90, R106).
    fn stored(&self, object: &ObjectUri, proved: &mut Proved<'_>) {
        let Ok(bucket) = self.estate().bucket(&object.bucket) else { return };
        let Some(default) = self.default_key(bucket) else { return };
        if proved.refusal.key.is_none() {
            proved.refusal.to_mut().key = Some(default.to_string());
            let what = format!("the key is {default}");
            proved.assume(what, "the refusal names none, and the bucket's default is taken for new objects");
        }
        let flag = bucket.encryption.provided().and_then(|told| told.bucket_key);
        let is_default = proved.refusal.key.as_deref() == Some(default.as_str());
        let (true, Some(flag)) = (is_default && proved.refusal.request.encryption_context.is_empty(), flag)
        else {
            return;
        };
        let named = if flag { bucket.name.clone() } else { format!("{}/{}", bucket.name, object.key) };
        let context = format!("arn:{}:s3:::{named}", default.partition());
        let what = format!("the encryption context is {context}");
        proved.refusal.to_mut().request.encryption_context.push(("aws:s3:arn".to_owned(), context));
        proved.assume(what, "it is so by the bucket's default, unless the request asks for something else");
    }
}
