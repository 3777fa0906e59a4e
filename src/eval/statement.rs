//! When one statement speaks to one request.

pub(super) mod symbols;
mod unknown;

use super::context::{Context, ContextValue};
use super::{Caller, Evaluation, KnownPrefix};
use crate::logic::{
    Atom, Domain, DomainValues, Truth, Unknown, UnknownKind, compared_without_set_operator,
    disputed_when_absent, mistyped,
};
use crate::name::keys::{KeyType, Origin};
use crate::name::{
    AccountId, ActionName, ActionPattern, ConditionKey, Lookup, Match, ResourcePattern, Unresolved, symbol,
};
use crate::operator::{Actual, Family, Open, Operand, Outcome, Quantifier};
use crate::policy::{Scope, Statement, Test, TestValue};
use crate::source::{Span, Spanned};

/// One request as authorization sees it.
#[derive(Copy, Clone, Debug)]
pub struct Request<'r> {
    /// Who asks.
    pub caller: &'r Caller,
    /// What is asked for.
    pub action: &'r ActionName,
    /// The ARN, or `*` for actions that have none.
    pub resource: &'r str,
    /// The part of the resource that the question leaves open: every key below a prefix.
    pub within: Option<&'r KnownPrefix>,
    /// Who owns the resource; S3 ARNs do not say.
    pub resource_account: Option<AccountId>,
    /// The condition keys of the request.
    pub context: &'r Context,
}

/// Whether action, resource and conditions fit; principals are the caller's matter.
pub(super) fn matches<'a, W: Evaluation<'a>>(
    world: &mut W,
    statement: &'a Statement,
    request: &Request<'_>,
) -> W::T {
    let action = action(world, &statement.actions, request);
    if action.is_false() {
        return action;
    }
    let fits = match &statement.resources {
        None => action,
        Some(scope) => action.and(resource(world, scope, request)),
    };
    if fits.is_false() {
        return fits;
    }
    conditions(world, &statement.tests, fits, request.context)
}

/// kms:ResourceAliases works in IAM policies alone (R61): in a key policy a statement that asks for an alias never
/// matches.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>
pub(super) fn asks_for_key_aliases(statement: &Statement, request: &Request<'_>) -> bool {
    statement.tests.iter().any(|test| is_of_key_aliases(test, request))
}

/// Whether a line asks for an alias of the key, and is not met without one.
pub(crate) fn is_of_key_aliases(test: &Test, request: &Request<'_>) -> bool {
    request.action.service() == "kms"
        && test.key.value.folded() == "kms:resourcealiases"
        && !test.operator.negated
        && !test.if_exists
        && test.quantifier != Quantifier::All
        && test.operator.family != Family::Null
}

/// Whether the action is in the statement's list; used alone to see what a statement is about.
pub(super) fn action<'a, W: Evaluation<'a>>(
    world: &mut W,
    scope: &Scope<ActionPattern>,
    request: &Request<'_>,
) -> W::T {
    let mut open: Option<&Spanned<ActionPattern>> = None;
    let mut listed = false;
    for pattern in scope.listed() {
        match pattern.value.covers(request.action) {
            Some(true) => {
                listed = true;
                break;
            }
            Some(false) => {}
            None => open = Some(pattern),
        }
    }
    let found = match (listed, open) {
        (true, _) | (false, None) => W::T::known(listed),
        (false, Some(pattern)) if pattern.value.is_symbolic() => {
            world.open(|| symbols::atom(pattern.value.folded(), request.action.as_str(), pattern.span))
        }
        (false, Some(pattern)) => world.open(|| {
            Atom::Opaque(
                Unknown::undocumented(
                    pattern.value.folded().to_owned(),
                    "AWS does not describe wildcards in the service prefix of an action",
                )
                .at(pattern.span),
            )
        }),
    };
    if scope.is_negated() { found.not() } else { found }
}

