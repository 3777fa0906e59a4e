//! Changes that leave no doubt: entries that say nothing new are removed, and slips of letters are put right.

use super::Linted;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::json::{self, Node};
use crate::name::near::{near_action, near_key};
use crate::name::{ActionName, ConditionKey};
use crate::operator;
use crate::policy::{DOCUMENT_ELEMENTS, PRINCIPAL_KEYS, PolicyKind, STATEMENT_ELEMENTS};
use crate::source::{Origin, SourceMap};

/// A change can make another one possible: a name put right may be there twice then.
const MOST_ROUNDS: usize = 8;

/// A part of a text, and what to write in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

/// A text with the changes made that leave no doubt, and how many findings went away with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixed {
    /// The new text.
    pub text: String,
    /// How many findings were put right.
    pub count: usize,
}

/// Makes the changes in a file that is one policy. Only findings count that `wanted` takes; where the text is no whole document or
/// nothing is to change, there is no new text.
pub fn fix(text: &str, kind: Option<PolicyKind>, wanted: &dyn Fn(Code) -> bool) -> Option<Fixed> {
    let mut fixed = Fixed { text: text.to_owned(), count: 0 };
    for _ in 0..MOST_ROUNDS {
        let Some(next) = round(&fixed.text, kind, wanted) else { break };
        fixed = Fixed { count: fixed.count + next.count, ..next };
    }
    (fixed.count > 0).then_some(fixed)
}

fn round(text: &str, kind: Option<PolicyKind>, wanted: &dyn Fn(Code) -> bool) -> Option<Fixed> {
    let mut sources = SourceMap::new();
    let source = sources.add("policy", text.into(), Origin::File { bytes: Default::default() });
    let Linted { findings, problems, holds, .. } = super::check(&mut sources, source, kind);
    if holds.is_some() || problems.iter().any(Diagnostic::is_error) {
        return None;
    }
    let parsed = json::parse(source, text);
    let root = parsed.root.as_ref()?;
    let wanted = findings.iter().filter(|finding| wanted(finding.code));
    let mut edits: Vec<Edit> = wanted.filter_map(|finding| edit(finding, root, text)).collect();
    edits.sort_by_key(|edit| (edit.start, edit.end));
    // What meets another change is left for the next round, which sees what became of it.
    let mut accepted: Vec<Edit> = Vec::new();
    for edit in edits {
        if accepted.last().is_none_or(|before| before.end <= edit.start) {
            accepted.push(edit);
        }
    }
    if accepted.is_empty() {
        return None;
    }
    let mut new = String::with_capacity(text.len());
    let mut from = 0;
    for edit in &accepted {
        new.push_str(text.get(from..edit.start)?);
        new.push_str(&edit.text);
        from = edit.end;
    }
    new.push_str(text.get(from..)?);
    Some(Fixed { text: new, count: accepted.len() })
}

/// The change for a finding, where there is one that leaves no doubt.
fn edit(finding: &Diagnostic, root: &Node<'_>, text: &str) -> Option<Edit> {
    let span = finding.span?;
    let (start, end) = (span.start as usize, span.end as usize);
    if REMOVED.contains(&finding.code) {
        return removal(root, start, end);
    }
    let (_, meant) = NAMES.iter().find(|(code, _)| *code == finding.code)?;
    let written = text.get(start..end)?;
    let bare = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(written);
    // Escapes are rare in names, and what they stand for is not looked up.
    if bare.contains('\\') {
        return None;
    }
    let meant = meant(bare)?;
    // Of a range, any digit may change.
    let is_safe = finding.code == Code::ImproveIpRange || is_slip(bare, &meant);
    is_safe.then(|| Edit { start, end, text: written.replacen(bare, &meant, 1) })
}

/// Entries that say nothing new.
const REMOVED: &[Code] = &[
    Code::RedundantAction,
    Code::RedundantConditionValue,
    Code::RedundantPrincipal,
    Code::RedundantPrincipalInRoleTrustPolicy,
    Code::RedundantResource,
    Code::RedundantStatement,
];

