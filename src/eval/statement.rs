//! When one statement speaks to one request.

use super::context::{Context, OpenKey, Slot};
use super::{Caller, World};
use crate::logic::{Atom, KeyTest, Truth, Unknown, UnknownKind};
use crate::name::{AccountId, ActionName, ActionPattern, Lookup, Match, ResourcePattern, Variable};
use crate::operator::{Actual, Family, Open, Outcome, Quantifier};
use crate::policy::{Scope, Statement, Test, TestValue};
use crate::source::{Span, Spanned};

/// One request as authorization sees it.
#[derive(Copy, Clone, Debug)]
pub struct Request<'r> {
    pub caller: &'r Caller,
    pub action: &'r ActionName,
    /// The ARN, or `*` for actions that have none.
    pub resource: &'r str,
    /// The resource stands for all that its `*` and `?` fit: a question about every key below a prefix.
    pub resource_is_pattern: bool,
    /// Who owns the resource; S3 ARNs do not say.
    pub resource_account: Option<AccountId>,
    pub context: &'r Context,
}

/// Whether action, resource and conditions fit; principals are the caller's matter.
pub(super) fn fires<'a, W: World<'a>>(
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

/// Whether the action is in the statement's list; used alone to see what a statement is about.
pub(super) fn action<'a, W: World<'a>>(
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

fn resource<'a, W: World<'a>>(world: &mut W, scope: &Scope<ResourcePattern>, request: &Request<'_>) -> W::T {
    let lookup = |key: &_| request.context.lookup(key);
    let mut found = W::T::known(false);
    for pattern in scope.listed() {
        let fit = if request.resource_is_pattern {
            pattern.value.matches_all_of(request.resource, &lookup)
        } else {
            pattern.value.matches(request.resource, &lookup)
        };
        match fit {
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

fn resource_atom(pattern: &Spanned<ResourcePattern>, request: &Request<'_>) -> Atom {
    let variable =
        pattern.value.variables().find(|v| matches!(request.context.lookup(&v.key), Lookup::Unknown));
    let text = pattern.value.as_str();
    Atom::Opaque(
        match variable {
            Some(variable) => Unknown::new(
                UnknownKind::ContextKey,
                variable.key.as_str().to_owned(),
                format!("`{text}` matches or not by the value of this key"),
            ),
            None if request.resource_is_pattern => Unknown::new(
                UnknownKind::ContextKey,
                "object key",
                format!("`{text}` covers only some of the keys asked about"),
            ),
            None => Unknown::undocumented(
                text.to_owned(),
                "AWS does not say whether a `*` in the middle of an ARN part runs over a colon",
            ),
        }
        .at(pattern.span),
    )
}

fn conditions<'a, W: World<'a>>(world: &mut W, tests: &'a [Test], so_far: W::T, context: &Context) -> W::T {
    let mut all = so_far;
    for test in tests {
        // Once a line fails nothing can mend it, but a simulation still names the keys that were missing.
        let holds = condition(world, test, context);
        all = all.and(holds);
    }
    all
}

/// One line of a condition block.
fn condition<'a, W: World<'a>>(world: &mut W, test: &'a Test, context: &Context) -> W::T {
    let lookup = |key: &_| context.lookup(key);
    for value in &test.values {
        if value.operand.has_variables() {
            note_missing(world, value, context);
        }
    }
    let outcome = match context.get(&test.key.value) {
        Slot::Bound { items, multivalued } => {
            test.condition().apply(Actual::Values { items, multivalued: *multivalued }, &lookup)
        }
        Slot::Absent => {
            if !context.is_set(&test.key.value) {
                world.missing(&test.key.value);
            }
            if is_disputed_when_absent(test) {
                return world.open(|| Atom::Opaque(disputed(test)));
            }
            test.condition().apply(Actual::Absent, &lookup)
        }
        Slot::Pattern(text) => match pattern_outcome(test, text, context) {
            Some(outcome) => outcome,
            None => return world.open(|| object_key_atom(test)),
        },
        Slot::Among(options, open) => match among(test, options, context) {
            Some(outcome) => outcome,
            None => return world.open(|| key_atom(test, open, context)),
        },
        Slot::AtLeast(items, open) => match at_least(test, items, context) {
            Some(outcome) => outcome,
            None => return world.open(|| key_atom(test, open, context)),
        },
        Slot::Open(open) => {
            world.missing(&test.key.value);
            match open_outcome(test, open, context) {
                Some(outcome) => outcome,
                None => return world.open(|| key_atom(test, open, context)),
            }
        }
    };
    match outcome {
        Outcome::True => W::T::known(true),
        Outcome::False => W::T::known(false),
        Outcome::Open(why) => world.open(|| open_atom(test, why, context)),
    }
}

/// Variables ask for keys too.
fn note_missing<'a, W: World<'a>>(world: &mut W, value: &TestValue, context: &Context) {
    for variable in value.operand.variables() {
        if !context.is_set(&variable.key) && !matches!(context.lookup(&variable.key), Lookup::Value(_)) {
            world.missing(&variable.key);
        }
    }
}

/// AWS's text and one of its tables contradict each other on `ForAllValues:…Not…` and a missing key (R42).
fn is_disputed_when_absent(test: &Test) -> bool {
    test.quantifier == Quantifier::All
        && test.operator.negated
        && !test.if_exists
        && test.operator.family != Family::Null
}

fn disputed(test: &Test) -> Unknown {
    Unknown::undocumented(
        test.key.value.as_str().to_owned(),
        format!("AWS pages disagree on {} where the key is missing", test.spelling()),
    )
    .at(test.key.span)
}

/// What can be said of a condition on a key whose value is not known.
fn open_outcome(test: &Test, open: &OpenKey, context: &Context) -> Option<Outcome> {
    if test.operator.family == Family::Null && !open.may_be_absent {
        return Some(test.condition().presence(true));
    }
    // A value with a variable that stands for nothing equals nothing (R23).
    let matches_nothing = test.values.iter().all(|value| {
        value.operand.variables().any(|v| is_unset(v, context)) || is_no_service_account(test, value)
    });
    if test.quantifier == Quantifier::One
        && test.operator.family != Family::Null
        && matches_nothing
        && (!open.may_be_absent || test.condition().missing() == Outcome::from(test.operator.negated))
    {
        return Some(Outcome::from(test.operator.negated));
    }
    None
}

fn is_unset(variable: &Variable, context: &Context) -> bool {
    variable.default.is_none() && matches!(context.lookup(&variable.key), Lookup::Absent)
}

/// `StringEquals` takes a `*` as it stands, and no name in Kubernetes has one (R36, R121).
fn is_no_service_account(test: &Test, value: &TestValue) -> bool {
    test.key.value.folded().ends_with(":sub")
        && matches!(test.operator.name, "StringEquals" | "StringNotEquals")
        && value.text().starts_with("system:serviceaccount:")
        && value.text().contains(['*', '?'])
}

/// One of several values: decided when it makes no difference which.
fn among(test: &Test, options: &[Option<Box<str>>], context: &Context) -> Option<Outcome> {
    let mut outcomes = options.iter().map(|option| {
        let actual = match option {
            None => Actual::Absent,
            Some(value) => Actual::Values { items: std::slice::from_ref(value), multivalued: false },
        };
        test.condition().apply(actual, &|key: &_| context.lookup(key))
    });
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

/// A comparison with a value that stands for many, decided when it is the same for all of them.
fn pattern_outcome(test: &Test, text: &str, context: &Context) -> Option<Outcome> {
    if test.operator.family == Family::Null {
        return Some(test.condition().presence(true));
    }
    let mut any = Match::No;
    for value in &test.values {
        let pattern =
            ResourcePattern::new(value.text(), crate::name::Syntax { variables: true, completes: false });
        let like = test.operator.name.ends_with("Like") || test.operator.family == Family::Arn;
        let fit = if like {
            pattern.matches_all_of(text, &|key: &_| context.lookup(key))
        } else {
            // A literal equals at most one of the many.
            match pattern.matches_all_of(text, &|key: &_| context.lookup(key)) {
                Match::No => Match::No,
                Match::Yes | Match::Open => Match::Open,
            }
        };
        match fit {
            Match::Yes => {
                any = Match::Yes;
                break;
            }
            Match::Open => any = Match::Open,
            Match::No => {}
        }
    }
    match any {
        Match::Yes => Some(Outcome::from(!test.operator.negated)),
        Match::No => Some(Outcome::from(test.operator.negated)),
        Match::Open => None,
    }
}

fn object_key_atom(test: &Test) -> Atom {
    Atom::Opaque(
        Unknown::new(
            UnknownKind::ContextKey,
            "object key",
            format!("the condition on {} covers only some of the keys asked about", test.key.value),
        )
        .at(test.key.span),
    )
}

fn key_atom(test: &Test, open: &OpenKey, context: &Context) -> Atom {
    let mut because = open.because.clone();
    because.name = test.key.value.as_str().to_owned().into();
    because.at = Some(test.key.span);
    let own = because.kind == UnknownKind::Undocumented || differs_by_request(test.key.value.folded());
    let mut values = Vec::with_capacity(test.values.len());
    for value in &test.values {
        match substituted(value, context) {
            Some(text) => values.push(text),
            // Two unknown values compared with each other: a point of its own, named by its text (SOLVER.md).
            None => {
                let place =
                    if own { format!(" in the request to {}", context.request) } else { String::new() };
                return Atom::Opaque(Unknown {
                    why: format!("{} {} {}{place}", test.key.value, test.spelling(), value.text()).into(),
                    ..because
                });
            }
        }
    }
    Atom::Key(KeyTest {
        key: test.key.value.clone(),
        operator: test.spelling().into_boxed_str(),
        values: values.into_boxed_slice(),
        request: if own { context.request } else { "" },
        may_be_absent: open.may_be_absent,
        because,
    })
}

/// Whether the requests of one read hold different values for a key: it describes the resource, not the caller.
fn differs_by_request(folded: &str) -> bool {
    ["aws:resource", "aws:requestedregion", "s3:", "kms:"].iter().any(|start| folded.starts_with(start))
}

/// A policy value with its variables put in; `None` when one of them is unknown.
fn substituted(value: &TestValue, context: &Context) -> Option<Box<str>> {
    let mut text = value.text().to_owned();
    for variable in value.operand.variables() {
        let put_in = match (context.lookup(&variable.key), &variable.default) {
            (Lookup::Value(v), _) => v.to_owned(),
            (Lookup::Absent, Some(default)) => default.to_string(),
            (Lookup::Absent, None) | (Lookup::Unknown, _) => return None,
        };
        let start = text.find("${")?;
        let end = start + text.get(start..)?.find('}')? + 1;
        text.replace_range(start..end, &put_in);
    }
    Some(text.into_boxed_str())
}

fn open_atom(test: &Test, why: Open, context: &Context) -> Atom {
    let key = test.key.value.as_str().to_owned();
    let at: Span = test.key.span;
    Atom::Opaque(
        match why {
            Open::Variable => {
                let unknown = test
                    .values
                    .iter()
                    .flat_map(|v| v.operand.variables())
                    .find(|v| matches!(context.lookup(&v.key), Lookup::Unknown))
                    .map_or_else(|| key.clone(), |v| v.key.as_str().to_owned());
                Unknown::new(UnknownKind::ContextKey, unknown, format!("a policy variable compares it with {key}"))
            }
            Open::Mistyped => Unknown::undocumented(
                key,
                format!("AWS does not say what {} makes of a value of another type", test.operator.name),
            ),
            Open::Multivalued => Unknown::undocumented(
                key,
                "the key holds a set of values; without ForAllValues or ForAnyValue the result is undocumented",
            ),
        }
        .at(at),
    )
}
