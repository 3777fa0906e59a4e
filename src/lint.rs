//! Policy documents on their own: what AWS would refuse, and what is probably not meant.
//!
//! A file is a policy, or it holds some: an AWS answer, a plan, a template. Both are read the same way.

mod alias_arn_for_key_action;
mod allow_not_action;
mod broad_oidc_subject;
mod bucket_arn_for_objects;
mod checks;
mod endpoint_key_in_key_policy;
mod fix;
mod forallvalues_with_single_valued_key;
mod invalid_role_reference;
mod invalid_user_reference;
mod levels;
mod likely;
mod missing_condition_key_for_oidc_principal;
mod object_arn_for_bucket_action;
mod object_arn_only_encryption_context;
mod source_key_for_principals;
mod stored;
mod tls_deny_without_objects;
mod void;
mod wildcard_without_like_operator;
mod write_header_on_reads;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::estate::SharedPolicy;
use crate::json::{self, Node, Value};
use crate::parallel;
use crate::policy::{self, Effect, Policy, PolicyKind, Scope, Statement};
use crate::source::{SourceId, SourceMap, Span};

pub use fix::{Fixed, fix};
pub use levels::Levels;
pub use void::check as void_grants;

/// An opinion about a policy that AWS takes as it is.
#[derive(Debug)]
pub struct Lint {
    /// The code of its findings.
    pub code: Code,
    /// Hands every finding of one policy to the function it is given.
    pub check: fn(&Policy, &mut dyn FnMut(Diagnostic)),
}

impl Lint {
    fn says(&self, at: Span, message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.code, at, message).help(help)
    }
}

/// Every lint, by code.
pub static ALL: &[&Lint] = &[
    &alias_arn_for_key_action::LINT,
    &allow_not_action::LINT,
    &broad_oidc_subject::LINT,
    &bucket_arn_for_objects::LINT,
    &endpoint_key_in_key_policy::LINT,
    &forallvalues_with_single_valued_key::LINT,
    &invalid_role_reference::LINT,
    &invalid_user_reference::LINT,
    &missing_condition_key_for_oidc_principal::LINT,
    &object_arn_for_bucket_action::LINT,
    &object_arn_only_encryption_context::LINT,
    &source_key_for_principals::LINT,
    &tls_deny_without_objects::LINT,
    &wildcard_without_like_operator::LINT,
    &write_header_on_reads::LINT,
];

/// What all lints have to say of one policy.
pub fn run(policy: &Policy, findings: &mut Vec<Diagnostic>) {
    for lint in ALL {
        (lint.check)(policy, &mut |finding| findings.push(finding));
    }
    for check in checks::ALL {
        check(policy, &mut |finding| findings.push(finding));
    }
}

fn allows(policy: &Policy) -> impl Iterator<Item = &Statement> {
    policy.statements.iter().filter(|statement| statement.effect.value == Effect::Allow)
}

/// Whether a statement is about an action, as far as AWS describes its patterns.
fn covers(statement: &Statement, folded: &'static str) -> bool {
    let listed =
        statement.actions.listed().iter().any(|pattern| pattern.value.covers_folded(folded) == Some(true));
    listed != matches!(statement.actions, Scope::NotIn(_))
}

/// What one file had to say.
#[derive(Debug, Default)]
pub struct Linted {
    /// How many policies were found.
    pub policies: usize,
    /// What keeps the file from being read; its policies may say more than this.
    pub problems: Vec<Diagnostic>,
    /// The findings, in the order of the text.
    pub findings: Vec<Diagnostic>,
    /// The policies that findings are about.
    pub found_in: Vec<SharedPolicy>,
    /// Policies with parts that are not known yet.
    pub unresolved: Vec<Span>,
    /// What the file is, when it is no policy itself.
    pub holds: Option<&'static str>,
    /// The policies with findings whose kind nobody said, and what they were read as.
    pub guessed: Vec<(Span, PolicyKind)>,
}

/// Looks at one JSON text. `kind` is what every policy in it is attached to, where somebody said so.
pub fn check(sources: &mut SourceMap, source: SourceId, kind: Option<PolicyKind>) -> Linted {
    let mut linted = Linted::default();
    let Some(text) = sources.source_text(source).cloned() else { return linted };
    let parsed = json::parse(source, &text);
    linted.problems = parsed.problems;
    crate::load::explain_placeholders(&text, &mut linted.problems);
    let Some(root) = parsed.root else { return linted };
    if let Value::Object(_) = root.value
        && (root.get("Statement").is_some()
            || is_bare(&root)
            || (kind.is_some() && !holds_policies(&root) && !wraps_policy(&root, 3)))
    {
        linted.policy(&root, &text, kind, "");
        return linted;
    }
    linted.holds = Some(describe(&root));
    let mut pointer = String::new();
    linted.descend(sources, &root, &text, kind, None, &mut pointer);
    if let Some(first) = linted.unresolved.first() {
        let count = linted.unresolved.len();
        let message =
            format!("{count} policies of this template have parts that are known only when it is deployed");
        let help = "they were not looked at; lint what AWS returns after the deployment";
        linted.findings.push(Diagnostic::new(Code::UnresolvedTemplate, *first, message).help(help));
    }
    linted
}

