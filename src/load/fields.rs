//! What files of several formats hold alike: members by name, ARNs and account ids, and what is said of those that
//! are none. What tells one kind of file from another is here where two formats have to ask it.

use super::{InputDocument, Intake};
use crate::diagnostic::{Code, Diagnostic};
use crate::estate::Tags;
use crate::json::{Node, skim};
use crate::name::{AccountId, Arn};
use crate::source::{Span, Spanned};

/// A string member, with its place.
pub(super) fn text<'n>(node: &'n Node<'_>, name: &str) -> Option<Spanned<&'n str>> {
    let member = node.get(name)?;
    Some(Spanned::new(member.as_str()?, member.span))
}

/// A yes or no, with its place.
pub(super) fn flag(node: &Node<'_>, name: &str) -> Option<Spanned<bool>> {
    let member = node.get(name)?;
    Some(Spanned::new(member.as_bool()?, member.span))
}

/// A list of pairs as tags.
pub(super) fn tags(list: &Node<'_>, key: &str, value: &str) -> Spanned<Tags> {
    let pairs = list.elements().iter().filter_map(|tag| {
        Some((
            tag.get(key)?.as_str()?.to_owned(),
            tag.get(value).and_then(Node::as_str).unwrap_or("").to_owned(),
        ))
    });
    Spanned::new(pairs.collect(), list.span)
}

pub(crate) fn invalid(at: Span, message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::InvalidValue, at, message).help(help)
}

/// A value that AWS does not answer.
pub(super) fn unexpected(at: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::UnexpectedAnswer, at, message)
}

pub(super) fn warn_of_page(at: Span, intake: &mut Intake) {
    let problem = Diagnostic::new(Code::TruncatedInput, at, "this is one page of a longer answer");
    let help = "let the AWS CLI fetch every page: leave out --no-paginate and --max-items";
    intake.problems.push(problem.help(help));
}

pub(crate) fn account_id(text: Spanned<&str>, problems: &mut Vec<Diagnostic>) -> Option<Spanned<AccountId>> {
    match text.value.parse() {
        Ok(id) => Some(Spanned::new(id, text.span)),
        Err(_) => {
            let message = format!("`{}` is not an account id", text.value);
            problems.push(invalid(
                text.span,
                message,
                "an account id has twelve digits, leading zeros included",
            ));
            None
        }
    }
}

/// What kind of ARN is wanted.
#[derive(Copy, Clone)]
pub(crate) struct ArnOf {
    pub(crate) service: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) shape: &'static str,
}

pub(crate) const ROLE: ArnOf = ArnOf {
    service: "iam",
    kind: "role",
    shape: "arn:aws:iam::ACCOUNT:role/NAME, with the role's path where it has one",
};
pub(crate) const USER: ArnOf =
    ArnOf { service: "iam", kind: "user", shape: "arn:aws:iam::ACCOUNT:user/NAME" };
pub(crate) const GROUP: ArnOf =
    ArnOf { service: "iam", kind: "group", shape: "arn:aws:iam::ACCOUNT:group/NAME" };
pub(crate) const KEY: ArnOf =
    ArnOf { service: "kms", kind: "key", shape: "arn:aws:kms:REGION:ACCOUNT:key/KEY-ID" };

pub(crate) fn arn_of(text: Spanned<&str>, of: ArnOf, problems: &mut Vec<Diagnostic>) -> Option<Spanned<Arn>> {
    let article = if of.kind.starts_with('o') { "an" } else { "a" };
    let help = format!("the ARN of {article} {} is {}", of.kind, of.shape);
    let wrong = match text.value.parse::<Arn>() {
        Err(error) => Some(format!("`{}` is not an ARN: {error}", text.value)),
        Ok(arn) if arn.service() != of.service || arn.resource_of(of.kind).is_none_or(str::is_empty) => {
            Some(format!("`{}` is not the ARN of {article} {}", text.value, of.kind))
        }
        Ok(arn) if arn.account().is_none() => {
            Some(format!("the account of this ARN, `{}`, is not an account id", arn.account_text()))
        }
        Ok(arn) if of.service == "kms" && arn.region().is_empty() => {
            Some("this ARN names no Region".to_owned())
        }
        Ok(arn) => return Some(Spanned::new(arn, text.span)),
    };
    problems.extend(wrong.map(|message| Diagnostic::new(Code::InvalidArn, text.span, message).help(help)));
    None
}

/// Whether a document answers get-account-authorization-details. Other answers have a list of `Policies`, too.
pub(super) fn is_account_dump(input: &InputDocument<'_>) -> bool {
    let details = ["RoleDetailList", "UserDetailList", "GroupDetailList"];
    details.iter().any(|list| input.has(list)) || holds_versions(input)
}

/// A dump that was filtered down to its policies.
fn holds_versions(input: &InputDocument<'_>) -> bool {
    let first =
        input.member("Policies").and_then(|list| skim::elements(input.skimmable(), list).ok()?.next()?.ok());
    first.is_some_and(|policy| skim::member(input.skimmable(), policy, "PolicyVersionList").is_some())
}
