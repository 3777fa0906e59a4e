//! Actions and resources nobody named yet, as variables.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::eval::Context;
use crate::logic::{Atom, Cond, Domain, DomainValues, KeyTest, Truth, Unknown, UnknownKind};
use crate::name::{ActionPattern, ConditionKey, Lookup, ResourcePattern, Wild};
use crate::operator::{NULL, Operand, Quantifier, TestValue, Written};
use crate::policy::Scope;
use crate::source::{SourceId, Span, Spanned};

/// The variable that stands for the action, in lower case.
pub const ACTION: &str = "action";
/// The variable that stands for the resource; it is absent where an action has none and `*` is its resource.
pub const RESOURCE: &str = "resource";

/// Texts a request can name as its resource.
const ARNS: &str = "arn:?*:?*:*:*:?*";
/// Texts a request can name as its action.
pub(super) const ACTIONS: &str = "?*:?*";

/// Where no place in a file is meant.
pub(super) const NOWHERE: Span = Span { source: SourceId::LONE, start: 0, end: 0 };

pub(super) fn action(scope: &Scope<ActionPattern>) -> Cond {
    let mut sure: Vec<Operand> = Vec::new();
    let mut seen: FxHashSet<&str> = FxHashSet::default();
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
        } else if seen.insert(pattern.value.folded()) {
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
    let like = DomainValues::Matching(Arc::new(Wild::glob(ACTIONS, false)));
    test(ACTION, "StringLike", patterns, like, false, at)
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
    let like = DomainValues::Matching(Arc::new(Wild::glob(ARNS, false)));
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

/// A key is in the request.
pub(super) fn present(key: &ConditionKey, values: DomainValues) -> Cond {
    let null = Written { quantifier: Quantifier::One, operator: &NULL, if_exists: false };
    compare(key.clone(), null, vec![Operand::Flag(false)], Domain { may_be_absent: true, values }, NOWHERE)
}

/// The request names a resource.
pub fn some_resource() -> Cond {
    present(&ConditionKey::new(RESOURCE), DomainValues::Matching(Arc::new(Wild::glob(ARNS, false))))
}

/// A comparison of a variable with values of which one must fit.
pub(super) fn test(
    key: &'static str,
    operator: &str,
    operands: Vec<Operand>,
    values: DomainValues,
    may_be_absent: bool,
    at: Span,
) -> Cond {
    match Written::parse(operator) {
        Some(written) if !operands.is_empty() => {
            let domain = Domain { may_be_absent, values };
            compare(ConditionKey::new(key), written, operands, domain, at)
        }
        Some(_) | None => Cond::Known(false),
    }
}

fn compare(key: ConditionKey, written: Written, operands: Vec<Operand>, domain: Domain, at: Span) -> Cond {
    let because = Unknown::new(UnknownKind::ContextKey, key.as_str().to_owned(), "the request says").at(at);
    let values = operands.into_iter().map(|o| match o {
        Operand::Flag(flag) => TestValue::new(o, if flag { "true" } else { "false" }, at),
        Operand::Text(_)
        | Operand::Arn(_)
        | Operand::Number(_)
        | Operand::Date(_)
        | Operand::Network(_)
        | Operand::Bytes(_)
        | Operand::Symbol
        | Operand::Unreadable => TestValue::new(o, "", at),
    });
    let values = values.collect();
    Cond::atom(Atom::Key(KeyTest { key, written, values, request: "", domain, because }))
}
