//! A request that one document grants: found by the solver, made readable, and put to the statements.

use super::Example;
use super::likely::{Likely, respell};
use crate::ask::{ConditionLine, Evidence};
use crate::eval::Slot;
use crate::eval::document::{
    ACTION, Asked, Document, PRINCIPAL, RESOURCE, SESSION, any_of_resources, some_identity, some_resource,
    some_session,
};
use crate::logic::{Assignment, Atom, Cond, Solver, Tri, Truth, Unknown, UnknownKind};
use crate::name::ConditionKey;
use crate::policy::{Effect, Policy, Statement};
use crate::source::{SourceId, SourceMap};

/// How many alternatives are worth showing.
const MOST_LINES: usize = 64;
/// What a policy variable stands for in an example.
const SAMPLE: &str = "example";

/// Requests that `yes` grants, that `no` does not, and for which `also` holds.
pub(super) struct Search<'s, 'p> {
    pub(super) yes: &'s Document<'p>,
    pub(super) no: Option<&'s Document<'p>>,
    pub(super) also: Cond,
    /// The resources there can be, where these are known.
    pub(super) among: &'s [String],
    pub(super) sources: &'s SourceMap,
}

/// What was found. Without a request it may be that there is none.
pub(super) struct Found {
    pub(super) conditions: Option<Vec<Vec<ConditionLine>>>,
    pub(super) example: Option<Example>,
    pub(super) asked: Option<Asked>,
    pub(super) depends_on: Vec<Unknown>,
}

/// What came of one formula.
struct Solved {
    conditions: Option<Vec<Vec<ConditionLine>>>,
    asked: Option<Asked>,
    depends_on: Vec<Unknown>,
}

impl Search<'_, '_> {
    /// None when it is proved that there is no such request.
    pub(super) fn run(&self) -> Option<Found> {
        let mut solved = self.solve(self.yes, self.no, &Assignment::new())?;
        if solved.asked.is_none()
            && let Some(asked) = self.with_variables()
        {
            solved.asked = Some(asked);
        }
        let depends_on = if solved.asked.is_some() { Vec::new() } else { solved.depends_on };
        let likely = Likely::new(self.yes, self.no, self.among, self.sources);
        Some(Found {
            conditions: solved.conditions.map(|any| respell(any, &likely)),
            example: solved.asked.as_ref().map(|asked| self.shown(asked)),
            asked: solved.asked,
            depends_on,
        })
    }

    /// All requests in question at once, or statement by statement where that is too much.
    fn solve(&self, yes: &Document<'_>, no: Option<&Document<'_>>, told: &Assignment) -> Option<Solved> {
        let parts: Vec<Cond> = yes
            .beyond(no)
            .into_iter()
            .map(|part| part.and(self.also.clone()))
            .filter(|p| !p.is_false())
            .collect();
        let whole = parts.iter().fold(Cond::Known(false), |any, part| any.or(part.clone()));
        let solved = self.formula(yes, &whole, told)?;
        if parts.len() < 2 || !is_too_complex(&solved.depends_on) {
            return Some(solved);
        }
        let solved: Vec<Solved> = parts.iter().filter_map(|part| self.formula(yes, part, told)).collect();
        if solved.is_empty() {
            return None;
        }
        let mut out = Solved { conditions: Some(Vec::new()), asked: None, depends_on: Vec::new() };
        for part in solved {
            let lines = part.conditions.zip(out.conditions.take()).map(|(own, mut all)| {
                all.extend(own);
                all
            });
            out.conditions = lines.filter(|all| all.len() <= MOST_LINES);
            out.asked = out.asked.or(part.asked);
            for unknown in part.depends_on {
                if !out.depends_on.contains(&unknown) {
                    out.depends_on.push(unknown);
                }
            }
        }
        Some(out)
    }

    /// One formula; none when it never holds.
    fn formula(&self, yes: &Document<'_>, formula: &Cond, told: &Assignment) -> Option<Solved> {
        let mut all = formula.clone().and(yes.possible(formula));
        if !self.among.is_empty() {
            all = all.and(any_of_resources(self.among));
        }
        let wanted = self.wanted(&all);
        let mut solver = Solver::new([formula, &all].into_iter().chain(&wanted));
        if solver.decided(&all) == Some(false) {
            return None;
        }
        let conditions = match solver.decided(formula) {
            Some(true) => Some(vec![Vec::new()]),
            Some(false) | None => solver.conditions(formula),
        };
        let asked = self.example(&mut solver, &wanted, &all, told);
        let depends_on = if asked.is_some() { Vec::new() } else { unsettled(&mut solver, &all) };
        Some(Solved { conditions, asked, depends_on })
    }

