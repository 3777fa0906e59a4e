//! `[[ignore]]`: findings somebody decided to live with, and why.

use std::path::Path;

use jiff::civil::Date;

use crate::explain;
use crate::json::{Node, Reader};
use crate::load::PathPattern;
use crate::problem::{Problem, did_you_mean};
use crate::source::{Span, Spanned};

/// A suppression. Every selector that is given has to fit.
#[derive(Clone, Debug)]
pub struct Ignore {
    pub span: Span,
    /// The id of the rule.
    pub rule: Spanned<String>,
    /// Why it is all right.
    pub reason: String,
    pub file: Option<PathPattern>,
    pub arn: Option<Spanned<String>>,
    /// Of a Terraform resource.
    pub address: Option<Spanned<String>>,
    /// Of a CloudFormation resource.
    pub logical_id: Option<Spanned<String>>,
    pub sid: Option<Spanned<String>>,
    /// The last day it holds.
    pub until: Option<Spanned<Date>>,
}

pub(super) fn read(node: &Node<'_>, dir: &Path, problems: &mut Vec<Problem>) -> Option<Ignore> {
    const NAMES: &[&str] = &["rule", "file", "arn", "address", "logical_id", "sid", "reason", "until"];
    let mut t = Reader::strict(problems).object(node, "a suppression", NAMES)?;
    let owned = |text: Spanned<&str>| text.map(str::to_owned);
    let rule = t.required_text("rule").map(owned);
    if let Some(rule) = rule.as_ref().filter(|rule| !explain::ids().any(|id| id == rule.value)) {
        let known = explain::CODES.iter().map(|(code, _)| *code);
        let help = did_you_mean(&rule.value, known).unwrap_or("`decryptable explain` lists them".to_owned());
        let problem =
            Problem::error("invalid-value", rule.span, format!("there is no rule `{}`", rule.value));
        t.problems().push(problem.help(help));
    }
    let reason = t.required_text("reason");
    if let Some(reason) = reason.filter(|reason| reason.value.trim().is_empty()) {
        let problem = Problem::error("invalid-value", reason.span, "a suppression needs a reason in words");
        t.problems().push(problem.help("say why the finding is all right, for whoever reads this next"));
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
            let message = format!("`{}` is no date", until.value);
            let problem =
                Problem::error("invalid-value", until.span, message).help("write a day: until = 2026-12-31");
            t.problems().push(problem);
            None
        }
    });
    let (rule, reason) = (rule?, reason?.value.to_owned());
    Some(Ignore { span: node.span, rule, reason, file, arn, address, logical_id, sid, until })
}

impl Ignore {
    /// Whether the day has passed to which it was meant to hold.
    pub fn is_expired(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until.value < today)
    }
}
