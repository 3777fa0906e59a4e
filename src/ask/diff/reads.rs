//! Which role can read which bucket in one estate and not in the other, or do something else with it: all legs, with all that
//! stands in the way.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::readable_examples::longer;
use super::touched::Touched;
use super::{Assumption, Change, Diff, Example, Subject};
use crate::ask::does::{self, OBJECT_KEY};
use crate::ask::who::Entrance;
use crate::ask::{
    Answer, Circumstances, DoesQuestion, Doing, Evidence, GateVerdict, Given, Leg, Session, principal,
};
use crate::estate::{Estate, ObjectUri};
use crate::logic::{Assignment, Cond, KeyRelation, Solver, Truth};
use crate::name::ConditionKey;
use crate::operation::Operation;
use crate::parallel;
use crate::policy::Effect;
use crate::request::DecisionContext;

/// What AWS itself checks.
const PROFILE: &str = "s3-read";
/// The key of an object where any will do.
const SOME_KEY: &str = "example";

pub(super) fn reads(diff: &mut Diff, old: &Estate, new: &Estate, touched: &Touched<'_>) {
    let (roles, buckets) = pairs(old, new);
    diff.compared.reads = roles.len().saturating_mul(buckets.len());
    let pairs = touched.pairs(&roles, &buckets);
    let (gained, lost) = changes([old, new], pairs, &[Doing::default()]);
    diff.gained.extend(gained);
    diff.lost.extend(lost);
}

/// What these pairs of a role and a bucket gain and lose, by what is done.
fn changes<'n>(
    [old, new]: [&Estate; 2],
    pairs: impl Iterator<Item = (&'n str, &'n str)>,
    doings: &[Doing],
) -> (Vec<Change>, Vec<Change>) {
    let mut sides: Vec<_> = doings.iter().map(|doing| Sides::new([old, new], doing.clone())).collect();
    let mut asked: Vec<(&str, &str, &Doing)> = Vec::new();
    for (role, bucket) in pairs {
        for (doing, sides) in doings.iter().zip(&mut sides) {
            if sides.may_let_in(role, bucket) {
                asked.push((role, bucket, doing));
            }
        }
    }
    let circumstances = Circumstances::default();
    let [before, after] =
        [old, new].map(|estate| Arc::new(DecisionContext::new(estate, &circumstances, false)));
    let changes = parallel::map(&asked, |(role, bucket, doing)| {
        let open = of_bucket(role, bucket, (*doing).clone());
        let (before, after) = (works_in(&before, &open), works_in(&after, &open));
        (more(&open, (new, &after), (old, &before)), more(&open, (old, &before), (new, &after)))
    });
    let (gained, lost): (Vec<_>, Vec<_>) = changes.into_iter().unzip();
    (gained.into_iter().flatten().collect(), lost.into_iter().flatten().collect())
}

/// What is compared besides reads.
pub(in crate::ask) const OPERATIONS: [&str; 3] = ["delete", "list", "write"];

/// More pairs of a role and a bucket are compared for reads alone.
const MOST_COMPARED: usize = 2048;

/// The same for what else is done with objects.
pub(super) fn operations(diff: &mut Diff, old: &Estate, new: &Estate, touched: &Touched<'_>) {
    let (roles, buckets) = pairs(old, new);
    let count = roles.len().saturating_mul(buckets.len());
    if count > MOST_COMPARED {
        diff.assumptions.push(Assumption {
            what: "nothing changes in who writes, deletes or lists beyond what the policies show".to_owned(),
            because: format!("{count} pairs of a role and a bucket are compared for reads alone"),
            fact: None,
        });
        return;
    }
    diff.compared.operations = count * OPERATIONS.len();
    let (gained, lost) = changes([old, new], touched.pairs(&roles, &buckets), &OPERATIONS.map(doing));
    diff.gained_operations.extend(gained);
    diff.lost_operations.extend(lost);
}

