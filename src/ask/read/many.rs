//! A question about every key that fits a pattern: objects that were told apart are judged one by one, and the answers
//! put together by the keys they are for.

use super::setting::{OBJECT_KEY, Setting};
use super::{Answer, Cond, Denial, GateVerdict, Judged, Leg, Profile, Solver, Truth, Verdict, judge};
use crate::estate::Object;
use crate::eval::Symbolic;

/// Objects of one kind: the keys they have, and what reading them comes to.
struct Kind {
    keys: Cond,
    judged: Judged,
}

pub(super) fn read(setting: &Setting<'_>, profile: &Profile) -> Answer {
    let mut kinds = kinds(setting, profile);
    let total = total(&kinds);
    match kinds.pop() {
        None => judge(setting, profile).answer,
        Some(only) if kinds.is_empty() => only.judged.answer,
        Some(base) => join(setting, &base, &kinds, &total),
    }
}

pub(super) fn works_when(setting: &Setting<'_>, profile: &Profile) -> Cond {
    total(&kinds(setting, profile))
}

fn total(kinds: &[Kind]) -> Cond {
    kinds
        .iter()
        .fold(Cond::Known(false), |any, kind| any.or(kind.keys.clone().and(kind.judged.works.clone())))
}

/// The kinds of objects a question is about, the most specific first. A key belongs to the first kind that fits it.
fn kinds(setting: &Setting<'_>, profile: &Profile) -> Vec<Kind> {
    let Some(within) = &setting.within else {
        return vec![Kind { keys: Cond::Known(true), judged: judge(setting, profile) }];
    };
    let start = format!("s3://{}/", setting.bucket.name);
    let mut left = Cond::Known(true);
    let mut out = Vec::new();
    let mut add = |object: Option<&Object>, keys: Cond| {
        if Solver::new([&keys]).decided(&keys) != Some(false) {
            let judged = judge(&Setting { object, ..setting.clone() }, profile);
            out.push(Kind { keys, judged });
        }
    };
    for object in setting.estate.objects_among(&setting.uri) {
        let uri = &object.uri;
        let fits: Cond = within.fits(&mut Symbolic, uri.value.behind(&start), uri.span);
        add(Some(object), left.clone().and(fits.clone()));
        left = left.and(fits.not());
    }
    add(None, left);
    out
}

/// One answer for all kinds: firm where it is the same for every key.
fn join(setting: &Setting<'_>, base: &Kind, others: &[Kind], total: &Cond) -> Answer {
    let all = || std::iter::once(base).chain(others);
    let mut solver = Solver::with_facts([total], &setting.facts);
    let verdicts: Vec<Verdict> = all().map(|k| k.judged.answer.verdict).collect();
    let same = verdicts.iter().all(|v| Some(v) == verdicts.first());
    let mut answer = base.judged.answer.clone();
    match solver.decided(total) {
        Some(true) => {}
        // None of them works: a denial says more than what would come after it.
        Some(false) => {
            let of = |verdict| all().map(|k| &k.judged.answer).filter(move |a| a.verdict == verdict);
            // Only what is refused outright for every key is refused outright.
            let denied = of(Verdict::Denied).find(|a| a.denial == Some(Denial::Implicit));
            let denied = denied.or_else(|| of(Verdict::Denied).next());
            if let Some(found) = denied.or_else(|| of(Verdict::Blocked).next()) {
                answer = found.clone();
            }
        }
        None => {
            conditional(setting, &mut answer, others);
            answer.conditions = solver.conditions(total);
            answer.witness = solver.witness(total);
            answer.depends_on = solver.depends_on(total);
            answer.by_key = solver.split(total, OBJECT_KEY);
            if same {
                answer.reason = super::conditional_reason(&answer.depends_on);
            }
        }
    }
    for assumption in others.iter().flat_map(|k| &k.judged.answer.assumptions) {
        if !answer.assumptions.contains(assumption) {
            answer.assumptions.push(assumption.clone());
        }
    }
    answer
}

/// Objects that fit the question are not alike: what differs is conditional.
fn conditional(setting: &Setting<'_>, answer: &mut Answer, others: &[Kind]) {
    let different = others.iter().map(|k| &k.judged.answer).find(|other| other.verdict != answer.verdict);
    if let Some(other) = different {
        answer.reason = format!(
            "not all objects that fit {} are alike: some are {}, others {}",
            setting.question.object,
            answer.verdict.as_str(),
            other.verdict.as_str()
        );
        let unlike = |leg: &Leg| {
            let twin = other.legs.iter().find(|l| l.action == leg.action);
            twin.is_none_or(|l| l.verdict != leg.verdict)
        };
        for leg in answer.legs.iter_mut().filter(|leg| unlike(leg)) {
            (leg.verdict, leg.denial) = (Verdict::Conditional, None);
            let twin = other.legs.iter().find(|l| l.action == leg.action);
            for gate in &mut leg.gates {
                let other =
                    twin.and_then(|l| l.gates.iter().find(|g| g.gate == gate.gate)).map(|g| g.verdict);
                super::differ(gate, other.unwrap_or(GateVerdict::NotApplicable));
            }
        }
        for leg in &other.legs {
            if !answer.legs.iter().any(|l| l.action == leg.action) {
                let mut leg = Leg { verdict: Verdict::Conditional, denial: None, ..leg.clone() };
                for gate in leg.gates.iter_mut().filter(|g| g.verdict == GateVerdict::Denied) {
                    (gate.verdict, gate.denial, gate.note) = (GateVerdict::Conditional, None, None);
                }
                answer.legs.push(leg);
            }
        }
    }
    (answer.verdict, answer.denial, answer.blocked_by) = (Verdict::Conditional, None, None);
    answer.fix.clear();
}
