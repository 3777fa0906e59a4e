//! Which facts a question reaches that nobody told.

use std::collections::BTreeSet;

use super::fact::is_of_object;
use super::{BucketFact, KeyFact, MissingFact, RoleFact, RowFact};
use crate::ask::does::{Reached, reached};
use crate::ask::{ActsQuestion, Answer, BecomesQuestion, DoesQuestion, Question};
use crate::estate::{
    Bucket, Estate, Key, KeyReference, Known, Object, Role, SharedPolicy, StoreKind, Target, User,
};
use crate::logic::FactId;
use crate::name::{AccountId, Arn, partition, symbol};

type Facts = BTreeSet<MissingFact>;

/// What an answer uses. Tags, aliases and the like are used only where a policy asks for them: the answer that
/// assumes nothing says so.
pub(super) fn needed(estate: &Estate, question: &Question, answer: &Answer, strict: &Answer) -> Facts {
    let mut facts = match question {
        Question::Does(question) => of_read(estate, question, answer, strict),
        Question::Becomes(question) => of_assume(estate, question, strict),
        Question::Acts(question) => of_action(estate, question, [answer, strict]),
    };
    facts.retain(|fact| !fact.is_of_the_future());
    facts
}

/// What would have to be told before a question can be asked. Nothing where AWS cannot tell it: a role of which
/// nobody told the account, or a question that is wrong in itself.
pub(super) fn absent(estate: &Estate, question: &Question) -> Facts {
    let (role, strange) = match question {
        Question::Does(question) => (&question.role, estate.bucket(&question.object.bucket).is_err()),
        Question::Becomes(question) => (&question.role, false),
        Question::Acts(question) => (&question.by, false),
    };
    let known = estate.role(role).ok().map(|role| &role.arn.value);
    let Some(arn) = known.cloned().or_else(|| role.parse::<Arn>().ok()) else { return Facts::new() };
    if (known.is_some() && !strange) || arn.service() != "iam" || !arn.resource().starts_with("role/") {
        return Facts::new();
    }
    let mut facts = match estate.role(role) {
        Ok(role) => role_facts(estate, role, false),
        Err(_) => all_of_role(&arn),
    };
    if let Question::Does(question) = question {
        facts.extend(arn.account().map(|account| guardrails(estate, account, true)).into_iter().flatten());
        let name = question.object.bucket.as_str();
        match estate.bucket(name) {
            Ok(bucket) => facts.extend(bucket_settings(bucket)),
            // The name may be the alias of an access point.
            Err(_) if question.access_point.is_some() => {}
            Err(_) => {
                facts.extend(ALL_OF_A_BUCKET.iter().map(|fact| bucket_fact(name, None, None, *fact)));
                if !question.object.is_pattern() {
                    facts.insert(MissingFact::object(&question.object, None, None));
                }
            }
        }
    }
    facts.retain(|fact| !fact.is_of_the_future());
    facts
}

/// What every resource of the estate lacks, whoever may ask.
pub fn everything(estate: &Estate) -> Vec<MissingFact> {
    let mut facts = Facts::new();
    let mut accounts = BTreeSet::new();
    for role in &estate.roles {
        facts.extend(role_facts(estate, role, true));
        accounts.extend(role.arn.value.account());
    }
    for key in &estate.keys {
        if !key.is_aws_managed() {
            facts.extend(key_facts(&key.arn.value, Some(key)));
        }
        accounts.extend(key.arn.value.account());
    }
    for bucket in &estate.buckets {
        facts.extend(bucket_settings(bucket));
        accounts.extend(bucket.account.provided());
    }
    for account in accounts {
        facts.extend(guardrails(estate, account, true));
        facts.extend(guardrails(estate, account, false));
    }
    facts.into_iter().filter(|fact| !fact.is_of_the_future()).collect()
}

