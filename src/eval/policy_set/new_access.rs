//! What one document grants that another does not, action by action and statement by statement.
//!
//! Of two long documents most statements are the same, and most of the others have nothing to do with each other. What
//! cancels out is left out before anything is solved, and of one action only few statements speak.

use super::PolicySet;
use super::scope::{ACTIONS, NOWHERE};
use crate::logic::classes::{Fit, ItemTest, TextKind, classes};
use crate::logic::{Atom, Cond, KeyTest, TooComplex, Truth};
use crate::name::Wild;
use crate::operator::{Actual, Operand, Outcome, STRING_LIKE, TestValue};
use crate::policy::Effect;

/// One document beside another.
#[derive(Clone, Debug)]
pub struct Beyond {
    allows: Vec<GainedPart>,
    denies: Vec<GainedPart>,
    limit: Cond,
    others: Vec<GainedPart>,
    their_denies: Vec<GainedPart>,
    their_limit: Cond,
}

/// When a statement speaks: for its actions, and under everything else it says.
#[derive(Clone, Debug, PartialEq)]
struct GainedPart {
    action: Cond,
    rest: Cond,
}

impl GainedPart {
    fn matches_when(&self) -> Cond {
        self.action.clone().and(self.rest.clone())
    }
}

/// Actions that no statement tells apart, by one of them in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionClass {
    /// One of the actions.
    pub witness: Box<str>,
}

impl Beyond {
    /// The requests that `yes` grants and `no` does not.
    pub fn new(yes: &PolicySet<'_>, no: Option<&PolicySet<'_>>) -> Self {
        let theirs = |effect| no.map(|no| no.parts(effect)).unwrap_or_default();
        let limit = |document: Option<&PolicySet<'_>>| {
            document.and_then(|d| d.limit.as_ref()).map_or(Cond::Known(true), |limit| limit.grants())
        };
        Self {
            allows: yes.parts(Effect::Allow),
            denies: yes.parts(Effect::Deny),
            limit: limit(Some(yes)),
            others: theirs(Effect::Allow),
            their_denies: theirs(Effect::Deny),
            their_limit: limit(no),
        }
    }

    /// Those requests as a formula.
    pub fn formula(&self) -> Cond {
        // A Deny that both have takes the same from both.
        let their_own = self.their_denies.iter().filter(|d| !self.denies.contains(d));
        let denied_there = any(their_own);
        let outside =
            if self.limit == self.their_limit { Cond::Known(false) } else { self.their_limit.clone().not() };
        let spared = denied_there.or(outside);
        // What both allow is granted beyond the other only where that one takes it away again.
        let (both, own): (Vec<&GainedPart>, Vec<&GainedPart>) =
            self.allows.iter().partition(|a| self.others.contains(a));
        let allowed_here = any(own.into_iter()).and(any(self.others.iter()).not().or(spared.clone()));
        let granted = allowed_here.or(any(both.into_iter()).and(spared));
        granted.and(any(self.denies.iter()).not()).and(self.limit.clone())
    }

    /// The same for the actions of one class alone.
    pub fn of_action(&self, class: &ActionClass) -> Self {
        let fix = |cond: &Cond| fixed(cond, class);
        let parts = |list: &[GainedPart]| -> Vec<GainedPart> {
            let fixed = list.iter().map(|p| GainedPart { action: fix(&p.action), rest: p.rest.clone() });
            fixed.filter(|p| !p.action.is_false()).collect()
        };
        Self {
            allows: parts(&self.allows),
            denies: parts(&self.denies),
            limit: fix(&self.limit),
            others: parts(&self.others),
            their_denies: parts(&self.their_denies),
            their_limit: fix(&self.their_limit),
        }
    }

    /// Without the statements that make no difference to some of the classes of actions, which are the only ones that
    /// the formula holds for.
    #[must_use]
    pub fn about(&self, some: &[&ActionClass], all: &[ActionClass]) -> Self {
        let matched = |p: &GainedPart, class: &ActionClass| !fixed(&p.action, class).is_false();
        let allows: Vec<GainedPart> =
            self.allows.iter().filter(|p| some.iter().any(|class| matched(p, class))).cloned().collect();
        // An Allow that is kept is kept for other actions too, so whatever speaks of those has to stay.
        let near: Vec<&ActionClass> = all.iter().filter(|c| allows.iter().any(|p| matched(p, c))).collect();
        let parts = |list: &[GainedPart]| -> Vec<GainedPart> {
            list.iter().filter(|p| near.iter().any(|class| matched(p, class))).cloned().collect()
        };
        Self {
            denies: parts(&self.denies),
            others: parts(&self.others),
            their_denies: parts(&self.their_denies),
            allows,
            limit: self.limit.clone(),
            their_limit: self.their_limit.clone(),
        }
    }

    /// How many statements there are.
    pub fn size(&self) -> usize {
        [&self.allows, &self.denies, &self.others, &self.their_denies].into_iter().map(Vec::len).sum()
    }

    /// What the statements, and another formula, ask of the action.
    fn tests<'s>(&'s self, also: &'s Cond) -> Vec<&'s KeyTest> {
        let lists = [&self.allows, &self.denies, &self.others, &self.their_denies];
        let conds = lists.into_iter().flatten().map(|p| &p.action);
        let mut tests: Vec<&KeyTest> = Vec::new();
        for cond in conds.chain([also, &self.limit, &self.their_limit]) {
            for atom in cond.atoms() {
                if let Some(test) = on_action(atom)
                    && !tests.iter().any(|t| t.values.as_ptr() == test.values.as_ptr())
                {
                    tests.push(test);
                }
            }
        }
        tests
    }

    /// Whether an action belongs to a class.
    pub fn holds(&self, class: &ActionClass, action: &str, also: &Cond) -> bool {
        let action = ActionClass { witness: action.to_ascii_lowercase().into() };
        self.tests(also).into_iter().all(|test| action.fits(test) == class.fits(test))
    }

    /// All actions there can be, as far as the statements and another formula tell them apart.
    pub fn actions(&self, also: &Cond) -> Result<Vec<ActionClass>, TooComplex> {
        let tests = self.tests(also);
        let any = [TestValue::new(Operand::Text(Wild::glob(ACTIONS, false)), "", NOWHERE)];
        let items = tests.iter().map(|t| ItemTest { operator: &STRING_LIKE, values: &t.values });
        let items: Vec<ItemTest<'_>> =
            items.chain([ItemTest { operator: &STRING_LIKE, values: &any }]).collect();
        let found = classes(&items, TextKind::Text, false)?.into_iter();
        let actions = found.filter(|class| class.fits.last() == Some(&Fit::Yes));
        Ok(actions.map(|class| ActionClass { witness: class.witness }).collect())
    }
}

