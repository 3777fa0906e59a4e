//! A document on input to the loaders: parsed when one of them first asks for it.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::path::Path;

use super::Syntax;
use crate::diagnostic::Diagnostic;
use crate::json::{self, Node, Value, skim};
use crate::source::{SourceId, Span, Spanned};
use crate::{toml_tree, yaml};

/// A document that loaders are asked about.
#[derive(Debug)]
pub struct InputDocument<'a> {
    /// The source it is in.
    pub source: SourceId,
    /// As the file system knows it; empty for standard input.
    pub path: &'a Path,
    /// The directory that paths inside the document are relative to.
    pub dir: &'a Path,
    /// Its syntax.
    pub syntax: Syntax,
    /// The text of the whole file.
    pub text: &'a str,
    /// Where the document lies in it.
    pub at: Span,
    /// Which document of the file it is, counted from 0.
    pub index: usize,
    ends: Option<&'a skim::Ends>,
    tree: OnceCell<Tree<'a>>,
    top: OnceCell<Top<'a>>,
}

/// The members of the outermost object.
#[derive(Debug)]
struct Top<'a> {
    members: Vec<(Spanned<Cow<'a, str>>, Span)>,
    /// They were found in the text, which is sound so far as they go, and ends where the object ends.
    skimmed: bool,
}

/// A document as a tree, and what is wrong with it.
#[derive(Debug)]
struct Tree<'a> {
    root: Option<Node<'a>>,
    problems: Vec<Diagnostic>,
}

impl<'a> InputDocument<'a> {
    /// The document at a place of a file: `index` of its [`places`].
    pub(super) fn of(
        (path, dir): (&'a Path, &'a Path),
        syntax: Syntax,
        text: &'a str,
        at: Span,
        index: usize,
    ) -> Self {
        let (tree, top) = (OnceCell::new(), OnceCell::new());
        Self { source: at.source, path, dir, syntax, text, at, index, ends: None, tree, top }
    }

    /// The same where the ends of its brackets are known.
    pub(super) fn indexed(self, ends: Option<&'a skim::Ends>) -> Self {
        Self { ends, ..self }
    }

    /// The text of the whole file, for going through it.
    pub(super) fn skimmable(&self) -> skim::Indexed<'a> {
        skim::Indexed { text: self.text, ends: self.ends }
    }

    /// Whether the document is one object in JSON whose members can be gone through.
    pub(super) fn is_skimmed(&self) -> bool {
        self.syntax == Syntax::Json && self.top().skimmed
    }

    /// The text of the document.
    pub(super) fn part(&self) -> &'a str {
        self.text.get(self.at.start as usize..self.at.end as usize).unwrap_or_default()
    }

    fn tree(&self) -> &Tree<'a> {
        self.tree.get_or_init(|| {
            let parsed = match self.syntax {
                Syntax::Json => json::parse_at(self.text, self.at),
                Syntax::Toml => toml_tree::parse(self.source, self.text),
                Syntax::Yaml => {
                    let yaml::Parsed { documents, mut problems } = yaml::parse(self.source, self.part());
                    let mut root = documents.into_iter().next();
                    root.iter_mut().for_each(|root| shift_node(root, self.at.start));
                    problems.iter_mut().for_each(|problem| shift_problem(problem, self.at.start));
                    return Tree { root, problems };
                }
            };
            Tree { root: parsed.root, problems: parsed.problems }
        })
    }

    /// The whole document; `null` where nothing could be read.
    pub fn root(&self) -> &Node<'a> {
        const NOTHING: &Node<'static> =
            &Node { span: Span { source: SourceId::LONE, start: 0, end: 0 }, value: Value::Null };
        self.tree().root.as_ref().unwrap_or(NOTHING)
    }

    /// What is wrong with the syntax of the document.
    pub(super) fn syntax_problems(&self) -> &[Diagnostic] {
        &self.tree().problems
    }

    /// The names of the members of the outermost object.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.top().members.iter().map(|(key, _)| &*key.value)
    }

    /// The place of a member of the outermost object, found without reading the rest.
    pub fn member(&self, name: &str) -> Option<Span> {
        self.top().members.iter().rev().find(|(key, _)| key.value == name).map(|(_, at)| *at)
    }

    /// Whether the outermost object has such a member.
    pub fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    fn top(&self) -> &Top<'a> {
        self.top.get_or_init(|| self.skim())
    }

    fn skim(&self) -> Top<'a> {
        if self.syntax == Syntax::Json
            && let Ok(members) = skim::members(self.skimmable(), self.at)
            && let Ok(members) = members.map(|m| m.map(|m| (m.key, m.value))).collect()
        {
            return Top { members, skimmed: true };
        }
        if self.syntax == Syntax::Yaml {
            let start = self.at.start as usize;
            let span = |at: usize, len: usize| {
                Span::new(self.source, (start + at) as u32, (start + at + len) as u32)
            };
            let members: Vec<_> = yaml_members(self.part())
                .map(|(key, at)| (Spanned::new(Cow::Borrowed(key), span(at, key.len())), span(at, key.len())))
                .collect();
            if !members.is_empty() {
                return Top { members, skimmed: true };
            }
        }
        // What cannot be skimmed is read with its mistakes.
        let members = self.root().members().iter().map(|m| (m.key.clone(), m.value.span)).collect();
        Top { members, skimmed: false }
    }
}

