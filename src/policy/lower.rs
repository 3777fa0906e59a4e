//! Tree → [`Policy`], with every mistake reported at its place.

use smallvec::SmallVec;

mod principals;
mod resources;

pub(crate) use principals::PRINCIPAL_KEYS;

use super::condition;
use super::endpoint_limits;
use super::open;
use super::{Effect, Policy, PolicyKind, Scope, Statement, Version};
use crate::diagnostic::{Code, Diagnostic, Severity, did_you_mean};
use crate::json::{Member, Node, Value};
use crate::name::{ActionPattern, has_variable, symbol};
use crate::source::{Span, Spanned};

/// The elements of a policy document.
pub(crate) const DOCUMENT_ELEMENTS: &[&str] = &["Version", "Id", "Statement"];
/// The elements of a statement.
pub(crate) const STATEMENT_ELEMENTS: &[&str] = &[
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// How many statements are kept with their problems; a hostile file could hold millions.
pub type Statements = Box<[Statement]>;

/// Lower one document. `pointer` is the place of the document inside its file as a JSON pointer.
///
/// Always gives a policy; whether it may be evaluated is told by the problems: one error, and AWS would have
/// refused to store it.
pub fn lower(node: &Node<'_>, kind: PolicyKind, pointer: &str, problems: &mut Vec<Diagnostic>) -> Policy {
    let mut lowering = Lowering { kind, version: Version::V2008, problems };
    let (statements, single) = lowering.document(node);
    Policy { kind, version: lowering.version, statements, span: node.span, pointer: pointer.into(), single }
}

/// A list of an element with the place of each entry; the usual length needs no allocation.
type Strings<'n> = SmallVec<[(&'n str, Span); 8]>;

struct Lowering<'p> {
    kind: PolicyKind,
    version: Version,
    problems: &'p mut Vec<Diagnostic>,
}

