//! Whether one principal can: by the whole question of a read, or by one request.

use crate::ask::leg::evidence;
use crate::ask::read::{keys_reached, read_for, works_for};
use crate::ask::{AskError, Evidence, MapCall, ReadQuestion, Verdict};
use crate::estate::{Acl, Bucket, Estate, Key, Known, ObjectUri};
use crate::eval::{Explained, ResourceSide, Slot, Symbolic};
use crate::logic::{Cond, Unknown};
use crate::name::partition::{self, COMMERCIAL};
use crate::name::{AccountId, ActionName, Arn};
use crate::request::call::Call;
use crate::request::{Asker, Session, sts};
use crate::trust::ground::Ground;
use crate::trust::{Index, Principal};

use super::candidates::{Deed, Side, candidates};
use super::openings::Changed;
use super::{WhoDoes, WhoQuestion};

pub(super) struct Judge<'e> {
    estate: &'e Estate,
    ground: &'e Ground<'e>,
    deed: Deed,
    side: Side<'e>,
    how: How<'e>,
}

enum How<'e> {
    Read(Box<ReadQuestion>),
    Key(&'e Key),
    Bucket(&'e Bucket),
    Role(&'e crate::estate::Role),
    /// Services without resource-based policies, as far as this program knows.
    Plain,
}

impl<'e> Judge<'e> {
    pub(super) fn new(
        estate: &'e Estate,
        ground: &'e Ground<'e>,
        question: &WhoQuestion,
    ) -> Result<Self, AskError> {
        match &question.what {
            WhoDoes::Read { object, profile } => {
                let asked = ReadQuestion {
                    role: String::new(),
                    object: object.clone(),
                    version_id: None,
                    access_point: None,
                    profile: profile.clone(),
                    circumstances: question.circumstances.clone(),
                    strict: question.strict,
                };
                Self::read(estate, ground, asked)
            }
            WhoDoes::Action { action, resource } => Self::action(estate, ground, action, resource),
        }
    }

    fn read(estate: &'e Estate, ground: &'e Ground<'e>, asked: ReadQuestion) -> Result<Self, AskError> {
        let bucket = estate.bucket(&asked.object.bucket)?;
        // Mistakes of the question show before anybody is asked about.
        works_for(estate, &asked, Asker::open(None))?;
        let key = asked.object.key.split(['*', '?']).next().unwrap_or("");
        let partition = bucket.region.told().map_or(COMMERCIAL, |region| partition::of_region(region)).id;
        let deed = Deed {
            actions: vec![ActionName::of("s3", "GetObject")],
            resource: format!("arn:{partition}:s3:::{}/{key}", bucket.name),
            is_open: key.len() < asked.object.key.len(),
            owner: bucket.account.told().copied(),
        };
        let side = of_bucket(estate, bucket, Some(&asked.object));
        Ok(Self { estate, ground, deed, side, how: How::Read(Box::new(asked)) })
    }

    pub(super) fn action(
        estate: &'e Estate,
        ground: &'e Ground<'e>,
        action: &str,
        resource: &str,
    ) -> Result<Self, AskError> {
        let wrong = |message: String, help: &str| AskError::Invalid { message, help: Some(help.to_owned()) };
        let name = ActionName::new(action).filter(|_| !action.contains(['*', '?'])).ok_or_else(|| {
            wrong(format!("`{action}` is no action"), "write one action, such as kms:Decrypt or s3:PutObject")
        })?;
        let arn: Arn = match resource.parse() {
            Ok(arn) => arn,
            Err(_) => named(estate, &name, resource)
                .ok_or_else(|| wrong(format!("`{resource}` is no ARN"), "write the ARN of the resource"))?,
        };
        let mut deed = Deed {
            actions: vec![name.clone()],
            resource: arn.as_str().to_owned(),
            is_open: false,
            owner: arn.account(),
        };
        let (side, how) = match (name.service(), arn.service()) {
            ("kms", "kms") if arn.resource().starts_with("key/") => {
                let key = estate.key(&arn).ok_or_else(|| {
                    let near = estate.keys.iter().map(|key| key.arn.value.as_str());
                    AskError::Missing(estate.missing("key", arn.as_str(), near))
                })?;
                (of_key(key), How::Key(key))
            }
            ("s3", "s3") => {
                let bucket = estate.bucket(arn.resource().split('/').next().unwrap_or(""))?;
                deed.owner = bucket.account.told().copied();
                (of_bucket(estate, bucket, None), How::Bucket(bucket))
            }
            ("sts", "iam") if arn.resource().starts_with("role/") => {
                let role = estate.role(arn.as_str())?;
                let policies = role.trust.told().into_iter().collect();
                let side = Side { policies, is_open: !role.trust.is_told(), ..Side::default() };
                (side, How::Role(role))
            }
            (_, _) => (Side { own_account_only: true, ..Side::default() }, How::Plain),
        };
        Ok(Self { estate, ground, deed, side, how })
    }

    pub(super) fn owner(&self) -> Option<AccountId> {
        self.deed.owner
    }

    pub(super) fn candidates(&self, index: &Index<'e>) -> Vec<Principal> {
        candidates(self.estate, index, &self.deed, &self.side, false)
    }

    /// Everyone whom the side of the resource lets in, if their own policies did.
    pub(super) fn let_in(&self, index: &Index<'e>) -> Vec<Principal> {
        candidates(self.estate, index, &self.deed, &self.side, true)
    }

    /// The keys whose policy matters.
    pub(super) fn keys(&self) -> Vec<&'e Key> {
        match &self.how {
            How::Key(key) => vec![key],
            How::Read(question) => {
                let keys = keys_reached(self.estate, question).unwrap_or_default();
                keys.iter().filter_map(|arn| self.estate.key(arn)).collect()
            }
            How::Bucket(_) | How::Role(_) | How::Plain => Vec::new(),
        }
    }

    /// The bucket whose policy matters.
    pub(super) fn bucket(&self) -> Option<&'e Bucket> {
        match &self.how {
            How::Bucket(bucket) => Some(bucket),
            How::Read(question) => self.estate.bucket(&question.object.bucket).ok(),
            How::Key(_) | How::Role(_) | How::Plain => None,
        }
    }

    /// When the principal can; `None` where it cannot ask at all.
    pub(super) fn when(&self, principal: &Principal) -> Option<Cond> {
        self.when_after(&self.asker(principal)?, &Changed::default())
    }

    /// The same of somebody in particular, after a change.
    pub(super) fn when_after(&self, asker: &Asker<'_>, changed: &Changed) -> Option<Cond> {
        match &self.how {
            How::Read(question) => {
                let estate = changed.estate.as_ref().unwrap_or(self.estate);
                works_for(estate, question, asker.clone()).ok()
            }
            How::Key(_) | How::Bucket(_) | How::Role(_) | How::Plain => {
                Some(self.call(asker, changed, &[])?.decide(&mut Symbolic).allowed)
            }
        }
    }

    /// The calls of a principal, and the statements that speak to them.
    pub(super) fn spoken(&self, principal: &Principal) -> (Vec<MapCall>, Vec<Evidence>) {
        let Some(asker) = self.asker(principal) else { return Default::default() };
        if let How::Read(question) = &self.how {
            let Ok(answer) = read_for(self.estate, question, asker) else { return Default::default() };
            let calls = answer
                .legs
                .iter()
                .filter(|leg| leg.verdict != Verdict::Denied)
                .map(|leg| MapCall { action: leg.action.clone(), resource: leg.resource.clone() });
            let calls = calls.collect();
            let gates = answer.legs.into_iter().flat_map(|leg| leg.gates);
            return (calls, gates.flat_map(|gate| gate.evidence).collect());
        }
        let unchanged = Changed::default();
        let Some(call) = self.call(&asker, &unchanged, &[]) else { return Default::default() };
        explained(&call)
    }

    pub(super) fn asker(&self, principal: &Principal) -> Option<Asker<'e>> {
        let find = |text: &str| Asker::find(self.estate, text, &Session::default()).ok();
        match principal {
            Principal::Role(_) | Principal::User(_) => Asker::of(principal.identity(self.estate)?).ok(),
            Principal::Unlisted(arn) => find(arn),
            Principal::Account(account) => Some(Asker::open(Some(*account))),
            Principal::AnyAccount => Some(Asker::open(None)),
            Principal::Public => find("anonymous"),
            Principal::Service(name) => find(&format!("service:{name}")),
            Principal::Provider(_) | Principal::Workload(_) | Principal::Resource(_) => None,
        }
    }

    /// The request; `known` are context keys that it is known to hold besides.
    pub(super) fn call<'c>(
        &'c self,
        asker: &Asker<'c>,
        changed: &'c Changed,
        known: &[(&str, Slot)],
    ) -> Option<Call<'c>>
    where
        'e: 'c,
    {
        let action = self.deed.actions.first()?.clone();
        let owner = self.deed.owner;
        let resource = self.deed.resource.as_str();
        let plain = |side, more: &[(&str, Slot)]| {
            let known: Vec<(&str, Slot)> = more.iter().chain(known).cloned().collect();
            self.ground.call(asker, action.clone(), resource, owner, &known, side)
        };
        Some(match &self.how {
            How::Role(role) => {
                let scene = self.ground.scene();
                let hierarchies = self.ground.hierarchies(asker, owner);
                let unread = &mut crate::request::Assumed::default();
                sts::call(scene, asker, role, action, hierarchies, unread)
            }
            How::Key(key) => {
                let key = changed.key.as_ref().unwrap_or(key);
                let policy = match &key.policy {
                    Known::Told(policy) => crate::eval::Side::Policies(std::slice::from_ref(policy)),
                    Known::NotTold => not_told(format!("key policy of {}", key.arn.value)),
                };
                let grants = key.grants.told().map_or(&[][..], Vec::as_slice);
                let side = ResourceSide { grants: Known::Told(grants), ..ResourceSide::anchored(policy) };
                let caller = asker.caller.account.map(|account| Slot::one(account.to_string()));
                let known: Vec<(&str, Slot)> =
                    caller.map(|slot| ("kms:CallerAccount", slot)).into_iter().collect();
                plain(side, &known)
            }
            How::Bucket(bucket) => {
                let bucket = changed.bucket.as_ref().unwrap_or(bucket);
                let policy = match &bucket.policy {
                    Known::Told(Some(policy)) => crate::eval::Side::Policies(std::slice::from_ref(policy)),
                    Known::Told(None) => crate::eval::Side::Nothing,
                    Known::NotTold => not_told(format!("bucket policy of {}", bucket.name)),
                };
                let block = bucket.public_access_block.told().map(|block| block.restrict_public_buckets);
                let side = ResourceSide {
                    policy,
                    grants: Known::Told(&[]),
                    restrict_public: block.into(),
                    account_unknown: owner.is_none().then(|| {
                        Unknown::not_supplied(
                            format!("account of the bucket {}", bucket.name),
                            "who owns the bucket decides whether the request crosses accounts",
                        )
                    }),
                    ..ResourceSide::default()
                };
                plain(side, &[])
            }
            How::Plain => plain(ResourceSide::default(), &[]),
            How::Read(_) => return None,
        })
    }
}

