//! Requests that show both sides of a condition.
//!
//! Every key that matters is tried with the values the policies name, one value they do not name, and absence;
//! a request is only shown when it settles the condition whatever else is unknown.

use std::net::IpAddr;

use super::Witness;
use crate::logic::{Atom, Cond, KeyTest};
use crate::name::{ConditionKey, Lookup};
use crate::operator::{Actual, Condition, Dialect, Family, Operand, Outcome, Quantifier, Written};

/// How many requests are tried at most, and how much work all of them together may be.
const TRIES: usize = 20_000;
const WORK: usize = 4_000_000;
/// How many points besides context keys are worth trying both ways.
const OPAQUE: usize = 6;
/// How many values of one key are tried.
const VALUES: usize = 64;

/// One value of a key: absent, or the values it holds.
type Value = Option<Vec<String>>;

/// A key that matters, and the values worth trying.
struct Variable<'c> {
    key: &'c ConditionKey,
    request: &'static str,
    values: Vec<Value>,
}

/// The formula over the numbers of its atoms.
enum Formula {
    Known(bool),
    Is { atom: usize, holds: bool },
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl Formula {
    fn of(cond: &Cond, atoms: &[&Atom]) -> Self {
        match cond {
            Cond::Known(b) => Self::Known(*b),
            Cond::Is(literal) => match atoms.iter().position(|a| a.same(&literal.atom)) {
                Some(atom) => Self::Is { atom, holds: literal.holds },
                None => Self::Known(false),
            },
            Cond::All(parts) => Self::All(parts.iter().map(|p| Self::of(p, atoms)).collect()),
            Cond::Any(parts) => Self::Any(parts.iter().map(|p| Self::of(p, atoms)).collect()),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Known(_) | Self::Is { .. } => 1,
            Self::All(parts) | Self::Any(parts) => 1 + parts.iter().map(Self::size).sum::<usize>(),
        }
    }

    fn value(&self, atoms: &[bool]) -> bool {
        match self {
            Self::Known(b) => *b,
            Self::Is { atom, holds } => atoms.get(*atom) == Some(holds),
            Self::All(parts) => parts.iter().all(|p| p.value(atoms)),
            Self::Any(parts) => parts.iter().any(|p| p.value(atoms)),
        }
    }
}

/// What an atom says.
enum Says {
    /// By the value of a variable: one entry for each of its values, `None` where AWS does not say.
    Key { variable: usize, by_value: Vec<Option<bool>> },
    /// Nobody knows; it is tried both ways.
    Opaque { bit: u32 },
}

struct Search<'c> {
    formula: Formula,
    variables: Vec<Variable<'c>>,
    says: Vec<Says>,
    opaque: u32,
}

pub(super) fn find(cond: &Cond) -> Witness {
    let atoms = cond.atoms();
    let mut witness = Witness::default();
    let Some(search) = Search::prepare(cond, &atoms) else { return witness };
    let tries = (WORK / (search.formula.size() + atoms.len())).clamp(1, TRIES);
    let mut counter = vec![0_usize; search.variables.len()];
    let mut held = vec![false; atoms.len()];
    for _ in 0..tries {
        let settled = if search.is_possible(&counter) { search.settle(&counter, &mut held) } else { None };
        let slot = match settled {
            Some(true) => &mut witness.allowed,
            Some(false) => &mut witness.denied,
            None => &mut None,
        };
        if settled.is_some() && slot.is_none() {
            *slot = Some(search.assignment(&counter));
        }
        if witness.allowed.is_some() && witness.denied.is_some() || !search.advance(&mut counter) {
            break;
        }
    }
    witness
}

