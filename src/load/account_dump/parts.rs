//! Of an element only what counts: the rest is passed over without a tree.

use std::borrow::Cow;

use crate::diagnostic::Diagnostic;
use crate::json::skim::{self, Indexed};
use crate::json::{self, Member, Node, Value};
use crate::source::Span;

/// How much of a value is read.
#[derive(Copy, Clone, Debug)]
pub(super) enum Keep {
    Whole,
    /// These members, of an object or of every object of an array.
    Members(&'static [(&'static str, Keep)]),
    /// Of the versions of a policy the one in force; the others become `null`, so that places in the list stay.
    VersionInForce,
}

/// An element with some of its members. An element that cannot be gone through is read in full, with its mistakes.
pub(super) fn of<'t>(
    text: Indexed<'t>,
    at: Span,
    keep: &[(&'static str, Keep)],
    problems: &mut Vec<Diagnostic>,
) -> Option<Node<'t>> {
    let found: Option<Vec<skim::Member<'t>>> =
        skim::members(text, at).ok().and_then(|members| members.collect::<Result<_, _>>().ok());
    // Of members that stand here twice the parser says so.
    let twice = |found: &[skim::Member<'_>]| {
        keep.iter().any(|(name, _)| found.iter().filter(|member| member.key.value == *name).count() > 1)
    };
    let Some(found) = found.filter(|found| !twice(found)) else { return whole(text, at, problems) };
    let mut members = Vec::with_capacity(keep.len());
    let in_force = found.iter().find(|member| member.key.value == "DefaultVersionId");
    let in_force = in_force.and_then(|member| skim::string(text.text, member.value));
    for member in found {
        let Some((_, keep)) = keep.iter().find(|(name, _)| member.key.value == *name) else { continue };
        if let Some(value) = part(text, member.value, *keep, in_force.as_deref(), problems) {
            members.push(Member { key: member.key, value });
        }
    }
    Some(Node { span: at, value: Value::Object(members) })
}

fn part<'t>(
    text: Indexed<'t>,
    at: Span,
    keep: Keep,
    in_force: Option<&str>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Node<'t>> {
    let elements = |read: &mut dyn FnMut(Span) -> Option<Node<'t>>| {
        let elements: Vec<Span> = skim::elements(text, at).ok()?.collect::<Result<_, _>>().ok()?;
        let nodes = elements.into_iter().filter_map(read).collect();
        Some(Node { span: at, value: Value::Array(nodes) })
    };
    let read = match keep {
        Keep::Whole => None,
        Keep::Members(keep) => elements(&mut |element| of(text, element, keep, problems)),
        Keep::VersionInForce => elements(&mut |version| match is_in_force(text, version, in_force) {
            true => whole(text, version, problems),
            false => Some(Node { span: version, value: Value::Null }),
        }),
    };
    read.or_else(|| whole(text, at, problems))
}

/// A version is in force when the policy says so, else when it says so itself.
fn is_in_force(text: Indexed<'_>, version: Span, in_force: Option<&str>) -> bool {
    match (in_force, skim::member(text, version, "VersionId")) {
        (Some(in_force), Some(id)) => skim::string(text.text, id) == Some(Cow::Borrowed(in_force)),
        (None | Some(_), None | Some(_)) => {
            let flag = skim::member(text, version, "IsDefaultVersion");
            flag.and_then(|at| text.text.get(at.start as usize..at.end as usize)) == Some("true")
        }
    }
}

fn whole<'t>(text: Indexed<'t>, at: Span, problems: &mut Vec<Diagnostic>) -> Option<Node<'t>> {
    let parsed = json::parse_at(text.text, at);
    problems.extend(parsed.problems);
    parsed.root
}
