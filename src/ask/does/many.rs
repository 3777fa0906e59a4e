//! A question about every key that fits a pattern: objects that were told apart are judged one by one, and the answers
//! put together by the keys they are for.

use super::judge::{self, Judged, judge};
use super::one_of::differ;
use super::target::{ResolvedRead, Standing};
use crate::ask::profile::Profile;
use crate::ask::short_answer::ShortAnswer;
use crate::ask::{Answer, Denial, GateVerdict, Leg, Verdict, reasons};
use crate::estate::Object;
use crate::eval::Symbolic;
use crate::logic::{Cond, Solver, Truth};
use crate::service::OBJECT_KEY;

/// Objects of one kind: the keys they have, and what reading them comes to.
struct ObjectGroup {
    keys: Cond,
    judged: Judged,
}

pub(super) fn answer(read: &ResolvedRead<'_>, profile: &'static Profile) -> Answer {
    let judged = |(keys, read): (Cond, ResolvedRead<'_>)| ObjectGroup { keys, judged: judge(&read, profile) };
    let mut kinds: Vec<ObjectGroup> = kinds(read).into_iter().map(judged).collect();
    let total = kinds
        .iter()
        .fold(Cond::Known(false), |any, kind| any.or(kind.keys.clone().and(kind.judged.works.clone())));
    match kinds.pop() {
        None => judge(read, profile).answer,
        Some(only) if kinds.is_empty() => only.judged.answer,
        Some(base) => join(read, &base, &kinds, &total),
    }
}

pub(super) fn works(read: &ResolvedRead<'_>, profile: &'static Profile) -> Cond {
    let kinds = kinds(read).into_iter();
    kinds.fold(Cond::Known(false), |any, (keys, read)| {
        any.or(keys.and(judge::outcome(&read, profile).works()))
    })
}

/// The verdict and when it works, as the whole answer has them.
pub(super) fn short(read: &ResolvedRead<'_>, profile: &'static Profile) -> ShortAnswer {
    let kinds = kinds(read);
    if kinds.len() <= 1 {
        let only = kinds.first().map_or(read, |(_, only)| only);
        return judge::outcome(only, profile).settled(only.given());
    }
    let mut verdicts = Vec::with_capacity(kinds.len());
    let mut works = Cond::Known(false);
    for (keys, read) in kinds {
        let ShortAnswer { verdict, works: when, .. } = judge::outcome(&read, profile).settled(read.given());
        if matches!(verdict, Verdict::Allowed | Verdict::Conditional) {
            works = works.or(keys.and(when));
        }
        verdicts.push(verdict);
    }
    let rest = verdicts.last().copied().unwrap_or(Verdict::Denied);
    let verdict = match Solver::with_facts([&works], read.facts()).decided(&works) {
        Some(true) => rest,
        Some(false) => {
            let first = [Verdict::Denied, Verdict::Blocked].into_iter().find(|one| verdicts.contains(one));
            first.unwrap_or(rest)
        }
        None => Verdict::Conditional,
    };
    ShortAnswer { verdict, works, only: None }
}

/// The kinds of objects a question is about, the most specific first. A key belongs to the first kind that fits it.
fn kinds<'e>(read: &ResolvedRead<'e>) -> Vec<(Cond, ResolvedRead<'e>)> {
    let one = || vec![(Cond::Known(true), read.clone())];
    // Objects that do not exist yet, or whose encryption does not matter, form one group.
    let Some(within) = read.within().filter(|_| read.standing == Standing::Exists) else { return one() };
    let start = format!("s3://{}/", read.target.bucket.name);
    let mut left = Cond::Known(true);
    let mut out = Vec::new();
    let mut add = |object: Option<&'e Object>, keys: Cond| {
        if Solver::new([&keys]).decided(&keys) != Some(false) {
            out.push((keys.clone(), read.of_object(object, keys)));
        }
    };
    for object in read.estate().objects_among(&read.uri) {
        let uri = &object.uri;
        let fits: Cond = within.fits(&mut Symbolic, uri.value.behind(&start), uri.span);
        add(Some(object), left.clone().and(fits.clone()));
        left = left.and(fits.not());
    }
    add(None, left);
    out
}

/// One answer for all kinds: firm where it is the same for every key.
fn join(read: &ResolvedRead<'_>, base: &ObjectGroup, others: &[ObjectGroup], total: &Cond) -> Answer {
    let all = || std::iter::once(base).chain(others);
    let mut solver = Solver::with_facts([total], read.facts());
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
            conditional(read, &mut answer, others);
            answer.conditions = solver.conditions(total);
            answer.witness = solver.witness(total);
            answer.depends_on = solver.depends_on(total);
            answer.by_key = solver.split(total, OBJECT_KEY);
            if same {
                answer.reason = reasons::conditional(&answer.depends_on);
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
fn conditional(read: &ResolvedRead<'_>, answer: &mut Answer, others: &[ObjectGroup]) {
    let different = others.iter().map(|k| &k.judged.answer).find(|other| other.verdict != answer.verdict);
    if let Some(other) = different {
        answer.reason = format!(
            "not all objects that fit {} are alike: some are {}, others {}",
            read.asked,
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
                differ(gate, other.unwrap_or(GateVerdict::NotApplicable));
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
