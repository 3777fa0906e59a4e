//! Which loader reads a document: every one looks at it, and the surest one reads it.

use super::{ALL, Intake, Recognition, Syntax, foreign, input_document};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::json;
use crate::source::{SourceId, Span};

/// Whether a text has to be evaluated before it holds policies: a template or a plan, not a document.
pub fn is_template(name: &str, text: &str) -> bool {
    let syntax = input_document::syntax_of(name, text);
    let at = Span::new(SourceId::LONE, 0, text.len() as u32);
    let has = |member: &str| match syntax {
        Syntax::Json => json::skim::member(text, at, member).is_some(),
        Syntax::Yaml => {
            text.lines().any(|line| line.strip_prefix(member).is_some_and(|l| l.starts_with(':')))
        }
        Syntax::Toml => false,
    };
    ["Resources", "resource_changes", "planned_values", "terraform_version"].into_iter().any(has)
}

/// Whether a text is YAML, by its name or else by how it begins.
pub fn is_yaml(name: &str, text: &str) -> bool {
    input_document::syntax_of(name, text) == Syntax::Yaml
}

/// Lets every loader look at a document; the surest one reads it.
pub(super) fn recognise(
    intake: &mut Intake,
    source: SourceId,
    syntax: Syntax,
    at: Option<Span>,
    unknown: Severity,
) {
    if !intake.offered.insert(source) {
        return;
    }
    let text = intake.sources.source_text(source).cloned().unwrap_or_default();
    let mut known = is_claimed(intake, source, syntax);
    // Some tools put documents into a list.
    if !known && let Some(elements) = input_document::listed(source, syntax, &text) {
        intake.places.insert((source, syntax), elements);
        known = is_claimed(intake, source, syntax);
        if !known {
            intake.places.remove(&(source, syntax));
        }
    }
    if known {
        return;
    }
    if unknown == Severity::Error && text.trim().is_empty() {
        intake.read_as(source, "unknown");
        intake.complain_of_syntax(source, Syntax::Json);
        return;
    }
    intake.read_as(source, "unknown");
    let foreign = foreign::foreign(intake.sources.name(source), &text);
    if let Some(foreign) = foreign {
        intake.misses(source, foreign.help);
    }
    // Directories hold YAML and JSON of every kind, and that somebody else reads it is no news. Only what is no
    // JSON may be an input that was cut off.
    let is_sound = || foreign.is_some() || syntax == Syntax::Yaml || is_clean_json(source, &text);
    if unknown != Severity::Error && is_sound() {
        return;
    }
    let here = intake.sources.first_character(source);
    let message = format!("`{}` is nothing this program can read", intake.sources.name(source));
    let help = foreign.map_or_else(|| what_it_may_be(&text), |foreign| foreign.help);
    let mut problem = Diagnostic::new(Code::UnknownInput, here, message).help(help);
    problem.severity = unknown;
    if let Some(at) = at {
        problem = problem.because(at, "read because of this");
    }
    intake.problems.push(problem);
    // Whether a file that was named is broken is worth knowing; of a file that was only met, it is not.
    if unknown == Severity::Error && foreign.is_none() {
        intake.complain_of_syntax(source, syntax);
    }
}

/// Lets the surest loader read each document of a file; whether any of them was read.
fn is_claimed(intake: &mut Intake, source: SourceId, syntax: Syntax) -> bool {
    let mut known = false;
    for index in 0..intake.places(source, syntax).map_or(0, <[Span]>::len) {
        known |= intake.with_document(source, syntax, index, |input, intake| {
            let best =
                ALL.iter().map(|loader| ((loader.recognise)(input), *loader)).max_by_key(|(claim, _)| *claim);
            let Some((Recognition::Likely | Recognition::Sure | Recognition::ByPath, loader)) = best else {
                return false;
            };
            intake.read_as(input.source, loader.name);
            if let Some(file) = intake.file(input.source) {
                file.loader = Some(loader.name);
            }
            if loader.many_owners {
                intake.lenient.insert(input.source);
            }
            (loader.read)(input, intake);
            true
        }) == Some(true);
    }
    known
}

fn is_clean_json(source: SourceId, text: &str) -> bool {
    !json::parse(source, text).problems.iter().any(Diagnostic::is_error)
}

/// The way on for what no loader takes.
fn what_it_may_be(text: &str) -> &'static str {
    ALL.iter().find_map(|loader| (loader.hint)(text)).unwrap_or(
        "policies, answers of the AWS CLI, account dumps, Terraform plans and states, CloudFormation templates, AWS Config and iam-collect files, Kubernetes manifests and decryptable.toml are read",
    )
}
