//! Can this role read this object? The S3 leg and the KMS leg joined, with everything that is no policy (R1–R115).

mod context;
mod encryption;
mod kms;
mod many;
mod reached;
mod requests;
mod s3;
mod setting;

use std::sync::Arc;

use super::confirm::{confirmed, told};
use super::leg::Decided;
use super::profile::{self, Profile, When};
use super::{
    Advice, Answer, AskError, Block, Denial, Fix, GateVerdict, Leg, ReadQuestion, Subject, Verdict, fix,
};
use crate::estate::{Estate, Known, SharedPolicy};
use crate::eval::Gate;
use crate::logic::{Assignment, Atom, Cond, Solver, Truth, Unknown, UnknownKind};
use crate::problem::did_you_mean;
use crate::request::guardrails;
use crate::request::{Asker, Assumed};
use encryption::{Candidate, Candidates, Facts};
pub(in crate::ask) use reached::{Reached, keys_reached, reached};
pub(in crate::ask) use requests::{Requests, requests};
pub use setting::OBJECT_KEY;
use setting::Setting;

/// How many names a sentence holds.
const NAMED: usize = 6;

/// Answer one question.
pub fn read(estate: &Estate, question: &ReadQuestion) -> Result<Answer, AskError> {
    let profile = find_profile(question)?;
    let setting = Setting::find(estate, question)?;
    if let Some(why) = out_of_scope(&setting) {
        return Ok(unsupported(&setting, profile, why));
    }
    let mut answer = many::read(&setting, profile);
    answer.witness = confirmed(answer.witness, &|keys| works_when(estate, &with(question, keys)).ok());
    super::symbols::explain(estate, &mut answer.depends_on);
    Ok(answer)
}

/// The same question, of the request that a witness tells.
fn with(question: &ReadQuestion, keys: &Assignment) -> ReadQuestion {
    let mut asked = ReadQuestion { circumstances: told(&question.circumstances, keys), ..question.clone() };
    let key =
        keys.iter().find(|(name, _)| name == OBJECT_KEY).and_then(|(_, values)| values.as_ref()?.first());
    if let Some(key) = key {
        asked.object.key.clone_from(key);
    }
    asked
}

/// When a read works, as a formula: what nothing but policies and facts of the estate decide is settled in it.
pub(in crate::ask) fn works_when(estate: &Estate, question: &ReadQuestion) -> Result<Cond, AskError> {
    let profile = find_profile(question)?;
    let setting = Setting { probe: true, ..Setting::find(estate, question)? };
    if out_of_scope(&setting).is_some() {
        return Ok(Cond::Known(false));
    }
    Ok(many::works_when(&setting, profile))
}

/// When somebody in particular can read, whomever the question names; nobody can by means that are not judged.
pub(in crate::ask) fn works_for(
    estate: &Estate,
    question: &ReadQuestion,
    asker: Asker<'_>,
) -> Result<Cond, AskError> {
    let profile = find_profile(question)?;
    let setting = Setting { probe: true, ..Setting::of(estate, question, asker)? };
    if out_of_scope(&setting).is_some() {
        return Ok(Cond::Known(false));
    }
    Ok(many::works_when(&setting, profile))
}

/// The whole answer for somebody in particular.
pub(in crate::ask) fn read_for(
    estate: &Estate,
    question: &ReadQuestion,
    asker: Asker<'_>,
) -> Result<Answer, AskError> {
    let profile = find_profile(question)?;
    let setting = Setting { probe: true, ..Setting::of(estate, question, asker)? };
    Ok(many::read(&setting, profile))
}

fn find_profile(question: &ReadQuestion) -> Result<&'static Profile, AskError> {
    profile::find(&question.profile).ok_or_else(|| AskError::Profile {
        name: question.profile.clone(),
        near: did_you_mean(&question.profile, profile::names())
            .or_else(|| Some(format!("profiles are {}", profile::names().collect::<Vec<_>>().join(", ")))),
    })
}