fn of_read(estate: &Estate, question: &DoesQuestion, answer: &Answer, strict: &Answer) -> Facts {
    let mut facts = Facts::new();
    let Ok(reached) = reached(estate, question) else { return facts };
    // Services have no policies of their own.
    let role = estate.role(&question.role).ok();
    let is_limited = role.is_none_or(|role| !role.is_service_linked());
    if let Some(role) = role {
        facts.extend(role_facts(estate, role, false));
        if asks_for(strict, &["aws:principaltag/"]) && !role.tags.is_provided() {
            facts.insert(MissingFact::Role(role.arn.value.clone(), RoleFact::Tags));
        }
        if let Some(account) = role.arn.value.account().filter(|_| is_limited) {
            facts.extend(guardrails(estate, account, true));
        }
    }
    if let Some(to) = &question.doing.to
        && let Ok(bucket) = estate.bucket(&to.bucket)
    {
        facts.extend(of_bucket(estate, bucket, answer, strict));
        let account = bucket.account.provided().filter(|_| is_limited);
        facts.extend(account.map(|account| guardrails(estate, *account, false)).into_iter().flatten());
    }
    let bucket = estate.bucket(&question.object.bucket).ok();
    let region = bucket.and_then(|bucket| bucket.region.provided()).cloned();
    if let Some(bucket) = bucket {
        facts.extend(of_bucket(estate, bucket, answer, strict));
        // What is told of the objects themselves is stronger than the default.
        let own = |object: &&Object| object.encryption.is_some();
        if reached.objects.iter().any(own) {
            let default =
                |fact: &MissingFact| matches!(fact, MissingFact::Bucket { fact: BucketFact::Encryption, .. });
            facts.retain(|fact| !default(fact) || super::depends_on(strict, fact));
        }
        facts.extend(of_object(bucket, question, &reached));
        facts.extend(of_objects(bucket, question, &reached, [answer, strict]));
        facts.extend(organization_s3_policy(estate, bucket, answer, strict));
        if is_limited && let Some(account) = bucket.account.provided() {
            facts.extend(guardrails(estate, *account, false));
        }
    }
    for (arn, key) in &reached.keys {
        facts.extend(key_facts(arn, *key));
        if is_limited && let Some(account) = arn.account() {
            facts.extend(guardrails(estate, account, false));
        }
        if asks_for(strict, &["kms:resourcealiases"]) && key.is_none_or(|key| !key.aliases.is_provided()) {
            facts.insert(MissingFact::Key(arn.clone(), KeyFact::Aliases));
        }
        if asks_for(strict, &["aws:resourcetag/"]) && key.is_none_or(|key| !key.tags.is_provided()) {
            facts.insert(MissingFact::Key(arn.clone(), KeyFact::Tags));
        }
    }
    for (arn, _) in &reached.keys {
        facts.extend(role.map(|role| regions(role, arn, [answer, strict])).into_iter().flatten());
    }
    let origin = |id: &FactId| {
        let FactId::AccessPointOrigin(name) = id else { return None };
        Some(MissingFact::Row(RowFact::AccessPointOrigin { name: name.to_string() }))
    };
    facts.extend(missed([answer, strict]).filter_map(origin));
    for reference in &reached.unresolved {
        facts.extend(key_behind(reference, bucket, region.clone()));
    }
    if let Some((id, endpoint)) = reached.endpoint
        && endpoint.is_none_or(|endpoint| !endpoint.policy.is_provided())
    {
        facts.insert(MissingFact::Endpoint { id, region });
    }
    facts
}

/// What is missing of the principal, of the guardrails above it, and of the key or the bucket.
fn of_action(estate: &Estate, question: &ActsQuestion, answers: [&Answer; 2]) -> Facts {
    let mut facts = Facts::new();
    if let Ok(role) = estate.role(&question.by) {
        facts.extend(role_facts(estate, role, false));
        let account = role.arn.value.account().filter(|_| !role.is_service_linked());
        facts.extend(account.map(|account| guardrails(estate, account, true)).into_iter().flatten());
    }
    // What is asked for behind the action.
    for leg in answers.iter().flat_map(|answer| answer.legs.iter().skip(1)) {
        if let Ok(arn) = leg.resource.parse::<Arn>() {
            let held = estate.key(&arn);
            facts.extend(held.map(|key| key_facts(&arn, Some(key))).into_iter().flatten());
        }
    }
    let store = |id: &FactId| {
        let (FactId::ResourcePolicy(arn) | FactId::StoreKey(arn) | FactId::StoreTags(arn)) = id else {
            return None;
        };
        // Policies of other resources cannot be told.
        StoreKind::of(&arn.parse().ok()?)?;
        Some(MissingFact::Row(RowFact::Store { arn: arn.to_string() }))
    };
    facts.extend(missed(answers).filter_map(store));
    let Ok(arn) = question.resource.parse::<Arn>() else { return facts };
    match arn.service() {
        "kms" if arn.resource().starts_with("key/") => facts.extend(key_facts(&arn, estate.key(&arn))),
        "s3" => {
            let name = arn.resource().split('/').next().unwrap_or_default();
            facts.extend(estate.bucket(name).map(bucket_settings).into_iter().flatten());
        }
        _ => {}
    }
    facts
}

