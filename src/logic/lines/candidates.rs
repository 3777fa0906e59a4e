//! The lines that can be written of a key: its tests, their opposites, and presence.

use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;

use super::CandidateLine;
use crate::logic::diagram::Diagrams;
use crate::logic::space::{Says, Space, says};
use crate::logic::{Atom, TooComplex};
use crate::name::{KeyType, Wild};
use crate::operator::{
    Family, NULL, Operand, Quantifier, STRING_EQUALS, STRING_LIKE, STRING_NOT_EQUALS, STRING_NOT_LIKE,
    TestValue, Written,
};
use crate::source::{SourceId, Span};

/// Every line worth writing about a key, each once.
pub(super) fn menu(
    space: &mut Space,
    diagrams: &mut Diagrams,
    key: usize,
) -> Result<Vec<Rc<CandidateLine>>, TooComplex> {
    let Some(entry) = space.keys.get(key) else { return Ok(Vec::new()) };
    let mut wanted: Vec<(Written, Arc<[TestValue]>)> = Vec::new();
    let mut tests: Vec<(Written, Arc<[TestValue]>)> = Vec::new();
    for atom in &entry.tests {
        if let Atom::Key(test) = &**atom {
            tests.push((test.written, Arc::clone(&test.values)));
        }
    }
    if entry.domain.may_be_absent || entry.holds_a_set {
        // An empty value is there, and null all the same (R41): `Null` only where empty values are told apart.
        if entry.holds_a_set || entry.tells_empty_values() {
            for flag in [true, false] {
                wanted.push((plain(&NULL), [self::flag(flag)].into()));
            }
        }
        if !entry.holds_a_set
            && !entry.asks_only_for_null()
            && matches!(entry.name.value_type(), KeyType::Text | KeyType::Arn)
        {
            for operator in [&STRING_LIKE, &STRING_NOT_LIKE] {
                wanted.push((plain(operator), [text("*")].into()));
            }
        }
    }
    let is_set = entry.holds_a_set;
    // An empty value is there, and null all the same (R41): only a comparison tells it from a key that is missing.
    if !is_set && entry.groups.iter().any(|g| g.values.iter().flatten().any(|v| v.is_empty())) {
        for operator in [&STRING_EQUALS, &STRING_NOT_EQUALS] {
            wanted.push((plain(operator), [text("")].into()));
        }
    }
    for (written, values) in tests {
        if written.operator.family == Family::Null {
            continue;
        }
        wanted.push((written, Arc::clone(&values)));
        if is_set {
            wanted.extend(opposite(written, &values));
            continue;
        }
        let base = plain(written.operator.positive());
        for line in std::iter::once((base, Arc::clone(&values))).chain(opposite(base, &values)) {
            let if_exists = Written { if_exists: true, ..line.0 };
            let values = Arc::clone(&line.1);
            wanted.push((Written { if_exists: false, ..line.0 }, line.1));
            if !if_exists.operator.negated {
                wanted.push((if_exists, values));
            }
        }
    }
    let mut out: Vec<Rc<CandidateLine>> = Vec::new();
    for (written, values) in wanted {
        let same = |l: &Rc<CandidateLine>| {
            l.written == written
                && l.values.len() == values.len()
                && l.values.iter().zip(&*values).all(|(a, b)| a.text() == b.text())
        };
        if !out.iter().any(same) {
            out.extend(line(space, diagrams, key, written, values)?);
        }
    }
    Ok(out)
}

