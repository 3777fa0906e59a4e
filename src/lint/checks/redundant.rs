//! Entries that another entry covers.

use crate::diagnostic::{Code, Diagnostic};
use crate::name::{ActionPattern, ResourcePattern, symbol};
use crate::policy::{Policy, Scope, Statement, Test};
use crate::source::Spanned;

/// Longer lists are not compared: a list of hundreds of names is made by a tool, and pairs would take quadratic time.
pub(in crate::lint) const MOST: usize = 256;

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for statement in &policy.statements {
        actions(statement.actions.listed(), tell);
        if let Some(resources) = &statement.resources {
            self::resources(resources.listed(), tell);
        }
    }
    statements(&policy.statements, tell);
}

fn actions(listed: &[Spanned<ActionPattern>], tell: &mut dyn FnMut(Diagnostic)) {
    if listed.len() > MOST {
        return;
    }
    for (at, action) in listed.iter().enumerate() {
        let covering = listed.iter().enumerate().find(|(other, wider)| {
            let same = wider.value == action.value;
            *other != at && (if same { *other < at } else { is_wider(&wider.value, &action.value) })
        });
        if let Some((_, wider)) = covering {
            let message = format!("`{}` is covered by `{}`", action.value.written(), wider.value.written());
            tell(
                Diagnostic::new(Code::RedundantAction, action.span, message)
                    .because(wider.span, "the entry that covers it")
                    .help("remove it"),
            );
        }
    }
}

/// Whether a pattern covers every action that another one does. Of two globs that is only told where it is plain.
fn is_wider(wider: &ActionPattern, narrow: &ActionPattern) -> bool {
    if wider.is_symbolic() || narrow.is_symbolic() || narrow.has_wild_service() || !wider.has_wildcard() {
        return false;
    }
    // The stars of the narrow one stand for themselves, which a star of the wider one covers as any other letter.
    wider.covers_folded(narrow.folded()) == Some(true)
        && (!narrow.folded().contains('?') || !wider.folded().contains('?'))
}

fn resources(listed: &[Spanned<ResourcePattern>], tell: &mut dyn FnMut(Diagnostic)) {
    if listed.len() > MOST || listed.len() < 2 {
        return;
    }
    for (at, resource) in listed.iter().enumerate() {
        let text = resource.value.as_str();
        if symbol::is_in(text) {
            continue;
        }
        let covering = listed.iter().enumerate().find(|(other, wider)| {
            let wide = wider.value.as_str();
            let same = wide == text;
            *other != at && (if same { *other < at } else { covers(wide, text) })
        });
        if let Some((_, wider)) = covering {
            let message = format!("`{text}` is covered by `{}`", wider.value.as_str());
            tell(
                Diagnostic::new(Code::RedundantResource, resource.span, message)
                    .because(wider.span, "the entry that covers it")
                    .help("remove it"),
            );
        }
    }
}

/// Whether a pattern that ends in its only wildcard covers a text; of others nothing is said.
pub(super) fn covers(wide: &str, narrow: &str) -> bool {
    let Some(head) = wide.strip_suffix('*') else { return false };
    let plain = !head.contains(['*', '?', '$']) && !symbol::is_in(wide);
    plain && narrow.starts_with(head)
}

fn statements(all: &[Statement], tell: &mut dyn FnMut(Diagnostic)) {
    if all.len() > MOST {
        return;
    }
    for (at, statement) in all.iter().enumerate() {
        let covering = all.iter().enumerate().find(|(other, wider)| {
            *other != at
                && wider.effect.value == statement.effect.value
                && covers_statement(wider, statement)
                && (*other < at || !covers_statement(statement, wider))
        });
        if let Some((_, wider)) = covering {
            let message = "another statement says all of this already";
            tell(
                Diagnostic::new(Code::RedundantStatement, statement.span, message)
                    .because(wider.span, "the statement that covers it")
                    .help("remove it"),
            );
        }
    }
}

/// Whether one statement is about all that another one is about, whatever their effects are.
pub(in crate::lint) fn covers_statement(wider: &Statement, narrow: &Statement) -> bool {
    let is_long = |s: &Statement| {
        let resources = s.resources.as_ref().map_or(0, |scope| scope.listed().len());
        let principals = s.principals.as_ref().map_or(0, |scope| scope.listed().len());
        [s.actions.listed().len(), resources, principals, s.tests.len()]
            .into_iter()
            .any(|length| length > MOST)
    };
    if is_long(wider) || is_long(narrow) {
        return false;
    }
    let actions = match (&wider.actions, &narrow.actions) {
        (Scope::In(wide), Scope::In(few)) => few.iter().all(|action| {
            wide.iter().any(|other| other.value == action.value || is_wider(&other.value, &action.value))
        }),
        (Scope::NotIn(wide), Scope::NotIn(few)) => {
            wide.len() == few.len() && wide.iter().zip(few).all(|(a, b)| a.value == b.value)
        }
        (Scope::In(_), Scope::NotIn(_)) | (Scope::NotIn(_), Scope::In(_)) => false,
    };
    let resources = || match (&wider.resources, &narrow.resources) {
        (None, None) => true,
        (Some(Scope::In(wide)), Some(Scope::In(few))) => few.iter().all(|resource| {
            wide.iter().any(|other| {
                other.value.as_str() == resource.value.as_str()
                    || covers(other.value.as_str(), resource.value.as_str())
            })
        }),
        (Some(Scope::NotIn(wide)), Some(Scope::NotIn(few))) => {
            wide.len() == few.len() && wide.iter().zip(few).all(|(a, b)| a.value.as_str() == b.value.as_str())
        }
        (_, _) => false,
    };
    let principals = || match (&wider.principals, &narrow.principals) {
        (None, None) => true,
        (Some(Scope::In(wide)), Some(Scope::In(few))) => {
            few.iter().all(|principal| wide.iter().any(|other| other.value == principal.value))
        }
        (_, _) => false,
    };
    // Every line of the wider one has to be among those of the narrow one.
    let tests = || wider.tests.iter().all(|test| narrow.tests.iter().any(|other| same(test, other)));
    actions && resources() && principals() && tests()
}

fn same(a: &Test, b: &Test) -> bool {
    let within = |few: &Test, all: &Test| {
        few.values.iter().all(|value| all.values.iter().any(|other| other.text() == value.text()))
    };
    let values = || a.values.len() <= MOST && within(a, b) && within(b, a);
    a.written() == b.written() && a.key.value == b.key.value && a.values.len() == b.values.len() && values()
}