fn of_assume(estate: &Estate, question: &BecomesQuestion, strict: &Answer) -> Facts {
    let mut facts = Facts::new();
    let Ok(role) = estate.role(&question.role) else { return facts };
    if !role.trust.is_provided() {
        facts.insert(MissingFact::Role(role.arn.value.clone(), RoleFact::Trust));
    }
    if let Some(account) = role.arn.value.account() {
        facts.extend(guardrails(estate, account, false));
    }
    let by = question.by.parse::<Arn>().ok();
    let caller =
        by.as_ref().map(|by| match by.resource_of("assumed-role").and_then(|r| r.split('/').next()) {
            Some(name) => Arn::of(by.partition(), "iam", "", by.account_text(), &format!("role/{name}")),
            None => by.clone(),
        });
    let Some(caller) = caller.filter(|caller| caller.service() == "iam") else { return facts };
    if caller.resource().starts_with("role/") {
        let known = estate.role(caller.as_str()).ok();
        match known {
            Some(known) => facts.extend(role_facts(estate, known, false)),
            None => facts.extend(all_of_role(&caller)),
        }
        if asks_for(strict, &["aws:principaltag/"]) && known.is_none_or(|known| !known.tags.is_provided()) {
            facts.insert(MissingFact::Role(caller.clone(), RoleFact::Tags));
        }
    } else if caller.resource().starts_with("user/") {
        let told = |user: &User| user.policies.is_provided() && user.boundary.is_provided();
        if !estate.user(caller.as_str()).is_some_and(told) {
            facts.insert(MissingFact::User(caller.clone()));
        }
    } else {
        return facts;
    }
    facts.extend(caller.account().map(|account| guardrails(estate, account, true)).into_iter().flatten());
    facts
}

/// Whether an answer depends on a context key with one of these starts that the configuration would tell.
fn asks_for(answer: &Answer, starts: &[&str]) -> bool {
    answer.depends_on.iter().any(|unknown| {
        let name = unknown.name.to_ascii_lowercase();
        starts.iter().any(|start| name.starts_with(start))
    })
}

fn all_of_role(arn: &Arn) -> Facts {
    [RoleFact::Trust, RoleFact::Policies, RoleFact::Boundary]
        .into_iter()
        .map(|fact| MissingFact::Role(arn.clone(), fact))
        .collect()
}

fn role_facts(estate: &Estate, role: &Role, trust: bool) -> Facts {
    let mut facts = Facts::new();
    let arn = &role.arn.value;
    let mut missing = |fact: RoleFact| facts.insert(MissingFact::Role(arn.clone(), fact));
    if trust && !role.trust.is_provided() {
        missing(RoleFact::Trust);
    }
    if !role.policies.is_provided() {
        missing(RoleFact::Policies);
    }
    if !role.boundary.is_provided() {
        missing(RoleFact::Boundary);
    }
    let Some(account) = arn.account() else { return facts };
    let boundary = role.boundary.provided().into_iter().flatten();
    for policy in role.policies.provided().into_iter().flatten().chain(boundary) {
        if let Some(arn) = missing_document(estate, policy) {
            facts.insert(MissingFact::Policy { arn, account });
        }
    }
    facts
}

/// The ARN of a managed policy whose document nobody supplied, be it open or out of the snapshot.
fn missing_document(estate: &Estate, policy: &SharedPolicy) -> Option<String> {
    if let Some(name) = estate.from_snapshot.get(&policy.span.source) {
        return name.split(' ').next().map(str::to_owned);
    }
    let test = policy.statements.first()?.tests.first()?;
    let guard = symbol::first_in(test.key.value.as_str()).filter(|_| test.key.value.is_guard())?;
    estate.symbols.get(guard)?.policy.clone()
}