/// Who comes into question for one operation on the objects of buckets, in each of two estates.
struct Sides<'e> {
    doing: Doing,
    estates: [&'e Estate; 2],
    entrances: [FxHashMap<String, Option<Entrance<'e>>>; 2],
}

impl<'e> Sides<'e> {
    fn new(estates: [&'e Estate; 2], doing: Doing) -> Self {
        Self { doing, estates, entrances: Default::default() }
    }

    /// Whether either estate may let a role do it. Names that lead elsewhere than to a role and a bucket are asked about.
    fn may_let_in(&mut self, role: &str, bucket: &str) -> bool {
        let Self { doing, estates, entrances } = self;
        estates.iter().zip(entrances).any(|(estate, entrances)| {
            let Some(role) = estate.role_with_arn(role) else { return estate.names.contains_key(role) };
            let entrance = entrances.entry(bucket.to_owned()).or_insert_with(|| {
                let found = estate.buckets.maybe_called(bucket).find(|known| known.name == bucket)?;
                Some(Entrance::of(estate, found, doing, &all_of(bucket), false))
            });
            // The name may be another one of a bucket, or the alias of an access point.
            let is_elsewhere = || estate.names.contains_key(bucket) || !estate.access_points.is_empty();
            entrance.as_ref().map_or_else(is_elsewhere, |entrance| entrance.may_let_in(role))
        })
    }
}

/// The roles and the buckets of either estate.
fn pairs<'e>(old: &'e Estate, new: &'e Estate) -> (BTreeSet<&'e str>, BTreeSet<&'e str>) {
    let both = [old, new];
    let roles = both.iter().flat_map(|e| &e.roles).map(|r| r.arn.value.as_str()).collect();
    let buckets = both.iter().flat_map(|e| &e.buckets).map(|b| b.name.as_str()).collect();
    (roles, buckets)
}

fn doing(operation: &str) -> Doing {
    Doing { operation: operation.to_owned(), ..Doing::default() }
}

/// All objects of a bucket.
fn of_bucket(role: &str, bucket: &str, doing: Doing) -> DoesQuestion {
    question(role, doing, all_of(bucket), Circumstances::default())
}

fn all_of(bucket: &str) -> ObjectUri {
    ObjectUri { bucket: bucket.to_owned(), key: "*".to_owned() }
}

/// More pairs are not compared beside an answer.
pub(in crate::ask) const MOST_PAIRS: usize = 256;

/// Which of these roles can read in the new estate what they cannot in the old one, do what the question is about, or one of
/// the other operations. What the question asks of its role and its bucket is left out. `None` where that are too many pairs to
/// compare beside an answer.
pub(in crate::ask) fn gained_beside(
    old: &Estate,
    new: &Estate,
    asked: &DoesQuestion,
    roles: &[&str],
    others: &[&'static str],
) -> Option<Vec<Change>> {
    if roles.len().saturating_mul(new.buckets.len()) > MOST_PAIRS {
        return None;
    }
    let touched = Touched::between(old, new);
    let requester = old.role(&asked.role).ok().map(|role| role.arn.value.as_str());
    let mut all = vec![Doing::default()];
    // A copy is a read, and a write of another bucket.
    let is_single = asked.doing.to.is_none() && !asked.doing.is_delivery();
    all.extend((is_single && !asked.doing.is_read()).then(|| asked.doing.clone()));
    all.extend(asked.doing.to.as_ref().map(|_| doing("write")));
    // What was asked of this role and this bucket; a change may let the role do more there.
    let of_question = all.len();
    all.extend(others.iter().map(|operation| doing(operation)));
    let mut sides: Vec<Sides<'_>> = all.iter().map(|doing| Sides::new([old, new], doing.clone())).collect();
    let mut out = Vec::new();
    for role in roles {
        for bucket in &new.buckets {
            // Whether this role reads this bucket is what was asked.
            let is_asked = Some(*role) == requester && bucket.name == asked.object.bucket;
            if !touched.has(role, &bucket.name) {
                continue;
            }
            let skipped = if is_asked { of_question } else { 0 };
            for (doing, sides) in all.iter().zip(&mut sides).skip(skipped) {
                if !sides.may_let_in(role, &bucket.name) {
                    continue;
                }
                let open = of_bucket(role, &bucket.name, doing.clone());
                let (before, after) = (works(old, &open), works(new, &open));
                out.extend(more(&open, (new, &after), (old, &before)));
            }
        }
    }
    Some(out)
}

fn question(role: &str, doing: Doing, object: ObjectUri, circumstances: Circumstances) -> DoesQuestion {
    DoesQuestion {
        doing,
        role: role.to_owned(),
        object,
        version_id: None,
        access_point: None,
        profile: PROFILE.to_owned(),
        circumstances,
        strict: false,
    }
}

/// When a read works. Who or what an estate does not hold cannot read, or be read.
fn works(estate: &Estate, question: &DoesQuestion) -> Cond {
    does::works_when(estate, question).unwrap_or(Cond::Known(false))
}

/// The same, in what the requests of all pairs are decided in.
fn works_in(ctx: &Arc<DecisionContext<'_>>, question: &DoesQuestion) -> Cond {
    let Ok(requester) = principal::find(ctx.estate, &question.role, &question.circumstances.session) else {
        return Cond::Known(false);
    };
    does::works_for(ctx, question, requester).unwrap_or(Cond::Known(false))
}

/// What an estate knows of several keys of the request together.
fn facts(estate: &Estate, question: &DoesQuestion) -> Vec<KeyRelation> {
    DecisionContext::new(estate, &question.circumstances, question.strict).facts
}

/// The reads that work in one estate and not in the other.
fn more(
    open: &DoesQuestion,
    (yes, works_here): (&Estate, &Cond),
    (no, works_there): (&Estate, &Cond),
) -> Option<Change> {
    if works_here.is_false() || works_there.is_true() {
        return None;
    }
    let formula = works_here.clone().and(works_there.clone().not());
    let mut solver = Solver::with_facts([&formula], &facts(yes, open));
    let decided = solver.decided(&formula);
    if decided == Some(false) {
        return None;
    }
    let conditions = if decided == Some(true) { Some(vec![Vec::new()]) } else { solver.conditions(&formula) };
    let found = match decided {
        Some(_) => Some(Assignment::new()),
        None => solver.witness(&formula).allowed.map(|found| with_readable_key(&formula, found)),
    };
    let shown = found.and_then(|found| confirmed(open, &found, yes, no).map(|q| (q, found)));
    let (role, bucket) = (open.role.clone(), open.object.bucket.clone());
    let subject = match open.doing.is_read() {
        true => Subject::Read { role, bucket },
        false => Subject::Operation { role, bucket, operation: open.doing.operation.clone() },
    };
    let Some((asked, found)) = shown else {
        return Some(Change {
            subject,
            certain: false,
            conditions,
            witness: None,
            evidence: Vec::new(),
            depends_on: solver.depends_on(&formula),
            reason: None,
        });
    };
    let context = found.into_iter().filter(|(key, _)| key != OBJECT_KEY).collect();
    let first = open.doing.row().and_then(|row| row.legs.first());
    let witness = Example {
        principal: Some(open.role.clone()),
        action: first.map_or_else(|| "s3:GetObject".to_owned(), |leg| leg.action.clone()),
        resource: asked.doing.targets(&asked.object).concat(),
        context,
    };
    let (here, there) = (does::read(yes, &asked).ok(), does::read(no, &asked).ok());
    Some(Change {
        subject,
        certain: true,
        conditions,
        witness: Some(witness),
        evidence: evidence(here.as_ref(), there.as_ref()),
        depends_on: Vec::new(),
        reason: Some(
            there.map_or_else(|| "there is no such role or bucket".to_owned(), |answer| answer.reason),
        ),
    })
}

/// A key of an object that goes on behind its last slash.
fn with_readable_key(formula: &Cond, mut found: Assignment) -> Assignment {
    for (name, values) in &mut found {
        if let (OBJECT_KEY, Some([key])) = (name.as_str(), values.as_deref_mut()) {
            *key = longer(formula, OBJECT_KEY, key);
        }
    }
    found
}

/// The read that the solver found, if it works in one estate and not in the other.
fn confirmed(open: &DoesQuestion, found: &Assignment, yes: &Estate, no: &Estate) -> Option<DoesQuestion> {
    let is_of_bucket = open.doing.row().is_some_and(Operation::is_of_bucket);
    let key = if is_of_bucket { open.object.key.clone() } else { SOME_KEY.to_owned() };
    let mut object = ObjectUri { bucket: open.object.bucket.clone(), key };
    let mut circumstances = Circumstances::default();
    for (name, values) in found {
        let first = || values.as_deref().and_then(<[String]>::first).cloned();
        if name == OBJECT_KEY {
            object = ObjectUri::of(object.bucket, &first()?);
        } else if name == "sts:RoleSessionName" {
            circumstances.session = Session { name: first(), ..Session::default() };
        } else {
            let given = values.as_ref().map_or(Given::Absent, |values| Given::Values(values.clone()));
            circumstances.context.push((ConditionKey::new(name), given));
        }
    }
    let asked = question(&open.role, open.doing.clone(), object, circumstances);
    let decided = |estate: &Estate| {
        let cond = works(estate, &asked);
        Solver::with_facts([&cond], &facts(estate, &asked)).decided(&cond)
    };
    (decided(yes) == Some(true) && decided(no) == Some(false)).then_some(asked)
}

/// The statements behind the gates that differ: those that allow the read, and those of the other estate that deny it.
fn evidence(here: Option<&Answer>, there: Option<&Answer>) -> Vec<Evidence> {
    let mut out: Vec<Evidence> = Vec::new();
    for leg in here.into_iter().flat_map(|answer| &answer.legs) {
        let twin = there.and_then(|answer| answer.legs.iter().find(|l| l.action == leg.action));
        for gate in &leg.gates {
            let other = twin.and_then(|leg| verdict(leg, gate.gate));
            if other == Some(gate.verdict) {
                continue;
            }
            let allows = gate.evidence.iter().filter(|e| e.effect == Effect::Allow);
            let twins = twin.into_iter().flat_map(|leg| &leg.gates).filter(|g| g.gate == gate.gate);
            let denies = twins.flat_map(|g| &g.evidence).filter(|e| e.effect == Effect::Deny);
            for found in allows.chain(denies) {
                if !out.iter().any(|e| e.span == found.span) {
                    out.push(found.clone());
                }
            }
        }
    }
    out
}

fn verdict(leg: &Leg, gate: crate::eval::Gate) -> Option<GateVerdict> {
    leg.gates.iter().find(|g| g.gate == gate).map(|g| g.verdict)
}
