//! Requests that show both sides of a condition.
//!
//! Every key that matters is tried with the values the policies name, one value they do not name, and absence;
//! a request is only shown when it settles the condition whatever else is unknown.

use std::net::IpAddr;

use super::Witness;
use crate::logic::{Atom, Cond, KeyTest};
use crate::name::{ConditionKey, Lookup};
use crate::operator::{Actual, Condition, Dialect, Family, Operand, Outcome, Quantifier, Written};

/// How many requests are tried.
const BUDGET: usize = 20_000;
/// How many points besides context keys are worth trying both ways.
const OPAQUE: usize = 6;

/// One value of a key: absent, or the values it holds.
type Value = Option<Vec<String>>;

struct Variable<'c> {
    key: &'c ConditionKey,
    request: &'static str,
    tests: Vec<&'c KeyTest>,
    values: Vec<Value>,
}

pub(super) fn find(cond: &Cond) -> Witness {
    let atoms = cond.atoms();
    let opaque: Vec<&Atom> = atoms.iter().copied().filter(|a| matches!(a, Atom::Opaque(_))).collect();
    if opaque.len() > OPAQUE {
        return Witness::default();
    }
    let mut variables: Vec<Variable<'_>> = Vec::new();
    for atom in &atoms {
        let Atom::Key(test) = atom else { continue };
        match variables.iter_mut().find(|v| v.key == &test.key && v.request == test.request) {
            Some(variable) => variable.tests.push(test),
            None => variables.push(Variable {
                key: &test.key,
                request: test.request,
                tests: vec![test],
                values: Vec::new(),
            }),
        }
    }
    for variable in &mut variables {
        variable.values = candidates(&variable.tests);
    }
    let mut witness = Witness::default();
    let mut counter = vec![0_usize; variables.len()];
    for _ in 0..BUDGET {
        let settled = if is_possible(&variables, &counter) {
            settle(cond, &variables, &counter, &opaque)
        } else {
            None
        };
        let slot = match settled {
            Some(true) => &mut witness.allowed,
            Some(false) => &mut witness.denied,
            None => &mut None,
        };
        if settled.is_some() && slot.is_none() {
            *slot = Some(assignment(&variables, &counter));
        }
        if witness.allowed.is_some() && witness.denied.is_some() || !advance(&mut counter, &variables) {
            break;
        }
    }
    witness
}

/// A request comes from a public address or through a VPC endpoint, never both (R46).
fn is_possible(variables: &[Variable<'_>], counter: &[usize]) -> bool {
    let present = |wanted: &dyn Fn(&str) -> bool| {
        let mut found =
            variables.iter().zip(counter).filter(|(v, _)| v.request.is_empty() && wanted(v.key.folded()));
        found.any(|(v, at)| matches!(v.values.get(*at), Some(Some(_))))
    };
    let public = present(&|key| key == "aws:sourceip");
    let inside = present(&|key| key.starts_with("aws:sourcevpc") || key.starts_with("aws:vpc"));
    !(public && inside)
}

fn assignment(variables: &[Variable<'_>], counter: &[usize]) -> Vec<(String, Value)> {
    variables
        .iter()
        .zip(counter)
        .filter_map(|(v, at)| Some((v.key.to_string(), v.values.get(*at)?.clone())))
        .collect()
}

/// The next combination; false when all were tried.
fn advance(counter: &mut [usize], variables: &[Variable<'_>]) -> bool {
    for (digit, variable) in counter.iter_mut().zip(variables) {
        *digit += 1;
        if *digit < variable.values.len() {
            return true;
        }
        *digit = 0;
    }
    false
}

/// The value of the condition under one combination, when the opaque points make no difference.
fn settle(cond: &Cond, variables: &[Variable<'_>], counter: &[usize], opaque: &[&Atom]) -> Option<bool> {
    let value_of = |test: &KeyTest| {
        let held =
            variables.iter().zip(counter).find(|(v, _)| v.key == &test.key && v.request == test.request);
        held.and_then(|(v, at)| v.values.get(*at)).and_then(|value| holds(test, value))
    };
    if variables.iter().flat_map(|v| &v.tests).any(|test| value_of(test).is_none()) {
        return None;
    }
    let mut settled = None;
    for bits in 0..(1_u32 << opaque.len()) {
        let value = cond.value(&|atom| match atom {
            Atom::Opaque(_) => {
                let at = opaque.iter().position(|o| *o == atom).unwrap_or(0);
                bits & (1 << at) != 0
            }
            Atom::Key(test) => value_of(test) == Some(true),
        });
        if settled.is_some_and(|s| s != value) {
            return None;
        }
        settled = Some(value);
    }
    settled
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
        if !out.contains(&value) {
            out.push(value);
        }
    };
    let multivalued = tests.iter().any(|t| t.operator.starts_with("For"));
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
        let all: Vec<String> =
            tests.iter().flat_map(|t| t.values.iter().map(|v| v.replace(['*', '?'], "x"))).collect();
        push(Some(all));
    }
    if tests.iter().any(|t| t.may_be_absent) {
        push(None);
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
