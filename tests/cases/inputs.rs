//! Questions about real templates, plans and dumps, answered by hand from the raw files (tests/scenarios/inputs).
//!
//! None may be answered otherwise, nor with more caution.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::BTreeMap;
use std::path::Path;

use decryptable::ask::{self, Answer, AskError, BecomesQuestion, Circumstances, DoesQuestion};
use decryptable::estate::{Encryption, Known, Object, ObjectUri};
use decryptable::load::{self, Input, Intake};
use decryptable::name::Wild;
use decryptable::source::Spanned;
use libtest_mimic::Trial;
use serde::Deserialize;

use crate::data;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    files: Vec<String>,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    role: Option<String>,
    read: Option<String>,
    assume: Option<String>,
    by: Option<String>,
    #[serde(default)]
    also: Vec<String>,
    verdict: String,
    denial: Option<String>,
    #[serde(default)]
    depends_on: Vec<String>,
    /// Rules whose reading the answer rests on, where another one is defensible.
    #[serde(default)]
    rests_on: Vec<String>,
    why: String,
}

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

fn cases(file: &str) -> Vec<Case> {
    let path = Path::new("tests/scenarios/inputs").join(file);
    toml::from_str::<Cases>(&std::fs::read_to_string(path).unwrap()).unwrap().case
}

fn loaded(root: &Path, case: &Case) -> Intake {
    let mut intake = Intake::new();
    intake.parameters.clone_from(&case.parameters);
    let inputs: Vec<Input> =
        case.files.iter().map(|file| Input::from(&*root.join(file).to_string_lossy())).collect();
    load::read_inputs(&mut intake, Path::new(""), &inputs, &[]);
    load::finish(&mut intake);
    intake
}

/// The answers by hand take objects to be stored as the default of their bucket says (R105), so that is told.
fn store_by_default(intake: &mut Intake, read: &str) {
    let object: ObjectUri = read.parse().unwrap();
    let Ok(bucket) = intake.estate.bucket(&object.bucket) else { return };
    let Known::Provided(encryption) = &bucket.encryption else { return };
    let encryption = Encryption { bucket_key: encryption.bucket_key.or(Some(false)), ..encryption.clone() };
    let uri = Wild::glob(&format!("s3://{}/*", bucket.name), false);
    intake.estate.objects.push(Object {
        uri: Spanned::new(uri, encryption.span),
        encryption: Some(encryption),
        as_default: false,
        owner: None,
        acl_read: Known::NotProvided,
        tags: Known::NotProvided,
        storage_class: None,
        restored: None,
    });
}

fn answer(intake: &Intake, case: &Case) -> Result<Answer, AskError> {
    match (&case.read, &case.assume) {
        (Some(read), _) => {
            let question = DoesQuestion {
                doing: ask::Doing::default(),
                role: case.role.clone().unwrap(),
                object: read.parse().unwrap(),
                profile: "s3-read".to_owned(),
                version_id: None,
                access_point: None,
                circumstances: Circumstances::default(),
                strict: false,
            };
            ask::read(&intake.estate, &question)
        }
        (None, Some(role)) => {
            let question = BecomesQuestion {
                role: role.clone(),
                by: case.by.clone().unwrap(),
                also: case.also.clone(),
                action: None,
                circumstances: Circumstances::default(),
                strict: false,
            };
            ask::assume(&intake.estate, &question)
        }
        (None, None) => panic!("{}: asks nothing", case.id),
    }
}

/// How an answer compares with the hand's.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Grade {
    Right,
    /// Conditional where the hand is firm, or not answered at all.
    Cautious,
    /// Firm, and not what the hand says.
    Wrong,
}

fn grade(case: &Case, given: &Result<Answer, AskError>) -> (Grade, String) {
    let answer = match given {
        Ok(answer) => answer,
        Err(error) => return (Grade::Cautious, format!("not answered: {error}")),
    };
    let verdict = answer.verdict.as_str();
    let denial = answer.denial.map(|denial| denial.as_str());
    let kinds: Vec<&str> = answer.depends_on.iter().map(|unknown| unknown.kind.as_str()).collect();
    let names: Vec<&str> = answer.depends_on.iter().map(|unknown| &*unknown.name).collect();
    let said = format!("{verdict} {denial:?} {kinds:?} {names:?}: {}", answer.reason);
    let grade = if verdict == "conditional" && case.verdict == "conditional" {
        let named = case.depends_on.is_empty() || case.depends_on.iter().any(|kind| kinds.contains(&&**kind));
        if named { Grade::Right } else { Grade::Cautious }
    } else if verdict == "conditional" {
        Grade::Cautious
    } else if verdict != case.verdict || (case.denial.is_some() && denial != case.denial.as_deref()) {
        Grade::Wrong
    } else {
        Grade::Right
    };
    (grade, said)
}

fn ask(root: &Path, case: &Case) -> (Grade, String) {
    let mut intake = loaded(root, case);
    if let Some(read) = &case.read {
        store_by_default(&mut intake, read);
    }
    let errors: Vec<String> = intake
        .problems
        .iter()
        .filter(|problem| problem.is_error())
        .map(|problem| format!("{}: {}", problem.code, problem.message))
        .collect();
    let (grade, said) = grade(case, &answer(&intake, case));
    let rests = if case.rests_on.is_empty() { String::new() } else { format!(" {:?}", case.rests_on) };
    let line = format!(
        "{grade:?}{rests}: wanted {} {:?} {:?}, got {said}\n    {}\n    errors: {errors:?}",
        case.verdict, case.denial, case.depends_on, case.why
    );
    (grade, line)
}

/// A test for each question of a file.
fn judged(root: &'static str, file: &str, under: &str) -> Vec<Trial> {
    let of = |case: Case| {
        data::trial(format!("{under}::{}", case.id), move || {
            let (grade, line) = ask(Path::new(root), &case);
            if grade == Grade::Right { Vec::new() } else { vec![line] }
        })
    };
    cases(file).into_iter().map(of).collect()
}

pub(crate) fn trials() -> Vec<Trial> {
    let authored = judged("tests/scenarios/inputs", "terraform-authored.toml", "inputs::authored");
    let shared = [
        judged("../shared/corpus", "terraform-dumps.toml", "needs_shared::inputs::terraform"),
        judged("../shared/corpus", "cloudformation.toml", "needs_shared::inputs::cloudformation"),
    ];
    // The public files are not part of the repository.
    let ignored = shared.into_iter().flatten().map(|trial| trial.with_ignored_flag(true));
    authored.into_iter().chain(ignored).collect()
}
