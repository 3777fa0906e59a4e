//! Globs of roles in a row.

use super::Expect;
use crate::ask::{DoesQuestion, Question};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::estate::{Estate, Role};
use crate::name::{Lookup, Match, Wild};

/// The questions of a row: one for each role that its glob matches.
///
/// A glob that begins with `arn:` is compared with ARNs, any other with names.
pub fn expand(expect: &Expect, estate: &Estate) -> Result<Vec<Question>, Diagnostic> {
    let asked = expect.question.role();
    if !asked.contains(['*', '?']) || matches!(expect.question, Question::Becomes(_)) {
        return Ok(vec![expect.question.clone()]);
    }
    let pattern = Wild::glob(asked, false);
    let fits = |text: &str| pattern.matches(text, &|_| Lookup::Absent) == Match::Yes;
    let by_arn = asked.starts_with("arn:");
    let matching = |role: &&Role| if by_arn { fits(role.arn.value.as_str()) } else { fits(role.name()) };
    let of = |role: &Role| {
        let mut question = expect.question.clone();
        let arn = role.arn.value.to_string();
        match &mut question {
            Question::Does(question) => question.role = arn,
            Question::Becomes(question) => question.role = arn,
            Question::Acts(question) => question.by = arn,
        }
        question
    };
    let found: Vec<Question> = estate.roles.iter().filter(matching).map(of).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let names = || estate.roles.iter().map(|role| if by_arn { role.arn.value.as_str() } else { role.name() });
    let help = match nearest(asked, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let listed: Vec<String> = names().take(5).map(|name| format!("`{name}`")).collect();
            if listed.is_empty() {
                "the estate holds no role".to_owned()
            } else {
                format!("there are {}", listed.join(", "))
            }
        }
    };
    let message = format!("no role matches `{asked}`");
    Err(Diagnostic::new(Code::NoMatch, expect.role_span, message).help(help))
}

/// Those that are about objects; none for a row about something else.
pub fn expand_roles(expect: &Expect, estate: &Estate) -> Result<Vec<DoesQuestion>, Diagnostic> {
    if !matches!(expect.question, Question::Does(_)) {
        return Ok(Vec::new());
    }
    let does = |question| match question {
        Question::Does(question) => Some(question),
        Question::Becomes(_) | Question::Acts(_) => None,
    };
    Ok(expand(expect, estate)?.into_iter().filter_map(does).collect())
}
