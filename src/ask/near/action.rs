//! An action that a statement does not cover.

use super::view::View;
use super::{Miss, MissedElement, Repair, listed};
use crate::diagnostic::Cause;
use crate::name::{ActionName, ActionPattern, near};
use crate::policy::Scope;
use crate::source::Spanned;

pub(super) fn miss(scope: &Scope<ActionPattern>, view: &View<'_>) -> Option<Miss> {
    let asked = view.request.action;
    let texts: Vec<String> = scope.listed().iter().map(|pattern| pattern.value.written()).collect();
    if scope.is_negated() {
        let excluding = scope.listed().iter().find(|p| p.value.covers(asked) == Some(true))?;
        let why =
            format!("its NotAction leaves out {}, and the request is {asked}", excluding.value.written());
        return Some(put(excluding, texts, asked, Some(Cause::NotAction), why, None));
    }
    let found = scope.listed().iter().find_map(|pattern| Some((pattern, slip(pattern, asked)?)));
    if let Some((pattern, cause)) = found {
        let written = pattern.value.written();
        let why = if cause == Cause::ActionOfAnotherCall {
            format!("it allows {written}, and the request is {asked}, which is another call")
        } else if pattern.value.has_wildcard() {
            format!("no action is called {written}, and the request is {asked}")
        } else if cause == Cause::WhiteSpace {
            format!("it allows `{written}`, with white space, and the request is {asked}")
        } else {
            format!("there is no action {written}; the request is {asked}")
        };
        // What a pattern was meant to cover beside this action is not known.
        let repair = (!pattern.value.has_wildcard()).then(|| asked.to_string());
        return Some(put(pattern, texts, asked, Some(cause), why, repair));
    }
    // The first action of the same service stands for the list. One of other services alone was never meant.
    let own = |p: &&Spanned<ActionPattern>| p.value.service() == Some(asked.service());
    let Some(pattern) = scope.listed().iter().find(own) else {
        // A limit denies every action that it does not list.
        let first = scope.listed().first().filter(|_| view.limits)?;
        let why = format!("it lets {} through and nothing else, and the request is {asked}", listed(&texts));
        return Some(put(first, texts, asked, Some(Cause::LeftOutOfLimit), why, None));
    };
    let why = format!("it allows {}, and the request is {asked}", listed(&texts));
    Some(put(pattern, texts, asked, None, why, None))
}

fn slip(pattern: &Spanned<ActionPattern>, asked: &ActionName) -> Option<Cause> {
    if pattern.value.has_wildcard() {
        return covers_nothing(&pattern.value, asked).then_some(Cause::ActionMisspelt);
    }
    let folded = pattern.value.folded();
    if folded.trim() != folded && folded.trim() == asked.folded() {
        return Some(Cause::WhiteSpace);
    }
    let written = ActionName::new(folded)?;
    if crate::name::reference::action(written.service(), written.name()).is_some() {
        return is_another_call(&written, asked).then_some(Cause::ActionOfAnotherCall);
    }
    if written.name().eq_ignore_ascii_case(asked.name()) {
        return Some(Cause::ActionOfAnotherService);
    }
    let is_asked = |meant: &String| meant.eq_ignore_ascii_case(asked.as_str());
    let meant = near::action_of_operation(&written).or_else(|| near::near_action(&written));
    let is_misspelt = meant.as_ref().is_some_and(is_asked) || goes_on(&written, asked);
    is_misspelt.then_some(Cause::ActionMisspelt)
}

/// No action of the service of the request fits the pattern.
fn covers_nothing(pattern: &ActionPattern, asked: &ActionName) -> bool {
    let service = near::service_of(asked.service());
    pattern.service() == Some(asked.service())
        && service.is_some_and(|mut actions| !actions.any(|action| pattern.covers(&action) == Some(true)))
}

/// A name that is not one, and that begins with the whole name of the action: `kms:DecryptData`.
fn goes_on(written: &ActionName, asked: &ActionName) -> bool {
    const SHORTEST: usize = 6;
    let start = written.name().get(..asked.name().len());
    written.service() == asked.service()
        && asked.name().len() >= SHORTEST
        && start.is_some_and(|start| start.eq_ignore_ascii_case(asked.name()))
}

/// Actions that are easily taken for each other: one object or one of its versions, one way to become a role or another.
fn is_another_call(written: &ActionName, asked: &ActionName) -> bool {
    const ALIKE: &[&[&str]] = &[
        &["s3:getobject", "s3:getobjectversion"],
        &["sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"],
    ];
    ALIKE.iter().any(|list| list.contains(&written.folded()) && list.contains(&asked.folded()))
}

fn put(
    pattern: &Spanned<ActionPattern>,
    written: Vec<String>,
    asked: &ActionName,
    cause: Option<Cause>,
    why: String,
    repair: Option<String>,
) -> Miss {
    Miss {
        element: MissedElement::Action,
        key: None,
        operator: None,
        written,
        request: Some(vec![asked.to_string()]),
        cause,
        at: pattern.span,
        why,
        repair: repair.map(Repair::Value),
    }
}
