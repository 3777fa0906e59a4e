//! `ROLE [OPERATION|ACTION] TARGET…`: what a command line asks.

use super::Failure;
use super::can::object;
use crate::ask::{ActsQuestion, Circumstances, DoesQuestion, Doing, Given, Made, Question, WhoDoes};
use crate::diagnostic::did_you_mean;
use crate::estate::ObjectUri;
use crate::name::{ActionName, Arn, near, reference};
use crate::operation::{self, AwsService, Operation};
use crate::request::headers;

/// The value that says that the request lacks a header.
const ABSENT: &str = "<absent>";

/// What a question asks about a principal.
pub(super) struct Asked {
    role: String,
    what: What,
}

enum What {
    /// Each of these by itself.
    Each(Doing, Vec<ObjectUri>),
    /// From the first to the second.
    Both(Doing, ObjectUri),
    Action(String, Vec<String>),
}

/// What is the same for all questions of a command line.
pub(super) struct Beside {
    pub(super) version_id: Option<String>,
    pub(super) access_point: Option<String>,
    pub(super) profile: String,
    pub(super) circumstances: Circumstances,
    pub(super) strict: bool,
}

impl Asked {
    pub(super) fn read(role: &str, words: &[String]) -> Result<Self, Failure> {
        let role = role.to_owned();
        let (first, rest) = words.split_first().ok_or_else(|| Failure::new("nothing was asked"))?;
        if let Some(row) = operation::find(first) {
            return Ok(Self { what: of_operation(row, &role, rest)?, role });
        }
        if is_action(first) {
            if rest.is_empty() {
                return Err(Failure::new(format!("{first} on which resource?"))
                    .help(format!("write decryptable can {role} {first} ARN")));
            }
            return Ok(Self { role, what: What::Action(first.clone(), rest.to_vec()) });
        }
        // A word that is not a target was meant for an operation.
        if !rest.is_empty() && !first.contains(['/', ':', '.']) {
            if let Some(help) = call_of_sdk(first) {
                return Err(Failure::new(format!("`{first}` is not an operation")).help(help));
            }
            let listed = || format!("operations are {}", operation::names().collect::<Vec<_>>().join(", "));
            let help = did_you_mean(first, operation::names()).unwrap_or_else(listed);
            return Err(Failure::new(format!("`{first}` is not an operation")).help(help));
        }
        let read = operation::find(operation::READ).ok_or_else(|| Failure::new("there is no read"))?;
        Ok(Self { what: of_operation(read, &role, words)?, role })
    }

    /// The action, where one is asked about.
    pub(super) fn action(&self) -> Option<&str> {
        match &self.what {
            What::Action(action, _) => Some(action),
            What::Each(..) | What::Both(..) => None,
        }
    }

    /// The same of everyone.
    pub(super) fn by_whom(self, profile: &str) -> Result<WhoDoes, Failure> {
        let too_many =
            || Failure::new("`who` asks about one target").help("ask about the others in runs of their own");
        let profile = profile.to_owned();
        Ok(match self.what {
            What::Both(doing, object) => WhoDoes::Operation { doing, object, profile },
            What::Each(doing, objects) => {
                let [object] = <[ObjectUri; 1]>::try_from(objects).map_err(|_| too_many())?;
                match doing.is_read() {
                    true => WhoDoes::Read { object, profile },
                    false => WhoDoes::Operation { doing, object, profile },
                }
            }
            What::Action(action, resources) => {
                let [resource] = <[String; 1]>::try_from(resources).map_err(|_| too_many())?;
                WhoDoes::Action { action, resource }
            }
        })
    }

    pub(super) fn questions(self, beside: &Beside) -> Vec<Question> {
        let does = |doing: &Doing, object: ObjectUri| {
            Question::Does(DoesQuestion {
                role: self.role.clone(),
                doing: doing.clone(),
                object,
                version_id: beside.version_id.clone(),
                access_point: beside.access_point.clone(),
                profile: beside.profile.clone(),
                circumstances: beside.circumstances.clone(),
                strict: beside.strict,
            })
        };
        match self.what {
            What::Each(doing, objects) => objects.into_iter().map(|object| does(&doing, object)).collect(),
            What::Both(doing, from) => vec![does(&doing, from)],
            What::Action(action, resources) => {
                let acts = |resource| {
                    Question::Acts(ActsQuestion {
                        by: self.role.clone(),
                        action: action.clone(),
                        resource,
                        made: Made::Somehow,
                        circumstances: beside.circumstances.clone(),
                        strict: beside.strict,
                    })
                };
                resources.into_iter().map(acts).collect()
            }
        }
    }
}

