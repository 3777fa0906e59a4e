//! `only_when` and `never_when`: the condition that an answer must have, no wider and no narrower.

use super::expect::{ABSENT, is_condition_key, scalar};
use crate::ask::{Absent, Exactly, OBJECT_KEY, Verdict, Wanted};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::json::{Member, Members, Node, Value};
use crate::load::fields::invalid;
use crate::name::{ConditionKey, KeyType};
use crate::operator::{Dialect, Family, NULL, Operand, Operator, Quantifier, TestValue, Written};
use crate::policy::{Test, bad_value, unknown_operator};
use crate::source::{Span, Spanned};

/// The tables, in the order of [`Exactly`].
const TABLES: [&str; 2] = ["only_when", "never_when"];

/// Both tables of a row; `None` when it has neither, or when one of them cannot be read.
pub(super) fn read(t: &mut Members<'_, '_, '_>, verdict: Option<Verdict>) -> Option<Exactly> {
    let mut at: Option<Span> = None;
    let [only, never] = TABLES.map(|name| {
        let table = t.table(name)?;
        let key = t.all().iter().find(|m| m.key.value == name).map_or(table.span, |m| m.key.span);
        at = at.or(Some(key));
        if let Some(verdict) = verdict.filter(|v| *v != Verdict::Conditional) {
            let message =
                format!("`{name}` is about a conditional answer, and this row expects {}", verdict.as_str());
            let help = format!("write verdict = \"conditional\", or leave out `{name}`");
            t.problems().push(invalid(key, message, help));
        }
        if table.members().is_empty() {
            let help =
                format!("name a key and what it holds: {name} = {{ \"aws:SourceVpce\" = \"vpce-…\" }}");
            t.problems().push(invalid(table.span, format!("`{name}` names no key"), help));
        }
        Some(keys(table, t.problems()))
    });
    Some(Exactly { only: only.unwrap_or_default(), never: never.unwrap_or_default(), at: at? })
}

fn keys(table: &Node<'_>, problems: &mut Vec<Diagnostic>) -> Vec<Wanted> {
    let mut out: Vec<Wanted> = Vec::new();
    for member in table.members() {
        let (name, at) = (&*member.key.value, member.key.span);
        if name != OBJECT_KEY && !is_condition_key(name) {
            let help =
                format!("a key has a prefix, such as aws:SourceVpce; the key of an object is `{OBJECT_KEY}`");
            problems.push(invalid(at, format!("`{name}` is not a context key"), help));
            continue;
        }
        let key = Spanned::new(ConditionKey::new(name), at);
        if out.iter().any(|wanted| wanted.key.value == key.value) {
            let message = format!("`{name}` is named twice; capitals make no difference");
            problems.push(invalid(at, message, "several values are written as a list"));
            continue;
        }
        out.extend(wanted(key, member, problems));
    }
    out
}

fn wanted(key: Spanned<ConditionKey>, member: &Member<'_>, problems: &mut Vec<Diagnostic>) -> Option<Wanted> {
    match &member.value.value {
        Value::Object(operators) => {
            if operators.is_empty() {
                let help = "write the values alone, or { StringEquals = \"…\" }";
                problems.push(invalid(member.value.span, "this names no operator", help));
            }
            let tests = operators.iter().filter_map(|o| by_operator(&key, o, problems)).collect::<Vec<_>>();
            (tests.len() == operators.len()).then_some(Wanted { key, tests, or_absent: None })
        }
        Value::Array(_)
        | Value::String(_)
        | Value::Number(_)
        | Value::Bool(_)
        | Value::Null
        | Value::Invalid => by_type(key, &member.value, problems),
    }
}

/// Values alone: how they are compared follows from what the key holds.
fn by_type(key: Spanned<ConditionKey>, node: &Node<'_>, problems: &mut Vec<Diagnostic>) -> Option<Wanted> {
    let nodes = values(node, problems)?;
    let is_absent = |n: &&Node<'_>| n.as_str() == Some(ABSENT);
    let written = default(&key.value)?;
    let or_absent = nodes.iter().find(|n| n.as_str() == Some(ABSENT)).map(|n| Absent {
        // With `IfExists` and no value to fit only a missing key holds.
        missing: test(&key, Written { if_exists: true, ..written }, Vec::new()),
        null: test(
            &key,
            Written { quantifier: Quantifier::One, operator: &NULL, if_exists: false },
            vec![TestValue::new(Operand::Flag(true), "true", n.span)],
        ),
    });
    let present: Vec<&Node<'_>> = nodes.iter().filter(|n| !is_absent(n)).collect();
    let mut tests = Vec::new();
    if !present.is_empty() {
        tests.push(test_of(&key, written, &present, problems)?);
    }
    Some(Wanted { key, tests, or_absent })
}

fn default(key: &ConditionKey) -> Option<Written> {
    let name = match key.value_type() {
        KeyType::Text => "StringLike",
        KeyType::Arn => "ArnLike",
        KeyType::Number => "NumericEquals",
        KeyType::Date => "DateEquals",
        KeyType::Flag => "Bool",
        KeyType::Address => "IpAddress",
    };
    let quantifier = if key.is_multivalued() { Quantifier::Any } else { Quantifier::One };
    Written::parse(name).map(|written| Written { quantifier, ..written })
}

