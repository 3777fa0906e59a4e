//! An answer about a template or plan with values left open is about every value they may get: fill them in at random,
//! and the closed answer must not disagree with a firm open one.
//!
//! What AWS would refuse to deploy refutes nothing, nor does a closed answer that is itself conditional.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::print_stdout, reason = "a test fails loudly")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use decryptable::ask::{self, Answer, AskError, BecomesQuestion, Circumstances, DoesQuestion};
use decryptable::estate::{Encryption, Known, Object};
use decryptable::load::{self, Intake};
use decryptable::name::Wild;
use decryptable::source::Spanned;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseResult};
mod template;

use template::Template;

use crate::budget::config;

type Given = BTreeMap<String, String>;

/// A choice from a list whose length is not known yet; shrinks to the first.
#[derive(Debug)]
struct Tape<'t> {
    rest: &'t [u16],
}

impl Tape<'_> {
    /// Less than `n`, and nothing once the tape has run out.
    fn below(&mut self, n: usize) -> usize {
        let Some((first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        usize::from(*first) % n
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// True in one of `n`.
    fn rarely(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }
}

fn load_files(files: &[(&str, String)], given: &Given) -> Intake {
    let dir = tempfile::tempdir().unwrap();
    let mut intake = Intake::new();
    intake.parameters.clone_from(given);
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        load::read_input(&mut intake, &path.to_string_lossy());
    }
    load::finish(&mut intake);
    intake
}

/// The object is stored as the default of its bucket says.
fn store_by_default(intake: &mut Intake, bucket: &str) {
    let Ok(bucket) = intake.estate.bucket(bucket) else { return };
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

#[derive(Clone, Copy, Debug)]
enum Question {
    Read(&'static str),
    Assume,
}

fn answer(intake: &Intake, role: &str, by: &str, question: Question) -> Result<Answer, AskError> {
    let circumstances = Circumstances::default();
    match question {
        Question::Read(object) => {
            let question = DoesQuestion {
                doing: ask::Doing::default(),
                role: role.to_owned(),
                object: object.parse().unwrap(),
                profile: "s3-read".to_owned(),
                version_id: None,
                access_point: None,
                circumstances,
                strict: false,
            };
            ask::read(&intake.estate, &question)
        }
        Question::Assume => {
            let question = BecomesQuestion {
                role: role.to_owned(),
                by: by.to_owned(),
                also: Vec::new(),
                action: None,
                circumstances,
                strict: false,
            };
            ask::assume(&intake.estate, &question)
        }
    }
}

/// The verdict, and how it is denied or blocked; none for what is conditional or not answered.
fn firm(given: &Result<Answer, AskError>) -> Option<String> {
    let answer = given.as_ref().ok()?;
    let verdict = answer.verdict.as_str();
    if verdict == "conditional" {
        return None;
    }
    let denial = answer.denial.map(|denial| denial.as_str());
    Some(format!("{verdict} {}", denial.unwrap_or_default()))
}

fn errors(intake: &Intake) -> Vec<String> {
    let problems = intake.problems.iter().filter(|problem| problem.is_error());
    problems.map(|problem| format!("{}: {}", problem.code, problem.message)).collect()
}

#[derive(Default)]
struct Counts {
    asked: Cell<usize>,
    firm: Cell<usize>,
    compared: Cell<usize>,
    refused: Cell<usize>,
    kinds: RefCell<BTreeMap<String, usize>>,
}

fn one_more(cell: &Cell<usize>) {
    cell.set(cell.get() + 1);
}

fn judge_template(tape: &[u16], counts: &Counts) -> TestCaseResult {
    let mut tape = Tape { rest: tape };
    let template = Template::made(&mut tape);
    let settle = tape.rarely(2);
    let question =
        tape.of(&[Question::Read("s3://Lake/a/x"), Question::Read("s3://Lake/a/*"), Question::Assume]);
    let load = |given: &Given| {
        let mut files = vec![("t.json", template.text.to_string())];
        files.push(("key.json", template::outer_key()));
        let mut intake = load_files(&files, given);
        if settle {
            store_by_default(&mut intake, "Lake");
        }
        intake
    };
    let given = template.given_when_open(&mut tape);
    let open = load(&given);
    one_more(&counts.asked);
    if !errors(&open).is_empty() {
        one_more(&counts.refused);
        return Ok(());
    }
    let answered = answer(&open, "Reader", "Caller", question);
    let Some(expected) = firm(&answered) else { return Ok(()) };
    one_more(&counts.firm);
    *counts.kinds.borrow_mut().entry(expected.clone()).or_default() += 1;
    for _ in 0..6 {
        let given = template.given_when_closed(&given, &mut tape);
        let closed = load(&given);
        if !errors(&closed).is_empty() {
            continue;
        }
        let found = answer(&closed, "Reader", "Caller", question);
        let Some(found_firm) = firm(&found) else { continue };
        one_more(&counts.compared);
        // Of requests that nobody allows, some may also be denied.
        let agrees = found_firm == expected
            || (expected == "denied implicit" && found_firm == "denied explicit")
            || (expected == "blocked " && found_firm.starts_with("denied"));
        prop_assert!(
            agrees,
            "\n{}\n{question:?} settle {settle}\n{given:?}\nopen: {expected}: {}\nclosed: {found_firm}: {}\n",
            template.text,
            answered.as_ref().unwrap().reason,
            found.as_ref().unwrap().reason,
        );
    }
    Ok(())
}

fn tapes() -> impl Strategy<Value = Vec<u16>> {
    proptest::collection::vec(any::<u16>(), 0..260)
}

#[test]
fn no_parameter_refutes_a_firm_answer() {
    let counts = Counts::default();
    let mut runner =
        proptest::test_runner::TestRunner::new(Config { max_shrink_iters: 4000, ..config(1500) });
    let result = runner.run(&tapes(), |tape| judge_template(&tape, &counts));
    println!(
        "templates: {} asked, {} firm, {} compared, {} refused, {:?}",
        counts.asked.get(),
        counts.firm.get(),
        counts.compared.get(),
        counts.refused.get(),
        counts.kinds.borrow()
    );
    if let Err(proptest::test_runner::TestError::Fail(why, _)) = &result {
        panic!("{why}");
    }
    result.unwrap();
}
