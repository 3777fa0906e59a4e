//! Actions and resources nobody named yet, as variables.

use std::sync::Arc;

use crate::eval::Context;
use crate::logic::{Atom, Cond, Domain, KeyTest, Truth, Unknown, UnknownKind, Values};
use crate::name::{ActionPattern, ConditionKey, Lookup, ResourcePattern, Wild};
use crate::operator::{Operand, TestValue, Written};
use crate::policy::Scope;
use crate::source::{SourceId, Span, Spanned};

/// The variable that stands for the action, in lower case.
pub const ACTION: &str = "action";
/// The variable that stands for the resource; it is absent where an action has none and `*` is its resource.
pub const RESOURCE: &str = "resource";

/// Texts a request can name as its resource.
const ARNS: &str = "arn:?*:?*:*:*:?*";
/// Texts a request can name as its action.
const ACTIONS: &str = "?*:?*";

/// Where no place in a file is meant.
pub(super) const NOWHERE: Span = Span { source: SourceId::LONE, start: 0, end: 0 };

pub(super) fn action(scope: &Scope<ActionPattern>) -> Cond {
    let mut sure: Vec<Operand> = Vec::new();
    let mut found = Cond::Known(false);
    let mut place = None;
    for pattern in scope.listed() {
        if pattern.value.is_everything() {
            found = Cond::Known(true);
            break;
        }
        let wild = Operand::Text(Wild::glob(pattern.value.folded(), false));
        if pattern.value.has_wild_service() {
            let fits = actions(vec![wild], pattern.span);
            found = found.or(fits.and(Cond::atom(Atom::Opaque(
                Unknown::undocumented(
                    pattern.value.folded().to_owned(),
                    "AWS does not describe wildcards in the service prefix of an action",
                )
                .at(pattern.span),
            ))));
        } else if !sure.contains(&wild) {
            place = place.or(Some(pattern.span));
            sure.push(wild);
        }
    }
    if let (Some(at), None) = (place, found.decided().filter(|all| *all)) {
        found = found.or(actions(sure, at));
    }
    if scope.is_negated() { found.not() } else { found }
}

fn actions(patterns: Vec<Operand>, at: Span) -> Cond {
    test(ACTION, "StringLike", patterns, Values::Any, false, at)
}

/// An action fits one of some patterns, in which `*` and `?` are wildcards everywhere.
pub fn any_of_actions(patterns: &[String]) -> Cond {
    let folded = patterns.iter().map(|p| p.to_ascii_lowercase());
    let operands: Vec<Operand> = folded.map(|p| Operand::Text(Wild::glob(&p, false))).collect();
    if operands.iter().any(|o| matches!(o, Operand::Text(wild) if wild.is_everything())) {
        return Cond::Known(true);
    }
    actions(operands, NOWHERE)
}

/// The text is an action at all.
pub fn any_action() -> Cond {
    actions(vec![Operand::Text(Wild::glob(ACTIONS, false))], NOWHERE)
}

pub(super) fn resource(scope: &Scope<ResourcePattern>, context: &Context) -> Cond {
    let mut found = Cond::Known(false);
    let (mut whole, mut parts): (Vec<Operand>, Vec<Operand>) = (Vec::new(), Vec::new());
    let mut place = None;
    for pattern in scope.listed() {
        if pattern.value.is_everything() {
            found = Cond::Known(true);
            break;
        }
        let Some(readings) = pattern.value.readings(&|key: &_| context.lookup(key)) else { continue };
        let by_parts = readings.parts.map(Operand::Arn);
        if readings.open {
            let fits = resources("ArnLike", by_parts.into_iter().collect(), pattern.span);
            found = found.or(fits.and(Cond::atom(Atom::Opaque(by_variable(pattern, context)))));
            continue;
        }
        place = place.or(Some(pattern.span));
        whole.extend(readings.whole.map(Operand::Text));
        parts.extend(by_parts);
        if let Some(disputed) = readings.disputed {
            let fits = resources("StringLike", vec![Operand::Text(disputed)], pattern.span);
            found = found.or(fits.and(Cond::atom(Atom::Opaque(
                Unknown::undocumented(
                    pattern.value.as_str().to_owned(),
                    "AWS does not say whether a `*` in the middle of an ARN part runs over a colon",
                )
                .at(pattern.span),
            ))));
        }
    }
    if let (Some(at), None) = (place, found.decided().filter(|all| *all)) {
        found = found.or(resources("StringLike", whole, at)).or(resources("ArnLike", parts, at));
    }
    if scope.is_negated() { found.not() } else { found }
}

fn by_variable(pattern: &Spanned<ResourcePattern>, context: &Context) -> Unknown {
    let variable = pattern.value.variables().find(|v| context.lookup(&v.key) == Lookup::Unknown);
    Unknown::new(
        UnknownKind::ContextKey,
        variable.map_or_else(String::new, |v| v.key.as_str().to_owned()),
        format!("`{}` matches or not by the value of this key", pattern.value.as_str()),
    )
    .at(pattern.span)
}

fn resources(operator: &str, patterns: Vec<Operand>, at: Span) -> Cond {
    let like = Values::Like(Arc::new(Wild::glob(ARNS, false)));
    test(RESOURCE, operator, patterns, like, true, at)
}

/// A resource fits one of some patterns; `*` is every resource, and none.
pub fn any_of_resources(patterns: &[String]) -> Cond {
    if patterns.iter().any(|p| p == "*") {
        return Cond::Known(true);
    }
    let operands = patterns.iter().map(|p| Operand::Text(Wild::glob(p, false))).collect();
    resources("StringLike", operands, NOWHERE)
}

/// The request names a resource.
pub fn any_resource() -> Cond {
    resources("StringLike", vec![Operand::Text(Wild::glob(ARNS, false))], NOWHERE)
}

/// A comparison of a variable with values of which one must fit.
pub(super) fn test(
    key: &'static str,
    operator: &str,
    operands: Vec<Operand>,
    values: Values,
    may_be_absent: bool,
    at: Span,
) -> Cond {
    let Some(written) = Written::parse(operator).filter(|_| !operands.is_empty()) else {
        return Cond::Known(false);
    };
    Cond::atom(Atom::Key(KeyTest {
        key: ConditionKey::new(key),
        written,
        values: operands.into_iter().map(|o| TestValue::new(o, "", at)).collect(),
        request: "",
        domain: Domain { may_be_absent, values },
        because: Unknown::new(UnknownKind::ContextKey, key, "the request says").at(at),
    }))
}
