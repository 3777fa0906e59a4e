//! KMS keys: the key policy alone opens them, or a grant (R67, R81).
//!
//! Sources: <https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>,
//! <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>,
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

mod managed;

use super::{Asked, Block, Blocked, LetsIn, OwnPolicies, OwnSide, Resource, Service, not_told, tags_family};
use crate::estate::{self, Assumed, Estate, Known, SharedPolicy, default_key_policy};
use crate::eval::{CallerKind, Context, ContextValue};
use crate::logic::{FactId, Unknown, UnknownKind};
use crate::name::{AccountId, ActionName, Arn, ConditionKey, partition};
use crate::source::SourceId;
use managed::ManagedKey;

/// What a firm answer rests on where a grant alone lets a principal of another account in (R84).
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>
pub(crate) const GRANT_ALONE: &str = "a grant is enough for a principal of another account";
pub(crate) const GRANT_ALONE_WHY: &str = "AWS offers grants in place of identity-based policies across accounts, and shows none at work without one";

pub(super) static SERVICE: Service = Service {
    prefix: "kms",
    resource_policy: |_| "key policy",
    requires_policy_of: Some(("kms", "key/")),
    has_told_endpoints: false,
    may_have_gateway_endpoint: false,
    is_regional: true,
    add_parameters: |_, _| {},
    via_key: Some("kms:ViaService"),
    named: |estate, name| {
        let called = |key: &&estate::Key| {
            let by_alias = key.aliases.provided().is_some_and(|list| {
                list.iter().any(|alias| alias == name || alias.strip_prefix("alias/") == Some(name))
            });
            key.id() == name || by_alias
        };
        let bare = name.strip_prefix("alias/").unwrap_or(name);
        let mut found = estate.keys.maybe_called(bare).filter(called);
        match (found.next(), found.next()) {
            (Some(only), None) => Some(only.arn.value.clone()),
            (_, _) => None,
        }
    },
    find: |estate, _, arn| {
        let parsed: Arn = arn.parse().ok().filter(|arn: &Arn| arn.service() == "kms")?;
        parsed.resource().starts_with("key/").then(|| match estate.key(&parsed) {
            Some(key) => Ok(Box::new(Key::known(key)) as super::FoundResource<'_>),
            None => {
                let near = estate.keys.iter().map(|key| key.arn.value.as_str());
                Err(estate.missing("key", parsed.as_str(), near))
            }
        })
    },
};

/// Operations that use the key material, and so need a key that is enabled (R92).
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>
const CRYPTOGRAPHIC: [&str; 14] = [
    "kms:decrypt",
    "kms:derivesharedsecret",
    "kms:encrypt",
    "kms:generatedatakey",
    "kms:generatedatakeypair",
    "kms:generatedatakeypairwithoutplaintext",
    "kms:generatedatakeywithoutplaintext",
    "kms:generatemac",
    "kms:getpublickey",
    "kms:reencryptfrom",
    "kms:reencryptto",
    "kms:sign",
    "kms:verify",
    "kms:verifymac",
];

fn is_cryptographic(action: &ActionName) -> bool {
    CRYPTOGRAPHIC.binary_search(&action.folded()).is_ok()
}

/// What kind of key it is, as far as that decides what stands on its side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyStanding {
    /// A customer managed key, or one that was not said to be anything else.
    Customer,
    /// An AWS managed key of an account, such as aws/s3: its policy is fixed (R91).
    AwsManaged,
    /// A key that has no name: it stands for the keys that the estate does not hold, with the policy that KMS writes by
    /// default.
    StandIn,
    /// A key whose name leads to none that is known; the unknown says so.
    Unresolved(Unknown),
}

/// A KMS key that a request is made on.
#[derive(Clone, Debug)]
pub(crate) struct Key<'e> {
    pub(crate) arn: Arn,
    /// What the estate knows of it.
    pub(crate) key: Option<&'e estate::Key>,
    pub(crate) standing: KeyStanding,
    /// What is known of a key without an ARN, in the form of one: its alias, or the account that it belongs to.
    pub(crate) called: Option<String>,
}