/// A call as it is shown, and who speaks to it.
pub(super) fn explained(call: &Call<'_>) -> (Vec<MapCall>, Vec<Evidence>) {
    let mut world = Explained::new(Symbolic);
    let _ = call.decide(&mut world);
    let spoken = world.spoken.iter().filter_map(|(_, who, fires)| evidence(*who, fires, &[])).collect();
    let made = MapCall { action: call.action.as_str().to_owned(), resource: call.resource.to_string() };
    (vec![made], spoken)
}

fn not_told<'e>(what: String) -> crate::eval::Side<'e> {
    crate::eval::Side::NotTold { what: Unknown::not_supplied(what, "it was not supplied"), denies: true }
}

fn of_key(key: &Key) -> Side<'_> {
    Side {
        policies: key.policy.told().into_iter().collect(),
        is_open: !key.policy.is_told(),
        grants: key.grants.told().map_or(&[], Vec::as_slice),
        ..Side::default()
    }
}

fn of_bucket<'e>(estate: &'e Estate, bucket: &'e Bucket, object: Option<&ObjectUri>) -> Side<'e> {
    let points = estate.access_points.iter().filter(|point| point.bucket == bucket.name);
    let points = points.filter_map(|point| point.policy.told()?.as_ref());
    let told = bucket.policy.told().and_then(Option::as_ref);
    // What an ACL gives is in no policy.
    let by_acl = object.is_some_and(|uri| {
        let about =
            |o: &&crate::estate::Object| o.uri.value.as_str().starts_with(&format!("s3://{}/", uri.bucket));
        let opens = |o: &crate::estate::Object| match &o.acl_read {
            Known::Told(list) => list.iter().any(|acl| matches!(acl, Acl::Account(_) | Acl::Everyone)),
            Known::NotTold => o.owner.is_some_and(|owner| Some(&owner) != bucket.account.told()),
        };
        estate.objects.iter().filter(about).any(opens)
    });
    Side {
        policies: told.into_iter().chain(points).collect(),
        is_open: !bucket.policy.is_told() || by_acl,
        lets_public: true,
        ..Side::default()
    }
}

/// A resource by another name than its ARN: a role, a bucket, an object, the alias of a key.
fn named(estate: &Estate, action: &ActionName, name: &str) -> Option<Arn> {
    match action.service() {
        "kms" => {
            let called = |key: &&Key| {
                let by_alias = key.aliases.told().is_some_and(|list| {
                    list.iter().any(|alias| alias == name || alias.strip_prefix("alias/") == Some(name))
                });
                key.id() == name || by_alias
            };
            let mut found = estate.keys.iter().filter(called);
            match (found.next(), found.next()) {
                (Some(only), None) => Some(only.arn.value.clone()),
                (_, _) => None,
            }
        }
        "s3" => name.strip_prefix("s3://").map(|path| Arn::of("aws", "s3", "", "", path)),
        "sts" => estate.role(name).ok().map(|role| role.arn.value.clone()),
        _ => None,
    }
}
