//! `[[expect]]`: questions and the answers they must have.

mod asks;
mod expand;
mod sent;

use std::path::Path;

use super::{Analysis, exactly};
use crate::ask::{BecomesQuestion, Circumstances, Exactly, Given, Network, Question, Session, Verdict};
use crate::diagnostic::{Code, Diagnostic};
use crate::estate::{Known, Tags};
use crate::eval::is_web_provider;
use crate::json::{Members, Node, Reader, Value};
use crate::load::fields::{ROLE, arn_of, invalid};
use crate::load::manifest::field;
use crate::load::{self, Intake};
use crate::name::{Arn, ConditionKey};
use crate::policy::{self, PolicyKind};
use crate::source::{Span, Spanned};

pub use expand::{expand, expand_roles};
pub(super) use sent::headers;

/// One question of a row; a row that names several operations has several, and all must have its verdict.
#[derive(Clone, Debug)]
pub struct Expect {
    /// The row.
    pub span: Span,
    /// Who is asked about.
    pub role_span: Span,
    /// The requirement profile, where the row names one.
    pub profile_span: Option<Span>,
    /// The role may be a glob: see [`expand`].
    pub question: Question,
    /// The verdict the row expects.
    pub verdict: Verdict,
    /// Where the manifest says it.
    pub verdict_span: Span,
    /// The condition of a conditional answer, no wider and no narrower.
    pub exactly: Option<Exactly>,
}

/// A value that says that a context key is missing.
pub(super) const ABSENT: &str = "<absent>";

const DOES: &[&str] = &[
    "role",
    "read",
    "version_id",
    "access_point",
    "verdict",
    "profile",
    "strict",
    "from",
    "session",
    "context",
    "only_when",
    "never_when",
    "write",
    "list",
    "delete",
    "multipart",
    "copy",
    "replicate",
    "deliver",
    "action",
    "on",
    "headers",
    "source_arn",
    "source_account",
];

const ASSUME: &[&str] = &[
    "assume",
    "by",
    "action",
    "also",
    "verdict",
    "strict",
    "from",
    "session",
    "context",
    "only_when",
    "never_when",
];

/// Reads one row; nothing, and a problem, when it cannot be asked.
pub(super) fn read(node: &Node<'_>, dir: &Path, analysis: &Analysis, intake: &mut Intake) -> Vec<Expect> {
    let mut problems = Vec::new();
    let row = row(node, analysis, &mut problems);
    intake.problems.append(&mut problems);
    let Some(mut row) = row else { return Vec::new() };
    let policies = row.session_policies.take();
    let told: Known<_> = policies
        .map(|list| load::policy_files(intake, dir, &list, PolicyKind::Session, "an expectation"))
        .into();
    for expect in &mut row.expects {
        expect.question.circumstances_mut().session.policies = told.clone();
    }
    row.expects
}

struct ExpectRow<'n> {
    expects: Vec<Expect>,
    session_policies: Option<Vec<Spanned<&'n str>>>,
}

fn row<'n>(node: &'n Node<'_>, analysis: &Analysis, problems: &mut Vec<Diagnostic>) -> Option<ExpectRow<'n>> {
    let is_assume = node.get("assume").is_some();
    if !is_assume && !asks::NAMES.iter().any(|name| node.get(name).is_some()) {
        let message = "this expectation asks nothing";
        let help = "add read = \"s3://BUCKET/KEY\" with a role, or assume = \"arn:…\" with by = \"…\"";
        problems.push(Diagnostic::new(Code::MissingKey, node.span, message).help(help));
        return None;
    }
    let is_other = |name: &str| name == "role" || (name != "action" && asks::NAMES.contains(&name));
    let both = node.members().iter().find(|m| is_assume && is_other(&m.key.value));
    if let Some(member) = both {
        let message = format!(
            "an expectation is about a read or about assuming a role; here is `{}`, too",
            member.key.value
        );
        let help = "make two rows of it: `role` and `read` in one, `assume` and `by` in the other";
        problems.push(invalid(member.key.span, message, help));
        return None;
    }
    let known = if is_assume { ASSUME } else { DOES };
    let what = if is_assume { "an expectation about assuming a role" } else { "an expectation about a read" };
    let mut t = Reader::strict(problems).object(node, what, known)?;
    if node.get("verdict").is_none() {
        t.required_text("verdict");
    }
    let verdict = field::choice(&mut t, "verdict", Verdict::NAMES, Verdict::parse);
    let exactly = exactly::read(&mut t, verdict.map(|verdict| verdict.value));
    let strict = t.boolean("strict").map_or(analysis.strict, |strict| strict.value);
    let (mut circumstances, session_policies) = circumstances(&mut t);
    circumstances.context.extend(context(&mut t));
    let profile = if is_assume { None } else { super::profile(&mut t) };
    let (questions, role) = if is_assume {
        let (question, role) = assume(&mut t, circumstances, strict)?;
        (vec![Question::Becomes(question)], role)
    } else {
        sent::read(&mut t, &mut circumstances);
        let profile = profile.map_or(analysis.profile(), |profile| profile.value).to_owned();
        asks::questions(&mut t, &profile, &circumstances, strict)?
    };
    if let Some(at) = exactly.as_ref().map(|exactly| exactly.at)
        && !matches!(questions.as_slice(), [Question::Becomes(_)])
        && !matches!(questions.as_slice(), [Question::Does(question)] if question.doing.to.is_none())
    {
        let message = "a condition is compared for one operation on one object, or for assuming a role";
        t.problems().push(invalid(at, message, "make a row of its own of each, or leave the condition out"));
        return None;
    }
    let verdict = verdict?;
    let expect = |question: Question| Expect {
        span: node.span,
        role_span: role,
        profile_span: profile.map(|profile| profile.span),
        question,
        verdict: verdict.value,
        verdict_span: verdict.span,
        exactly: exactly.clone(),
    };
    Some(ExpectRow { expects: questions.into_iter().map(expect).collect(), session_policies })
}

