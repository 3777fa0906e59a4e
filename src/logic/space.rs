//! What may be unknown in one question, as variables of finitely many values.
//!
//! Policies tell the values of a key apart only through the tests they make, so a key is a variable over its value
//! classes (see [`super::classes`]). A key that holds a set is one variable for each class: “some value of this class
//! is in the set”. Whatever is no context key is a variable that holds or does not.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::classes::{Class, Fit, ItemTest, TextKind, classes};
use super::diagram::{Diagrams, Node, Variable};
use super::relations::{self, Extra, KeyRelation};
use super::{
    Atom, Cond, Domain, DomainValues, KeyTest, TooComplex, Unknown, UnknownKind,
    compared_without_set_operator, disputed_when_absent, mistyped,
};
use crate::name::keys::{KeyFacts, Relation, Subject};
use crate::name::{ConditionKey, KeyType, Lookup};
use crate::operator::{
    Actual, Comparison, Family, Open, Operand, Operator, Outcome, Quantifier, STRING_LIKE, TestValue, Written,
};
use crate::source::{SourceId, Span};

/// How many variables one question may have; the depth of every recursion over diagrams.
const MOST_VARIABLES: usize = 1_500;

/// What a variable stands for.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// Which value the key holds, as far as one group of its tests can tell.
    Value {
        key: usize,
        group: usize,
    },
    /// Whether some value of a class is in the key's set.
    Member {
        key: usize,
        class: usize,
    },
    Opaque(Unknown),
}

/// A context key, in one request or in all.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: ConditionKey,
    facts: Option<&'static KeyFacts>,
    pub(super) request: &'static str,
    pub(super) domain: Domain,
    pub(super) because: Unknown,
    pub(super) holds_a_set: bool,
    /// What AWS says of the key's values holds, beyond what could be written in a request.
    related: bool,
    /// Every test of the key, each once.
    pub(super) tests: Vec<Arc<Atom>>,
    /// Values that relations with other keys tell apart.
    pub(super) extras: Vec<Extra>,
    pub(super) groups: Vec<Group>,
}

/// Tests of one family, and the values they tell apart.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) family: Option<Family>,
    /// The variable, or the first of one for each class where the key holds a set.
    pub(super) variable: Variable,
    /// One value of each class; `None` for absence, which comes first.
    pub(super) values: Vec<Option<Box<str>>>,
}

/// What a test says of one value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Says {
    Known(bool),
    /// AWS does not say.
    Open(Unknown),
}

#[derive(Debug, Default)]
pub(super) struct Space {
    pub(super) keys: Vec<Key>,
    pub(super) variables: Vec<Meaning>,
    /// Atoms by where they are kept, so that one met again is not compared again.
    places: FxHashMap<*const Atom, (Arc<Atom>, Coordinate)>,
    opaque: FxHashMap<(UnknownKind, String, String), Variable>,
}

#[derive(Copy, Clone, Debug)]
enum Coordinate {
    Test { key: usize, test: usize },
    Opaque(Variable),
}

