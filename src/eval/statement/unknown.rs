//! A condition on a key whose value is not known, as a formula.

use std::sync::Arc;

use crate::eval::Evaluation;
use crate::eval::context::{Context, InheritedValue, OpenKey};
use crate::logic::{Atom, KeyTest, Truth, Unknown, UnknownKind};
use crate::name::{Unresolved, Wild, symbol};
use crate::operator::{Family, Operand, Quantifier, STRING_LIKE, TestValue, Written};
use crate::policy::Test;

/// The values of a test with their variables put in.
pub(super) struct Resolved<'t> {
    /// A variable that stands for nothing equals nothing (R23), so its value is left out.
    pub(super) values: Arc<[TestValue]>,
    /// Values that stand for another unknown one.
    pub(super) unknown: Vec<&'t TestValue>,
}

pub(super) fn resolve<'t>(test: &'t Test, context: &Context) -> Resolved<'t> {
    let equals_nothing = |value: &TestValue| is_no_service_account(test, value);
    let is_open = |v: &TestValue| v.operand == Operand::Symbol || symbol::is_unknown_in(v.text());
    if !test.values.iter().any(|v| v.operand.has_variables() || equals_nothing(v) || is_open(v)) {
        return Resolved { values: Arc::clone(&test.values), unknown: Vec::new() };
    }
    let mut values = Vec::with_capacity(test.values.len());
    let mut unknown = Vec::new();
    for value in test.values.iter().filter(|v| !equals_nothing(v)) {
        match value.resolve(&|key: &_| context.lookup(key)) {
            Ok(resolved) if is_open(value) || is_open(&resolved) => unknown.push(value),
            Ok(resolved) => values.push(resolved),
            Err(Unresolved::Absent) => {}
            Err(Unresolved::Unknown) => unknown.push(value),
        }
    }
    Resolved { values: values.into(), unknown }
}

/// `StringEquals` takes a `*` as it stands, and no name in Kubernetes has one (R36, R121).
fn is_no_service_account(test: &Test, value: &TestValue) -> bool {
    test.key.value.folded().ends_with(":sub")
        && matches!(test.operator.name, "StringEquals" | "StringNotEquals")
        && value.text().starts_with("system:serviceaccount:")
        && value.text().contains(['*', '?'])
}

/// The test as a formula over the key, and over the comparisons with other unknown keys it makes.
pub(super) fn key<'a, W: Evaluation<'a>>(
    world: &mut W,
    test: &Test,
    open: &OpenKey,
    context: &Context,
) -> W::T {
    compare(world, test, open, own_request(test, open, context), context)
}

/// The test as a formula over the key of an earlier request that this one has its value from.
pub(super) fn same<'a, W: Evaluation<'a>>(
    world: &mut W,
    test: &Test,
    same: &InheritedValue,
    context: &Context,
) -> W::T {
    let mut there = test.clone();
    there.key.value = same.key(&test.key.value);
    compare(world, &there, &same.open, same.request, context)
}

fn compare<'a, W: Evaluation<'a>>(
    world: &mut W,
    test: &Test,
    open: &OpenKey,
    own: &'static str,
    context: &Context,
) -> W::T {
    let resolved = resolve(test, context);
    let place = |written: Written, values: Arc<[TestValue]>| {
        move || Atom::Key(key_test(test, written, values, open, own))
    };
    let written = test.written();
    if resolved.unknown.is_empty() {
        return world.open(place(written, resolved.values));
    }
    if written.operator.family == Family::Null {
        // Whether the key has to be there or to be missing is what is not known.
        return world.open(|| super::symbols::of_test(test, context));
    }
    if written.quantifier != Quantifier::One {
        // A set compared with unknown values: a point of its own, named by its text (SOLVER.md).
        let Some(first) = resolved.unknown.first() else { return W::T::known(false) };
        return world.open(|| Atom::Opaque(compared(test, first, own)));
    }
    let positive = Written { operator: written.operator.positive(), if_exists: false, ..written };
    let mut fits = if resolved.values.is_empty() {
        W::T::known(false)
    } else {
        world.open(place(positive, resolved.values))
    };
    let present =
        if open.domain.may_be_absent { world.open(|| present(test, open, own)) } else { W::T::known(true) };
    for value in resolved.unknown {
        let equals = world.open(|| Atom::Opaque(compared(test, value, own)));
        fits = fits.or(present.clone().and(equals));
    }
    if written.operator.negated {
        fits.not()
    } else if written.if_exists {
        fits.or(present.not())
    } else {
        fits
    }
}

/// The point of a comparison between two unknown values, named by its text.
pub(super) fn compared(test: &Test, value: &TestValue, request: &str) -> Unknown {
    let operator = if test.quantifier == Quantifier::One {
        test.operator.positive().name.to_owned()
    } else {
        test.written().spelling()
    };
    let place = if request.is_empty() { String::new() } else { format!(" in the request to {request}") };
    let values = if test.quantifier == Quantifier::One {
        value.text().to_owned()
    } else {
        test.values.iter().map(TestValue::text).collect::<Vec<_>>().join(", ")
    };
    let what = format!("{} {operator} {values}{place}", test.key.value);
    let unknown = match symbol::first_in(value.text()).filter(|_| symbol::is_unknown_in(value.text())) {
        Some(name) => Unknown::new(UnknownKind::Unresolved, name.to_owned(), what),
        None => Unknown::new(UnknownKind::ContextKey, test.key.value.as_str().to_owned(), what),
    };
    unknown.at(test.key.span)
}

/// `StringLike "*"` and not `Null`: an empty value is there, and null all the same (R41).
fn present(test: &Test, open: &OpenKey, own: &'static str) -> Atom {
    let any = Written { quantifier: Quantifier::One, operator: &STRING_LIKE, if_exists: false };
    let value = TestValue::new(Operand::Text(Wild::glob("*", false)), "", test.key.span);
    Atom::Key(key_test(test, any, Arc::new([value]), open, own))
}

fn key_test(
    test: &Test,
    written: Written,
    values: Arc<[TestValue]>,
    open: &OpenKey,
    request: &'static str,
) -> KeyTest {
    let mut because = open.because.clone();
    because.name = test.key.value.as_str().to_owned().into();
    because.at = Some(test.key.span);
    let domain = open.domain.clone();
    KeyTest { key: test.key.value.clone(), written, values, request, domain, because }
}

/// The request whose own value a key has; empty where all requests of a read share it.
fn own_request(test: &Test, open: &OpenKey, context: &Context) -> &'static str {
    let own = context.keeps_to_itself(&test.key.value)
        || open.because.kind == UnknownKind::Undocumented
        || test.key.value.is_of_one_request();
    if own { context.request } else { "" }
}