fn of_bucket(estate: &Estate, bucket: &Bucket, answer: &Answer, strict: &Answer) -> Facts {
    let mut facts = bucket_settings(bucket);
    let account = bucket.account.provided().copied();
    let region = bucket.region.provided().map(String::as_str);
    let one = |fact: BucketFact| bucket_fact(&bucket.name, account, region, fact);
    // The account's setting matters to public policies alone.
    let id = Some(FactId::RestrictPublicBuckets);
    let assumed = answer.assumptions.iter().any(|assumption| assumption.fact == id);
    let open = strict.depends_on.iter().any(|unknown| unknown.fact == id);
    if let Some(account) = account
        && (assumed || open || !bucket.policy.is_provided())
        && estate.account(account).is_none_or(|account| !account.public_access_block.is_provided())
    {
        facts.insert(MissingFact::AccountPublicAccessBlock(account));
    }
    let id = Some(FactId::RequesterPays(bucket.name.as_str().into()));
    let assumed = answer.assumptions.iter().any(|assumption| assumption.fact == id);
    if assumed || strict.depends_on.iter().any(|unknown| unknown.fact == id) {
        facts.insert(one(BucketFact::RequesterPays));
    }
    let tags = asks_for(strict, &["s3:buckettag/", "aws:resourcetag/"]);
    if tags && !bucket.abac.is_provided() {
        facts.insert(one(BucketFact::Abac));
    }
    if tags && !bucket.tags.is_provided() && bucket.abac != Known::Provided(false) {
        facts.insert(one(BucketFact::Tags));
    }
    facts
}

const ALL_OF_A_BUCKET: &[BucketFact] = &[
    BucketFact::Account,
    BucketFact::Region,
    BucketFact::Policy,
    BucketFact::Encryption,
    BucketFact::Ownership,
    BucketFact::PublicAccessBlock,
];

fn bucket_fact(
    name: &str,
    account: Option<AccountId>,
    region: Option<&str>,
    fact: BucketFact,
) -> MissingFact {
    let account = account.filter(|account| !account.is_unknown());
    MissingFact::Bucket { name: name.to_owned(), account, region: region.map(str::to_owned), fact }
}

fn bucket_settings(bucket: &Bucket) -> Facts {
    let account = bucket.account.provided().copied();
    let told = |fact: BucketFact| match fact {
        BucketFact::Account => account.is_some_and(|account| !account.is_unknown()),
        BucketFact::Region => bucket.region.is_provided(),
        BucketFact::Policy => bucket.policy.is_provided(),
        BucketFact::Encryption => bucket.encryption.is_provided(),
        BucketFact::Ownership => bucket.ownership.is_provided(),
        BucketFact::PublicAccessBlock => bucket.public_access_block.is_provided(),
        BucketFact::RequesterPays => bucket.requester_pays.is_provided(),
        BucketFact::Abac => bucket.abac.is_provided(),
        BucketFact::Tags => bucket.tags.is_provided(),
    };
    let region = bucket.region.provided().map(String::as_str);
    let missing = ALL_OF_A_BUCKET.iter().filter(|fact| !told(**fact));
    missing.map(|fact| bucket_fact(&bucket.name, account, region, *fact)).collect()
}

/// HeadObject: what the bucket's default says holds for new objects only.
fn of_object(bucket: &Bucket, question: &DoesQuestion, reached: &Reached<'_>) -> Option<MissingFact> {
    let object = reached.objects.first();
    let told = object.and_then(|object| object.encryption.as_ref());
    let whole = told.is_some_and(|e| !e.kind.uses_kms() || (e.key.is_some() && e.bucket_key.is_some()))
        && object.is_some_and(|object| object.storage_class.is_some());
    let account = bucket.account.provided().copied().filter(|account| !account.is_unknown());
    let mut uri = question.object.clone();
    uri.bucket.clone_from(&bucket.name);
    (reached.is_one_object && !whole)
        .then(|| MissingFact::object(&uri, account, bucket.region.provided().map(String::as_str)))
}

/// Facts that an answer misses or assumes.
fn missed(answers: [&Answer; 2]) -> impl Iterator<Item = &FactId> {
    answers.into_iter().flat_map(|answer| {
        let assumed = answer.assumptions.iter().filter_map(|assumption| assumption.fact.as_ref());
        answer.depends_on.iter().filter_map(|unknown| unknown.fact.as_ref()).chain(assumed)
    })
}