impl Space {
    /// The variables of some conditions, in the order in which they are met.
    pub(super) fn of<'c>(
        conds: impl IntoIterator<Item = &'c Cond>,
        facts: Option<&[KeyRelation]>,
    ) -> Result<Self, TooComplex> {
        let mut space = Self::default();
        // Keys get their variables once all their tests are known, but stand where they were met first.
        let mut order: Vec<Result<usize, Arc<Atom>>> = Vec::new();
        let mut seen: FxHashSet<*const Cond> = FxHashSet::default();
        for cond in conds {
            space.collect(cond, &mut seen, &mut order);
        }
        if let Some(facts) = facts {
            space.keys.iter_mut().for_each(|key| key.related = true);
            relations::prepare(&mut space, facts);
        }
        for met in order {
            match met {
                Ok(key) => space.cut(key)?,
                Err(atom) => {
                    space.place_of(&atom);
                }
            }
        }
        if space.variables.len() > MOST_VARIABLES { Err(TooComplex) } else { Ok(space) }
    }

    /// Whether AWS does not say what one of the keys holds, so that nobody can see to it.
    pub(super) fn has_undocumented(&self, keys: &[usize]) -> bool {
        keys.iter().filter_map(|k| self.keys.get(*k)).any(Key::is_undocumented)
    }

    /// Whether two of the keys have one name: both requests of a read have it, and hold different values.
    pub(super) fn has_namesakes(&self, keys: &[usize]) -> bool {
        let names: Vec<&ConditionKey> = keys.iter().filter_map(|k| Some(&self.keys.get(*k)?.name)).collect();
        names.iter().enumerate().any(|(at, name)| names.iter().skip(at + 1).any(|other| other == name))
    }

    /// Whether nobody can choose or know what a variable holds.
    pub(super) fn is_out_of_reach(&self, variable: Variable) -> bool {
        match self.variables.get(variable as usize) {
            Some(Meaning::Opaque(_)) => true,
            Some(Meaning::Value { key, .. } | Meaning::Member { key, .. }) => {
                self.keys.get(*key).is_some_and(Key::is_undocumented)
            }
            None => false,
        }
    }

    fn collect(
        &mut self,
        cond: &Cond,
        seen: &mut FxHashSet<*const Cond>,
        order: &mut Vec<Result<usize, Arc<Atom>>>,
    ) {
        let mut todo = vec![cond];
        while let Some(cond) = todo.pop() {
            match cond {
                Cond::Known(_) => {}
                Cond::All(parts) | Cond::Any(parts) => {
                    if seen.insert(parts.as_ptr()) {
                        todo.extend(parts.iter().rev());
                    }
                }
                Cond::Is(literal) => {
                    if self.places.contains_key(&Arc::as_ptr(&literal.atom)) {
                        continue;
                    }
                    match &*literal.atom {
                        Atom::Opaque(_) => order.push(Err(Arc::clone(&literal.atom))),
                        Atom::Key(test) => {
                            let before = self.keys.len();
                            let place = self.place(test, &literal.atom);
                            if self.keys.len() > before {
                                order.push(Ok(before));
                            }
                            self.places
                                .insert(Arc::as_ptr(&literal.atom), (Arc::clone(&literal.atom), place));
                        }
                    }
                }
            }
        }
    }

    /// Where a test is kept, which it is from now on.
    fn place(&mut self, test: &KeyTest, atom: &Arc<Atom>) -> Coordinate {
        let is_same = |k: &Key| k.name == test.key && k.request == test.request;
        let key = match self.keys.iter().position(is_same) {
            Some(key) => key,
            None => {
                self.keys.push(Key {
                    name: test.key.clone(),
                    facts: test.key.facts(),
                    request: test.request,
                    domain: test.domain.clone(),
                    because: test.because.clone(),
                    holds_a_set: false,
                    related: false,
                    tests: Vec::new(),
                    extras: Vec::new(),
                    groups: Vec::new(),
                });
                self.keys.len() - 1
            }
        };
        let Some(entry) = self.keys.get_mut(key) else { return Coordinate::Test { key, test: 0 } };
        entry.domain.may_be_absent |= test.domain.may_be_absent;
        let known = entry.tests.iter().position(|t| t.same(atom));
        let test = known.unwrap_or_else(|| {
            entry.tests.push(Arc::clone(atom));
            entry.tests.len() - 1
        });
        Coordinate::Test { key, test }
    }

    /// Where an atom is kept; points that are no context key may still be added.
    fn place_of(&mut self, atom: &Arc<Atom>) -> Option<Coordinate> {
        if let Some((_, place)) = self.places.get(&Arc::as_ptr(atom)) {
            return Some(*place);
        }
        let Atom::Opaque(unknown) = &**atom else { return None };
        let variable = if unknown.kind == UnknownKind::TooComplex {
            // Two that were given up are two, whatever they are called.
            self.variables.push(Meaning::Opaque(unknown.clone()));
            self.variables.len() as Variable - 1
        } else {
            self.opaque(unknown)
        };
        let place = Coordinate::Opaque(variable);
        self.places.insert(Arc::as_ptr(atom), (Arc::clone(atom), place));
        Some(place)
    }

    /// The variable of a point that is no context key.
    pub(super) fn opaque(&mut self, unknown: &Unknown) -> Variable {
        let key = (unknown.kind, unknown.name.to_string(), unknown.why.to_string());
        if let Some(known) = self.opaque.get(&key) {
            return *known;
        }
        let variable = self.variables.len() as Variable;
        self.variables.push(Meaning::Opaque(unknown.clone()));
        self.opaque.insert(key, variable);
        variable
    }

    /// Cut the values of a key into classes.
    fn cut(&mut self, at: usize) -> Result<(), TooComplex> {
        let Some(key) = self.keys.get_mut(at) else { return Ok(()) };
        let mut next = self.variables.len() as Variable;
        key.holds_a_set = key.may_hold_a_set();
        key.groups = key.cut(&mut next)?;
        for (group, found) in key.groups.iter().enumerate() {
            if key.holds_a_set {
                let members = (0..found.values.len()).map(|class| Meaning::Member { key: at, class });
                self.variables.extend(members);
            } else {
                self.variables.push(Meaning::Value { key: at, group });
            }
        }
        Ok(())
    }

    /// The diagram of one atom.
    pub(super) fn atom(&mut self, diagrams: &mut Diagrams, atom: &Arc<Atom>) -> Result<Node, TooComplex> {
        // Conditions that were not collected have no classes to stand on.
        let Some(place) = self.place_of(atom) else { return Err(TooComplex) };
        match place {
            Coordinate::Opaque(variable) => diagrams.literal(variable, [false, true]),
            Coordinate::Test { key, test } => {
                let kept = self.keys.get(key).and_then(|k| k.tests.get(test)).map(Arc::clone);
                match kept.as_deref() {
                    Some(Atom::Key(test)) => self.test(diagrams, key, test.written, &test.values),
                    Some(Atom::Opaque(_)) | None => Err(TooComplex),
                }
            }
        }
    }

    /// The diagram of a test of a key, whether or not a policy makes it; its comparisons must respect the classes.
    pub(super) fn test(
        &mut self,
        diagrams: &mut Diagrams,
        key: usize,
        written: Written,
        values: &Arc<[TestValue]>,
    ) -> Result<Node, TooComplex> {
        let Some(entry) = self.keys.get(key) else { return Err(TooComplex) };
        if entry.holds_a_set {
            return super::sets::test(self, diagrams, key, written, values);
        }
        let Some(group) = entry.group_of(written) else { return Err(TooComplex) };
        let variable = group.variable;
        let says: Vec<Says> =
            group.values.iter().map(|v| says(&entry.name, written, values, v.as_deref())).collect();
        let mut node = diagrams.literal(variable, says.iter().map(|s| *s == Says::Known(true)))?;
        for open in says.iter().enumerate().filter_map(|(at, s)| match s {
            Says::Open(unknown) => Some((at, unknown)),
            Says::Known(_) => None,
        }) {
            let here = diagrams.literal(variable, (0..says.len()).map(|value| value == open.0))?;
            let opaque = self.opaque(open.1);
            let opaque = diagrams.literal(opaque, [false, true])?;
            let both = diagrams.and(here, opaque)?;
            node = diagrams.or(node, both)?;
        }
        Ok(node)
    }
}