impl Lowering<'_> {
    fn report(&mut self, code: Code, span: Span, message: impl Into<String>, help: &str) {
        self.problems.push(Diagnostic::new(code, span, message).help(help));
    }

    fn document(&mut self, node: &Node<'_>) -> (Statements, bool) {
        if let Some(name) = open_symbol(node) {
            self.version = Version::V2012;
            return (open::statements(name, self.kind, node.span, 0).into(), false);
        }
        let Value::Object(members) = &node.value else {
            if node.value != Value::Invalid {
                self.report(
                    Code::DataTypeMismatch,
                    node.span,
                    format!("a policy is a JSON object; this is {}", node.kind()),
                    "write {\"Version\": \"2012-10-17\", \"Statement\": [ … ]}",
                );
            }
            return (Statements::default(), false);
        };
        for member in members {
            if !DOCUMENT_ELEMENTS.contains(&&*member.key.value) {
                self.unknown_element(member, "a policy", DOCUMENT_ELEMENTS);
            }
        }
        self.read_version(node);
        if let Some(id) = node.get("Id")
            && id.as_str().is_none()
        {
            self.report(
                Code::DataTypeMismatch,
                id.span,
                format!("`Id` is {}, not a string", id.kind()),
                "write a string",
            );
        }
        let Some(statement) = node.get("Statement") else {
            self.report(
                Code::MissingStatement,
                node.span,
                "this policy has no `Statement`",
                "add \"Statement\": [ … ]; without it AWS refuses the policy",
            );
            return (Statements::default(), false);
        };
        let (nodes, single): (&[Node<'_>], bool) = match &statement.value {
            Value::Array(list) => (list, false),
            Value::Object(_) => (std::slice::from_ref(statement), true),
            Value::String(_) if open_symbol(statement).is_some() => (std::slice::from_ref(statement), true),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Invalid => {
                self.report(
                    Code::DataTypeMismatch,
                    statement.span,
                    format!("`Statement` is {}, not an object or an array of objects", statement.kind()),
                    "write \"Statement\": [ { … } ]",
                );
                return (Statements::default(), false);
            }
        };
        let mut statements = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let index = index as u32;
            match open_symbol(node) {
                Some(name) => statements.extend(open::statements(name, self.kind, node.span, index)),
                None => statements.extend(self.statement(node, index)),
            }
        }
        self.check_sids(&statements);
        (statements.into_boxed_slice(), single)
    }

    fn read_version(&mut self, node: &Node<'_>) {
        match node.get("Version") {
            None => {
                let needs = matches!(self.kind, PolicyKind::Scp | PolicyKind::Rcp);
                let what = if needs {
                    "an SCP or RCP must name it"
                } else {
                    "the language of 2008 then applies, without policy variables"
                };
                let missing = Diagnostic::new(
                    Code::MissingVersion,
                    node.span,
                    format!("this policy names no `Version`; {what}"),
                )
                .help("add \"Version\": \"2012-10-17\"");
                // Without variables a trust policy says the same in both versions.
                let is_same = self.kind == PolicyKind::Trust && !names_variables(node);
                self.problems.push(if is_same { missing.level(Severity::Note) } else { missing });
                // AWS's own SCP and RCP snippets leave it out, and both exist only in the newer language (R10).
                if needs {
                    self.version = Version::V2012;
                }
            }
            Some(version) => match version.as_str() {
                Some("2012-10-17") => self.version = Version::V2012,
                Some("2008-10-17") => {
                    if matches!(self.kind, PolicyKind::Identity | PolicyKind::Permissions) {
                        self.report(
                            Code::OldVersion,
                            version.span,
                            "the language of 2008 has no policy variables, and managed policies do not take it",
                            "write \"Version\": \"2012-10-17\"",
                        );
                    }
                }
                written => {
                    let shown = written.map_or_else(|| version.kind().to_owned(), |v| format!("`{v}`"));
                    self.report(
                        Code::InvalidVersion,
                        version.span,
                        format!("`Version` is {shown}; AWS knows 2012-10-17 and 2008-10-17"),
                        "write \"Version\": \"2012-10-17\"",
                    );
                }
            },
        }
    }

    fn unknown_element(&mut self, member: &Member<'_>, of: &str, known: &[&str]) {
        let written = &member.key.value;
        let exact_but_case = known.iter().find(|k| k.eq_ignore_ascii_case(written));
        let help = match exact_but_case {
            Some(k) => Some(format!("elements are matched by case: write `{k}`")),
            None => did_you_mean(written, known.iter().copied()),
        };
        self.problems.push(
            Diagnostic::new(
                Code::InvalidPolicyElement,
                member.key.span,
                format!("`{written}` is not an element of {of}"),
            )
            .maybe_help(help.or_else(|| Some(format!("elements are {}", known.join(", "))))),
        );
    }

    fn check_sids(&mut self, statements: &[Statement]) {
        let sids = || statements.iter().filter_map(|s| s.sid.as_ref()).filter(|sid| !sid.value.is_empty());
        if sids().nth(1).is_none() {
            return;
        }
        let mut seen: rustc_hash::FxHashMap<&str, Span> = rustc_hash::FxHashMap::default();
        seen.reserve(statements.len());
        for sid in sids() {
            if let Some(first) = seen.insert(&sid.value, sid.span) {
                let message = format!("two statements have the Sid `{}`", sid.value);
                let problem = if self.kind.is_iam() {
                    Diagnostic::new(Code::UniqueSidsRequired, sid.span, message)
                } else {
                    Diagnostic::new(Code::UniqueSidsRecommended, sid.span, message)
                };
                self.problems.push(
                    problem.because(first, "first used here").help("give each statement a name of its own"),
                );
            }
        }
    }

    fn statement(&mut self, node: &Node<'_>, index: u32) -> Option<Statement> {
        let Value::Object(members) = &node.value else {
            if node.value != Value::Invalid {
                self.report(
                    Code::DataTypeMismatch,
                    node.span,
                    format!("a statement is an object; this is {}", node.kind()),
                    "write { \"Effect\": \"Allow\", … }",
                );
            }
            return None;
        };
        for member in members {
            if !STATEMENT_ELEMENTS.contains(&&*member.key.value) {
                self.unknown_element(member, "a statement", STATEMENT_ELEMENTS);
            }
        }
        let sid = self.sid(node);
        // One mistake hides no other: what the rest of the statement says is looked at as well.
        let effect = self.effect(node);
        let meant = effect.as_ref().map_or(Effect::Deny, |effect| effect.value);
        let principals = self.principals(node, meant);
        let actions = self.actions(node, meant);
        let resources = self.resources(node);
        let tests = node
            .get("Condition")
            .map(|c| condition::lower(c, self.kind, self.version, self.problems))
            .unwrap_or_default();
        let (effect, actions) = (effect?, actions?);
        let statement =
            Statement { sid, effect, principals, actions, resources, tests, span: node.span, index };
        if self.kind == PolicyKind::Endpoint {
            endpoint_limits::check(&statement, self.problems);
        }
        Some(statement)
    }

    fn sid(&mut self, node: &Node<'_>) -> Option<Spanned<Box<str>>> {
        let sid = node.get("Sid")?;
        let Some(text) = sid.as_str() else {
            self.report(
                Code::DataTypeMismatch,
                sid.span,
                format!("`Sid` is {}, not a string", sid.kind()),
                "write a string",
            );
            return None;
        };
        if text.is_empty() {
            self.problems.push(Diagnostic::new(Code::EmptySidValue, sid.span, "this Sid is empty"));
        } else if self.kind.is_iam() && !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            self.report(
                Code::UnsupportedSid,
                sid.span,
                format!("IAM takes only letters A-Z, a-z and digits in a Sid: `{text}`"),
                "key policies and bucket policies take more, IAM policies do not",
            );
        }
        Some(Spanned::new(text.into(), sid.span))
    }

    fn effect(&mut self, node: &Node<'_>) -> Option<Spanned<Effect>> {
        let Some(effect) = node.get("Effect") else {
            self.report(
                Code::MissingEffect,
                node.span,
                "this statement has no `Effect`",
                "add \"Effect\": \"Allow\" or \"Effect\": \"Deny\"",
            );
            return None;
        };
        let value = match effect.as_str() {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            written => {
                let shown = written.map_or_else(|| effect.kind().to_owned(), |w| format!("`{w}`"));
                let help = written
                    .and_then(|w| did_you_mean(w, ["Allow", "Deny"]))
                    .unwrap_or_else(|| "write `Allow` or `Deny`; case counts".to_owned());
                self.report(Code::InvalidEffect, effect.span, format!("`Effect` is {shown}"), &help);
                return None;
            }
        };
        if self.kind == PolicyKind::Rcp && value == Effect::Allow && !is_full_access_rcp(node) {
            self.report(
                Code::RcpSyntaxErrorAllow,
                effect.span,
                "a resource control policy can only deny",
                "write \"Effect\": \"Deny\" with the condition turned round; RCPFullAWSAccess allows everything else",
            );
        }
        Some(Spanned::new(value, effect.span))
    }

    /// The elements of a pair of which at most one may be written.
    fn pair<'n, 's>(
        &mut self,
        node: &'n Node<'s>,
        name: &'static str,
        not: &'static str,
    ) -> Option<(&'n Node<'s>, bool)> {
        match (node.get(name), node.get(not)) {
            (Some(yes), Some(no)) => {
                self.problems.push(
                    Diagnostic::new(
                        Code::UnsupportedElementCombination,
                        no.span,
                        format!("a statement has `{name}` or `{not}`, never both"),
                    )
                    .because(yes.span, format!("`{name}` is here"))
                    .help("split it into two statements"),
                );
                Some((yes, false))
            }
            (Some(yes), None) => Some((yes, false)),
            (None, Some(no)) => Some((no, true)),
            (None, None) => None,
        }
    }

    fn actions(&mut self, node: &Node<'_>, effect: Effect) -> Option<Scope<ActionPattern>> {
        let Some((list, negated)) = self.pair(node, "Action", "NotAction") else {
            return if self.kind == PolicyKind::Key {
                // KMS stores such a statement; it then applies to nothing (R13).
                self.problems.push(
                    Diagnostic::new(
                        Code::MissingAction,
                        node.span,
                        "this statement has no `Action`, so it applies to no request",
                    )
                    .level(Severity::Warning)
                    .help("add \"Action\""),
                );
                Some(Scope::In(Box::default()))
            } else {
                self.report(
                    Code::MissingAction,
                    node.span,
                    "this statement has neither `Action` nor `NotAction`",
                    "add \"Action\": \"s3:GetObject\"",
                );
                None
            };
        };
        if negated && self.kind == PolicyKind::Rcp {
            self.report(
                Code::RcpSyntaxErrorNotaction,
                list.span,
                "a resource control policy has no `NotAction`",
                "list the actions to deny in `Action`",
            );
        }
        let what = if negated { "NotAction" } else { "Action" };
        let strings = self.strings(list, what);
        let mut patterns = Vec::with_capacity(strings.len());
        for (text, span) in strings {
            let pattern = ActionPattern::new(text);
            self.check_action(text, &pattern, effect, span);
            patterns.push(Spanned::new(pattern, span));
        }
        let patterns = patterns.into_boxed_slice();
        Some(if negated { Scope::NotIn(patterns) } else { Scope::In(patterns) })
    }

    fn check_action(&mut self, text: &str, pattern: &ActionPattern, effect: Effect, span: Span) {
        if pattern.is_everything() {
            if self.kind == PolicyKind::Rcp && effect == Effect::Deny {
                self.report(
                    Code::RcpSyntaxErrorAction,
                    span,
                    "an action in a resource control policy cannot be a bare `*`",
                    "name the services: s3:*, kms:*, sts:*",
                );
            }
            return;
        }
        match text.split_once(':') {
            _ if pattern.is_symbolic() => {}
            Some((service, name)) if !service.is_empty() && !name.is_empty() => {
                // IAM looks at the prefix and the colons alone when it stores a policy.
                let refuses = name.contains(':') || !service.chars().all(is_of_prefix);
                if refuses || text.contains(char::is_whitespace) {
                    let level = if refuses { Severity::Error } else { Severity::Warning };
                    self.problems.push(
                        Diagnostic::new(Code::InvalidAction, span, format!("`{text}` is not an action"))
                            .level(level)
                            .help("actions look like s3:GetObject"),
                    );
                } else if pattern.has_wild_service() {
                    self.report(
                        Code::WildcardInServiceName,
                        span,
                        format!("`{text}` has a wildcard in front of the colon, which AWS does not describe"),
                        "write out the service prefix",
                    );
                }
            }
            Some(_) | None => {
                self.problems.push(
                    Diagnostic::new(
                        Code::InvalidAction,
                        span,
                        format!("`{text}` is not an action: it is not `service:name`"),
                    )
                    .level(Severity::Error)
                    .help("actions look like s3:GetObject, kms:Decrypt or *"),
                );
            }
        }
        if self.kind == PolicyKind::Trust && pattern.service().is_some_and(|s| s != "sts") {
            self.report(
                Code::UnsupportedActionInPolicy,
                span,
                format!("`{text}` has no place in a role trust policy"),
                "trust policies allow sts:AssumeRole, sts:AssumeRoleWithWebIdentity, sts:AssumeRoleWithSAML, sts:TagSession, sts:SetSourceIdentity",
            );
        }
    }

    /// One string or an array of strings.
    fn strings<'n>(&mut self, node: &'n Node<'_>, what: &str) -> Strings<'n> {
        let nodes: &[Node<'_>] = match &node.value {
            Value::Array(list) => {
                if list.is_empty() {
                    let code = match what {
                        "Action" | "NotAction" => Code::EmptyArrayAction,
                        "Resource" | "NotResource" => Code::EmptyArrayResource,
                        _ => Code::EmptyArrayPrincipal,
                    };
                    self.problems.push(Diagnostic::new(code, node.span, format!("`{what}` lists nothing")));
                }
                list
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_)
            | Value::Invalid => std::slice::from_ref(node),
        };
        let mut out = Strings::with_capacity(nodes.len());
        for item in nodes {
            match &item.value {
                Value::String(text) => out.push((&**text, item.span)),
                // An account id written as a bare number.
                Value::Number(text) if what == "Principal" => out.push((&**text, item.span)),
                Value::Invalid => {}
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => self
                    .report(
                        Code::DataTypeMismatch,
                        item.span,
                        format!("`{what}` holds {}; it takes a string or an array of strings", item.kind()),
                        "put it in quotes",
                    ),
            }
        }
        out
    }
}

/// The name of the symbol that stands in the place of a node, when the input leaves all of it open.
fn open_symbol<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    node.as_str().filter(|text| symbol::is_unknown_in(text)).and_then(symbol::first_in)
}

/// Whether a text of the document has a policy variable.
fn names_variables(node: &Node<'_>) -> bool {
    node.as_str().is_some_and(has_variable)
        || node.elements().iter().any(names_variables)
        || node.members().iter().any(|member| names_variables(&member.value))
}

/// What the prefix of a service may hold; a wildcard in it is told on its own.
fn is_of_prefix(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '*' | '?')
}

/// `RCPFullAWSAccess`, the one RCP that allows.
fn is_full_access_rcp(node: &Node<'_>) -> bool {
    node.get("Action").and_then(Node::as_str) == Some("*")
        && node.get("Resource").and_then(Node::as_str) == Some("*")
}
