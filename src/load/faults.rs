//! What documents in error may have said: an answer is refused where it may rest on one of them, and only there.

use std::collections::{BTreeMap, BTreeSet};

use super::input_document::{self, InputDocument};
use super::{InputFile, Intake, manifest, policy};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::estate::SharedPolicy;
use crate::json::Node;
use crate::name::symbol;
use crate::policy::PolicyKind;
use crate::source::{SourceId, Span};

/// What one answer looked at.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// ARNs, names and ids of the principals and resources of the question.
    pub names: BTreeSet<String>,
    /// What they are called in the file that declares them: logical ids, addresses.
    pub nicknames: BTreeMap<SourceId, BTreeSet<String>>,
    /// The symbols that the answer depends on.
    pub symbols: BTreeSet<String>,
    /// Every principal that the inputs declare counts, also one that only the document in error names.
    pub all_principals: bool,
}

/// The documents in error, as far as they were met.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    /// How many problems were looked at.
    seen: usize,
    /// Texts with a syntax error: nothing in them is certain.
    damaged: BTreeSet<SourceId>,
    /// Keys that are written twice in their objects.
    doubled: BTreeMap<SourceId, Vec<Span>>,
    /// Policies that stand for documents in error, and their symbols.
    opened: Vec<(Span, String)>,
    /// Mistakes in what other files than the manifest tell this program itself.
    configuration: BTreeSet<Span>,
}

/// Problems with the text itself, so that its structure is only guessed.
fn is_damage(code: Code) -> bool {
    matches!(
        code,
        Code::InvalidEncoding
            | Code::JsonEmpty
            | Code::JsonSyntaxError
            | Code::JsonTooDeep
            | Code::JsonTrailingComma
            | Code::JsonTrailingText
            | Code::TomlSyntax
            | Code::YamlSyntax
    )
}

fn encloses(outer: Span, inner: Span) -> bool {
    outer.source == inner.source && outer.start <= inner.start && inner.end <= outer.end
}

impl Intake {
    /// Whether a document at this place may say something else than what was read from it.
    pub(super) fn is_in_doubt(&mut self, at: Span) -> bool {
        self.notice_damage();
        let mut at = Some(at);
        while let Some(span) = at {
            let doubled = self.faults.doubled.get(&span.source);
            if self.faults.damaged.contains(&span.source)
                || doubled.is_some_and(|keys| keys.iter().any(|key| encloses(span, *key)))
            {
                return true;
            }
            at = self.sources.container(span.source);
        }
        false
    }

    fn notice_damage(&mut self) {
        let faults = &mut self.faults;
        if faults.seen > self.problems.len() {
            faults.seen = 0;
        }
        for problem in self.problems.iter().skip(faults.seen).filter(|problem| problem.is_error()) {
            let Some(span) = problem.span else { continue };
            if is_damage(problem.code) {
                faults.damaged.insert(span.source);
            } else if problem.code == Code::DuplicateKey {
                faults.doubled.entry(span.source).or_default().push(span);
            }
        }
        faults.seen = self.problems.len();
    }

    /// In place of a document in error: a policy that may allow or deny anything, which every answer that needs it is
    /// refused for.
    pub(super) fn policy_in_error(&mut self, kind: PolicyKind, at: Span) -> SharedPolicy {
        let place = self.sources.place(at);
        let name = format!("{} in error at {}.{}", kind.describe(), place.document, place.start.line);
        self.faults.opened.push((at, symbol::plain(&name)));
        self.unknown_policy(&name, kind, at, "the document has an error")
    }

    /// These are mistakes in what a file tells this program, such as a suppression in a template.
    pub(super) fn is_configuration(&mut self, problems: &[Diagnostic]) {
        self.faults.configuration.extend(problems.iter().filter_map(|problem| problem.span));
    }