/// Looks at policies that were read already, and at what was wrong with them then.
pub fn check_all(policies: &[SharedPolicy], problems: Vec<Diagnostic>) -> Linted {
    let holds = Some("a template without policies");
    let mut linted = Linted { policies: policies.len(), holds, ..Linted::default() };
    let inside = |span: Span, policy: &Policy| {
        let whole = policy.span;
        whole.source == span.source && whole.start <= span.start && span.end <= whole.end
    };
    let of = |problem: &Diagnostic| {
        let span = problem.span?;
        policies.iter().find(|policy| inside(span, policy)).map(|policy| policy.span)
    };
    for problem in problems {
        match of(&problem) {
            Some(whole) => {
                linted.findings.push(problem.or_at(whole));
            }
            // What the template lacks to be deployed is no matter of its policies.
            None if problem.code == Code::DuplicateKey => {
                linted.findings.push(problem.level(Severity::Warning));
            }
            None if problem.is_error() => linted.problems.push(problem),
            None => {}
        }
    }
    let found = parallel::map(policies, |policy| {
        let mut found = Vec::new();
        run(policy, &mut found);
        found
    });
    linted.findings.extend(found.into_iter().flatten());
    linted
}

/// What AWS refuses is no opinion as well.
fn said_once(findings: &mut Vec<Diagnostic>, from: usize) {
    let of_policy = findings.get(from..).unwrap_or_default();
    if of_policy.iter().any(|finding| finding.code == Code::ForAllValuesWithEncryptionContext) {
        findings.retain(|finding| finding.code != Code::ForallvaluesWithSingleValuedKey);
    }
}

/// Whether a text is worth parsing when nobody named its file: it says `Statement` somewhere, encoded or not.
pub fn looks_like_policy(text: &str) -> bool {
    text.contains("Statement")
}

impl Linted {
    fn policy(&mut self, node: &Node<'_>, text: &str, kind: Option<PolicyKind>, pointer: &str) {
        self.policies += 1;
        let is_guessed = kind.is_none();
        let kind = kind.unwrap_or_else(|| likely::likely_kind(node));
        let mut problems = Vec::new();
        let policy = policy::lower(node, kind, pointer, &mut problems);
        crate::load::explain_placeholders(text, &mut problems);
        let written = text.get(node.span.start as usize..node.span.end as usize).unwrap_or(text);
        problems.extend(policy::check_quota(&policy, written));
        stored::check(node, text, kind, &mut problems);
        // What is missing from a document that is cut off or damaged is no news.
        let damaged = self
            .problems
            .iter()
            .any(|p| p.is_error() && p.span.is_some_and(|s| s.source == node.span.source));
        problems.retain(|problem| !(damaged && problem.code.as_str().starts_with("missing-")));
        let before = self.findings.len();
        self.findings.extend(problems.into_iter().map(|problem| problem.or_at(node.span)));
        // What is read of a damaged text may not be what it says.
        if !damaged {
            run(&policy, &mut self.findings);
        }
        said_once(&mut self.findings, before);
        if self.findings.len() > before {
            // Identity policies are most of those that say no more.
            let taken = if kind == PolicyKind::Permissions { PolicyKind::Identity } else { kind };
            self.guessed.extend(is_guessed.then_some((node.span, taken)));
            self.found_in.push(policy.into());
        }
    }

