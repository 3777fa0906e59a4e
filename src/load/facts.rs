//! The facts of an estate, one setter each: whoever tells a fact first sets it, whoever tells it again is
//! compared with them.

use super::Intake;
use super::fact_log::{Positions, Saying};
use crate::estate::{
    Account, Attached, Bucket, Encryption, EncryptionType, Endpoint, EndpointType, Grant, Key, KeyManager,
    KeyReference, KeyState, Known, Listed, Object, Organization, Ownership, PlacedArn, Replication, Role,
    SharedPolicy, Tags, Target, User,
};
use crate::name::{AccountId, Arn, Wild};
use crate::policy::PolicyKind;
use crate::source::{Span, Spanned};

/// Finds a resource by its name, or adds it, and changes it.
pub(super) fn change<T: Clone>(
    positions: &mut Positions,
    list: &mut Listed<T>,
    name: &str,
    new: impl FnOnce() -> T,
    change: impl FnOnce(&mut T),
) {
    let at = match positions.get(name) {
        Some(at) => *at,
        None => {
            list.push(new());
            positions.insert(name.to_owned(), list.len() - 1);
            list.len() - 1
        }
    };
    if let Some(item) = list.get_mut(at) {
        change(item);
    }
}

fn spans(policies: &[SharedPolicy]) -> Saying {
    Saying::Documents(policies.to_vec())
}

/// A policy, or that there is none, in the form facts are compared in.
pub(super) fn span_of(policy: Option<&SharedPolicy>) -> Saying {
    Saying::Documents(policy.into_iter().cloned().collect())
}

pub(super) fn tags_text(tags: &Tags) -> Saying {
    Saying::text(tags.iter().map(|(key, value)| format!("{key} = {value:?}")).collect::<Vec<_>>().join(", "))
}

fn list_text(list: &[String]) -> Saying {
    let mut sorted: Vec<&str> = list.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    Saying::text(sorted.join(", "))
}

impl Intake {
    pub(super) fn account(&mut self, id: AccountId, at: Span, change: impl FnOnce(&mut Account)) {
        change(self.estate.accounts.entry(id).or_insert_with(|| Account {
            id,
            name: None,
            organization: Known::NotProvided,
            public_access_block: Known::NotProvided,
            regions: Known::NotProvided,
            span: at,
        }));
    }

    pub(super) fn account_name(&mut self, id: AccountId, name: Spanned<&str>) {
        self.account(id, name.span, |_| ());
        if self.record(&format!("account {id}"), "the name", name.span, Saying::text(name.value)) {
            self.account(id, name.span, |account| account.name = Some(name.value.to_owned()));
        }
    }

    /// `None`: the account is in no organization.
    pub(super) fn account_organization(&mut self, id: AccountId, organization: Spanned<Option<&str>>) {
        let saying = Saying::text(organization.value.unwrap_or(""));
        if self.record(&format!("account {id}"), "the organization", organization.span, saying) {
            let told = organization.value.map(str::to_owned);
            self.account(id, organization.span, |account| account.organization = Known::Provided(told));
        }
    }

    pub(super) fn account_public_access(&mut self, id: AccountId, at: Span, settings: &PublicAccess) {
        let subject = format!("account {id}");
        for (fact, value) in settings.facts() {
            if self.record(&subject, fact, at, Saying::text(value.to_string())) {
                self.account(id, at, |account| settings.set(fact, value, &mut account.public_access_block));
            }
        }
    }

    pub(super) fn role(&mut self, arn: &PlacedArn, then: impl FnOnce(&mut Role)) {
        let new = || Role {
            arn: arn.clone(),
            id: None,
            trust: Known::NotProvided,
            policies: Known::NotProvided,
            boundary: Known::NotProvided,
            tags: Known::NotProvided,
            instance_profile: None,
        };
        change(&mut self.fact_log.roles, &mut self.estate.roles, arn.value.as_str(), new, then);
    }

    pub(super) fn role_id(&mut self, arn: &PlacedArn, id: Spanned<&str>) {
        if self.record(&format!("role {}", arn.value), "the unique id", id.span, Saying::text(id.value)) {
            self.role(arn, |role| role.id = Some(id.value.to_owned()));
        }
    }

    pub(super) fn role_trust(&mut self, arn: &PlacedArn, at: Span, policy: SharedPolicy) {
        if self.record(&format!("role {}", arn.value), "the trust policy", at, span_of(Some(&policy))) {
            self.role(arn, |role| role.trust = Known::Provided(policy));
        }
    }