impl<'c> Search<'c> {
    fn prepare(cond: &Cond, atoms: &[&'c Atom]) -> Option<Self> {
        let mut tests: Vec<(Variable<'c>, Vec<&'c KeyTest>)> = Vec::new();
        for atom in atoms {
            let Atom::Key(test) = atom else { continue };
            match tests.iter_mut().find(|(v, _)| v.key == &test.key && v.request == test.request) {
                Some((_, same_key)) => same_key.push(test),
                None => {
                    let variable = Variable { key: &test.key, request: test.request, values: Vec::new() };
                    tests.push((variable, vec![test]));
                }
            }
        }
        let mut variables = Vec::with_capacity(tests.len());
        for (mut variable, same_key) in tests {
            variable.values = candidates(&same_key);
            variables.push(variable);
        }
        let mut opaque = 0;
        let mut says = Vec::with_capacity(atoms.len());
        for atom in atoms {
            says.push(match atom {
                Atom::Key(test) => {
                    let variable =
                        variables.iter().position(|v| v.key == &test.key && v.request == test.request)?;
                    let by_value = variables.get(variable)?.values.iter().map(|v| holds(test, v)).collect();
                    Says::Key { variable, by_value }
                }
                Atom::Opaque(_) => {
                    opaque += 1;
                    Says::Opaque { bit: opaque - 1 }
                }
            });
        }
        (opaque as usize <= OPAQUE).then(|| Self {
            formula: Formula::of(cond, atoms),
            variables,
            says,
            opaque,
        })
    }

    /// A request comes from a public address or through a VPC endpoint, never both (R46).
    fn is_possible(&self, counter: &[usize]) -> bool {
        let present = |wanted: &dyn Fn(&str) -> bool| {
            let mut found = self
                .variables
                .iter()
                .zip(counter)
                .filter(|(v, _)| v.request.is_empty() && wanted(v.key.folded()));
            found.any(|(v, at)| matches!(v.values.get(*at), Some(Some(_))))
        };
        let public = present(&|key| key == "aws:sourceip");
        let inside = present(&|key| key.starts_with("aws:sourcevpc") || key.starts_with("aws:vpc"));
        !(public && inside)
    }

    fn assignment(&self, counter: &[usize]) -> Vec<(String, Value)> {
        let values = self.variables.iter().zip(counter);
        values.filter_map(|(v, at)| Some((v.key.to_string(), v.values.get(*at)?.clone()))).collect()
    }

    /// The next combination; false when all were tried.
    fn advance(&self, counter: &mut [usize]) -> bool {
        for (digit, variable) in counter.iter_mut().zip(&self.variables) {
            *digit += 1;
            if *digit < variable.values.len() {
                return true;
            }
            *digit = 0;
        }
        false
    }

    /// The value of the condition under one combination, when the opaque points make no difference.
    fn settle(&self, counter: &[usize], held: &mut [bool]) -> Option<bool> {
        for (says, held) in self.says.iter().zip(held.iter_mut()) {
            if let Says::Key { variable, by_value } = says {
                *held = (*by_value.get(*counter.get(*variable)?)?)?;
            }
        }
        let mut settled = None;
        for bits in 0..(1_u32 << self.opaque) {
            for (says, held) in self.says.iter().zip(held.iter_mut()) {
                if let Says::Opaque { bit } = says {
                    *held = bits & (1 << bit) != 0;
                }
            }
            let value = self.formula.value(held);
            if settled.is_some_and(|s| s != value) {
                return None;
            }
            settled = Some(value);
        }
        settled
    }
}

/// A test of the formula on a concrete value, by the same operators the evaluator uses. `None` where AWS does not
/// say what the operator makes of such a value.
fn holds(test: &KeyTest, value: &Value) -> Option<bool> {
    let written = Written::parse(&test.operator)?;
    // Values carry no variables any more, and a `*` is a wildcard only where the operator makes it one.
    let operands: Vec<Held> = test
        .values
        .iter()
        .map(|v| {
            Held((written.operator.parse)(v, Dialect { variables: false }).unwrap_or(Operand::Unreadable))
        })
        .collect();
    let condition = Condition {
        operator: written.operator,
        quantifier: written.quantifier,
        if_exists: written.if_exists,
        values: &operands,
    };
    let items: Vec<Box<str>> = value.iter().flatten().map(|v| v.as_str().into()).collect();
    let actual = match value {
        None => Actual::Absent,
        Some(_) => Actual::Values { items: &items, multivalued: written.quantifier != Quantifier::One },
    };
    match condition.apply(actual, &|_| Lookup::Absent) {
        Outcome::True => Some(true),
        Outcome::False => Some(false),
        Outcome::Open(_) => None,
    }
}

struct Held(Operand);

impl AsRef<Operand> for Held {
    fn as_ref(&self) -> &Operand {
        &self.0
    }
}

/// Values worth trying for one key.
fn candidates(tests: &[&KeyTest]) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    let mut push = |value: Value| {
        if out.len() < VALUES && !out.contains(&value) {
            out.push(value);
        }
    };
    // A key that is no set has one value, also under a set operator.
    let multivalued = tests.iter().any(|t| t.key.is_multivalued() && t.operator.starts_with("For"));
    for test in tests {
        let family = Written::parse(&test.operator).map(|w| w.operator.family);
        for value in &test.values {
            for text in instances(family, value) {
                push(Some(vec![text]));
            }
        }
        if let Some(text) = stranger(family, &test.values) {
            push(Some(vec![text]));
        }
    }
    if multivalued {
        let all: Vec<String> = tests
            .iter()
            .flat_map(|t| t.values.iter().map(|v| v.replace(['*', '?'], "x")))
            .take(VALUES)
            .collect();
        push(Some(all));
    }
    if tests.iter().any(|t| t.may_be_absent) {
        out.push(None);
    }
    out
}