impl ActionClass {
    fn fits(&self, test: &KeyTest) -> bool {
        let items = std::slice::from_ref(&self.witness);
        test.apply(Actual::Values { items, multivalued: false }) == Outcome::True
    }

    /// A formula where the action is one of these.
    pub fn fix(&self, cond: &Cond) -> Cond {
        fixed(cond, self)
    }
}

fn on_action(atom: &Atom) -> Option<&KeyTest> {
    match atom {
        Atom::Key(test) if test.key.folded() == super::ACTION => Some(test),
        Atom::Key(_) | Atom::Opaque(_) => None,
    }
}

/// A formula with what it says of one action put in.
fn fixed(cond: &Cond, class: &ActionClass) -> Cond {
    match cond {
        Cond::Known(value) => Cond::Known(*value),
        Cond::Is(literal) => match on_action(&literal.atom) {
            Some(test) => Cond::Known(class.fits(test) == literal.holds),
            None => cond.clone(),
        },
        Cond::All(parts) => parts.iter().fold(Cond::Known(true), |all, p| all.and(fixed(p, class))),
        Cond::Any(parts) => parts.iter().fold(Cond::Known(false), |any, p| any.or(fixed(p, class))),
    }
}

fn any<'a>(parts: impl Iterator<Item = &'a GainedPart>) -> Cond {
    parts.fold(Cond::Known(false), |any, part| any.or(part.matches_when()))
}

impl PolicySet<'_> {
    /// The statements of an effect, and what stands beside them.
    fn parts(&self, effect: Effect) -> Vec<GainedPart> {
        let own = self.own().filter(|(_, s)| s.effect.value == effect);
        let mut parts: Vec<GainedPart> = Vec::new();
        for (_, statement) in own {
            let part =
                GainedPart { action: super::scope::action(&statement.actions), rest: self.rest(statement) };
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        if effect == Effect::Allow && self.beside_an_allow {
            parts.push(GainedPart { action: Cond::Known(true), rest: Cond::Known(true) });
        }
        parts
    }
}
