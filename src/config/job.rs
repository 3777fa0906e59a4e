//! `[[job]]`: what a job reads and writes, all of which must be allowed.

use super::{Analysis, Expect};
use crate::ask::{Circumstances, DoesQuestion, Doing, Question, Verdict, profile};
use crate::json::{Node, Reader};
use crate::load::Intake;
use crate::load::fields::invalid;
use crate::load::manifest::field;
use crate::operation;
use crate::source::Spanned;

const NAMES: &[&str] =
    &["name", "role", "reads", "writes", "lists", "deletes", "multipart", "profile", "headers", "strict"];

/// The members of a job, and the operation that each asks about.
const LISTS: [(&str, &str); 5] = [
    ("reads", "read"),
    ("writes", "write"),
    ("lists", "list"),
    ("deletes", "delete"),
    ("multipart", "multipart"),
];

/// One question for each object of a job and what is done with it.
pub(super) fn read(node: &Node<'_>, analysis: &Analysis, intake: &mut Intake) -> Vec<Expect> {
    let mut problems = Vec::new();
    let expects = questions(node, analysis, &mut problems);
    intake.problems.append(&mut problems);
    expects.unwrap_or_default()
}

fn questions(
    node: &Node<'_>,
    analysis: &Analysis,
    problems: &mut Vec<crate::diagnostic::Diagnostic>,
) -> Option<Vec<Expect>> {
    let mut t = Reader::strict(problems).object(node, "a job", NAMES)?;
    t.text("name");
    let role = t.required_text("role")?;
    let strict = t.boolean("strict").map_or(analysis.strict, |strict| strict.value);
    let named = super::profile(&mut t);
    let judged_by = named.map_or(analysis.profile(), |profile| profile.value);
    let mut circumstances = Circumstances::default();
    super::expect::headers(&mut t, &mut circumstances);
    let mut asked: Vec<(&str, Spanned<&str>)> = Vec::new();
    for (member, operation) in LISTS {
        let targets = field::list(&mut t, member).map(|list| list.value).unwrap_or_default();
        for target in targets {
            asked.push((operation, target));
            if operation == "write" {
                let more = profile::find(judged_by).map(|profile| profile.writes.as_slice());
                asked.extend(more.into_iter().flatten().map(|more| (more.operation.as_str(), target)));
            }
        }
    }
    let mut expects: Vec<Expect> = Vec::new();
    for (name, target) in asked {
        let Some(row) = operation::find(name) else {
            let message = format!("the profile {judged_by} names the operation `{name}`, which there is not");
            let at = named.map_or(target.span, |profile| profile.span);
            t.problems().push(invalid(at, message, "name another profile"));
            continue;
        };
        let object = match operation::target(target.value, row.is_of_bucket()) {
            Ok(object) => object,
            Err(error) => {
                let message = format!("`{}`: {error}", target.value);
                t.problems().push(invalid(target.span, message, "write s3://BUCKET/KEY"));
                continue;
            }
        };
        let is_asked = |e: &Expect| matches!(&e.question, Question::Does(q) if q.doing.operation == name && q.object == object);
        if expects.iter().any(is_asked) {
            continue;
        }
        expects.push(Expect {
            span: node.span,
            role_span: role.span,
            profile_span: named.map(|profile| profile.span),
            question: Question::Does(DoesQuestion {
                role: role.value.to_owned(),
                doing: Doing { operation: name.to_owned(), to: None, reads: false },
                object,
                version_id: None,
                access_point: None,
                profile: judged_by.to_owned(),
                circumstances: circumstances.clone(),
                strict,
            }),
            verdict: Verdict::Allowed,
            verdict_span: node.span,
            exactly: None,
        });
    }
    Some(expects)
}