/// The syntax of a file, by its name or else by how it begins.
pub(super) fn syntax_of(name: &str, text: &str) -> Syntax {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let start = text.trim_start();
    // `{{` begins a template of YAML, such as one of Helm, and no JSON.
    let is_bracket = start.starts_with(['{', '[']) && !start.starts_with("{{");
    if name.ends_with(".toml") {
        Syntax::Toml
    } else if is_bracket || name.ends_with(".json") {
        Syntax::Json
    } else if name.ends_with(".yaml") || name.ends_with(".yml") || yaml_members(text).next().is_some() {
        Syntax::Yaml
    } else {
        Syntax::Json
    }
}

/// Where the documents of a file lie.
pub(super) fn places(source: SourceId, syntax: Syntax, text: &str) -> Vec<Span> {
    match syntax {
        Syntax::Json => json_documents(source, text),
        Syntax::Toml => vec![whole(source, text)],
        Syntax::Yaml => yaml_documents(source, text),
    }
}

/// The objects of a text that is a list of them.
pub(super) fn listed(source: SourceId, syntax: Syntax, text: &str) -> Option<Vec<Span>> {
    let [at] = places(source, syntax, text).try_into().ok().filter(|_| syntax == Syntax::Json)?;
    let elements: Vec<Span> = skim::elements(text, at).ok()?.collect::<Result<_, _>>().ok()?;
    let is_object = |at: &Span| text.get(at.start as usize..).is_some_and(|rest| rest.starts_with('{'));
    elements.first().is_some_and(is_object).then_some(elements)
}

fn is_document_mark(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '#']))
}

/// The documents of a YAML text, each with the mark in front of it.
fn yaml_documents(source: SourceId, text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        if at > 0 && is_document_mark(line.trim_end()) {
            found.push(Span::new(source, start, at));
            start = at;
        }
        at += line.len() as u32;
    }
    found.push(Span::new(source, start, at));
    found
}

/// Of a document that was read by itself, the places in the text it stands in. No tree is deeper than a parser goes.
fn shift_node(node: &mut Node<'_>, by: u32) {
    shift(&mut node.span, by);
    match &mut node.value {
        Value::Array(elements) => elements.iter_mut().for_each(|element| shift_node(element, by)),
        Value::Object(members) => {
            for member in members {
                shift(&mut member.key.span, by);
                shift_node(&mut member.value, by);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Invalid => {}
    }
}

fn shift_problem(problem: &mut Diagnostic, by: u32) {
    let related = problem.related.iter_mut().map(|label| &mut label.span);
    problem.span.iter_mut().chain(related).for_each(|span| shift(span, by));
}

fn shift(span: &mut Span, by: u32) {
    *span = Span::new(span.source, span.start.saturating_add(by), span.end.saturating_add(by));
}

/// Pages of answers stand behind each other, and a command may have written lines of a log before its output.
/// Whatever else stands around a value is an error of the whole.
pub(super) fn json_documents(source: SourceId, text: &str) -> Vec<Span> {
    let found = skim::documents(source, text);
    let first = found.values.first().map_or(0, |value| value.start);
    let log_only = found.others.iter().all(|other| other.end <= first);
    if found.unclosed.is_some() || found.values.is_empty() || !log_only {
        return vec![whole(source, text)];
    }
    found.values
}

fn whole(source: SourceId, text: &str) -> Span {
    Span::new(source, 0, text.len() as u32)
}

/// The keys of the outermost mapping of a YAML text in block style, as far as they stand at the start of a line.
fn yaml_members(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let key = line.split_once(':').filter(|(_, rest)| rest.starts_with([' ', '\n', '\r', '\t']))?.0;
        let key = key.trim_matches(['"', '\'']);
        let is_key =
            !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        is_key.then_some((key, start))
    })
}