/// `NumericLessThan = 3600`: one operator, and the values it compares with.
fn by_operator(
    key: &Spanned<ConditionKey>,
    member: &Member<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Test> {
    let at = member.key.span;
    let Some(written) = Written::parse(&member.key.value) else {
        problems.push(unknown_operator(&member.key.value, at));
        return None;
    };
    if let Some(problem) = unfit(&key.value, written, at) {
        problems.push(problem);
        return None;
    }
    let nodes = values(&member.value, problems)?;
    if let Some(absent) = nodes.iter().find(|n| n.as_str() == Some(ABSENT)) {
        let message = format!("`{ABSENT}` is not a value for {} to compare with", written.spelling());
        let help = "{ Null = true } asks for a missing key; IfExists behind an operator takes one as well";
        problems.push(invalid(absent.span, message, help));
        return None;
    }
    test_of(key, written, &nodes.iter().collect::<Vec<_>>(), problems)
}

/// What is wrong with an operator for a key.
fn unfit(key: &ConditionKey, written: Written, at: Span) -> Option<Diagnostic> {
    let Written { quantifier, operator, if_exists } = written;
    let asks_presence = operator.family == Family::Null;
    if if_exists && asks_presence {
        let message = "`Null` cannot be combined with `IfExists`";
        return Some(Diagnostic::new(Code::NullWithIfExists, at, message).help("write `Null`"));
    }
    if key.is_multivalued() && quantifier == Quantifier::One && !asks_presence {
        let message = format!("{key} holds a set of values, and {} compares one", operator.name);
        let help = format!("write \"ForAnyValue:{0}\" or \"ForAllValues:{0}\"", written.spelling());
        return Some(invalid(at, message, help));
    }
    let (holds, own) = match key.value_type() {
        KeyType::Text => return None,
        KeyType::Arn => ("ARNs", Family::Arn),
        KeyType::Number => ("numbers", Family::Numeric),
        KeyType::Date => ("dates", Family::Date),
        KeyType::Flag => ("true or false", Family::Bool),
        KeyType::Address => ("addresses", Family::IpAddress),
    };
    let fits = operator.family == own || matches!(operator.family, Family::String | Family::Null);
    (!fits).then(|| {
        let names = crate::operator::ALL.iter().filter(|o: &&&Operator| o.family == own).map(|o| o.name);
        let help = format!("there are {}", names.collect::<Vec<_>>().join(", "));
        invalid(at, format!("{key} holds {holds}, which {} does not compare", operator.name), help)
    })
}

fn values<'n, 's>(node: &'n Node<'s>, problems: &mut Vec<Diagnostic>) -> Option<&'n [Node<'s>]> {
    match &node.value {
        Value::Array(list) if list.is_empty() => {
            let help = format!("name a value; \"{ABSENT}\" is the key that is missing");
            problems.push(invalid(node.span, "an empty list holds for no request", help));
            None
        }
        Value::Array(list) => Some(list),
        Value::String(_)
        | Value::Number(_)
        | Value::Bool(_)
        | Value::Null
        | Value::Object(_)
        | Value::Invalid => Some(std::slice::from_ref(node)),
    }
}

fn test_of(
    key: &Spanned<ConditionKey>,
    written: Written,
    nodes: &[&Node<'_>],
    problems: &mut Vec<Diagnostic>,
) -> Option<Test> {
    let read = nodes.iter().filter_map(|node| value(written, node, problems)).collect::<Vec<_>>();
    (read.len() == nodes.len()).then(|| test(key, written, read))
}

/// A value as a policy of the current version writes it, policy variables included.
fn value(written: Written, node: &Node<'_>, problems: &mut Vec<Diagnostic>) -> Option<TestValue> {
    let text = scalar(node, problems)?;
    let operand = match (written.operator.parse)(&text, Dialect { variables: true }) {
        Ok(operand) => operand,
        Err(error) => {
            let mut problem = bad_value(error, &text, written.operator.family, node.span);
            if problem.severity != Severity::Error {
                problem.severity = Severity::Error;
                problem = problem.help(format!("it is compared by {}", written.spelling()));
            }
            problems.push(problem);
            return None;
        }
    };
    if let Operand::Arn(arn) = &operand
        && !arn.is_complete()
        && arn.variables().next().is_none()
    {
        let help = "an ARN has six parts, arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE; `*` may stand in each of them";
        problems.push(invalid(node.span, format!("`{text}` is not an ARN"), help));
        return None;
    }
    Some(TestValue::new(operand, text, node.span))
}

fn test(key: &Spanned<ConditionKey>, written: Written, values: Vec<TestValue>) -> Test {
    let Written { quantifier, operator, if_exists } = written;
    Test { quantifier, operator, if_exists, key: key.clone(), values: values.into() }
}
