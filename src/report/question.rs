//! What a question asks, in words that stay the same whatever the answer is: the names of test cases.

use crate::ask::{ActsQuestion, BecomesQuestion, Circumstances, DoesQuestion, Given, Question, Subject};
use crate::estate::Known;

/// `arn:aws:iam::111111111111:role/IAM_CLUSTER reads s3://lake/curated/a`.
pub(super) fn name(subject: &Subject, circumstances: &str) -> String {
    let asked = match subject {
        Subject::Read { role, object, profile } if profile == "s3-read" => format!("{role} reads {object}"),
        Subject::Read { role, object, profile } => format!("{role} reads {object}, profile {profile}"),
        Subject::Assume { role, by } => format!("{by} assumes {role}"),
        Subject::Action { by, action, resource } => format!("{by} uses {action} on {resource}"),
        Subject::Operation { by, operation, targets } => {
            format!("{by} does {operation} {}", targets.join(" to "))
        }
    };
    if circumstances.is_empty() { asked } else { format!("{asked}, {circumstances}") }
}

/// What tells a read from another one of the same object by the same role.
pub fn circumstances_of_read(question: &DoesQuestion) -> String {
    let mut parts = Vec::new();
    parts.extend(question.version_id.as_ref().map(|id| format!("version {id}")));
    parts.extend(question.access_point.as_ref().map(|point| format!("access point {point}")));
    parts.extend(given(&question.circumstances));
    parts.join(", ")
}

/// What tells a request for one action from another one by the same principal.
pub fn circumstances_of_action(question: &ActsQuestion) -> String {
    given(&question.circumstances).join(", ")
}

/// The same of a question of any kind.
pub fn circumstances_of(question: &Question) -> String {
    match question {
        Question::Does(question) => circumstances_of_read(question),
        Question::Becomes(question) => circumstances_of_assume(question),
        Question::Acts(question) => circumstances_of_action(question),
    }
}

/// What tells a call that assumes a role from another one by the same principal.
pub fn circumstances_of_assume(question: &BecomesQuestion) -> String {
    let mut parts = Vec::new();
    parts.extend(question.action.as_ref().map(|action| format!("action {action}")));
    parts.extend(question.also.iter().map(|action| format!("also {action}")));
    parts.extend(given(&question.circumstances));
    parts.join(", ")
}

fn given(circumstances: &Circumstances) -> Vec<String> {
    let Circumstances { network, session, context, headers } = circumstances;
    let mut parts = Vec::new();
    let named = [
        ("source IP", &network.source_ip),
        ("VPC endpoint", &network.endpoint),
        ("VPC", &network.vpc),
        ("private IP", &network.private_ip),
        ("session", &session.name),
    ];
    for (name, value) in named {
        parts.extend(value.as_ref().map(|value| format!("{name} {value}")));
    }
    match &session.policies {
        Known::Provided(policies) if policies.is_empty() => parts.push("no session policy".to_owned()),
        Known::Provided(policies) if policies.len() == 1 => parts.push("1 session policy".to_owned()),
        Known::Provided(policies) => parts.push(format!("{} session policies", policies.len())),
        Known::NotProvided => {}
    }
    if let Known::Provided(tags) = &session.tags {
        parts.extend(tags.iter().map(|(key, value)| format!("session tag {key}={value}")));
    }
    let headers = headers.iter().map(|(name, given)| match given {
        Given::Values(values) => format!("header {name}: {}", values.join(", ")),
        Given::Absent => format!("no header {name}"),
    });
    parts.extend(headers);
    parts.extend(context.iter().map(|(key, given)| match given {
        Given::Values(values) => format!("{key}={}", values.join(",")),
        Given::Absent => format!("no {key}"),
    }));
    parts
}