/// What was meant by a text that a finding is about.
type Meant = fn(&str) -> Option<String>;

const NAMES: &[(Code, Meant)] = &[
    (Code::ImproveIpRange, |text| Some(text.parse::<ipnet::IpNet>().ok()?.trunc().to_string())),
    (Code::InvalidAction, action),
    (Code::InvalidConditionOperator, operator),
    (Code::InvalidEffect, |text| nearest(text, ["Allow", "Deny"]).map(str::to_owned)),
    (Code::InvalidGlobalConditionKey, |text| near_key(&ConditionKey::new(text))),
    (Code::InvalidPolicyElement, |text| nearest(text, elements()).map(str::to_owned)),
    (Code::InvalidPrincipalKey, |text| nearest(text, PRINCIPAL_KEYS.iter().copied()).map(str::to_owned)),
    (Code::InvalidServiceConditionKey, |text| near_key(&ConditionKey::new(text))),
    (Code::InvalidServiceInAction, action),
];

fn action(written: &str) -> Option<String> {
    near_action(&ActionName::new(written)?)
}

fn operator(written: &str) -> Option<String> {
    let (prefix, name) = written.split_once(':').map_or((None, written), |(p, name)| (Some(p), name));
    let (name, suffix) = name.strip_suffix("IfExists").map_or((name, ""), |name| (name, "IfExists"));
    let meant = nearest(name, operator::spellings())?;
    Some(match prefix {
        Some(prefix) => format!("{}:{meant}{suffix}", nearest(prefix, ["ForAllValues", "ForAnyValue"])?),
        None => format!("{meant}{suffix}"),
    })
}

fn elements() -> impl Iterator<Item = &'static str> {
    DOCUMENT_ELEMENTS.iter().chain(STATEMENT_ELEMENTS).copied()
}

/// Whether only a letter or two are wrong: a name that differs more may be a new one, and so may one with another number.
fn is_slip(written: &str, meant: &str) -> bool {
    let (written, meant) = (written.to_ascii_lowercase(), meant.to_ascii_lowercase());
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let most = if meant.len() < 8 { 1 } else { 2 };
    // A missing `Not` is more than a slip.
    written.starts_with("not") == meant.starts_with("not")
        && digits(&written) == digits(&meant)
        && strsim::damerau_levenshtein(&written, &meant) <= most
}

/// Takes an element out of its list, with the comma that parts it from another one.
fn removal(root: &Node<'_>, start: usize, end: usize) -> Option<Edit> {
    let (list, at) = find(root, start, end)?;
    let of = |node: &Node<'_>| (node.span.start as usize, node.span.end as usize);
    let element = list.elements().get(at).map(of)?;
    let text = String::new();
    match at.checked_sub(1).and_then(|before| list.elements().get(before)).map(of) {
        Some((_, before)) => Some(Edit { start: before, end: element.1, text }),
        None => {
            let (next, _) = list.elements().get(at + 1).map(of)?;
            Some(Edit { start: element.0, end: next, text })
        }
    }
}

/// The list that holds an element with these bytes, and its position in there.
fn find<'n, 'a>(node: &'n Node<'a>, start: usize, end: usize) -> Option<(&'n Node<'a>, usize)> {
    let ends_before = |node: &Node<'_>| (node.span.end as usize) < end;
    let is_it = |node: &Node<'_>| {
        let (from, to) = (node.span.start as usize, node.span.end as usize);
        // A text is found with its quotes and without.
        (from, to) == (start, end) || (node.as_str().is_some() && (from + 1, to) == (start, end + 1))
    };
    let elements = node.elements();
    let at = elements.partition_point(ends_before);
    if let Some(element) = elements.get(at) {
        return if is_it(element) { Some((node, at)) } else { find(element, start, end) };
    }
    let members = node.members();
    let member = members.get(members.partition_point(|member| ends_before(&member.value)))?;
    find(&member.value, start, end)
}

#[cfg(test)]
mod tests;
