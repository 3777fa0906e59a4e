//! Policies out of documents, each one read once and shared by all its owners.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::{Intake, Syntax, managed};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::estate::{Called, SharedPolicy, Symbol};
use crate::json::{self, Embedding, Node, Value};
use crate::name::symbol;
use crate::policy::{self, Policy, PolicyKind, check_quota};
use crate::source::{OffsetMap, Origin, SourceId, Span};

/// A policy that was lowered ahead of its turn. Its JSON pointer is set when its turn comes.
#[derive(Clone, Debug)]
pub(super) struct Lowered {
    /// The document.
    at: Span,
    policy: Policy,
    problems: Vec<Diagnostic>,
}

impl Lowered {
    /// The policy at a node, where the node is the document itself.
    pub(super) fn of(node: &Node<'_>, kind: PolicyKind) -> Option<Self> {
        let mut problems = Vec::new();
        let policy = node.is_object().then(|| policy::lower(node, kind, "", &mut problems))?;
        Some(Self { at: node.span, policy, problems })
    }
}

/// The policies that were read.
#[derive(Clone, Debug, Default)]
pub(super) struct Documents {
    all: Vec<SharedPolicy>,
    /// Policies of the current element of a dump, lowered ahead.
    ahead: Vec<Lowered>,
    /// By the place of the document and what it was read as.
    lowered: BTreeMap<(Span, PolicyKind), SharedPolicy>,
    embedded: BTreeMap<Span, Embedding>,
    /// Documents whose syntax errors were told.
    judged: BTreeSet<(SourceId, Syntax, usize)>,
    /// What was said of documents that were put together.
    made: BTreeSet<(Option<Span>, Code, String)>,
    fixed: BTreeMap<&'static str, SharedPolicy>,
    pub(super) managed: managed::UsedSnapshot,
}

impl Documents {
    /// Sets the policies that were lowered ahead, in place of those of the element before.
    pub(super) fn have_ahead(&mut self, lowered: Vec<Lowered>) {
        self.ahead = lowered;
    }

    /// The policy at a node, which is an object.
    fn lower(
        &mut self,
        node: &Node<'_>,
        kind: PolicyKind,
        pointer: &str,
        problems: &mut Vec<Diagnostic>,
    ) -> Policy {
        let is_it = |lowered: &Lowered| lowered.at == node.span && lowered.policy.kind == kind;
        let Some(ahead) = self.ahead.iter().position(is_it) else {
            return policy::lower(node, kind, pointer, problems);
        };
        let mut lowered = self.ahead.swap_remove(ahead);
        problems.append(&mut lowered.problems);
        Policy { pointer: pointer.into(), ..lowered.policy }
    }

    pub(super) fn all(&self) -> &[SharedPolicy] {
        &self.all
    }

    pub(super) fn is_first_complaint(&mut self, source: SourceId, syntax: Syntax, index: usize) -> bool {
        self.judged.insert((source, syntax, index))
    }
}

/// The policy inside a document, and its JSON pointer: the document itself, or what an answer of the AWS CLI
/// wraps around it.
pub(super) fn policy_node<'n, 's>(root: &'n Node<'s>, kind: PolicyKind) -> (&'n Node<'s>, &'static str) {
    if root.get("Statement").is_some() {
        return (root, "");
    }
    if kind == PolicyKind::Trust
        && let Some(trust) = root.get("Role").and_then(|role| role.get("AssumeRolePolicyDocument"))
    {
        return (trust, "/Role/AssumeRolePolicyDocument");
    }
    let wrapped = [
        (root.get("PolicyDocument"), "/PolicyDocument"),
        (root.get("PolicyVersion").and_then(|version| version.get("Document")), "/PolicyVersion/Document"),
        (root.get("Policy").and_then(|policy| policy.get("Content")), "/Policy/Content"),
        (root.get("Policy"), "/Policy"),
    ];
    wrapped.into_iter().find_map(|(node, pointer)| Some((node?, pointer))).unwrap_or((root, ""))
}