impl Key {
    /// What the key describes.
    pub(super) fn subject(&self) -> Option<Subject> {
        self.facts.map(|facts| facts.subject)
    }

    pub(super) fn relation(&self) -> Relation {
        self.facts.map_or(Relation::None, |facts| facts.relation)
    }

    pub(super) fn is_undocumented(&self) -> bool {
        self.because.kind == UnknownKind::Undocumented
    }

    /// Whether the key may hold several values at once: AWS says so, or nobody says and all tests take it for a set.
    fn may_hold_a_set(&self) -> bool {
        let by_set = |t: &Arc<Atom>| match &**t {
            Atom::Key(test) => test.written.quantifier != Quantifier::One,
            Atom::Opaque(_) => false,
        };
        self.name.is_multivalued()
            || matches!(self.domain.values, DomainValues::Superset(_))
            || (!self.name.is_single_valued()
                && matches!(self.domain.values, DomainValues::Any)
                && self.tests.iter().any(by_set)
                && self.tests.iter().all(|t| by_set(t) || is_null(t)))
    }

    /// The group of tests of an operator's family; all groups know whether the key is there.
    pub(super) fn group_of(&self, written: Written) -> Option<&Group> {
        let family = group_family(written.operator.family);
        self.groups
            .iter()
            .find(|g| g.family == family)
            .or_else(|| if family.is_none() { self.groups.first() } else { None })
    }