impl<'e> Key<'e> {
    /// The ARN, or what is known in its place.
    pub(crate) fn shown(&self) -> &str {
        self.called.as_deref().unwrap_or(self.arn.as_str())
    }

    /// A key of the estate.
    pub(crate) fn known(key: &'e estate::Key) -> Self {
        let standing = if key.is_aws_managed() { KeyStanding::AwsManaged } else { KeyStanding::Customer };
        Self { arn: key.arn.value.clone(), key: Some(key), standing, called: None }
    }

    /// The key that AWS manages for a service, in the account and the Region of something: its alias alone is known.
    pub(crate) fn managed_by_aws(beside: &Arn, alias: &str) -> Self {
        let id = alias.trim_start_matches("alias/").replace('/', "-");
        let (region, account) = (beside.region(), beside.account_text());
        let arn = Arn::of(beside.partition(), "kms", region, account, &format!("key/{id}"));
        Self { standing: KeyStanding::AwsManaged, ..Self::unknown(arn) }
    }

    /// A key of which the estate holds nothing but this name.
    pub(crate) fn unknown(arn: Arn) -> Self {
        Self { arn, key: None, standing: KeyStanding::Customer, called: None }
    }

    pub(crate) fn is_managed(&self) -> bool {
        self.standing == KeyStanding::AwsManaged
    }

    /// The row of an AWS managed key, else the alias that has none. A key of which no alias is known is the one that S3 takes:
    /// only questions about objects meet it.
    fn managed(&self) -> Result<&'static ManagedKey, &'e str> {
        let aliases = self.key.and_then(|key| key.aliases.provided());
        match aliases.and_then(|list| list.iter().find(|alias| alias.starts_with("alias/aws/"))) {
            None => Ok(self.stands_for().unwrap_or(managed::S3)),
            Some(alias) => ManagedKey::of_alias(alias).ok_or(alias),
        }
    }

    /// The row of a key that only its alias is known of.
    fn stands_for(&self) -> Option<&'static ManagedKey> {
        let name = self.arn.resource_of("key")?.strip_prefix("aws-")?;
        ManagedKey::of_alias(&format!("alias/aws/{name}"))
    }

    /// What people call an AWS managed key: its alias, as `aws/s3`.
    pub(crate) fn managed_name(&self) -> &'e str {
        self.managed().map_or_else(|alias| alias.trim_start_matches("alias/"), |row| row.alias)
    }

    fn policy(&self, estate: &Estate) -> OwnPolicies<'e> {
        let (arn, account) = (&self.arn, self.arn.account());
        let told = self.key.and_then(|key| key.policy.provided());
        let unknown = |what: Unknown| OwnPolicies::NotProvided { what, denies: true };
        let made = |policy: SharedPolicy| OwnPolicies::Made([policy].into());
        match (told, account, &self.standing) {
            // "default" for an AWS managed key is the policy AWS gives it.
            (told, Some(account), KeyStanding::AwsManaged)
                if told.is_none_or(|policy| policy.span.source == SourceId::LONE) =>
            {
                match self.managed() {
                    Ok(row) => made(row.policy(arn.partition(), account, arn.region())),
                    Err(alias) => unknown(Unknown::undocumented(
                        arn.as_str().to_owned(),
                        format!("AWS does not document the policy of its key {alias}"),
                    )),
                }
            }
            (Some(policy), _, _) => OwnPolicies::Provided(std::slice::from_ref(policy)),
            (None, _, KeyStanding::Unresolved(what)) => unknown(what.clone()),
            (None, Some(account), KeyStanding::StandIn) => made(default_key_policy(arn.partition(), account)),
            (None, _, _) => {
                let held = if estate.key(arn).is_some() {
                    "its key policy was not supplied"
                } else {
                    "the estate holds no key of this ARN"
                };
                unknown(Unknown::missing(FactId::KeyPolicy(arn.as_str().into()), held))
            }
        }
    }
}