impl Intake {
    /// The policy in a file that holds one.
    pub(super) fn policy_of(&mut self, source: SourceId, kind: PolicyKind) -> Option<SharedPolicy> {
        let text = self.sources.source_text(source)?.clone();
        let parsed = json::parse(source, &text);
        if self.documents.is_first_complaint(source, Syntax::Json, 0) {
            let mut problems = parsed.problems;
            super::explain_placeholders(&text, &mut problems);
            self.problems.append(&mut problems);
        }
        let Some(root) = parsed.root else {
            return Some(self.policy_in_error(kind, self.sources.first_character(source)));
        };
        let (node, pointer) = policy_node(&root, kind);
        self.policy(node, kind, pointer)
    }

    /// What kind of policy a file holds, as far as its content tells; none where it has no statement.
    pub(super) fn kind_of(&mut self, source: SourceId) -> Option<PolicyKind> {
        let text = self.sources.source_text(source)?.clone();
        let root = json::parse(source, &text).root?;
        let guess = |node: &Node<'_>| {
            let empty = node
                .get("Statement")
                .is_none_or(|s| matches!(&s.value, Value::Array(list) if list.is_empty()));
            (!empty).then(|| policy::guess_kind(node))
        };
        // An answer about a role holds its trust policy.
        let (node, _) = policy_node(&root, PolicyKind::Trust);
        match node.as_str() {
            Some(text) => guess(json::parse(SourceId::LONE, text).root.as_ref()?),
            None => guess(node),
        }
    }

    /// The policy at a node, which is an object or a string that holds one. `pointer` is its place in the file.
    pub(super) fn policy(
        &mut self,
        node: &Node<'_>,
        kind: PolicyKind,
        pointer: &str,
    ) -> Option<SharedPolicy> {
        if let Some(policy) = self.documents.lowered.get(&(node.span, kind)) {
            return Some(Arc::clone(policy));
        }
        let mut problems = Vec::new();
        let policy = if let Value::String(_) = node.value {
            let embedding = self.embedding(node, pointer)?;
            let parsed = json::parse(embedding.source, &embedding.text);
            if self.documents.is_first_complaint(embedding.source, Syntax::Json, 0) {
                self.problems.extend(parsed.problems);
            }
            match parsed.root {
                Some(root) => policy::lower(&root, kind, pointer, &mut problems),
                None => return Some(self.policy_in_error(kind, node.span)),
            }
        } else {
            self.documents.lower(node, kind, pointer, &mut problems)
        };
        problems.extend(check_quota(&policy, self.sources.text(policy.span)));
        if let Some(text) = self.sources.source_text(policy.span.source) {
            super::explain_placeholders(text, &mut problems);
        }
        // Read as another type before: what is wrong in both is told once.
        let read_before = self.documents.lowered.range((node.span, PolicyKind::Identity)..).next();
        if read_before.is_some_and(|((span, _), _)| *span == node.span) {
            let told: FxHashSet<_> = self.problems.iter().map(|p| (p.code, p.span, &p.message)).collect();
            problems.retain(|problem| !told.contains(&(problem.code, problem.span, &problem.message)));
        }
        let is_lenient = self.lenient.contains(&self.sources.host(node.span).source);
        let policy =
            if self.is_in_doubt(policy.span) || (!is_lenient && problems.iter().any(Diagnostic::is_error)) {
                self.policy_in_error(kind, policy.span)
            } else if is_lenient {
                Arc::new(self.left_as_it_is(policy, &mut problems))
            } else {
                Arc::new(policy)
            };
        self.problems.append(&mut problems);
        self.documents.lowered.insert((node.span, kind), Arc::clone(&policy));
        self.documents.all.push(Arc::clone(&policy));
        Some(policy)
    }

    /// A policy that was put together here: its nodes have places of a file, but the file holds no such text.
    /// `text` is the document as JSON.
    pub(super) fn made_policy(
        &mut self,
        node: &Node<'_>,
        kind: PolicyKind,
        pointer: &str,
        text: &str,
    ) -> SharedPolicy {
        let mut problems = Vec::new();
        let policy = policy::lower(node, kind, pointer, &mut problems);
        problems.extend(check_quota(&policy, text));
        let policy = match self.is_in_doubt(policy.span) {
            true => self.policy_in_error(kind, policy.span),
            false => Arc::new(self.left_as_it_is(policy, &mut problems)),
        };
        // One place may be read more than once: for several stacks, roles or sides of a condition.
        for problem in problems {
            if self.documents.made.insert((problem.span, problem.code, problem.message.clone())) {
                self.problems.push(problem);
            }
        }
        self.documents.all.push(Arc::clone(&policy));
        policy
    }

    /// A policy of a template or a dump that AWS refuses, or that we do not understand: what the others do is decided
    /// all the same. What it says counts where that is beyond doubt, else it may say anything.
    fn left_as_it_is(&mut self, policy: Policy, problems: &mut [Diagnostic]) -> Policy {
        // Such an entry of a list names nobody, or nothing that exists.
        const NOTHING: &[Code] = &[
            Code::InvalidArnPrefix,
            Code::InvalidPrincipalValue,
            Code::MissingArnField,
            Code::UnsupportedWildcardInPrincipal,
        ];
        let plain = |code: Code| policy::UNDERSTOOD.contains(&code) || NOTHING.contains(&code);
        let doubtful = |p: &&Diagnostic| p.is_error() && !plain(p.code);
        let first = problems.iter().find(doubtful).map(|problem| problem.message.clone());
        for problem in problems {
            problem.severity = problem.severity.min(Severity::Warning);
        }
        let Some(first) = first.filter(|_| !self.documents_alone) else { return policy };
        let place = self.sources.place(policy.span);
        let name = format!("{} at {}.{}", policy.kind.describe(), place.document, place.start.line);
        self.symbol(&name, &format!("AWS would refuse the document: {first}"), policy.span);
        policy::open(&name, policy.kind, policy.span)
    }

    /// A document that the input leaves open: it may allow or deny anything. `why` is for people.
    pub(super) fn unknown_policy(
        &mut self,
        name: &str,
        kind: PolicyKind,
        at: Span,
        why: &str,
    ) -> SharedPolicy {
        self.symbol(name, why, at);
        Arc::new(policy::open(name, kind, at))
    }

    /// The same for a document that exists and that nobody supplied.
    pub(super) fn unsupplied_policy(
        &mut self,
        name: &str,
        kind: PolicyKind,
        at: Span,
        why: String,
    ) -> SharedPolicy {
        let policy = self.unknown_policy(name, kind, at, &why);
        if let Some(symbol) = self.estate.symbols.get_mut(&symbol::plain(name)) {
            symbol.is_missing = true;
        }
        policy
    }

    /// Says why the value of a symbol is not known.
    pub(super) fn symbol(&mut self, name: &str, why: &str, at: Span) {
        self.estate.has_symbols = true;
        let new = || Symbol { why: why.to_owned(), at, is_missing: false, policy: None };
        self.estate.symbols.entry(symbol::plain(name)).or_insert_with(new);
    }

    /// Another name that people use: a Terraform address, a logical id, a CDK path.
    pub(super) fn called(&mut self, name: &str, called: Called) {
        self.estate.has_symbols = true;
        let known = self.estate.names.entry(name.to_owned()).or_default();
        if !known.contains(&called) {
            known.push(called);
        }
    }

    /// A document that lies in a string, as a source of its own.
    pub(super) fn embedding(&mut self, node: &Node<'_>, pointer: &str) -> Option<Embedding> {
        if let Some(embedding) = self.documents.embedded.get(&node.span) {
            return Some(embedding.clone());
        }
        let label = if pointer.is_empty() { "policy" } else { pointer.trim_start_matches('/') };
        let Some(embedding) = json::embed(&mut self.sources, node, &label.replace('/', ".")) else {
            let problem =
                Diagnostic::new(Code::NestedTooDeep, node.span, "this document lies inside too many others");
            self.problems.push(problem);
            return None;
        };
        self.documents.embedded.insert(node.span, embedding.clone());
        Some(embedding)
    }

    /// A policy that AWS itself wrote, as a source of its own so that it can be shown.
    pub(super) fn fixed_policy(
        &mut self,
        name: &'static str,
        kind: PolicyKind,
        text: &'static str,
    ) -> Option<SharedPolicy> {
        if let Some(policy) = self.documents.fixed.get(name) {
            return Some(Arc::clone(policy));
        }
        let source = self.sources.add(name, text.into(), Origin::File { bytes: OffsetMap::identity() });
        let root = json::parse(source, text).root?;
        let policy = Arc::new(policy::lower(&root, kind, "", &mut self.problems));
        self.documents.fixed.insert(name, Arc::clone(&policy));
        Some(policy)
    }
}