fn assume(
    t: &mut Members<'_, '_, '_>,
    circumstances: Circumstances,
    strict: bool,
) -> Option<(BecomesQuestion, Span)> {
    let role = t.required_text("assume").filter(|role| is_role(*role, t.problems()));
    let by = t.required_text("by").filter(|by| {
        let provider = by.value.strip_prefix("federated:");
        let fits = match by.value.strip_prefix("service:") {
            Some(service) => service.contains('.'),
            None => provider.is_some_and(is_web_provider) || provider.unwrap_or(by.value).parse::<Arn>().is_ok(),
        };
        if !fits {
            let help = "write the ARN of a role, user or session, service:ec2.amazonaws.com, or federated: with the ARN of a provider or, as trust policies do, accounts.google.com";
            t.problems().push(invalid(by.span, format!("`{}` is not a principal that can assume a role", by.value), help));
        }
        fits
    });
    let action = t.text("action").filter(|action| is_action(*action, t.problems()));
    let also = field::list(t, "also").map(|also| also.value).unwrap_or_default();
    let also = also.into_iter().filter(|action| is_action(*action, t.problems())).collect::<Vec<_>>();
    let (role, by) = (role?, by?);
    let question = BecomesQuestion {
        role: role.value.to_owned(),
        by: by.value.to_owned(),
        action: action.map(|action| action.value.to_owned()),
        also: also.iter().map(|action| action.value.to_owned()).collect(),
        circumstances,
        strict,
    };
    Some((question, role.span))
}

/// A role is named by its ARN, by its name, or by a glob of either.
fn is_role(role: Spanned<&str>, problems: &mut Vec<Diagnostic>) -> bool {
    let is_glob = role.value.contains(['*', '?']);
    if role.value.starts_with("arn:") && !is_glob {
        return arn_of(role, ROLE, problems).is_some();
    }
    if role.value.is_empty() {
        problems.push(invalid(role.span, "this names no role", "write its ARN"));
    }
    !role.value.is_empty()
}

fn is_action(action: Spanned<&str>, problems: &mut Vec<Diagnostic>) -> bool {
    let fits =
        action.value.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
    if !fits {
        let message = format!("`{}` is not an action", action.value);
        problems.push(invalid(action.span, message, "an action is service:Name, such as sts:TagSession"));
    }
    problems.extend(policy::unknown_action(action.value).map(|unknown| unknown.or_at(action.span)));
    fits
}