    /// All its policies.
    pub(super) fn role_policies(&mut self, arn: &PlacedArn, at: Span, policies: Vec<SharedPolicy>) {
        if self.record(&format!("role {}", arn.value), "the list of policies", at, spans(&policies)) {
            self.role(arn, |role| role.policies = Known::Provided(policies));
        }
    }

    /// The list of its policies, when somebody told it.
    pub(super) fn told_role_policies(&self, arn: &PlacedArn) -> Option<Vec<SharedPolicy>> {
        self.known_role(arn)?.policies.provided().cloned()
    }

    /// Its boundary or that it has none, when somebody told it.
    pub(super) fn told_role_boundary(&self, arn: &PlacedArn) -> Option<Option<SharedPolicy>> {
        self.known_role(arn)?.boundary.provided().cloned()
    }

    fn known_role(&self, arn: &PlacedArn) -> Option<&Role> {
        self.estate.roles.get(*self.fact_log.roles.get(arn.value.as_str())?)
    }

    /// `None`: it has no boundary.
    pub(super) fn role_boundary(&mut self, arn: &PlacedArn, at: Span, policy: Option<SharedPolicy>) {
        if self.record(&format!("role {}", arn.value), "the boundary", at, span_of(policy.as_ref())) {
            self.role(arn, |role| role.boundary = Known::Provided(policy));
        }
    }

    pub(super) fn role_tags(&mut self, arn: &PlacedArn, tags: Spanned<Tags>) {
        if self.record(&format!("role {}", arn.value), "the list of tags", tags.span, tags_text(&tags.value))
        {
            self.role(arn, |role| role.tags = Known::Provided(tags.value));
        }
    }

    pub(super) fn user(&mut self, arn: &PlacedArn, at: Span, then: impl FnOnce(&mut User)) {
        let new = || User {
            arn: arn.clone(),
            id: None,
            policies: Known::NotProvided,
            boundary: Known::NotProvided,
            tags: Known::NotProvided,
            groups: Vec::new(),
            span: at,
        };
        change(&mut self.fact_log.users, &mut self.estate.users, arn.value.as_str(), new, then);
    }

    pub(super) fn key(&mut self, arn: &PlacedArn, then: impl FnOnce(&mut Key)) {
        let new = || Key {
            arn: arn.clone(),
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
        };
        change(&mut self.fact_log.keys, &mut self.estate.keys, arn.value.as_str(), new, then);
    }

    pub(super) fn key_manager(&mut self, arn: &PlacedArn, manager: Spanned<KeyManager>) {
        let text = match manager.value {
            KeyManager::Customer => "customer",
            KeyManager::Aws => "aws",
        };
        if self.record(&key_subject(&arn.value), "the manager", manager.span, Saying::text(text)) {
            self.key(arn, |key| key.manager = Known::Provided(manager.value));
        }
    }

    pub(super) fn key_state(&mut self, arn: &PlacedArn, state: Spanned<KeyState>) {
        if self.record(&key_subject(&arn.value), "the state", state.span, Saying::text(state.value.as_str()))
        {
            self.key(arn, |key| key.state = Known::Provided(state));
        }
    }

    pub(super) fn key_policy(&mut self, arn: &PlacedArn, at: Span, policy: SharedPolicy) {
        if self.record(&key_subject(&arn.value), "the key policy", at, span_of(Some(&policy))) {
            self.key(arn, |key| key.policy = Known::Provided(policy));
        }
    }

    pub(super) fn key_aliases(&mut self, arn: &PlacedArn, aliases: Spanned<Vec<String>>) {
        if self.record(
            &key_subject(&arn.value),
            "the list of aliases",
            aliases.span,
            list_text(&aliases.value),
        ) {
            self.key(arn, |key| key.aliases = Known::Provided(aliases.value));
        }
    }

    pub(super) fn key_grants(&mut self, arn: &PlacedArn, at: Span, grants: Vec<Grant>) {
        let lines: Vec<String> = grants
            .iter()
            .map(|g| format!("{:?} {} {:?} {:?}", g.id, g.grantee, g.operations, g.constraints))
            .collect();
        if self.record(&key_subject(&arn.value), "the list of grants", at, list_text(&lines)) {
            self.key(arn, |key| key.grants = Known::Provided(grants));
        }
    }

    pub(super) fn key_tags(&mut self, arn: &PlacedArn, tags: Spanned<Tags>) {
        if self.record(&key_subject(&arn.value), "the list of tags", tags.span, tags_text(&tags.value)) {
            self.key(arn, |key| key.tags = Known::Provided(tags.value));
        }
    }