impl<'e> Resource<'e> for Key<'e> {
    fn arn(&self) -> &str {
        self.arn.as_str()
    }

    fn owner(&self) -> Option<AccountId> {
        self.arn.account()
    }

    fn region(&self) -> Option<&str> {
        Some(self.arn.region())
    }

    /// RCPs do not apply to AWS managed keys, nor to kms:RetireGrant (R79).
    fn is_beyond_rcps(&self, asked: &Asked<'_>) -> bool {
        self.is_managed() || asked.action.folded() == "kms:retiregrant"
    }

    fn side(&self, asked: &Asked<'_>, assumed: &mut Assumed) -> OwnSide<'e> {
        let none = || (Known::Provided(&[][..]), None);
        let (grants, grants_unknown) = match self.key.map(|key| &key.grants) {
            Some(Known::Provided(grants)) => {
                let is_foreign = asked.caller.account.is_some_and(|own| Some(own) != self.arn.account());
                let enough = (asked.strict && is_foreign).then(|| {
                    let why = format!("{GRANT_ALONE_WHY}, and the question is strict");
                    Unknown::undocumented(GRANT_ALONE, why)
                });
                (Known::Provided(grants.as_slice()), enough)
            }
            // Nobody can make grants on an AWS managed key for others, nor on a key that only stands in.
            _ if self.is_managed() || (self.standing == KeyStanding::StandIn && !asked.strict) => none(),
            Some(Known::NotProvided) | None if asked.strict => (
                Known::NotProvided,
                Some(Unknown::missing(
                    FactId::KeyGrants(self.arn.as_str().into()),
                    "not provided, and the question is strict",
                )),
            ),
            Some(Known::NotProvided) | None => {
                assumed.note("no KMS grants", format!("none were supplied for {}", self.shown()));
                none()
            }
        };
        match self.standing {
            KeyStanding::StandIn if asked.strict => {
                let why = "no [[object]] says under which key the object is, and the question is strict";
                let what = Unknown::missing(FactId::OtherKeyPolicies, why);
                let policy = OwnPolicies::NotProvided { what, denies: true };
                OwnSide { grants, grants_unknown, ..OwnSide::of(policy, self.owner()) }
            }
            KeyStanding::Customer
            | KeyStanding::AwsManaged
            | KeyStanding::StandIn
            | KeyStanding::Unresolved(_) => {
                OwnSide { grants, grants_unknown, ..OwnSide::of(self.policy(asked.estate), self.owner()) }
            }
        }
    }

    fn lets_in(&self, estate: &'e Estate, strict: bool) -> LetsIn<'e> {
        // A policy that is made here stands in no document: the fixed one of an AWS managed key lets in its account,
        // whatever the policies of its principals say.
        let policies = match self.policy(estate) {
            OwnPolicies::Provided(policies) => policies,
            OwnPolicies::Made(_)
            | OwnPolicies::NotProvided { .. }
            | OwnPolicies::Nothing
            | OwnPolicies::LeftOut => &[],
        };
        let grants = self.key.and_then(|key| key.grants.provided());
        let grants_are_open = strict && grants.is_none() && !self.is_managed();
        LetsIn {
            policies: policies.iter().collect(),
            is_open: policies.is_empty() || grants_are_open,
            grants_are_open,
            grants: grants.map_or(&[], Vec::as_slice),
            ..LetsIn::default()
        }
    }

    fn kms_key(&self) -> Option<&'e estate::Key> {
        self.key
    }

    fn add_keys(&self, c: &mut Context, asked: &Asked<'_>) {
        match (asked.caller.account, asked.caller.kind) {
            (Some(account), _) => c.set("kms:CallerAccount", ContextValue::one(account.to_string())),
            // The policies of AWS managed keys let in principals of their account, and a service that asks as itself is
            // none: event sources need a customer managed key.
            //
            // Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html>
            (None, CallerKind::Service) if self.is_managed() => {
                c.set("kms:CallerAccount", ContextValue::Absent)
            }
            // AWS does not say whose account a service calls from.
            (None, CallerKind::Service) => {}
            // The same account as in the keys of the caller.
            (None, _) if asked.caller.unnamed => {
                let account = c.get(&ConditionKey::new("aws:PrincipalAccount")).clone();
                c.set("kms:CallerAccount", account);
            }
            (None, _) => c.set("kms:CallerAccount", ContextValue::Absent),
        }
        if is_cryptographic(asked.action) && self.is_symmetric() {
            c.set("kms:EncryptionAlgorithm", ContextValue::one("SYMMETRIC_DEFAULT"));
        }
        self.add_key_facts(c);
        let others = ["kms:creategrant", "kms:listgrants", "kms:retiregrant", "kms:revokegrant"];
        if !others.contains(&asked.action.folded()) {
            for name in GRANT_KEYS {
                c.set(name, ContextValue::Absent);
            }
        }
    }

    /// Facts of the key that stop its use (R92, R95).
    fn block(&self, asked: &Asked<'_>) -> Option<Blocked> {
        let action = asked.action;
        if let Some(account) = self.needs_region(asked)
            && let Some(on) = Self::regions(asked, account).provided()
            && !on.iter().any(|region| region == self.arn.region())
        {
            let why = format!(
                "account {account} has not switched on {}: a key of another account there lets it do nothing",
                self.arn.region()
            );
            return Some(Blocked { by: Block::Region, why });
        }
        let key = self.key.filter(|_| is_cryptographic(action))?;
        if let Known::Provided(state) = &key.state
            && !state.value.decrypts()
        {
            let state = state.value.as_str();
            let refuses = format!("the key is in state {state}: KMS refuses to {}", verb(action));
            let why = if action.folded() == "kms:decrypt" {
                format!("policies allow the read, but {refuses}")
            } else {
                refuses
            };
            return Some(Blocked { by: Block::KeyState, why });
        }
        None
    }

    fn unless(&self, asked: &Asked<'_>, assumed: &mut Assumed) -> Vec<Unknown> {
        self.region_is_on(asked, assumed).into_iter().chain(self.is_usable(asked, assumed)).collect()
    }
}