/// A gate that is shut for some of the objects asked about, and not for others.
fn differ(gate: &mut super::GateReading, other: GateVerdict) {
    let settles = |verdict: GateVerdict| matches!(verdict, GateVerdict::Denied | GateVerdict::Conditional);
    if gate.verdict != other && (settles(gate.verdict) || settles(other)) {
        (gate.verdict, gate.denial, gate.note) = (GateVerdict::Conditional, None, None);
    }
}

/// What one kind of object comes to: the answer, and when the read works.
struct Judged {
    answer: Answer,
    works: Cond,
}

fn judge(setting: &Setting<'_>, profile: &Profile) -> Judged {
    let mut assumed = Assumed::default();
    let facts = Facts::find(setting, &mut assumed);

    let s3 = s3::decide(setting, &mut assumed);
    let mut fixes = fix::for_leg(&s3, &documents(setting, None));
    let mut total = s3.allowed.clone();
    let mut legs = vec![s3];
    let mut blocked = None;

    match &facts {
        Facts::Without(_) => {}
        Facts::NotTold => total = total.and(open_encryption(setting)),
        Facts::Key(_, candidate) => {
            let (kms, block) = kms::decide(setting, candidate, &mut assumed);
            fixes.extend(fix::for_leg(&kms, &documents(setting, Some(candidate))));
            total = total.and(kms.allowed.clone());
            blocked = block;
            legs.push(kms);
        }
        Facts::OneOf(_, candidates) => {
            let (kms, block) = one_of(setting, candidates, &mut assumed);
            if kms.leg.verdict == Verdict::Denied {
                fixes.extend(fix::for_leg(&kms, &documents(setting, Some(&candidates.first))));
            }
            total = total.and(kms.allowed.clone());
            blocked = block;
            legs.push(kms);
        }
    }
    total = total.and(requester_pays(setting)).and(routing(setting));
    let archived = archived(setting);
    assume_object_facts(setting, &facts, &mut assumed);
    guardrails::snapshots(setting.estate, setting.asker.policies(), setting.asker.boundary(), &mut assumed);

    compose(setting, profile, &facts, Parts { legs, total, blocked, archived, fixes, assumed })
}

/// What the parts of a read come to, before they are put together.
struct Parts {
    legs: Vec<Decided>,
    total: Cond,
    blocked: Option<(Block, String)>,
    archived: Option<String>,
    fixes: Vec<Fix>,
    assumed: Assumed,
}