    pub(super) fn bucket(&mut self, name: &str, at: Span, then: impl FnOnce(&mut Bucket)) {
        let new = || Bucket::untold(name, at);
        change(&mut self.fact_log.buckets, &mut self.estate.buckets, name, new, then);
    }

    pub(super) fn bucket_account(&mut self, name: &str, account: Spanned<AccountId>) {
        // An account that a file does not name contradicts none that another one names.
        if account.value.is_unknown() {
            self.bucket(name, account.span, |bucket| match bucket.account {
                Known::Provided(_) => {}
                Known::NotProvided => bucket.account = Known::Provided(account.value),
            });
            return;
        }
        let saying = Saying::text(account.value.to_string());
        if self.record(&bucket_subject(name), "the account", account.span, saying) {
            self.bucket(name, account.span, |bucket| bucket.account = Known::Provided(account.value));
        }
    }

    pub(super) fn bucket_region(&mut self, name: &str, region: Spanned<&str>) {
        if self.record(&bucket_subject(name), "the Region", region.span, Saying::text(region.value)) {
            self.bucket(name, region.span, |bucket| bucket.region = Known::Provided(region.value.to_owned()));
        }
    }

    /// `None`: it has no bucket policy.
    pub(super) fn bucket_policy(&mut self, name: &str, at: Span, policy: Option<SharedPolicy>) {
        if self.record(&bucket_subject(name), "the bucket policy", at, span_of(policy.as_ref())) {
            self.bucket(name, at, |bucket| bucket.policy = Known::Provided(policy));
        }
    }

    pub(super) fn bucket_encryption(&mut self, name: &str, encryption: &Encryption) {
        let at = encryption.span;
        let subject = bucket_subject(name);
        let key = encryption.key.as_ref().map(KeyReference::as_str);
        let first = self.record(&subject, "the encryption", at, Saying::text(encryption.kind.as_str()));
        let first_key =
            key.is_some_and(|key| self.record(&subject, "the encryption key", at, Saying::text(key)));
        let first_bucket_key = encryption.bucket_key.is_some_and(|on| {
            self.record(&subject, "the S3 Bucket Key setting", at, Saying::text(on.to_string()))
        });
        self.bucket(name, at, |bucket| match &mut bucket.encryption {
            Known::Provided(told) => {
                if first_key {
                    told.key.clone_from(&encryption.key);
                }
                if first_bucket_key {
                    told.bucket_key = encryption.bucket_key;
                }
            }
            Known::NotProvided if first => bucket.encryption = Known::Provided(encryption.clone()),
            Known::NotProvided => {}
        });
    }

    pub(super) fn bucket_ownership(&mut self, name: &str, ownership: Spanned<Ownership>) {
        let saying = Saying::text(format!("{:?}", ownership.value));
        if self.record(&bucket_subject(name), "the object ownership", ownership.span, saying) {
            self.bucket(name, ownership.span, |bucket| bucket.ownership = Known::Provided(ownership.value));
        }
    }

    pub(super) fn bucket_public_access(&mut self, name: &str, at: Span, settings: &PublicAccess) {
        let subject = bucket_subject(name);
        for (fact, value) in settings.facts() {
            if self.record(&subject, fact, at, Saying::text(value.to_string())) {
                self.bucket(name, at, |bucket| settings.set(fact, value, &mut bucket.public_access_block));
            }
        }
    }

    pub(super) fn bucket_requester_pays(&mut self, name: &str, on: Spanned<bool>) {
        let saying = Saying::text(on.value.to_string());
        if self.record(&bucket_subject(name), "the requester-pays setting", on.span, saying) {
            self.bucket(name, on.span, |bucket| bucket.requester_pays = Known::Provided(on.value));
        }
    }

    pub(super) fn bucket_abac(&mut self, name: &str, on: Spanned<bool>) {
        if self.record(&bucket_subject(name), "the ABAC setting", on.span, Saying::text(on.value.to_string()))
        {
            self.bucket(name, on.span, |bucket| bucket.abac = Known::Provided(on.value));
        }
    }

    pub(super) fn bucket_blocked_encryption(&mut self, name: &str, kinds: Spanned<Vec<EncryptionType>>) {
        let names: Vec<String> = kinds.value.iter().map(|kind| kind.as_str().to_owned()).collect();
        let subject = bucket_subject(name);
        if self.record(&subject, "the blocked kinds of encryption", kinds.span, list_text(&names)) {
            self.bucket(name, kinds.span, |bucket| bucket.blocked_encryption = Known::Provided(kinds.value));
        }
    }