impl Key<'_> {
    /// Accounts must switch an opt-in Region on before keys of other accounts in it let them in (R69).
    ///
    /// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>
    fn needs_region(&self, asked: &Asked<'_>) -> Option<AccountId> {
        let caller = asked.caller.account.filter(|account| Some(*account) != self.arn.account())?;
        partition::is_opt_in(self.arn.region()).then_some(caller)
    }

    fn regions<'r>(asked: &Asked<'r>, account: AccountId) -> &'r Known<Vec<String>> {
        asked.estate.account(account).map_or(&Known::NotProvided, |account| &account.regions)
    }

    fn region_is_on(&self, asked: &Asked<'_>, assumed: &mut Assumed) -> Option<Unknown> {
        let caller = self.needs_region(asked)?;
        let region = self.arn.region();
        if Self::regions(asked, caller).is_provided() {
            return None;
        }
        if asked.strict {
            return Some(Unknown::missing(
                FactId::AccountRegions(caller),
                format!("{region} is an opt-in Region, and the question is strict"),
            ));
        }
        assumed.note_without(
            FactId::AccountRegions(caller),
            format!("account {caller} has {region} switched on"),
            "it is an opt-in Region, and which of them the account uses was not supplied",
        );
        None
    }

    /// A key of unknown state is taken to be enabled, or left open in a strict question.
    fn is_usable(&self, asked: &Asked<'_>, assumed: &mut Assumed) -> Vec<Unknown> {
        if !is_cryptographic(asked.action) {
            return Vec::new();
        }
        let mut assume = || {
            assumed.note("the key is enabled", format!("the state of {} was not supplied", self.shown()));
            Vec::new()
        };
        let is_customer = !self.is_managed() && self.standing != KeyStanding::StandIn;
        let Some(key) = self.key else {
            return if is_customer { assume() } else { Vec::new() };
        };
        match &key.usable_if {
            Some(symbol) => {
                let why = format!("it decides whether {} can be used", self.arn);
                vec![Unknown::new(UnknownKind::Unresolved, symbol.clone(), why)]
            }
            None if key.state.is_provided() || self.is_managed() => Vec::new(),
            None if asked.strict => vec![Unknown::missing(
                FactId::KeyState(self.arn.as_str().into()),
                "not provided, and the question is strict",
            )],
            None => assume(),
        }
    }
}

