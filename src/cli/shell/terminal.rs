//! The session at a prompt: a line editor with history and completion.

use std::cell::RefCell;
use std::env;
use std::path::PathBuf;

use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Context, Editor, Helper};

use super::super::output::{directory, to_stdout};
use super::super::{Exit, Failure, Run};
use super::complete::candidates;
use super::session::{Next, Session};

/// The names that were there when the prompt was shown.
struct Names<'s, 'r>(&'s RefCell<&'s mut Session<'r>>);

impl Completer for Names<'_, '_> {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, names) = candidates(&self.0.borrow(), line.get(..at).unwrap_or(line));
        let pair = |name: String| Pair { display: name.clone(), replacement: name };
        Ok((start, names.into_iter().map(pair).collect()))
    }
}

impl Hinter for Names<'_, '_> {
    type Hint = String;
}

impl Highlighter for Names<'_, '_> {}

/// A statement may go over several lines: the brackets say when it ends.
impl Validator for Names<'_, '_> {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let count = |c: char| text.chars().filter(|other| *other == c).count();
        let is_open = count('{') > count('}') || count('[') > count(']');
        Ok(if is_open { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl Helper for Names<'_, '_> {}

/// Where the lines of earlier sessions are kept.
fn history() -> Option<PathBuf> {
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".local/state")))?;
    let dir = state.join("decryptable");
    directory(&dir).then(|| dir.join("history"))
}

pub(super) fn run(session: &mut Session<'_>, run: &Run) -> Result<Exit, Failure> {
    let broken = |error: ReadlineError| {
        Failure::new(format!("the terminal cannot be read: {error}")).help("give the lines on standard input")
    };
    to_stdout(|out| writeln!(out, "{} · `help` lists the verbs", session.summary()))?;
    let session = RefCell::new(session);
    let config = Config::builder().auto_add_history(true).build();
    let mut editor: Editor<Names<'_, '_>, FileHistory> = Editor::with_config(config).map_err(broken)?;
    editor.set_helper(Some(Names(&session)));
    let history = history();
    if let Some(file) = &history {
        // There is none at first.
        let _ = editor.load_history(file);
    }
    loop {
        let subject = session.borrow().subject();
        let prompt = subject.map_or_else(|| "› ".to_owned(), |subject| format!("{subject} › "));
        match editor.readline(&prompt) {
            Ok(line) => match session.borrow_mut().eval(&line) {
                Ok(Next::Go(_)) => {}
                Ok(Next::Leave) => break,
                Err(failure) => run.console.error(&failure),
            },
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(broken(error)),
        }
    }
    if let Some(file) = &history {
        // A session without a history is a session all the same.
        let _ = editor.save_history(file);
    }
    Ok(Exit::Ok)
}