/// Whether the resource is in the statement's list.
pub(super) fn resource<'a, W: Evaluation<'a>>(
    world: &mut W,
    scope: &Scope<ResourcePattern>,
    request: &Request<'_>,
) -> W::T {
    let lookup = |key: &_| request.context.lookup(key);
    if let Some(within) = request.within {
        let found = resource_within(world, scope, within, request.context.symbols, &lookup);
        return if scope.is_negated() { found.not() } else { found };
    }
    let mut found = W::T::known(false);
    for pattern in scope.listed() {
        let fits = pattern.value.matches(request.resource, &lookup);
        let fits =
            fits.or_symbols(|| request.context.symbols && pattern.value.may_match(request.resource, &lookup));
        match fits {
            Match::Yes => {
                found = W::T::known(true);
                break;
            }
            Match::No => {}
            Match::Open => {
                let open = world.open(|| resource_atom(pattern, request));
                found = found.or(open);
            }
        }
    }
    if scope.is_negated() { found.not() } else { found }
}

/// The keys a statement covers among those the question is about.
fn resource_within<'a, 'l, W: Evaluation<'a>>(
    world: &mut W,
    scope: &Scope<ResourcePattern>,
    within: &KnownPrefix,
    symbols: bool,
    lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>,
) -> W::T {
    let mut found = W::T::known(false);
    let mut sure = Vec::new();
    let mut place = None;
    for pattern in scope.listed() {
        match pattern.value.behind(&within.known, lookup) {
            Ok(behind) => {
                if request_may_be_below(pattern, within, symbols, lookup) {
                    let below = format!("{}*", within.known);
                    let open = world.open(|| symbols::atom(pattern.value.as_str(), &below, pattern.span));
                    found = found.or(open);
                    continue;
                }
                place = place.or(Some(pattern.span));
                sure.extend(behind.sure);
                if !behind.disputed.is_empty() {
                    let fits = within.fits(world, behind.disputed, pattern.span);
                    let crosses = world.open(|| Atom::Opaque(crosses_colon(pattern)));
                    found = found.or(fits.and(crosses));
                }
            }
            Err(Unresolved::Absent) => {}
            Err(Unresolved::Unknown) => {
                let open = world.open(|| variable_atom(pattern, lookup));
                found = found.or(open);
            }
        }
    }
    match place {
        Some(at) => found.or(within.fits(world, sure, at)),
        None => found,
    }
}

fn resource_atom(pattern: &Spanned<ResourcePattern>, request: &Request<'_>) -> Atom {
    let lookup = |key: &_| request.context.lookup(key);
    let stands_for = |key: &ConditionKey| matches!(lookup(key), Lookup::Value(value) if symbol::is_in(value));
    if symbol::is_in(pattern.value.as_str())
        || symbol::is_in(request.resource)
        || pattern.value.variables().any(|v| stands_for(&v.key))
    {
        let pieces = pattern.value.variables().filter_map(|v| match lookup(&v.key) {
            Lookup::Value(value) => Some(value),
            Lookup::Absent | Lookup::Unknown => None,
        });
        return symbols::atom_of(pattern.value.as_str(), pieces, request.resource, pattern.span);
    }
    if pattern.value.variables().any(|v| matches!(lookup(&v.key), Lookup::Unknown)) {
        variable_atom(pattern, &lookup)
    } else {
        Atom::Opaque(crosses_colon(pattern))
    }
}

fn variable_atom<'l>(
    pattern: &Spanned<ResourcePattern>,
    lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>,
) -> Atom {
    let variable = pattern.value.variables().find(|v| matches!(lookup(&v.key), Lookup::Unknown));
    let text = pattern.value.as_str();
    Atom::Opaque(
        Unknown::new(
            UnknownKind::ContextKey,
            variable.map_or_else(String::new, |v| v.key.as_str().to_owned()),
            format!("`{text}` matches or not by the value of this key"),
        )
        .at(pattern.span),
    )
}

/// Whether a pattern meets keys below a start only for some values of the symbols in either.
fn request_may_be_below<'l>(
    pattern: &Spanned<ResourcePattern>,
    within: &KnownPrefix,
    symbols: bool,
    lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>,
) -> bool {
    if !symbols {
        return false;
    }
    let text = pattern.value.as_str();
    let plain = pattern.value.behind(&within.known, lookup).unwrap_or_default();
    let stands_for =
        |value: Lookup<'_>| matches!(value, Lookup::Value(value) if symbol::is_unknown_in(value));
    let open = symbol::is_unknown_in(text) || pattern.value.variables().any(|v| stands_for(lookup(&v.key)));
    let below = format!("{}{}", within.known, symbol::unknown("key"));
    // Symbols that were met as they stand leave nothing open.
    let met = !plain.sure.is_empty() && !open;
    !met && (open || symbol::is_in(&within.known)) && pattern.value.may_match(&below, lookup)
}

