//! Policy documents on their own: what AWS would refuse, and what is probably not meant.
//!
//! A file is a policy, or it holds some: an AWS answer, a plan, a template. Both are read the same way.

use crate::finding::{Finding, Label};
use crate::json::{self, Node, Value};
use crate::policy::{self, PolicyKind, guess_kind};
use crate::problem::Problem;
use crate::source::{SourceId, SourceMap, Span};

/// What one file had to say.
#[derive(Debug, Default)]
pub struct Linted {
    /// How many policies were found.
    pub policies: usize,
    /// What keeps the file from being read; its policies may say more than this.
    pub problems: Vec<Problem>,
    pub findings: Vec<Finding>,
    /// What the file is, when it is no policy itself.
    pub holds: Option<&'static str>,
}

/// Looks at one JSON text. `kind` is what every policy in it is attached to, where somebody said so.
pub fn check(sources: &mut SourceMap, source: SourceId, kind: Option<PolicyKind>) -> Linted {
    let mut linted = Linted::default();
    let Some(text) = sources.source_text(source).cloned() else { return linted };
    let parsed = json::parse(source, &text);
    linted.problems = parsed.problems;
    let Some(root) = parsed.root else { return linted };
    if let Value::Object(_) = root.value
        && (root.get("Statement").is_some() || (kind.is_some() && !holds_policies(&root)))
    {
        linted.policy(&root, &text, kind, "");
        return linted;
    }
    linted.holds = Some(describe(&root));
    let mut pointer = String::new();
    linted.descend(sources, &root, &text, kind, None, &mut pointer);
    linted
}

/// Whether a text is worth parsing when nobody named its file: it says `Statement` somewhere, encoded or not.
pub fn looks_like_policy(text: &str) -> bool {
    text.contains("Statement")
}

impl Linted {
    fn policy(&mut self, node: &Node<'_>, text: &str, kind: Option<PolicyKind>, pointer: &str) {
        self.policies += 1;
        let kind = kind.unwrap_or_else(|| guess_kind(node));
        let mut problems = Vec::new();
        let policy = policy::lower(node, kind, pointer, &mut problems);
        let written = text.get(node.span.start as usize..node.span.end as usize).unwrap_or(text);
        problems.extend(policy::check_quota(&policy, written));
        // What is missing from a document that is cut off or damaged is no news.
        let damaged = self
            .problems
            .iter()
            .any(|p| p.is_error() && p.span.is_some_and(|s| s.source == node.span.source));
        problems.retain(|problem| !(damaged && problem.code.starts_with("missing-")));
        self.findings.extend(problems.into_iter().map(|problem| finding(problem, node.span)));
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
            Value::Object(_) if is_policy(node) => self.policy(node, text, kind.or(member), pointer),
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
        let Some(root) = parsed.root.filter(|root| root.get("Statement").is_some()) else { return };
        self.problems.extend(parsed.problems);
        self.policy(&root, &embedding.text, kind, "");
    }
}

/// An object that is a policy, and no template's or scanner's `Statement`.
fn is_policy(node: &Node<'_>) -> bool {
    let Some(statement) = node.get("Statement") else { return false };
    let first = statement.elements().first().unwrap_or(statement);
    node.get("Version").is_some() || first.get("Effect").is_some()
}

fn holds_policies(node: &Node<'_>) -> bool {
    describe(node) != OTHER
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

/// A mistake of the policy language is a finding of the file that makes it; `whole` is where it is shown when it
/// has no place of its own.
pub fn finding(problem: Problem, whole: Span) -> Finding {
    let span = problem.span.unwrap_or(whole);
    let mut finding = Finding::at(problem.code, problem.severity, span, problem.message);
    finding.help = problem.help;
    finding.related = problem.related.into_iter().map(|(span, text)| Label { span, text }).collect();
    finding
}