fn compose(setting: &Setting<'_>, profile: &Profile, facts: &Facts<'_>, parts: Parts) -> Judged {
    let Parts { mut legs, total, blocked, archived, fixes, assumed } = parts;
    let denied = legs.iter().find(|l| l.leg.verdict == Verdict::Denied);
    let explicit = legs.iter().find(|l| l.leg.denial == Some(Denial::Explicit));
    let mut solver = Solver::with_facts([&total], &setting.facts);
    let decided = solver.decided(&total);
    let unsupported = facts.kind().and_then(|kind| Some((kind, profile.unsupported.get(&kind)?)));

    let (verdict, denial, blocked_by, reason);
    if let Some((kind, why)) = unsupported {
        (verdict, denial, blocked_by) = (Verdict::Unsupported, None, None);
        reason = format!("{} objects are outside the profile {}: {why}", kind.as_str(), profile.name);
    } else if explicit.is_some() || denied.is_some() || decided == Some(false) {
        verdict = Verdict::Denied;
        denial = Some(if explicit.is_some() { Denial::Explicit } else { Denial::Implicit });
        blocked_by = None;
        reason = explicit.or(denied).map_or_else(
            || "no request can meet the conditions of both legs at once".to_owned(),
            |l| denial_reason(setting, l),
        );
    } else if let Some((block, why)) = blocked {
        (verdict, denial, blocked_by) = (Verdict::Blocked, None, Some(block));
        reason = why;
        if let Some(kms) = legs.get_mut(1) {
            block_leg(&mut kms.leg);
        }
    } else if let Some(why) = archived {
        (verdict, denial, blocked_by) = (Verdict::Blocked, None, Some(Block::Archived));
        reason = why;
        if let Some(s3) = legs.first_mut() {
            block_leg(&mut s3.leg);
        }
    } else if decided == Some(true) {
        (verdict, denial, blocked_by) = (Verdict::Allowed, None, None);
        reason = allowed_reason(setting, &legs, facts);
    } else {
        (verdict, denial, blocked_by) = (Verdict::Conditional, None, None);
        reason = conditional_reason(&solver.depends_on(&total));
    }
    let conditional = verdict == Verdict::Conditional && !setting.probe;
    let answer = Answer {
        subject: subject(setting, profile),
        verdict,
        denial,
        blocked_by,
        reason,
        legs: legs.into_iter().map(|l| l.leg).collect(),
        conditions: if conditional { solver.conditions(&total) } else { None },
        witness: if conditional { solver.witness(&total) } else { super::Witness::default() },
        depends_on: if conditional { solver.depends_on(&total) } else { Vec::new() },
        assumptions: assumed.into_list(),
        by_key: if conditional { solver.split(&total, OBJECT_KEY) } else { Vec::new() },
        fix: if verdict == Verdict::Denied { fixes } else { Vec::new() },
        advice: advice(profile, facts),
    };
    let works = match verdict {
        Verdict::Allowed | Verdict::Conditional => total,
        Verdict::Denied | Verdict::Blocked | Verdict::Unsupported => Cond::Known(false),
    };
    Judged { answer, works }
}

fn block_leg(leg: &mut Leg) {
    if leg.verdict == Verdict::Allowed {
        leg.verdict = Verdict::Blocked;
    }
}

/// The KMS leg when several keys are possible: firm only when it is the same for all of them.
fn one_of(
    setting: &Setting<'_>,
    candidates: &Candidates<'_>,
    assumed: &mut Assumed,
) -> (Decided, Option<(Block, String)>) {
    // Only what is assumed about the likely key is worth telling.
    let (mut shown, block) = kms::decide(setting, &candidates.first, assumed);
    let mut others: Vec<(Decided, Option<(Block, String)>)> = Vec::new();
    let settles = |(decided, block): &(Decided, Option<(Block, String)>), opens: bool| match opens {
        true => decided.allowed.is_true() && block.is_none(),
        false => decided.allowed.is_false(),
    };
    for candidate in &candidates.others {
        // One key that opens and one that does not: no other changes that the answer depends on the key.
        let opens = shown.allowed.is_true() && block.is_none() || others.iter().any(|o| settles(o, true));
        let shuts = shown.allowed.is_false() || others.iter().any(|o| settles(o, false));
        if setting.probe && opens && shuts {
            break;
        }
        others.push(kms::decide(setting, candidate, &mut Assumed::default()));
    }
    let open = Cond::atom(Atom::Opaque(Unknown::not_supplied(
        format!("key of {}", setting.question.object),
        candidates.why,
    )));
    let each = || {
        std::iter::once((&shown.allowed, block.is_some()))
            .chain(others.iter().map(|(d, b)| (&d.allowed, b.is_some())))
    };
    // What the policies say of all of them, and of at least one.
    let all = each().fold(Cond::Known(true), |all, (allowed, _)| all.and(allowed.clone()));
    let any = each().fold(Cond::Known(false), |any, (allowed, _)| any.or(allowed.clone()));
    // A key that cannot decrypt now is one more way in which the candidates differ.
    let usable = each()
        .filter(|(_, blocked)| !blocked)
        .fold(Cond::Known(false), |any, (allowed, _)| any.or(allowed.clone()));
    let some_blocked = each().any(|(_, blocked)| blocked);
    let (combined, block) = match block {
        // None of them decrypts: the likely key says why.
        Some(block) if usable.is_false() && !shown.allowed.is_false() => (shown.allowed.clone(), Some(block)),
        Some(_) | None if some_blocked => (any.and(open), None),
        Some(_) | None => (all.or(any.and(open)), None),
    };
    let decided = Solver::with_facts([&combined], &setting.facts).decided(&combined);
    let (verdict, denial) = match decided {
        Some(true) => (Verdict::Allowed, None),
        Some(false) => (Verdict::Denied, shown.leg.denial.or(Some(Denial::Implicit))),
        None => (Verdict::Conditional, None),
    };
    if candidates.by_default && decided.is_some() {
        assumed.note(
            format!("{} is encrypted with KMS, as new objects of the bucket are", setting.question.object),
            "no [[object]] says what HeadObject says",
        );
    }
    if verdict == Verdict::Conditional {
        for gate in &mut shown.leg.gates {
            for (other, _) in &others {
                if let Some(twin) = other.leg.gates.iter().find(|g| g.gate == gate.gate) {
                    differ(gate, twin.verdict);
                }
            }
        }
    }
    shown.leg.verdict = verdict;
    shown.leg.denial = denial;
    shown.allowed = combined;
    (shown, block)
}

