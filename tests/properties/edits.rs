//! What if is what is: random edits in memory, one over the other, against the same changes of the files.
//!
//! The files are changed as data, by other code than the program's: a policy is a JSON value, the manifest a list of tables.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::path::Path;

use decryptable::ask::{self, Answer, Question};
use decryptable::what_if::{self, Edit};
use serde_json::{Value, json};

use crate::budget;
use crate::witness::generate::{Made, Table, estate};
use crate::witness::loaded::Loaded;

/// Numbers at random, the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }

    fn one_of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }
}

/// An edit as a line, and the estate whose files were changed like that.
struct Changed {
    line: String,
    files: Made,
}

fn field<'t>(table: &'t Table, name: &str) -> Option<&'t String> {
    table.fields.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
}

fn set(table: &mut Table, name: &'static str, value: String) {
    match table.fields.iter_mut().find(|(own, _)| *own == name) {
        Some((_, old)) => *old = value,
        None => table.fields.push((name, value)),
    }
}

fn bare(text: &str) -> String {
    text.trim_matches('"').to_owned()
}

fn numbers_of(made: &Made, name: &str) -> Vec<usize> {
    made.tables.iter().enumerate().filter(|(_, table)| table.name == name).map(|(at, _)| at).collect()
}

fn policies(made: &Made) -> Vec<String> {
    let is_policy = |(_, value): &(&String, &Value)| value["Statement"].is_array();
    made.files.iter().filter(is_policy).map(|(name, _)| name.clone()).collect()
}

/// A row of the manifest that lists policies, and the list.
fn listing(made: &Made, random: &mut Random) -> Option<(usize, Vec<String>)> {
    let rows = [numbers_of(made, "role"), numbers_of(made, "user")].concat();
    let at = *random.one_of(&rows)?;
    let list = field(&made.tables[at], "policies")?;
    let inside = list.strip_prefix('[')?.strip_suffix(']')?;
    Some((at, inside.split(',').map(|one| bare(one.trim())).filter(|one| !one.is_empty()).collect()))
}

fn written(list: &[String]) -> String {
    format!("[{}]", list.iter().map(|one| format!("\"{one}\"")).collect::<Vec<_>>().join(", "))
}

fn change(made: &Made, dir: &Path, random: &mut Random) -> Option<Changed> {
    let mut files = made.clone();
    // Documents are named from where the manifest lies, and files to read from where the program runs.
    let named = |file: &str| dir.join(file).display().to_string();
    let line = match random.below(8) {
        0 | 1 => {
            let file = random.one_of(&policies(made))?.clone();
            let statements = files.files.get_mut(&file)?["Statement"].as_array_mut()?;
            let nth = random.below(statements.len());
            (nth < statements.len()).then(|| statements.remove(nth))?;
            format!("drop {file}#{}", nth + 1)
        }
        2 | 3 => {
            let from = random.one_of(&policies(made))?.clone();
            let to = random.one_of(&policies(made))?.clone();
            let mut statement = random.one_of(made.files[&from]["Statement"].as_array()?)?.clone();
            statement.as_object_mut()?.remove("Sid");
            statement["Effect"] = json!(if random.below(2) == 0 { "Allow" } else { "Deny" });
            if random.below(2) == 0 {
                statement.as_object_mut()?.remove("Condition");
            }
            files.files.get_mut(&to)?["Statement"].as_array_mut()?.push(statement.clone());
            format!("add {to} {statement}")
        }
        4 => {
            let from = random.one_of(&policies(made))?.clone();
            let to = random.one_of(&policies(made))?.clone();
            let new = made.files[&from].clone();
            // The file that was named stays what it is.
            fs::write(dir.join("new.json"), new.to_string()).unwrap();
            files.files.insert(to.clone(), new);
            format!("replace {to} with {}", named("new.json"))
        }
        5 => {
            let (at, mut list) = listing(made, random)?;
            let arn = bare(field(&made.tables[at], "arn")?);
            let gone = random.below(list.len() + 1);
            if gone < list.len() {
                let file = list.remove(gone);
                set(&mut files.tables[at], "policies", written(&list));
                format!("detach {arn} {file}")
            } else {
                let more = random.one_of(&policies(made))?.clone();
                if list.contains(&more) || !more.starts_with("iam-") {
                    return None;
                }
                list.push(more.clone());
                set(&mut files.tables[at], "policies", written(&list));
                let is_loaded = attached(made).any(|file| file == more);
                format!("attach {arn} {}", if is_loaded { more } else { named(&more) })
            }
        }
        6 => {
            let at = *random.one_of(&numbers_of(made, "key"))?;
            let arn = bare(field(&made.tables[at], "arn")?);
            let state = *random.one_of(&["Enabled", "Disabled", "PendingDeletion", "Unavailable"])?;
            set(&mut files.tables[at], "state", format!("\"{state}\""));
            format!("state {arn} {state}")
        }
        _ => {
            let keys = numbers_of(made, "key");
            let key = random.one_of(&keys).map(|at| bare(field(&made.tables[*at], "arn").unwrap()));
            let uri = *random.one_of(&["s3://lake/*", "s3://lake/curated/*", "s3://lake/new/x"])?;
            let at = numbers_of(made, "object")
                .into_iter()
                .find(|at| field(&made.tables[*at], "uri").is_some_and(|own| bare(own) == uri));
            let (line, value) = match key.filter(|_| random.below(2) == 0) {
                Some(key) => (key.clone(), format!("{{ type = \"aws:kms\", key = \"{key}\" }}")),
                None if random.below(2) == 0 => ("AES256".to_owned(), "{ type = \"AES256\" }".to_owned()),
                None => ("none".to_owned(), "\"none\"".to_owned()),
            };
            match at {
                Some(at) => set(&mut files.tables[at], "encryption", value),
                None => {
                    let fields = vec![("uri", format!("\"{uri}\"")), ("encryption", value)];
                    files.tables.push(Table { name: "object", fields });
                }
            }
            format!("encrypt {uri} with {line}")
        }
    };
    Some(Changed { line, files })
}