    /// The same requests, those that make the best example first.
    fn wanted(&self, all: &Cond) -> Vec<Cond> {
        let mut out = vec![all.clone()];
        let mut narrow = |to: Cond| {
            if let Some(last) = out.last() {
                out.push(last.clone().and(to));
            }
        };
        let asks_for =
            |key: &str| all.atoms().iter().any(|a| matches!(a, Atom::Key(test) if test.key.folded() == key));
        // `*` is the resource of few actions.
        if asks_for(RESOURCE) {
            narrow(some_resource());
        }
        // Without its name nobody knows whether a session is one that a policy names.
        if asks_for(SESSION) {
            narrow(some_session());
        }
        if self.yes.has_principals() && !self.yes.lets_anonymous() {
            narrow(some_identity());
        }
        out.reverse();
        out
    }

    /// A request for which one of some formulas holds, the first if it can, and that the statements confirm.
    fn example(&self, solver: &mut Solver, wanted: &[Cond], all: &Cond, more: &Assignment) -> Option<Asked> {
        let likely = Likely::new(self.yes, self.no, self.among, self.sources);
        for cond in wanted {
            let always = solver.decided(cond) == Some(true);
            let found = if always { Some(Assignment::new()) } else { solver.witness(cond).allowed };
            let Some(mut found) = found else { continue };
            for (key, values) in more {
                if !found.iter().any(|(known, _)| known == key) {
                    found.push((key.clone(), values.clone()));
                }
            }
            for plain in [false, true] {
                let asked = likely.request(&found, all, plain).filter(|asked| self.confirms(asked));
                if asked.is_some() {
                    return asked;
                }
            }
        }
        None
    }

    fn confirms(&self, asked: &Asked) -> bool {
        self.yes.lets(asked) == Tri::True && self.no.is_none_or(|no| no.lets(asked) == Tri::False)
    }

    /// A request in which every policy variable stands for something.
    fn with_variables(&self) -> Option<Asked> {
        let mut keys = self.yes.open_variables();
        keys.extend(self.no.into_iter().flat_map(Document::open_variables));
        if keys.is_empty() {
            return None;
        }
        let facts: Vec<(ConditionKey, Slot)> = keys.iter().map(|k| (k.clone(), Slot::one(SAMPLE))).collect();
        let told = keys.iter().map(|k| (k.as_str().to_owned(), Some(vec![SAMPLE.to_owned()])));
        let told: Assignment = told.collect();
        let (yes, no) = (self.yes.knowing(&facts), self.no.map(|no| no.knowing(&facts)));
        self.solve(&yes, no.as_ref(), &told)?.asked
    }

    fn shown(&self, asked: &Asked) -> Example {
        let by_policy = self.yes.has_principals() || self.no.is_some_and(Document::has_principals);
        let mut context = asked.keys.clone();
        for document in [Some(self.yes), self.no].into_iter().flatten() {
            let ordinary = document.ordinary(&context);
            context.extend(ordinary);
        }
        context.sort();
        Example {
            principal: by_policy.then(|| asked.caller()),
            action: asked.action.as_str().to_owned(),
            resource: asked.resource.clone(),
            context,
        }
    }
}

fn is_too_complex(depends_on: &[Unknown]) -> bool {
    depends_on.iter().any(|u| u.kind == UnknownKind::TooComplex)
}

/// Why nothing could be shown.
fn unsettled(solver: &mut Solver, all: &Cond) -> Vec<Unknown> {
    let mut out = solver.depends_on(all);
    let pseudo = [ACTION, RESOURCE, PRINCIPAL, SESSION];
    if out.iter().any(|u| u.kind != UnknownKind::ContextKey) {
        out.retain(|u| u.kind != UnknownKind::ContextKey);
    } else {
        out.retain(|u| !pseudo.contains(&&*u.name));
    }
    if out.is_empty() {
        out.push(Unknown::undocumented("a request", "no request that was found could be confirmed"));
    }
    out
}

/// The statements of a document that speak to a request.
pub(super) fn evidence(document: &Document<'_>, asked: &Asked, effect: Effect) -> Vec<Evidence> {
    document
        .speaking(asked, effect)
        .into_iter()
        .filter(|(_, statement)| statement.span.source != SourceId::LONE)
        .map(|(policy, statement)| one(document, policy, statement))
        .collect()
}

fn one(document: &Document<'_>, policy: &Policy, statement: &Statement) -> Evidence {
    let when = document.when(statement);
    Evidence {
        effect: statement.effect.value,
        span: statement.span,
        pointer: policy.statement_pointer(statement),
        sid: statement.sid.as_ref().map(|s| s.value.to_string()),
        when: Solver::new([&when]).conditions(&when),
    }
}

/// The value a request holds for one variable.
pub(super) fn held<'a>(found: &'a Assignment, key: &str) -> Option<&'a str> {
    let (_, values) = found.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?;
    values.as_deref()?.first().map(String::as_str)
}
