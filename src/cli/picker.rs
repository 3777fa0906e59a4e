//! What is missing of a command line is asked for where a person sits at a terminal; everywhere else it is an error.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Context, Editor, Helper};

use super::output::to_stdout;
use super::session::Loaded;
use super::{Cli, Command, Exit, Run, complete, enter};
use crate::ask::Question;
use crate::config;

/// More names are not listed at once: a part of one finds it.
const MOST_LISTED: usize = 12;

/// What an argument is for, with a value that it could have.
struct Slot {
    asks: &'static str,
    stands_in: &'static str,
    names: fn(&Loaded) -> Vec<String>,
}

const ROLE: Slot = Slot { asks: "role", stands_in: "anonymous", names: principals };
const OBJECT: Slot = Slot { asks: "object", stands_in: "s3://bucket/key", names: objects };

fn principals(loaded: &Loaded) -> Vec<String> {
    let mut names: Vec<String> = complete::principals(&loaded.intake.estate).collect();
    names.sort();
    names.dedup();
    names
}

/// Objects that rows ask about, objects that are described, and all of each bucket.
fn objects(loaded: &Loaded) -> Vec<String> {
    let asked = loaded.config.expects.iter().filter_map(|row| match &row.question {
        Question::Does(does) => Some(does.object.to_string()),
        Question::Acts(_) | Question::Becomes(_) => None,
    });
    let estate = &loaded.intake.estate;
    let described = estate.objects.iter().map(|object| object.uri.value.as_str().to_owned());
    let whole = estate.buckets.iter().map(|bucket| format!("s3://{}/*", bucket.name));
    let mut names = Vec::new();
    for name in asked.chain(described).chain(whole) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn is_at_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

fn parsed(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    Cli::command().try_get_matches_from(arguments).and_then(|matches| Cli::from_arg_matches(&matches))
}

/// The command line with what was missing, where a person could be asked for it.
pub(super) fn filled(arguments: &[OsString]) -> Option<Vec<OsString>> {
    if !is_at_terminal() {
        return None;
    }
    let (slots, cli) = missing(arguments)?;
    let inputs = if let Command::Can(args) = &cli.command {
        args.input.clone()
    } else if let Command::Who(args) = &cli.command {
        args.input.clone()
    } else {
        return None;
    };
    let loaded = read(cli, &inputs)?;
    let mut whole = arguments.to_vec();
    for slot in slots {
        let names = (slot.names)(&loaded);
        let picked = ask(slot.asks, &names)?;
        whole.push(picked.into());
    }
    let words = whole.iter().skip(1).map(|word| shown(&word.to_string_lossy()));
    let line = std::iter::once("decryptable".to_owned()).chain(words).collect::<Vec<_>>().join(" ");
    to_stdout(|out| writeln!(out, "$ {line}\n")).ok()?;
    Some(whole)
}

/// A word as a shell takes it.
fn shown(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_=+./:@%,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// What a command line lacks, and what it is with something in these places.
fn missing(arguments: &[OsString]) -> Option<(Vec<Slot>, Cli)> {
    let error = parsed(arguments).err()?;
    if error.kind() != ErrorKind::MissingRequiredArgument {
        return None;
    }
    for slots in [vec![OBJECT], vec![ROLE, OBJECT]] {
        let mut whole = arguments.to_vec();
        whole.extend(slots.iter().map(|slot| OsString::from(slot.stands_in)));
        if let Ok(cli) = parsed(&whole) {
            return Some((slots, cli));
        }
    }
    None
}

/// What a command would read, where it can; the command itself tells what is wrong.
fn read(cli: Cli, inputs: &[PathBuf]) -> Option<Loaded> {
    let here = std::env::current_dir().ok();
    enter(cli.global.directory.as_deref()).ok()?;
    let loaded = Loaded::open(&Run::new(cli.global, None), &[], inputs).ok();
    enter(here.as_deref()).ok()?;
    loaded
}

/// The names that are proposed.
struct Names<'n>(&'n [String]);

impl Completer for Names<'_> {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let written = line.get(..at).unwrap_or(line);
        let fitting = self.0.iter().filter(|name| name.starts_with(written));
        let pair = |name: &String| Pair { display: name.clone(), replacement: name.clone() };
        Ok((0, fitting.map(pair).collect()))
    }
}

impl Hinter for Names<'_> {
    type Hint = String;
}

impl Highlighter for Names<'_> {}
impl Validator for Names<'_> {}
impl Helper for Names<'_> {}

/// Asks for one of the names; none where the person gives up.
fn ask(what: &str, names: &[String]) -> Option<String> {
    let config = Config::builder().build();
    let mut editor: Editor<Names<'_>, DefaultHistory> = Editor::with_config(config).ok()?;
    editor.set_helper(Some(Names(names)));
    let mut left: Vec<&String> = names.iter().collect();
    loop {
        to_stdout(|out| write!(out, "{}", listed(&left))).ok()?;
        let line = editor.readline(&format!("{what}? ")).ok()?;
        match choice(&left, names, &line) {
            Choice::One(name) => return Some(name),
            Choice::Some(some) => left = some,
        }
    }
}

/// Names with numbers.
fn listed(names: &[&String]) -> String {
    let lines = (1..).zip(names.iter().take(MOST_LISTED));
    let mut text: String =
        lines.map(|(number, name)| format!("{number:>3}  {}\n", crate::report::harmless(name))).collect();
    if names.len() > MOST_LISTED {
        text.push_str(&format!("     … {} more: write a part of the name\n", names.len() - MOST_LISTED));
    }
    text
}