fn open_encryption(setting: &Setting<'_>) -> Cond {
    Cond::atom(Atom::Opaque(Unknown::not_supplied(
        format!("encryption of {}", setting.question.object),
        "neither an [[object]] nor the bucket's default says how the object is encrypted",
    )))
}

/// Kinds of buckets with rules of their own, which nobody should guess at (R114, R115).
fn out_of_scope(setting: &Setting<'_>) -> Option<&'static str> {
    let name = setting.bucket.name.as_str();
    if name.ends_with("--x-s3") {
        Some("a directory bucket is read through s3express:CreateSession, which is not judged here")
    } else if name.ends_with("--table-s3") {
        Some("a table bucket is read through the s3tables actions, which are not judged here")
    } else {
        None
    }
}

fn unsupported(setting: &Setting<'_>, profile: &Profile, why: &str) -> Answer {
    Answer {
        subject: subject(setting, profile),
        verdict: Verdict::Unsupported,
        denial: None,
        blocked_by: None,
        reason: why.to_owned(),
        legs: Vec::new(),
        conditions: None,
        witness: super::Witness::default(),
        depends_on: Vec::new(),
        assumptions: Vec::new(),
        by_key: Vec::new(),
        fix: Vec::new(),
        advice: Vec::new(),
    }
}

fn subject(setting: &Setting<'_>, profile: &Profile) -> Subject {
    Subject::Read {
        role: setting.asker.name(),
        object: setting.question.object.clone(),
        profile: profile.name.clone(),
    }
}

/// A Multi-Region Access Point may route the request to a bucket the estate says nothing of (R104).
fn routing(setting: &Setting<'_>) -> Cond {
    match setting.access_point {
        Some(point) if point.is_multi_region() => Cond::atom(Atom::Opaque(Unknown::not_supplied(
            format!("buckets behind {}", point.name),
            "a Multi-Region Access Point may route the request to a bucket in another Region, under another key",
        ))),
        Some(_) | None => Cond::Known(true),
    }
}

/// Callers from other accounts must say that they pay (R109).
fn requester_pays(setting: &Setting<'_>) -> Cond {
    let foreign = setting.bucket_account() != setting.caller.account;
    if setting.bucket.requester_pays == Known::Told(true) && foreign {
        Cond::atom(Atom::Opaque(Unknown::new(
            UnknownKind::ContextKey,
            "x-amz-request-payer",
            "the bucket is Requester Pays: S3 refuses requests from other accounts without this header",
        )))
    } else {
        Cond::Known(true)
    }
}

/// Archive tiers need a restored copy (R110).
fn archived(setting: &Setting<'_>) -> Option<String> {
    let object = setting.object?;
    let class = object.storage_class.as_ref()?;
    let archived =
        matches!(class.value.as_str(), "GLACIER" | "DEEP_ARCHIVE" | "ARCHIVE_ACCESS" | "DEEP_ARCHIVE_ACCESS");
    (archived && object.restored != Some(true)).then(|| {
        format!(
            "the object is in {}: S3 answers InvalidObjectState until a restored copy exists",
            class.value
        )
    })
}

fn assume_object_facts(setting: &Setting<'_>, facts: &Facts<'_>, assumed: &mut Assumed) {
    if matches!(facts, Facts::Key(..) | Facts::OneOf(..))
        && setting.question.circumstances.session.tags == Known::NotTold
        && !setting.question.strict
        && mentions_principal_tags(setting)
    {
        assumed.note("no session tags", "none were given, and they would override the role's tags");
    }
}

/// Whether any policy near the question asks for tags of the principal.
fn mentions_principal_tags(setting: &Setting<'_>) -> bool {
    let asks = |policy: &crate::estate::SharedPolicy| {
        policy.statements.iter().any(|s| {
            s.tests.iter().any(|t| {
                t.key.value.folded().starts_with("aws:principaltag/")
                    || t.values.iter().any(|v| {
                        v.operand.variables().any(|v| v.key.folded().starts_with("aws:principaltag/"))
                    })
            }) || s
                .resources
                .iter()
                .flat_map(|r| r.listed())
                .any(|r| r.value.variables().any(|v| v.key.folded().starts_with("aws:principaltag/")))
        })
    };
    let identity = setting.asker.policies().told().into_iter().flatten();
    let bucket = setting.bucket.policy.told().and_then(Option::as_ref);
    let keys = setting.estate.keys.iter().filter_map(|k| k.policy.told());
    identity.chain(bucket).chain(keys).map(Arc::clone).any(|p| asks(&p))
}

fn advice(profile: &Profile, facts: &Facts<'_>) -> Vec<Advice> {
    let counts = |when: When| facts.kind().map_or(when == When::Always, |kind| when.holds(kind));
    let more = profile.advise.iter().filter(|a| counts(a.when)).map(|a| (&a.action, &a.why));
    let less = profile.omits.iter().filter(|o| counts(o.when)).map(|o| (&o.action, &o.why));
    more.chain(less).map(|(action, why)| Advice { action: action.clone(), text: why.clone() }).collect()
}

/// The gate that closes a leg.
pub(super) fn closing_gate(leg: &Leg) -> Option<&super::GateReading> {
    leg.gates
        .iter()
        .find(|g| g.denial == Some(Denial::Explicit))
        .or_else(|| leg.gates.iter().find(|g| g.verdict == GateVerdict::Denied))
}

fn denial_reason(setting: &Setting<'_>, decided: &Decided) -> String {
    let leg = &decided.leg;
    let role = setting.asker.short_name();
    match closing_gate(leg) {
        Some(gate) if gate.denial == Some(Denial::Explicit) => {
            let sid = gate
                .evidence
                .iter()
                .find(|e| e.effect == crate::policy::Effect::Deny)
                .and_then(|e| e.sid.as_deref())
                .map_or_else(String::new, |s| format!(" ({s})"));
            format!("a Deny{sid} in the {} refuses {} to {role}", document_word(gate.gate, leg), leg.action)
        }
        Some(gate) => {
            let note = gate.note.as_deref().map_or_else(String::new, |n| format!(": {n}"));
            if matches!(gate.gate, Gate::Identity | Gate::Scp) {
                format!(
                    "no {} allows {} on {}{note}",
                    document_word(gate.gate, leg),
                    leg.action,
                    leg.resource
                )
            } else {
                format!("the {} does not allow {}{note}", document_word(gate.gate, leg), leg.action)
            }
        }
        None => contradiction(leg),
    }
}

/// Every gate may be passed, and no request passes all of them.
fn contradiction(leg: &Leg) -> String {
    let open: Vec<String> = leg
        .gates
        .iter()
        .filter(|g| g.verdict == GateVerdict::Conditional)
        .map(|g| format!("the {}", document_word(g.gate, leg)))
        .collect();
    match open.as_slice() {
        [] => format!("nothing allows {} on {}", leg.action, leg.resource),
        [only] => format!("no request for {} can meet all conditions of {only}", leg.action),
        [..] => {
            format!("no request for {} can meet the conditions of {} at once", leg.action, open.join(" and "))
        }
    }
}

/// What people call the document of a gate.
pub(super) fn document_word(gate: Gate, leg: &Leg) -> &'static str {
    let service = leg.action.split(':').next().unwrap_or("");
    match (gate == Gate::Resource, service) {
        (true, "kms") => "key policy",
        (true, "s3") => "bucket policy",
        (true, "sts") => "trust policy",
        (_, _) => gate.describe(),
    }
}