    fn descend(
        &mut self,
        sources: &mut SourceMap,
        node: &Node<'_>,
        text: &str,
        kind: Option<PolicyKind>,
        member: Option<PolicyKind>,
        pointer: &mut String,
    ) {
        match &node.value {
            Value::Object(_) if is_policy(node) && has_intrinsic(node) => self.unresolved.push(node.span),
            Value::Object(_) if is_policy(node) => self.policy(node, text, kind.or(member), pointer),
            // What a function of the template makes of its arguments is not known here.
            Value::Object(_) if is_intrinsic(node) => {}
            Value::Object(members) => {
                for m in members {
                    let length = pointer.len();
                    pointer.push('/');
                    pointer.push_str(&m.key.value.replace('~', "~0").replace('/', "~1"));
                    let member = kind_of_member(&m.key.value).or(member);
                    self.descend(sources, &m.value, text, kind, member, pointer);
                    pointer.truncate(length);
                }
            }
            Value::Array(elements) => {
                for (i, element) in elements.iter().enumerate() {
                    let length = pointer.len();
                    pointer.push('/');
                    pointer.push_str(&i.to_string());
                    self.descend(sources, element, text, kind, member, pointer);
                    pointer.truncate(length);
                }
            }
            Value::String(written) if written.len() > 12 && looks_like_policy(written) => {
                self.embedded(sources, node, kind.or(member), pointer);
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Invalid => {}
        }
    }

    fn embedded(
        &mut self,
        sources: &mut SourceMap,
        node: &Node<'_>,
        kind: Option<PolicyKind>,
        pointer: &str,
    ) {
        let starts_object =
            node.as_str().is_some_and(|s| s.trim_start().starts_with('{') || s.trim_start().starts_with('%'));
        if !starts_object {
            return;
        }
        let label = pointer.trim_start_matches('/').replace('/', ".");
        let Some(embedding) = json::embed(sources, node, &label) else { return };
        let parsed = json::parse(embedding.source, &embedding.text);
        // Text that only begins like a document, such as a piece of a template, is no broken policy.
        let broken = parsed.problems.iter().any(Diagnostic::is_error);
        let Some(root) = parsed.root.filter(|root| !broken && is_policy(root)) else { return };
        self.problems.extend(parsed.problems);
        self.policy(&root, &embedding.text, kind, "");
    }
}

/// A policy whose statements are missing.
fn is_bare(node: &Node<'_>) -> bool {
    let members = node.members();
    node.get("Version").and_then(Node::as_str).is_some_and(|date| matches!(date, "2012-10-17" | "2008-10-17"))
        && members.iter().all(|member| matches!(&*member.key.value, "Version" | "Id"))
}

/// An object that is a policy, and no template's or scanner's `Statement`.
fn is_policy(node: &Node<'_>) -> bool {
    let Some(statement) = node.get("Statement") else { return false };
    let first = statement.elements().first().unwrap_or(statement);
    node.members().iter().all(|member| matches!(&*member.key.value, "Version" | "Id" | "Statement"))
        && (node.get("Version").is_some() || first.get("Effect").is_some())
}

/// `{"Fn::Sub": …}` and `{"Ref": …}` of CloudFormation.
fn is_intrinsic(node: &Node<'_>) -> bool {
    let [only] = node.members() else { return false };
    only.key.value == "Ref" || only.key.value.starts_with("Fn::")
}

fn has_intrinsic(node: &Node<'_>) -> bool {
    is_intrinsic(node)
        || node.members().iter().any(|member| has_intrinsic(&member.value))
        || node.elements().iter().any(has_intrinsic)
}

fn holds_policies(node: &Node<'_>) -> bool {
    describe(node) != OTHER
}

/// Whether a policy lies in what a tool wrote around it, such as `{"name": …, "document": {…}}`.
fn wraps_policy(node: &Node<'_>, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let inside = node.members().iter().map(|member| &member.value).chain(node.elements());
    let mut inside = inside.filter(|node| matches!(node.value, Value::Object(_) | Value::Array(_)));
    inside.any(|node| is_policy(node) || wraps_policy(node, depth))
}

/// What the member that holds a policy says of its kind.
fn kind_of_member(name: &str) -> Option<PolicyKind> {
    Some(match name {
        "AssumeRolePolicyDocument" | "assume_role_policy" => PolicyKind::Trust,
        "PermissionsBoundary" => PolicyKind::Boundary,
        "KeyPolicy" => PolicyKind::Key,
        _ => return None,
    })
}

const OTHER: &str = "JSON without a policy of its own";

fn describe(root: &Node<'_>) -> &'static str {
    let has = |name: &str| root.get(name).is_some();
    if has("planned_values") || has("resource_changes") {
        "a Terraform plan"
    } else if has("terraform_version") {
        "a Terraform state"
    } else if has("AWSTemplateFormatVersion") || has("Resources") {
        "a CloudFormation template"
    } else if has("RoleDetailList") || has("UserDetailList") {
        "an account authorization dump"
    } else if has("PolicyVersion") || has("Policy") || has("PolicyDocument") || has("Role") || has("Roles") {
        "an AWS CLI answer"
    } else {
        OTHER
    }
}