/// Keys of requests that make, retire or revoke grants.
const GRANT_KEYS: [&str; 5] = [
    "kms:GrantIsForAWSResource",
    "kms:GrantOperations",
    "kms:GranteePrincipal",
    "kms:RetiringPrincipal",
    "kms:GrantConstraintType",
];

fn verb(action: &ActionName) -> &'static str {
    match action.folded() {
        "kms:decrypt" => "decrypt",
        "kms:encrypt" => "encrypt",
        _ => "use it",
    }
}

impl Key<'_> {
    /// The key may be one that S3 can use; where nothing is known of its type, it is taken for one.
    pub(crate) fn is_symmetric(&self) -> bool {
        let (spec, usage) = self.spec_and_usage();
        spec == "SYMMETRIC_DEFAULT" && usage == "ENCRYPT_DECRYPT"
    }

    pub(crate) fn spec_and_usage(&self) -> (&str, &str) {
        let spec = self.key.and_then(|key| key.spec.as_deref()).unwrap_or("SYMMETRIC_DEFAULT");
        let usage = self.key.and_then(|key| key.usage.as_deref()).unwrap_or("ENCRYPT_DECRYPT");
        (spec, usage)
    }

    fn add_key_facts(&self, c: &mut Context) {
        let key = self.key;
        let id = || self.arn.as_str().into();
        let (spec, usage) = self.spec_and_usage();
        c.set("kms:KeySpec", ContextValue::one(spec));
        c.set("kms:KeyUsage", ContextValue::one(usage));
        match key.and_then(|k| k.origin.as_deref()) {
            Some(origin) => c.set("kms:KeyOrigin", ContextValue::one(origin)),
            None => c.set(
                "kms:KeyOrigin",
                not_told(false, FactId::KeyOrigin(id()), "the key's origin is not known"),
            ),
        }
        let is_mrk = self.arn.resource().starts_with("key/mrk-");
        let multi_region = key.and_then(|k| k.multi_region).unwrap_or(is_mrk);
        c.set("kms:MultiRegion", ContextValue::one(if multi_region { "true" } else { "false" }));
        match key.and_then(|k| k.multi_region_type.as_deref()) {
            Some(kind) => c.set("kms:MultiRegionKeyType", ContextValue::one(kind)),
            None if multi_region => {
                c.set(
                    "kms:MultiRegionKeyType",
                    not_told(
                        false,
                        FactId::KeyReplication(id()),
                        "whether the key is a primary or a replica is not known",
                    ),
                );
            }
            None => c.set("kms:MultiRegionKeyType", ContextValue::Absent),
        }
        match key.map(|k| &k.aliases) {
            Some(Known::Provided(aliases)) => {
                let named = aliases
                    .iter()
                    .map(|a| if a.starts_with("alias/") { a.clone() } else { format!("alias/{a}") });
                c.set("kms:ResourceAliases", ContextValue::many(named));
            }
            Some(Known::NotProvided) | None => {
                c.set(
                    "kms:ResourceAliases",
                    not_told(true, FactId::KeyAliases(id()), "the key's aliases are not known"),
                );
            }
        }
        let tags = key.map_or(&Known::NotProvided, |k| &k.tags);
        let family = tags_family(
            c,
            "aws:ResourceTag/",
            tags,
            || FactId::KeyTags(id()),
            "the key's tags are not known",
        );
        c.set_family("aws:ResourceTag/", family);
    }
}