/// What many objects have in common: no call answers for all of them.
fn of_objects(
    bucket: &Bucket,
    question: &DoesQuestion,
    reached: &Reached<'_>,
    answers: [&Answer; 2],
) -> Option<MissingFact> {
    let mut uri = question.object.clone();
    uri.bucket.clone_from(&bucket.name);
    let is_open = || missed(answers).any(|id| is_of_object(id).is_some());
    (!reached.is_one_object && is_open()).then(|| MissingFact::Row(RowFact::Objects { uri: uri.to_string() }))
}

/// The organization may switch the settings of Block Public Access on.
fn organization_s3_policy(
    estate: &Estate,
    bucket: &Bucket,
    answer: &Answer,
    strict: &Answer,
) -> Option<MissingFact> {
    let account = *bucket.account.provided()?;
    let Known::Provided(Some(organization)) = estate.organization_of(account) else { return None };
    let is_open = missed([answer, strict]).any(|id| *id == FactId::RestrictPublicBuckets);
    (is_open && !organization.s3_policy.is_provided())
        .then(|| MissingFact::Row(RowFact::OrganizationS3Policy { id: organization.id.clone() }))
}

/// Whether the caller's account has switched on the Region of a key.
fn regions(role: &Role, key: &Arn, answers: [&Answer; 2]) -> Option<MissingFact> {
    let account = role.arn.value.account()?;
    let is_open = missed(answers).any(|id| *id == FactId::AccountRegions(account));
    (is_open && partition::is_opt_in(key.region()))
        .then(|| MissingFact::Row(RowFact::Regions { account, region: key.region().to_owned() }))
}

fn key_facts(arn: &Arn, key: Option<&Key>) -> Facts {
    let missing = [
        (KeyFact::State, key.is_none_or(|key| !key.state.is_provided())),
        (KeyFact::Policy, key.is_none_or(|key| !key.policy.is_provided())),
        (KeyFact::Grants, key.is_none_or(|key| !key.grants.is_provided())),
    ];
    missing.into_iter().filter(|(_, is)| *is).map(|(fact, _)| MissingFact::Key(arn.clone(), fact)).collect()
}

fn key_behind(
    reference: &KeyReference,
    bucket: Option<&Bucket>,
    region: Option<String>,
) -> Option<MissingFact> {
    let (text, account, region) = match reference {
        KeyReference::Arn(arn) => (arn.to_string(), arn.account(), Some(arn.region().to_owned())),
        // Looked up in the account of whoever uploads: of the bucket, as far as anybody knows.
        KeyReference::Id(text) | KeyReference::Alias(text) => {
            (text.clone(), bucket.and_then(|bucket| bucket.account.provided().copied()), region)
        }
        // AWS knows nothing of what templates call a key.
        KeyReference::Name(_) => return None,
    };
    let account = account.filter(|account| !account.is_unknown());
    Some(MissingFact::KeyBehind { reference: text, account, region })
}

/// What limits an account from above: SCPs as the caller's, RCPs as the resource's.
fn guardrails(estate: &Estate, account: AccountId, of_caller: bool) -> Facts {
    let mut facts = Facts::new();
    if account.is_unknown() {
        return facts;
    }
    let organization = match estate.organization_of(account) {
        Known::Provided(None) => return facts,
        Known::Provided(Some(organization)) => organization,
        Known::NotProvided => {
            facts.insert(MissingFact::Organization(account));
            return facts;
        }
    };
    if organization.management_account == Some(account) {
        return facts;
    }
    if organization.management_account.is_none() || organization.path(account).is_none() {
        facts.insert(MissingFact::Organization(account));
    }
    let mut at = organization.target(&account.to_string());
    // A tree deeper than its own number of targets goes in circles.
    for _ in 0..=organization.targets.len() {
        let Some(target) = at else { break };
        facts.extend(attached(target, of_caller));
        at = target.parent.as_deref().and_then(|parent| organization.target(parent));
    }
    facts
}

fn attached(target: &Target, of_caller: bool) -> Option<MissingFact> {
    let id = target.id.clone();
    if of_caller {
        (!target.scps.is_provided()).then_some(MissingFact::ServiceControlPolicies { target: id })
    } else {
        (!target.rcps.is_provided()).then_some(MissingFact::ResourceControlPolicies { target: id })
    }
}