fn of_operation(row: &Operation, role: &str, targets: &[String]) -> Result<What, Failure> {
    let name = row.name.as_str();
    let parsed = |text: &String| {
        operation::target(text, row.is_of_bucket()).or_else(|_| object(text)).map_err(|message| {
            let shape =
                if row.is_of_bucket() { "s3://BUCKET, or s3://BUCKET/PREFIX" } else { "s3://BUCKET/KEY" };
            Failure::new(format!("invalid value '{text}' for {shape}: {message}"))
        })
    };
    let objects = targets.iter().map(parsed).collect::<Result<Vec<_>, _>>()?;
    let service = role.strip_prefix("service:").unwrap_or(role);
    let reads = name == operation::DELIVER && AwsService::find(service).is_some_and(AwsService::reads_first);
    let doing = |to| Doing { operation: name.to_owned(), to, reads };
    if row.has_two_targets() {
        return match <[ObjectUri; 2]>::try_from(objects) {
            Ok([from, to]) => Ok(What::Both(doing(Some(to)), from)),
            Err(other) => Err(Failure::new(format!(
                "`{name}` takes two objects, from where and to where; here are {}",
                other.len()
            ))
            .help(format!("write decryptable can {role} {name} s3://FROM/KEY s3://TO/KEY"))),
        };
    }
    if objects.is_empty() {
        return Err(Failure::new(format!("{name} what?"))
            .help(format!("write decryptable can {role} {name} s3://BUCKET/KEY")));
    }
    Ok(What::Each(doing(None), objects))
}

/// An operation or an action, and no target.
pub(super) fn is_word(text: &str) -> bool {
    operation::find(text).is_some() || is_action(text)
}

/// The operation and the action behind the name of a call, as SDKs write it.
fn call_of_sdk(word: &str) -> Option<String> {
    let action = ["s3", "kms"].into_iter().find_map(|service| {
        let name = ActionName::new(&format!("{service}:{word}"))?;
        let called = near::action_of_operation(&name);
        called.or_else(|| {
            Some(format!("{service}:{}", reference::action(service, &word.to_ascii_lowercase())?.name))
        })
    })?;
    let asks_first = |name: &&str| {
        let first = operation::find(name).and_then(|row| row.legs.first());
        first.is_some_and(|leg| leg.action == action)
    };
    // Other operations begin with the same action.
    Some(match ["read", "write", "list", "delete"].into_iter().find(asks_first) {
        Some(operation) => {
            format!("ask about the operation `{operation}`, or about the action {action} alone")
        }
        None => format!("ask about the action {action}"),
    })
}

/// `service:Name`, and neither a URI nor an ARN.
fn is_action(text: &str) -> bool {
    let parts = text.split_once(':').filter(|(service, name)| !service.is_empty() && !name.is_empty());
    parts.is_some() && !text.contains("://") && text.parse::<Arn>().is_err() && !text.starts_with("arn:")
}

/// What the command line says of headers.
pub(super) fn headers(given: &[(String, String)]) -> Result<Vec<(String, Given)>, Failure> {
    let mut told = Vec::new();
    for (name, value) in given {
        if !headers::is_name(name) {
            return Err(Failure::new(format!("`{name}` is not a header"))
                .help("headers look like x-amz-server-side-encryption"));
        }
        let value = match value.as_str() {
            ABSENT => Given::Absent,
            value => Given::Values(vec![value.to_owned()]),
        };
        told.push((name.to_ascii_lowercase(), value));
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_neither_uris_nor_arns() {
        assert!(is_action("kms:Decrypt"));
        for other in ["s3://lake/a", "arn:aws:s3:::lake/a", "arn:aws", "read", "kms:", ":Decrypt"] {
            assert!(!is_action(other), "{other}");
        }
    }
}