    pub(super) fn bucket_replication(&mut self, name: &str, rules: Spanned<Vec<Replication>>) {
        let line = |rule: &Replication| {
            let key = rule.key.as_ref().map_or("", KeyReference::as_str);
            let Replication { to, prefix, tags, excludes, sse_kms_objects, key: _, role: _, owner_override } =
                rule;
            format!("{to} {prefix} {tags:?} {excludes} {sse_kms_objects:?} {key} {owner_override:?}")
        };
        let lines: Vec<String> = rules.value.iter().map(line).collect();
        let subject = bucket_subject(name);
        if self.record(&subject, "the replication configuration", rules.span, list_text(&lines)) {
            self.bucket(name, rules.span, |bucket| bucket.replication = Known::Provided(rules.value));
        }
    }

    pub(super) fn bucket_tags(&mut self, name: &str, tags: Spanned<Tags>) {
        if self.record(&bucket_subject(name), "the list of tags", tags.span, tags_text(&tags.value)) {
            self.bucket(name, tags.span, |bucket| bucket.tags = Known::Provided(tags.value));
        }
    }

    pub(super) fn object(&mut self, uri: &Spanned<Wild>, then: impl FnOnce(&mut Object)) {
        let new = || Object {
            uri: uri.clone(),
            encryption: None,
            as_default: false,
            owner: None,
            acl_read: Known::NotProvided,
            tags: Known::NotProvided,
            storage_class: None,
            restored: None,
        };
        change(&mut self.fact_log.objects, &mut self.estate.objects, uri.value.as_str(), new, then);
    }

    pub(super) fn object_encryption(&mut self, uri: &Spanned<Wild>, encryption: &Encryption) {
        let saying = Saying::text(format!(
            "{} {:?}",
            encryption.kind.as_str(),
            encryption.key.as_ref().map(KeyReference::as_str)
        ));
        if self.record(&format!("object {}", uri.value.as_str()), "the encryption", encryption.span, saying) {
            self.object(uri, |object| object.encryption = Some(encryption.clone()));
        }
    }

    pub(super) fn object_storage_class(&mut self, uri: &Spanned<Wild>, class: Spanned<&str>) {
        let subject = format!("object {}", uri.value.as_str());
        if self.record(&subject, "the storage class", class.span, Saying::text(class.value)) {
            self.object(uri, |object| object.storage_class = Some(class.map(str::to_owned)));
        }
    }

    pub(super) fn endpoint(&mut self, id: &str, at: Span, then: impl FnOnce(&mut Endpoint)) {
        let new = || Endpoint {
            id: id.to_owned(),
            kind: Known::NotProvided,
            vpc: None,
            account: None,
            policy: Known::NotProvided,
            span: at,
        };
        change(&mut self.fact_log.endpoints, &mut self.estate.endpoints, id, new, then);
    }

    pub(super) fn endpoint_type(&mut self, id: &str, kind: Spanned<EndpointType>) {
        let text = match kind.value {
            EndpointType::Gateway => "gateway",
            EndpointType::Interface => "interface",
        };
        if self.record(&format!("endpoint {id}"), "the type", kind.span, Saying::text(text)) {
            self.endpoint(id, kind.span, |endpoint| endpoint.kind = Known::Provided(kind.value));
        }
    }

    pub(super) fn endpoint_vpc(&mut self, id: &str, vpc: Spanned<&str>) {
        if self.record(&format!("endpoint {id}"), "the VPC", vpc.span, Saying::text(vpc.value)) {
            self.endpoint(id, vpc.span, |endpoint| endpoint.vpc = Some(vpc.value.to_owned()));
        }
    }

    pub(super) fn endpoint_account(&mut self, id: &str, account: Spanned<AccountId>) {
        let saying = Saying::text(account.value.to_string());
        if self.record(&format!("endpoint {id}"), "the account", account.span, saying) {
            self.endpoint(id, account.span, |endpoint| endpoint.account = Some(account.value));
        }
    }

    /// `None`: full access.
    pub(super) fn endpoint_policy(&mut self, id: &str, at: Span, policy: Option<SharedPolicy>) {
        if self.record(&format!("endpoint {id}"), "the endpoint policy", at, span_of(policy.as_ref())) {
            self.endpoint(id, at, |endpoint| endpoint.policy = Known::Provided(policy));
        }
    }