    /// Whether an error stops every answer: the manifest has it, or something that was named is not there.
    fn stops_all(&self, problem: &Diagnostic) -> bool {
        let Some(span) = problem.span else { return true };
        let is_manifest = |span: Span| {
            let file = self.file_at(span);
            file.is_some_and(|file| file.loader == Some(manifest::LOADER.name))
        };
        if self.faults.configuration.contains(&span) {
            return true;
        }
        let contradicts_a_file = problem.code == Code::ConflictingFacts
            && problem.related.iter().any(|label| !is_manifest(label.span));
        is_manifest(span) && !contradicts_a_file
    }

    /// Whether an error that is there stops every answer.
    pub fn has_general_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.is_error() && self.stops_all(problem))
    }

    /// Whether an answer may rest on a document in error.
    pub fn is_refused(&self, scope: &Scope) -> bool {
        self.problems.iter().any(|problem| problem.is_error() && self.concerns(problem, scope))
    }

    /// Makes warnings of the errors that none of these answers may rest on, and returns them.
    pub fn set_aside(&mut self, refused: &[Scope]) -> Vec<Diagnostic> {
        let keeps = |problem: &Diagnostic| {
            self.stops_all(problem) || refused.iter().any(|scope| self.concerns(problem, scope))
        };
        let aside: Vec<bool> = self.problems.iter().map(|p| p.is_error() && !keeps(p)).collect();
        let problems = self.problems.iter_mut().zip(aside).filter(|(_, aside)| *aside);
        problems
            .map(|(problem, _)| {
                problem.severity = Severity::Warning;
                problem.clone()
            })
            .collect()
    }

    /// Whether some file was read without an error.
    pub fn has_sound_files(&self) -> bool {
        let faulty: BTreeSet<SourceId> = self
            .problems
            .iter()
            .filter(|problem| problem.is_error())
            .filter_map(|problem| Some(self.sources.host(problem.span?).source))
            .collect();
        self.files.iter().filter_map(|file| file.source).any(|source| !faulty.contains(&source))
    }

    fn file_at(&self, span: Span) -> Option<&InputFile> {
        let source = self.sources.host(span).source;
        self.files.get(self.paths.get(&source)?.file)
    }

    fn concerns(&self, problem: &Diagnostic, scope: &Scope) -> bool {
        if self.stops_all(problem) {
            return true;
        }
        let Some(span) = problem.span else { return true };
        let at = self.sources.host(span);
        let mut opened = self.faults.opened.iter().map(|(place, name)| (self.sources.host(*place), name));
        let is_damaged = is_damage(problem.code);
        let stands_for =
            |place: Span| if is_damaged { place.source == at.source } else { encloses(place, at) };
        if opened.clone().any(|(place, name)| stands_for(place) && scope.symbols.contains(name)) {
            return true;
        }
        let file = self.file_at(span);
        // A policy alone says nothing of anything but what it is attached to.
        let is_policy = file.is_some_and(|file| file.loader == Some(policy::LOADER.name))
            || file.is_some_and(|file| file.loader.is_none())
                && opened.clone().any(|(place, _)| place.source == at.source);
        if problem.code != Code::ConflictingFacts
            && (is_policy || !is_damaged && opened.any(|(place, _)| stands_for(place)))
        {
            return false;
        }
        self.may_tell(problem, at, file, scope)
    }

    /// Whether the part of a file that an error puts in doubt may be about what an answer looked at.
    fn may_tell(&self, problem: &Diagnostic, at: Span, file: Option<&InputFile>, scope: &Scope) -> bool {
        if file.is_some_and(|file| limits_accounts(&file.kind)) {
            return true;
        }
        let region = match is_damage(problem.code) && !self.is_inside(problem) {
            true => self.whole(at.source),
            false => {
                let related = problem.related.iter().map(|label| self.sources.host(label.span));
                let same = related.filter(|span| span.source == at.source);
                let parts = std::iter::once(at).chain(same).map(|span| self.entry_around(span));
                parts.reduce(join).unwrap_or(at)
            }
        };
        let text = self.sources.text(region);
        let named = |text: &str| scope.names.iter().any(|name| mentions(text, name));
        let nicknames = scope.nicknames.get(&at.source).into_iter().flatten();
        if named(text) || named(&problem.message) || nicknames.clone().any(|name| mentions(text, name)) {
            return true;
        }
        // A table of the manifest says whose such a file is.
        let given = file.filter(|file| file.loader.is_none()).map_or(&[][..], |file| &file.contributed);
        if given.iter().any(|what| named(what)) {
            return true;
        }
        let path = file.map_or("", |file| file.path.as_str());
        if path.split(['/', '\\']).any(|part| scope.names.contains(part.split('.').next().unwrap_or(part))) {
            return true;
        }
        let owner = self.owner_of(at.source);
        let owners = [
            owner.bucket.map(|bucket| bucket.value),
            owner.object.map(|object| object.value),
            owner.role.map(|role| role.value.to_string()),
            owner.key.map(|key| key.value.to_string()),
        ];
        if owner.target.is_some() || owners.iter().flatten().any(|owner| named(owner)) {
            return true;
        }
        if scope.all_principals && may_name_principals(text) {
            return true;
        }
        self.subjects_told_in(|span| encloses(region, self.sources.host(span))).any(named)
    }

    /// Whether a text that is damaged lies inside another one.
    fn is_inside(&self, problem: &Diagnostic) -> bool {
        problem.span.is_some_and(|span| self.sources.is_embedded(span.source))
    }

    fn whole(&self, source: SourceId) -> Span {
        let text = self.sources.source_text(source).map_or("", |text| text);
        Span::new(source, 0, text.len() as u32)
    }

    /// The resource of a template, the identity of a dump, or what else is the second level of the document around a
    /// place.
    fn entry_around(&self, at: Span) -> Span {
        let Some(text) = self.sources.source_text(at.source) else { return at };
        let Some(opened) = self.paths.get(&at.source) else { return at };
        let syntax = input_document::syntax_of(self.sources.name(at.source), text);
        let places = input_document::places(at.source, syntax, text);
        let Some(place) = places.into_iter().find(|place| encloses(*place, at)) else {
            return self.whole(at.source);
        };
        let document = InputDocument::of((&opened.path, &opened.dir), syntax, text, place, 0);
        let mut around = (place, document.root());
        for _ in 0..2 {
            let Some(inner) = child_around(around.1, at) else { break };
            around = inner;
        }
        around.0
    }
}