/// Values that a policy value stands for.
fn instances(family: Option<Family>, value: &str) -> Vec<String> {
    match family {
        Some(Family::IpAddress) => {
            let net = value.parse::<ipnet::IpNet>().ok().map(|n| n.hosts().next().unwrap_or(n.addr()));
            vec![
                net.or_else(|| value.parse::<IpAddr>().ok())
                    .map_or_else(|| value.to_owned(), |a| a.to_string()),
            ]
        }
        Some(Family::Numeric) => match value.parse::<f64>() {
            Ok(n) => [n, n - 1.0, n + 1.0].map(|n| n.to_string()).to_vec(),
            Err(_) => vec![value.to_owned()],
        },
        Some(Family::Date) => match value.parse::<jiff::Timestamp>() {
            Ok(t) => [0, -1, 1]
                .iter()
                .filter_map(|d| jiff::Timestamp::from_second(t.as_second() + d).ok())
                .map(|t| t.to_string())
                .collect(),
            Err(_) => vec![value.to_owned()],
        },
        Some(Family::Bool) => vec!["true".to_owned(), "false".to_owned()],
        Some(Family::Null) => vec!["x".to_owned()],
        Some(Family::String | Family::Arn) => {
            // The shortest text a pattern stands for reads best; `*` itself would be taken for a wildcard.
            let short = value.replace('*', "").replace('?', "x");
            vec![if short.is_empty() { "x".to_owned() } else { short }]
        }
        Some(Family::Binary) | None => vec![value.to_owned()],
    }
}

/// A value that no policy value stands for.
fn stranger(family: Option<Family>, values: &[Box<str>]) -> Option<String> {
    match family {
        Some(Family::IpAddress) => ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"]
            .into_iter()
            .find(|a| {
                let Ok(address) = a.parse::<IpAddr>() else { return false };
                !values.iter().any(|v| {
                    v.parse::<ipnet::IpNet>().is_ok_and(|n| n.contains(&address))
                        || v.parse::<IpAddr>().is_ok_and(|x| x == address)
                })
            })
            .map(str::to_owned),
        Some(Family::Arn) => Some("arn:aws:iam::000000000000:role/other".to_owned()),
        Some(Family::String) => Some("other".to_owned()),
        Some(Family::Numeric | Family::Date | Family::Bool | Family::Binary | Family::Null) | None => None,
    }
}