fn circumstances<'n>(t: &mut Members<'n, '_, '_>) -> (Circumstances, Option<Vec<Spanned<&'n str>>>) {
    let owned = |text: Spanned<&str>| text.value.to_owned();
    let mut circumstances = Circumstances::default();
    let mut session_policies = None;
    if let Some(node) = t.table("from")
        && let Some(mut from) =
            t.child(node, "the origin of a request", &["source_ip", "endpoint", "vpc", "private_ip"])
    {
        for name in ["source_ip", "private_ip"] {
            if let Some(ip) = from.text(name)
                && ip.value.parse::<std::net::IpAddr>().is_err()
            {
                let message = format!("`{}` is not an IP address", ip.value);
                from.problems().push(invalid(ip.span, message, "write one address, such as 203.0.113.9"));
            }
        }
        let none = |id: &Spanned<&str>| id.value == field::NONE;
        let passes_none = from.text("endpoint").is_some_and(|id| none(&id));
        if passes_none {
            let given = (ConditionKey::new("aws:SourceVpce"), Given::Absent);
            circumstances.context.push(given);
        }
        for (name, prefix) in [("endpoint", "vpce-"), ("vpc", "vpc-")] {
            let id = from.text(name).filter(|id| name != "endpoint" || !none(id));
            if let Some(id) = id.filter(|id| !id.value.starts_with(prefix)) {
                let message = format!("`{}` is not an id for `{name}`", id.value);
                from.problems().push(invalid(id.span, message, format!("such an id begins with {prefix}")));
            }
        }
        circumstances.network = Network {
            source_ip: from.text("source_ip").map(owned),
            endpoint: from.text("endpoint").filter(|_| !passes_none).map(owned),
            vpc: from.text("vpc").map(owned),
            private_ip: from.text("private_ip").map(owned),
        };
        if circumstances.network.source_ip.is_some() && circumstances.network.through_endpoint() {
            let message = "a request comes from a public address, or through a VPC endpoint, and not both";
            let help = "leave out source_ip, or endpoint, vpc and private_ip";
            from.problems().push(invalid(node.span, message, help));
        }
    }
    if let Some(node) = t.table("session")
        && let Some(mut session) = t.child(node, "a session", &["name", "policies", "tags"])
    {
        let name = session.text("name");
        if let Some(name) = name.filter(|name| !is_session_name(name.value)) {
            let message = format!("`{}` is not a session name", name.value);
            session.problems().push(invalid(name.span, message, SESSION_NAME));
        }
        let name = name.map(owned);
        session_policies = field::list(&mut session, "policies").map(|list| list.value);
        let tags: Option<Tags> = field::tags(&mut session, "tags").map(|tags| tags.value);
        circumstances.session = Session { name, policies: Known::NotProvided, tags: tags.into() };
    }
    (circumstances, session_policies)
}

fn context(t: &mut Members<'_, '_, '_>) -> Vec<(ConditionKey, Given)> {
    let Some(table) = t.table("context") else { return Vec::new() };
    let mut context = Vec::new();
    for member in table.members() {
        let given = match &member.value.value {
            // An empty set of values is what AWS calls absent.
            Value::Array(elements) if elements.is_empty() => Some(Given::Absent),
            Value::Array(elements) => elements
                .iter()
                .map(|e| scalar(e, t.problems()))
                .collect::<Option<Vec<_>>>()
                .map(Given::Values),
            Value::String(text) if text == ABSENT => Some(Given::Absent),
            Value::String(_)
            | Value::Number(_)
            | Value::Bool(_)
            | Value::Null
            | Value::Object(_)
            | Value::Invalid => scalar(&member.value, t.problems()).map(|value| Given::Values(vec![value])),
        };
        if !is_condition_key(&member.key.value) {
            let message = format!("`{}` is not a context key", member.key.value);
            t.problems().push(invalid(member.key.span, message, "a key has a prefix, such as aws:UserAgent"));
            continue;
        }
        let key = ConditionKey::new(member.key.value.as_ref());
        t.problems().extend(policy::unknown_key(&key).map(|unknown| unknown.or_at(member.key.span)));
        if context.iter().any(|(known, _)| *known == key) {
            let message = format!("`{}` is given twice; capitals make no difference", member.key.value);
            t.problems().push(invalid(member.key.span, message, "several values are written as a list"));
        }
        context.extend(given.map(|given| (key, given)));
    }
    context
}

/// `service:name`.
pub fn is_condition_key(name: &str) -> bool {
    name.split_once(':').is_some_and(|(service, rest)| !service.is_empty() && !rest.is_empty())
}

/// What AWS takes as the name of a session.
pub const SESSION_NAME: &str = "it has up to 64 letters, digits and characters of `_+=,.@-`";

/// Whether STS takes a text as a role session name: 2 to 64 of `[A-Za-z0-9_+=,.@-]`.
pub fn is_session_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    (1..=64).contains(&name.len()) && name.chars().all(fits)
}

/// A value as the request context holds it: text.
pub(super) fn scalar(node: &Node<'_>, problems: &mut Vec<Diagnostic>) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone().into_owned()),
        Value::Number(number) => Some(number.clone().into_owned()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            let message =
                format!("a context value is a string, a number or a boolean; this is {}", node.kind());
            problems.push(Diagnostic::new(Code::DataTypeMismatch, node.span, message));
            None
        }
        Value::Invalid => None,
    }
}