    pub(super) fn organization(&mut self, id: &str, at: Span, then: impl FnOnce(&mut Organization)) {
        let new = || Organization {
            id: id.to_owned(),
            management_account: None,
            s3_policy: Known::NotProvided,
            targets: Listed::default(),
            span: at,
        };
        change(&mut self.fact_log.organizations, &mut self.estate.organizations, id, new, then);
    }

    pub(super) fn management_account(&mut self, organization: &str, account: Spanned<AccountId>) {
        let subject = format!("organization {organization}");
        let saying = Saying::text(account.value.to_string());
        if self.record(&subject, "the management account", account.span, saying) {
            self.organization(organization, account.span, |o| o.management_account = Some(account.value));
        }
    }

    /// What its S3 policy sets for all accounts.
    pub(super) fn organization_s3_policy(&mut self, organization: &str, at: Span, settings: &PublicAccess) {
        let subject = format!("organization {organization}");
        for (fact, value) in settings.facts() {
            if self.record(&subject, fact, at, Saying::text(value.to_string())) {
                self.organization(organization, at, |o| settings.set(fact, value, &mut o.s3_policy));
            }
        }
    }

    pub(super) fn account_regions(&mut self, id: AccountId, regions: Spanned<Vec<String>>) {
        if self.record(
            &format!("account {id}"),
            "the list of Regions",
            regions.span,
            list_text(&regions.value),
        ) {
            self.account(id, regions.span, |account| account.regions = Known::Provided(regions.value));
        }
    }

    pub(super) fn target(&mut self, organization: &str, id: &str, at: Span, then: impl FnOnce(&mut Target)) {
        let Some(holder) = self.fact_log.organizations.get(organization).copied() else { return };
        let Some(holder) = self.estate.organizations.get_mut(holder) else { return };
        let new = || Target {
            id: id.to_owned(),
            parent: None,
            scps: Known::NotProvided,
            rcps: Known::NotProvided,
            span: at,
        };
        let name = format!("{organization}/{id}");
        change(&mut self.fact_log.targets, &mut holder.targets, &name, new, then);
    }

    pub(super) fn target_parent(&mut self, organization: &str, id: &str, parent: Spanned<&str>) {
        if self.record(&format!("target {id}"), "the parent", parent.span, Saying::text(parent.value)) {
            let told = parent.value.to_owned();
            self.target(organization, id, parent.span, |target| target.parent = Some(told));
        }
    }

    /// All policies of one type that are attached directly to a target.
    pub(super) fn target_policies(
        &mut self,
        organization: &str,
        id: &str,
        kind: PolicyKind,
        at: Span,
        attached: Attached,
    ) {
        let saying = match &attached {
            Attached::Off => spans(&[]),
            Attached::Policies(list) => spans(list),
        };
        let fact = if kind == PolicyKind::Rcp { "the list of RCPs" } else { "the list of SCPs" };
        if self.record(&format!("target {id}"), fact, at, saying) {
            self.target(organization, id, at, |target| {
                let place = if kind == PolicyKind::Rcp { &mut target.rcps } else { &mut target.scps };
                *place = Known::Provided(attached);
            });
        }
    }
}

/// The Block Public Access settings somebody told.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct PublicAccess {
    pub(super) restrict_public_buckets: Option<bool>,
    pub(super) ignore_public_acls: Option<bool>,
}

const RESTRICT: &str = "RestrictPublicBuckets";
const IGNORE: &str = "IgnorePublicAcls";

impl PublicAccess {
    /// No setting is on.
    pub(super) const OFF: Self =
        Self { restrict_public_buckets: Some(false), ignore_public_acls: Some(false) };

    fn facts(self) -> impl Iterator<Item = (&'static str, bool)> {
        let facts = [(RESTRICT, self.restrict_public_buckets), (IGNORE, self.ignore_public_acls)];
        facts.into_iter().filter_map(|(fact, value)| Some((fact, value?)))
    }

    fn set(self, fact: &str, value: bool, told: &mut Known<crate::estate::PublicAccessBlock>) {
        let mut settings = told.provided().copied().unwrap_or_default();
        if fact == RESTRICT {
            settings.restrict_public_buckets = value;
        } else {
            settings.ignore_public_acls = value;
        }
        *told = Known::Provided(settings);
    }
}

pub(super) fn key_subject(arn: &Arn) -> String {
    format!("key {arn}")
}

pub(super) fn bucket_subject(name: &str) -> String {
    format!("bucket {name}")
}