/// The files that rows of facts name.
fn attached(made: &Made) -> impl Iterator<Item = String> {
    let facts = made.tables.iter().filter(|table| table.name != "expect");
    let values = facts.flat_map(|table| &table.fields).map(|(_, value)| value);
    values.flat_map(|value| value.split('"').filter(|text| text.ends_with(".json"))).map(str::to_owned)
}

/// Questions of the rows, and the same of everyone else.
fn questions(loaded: &Loaded) -> Vec<Question> {
    let mut all: Vec<Question> = loaded.config.expects.iter().map(|row| row.question.clone()).collect();
    let reads = loaded.config.expects.iter().find_map(|row| match &row.question {
        Question::Does(does) if does.doing.is_read() => Some(does.clone()),
        Question::Does(_) | Question::Acts(_) | Question::Becomes(_) => None,
    });
    for arn in loaded.principals() {
        all.extend(
            reads
                .iter()
                .map(|does| Question::Does(ask::DoesQuestion { role: arn.to_string(), ..does.clone() })),
        );
    }
    all
}

/// What does not depend on where a statement is written.
fn said(answer: &Answer) -> String {
    let gates: Vec<String> = answer
        .legs
        .iter()
        .flat_map(|leg| {
            leg.gates.iter().map(|gate| format!("{} {:?} {:?}", leg.action, gate.gate, gate.verdict))
        })
        .collect();
    format!("{:?} {:?} {:?} {gates:?}", answer.verdict, answer.conditions, answer.witness)
}

fn answers(loaded: &Loaded) -> Vec<String> {
    let of = |question: Question| match ask::answer(&loaded.intake.estate, &question) {
        Ok(answer) => said(&answer),
        Err(error) => error.to_string(),
    };
    questions(loaded).into_iter().map(of).collect()
}

#[test]
fn an_edit_in_memory_is_the_edit_of_the_file() {
    let (mut compared, mut different) = (0, 0);
    let wanted = budget::cases(100) as usize;
    for seed in (budget::seed()..).take(wanted * 8) {
        let mut made = estate(seed);
        let dir = tempfile::tempdir().unwrap();
        let manifest = made.write(dir.path());
        let Some(mut here) = Loaded::open(&manifest) else { continue };
        let mut random = Random(seed);
        let mut lines = Vec::new();
        for _ in 0..4 {
            let Some(next) = change(&made, dir.path(), &mut random) else { continue };
            let edit = Edit::parse(&next.line).unwrap_or_else(|error| panic!("{}: {error}", next.line));
            let before = answers(&here);
            let mut edited = here.intake.clone();
            let outcome = what_if::apply(&mut edited, &edit);
            let there = tempfile::tempdir().unwrap();
            let Some(there) = Loaded::open(&next.files.write(there.path())) else {
                // AWS would refuse the files; most often that is why the edit was refused.
                continue;
            };
            if let Err(error) = outcome {
                // Files of session policies, and those that no row names, are no documents of the estate.
                let is_named = attached(&made).any(|file| next.line.contains(&file));
                assert!(
                    !is_named,
                    "seed {seed}\n{}\n{}: {error}: {}\n{}",
                    lines.join("\n"),
                    next.line,
                    error.help,
                    made.shown()
                );
                continue;
            }
            lines.push(next.line);
            here.intake = edited;
            let after = answers(&here);
            assert_eq!(after, answers(&there), "seed {seed}\n{}\n{}", lines.join("\n"), next.files.shown());
            made = next.files;
            compared += 1;
            different += usize::from(after != before);
            // What stands in the place of a document has the name of its own file.
            if lines.last().is_some_and(|line| line.starts_with("replace")) {
                break;
            }
        }
        if compared >= wanted {
            break;
        }
    }
    assert!(
        compared >= wanted && different * 8 > compared,
        "{compared} edits, {different} changed an answer"
    );
}