/// A line with all that is known of it; none where AWS does not say what it makes of some value.
pub(super) fn line(
    space: &mut Space,
    diagrams: &mut Diagrams,
    key: usize,
    written: Written,
    values: Arc<[TestValue]>,
) -> Result<Option<Rc<CandidateLine>>, TooComplex> {
    let Some(entry) = space.keys.get(key).filter(|k| k.group_of(written).is_some() || is_presence(&values))
    else {
        return Ok(None);
    };
    let (mut holds, mut node) = (Vec::new(), None);
    if let ([only], false) = (entry.groups.as_slice(), entry.holds_a_set) {
        for value in &only.values {
            match says(&entry.name, written, &values, value.as_deref()) {
                Says::Known(known) => holds.push(known),
                Says::Open(_) => return Ok(None),
            }
        }
    } else {
        let before = space.variables.len();
        node = Some(space.test(diagrams, key, written, &values)?);
        if space.variables.len() > before {
            // It would ask for a point nobody knows.
            return Ok(None);
        }
    }
    let price = price(written, &values) + 5 * values.iter().filter(|v| v.text().is_empty()).count();
    Ok(Some(Rc::new(CandidateLine { written, values, holds, node, price })))
}

/// A comparison that every value meets.
fn is_presence(values: &[TestValue]) -> bool {
    matches!(values, [only] if matches!(&only.operand, Operand::Text(wild) if wild.is_everything()))
}

fn price(written: Written, values: &[TestValue]) -> usize {
    values.len()
        + 2 * usize::from(written.if_exists)
        + usize::from(written.operator.negated)
        + 3 * usize::from(written.quantifier != Quantifier::One)
        + usize::from(written.operator.family == Family::Null)
}

pub(super) fn plain(operator: &'static crate::operator::Operator) -> Written {
    Written { quantifier: Quantifier::One, operator, if_exists: false }
}

fn nowhere() -> Span {
    Span::new(SourceId::LONE, 0, 0)
}

fn text(pattern: &str) -> TestValue {
    TestValue::new(Operand::Text(Wild::glob(pattern, false)), "", nowhere())
}

fn flag(value: bool) -> TestValue {
    TestValue::new(Operand::Flag(value), if value { "true" } else { "false" }, nowhere())
}

/// The greatest or the least of the values.
fn outermost(values: &[TestValue], greatest: bool) -> Option<TestValue> {
    let order = |a: &&TestValue, b: &&TestValue| match (&a.operand, &b.operand) {
        (Operand::Number(a), Operand::Number(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        (Operand::Date(a), Operand::Date(b)) => a.cmp(b),
        (_, _) => Ordering::Equal,
    };
    if greatest { values.iter().max_by(order) } else { values.iter().min_by(order) }.cloned()
}

/// The lines that hold where one does not, the key being there.
fn opposite(written: Written, values: &Arc<[TestValue]>) -> Vec<(Written, Arc<[TestValue]>)> {
    let Some(reverse) = written.operator.reverse() else { return Vec::new() };
    let quantifier = match written.quantifier {
        Quantifier::One => Quantifier::One,
        Quantifier::All => Quantifier::Any,
        Quantifier::Any => Quantifier::All,
    };
    // “Not, for all” says of a missing key what AWS is not clear about, unless it says `IfExists` (R42).
    let if_exists = Written { quantifier, operator: reverse, if_exists: false }.is_disputed_when_absent();
    let opposite = Written { quantifier, operator: reverse, if_exists };
    match written.operator.family {
        Family::Bool => {
            let flipped = values.iter().map(|v| match &v.operand {
                Operand::Flag(value) => flag(!value),
                Operand::Text(_)
                | Operand::Arn(_)
                | Operand::Number(_)
                | Operand::Date(_)
                | Operand::Network(_)
                | Operand::Bytes(_)
                | Operand::Symbol
                | Operand::Unreadable => v.clone(),
            });
            vec![(opposite, flipped.collect())]
        }
        // Less than one of several is less than the greatest of them.
        Family::Numeric | Family::Date if !written.operator.negated && !opposite.operator.negated => {
            let decisive = outermost(values, written.operator.name.contains("LessThan"));
            decisive.map(|v| (opposite, [v].into())).into_iter().collect()
        }
        Family::Arn
        | Family::Binary
        | Family::Date
        | Family::IpAddress
        | Family::Null
        | Family::Numeric
        | Family::String => vec![(opposite, Arc::clone(values))],
    }
}
