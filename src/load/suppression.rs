//! Suppressions: findings somebody decided to live with, and why. `[[ignore]]` of a manifest and `Metadata` of a
//! template say it alike.

use std::path::Path;

use jiff::civil::Date;

use super::{Intake, PathPattern};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::explain;
use crate::json::{Node, Reader};
use crate::source::{Span, Spanned};

/// A suppression. Every selector that is given has to fit.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// The place of the row.
    pub span: Span,
    /// The id of the rule.
    pub rule: Spanned<String>,
    /// Why it is all right.
    pub reason: String,
    /// The files it is about.
    pub file: Option<PathPattern>,
    /// The ARN it is about.
    pub arn: Option<Spanned<String>>,
    /// Of a Terraform resource.
    pub address: Option<Spanned<String>>,
    /// Of a CloudFormation resource.
    pub logical_id: Option<Spanned<String>>,
    /// The Sid it is about.
    pub sid: Option<Spanned<String>>,
    /// The last day it holds.
    pub until: Option<Spanned<Date>>,
    /// The resource of a template that it stands in, which is all that it is about.
    pub within: Option<Span>,
}

/// A resource that a template, a plan or a state declares.
#[derive(Clone, Debug)]
pub struct Declared {
    /// What templates and plans call what it is about.
    pub name: Name,
    /// Where it is written, in the file on disk.
    pub span: Span,
}

/// What people call a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// Of Terraform.
    Address(String),
    /// Of CloudFormation.
    LogicalId(String),
}

/// A row of a manifest.
pub(crate) fn read_row(node: &Node<'_>, dir: &Path, problems: &mut Vec<Diagnostic>) -> Option<Ignore> {
    const NAMES: &[&str] = &["rule", "file", "arn", "address", "logical_id", "sid", "reason", "until"];
    read(node, NAMES, dir, problems)
}

/// `decryptable.ignore` in the `Metadata` of a resource.
pub(super) fn read_metadata(resource: &Node<'_>, intake: &mut Intake) {
    const NAMES: &[&str] = &["rule", "sid", "reason", "until"];
    let Some(ignore) =
        resource.get("Metadata").and_then(|m| m.get("decryptable")).and_then(|own| own.get("ignore"))
    else {
        return;
    };
    let rows = if ignore.elements().is_empty() { std::slice::from_ref(ignore) } else { ignore.elements() };
    for row in rows {
        let mut problems = Vec::new();
        let ignore = read(row, NAMES, Path::new(""), &mut problems);
        intake.is_configuration(&problems);
        intake.problems.append(&mut problems);
        // A template that is deployed several times says it once.
        let new = ignore.filter(|ignore| intake.ignores.iter().all(|other| other.span != ignore.span));
        intake.ignores.extend(new.map(|ignore| Ignore { within: Some(resource.span), ..ignore }));
    }
}

/// A suppression that a comment of Terraform source makes, for what stands within a place.
pub(super) fn of_comment(
    rule: Spanned<String>,
    reason: &str,
    until: Option<Spanned<String>>,
    (span, within): (Span, Span),
    problems: &mut Vec<Diagnostic>,
) -> Option<Ignore> {
    if !(explain::ids().any(|id| id == rule.value) || Code::from_name(&rule.value).is_some()) {
        let known = Code::ALL.iter().map(|code| code.as_str());
        let help = did_you_mean(&rule.value, known).unwrap_or(
            "write decryptable:ignore[code] and a reason; `decryptable explain` lists the codes".to_owned(),
        );
        let problem =
            Diagnostic::new(Code::InvalidValue, rule.span, format!("there is no rule `{}`", rule.value));
        problems.push(problem.help(help));
        return None;
    }
    if reason.trim().is_empty() {
        let problem = Diagnostic::new(Code::InvalidValue, span, "a suppression needs a reason in words");
        problems.push(problem.help("say why the finding is acceptable, for the next reader"));
        return None;
    }
    let until = match until.map(|until| until.value.parse::<Date>().map(|day| Spanned::new(day, until.span)))
    {
        Some(Err(_)) => {
            let problem = Diagnostic::new(Code::InvalidValue, span, "`until` is not a date");
            problems.push(problem.help("write a day: until=2026-12-31"));
            return None;
        }
        Some(Ok(day)) => Some(day),
        None => None,
    };
    let reason = reason.trim().to_owned();
    let nothing = (None, None, None, None, None);
    let (file, arn, address, logical_id, sid) = nothing;
    Some(Ignore { span, rule, reason, file, arn, address, logical_id, sid, until, within: Some(within) })
}

fn read(
    node: &Node<'_>,
    names: &'static [&'static str],
    dir: &Path,
    problems: &mut Vec<Diagnostic>,
) -> Option<Ignore> {
    let mut t = Reader::strict(problems).object(node, "a suppression", names)?;
    let owned = |text: Spanned<&str>| text.map(str::to_owned);
    let rule = t.required_text("rule").map(owned);
    if let Some(rule) = rule
        .as_ref()
        .filter(|rule| !(explain::ids().any(|id| id == rule.value) || Code::from_name(&rule.value).is_some()))
    {
        let known = Code::ALL.iter().map(|code| code.as_str());
        let help = did_you_mean(&rule.value, known).unwrap_or("`decryptable explain` lists them".to_owned());
        let problem =
            Diagnostic::new(Code::InvalidValue, rule.span, format!("there is no rule `{}`", rule.value));
        t.problems().push(problem.help(help));
    }
    let reason = t.required_text("reason");
    if let Some(reason) = reason.filter(|reason| reason.value.trim().is_empty()) {
        let problem =
            Diagnostic::new(Code::InvalidValue, reason.span, "a suppression needs a reason in words");
        t.problems().push(problem.help("say why the finding is acceptable, for the next reader"));
    }
    let file = t.text("file");
    let file = match file.map(|file| (file, PathPattern::new(dir, file.value))) {
        Some((_, Ok(pattern))) => Some(pattern),
        Some((file, Err(error))) => {
            t.problems().push(error.problem(file.value, Some(file.span)));
            None
        }
        None => None,
    };
    let arn = t.text("arn").map(owned);
    let address = t.text("address").map(owned);
    let logical_id = t.text("logical_id").map(owned);
    let sid = t.text("sid").map(owned);
    let until = t.text("until");
    let until = until.and_then(|until| match until.value.parse::<Date>() {
        Ok(date) => Some(Spanned::new(date, until.span)),
        Err(_) => {
            let message = format!("`{}` is not a date", until.value);
            let problem = Diagnostic::new(Code::InvalidValue, until.span, message)
                .help("write a day: until = 2026-12-31");
            t.problems().push(problem);
            None
        }
    });
    let (rule, reason) = (rule?, reason?.value.to_owned());
    Some(Ignore { span: node.span, rule, reason, file, arn, address, logical_id, sid, until, within: None })
}

impl Ignore {
    /// Whether the suppression has expired.
    pub fn is_expired(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until.value < today)
    }
}
