//! Formulas written back in IAM's own operators, for people.

use super::ConditionLine;
use crate::logic::{Atom, Cond, KeyTest, Literal};
use crate::operator::Written;

/// How many alternatives are worth showing.
const BUDGET: usize = 64;

/// The condition as alternatives of lines that must hold together. `None` when it is firm, too large to show, or
/// depends on something that is no context key.
pub(super) fn lines(cond: &Cond) -> Option<Vec<Vec<ConditionLine>>> {
    if matches!(cond, Cond::Known(_)) {
        return None;
    }
    let mut out = Vec::new();
    for alternative in cond.alternatives(BUDGET)? {
        let mut all = Vec::new();
        for literal in &alternative {
            for line in literal_lines(literal)? {
                if !all.contains(&line) {
                    all.push(line);
                }
            }
        }
        all.sort();
        if !out.contains(&all) {
            out.push(all);
        }
    }
    out.sort();
    Some(out)
}

fn literal_lines(literal: &Literal) -> Option<Vec<ConditionLine>> {
    let test = match &*literal.atom {
        Atom::Key(test) => test,
        Atom::Opaque(_) => return None,
    };
    if literal.holds {
        return Some(vec![line(test, &test.operator, test.values.iter().map(ToString::to_string).collect())]);
    }
    let written = Written::parse(&test.operator)?;
    let (operator, must_be_present) = written.opposite()?;
    let flips = matches!(written.operator.name, "Bool" | "Null");
    let values = test
        .values
        .iter()
        .map(|v| match &**v {
            "true" if flips => "false".to_owned(),
            "false" if flips => "true".to_owned(),
            other => other.to_owned(),
        })
        .collect();
    let mut out = vec![line(test, &operator, values)];
    if must_be_present && test.may_be_absent {
        out.push(line(test, "Null", vec!["false".to_owned()]));
    }
    Some(out)
}

fn line(test: &KeyTest, operator: &str, values: Vec<String>) -> ConditionLine {
    // `IfExists` says nothing about a key that is always there.
    let operator =
        if test.may_be_absent { operator } else { operator.strip_suffix("IfExists").unwrap_or(operator) };
    ConditionLine { key: test.key.to_string(), operator: operator.to_owned(), values }
}