    /// Whether `Null` can be read off the classes: empty values have one of their own, or there are none.
    pub(super) fn tells_empty_values(&self) -> bool {
        !self.may_be_empty()
            || self.asks_only_for_null()
            || !matches!(self.domain.values, DomainValues::Any)
            || self.groups.iter().all(|g| g.values.iter().flatten().any(|v| v.is_empty()))
    }

    /// Whether nothing but `Null` is asked, to which an empty value is like none.
    pub(super) fn asks_only_for_null(&self) -> bool {
        self.tests.iter().all(is_null)
    }

    /// Whether a value of the key may be the empty string: where it may be any text.
    fn may_be_empty(&self) -> bool {
        if self.related && self.name.is_made_by_aws() {
            return false;
        }
        let is_arn =
            |t: &Arc<Atom>| matches!(&**t, Atom::Key(test) if test.written.operator.family == Family::Arn);
        match self.name.value_type() {
            KeyType::Text => true,
            KeyType::Arn => !self.tests.iter().any(is_arn),
            KeyType::Address | KeyType::Date | KeyType::Flag | KeyType::Number => false,
        }
    }

    fn cut(&self, next: &mut Variable) -> Result<Vec<Group>, TooComplex> {
        let mut families: Vec<Option<Family>> = Vec::new();
        for atom in &self.tests {
            if let Atom::Key(test) = &**atom {
                let family = group_family(test.written.operator.family);
                if family.is_some() && !families.contains(&family) {
                    families.push(family);
                }
            }
        }
        let mut groups = Vec::with_capacity(families.len().max(1));
        if families.is_empty() {
            families.push(Some(Family::String));
        }
        for family in families {
            let values = self.values_of(family)?;
            let width = if self.holds_a_set { values.len() as Variable } else { 1 };
            groups.push(Group { family, variable: *next, values });
            *next += width;
        }
        Ok(groups)
    }

    /// The pattern that all values of the key fit, where the question gives one.
    pub(super) fn within(&self) -> Option<TestValue> {
        match &self.domain.values {
            DomainValues::Matching(wild) => {
                let nowhere = Span::new(SourceId::LONE, 0, 0);
                Some(TestValue::new(Operand::Text((**wild).clone()), "", nowhere))
            }
            DomainValues::Any | DomainValues::OneOf(_) | DomainValues::Superset(_) => None,
        }
    }