fn crosses_colon(pattern: &Spanned<ResourcePattern>) -> Unknown {
    Unknown::undocumented(
        pattern.value.as_str().to_owned(),
        "AWS does not say whether a `*` in the middle of an ARN part runs over a colon",
    )
    .at(pattern.span)
}

fn conditions<'a, W: Evaluation<'a>>(
    world: &mut W,
    tests: &'a [Test],
    so_far: W::T,
    context: &Context,
) -> W::T {
    let mut all = so_far;
    for test in tests {
        // Once a line fails nothing can mend it, but a simulation still names the keys that were missing.
        let holds = condition(world, test, context);
        all = all.and(holds);
    }
    all
}

/// One line of a condition block.
pub fn condition<'a, W: Evaluation<'a>>(world: &mut W, test: &'a Test, context: &Context) -> W::T {
    if symbol::is_in(test.key.value.as_str()) {
        return symbols::guard(world, test, context);
    }
    for value in &*test.values {
        if value.operand.has_variables() {
            note_missing(world, value, context);
        }
    }
    against(world, test, context.get(&test.key.value), context)
}

/// One line, against what the request holds for its key.
fn against<'a, W: Evaluation<'a>>(
    world: &mut W,
    test: &'a Test,
    slot: &ContextValue,
    context: &Context,
) -> W::T {
    if is_ill_typed(test) && !matches!(slot, ContextValue::Absent) {
        return world.open(|| open_atom(test, Open::Mistyped, context));
    }
    let lookup = |key: &_| context.lookup(key);
    let outcome = match slot {
        ContextValue::Known { items, multivalued } => {
            test.condition().apply(Actual::Values { items, multivalued: *multivalued }, &lookup)
        }
        ContextValue::Absent => {
            if !context.is_set(&test.key.value) {
                world.missing(&test.key.value);
            }
            if test.written().is_disputed_when_absent() {
                return world.open(|| {
                    Atom::Opaque(disputed_when_absent(&test.key.value, test.written()).at(test.key.span))
                });
            }
            test.condition().apply(Actual::Absent, &lookup)
        }
        ContextValue::Prefix(start) => return meets(world, test, start, context),
        ContextValue::Open(open) => {
            if open.domain.values == DomainValues::Any {
                world.missing(&test.key.value);
            }
            match within(test, &open.domain, context) {
                Some(outcome) => outcome,
                None => return unknown::key(world, test, open, context),
            }
        }
        ContextValue::Inherited(same) => match open_outcome(test, &same.open.domain) {
            Some(outcome) => outcome,
            None => return unknown::same(world, test, same, context),
        },
        ContextValue::Choice(either) => {
            let chosen = against(world, test, &either.chosen, context);
            let otherwise = against(world, test, &either.otherwise, context);
            let choice = world.open(|| Atom::Opaque(either.choice_for(&test.key.value)));
            return choice.clone().and(chosen).or(choice.not().and(otherwise));
        }
    };
    match outcome {
        Outcome::True => W::T::known(true),
        Outcome::False => W::T::known(false),
        Outcome::Open(why) => world.open(|| open_atom(test, why, context)),
    }
}

/// An operator of another type than the key: no page says what becomes of it, even where the text can be read (R39).
fn is_ill_typed(test: &Test) -> bool {
    let type_of_operator = match test.operator.family {
        Family::Numeric => KeyType::Number,
        Family::Date => KeyType::Date,
        Family::Bool => KeyType::Flag,
        Family::IpAddress => KeyType::Address,
        Family::Arn | Family::Binary | Family::Null | Family::String => return false,
    };
    test.key.value.facts().is_some_and(|facts| match facts.value_type {
        // Texts that AWS assigns are no numbers, also where they consist of digits. Customers' texts may be.
        KeyType::Text => facts.origin == Origin::Identifier,
        KeyType::Arn | KeyType::Number | KeyType::Date | KeyType::Flag | KeyType::Address => {
            facts.value_type != type_of_operator
        }
    })
}