fn join(one: Span, other: Span) -> Span {
    Span::new(one.source, one.start.min(other.start), one.end.max(other.end))
}

/// The member or element that a place lies in, with its key.
fn child_around<'n, 's>(node: &'n Node<'s>, at: Span) -> Option<(Span, &'n Node<'s>)> {
    let members = node.members().iter().map(|m| (join(m.key.span, m.value.span), &m.value));
    let elements = node.elements().iter().map(|element| (element.span, element));
    members.chain(elements).find(|(span, _)| encloses(*span, at))
}

/// Files about accounts as a whole: policies of organizations and settings of accounts limit everyone in them.
fn limits_accounts(kind: &str) -> bool {
    const WORDS: &[&str] = &[
        "describe-policy",
        "list-accounts",
        "list-parents",
        "list-policies-for-target",
        "list-roots",
        "list-targets-for-policy",
        "organization",
        "s3control",
    ];
    WORDS.iter().any(|word| kind.contains(word))
}

/// Whether a text names something, and not only a longer name around it.
fn mentions(text: &str, name: &str) -> bool {
    let goes_on = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !name.is_empty()
        && text.match_indices(name).any(|(start, _)| {
            let before = text.get(..start).and_then(|text| text.chars().next_back());
            let after = text.get(start + name.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(goes_on) && !after.is_some_and(goes_on)
        })
}

/// Whether a text may declare principals, or say something of all of them.
fn may_name_principals(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["role", "policy", "principal", "statement", "iam", "user"].iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[test]
    fn a_longer_name_is_another_one() {
        assert!(mentions("arn:aws:s3:::lake/raw", "lake"));
        assert!(mentions("lake", "lake"));
        assert!(!mentions("arn:aws:s3:::lake-2/raw", "lake"));
        assert!(!mentions("datalake", "lake"));
        assert!(mentions("datalake lake.", "lake"));
        assert!(!mentions("lake", ""));
    }
}