/// What a line means.
#[derive(Debug, PartialEq, Eq)]
enum Choice<'n> {
    One(String),
    /// It says too little.
    Some(Vec<&'n String>),
}

/// A number of the list, a name, or a part of one; what is none of these is taken as it is, since not every name is known.
fn choice<'n>(listed: &[&'n String], all: &'n [String], line: &str) -> Choice<'n> {
    let line = line.trim();
    if line.is_empty() {
        return match listed {
            [only] => Choice::One((*only).clone()),
            _ => Choice::Some(listed.to_vec()),
        };
    }
    let number = line.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let numbered = number.filter(|number| *number < MOST_LISTED).and_then(|number| listed.get(number));
    if let Some(name) = numbered {
        return Choice::One((*name).clone());
    }
    if let Some(name) = all.iter().find(|name| *name == line) {
        return Choice::One(name.clone());
    }
    let lower = line.to_lowercase();
    let fitting: Vec<&String> = all.iter().filter(|name| name.to_lowercase().contains(&lower)).collect();
    match fitting.as_slice() {
        [] => Choice::One(line.to_owned()),
        [only] => Choice::One((*only).clone()),
        _ => Choice::Some(fitting),
    }
}

/// Nothing but the name of the program: says what is here, and offers a session.
pub(super) fn welcome(arguments: &[OsString]) -> Option<Exit> {
    let [program] = arguments else { return None };
    if !is_at_terminal() || config::find(Path::new("")).is_none() {
        return None;
    }
    let cli = parsed(&[program.clone(), "shell".into()]).ok()?;
    let Command::Shell(shell) = cli.command else { return None };
    let run = Run::new(cli.global, None);
    let loaded = Loaded::open(&run, &[], &[]).ok()?;
    let summary = super::shell::summary(&loaded);
    let hello = format!(
        "decryptable says whether a role can read an object, under which conditions, and which statement decides.\n\
         {} is here: {summary}\n\n  \
         decryptable check       ask every row of it\n  \
         decryptable shell       ask one question after the other, and try changes\n  \
         decryptable --help      all commands\n",
        config::FILE_NAME
    );
    to_stdout(|out| writeln!(out, "{hello}")).ok()?;
    let mut editor: Editor<Names<'_>, DefaultHistory> = Editor::new().ok()?;
    match editor.readline("Open the shell? [Y/n] ") {
        Ok(line) if is_yes(&line) => Some(shell.run(&run).unwrap_or_else(|failure| {
            run.console.error(&failure);
            failure.exit
        })),
        Ok(_) | Err(_) => Some(Exit::Ok),
    }
}

fn is_yes(line: &str) -> bool {
    let line = line.trim().to_lowercase();
    line.is_empty() || "yes".starts_with(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn only_what_is_missing_is_asked_for() {
        let asked = |line: &str| {
            let found = missing(&words(line));
            found.map(|(slots, _)| slots.iter().map(|slot| slot.asks).collect::<Vec<_>>())
        };
        assert_eq!(asked("decryptable can"), Some(vec!["role", "object"]));
        assert_eq!(asked("decryptable -C x can --strict"), Some(vec!["role", "object"]));
        assert_eq!(asked("decryptable can etl"), Some(vec!["object"]));
        assert_eq!(asked("decryptable who --direct"), Some(vec!["object"]));
        for whole in
            ["decryptable can etl s3://b/k", "decryptable check", "decryptable", "decryptable can --bogus"]
        {
            assert_eq!(asked(whole), None, "{whole}");
        }
        // What is missing there is no name of the estate.
        assert_eq!(asked("decryptable can etl --profile"), None);
    }

    #[test]
    fn a_line_picks_by_number_name_or_part() {
        let names: Vec<String> = ["etl", "etl-nightly", "Reader"].map(str::to_owned).to_vec();
        let all: Vec<&String> = names.iter().collect();
        let one = |line: &str| match choice(&all, &names, line) {
            Choice::One(name) => name,
            Choice::Some(some) => format!("{some:?}"),
        };
        assert_eq!(one("2"), "etl-nightly");
        assert_eq!(one(" etl "), "etl");
        assert_eq!(one("night"), "etl-nightly");
        assert_eq!(one("read"), "Reader");
        assert_eq!(one("et"), r#"["etl", "etl-nightly"]"#);
        assert_eq!(one(""), r#"["etl", "etl-nightly", "Reader"]"#);
        assert_eq!(one("service:ec2.amazonaws.com"), "service:ec2.amazonaws.com");
        assert_eq!(one("9"), "9");
        assert_eq!(choice(&all[2..], &names, ""), Choice::One("Reader".to_owned()));
    }

    #[test]
    fn long_lists_are_cut_and_words_are_quoted() {
        let names: Vec<String> = (0..20).map(|number| format!("role-{number}")).collect();
        let text = listed(&names.iter().collect::<Vec<_>>());
        assert!(text.ends_with(" 12  role-11\n     … 8 more: write a part of the name\n"), "{text}");
        assert_eq!(
            (shown("s3://a/b"), shown("s3://a/*"), shown("it's")),
            ("s3://a/b".to_owned(), "'s3://a/*'".to_owned(), r"'it'\''s'".to_owned())
        );
        assert!(is_yes("") && is_yes("Y") && is_yes("yes") && !is_yes("n") && !is_yes("yep"));
    }
}
