//! `<<`: the members of other mappings, where they are not written out.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::json::{Member, Node, Value};

/// The members of a mapping whose keys at the places `merges` are `<<`. What is merged stands before what is
/// written out, and of several mappings the first one counts.
pub(super) fn merge<'s>(
    members: Vec<Member<'s>>,
    merges: &[usize],
    report: &mut impl FnMut(Diagnostic),
) -> Vec<Member<'s>> {
    let mut own = Vec::with_capacity(members.len());
    let mut sources = Vec::new();
    for (at, member) in members.into_iter().enumerate() {
        if merges.binary_search(&at).is_ok() {
            sources.extend(mappings(member.value, report));
        } else {
            own.push(member);
        }
    }
    // Hashed with a key of its own for each run: the names may be chosen to collide.
    let mut taken: HashSet<Cow<'s, str>> = own.iter().map(|member| member.key.value.clone()).collect();
    let mut merged = Vec::new();
    for source in sources {
        let start = merged.len();
        // Of duplicates inside one mapping the last one counts, as everywhere.
        merged.extend(source.into_iter().rev().filter(|member| taken.insert(member.key.value.clone())));
        if let Some(added) = merged.get_mut(start..) {
            added.reverse();
        }
    }
    merged.append(&mut own);
    merged
}

/// The mappings behind one `<<`.
fn mappings<'s>(node: Node<'s>, report: &mut impl FnMut(Diagnostic)) -> Vec<Vec<Member<'s>>> {
    let sources = match node.value {
        Value::Array(sources) => sources,
        Value::Object(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Invalid => vec![node],
    };
    let mut found = Vec::with_capacity(sources.len());
    for source in sources {
        let span = source.span;
        match source.value {
            Value::Object(members) => found.push(members),
            Value::Invalid => {}
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                let problem = Diagnostic::new(Code::YamlSyntax, span, "`<<` adds the members of a mapping");
                report(problem.help("give it a mapping, or a list of mappings"));
            }
        }
    }
    found
}
