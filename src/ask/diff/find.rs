//! A request that one document grants: found by the solver, made readable, and put to the statements.

use super::Example;
use super::readable_examples::{Likely, respell};
use crate::ask::{ConditionLine, Evidence};
use crate::eval::ContextValue;
use crate::eval::policy_set::{
    ACTION, ActionClass, Asked, Beyond, PRINCIPAL, PolicySet, RESOURCE, SESSION, any_of_resources,
    some_identity, some_resource, some_session,
};
use crate::logic::{Assignment, Atom, Cond, Solver, Tri, Truth, Unknown, UnknownKind};
use crate::name::ConditionKey;
use crate::policy::{Effect, Policy, Statement};
use crate::source::{SourceId, SourceMap};

/// How many statements are put to the solver at once.
const MOST_STATEMENTS: usize = 40;
/// How many classes of actions are searched for an example.
const MOST_ACTIONS: usize = 50;
/// What a policy variable stands for in an example.
const SAMPLE: &str = "example";

/// Requests that `yes` grants, that `no` does not, and for which `also` holds.
pub(super) struct Search<'s, 'p> {
    pub(super) yes: &'s PolicySet<'p>,
    pub(super) no: Option<&'s PolicySet<'p>>,
    pub(super) also: Cond,
    /// The resources there can be, where these are known.
    pub(super) among: &'s [String],
    pub(super) sources: &'s SourceMap,
}

/// What was found. Without a request it may be that there is none.
pub(super) struct Difference {
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
    pub(super) fn run(&self) -> Option<Difference> {
        let mut solved = self.solve(self.yes, self.no, &Assignment::new())?;
        if solved.asked.is_none()
            && let Some(asked) = self.with_variables()
        {
            solved.asked = Some(asked);
        }
        let depends_on = if solved.asked.is_some() { Vec::new() } else { solved.depends_on };
        let likely = Likely::new(self.yes, self.no, self.among, self.sources);
        Some(Difference {
            conditions: solved.conditions.map(|any| respell(any, &likely)),
            example: solved.asked.as_ref().map(|asked| self.shown(asked)),
            asked: solved.asked,
            depends_on,
        })
    }

    /// Action by action it is decided whether there is such a request at all. Which ones is said for all actions at
    /// once, where that is not too much.
    fn solve(&self, yes: &PolicySet<'_>, no: Option<&PolicySet<'_>>, told: &Assignment) -> Option<Solved> {
        let beyond = Beyond::new(yes, no);
        let whole = |beyond: &Beyond| beyond.formula().and(self.also.clone());
        let Ok(actions) = beyond.actions(&self.also) else {
            return self.formula(yes, &whole(&beyond), told);
        };
        let mut left: Vec<(&ActionClass, Cond)> = Vec::new();
        for class in &actions {
            let formula = beyond.of_action(class).formula().and(class.fix(&self.also));
            let all = self.possible(yes, &formula);
            if Solver::new([&all]).decided(&all) != Some(false) {
                left.push((class, formula));
            }
        }
        if left.is_empty() {
            return None;
        }
        let some: Vec<&ActionClass> = left.iter().map(|(class, _)| *class).collect();
        let about = beyond.about(&some, &actions);
        if about.size() <= MOST_STATEMENTS {
            let solved = self.formula(yes, &whole(&about), told)?;
            if solved.asked.is_some() || !is_too_complex(&solved.depends_on) {
                return Some(solved);
            }
        }
        self.by_action(yes, &beyond, &left, told)
    }

    /// A request of one of some classes of actions.
    fn by_action(
        &self,
        yes: &PolicySet<'_>,
        beyond: &Beyond,
        left: &[(&ActionClass, Cond)],
        told: &Assignment,
    ) -> Option<Solved> {
        let likely = Likely::new(self.yes, self.no, self.among, self.sources);
        let mut out = Solved { conditions: None, asked: None, depends_on: Vec::new() };
        for (class, formula) in left.iter().take(MOST_ACTIONS) {
            let all = self.possible(yes, formula);
            let wanted = self.wanted(&all);
            let mut solver = Solver::new(std::iter::once(&all).chain(&wanted));
            let mut told = told.clone();
            let known = likely.action(|name| beyond.holds(class, name, &self.also));
            told.push((ACTION.to_owned(), Some(vec![known.unwrap_or_else(|| class.witness.to_string())])));
            out.asked = self.example(&mut solver, &wanted, &all, &told);
            if out.asked.is_some() {
                break;
            }
            for unknown in unsettled(&mut solver, &all) {
                if !out.depends_on.contains(&unknown) {
                    out.depends_on.push(unknown);
                }
            }
        }
        Some(out)
    }

    /// A formula for those requests that can be.
    fn possible(&self, yes: &PolicySet<'_>, formula: &Cond) -> Cond {
        let all = formula.clone().and(yes.possible(formula, self.no));
        if self.among.is_empty() { all } else { all.and(any_of_resources(self.among)) }
    }

    /// One formula; none when it never holds.
    fn formula(&self, yes: &PolicySet<'_>, formula: &Cond, told: &Assignment) -> Option<Solved> {
        let all = self.possible(yes, formula);
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
        for key in self.no.into_iter().flat_map(PolicySet::open_variables) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        if keys.is_empty() {
            return None;
        }
        // Variables that differ show more than variables that agree, except where they must.
        let apart = keys.iter().enumerate().map(|(i, _)| format!("{SAMPLE}-{}", i + 1)).collect();
        let alike = vec![SAMPLE.to_owned(); keys.len()];
        let tries: Vec<Vec<String>> = if keys.len() == 1 { vec![alike] } else { vec![apart, alike] };
        tries.into_iter().find_map(|values| {
            let slots = keys.iter().cloned().zip(values.iter().map(|v| ContextValue::one(v.as_str())));
            let facts: Vec<(ConditionKey, ContextValue)> = slots.collect();
            let told = keys.iter().zip(&values).map(|(k, v)| (k.as_str().to_owned(), Some(vec![v.clone()])));
            let told: Assignment = told.collect();
            let (yes, no) = (self.yes.knowing(&facts), self.no.map(|no| no.knowing(&facts)));
            self.solve(&yes, no.as_ref(), &told)?.asked
        })
    }

    fn shown(&self, asked: &Asked) -> Example {
        let by_policy = self.yes.has_principals() || self.no.is_some_and(PolicySet::has_principals);
        let mut context = asked.keys.clone();
        for document in [Some(self.yes), self.no].into_iter().flatten() {
            let ordinary = document.ordinary(&context);
            context.extend(ordinary);
        }
        if let Some(role) = asked.role_of_session().filter(|_| by_policy) {
            context.push(("aws:PrincipalArn".to_owned(), Some(vec![role.to_owned()])));
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
pub(super) fn evidence(document: &PolicySet<'_>, asked: &Asked, effect: Effect) -> Vec<Evidence> {
    document
        .matched(asked, effect)
        .into_iter()
        .filter(|(_, statement)| statement.span.source != SourceId::LONE)
        .map(|(policy, statement)| one(document, policy, statement))
        .collect()
}

fn one(document: &PolicySet<'_>, policy: &Policy, statement: &Statement) -> Evidence {
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
