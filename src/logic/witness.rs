//! Requests that show both sides of a condition.

use super::cond::apply;
use super::diagram::Variable;
use super::space::{Key, Meaning};
use super::{Atom, Cond, Solver, TooComplex, Tri, Truth};
use crate::operator::{Actual, Outcome, Quantifier};

/// Values by key, `None` for a key that is absent.
pub type Assignment = Vec<(String, Option<Vec<String>>)>;

/// Requests that show both sides of a condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witness {
    /// A request that is allowed, as far as its keys decide.
    pub allowed: Option<Assignment>,
    /// A request that is denied, as far as its keys decide.
    pub denied: Option<Assignment>,
}

/// What one request holds for one key.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) key: usize,
    /// None for absence.
    pub(super) values: Option<Vec<Box<str>>>,
}

impl Solver {
    /// A request for which the condition holds and one for which it does not, whatever else is unknown. Each is
    /// confirmed by the operators themselves before it is given out.
    pub fn witness(&mut self, cond: &Cond) -> Witness {
        Witness { allowed: self.request(cond, true), denied: self.request(cond, false) }
    }

    fn request(&mut self, cond: &Cond, wanted: bool) -> Option<Assignment> {
        let held = self.find(cond, wanted).ok()??;
        (self.confirm(cond, &held) == Tri::known(wanted)).then(|| self.assignment(&held))
    }

    fn find(&mut self, cond: &Cond, wanted: bool) -> Result<Option<Vec<Held>>, TooComplex> {
        let node = self.when(cond)?;
        let node = if wanted { node } else { self.diagrams.not(node)? };
        let out_of_reach: Vec<bool> =
            (0..self.space.variables.len()).map(|v| self.space.is_out_of_reach(v as Variable)).collect();
        // What nobody knows must make no difference, as far as it is possible at all.
        let impossible = self.diagrams.not(self.possible)?;
        let node_or_not = self.diagrams.or(node, impossible)?;
        let settled = self
            .diagrams
            .for_all(node_or_not, &|v| out_of_reach.get(v as usize).copied().unwrap_or(false))?;
        let target = self.diagrams.and(settled, self.possible)?;
        let Some(way) = self.diagrams.cheapest(target, &|v, value| self.cost(v, value)) else {
            return Ok(None);
        };
        let mut keys: Vec<usize> = Vec::new();
        for variable in self.diagrams.support(target).into_iter().chain(self.diagrams.support(node)) {
            if let Some(Meaning::Value { key, .. } | Meaning::Member { key, .. }) =
                self.space.variables.get(variable as usize)
                && !self.space.is_out_of_reach(variable)
                && !keys.contains(key)
            {
                keys.push(*key);
            }
        }
        keys.sort_unstable();
        Ok(Some(keys.into_iter().filter_map(|key| self.held(key, &way)).collect()))
    }

    /// Absence is the simplest request; what a policy names is simpler than what none names.
    pub(super) fn cost(&self, variable: Variable, value: usize) -> u32 {
        match self.space.variables.get(variable as usize) {
            Some(Meaning::Value { key, group }) => {
                let values = self.space.keys.get(*key).and_then(|k| k.groups.get(*group)).map(|g| &g.values);
                match values.and_then(|v| v.get(value)) {
                    Some(None) => 0,
                    // An empty value is possible, and nothing anyone sends.
                    Some(Some(text)) if text.is_empty() => 1_000,
                    Some(Some(_)) | None => 2 + u32::try_from(value).unwrap_or(u32::MAX).min(100),
                }
            }
            Some(Meaning::Member { key, class }) if value == 1 => {
                let values = self.space.keys.get(*key).and_then(|k| k.groups.first()).map(|g| &g.values);
                match values.and_then(|v| v.get(*class)) {
                    Some(Some(text)) if text.is_empty() => 1_000,
                    Some(_) | None => 2 + u32::try_from(*class).unwrap_or(u32::MAX).min(100),
                }
            }
            Some(Meaning::Member { .. } | Meaning::Opaque(_)) | None => 0,
        }
    }