/// Variables ask for keys too.
fn note_missing<'a, W: Evaluation<'a>>(world: &mut W, value: &TestValue, context: &Context) {
    for variable in value.operand.variables() {
        if !context.is_set(&variable.key) && !matches!(context.lookup(&variable.key), Lookup::Value(_)) {
            world.missing(&variable.key);
        }
    }
}

/// What can be said of a condition on a key whose value is not known.
fn open_outcome(test: &Test, domain: &Domain) -> Option<Outcome> {
    if test.operator.family == Family::Null && !domain.may_be_absent {
        return Some(test.condition().presence(true));
    }
    None
}

/// What a test comes to where it is the same for every value of a domain.
fn within(test: &Test, domain: &Domain, context: &Context) -> Option<Outcome> {
    match &domain.values {
        DomainValues::OneOf(options) => among(test, options, domain.may_be_absent, context),
        DomainValues::Superset(items) => at_least(test, items, context),
        DomainValues::Any | DomainValues::Matching(_) => open_outcome(test, domain),
    }
}

/// A comparison with a value of which only the start is known.
fn meets<'a, W: Evaluation<'a>>(world: &mut W, test: &Test, within: &KnownPrefix, context: &Context) -> W::T {
    if test.operator.family == Family::Null {
        return match test.condition().presence(true) {
            Outcome::True => W::T::known(true),
            Outcome::False => W::T::known(false),
            Outcome::Open(why) => world.open(|| open_atom(test, why, context)),
        };
    }
    let resolved = unknown::resolve(test, context);
    let operands: Vec<Operand> = resolved.values.iter().map(|v| v.operand.clone()).collect();
    let at = test.key.span;
    let Some(fits) = within.meets(world, test.written(), &operands, at) else {
        return world.open(|| Atom::Opaque(mistyped(test.key.value.as_str(), test.operator.name).at(at)));
    };
    // A value that stands for another unknown one may fit as well.
    resolved.unknown.iter().fold(fits, |all, value| {
        let equals = world.open(|| Atom::Opaque(unknown::compared(test, value, "")));
        if test.operator.negated { all.and(equals.not()) } else { all.or(equals) }
    })
}

/// One of several values: decided when it makes no difference which.
fn among(test: &Test, options: &[Box<str>], may_be_absent: bool, context: &Context) -> Option<Outcome> {
    let values =
        options.iter().map(|value| Actual::Values { items: std::slice::from_ref(value), multivalued: false });
    let mut outcomes = may_be_absent
        .then_some(Actual::Absent)
        .into_iter()
        .chain(values)
        .map(|actual| test.condition().apply(actual, &|key: &_| context.lookup(key)));
    let first = outcomes.next()?;
    outcomes.all(|other| other == first).then_some(first)
}

/// A set of which some members are known: more members cannot undo what one of them settles.
fn at_least(test: &Test, items: &[Box<str>], context: &Context) -> Option<Outcome> {
    let decisive = match test.quantifier {
        _ if test.operator.family == Family::Null => return Some(test.condition().presence(true)),
        Quantifier::Any => Outcome::True,
        Quantifier::All => Outcome::False,
        Quantifier::One => return None,
    };
    let known =
        test.condition().apply(Actual::Values { items, multivalued: true }, &|key: &_| context.lookup(key));
    (known == decisive).then_some(known)
}

fn open_atom(test: &Test, why: Open, context: &Context) -> Atom {
    let key = test.key.value.as_str().to_owned();
    let at: Span = test.key.span;
    Atom::Opaque(
        match why {
            Open::Variable if symbols::are_in(test, context) => return symbols::of_test(test, context),
            Open::Variable => {
                let unknown = test
                    .values
                    .iter()
                    .flat_map(|v| v.operand.variables())
                    .find(|v| matches!(context.lookup(&v.key), Lookup::Unknown))
                    .map_or_else(|| key.clone(), |v| v.key.as_str().to_owned());
                let line = symbols::line(test, context);
                let why = format!("a policy variable compares it with {key}: {line}");
                Unknown::new(UnknownKind::ContextKey, unknown, why)
            }
            Open::Mistyped => mistyped(&key, test.operator.name),
            Open::Multivalued => compared_without_set_operator(&key),
        }
        .at(at),
    )
}