fn allowed_reason(setting: &Setting<'_>, legs: &[Decided], facts: &Facts<'_>) -> String {
    let across = |l: &Decided| if l.leg.same_account { "same account" } else { "across accounts" };
    match (legs, facts.kind()) {
        ([s3, kms], _) => format!(
            "S3 lets {} read ({}), and KMS lets it decrypt through S3 ({})",
            setting.asker.short_name(),
            across(s3),
            across(kms)
        ),
        ([s3, ..], Some(kind)) => format!(
            "S3 lets {} read ({}); {} needs nothing of KMS",
            setting.asker.short_name(),
            across(s3),
            kind.as_str()
        ),
        (_, _) => format!("S3 lets {} read", setting.asker.short_name()),
    }
}

pub(super) fn conditional_reason(depends_on: &[Unknown]) -> String {
    let mut names: Vec<String> = Vec::new();
    for unknown in depends_on {
        let name = match unknown.kind {
            UnknownKind::Undocumented => format!("{} (undocumented)", unknown.name),
            UnknownKind::ContextKey
            | UnknownKind::NotSupplied
            | UnknownKind::Unresolved
            | UnknownKind::TooComplex => unknown.name.to_string(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    // Past a handful a sentence tells nothing; the full list stands below it.
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("it depends on {}{rest}", names.join(", "))
}

/// Where changes that open a leg belong.
fn documents<'e>(setting: &'e Setting<'e>, key: Option<&Candidate<'e>>) -> fix::Documents<'e> {
    let first = |policies: &'e Known<Vec<SharedPolicy>>| policies.told().and_then(|l| l.first());
    let bucket = setting.bucket;
    let (resource, resource_name, editable, via) = match key {
        None => (
            bucket.policy.told().and_then(Option::as_ref),
            format!("bucket policy of {}", bucket.name),
            true,
            None,
        ),
        Some(candidate) => (
            candidate.key.and_then(|k| k.policy.told()),
            format!("key policy of {}", candidate.arn),
            !candidate.managed,
            Some(format!("s3.{}.amazonaws.com", candidate.arn.region())),
        ),
    };
    fix::Documents {
        estate: setting.estate,
        role: setting.asker.name(),
        account: setting.caller.account,
        identity: setting.estate.own_policy(setting.asker.policies()),
        boundary: setting.asker.boundary().told().and_then(Option::as_ref),
        session: first(&setting.question.circumstances.session.policies),
        resource,
        resource_name,
        resource_is_editable: editable,
        point: setting.access_point.filter(|_| key.is_none()).map(|point| fix::Point {
            name: &point.name,
            account: point.account,
            policy: point.policy.told().and_then(Option::as_ref),
            behind: &setting.object_arn,
        }),
        endpoint: setting.endpoint.and_then(|e| e.policy.told()).and_then(Option::as_ref),
        via_service: via,
    }
}