    /// What a key holds on a way through the diagram; what the way leaves open is as simple as it can be.
    pub(super) fn held(&self, key: usize, way: &[(Variable, usize)]) -> Option<Held> {
        let entry = self.space.keys.get(key)?;
        let chosen = |variable: Variable| way.iter().find(|(v, _)| *v == variable).map(|(_, value)| *value);
        if entry.holds_a_set {
            return Some(Held { key, values: set_of(entry, &chosen) });
        }
        let mut simplest = None;
        for group in &entry.groups {
            match chosen(group.variable) {
                Some(value) => {
                    let value = group.values.get(value)?.clone();
                    return Some(Held { key, values: value.map(|v| vec![v]) });
                }
                None if simplest.is_none() => simplest = group.values.first(),
                None => {}
            }
        }
        Some(Held { key, values: simplest?.clone().map(|v| vec![v]) })
    }

    fn assignment(&self, held: &[Held]) -> Assignment {
        let mut out: Assignment = Vec::new();
        for held in held {
            let Some(key) = self.space.keys.get(held.key) else { continue };
            let name = key.name.to_string();
            // The request to S3 is the one people make; what KMS sees of the same key follows from it.
            if !out.iter().any(|(n, _)| *n == name) {
                let values = held.values.as_ref().map(|v| v.iter().map(ToString::to_string).collect());
                out.push((name, values));
            }
        }
        out
    }

    /// The condition on a concrete request, by the operators' own rules.
    fn confirm(&self, cond: &Cond, held: &[Held]) -> Tri {
        let both = [true, false].map(|opaque| {
            cond.read(&|atom| match atom {
                Atom::Opaque(_) => Tri::known(opaque),
                Atom::Key(test) => {
                    let is_key = |k: &Key| k.name == test.key && k.request == test.request;
                    let Some(at) = self.space.keys.iter().position(is_key) else { return Tri::Open };
                    // A key that makes no difference may hold anything.
                    let found = held.iter().find(|h| h.key == at).cloned().or_else(|| self.held(at, &[]));
                    let Some(found) = found else { return Tri::Open };
                    let multivalued = test.key.is_multivalued() || test.written.quantifier != Quantifier::One;
                    let actual = match &found.values {
                        None => Actual::Absent,
                        Some(items) => Actual::Values { items, multivalued },
                    };
                    match apply(test.written, &test.values, actual) {
                        Outcome::True => Tri::True,
                        Outcome::False => Tri::False,
                        Outcome::Open(_) => Tri::known(opaque),
                    }
                }
            })
        });
        match both {
            [a, b] if a == b => a,
            [..] => Tri::Open,
        }
    }
}

/// The values of a set: those of the classes on the way, and those it is known to hold.
fn set_of(key: &Key, chosen: &dyn Fn(Variable) -> Option<usize>) -> Option<Vec<Box<str>>> {
    let group = key.groups.first()?;
    let mut out: Vec<Box<str>> = match &key.domain.values {
        super::DomainValues::Superset(held) => held.to_vec(),
        super::DomainValues::Any | super::DomainValues::OneOf(_) | super::DomainValues::Matching(_) => {
            Vec::new()
        }
    };
    for (class, value) in group.values.iter().enumerate() {
        if chosen(group.variable + class as Variable) == Some(1)
            && let Some(value) = value
            && !out.contains(value)
        {
            out.push(value.clone());
        }
    }
    if out.is_empty() && !key.domain.may_be_absent {
        out.extend(group.values.iter().flatten().next().cloned());
    }
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_firm_has_no_other_side() {
        let yes = Cond::Known(true);
        let witness = Solver::new([&yes]).witness(&yes);
        assert_eq!((witness.allowed, witness.denied), (Some(Vec::new()), None));
    }
}