    /// One value for each class, absence first.
    fn values_of(&self, family: Option<Family>) -> Result<Vec<Option<Box<str>>>, TooComplex> {
        let absent = self.domain.may_be_absent && !self.holds_a_set;
        let mut out: Vec<Option<Box<str>>> = if absent { vec![None] } else { Vec::new() };
        let listed: Option<&[Box<str>]> = match &self.domain.values {
            DomainValues::OneOf(values) => Some(values),
            DomainValues::Any | DomainValues::Superset(_) | DomainValues::Matching(_) => None,
        };
        if let Some(listed) = listed {
            out.extend(listed.iter().cloned().map(Some));
            return Ok(out);
        }
        if self.name.value_type() == KeyType::Flag {
            out.extend(["true", "false"].map(|v| Some(v.into())));
            return Ok(out);
        }
        if let (true, Some(example)) = (self.asks_only_for_null(), example(self.name.value_type())) {
            // Only presence is asked for: one value of the key's type is like another.
            out.push(Some(example.into()));
            return Ok(out);
        }
        let mut items: Vec<(&'static Operator, &[TestValue])> = Vec::new();
        let mut empties_matter = self.holds_a_set;
        for atom in &self.tests {
            let Atom::Key(test) = &**atom else { continue };
            let null = test.written.operator.family == Family::Null;
            empties_matter |= null || test.written.quantifier != Quantifier::One;
            if group_family(test.written.operator.family) == family {
                let positive = test.written.operator.positive();
                let same = |(o, v): &(&'static Operator, &[TestValue])| {
                    std::ptr::eq(*o, positive) && std::ptr::eq(v.as_ptr(), test.values.as_ptr())
                };
                if !items.iter().any(same) {
                    items.push((positive, &test.values));
                }
            }
        }
        let within = self.within();
        let mut tests: Vec<ItemTest<'_>> =
            items.into_iter().map(|(operator, values)| ItemTest { operator, values }).collect();
        if family == Some(Family::String) {
            let extras = self.extras.iter();
            tests.extend(
                extras.map(|e| ItemTest { operator: e.operator, values: std::slice::from_ref(&e.value) }),
            );
        }
        if let Some(within) = &within {
            tests.push(ItemTest { operator: &STRING_LIKE, values: std::slice::from_ref(within) });
        }
        let typed = is_typed(self.name.value_type(), family);
        let kind = if typed { TextKind::Typed } else { TextKind::Text };
        let empties_matter = empties_matter && self.may_be_empty() && within.is_none();
        for class in classes(&tests, kind, empties_matter)? {
            let fits_the_question = within.is_none() || class.fits.last() == Some(&Fit::Yes);
            if fits_the_question {
                let is_arn = self.name.value_type() == KeyType::Arn;
                let arn = if is_arn { as_arn(&class, &tests) } else { None };
                out.push(Some(arn.unwrap_or(class.witness)));
            }
        }
        Ok(out)
    }
}

fn is_null(atom: &Arc<Atom>) -> bool {
    matches!(&**atom, Atom::Key(test) if test.written.operator.family == Family::Null)
}

/// A value of a class that is an ARN, where the shortest is none.
fn as_arn(class: &Class, tests: &[ItemTest<'_>]) -> Option<Box<str>> {
    let parts = class.witness.splitn(6, ':').count();
    if parts == 6 || class.witness.is_empty() {
        return None;
    }
    let fit = |test: &ItemTest<'_>, value: &str| {
        let found =
            test.values.iter().map(|v| (test.operator.compare)(&v.operand, value, &|_| Lookup::Absent));
        found.fold(Fit::No, |fit, comparison| match (fit, comparison) {
            (Fit::Yes, _) | (_, Comparison::Yes) => Fit::Yes,
            (_, Comparison::Mistyped | Comparison::Open) => Fit::Mistyped,
            (other, Comparison::No) => other,
        })
    };
    // The shortest value goes on, or something is an ARN that has nothing to do with it.
    let longer = format!("{}{}x", class.witness, ":".repeat(6 - parts));
    [longer.as_str(), "arn:aws:s3:::example"]
        .into_iter()
        .find(|value| tests.iter().zip(&class.fits).all(|(test, own)| fit(test, value) == *own))
        .map(Into::into)
}

/// Some value of a type, for keys of which only presence is asked; any text will do for texts.
fn example(key: KeyType) -> Option<&'static str> {
    match key {
        KeyType::Address => Some("203.0.113.1"),
        KeyType::Arn => Some("arn:aws:s3:::example"),
        KeyType::Date => Some("2026-01-01T00:00:00Z"),
        KeyType::Number => Some("1"),
        KeyType::Flag | KeyType::Text => None,
    }
}

/// Tests that look at the same kind of value share a variable; `Null` looks at none.
fn group_family(family: Family) -> Option<Family> {
    match family {
        Family::Null => None,
        Family::String | Family::Arn => Some(Family::String),
        other @ (Family::Binary | Family::Bool | Family::Date | Family::IpAddress | Family::Numeric) => {
            Some(other)
        }
    }
}

/// Whether all values of a key can be read by the operators of a family.
fn is_typed(key: KeyType, family: Option<Family>) -> bool {
    matches!(
        (key, family),
        (KeyType::Arn, Some(Family::String))
            | (KeyType::Number, Some(Family::Numeric))
            | (KeyType::Date, Some(Family::Date))
            | (KeyType::Flag, Some(Family::Bool))
            | (KeyType::Address, Some(Family::IpAddress))
    )
}

/// What a test says of one value of a key that holds one value, or of its absence.
pub(super) fn says(
    key: &ConditionKey,
    written: Written,
    values: &Arc<[TestValue]>,
    value: Option<&str>,
) -> Says {
    let outcome = match value {
        None if written.is_disputed_when_absent() => return Says::Open(disputed_when_absent(key, written)),
        None => super::cond::apply(written, values, Actual::Absent),
        Some(value) => {
            let item: Box<str> = value.into();
            let items = std::slice::from_ref(&item);
            super::cond::apply(written, values, Actual::Values { items, multivalued: false })
        }
    };
    match outcome {
        Outcome::True => Says::Known(true),
        Outcome::False => Says::Known(false),
        Outcome::Open(Open::Mistyped | Open::Variable) => {
            Says::Open(mistyped(key.as_str(), written.operator.name))
        }
        Outcome::Open(Open::Multivalued) => Says::Open(compared_without_set_operator(key.as_str())),
    }
}
