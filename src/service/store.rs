//! Secrets and queues: services that keep data under a KMS key and ask KMS in the name of their caller.
//!
//! Sources: <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>,
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html>

use super::kms::Key;
use super::other::unsupplied;
use super::{Asked, DataKey, LetsIn, OwnPolicies, OwnSide, Resource, Service, UnderKey, open, tags_family};
use crate::estate::{Assumed, Estate, KeyReference, Known, Store, StoreKind};
use crate::eval::{Context, ContextValue};
use crate::logic::{FactId, Unknown};
use crate::name::{AccountId, Arn};

pub(super) static SECRETS: Service = Service {
    prefix: "secretsmanager",
    resource_policy: |_| "resource policy",
    named: |estate, name| named(estate, StoreKind::Secret, name),
    ..PLAIN
};

pub(super) static QUEUES: Service = Service {
    prefix: "sqs",
    resource_policy: |_| "queue policy",
    named: |estate, name| named(estate, StoreKind::Queue, name),
    ..PLAIN
};

const PLAIN: Service = Service {
    prefix: "",
    resource_policy: |_| "resource policy",
    requires_policy_of: None,
    has_told_endpoints: false,
    may_have_gateway_endpoint: false,
    is_regional: false,
    add_parameters: |_, _| {},
    via_key: None,
    named: |_, _| None,
    find: |estate, action, arn| {
        let parsed: Arn = arn.parse().ok()?;
        let kind = StoreKind::of(&parsed).filter(|kind| kind.service() == action.service())?;
        let told = estate.store(&parsed);
        Some(Ok(Box::new(StoreResource { kind, arn: parsed, told })))
    },
};

fn named(estate: &Estate, kind: StoreKind, name: &str) -> Option<Arn> {
    estate.store_named(kind, name).map(|store| store.arn.value.clone())
}

/// A secret or a queue that a request is made on.
#[derive(Clone, Debug)]
struct StoreResource<'e> {
    kind: StoreKind,
    arn: Arn,
    /// What the estate knows of it.
    told: Option<&'e Store>,
}

impl<'e> Resource<'e> for StoreResource<'e> {
    fn arn(&self) -> &str {
        self.arn.as_str()
    }

    fn owner(&self) -> Option<AccountId> {
        self.arn.account()
    }

    fn region(&self) -> Option<&str> {
        Some(self.arn.region())
    }

    fn side(&self, asked: &Asked<'_>, assumed: &mut Assumed) -> OwnSide<'e> {
        let missing = |why: &'static str| OwnPolicies::NotProvided {
            what: Unknown::missing(self.fact_of_policy(), why),
            denies: true,
        };
        let policy = match self.told.map(|store| &store.policy) {
            Some(Known::Provided(Some(policy))) => OwnPolicies::Provided(std::slice::from_ref(policy)),
            Some(Known::Provided(None)) => OwnPolicies::Nothing,
            Some(Known::NotProvided) => missing("its own policy was not supplied"),
            None => unsupplied(self.arn.as_str(), self.owner(), asked, assumed),
        };
        OwnSide::of(policy, self.owner())
    }

    fn lets_in(&self, _estate: &'e Estate, _strict: bool) -> LetsIn<'e> {
        let policy = self.told.map(|store| &store.policy);
        LetsIn {
            policies: policy.and_then(Known::provided).and_then(Option::as_ref).into_iter().collect(),
            is_open: policy.is_none_or(|policy| !policy.is_provided()),
            lets_public: self.kind == StoreKind::Queue,
            ..LetsIn::default()
        }
    }

    fn store(&self) -> Option<&'e Store> {
        self.told
    }

    fn add_keys(&self, c: &mut Context, _asked: &Asked<'_>) {
        let tags = self.told.map_or(&Known::NotProvided, |store| &store.tags);
        let fact = || FactId::StoreTags(self.arn.as_str().into());
        // Secrets Manager has the tags under its own name as well.
        for service in ["aws", self.kind.service()] {
            let start = format!("{service}:ResourceTag/");
            let family = tags_family(c, &start, tags, fact, "its tags are not known");
            c.set_family(&start, family);
        }
    }

    fn data_key(&self, estate: &'e Estate, is_open: bool, assumed: &mut Assumed) -> DataKey<'e> {
        let word = self.kind.word();
        let missing =
            |why: String| DataKey::NotTold(Unknown::missing(FactId::StoreKey(self.arn.as_str().into()), why));
        let reference = match self.told.map(|store| &store.key) {
            Some(Known::Provided(None)) => return DataKey::None,
            Some(Known::Provided(Some(reference))) => reference,
            Some(Known::NotProvided) => {
                return missing(format!("which key the {word} is under was not supplied"));
            }
            None if is_open => return missing(format!("no input describes the {word}")),
            None => return self.usual_key(assumed),
        };
        match self.key(estate, reference) {
            Some(key) => DataKey::Under(Box::new(UnderKey { key, pairs: self.pairs() })),
            None => missing(format!("the {word} names a key that is not among the known keys")),
        }
    }
}

impl<'e> StoreResource<'e> {
    fn fact_of_policy(&self) -> FactId {
        FactId::ResourcePolicy(self.arn.as_str().into())
    }

    /// What most have, where nothing tells: Secrets Manager uses its AWS managed key, and SQS no key of KMS.
    fn usual_key(&self, assumed: &mut Assumed) -> DataKey<'e> {
        let fact = FactId::StoreKey(self.arn.as_str().into());
        let because = format!("no input describes the {} {}", self.kind.word(), self.arn);
        let managed = self.kind.managed_key();
        match self.kind {
            StoreKind::Secret => {
                let what = format!("the secret is under {}", managed.trim_start_matches("alias/"));
                assumed.note_without(fact, what, because);
                let key = Key::managed_by_aws(&self.arn, managed);
                DataKey::Under(Box::new(UnderKey { key, pairs: self.pairs() }))
            }
            StoreKind::Queue => {
                assumed.note_without(fact, "the queue is under no KMS key", because);
                DataKey::None
            }
        }
    }

    /// The key that a setting means: an alias or a bare id is one of the account and the Region of what has the setting.
    fn key(&self, estate: &'e Estate, reference: &KeyReference) -> Option<Key<'e>> {
        let (account, region) = (self.arn.account(), self.arn.region());
        if let KeyReference::Arn(arn) = reference
            && arn.resource().starts_with("key/")
        {
            return Some(estate.key(arn).map_or_else(|| Key::unknown(arn.clone()), Key::known));
        }
        let held = estate.resolve_key(reference, account, Some(region));
        let managed = self.kind.managed_key();
        let is_managed = match reference {
            KeyReference::Arn(arn) => arn.resource() == managed,
            KeyReference::Id(text) | KeyReference::Alias(text) => text == managed,
            KeyReference::Name(_) => false,
        };
        match held {
            Some(key) => Some(Key::known(key)),
            None if is_managed => Some(Key::managed_by_aws(&self.arn, managed)),
            None => None,
        }
    }

    /// The pairs that the service puts into the encryption context.
    fn pairs(&self) -> Vec<(&'static str, ContextValue)> {
        let own = ContextValue::one(self.arn.as_str());
        match self.kind {
            StoreKind::Secret => {
                let version = open(false, "it is the id of the version of the secret");
                vec![("SecretARN", own), ("SecretVersionId", version)]
            }
            StoreKind::Queue => vec![("aws:sqs:arn", own)],
        }
    }
}
