//! What was loaded, the edits over it, the circumstances in force, and the last answer.

mod keep;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{CommandFactory as _, FromArgMatches as _};

use super::super::output::to_stdout;
use super::super::session::Loaded;
use super::super::{Cli, Command, Exit, Failure, Run, help};
use super::circumstances::{InForce, OPTIONS};
use super::evidence::{self, Item};
use super::{record, verbs};
use crate::ask::{self, Answer, Question, Verdict, diff};
use crate::diagnostic::did_you_mean;
use crate::finding::Report;
use crate::operation;
use crate::report::{self, Shape};
use crate::source::Span;
use crate::what_if::{self, Edit};

/// What to do behind a line.
pub(super) enum Next {
    /// The next line; this one ended like this.
    Go(Exit),
    Leave,
}

/// An edit that was made.
#[derive(Clone)]
pub(super) enum Made {
    Edit(Edit),
    /// A change that an answer proposed, and how it was shown.
    Proposed(Box<ask::Fix>, String),
}

impl Made {
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Edit(edit) => edit.to_string(),
            Self::Proposed(_, shown) => format!("fix: {shown}"),
        }
    }

    /// The place that a proposed change is about.
    pub(super) fn place(&self) -> Option<Span> {
        match self {
            Self::Edit(_) => None,
            Self::Proposed(fix, _) => fix.document,
        }
    }

    pub(super) fn apply(&self, loaded: &mut Loaded) -> Result<(), Failure> {
        match self {
            Self::Edit(edit) => what_if::apply(&mut loaded.intake, edit)
                .map_err(|error| Failure::new(error.message).help(error.help)),
            Self::Proposed(fix, _) => {
                let changed = ask::carried_out(&loaded.intake.estate, std::slice::from_ref(fix));
                loaded.intake.estate = changed.ok_or_else(|| {
                    Failure::new("this change cannot be made here")
                        .help("it is for people to decide, elsewhere")
                })?;
                Ok(())
            }
        }
    }
}

/// One session.
pub(super) struct Session<'r> {
    run: &'r Run,
    paths: Vec<PathBuf>,
    more: Vec<PathBuf>,
    /// As the files are.
    base: Arc<Loaded>,
    /// With all edits.
    pub(super) now: Arc<Loaded>,
    made: Vec<Made>,
    undone: Vec<Made>,
    in_force: InForce,
    last: Option<(Question, Answer)>,
    items: Vec<Item>,
    at: usize,
}

/// More pairs of role and bucket are not compared behind an edit.
const MOST_PAIRS: usize = 256;

impl<'r> Session<'r> {
    pub(super) fn open(run: &'r Run, paths: Vec<PathBuf>) -> Result<Self, Failure> {
        let base = Arc::new(Loaded::open(run, &paths, &[])?);
        let now = Arc::clone(&base);
        Ok(Self {
            run,
            paths,
            more: Vec::new(),
            base,
            now,
            made: Vec::new(),
            undone: Vec::new(),
            in_force: InForce::default(),
            last: None,
            items: Vec::new(),
            at: 0,
        })
    }

    /// What was loaded, in a line.
    pub(super) fn summary(&self) -> String {
        summary(&self.now)
    }

    /// What the next question is about, for a prompt.
    pub(super) fn subject(&self) -> Option<String> {
        let (question, _) = self.last.as_ref()?;
        let role = question.role().rsplit('/').next().unwrap_or_default();
        let on = match question {
            Question::Does(does) => does.object.to_string(),
            Question::Acts(acts) => acts.resource.clone(),
            Question::Becomes(_) => return None,
        };
        Some(format!("{role} → {on}"))
    }

    /// One line.
    pub(super) fn eval(&mut self, line: &str) -> Result<Next, Failure> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(Next::Go(Exit::Ok));
        }
        let words = what_if::words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if self.in_force.take(&words)? {
            return self.compared().map(Next::Go);
        }
        let exit = match words.as_slice() {
            ["quit" | "exit" | "q"] => return Ok(Next::Leave),
            ["help" | "?"] => say(&help())?,
            ["help" | "?", name] => self.help(name)?,
            ["ctx"] => say(&lines(self.in_force.lines(), "no circumstances are set\n"))?,
            ["edits"] => say(&lines(self.made.iter().map(Made::shown).collect(), "there are no edits\n"))?,
            ["undo"] => return self.undo().map(Next::Go),
            ["redo"] => return self.redo().map(Next::Go),
            ["why"] => self.why("")?,
            ["why", action] => self.why(action)?,
            ["open", number] => self.show(number.parse::<usize>().ok())?,
            ["next"] => self.show(Some(self.at + 1))?,
            ["back"] => self.show(self.at.checked_sub(1))?,
            ["fix"] => self.fixes()?,
            ["fix", number] | ["what-if", "fix", number] => return self.fix(number).map(Next::Go),
            ["what-if", ..] => {
                let edit = line.strip_prefix("what-if").unwrap_or(line);
                let edit = Edit::parse(edit).map_err(|error| Failure::new(error.message).help(error.help))?;
                return self.make(Made::Edit(edit)).map(Next::Go);
            }
            ["need", which @ ("allow" | "deny")] => self.need(*which == "allow")?,
            ["patch"] => self.patch(None)?,
            ["patch", file] => self.patch(Some(file))?,
            ["save"] => self.save(false)?,
            ["save", "now"] => self.save(true)?,
            ["record"] => self.record()?,
            ["reload"] => self.reload(None)?,
            ["load", file] => self.reload(Some(PathBuf::from(file)))?,
            ["again"] => return self.again().map(Next::Go),
            ["as", role] => return self.ask_as(role).map(Next::Go),
            [first, targets @ ..] if operation::find(first).is_some() => {
                return self.operation(first, targets).map(Next::Go);
            }
            [verb, ..] if verbs::names().any(|name| name == *verb) && *verb != "can" => {
                let form =
                    verbs::VERBS.iter().find(|known| known.name == *verb).map_or("", |known| known.form);
                return Err(Failure::new(format!("`{line}` is not understood")).help(format!("write {form}")));
            }
            [first, rest @ ..] => {
                let rest: Vec<String> = rest.iter().map(|word| (*word).to_owned()).collect();
                return self.command(first, rest).map(Next::Go);
            }
            [] => Exit::Ok,
        };
        Ok(Next::Go(exit))
    }

    /// A command of the program.
    fn command(&mut self, name: &str, rest: Vec<String>) -> Result<Exit, Failure> {
        let command = Cli::command();
        let commands: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
        if !commands.iter().any(|known| known == name) {
            let mut known: Vec<&str> = commands.iter().map(String::as_str).collect();
            for name in verbs::names().chain(OPTIONS) {
                known.push(name);
            }
            let near = did_you_mean(name, known.iter().copied());
            return Err(Failure::new(format!("`{name}` is neither a command nor a verb"))
                .help("`help` lists them")
                .maybe_help(near));
        }
        if matches!(name, "simulate" | "mcp" | "generate" | "init" | "config" | "collect" | "shell") {
            return Err(Failure::new(format!("`{name}` asks nothing of what was loaded"))
                .help(format!("run decryptable {name} outside of the session")));
        }
        let mut arguments = vec!["decryptable".to_owned(), name.to_owned()];
        arguments.extend(rest);
        if matches!(name, "can" | "who" | "trust" | "matrix") {
            arguments.extend(self.in_force.options(name == "can"));
        }
        let mut command = help::grouped(command).no_binary_name(false);
        let parsed =
            command.try_get_matches_from_mut(&arguments).and_then(|matches| Cli::from_arg_matches(&matches));
        let cli = match parsed {
            Ok(cli) => cli,
            Err(error) => {
                let _ = error.print();
                return Ok(if error.exit_code() == 0 { Exit::Ok } else { Exit::Error });
            }
        };
        let global = cli.global;
        if global.directory.is_some()
            || global.config.is_some()
            || global.isolated
            || !global.parameters.is_empty()
            || !global.var_files.is_empty()
            || !global.vars.is_empty()
            || global.workspace.is_some()
        {
            return Err(Failure::new("what is read is told when the session starts")
                .help("leave the session, and start it with these options"));
        }
        let mut run = Run::new(global, Some(Arc::clone(&self.now)));
        run.console.follow(&self.run.console);
        if cli.command.watched().is_some() {
            let failure =
                Failure::new("`--watch` is for the command line: a session notices changed files itself");
            return Err(failure.help("`reload` reads them again"));
        }
        let Command::Can(args) = cli.command else { return cli.command.run(&run) };
        let (exit, mut answers) = args.answered(&run)?;
        if let Some(last) = answers.pop() {
            self.last = Some(last);
            self.items.clear();
        }
        Ok(exit)
    }

    fn operation(&mut self, name: &str, targets: &[&str]) -> Result<Exit, Failure> {
        let (question, _) = self.last()?;
        let role = question.role().to_owned();
        let mut targets: Vec<String> = targets.iter().map(|target| (*target).to_owned()).collect();
        // Options may follow without a target.
        if targets.first().is_none_or(|first| first.starts_with('-')) {
            match question {
                Question::Does(does) => targets.insert(0, does.object.to_string()),
                Question::Acts(_) | Question::Becomes(_) => {
                    return Err(
                        Failure::new(format!("{name} what?")).help(format!("write {name} s3://BUCKET/KEY"))
                    );
                }
            }
        }
        let mut words = vec![role, name.to_owned()];
        words.append(&mut targets);
        self.command("can", words)
    }

    fn ask_as(&mut self, role: &str) -> Result<Exit, Failure> {
        let mut words = self.words()?;
        if let Some(first) = words.first_mut() {
            role.clone_into(first);
        }
        self.command("can", words)
    }

    fn again(&mut self) -> Result<Exit, Failure> {
        let words = self.words()?;
        self.command("can", words)
    }

    fn last(&self) -> Result<&(Question, Answer), Failure> {
        self.last
            .as_ref()
            .ok_or_else(|| Failure::new("nothing was asked yet").help("begin with can ROLE s3://BUCKET/KEY"))
    }

    /// The last question as `can` takes it.
    fn words(&self) -> Result<Vec<String>, Failure> {
        let (question, _) = self.last()?;
        let mut words = vec![question.role().to_owned()];
        match question {
            Question::Does(does) => {
                words.push(does.doing.operation.clone());
                words.push(does.object.to_string());
                words.extend(does.doing.to.as_ref().map(ToString::to_string));
            }
            Question::Acts(acts) => words.extend([acts.action.clone(), acts.resource.clone()]),
            Question::Becomes(_) => {}
        }
        Ok(words)
    }

    /// Asks the last question as things are now, without showing the answer.
    fn asked_again(&self) -> Option<Result<(Question, Answer), Failure>> {
        self.last.as_ref()?;
        Some(self.words().and_then(|words| self.quietly(words)))
    }

    fn quietly(&self, words: Vec<String>) -> Result<(Question, Answer), Failure> {
        let mut arguments = vec!["decryptable".to_owned(), "can".to_owned()];
        arguments.extend(words);
        arguments.extend(self.in_force.options(true));
        let parsed = Cli::command().try_get_matches_from(&arguments).and_then(|m| Cli::from_arg_matches(&m));
        let cli = parsed.map_err(|error| {
            let text = error.render().to_string();
            let first = text.lines().next().unwrap_or_default();
            Failure::new(first.trim_start_matches("error: ").to_owned()).help("`ctx` shows what is set")
        })?;
        let Command::Can(args) = cli.command else { return Err(Failure::new("nothing was asked yet")) };
        let questions = args.questions(&mut Loaded::clone(&self.now))?;
        let question = questions.into_iter().next().ok_or_else(|| Failure::new("nothing was asked yet"))?;
        let answer = ask::answer(&self.now.intake.estate, &question)
            .map_err(|error| super::super::can::unasked(question.role(), &error))?;
        Ok((question, answer))
    }

    /// The verdict before and after a change, where something was asked.
    fn compared(&mut self) -> Result<Exit, Failure> {
        let Some(after) = self.asked_again() else { return Ok(Exit::Ok) };
        let (question, answer) = after?;
        let before = self.last.as_ref().map(|(_, answer)| answer.verdict);
        let mut text = match before {
            Some(before) if before == answer.verdict => format!("{} as before", word(before)),
            Some(before) => format!("{} → {}", word(before), word(answer.verdict)),
            None => word(answer.verdict).to_owned(),
        };
        if answer.verdict != Verdict::Allowed {
            _ = write!(text, "  {}", answer.reason);
        }
        text.push('\n');
        let exit = say(&text)?;
        self.last = Some((question, answer));
        self.items.clear();
        Ok(exit)
    }

    fn make(&mut self, made: Made) -> Result<Exit, Failure> {
        let mut next = Loaded::clone(&self.now);
        made.apply(&mut next)?;
        let before = std::mem::replace(&mut self.now, Arc::new(next));
        self.made.push(made);
        self.undone.clear();
        self.changed(&before)
    }

    /// What an edit, or its end, changes: for the last question, and for everybody else.
    fn changed(&mut self, before: &Loaded) -> Result<Exit, Failure> {
        self.compared()?;
        let (old, new) = (&before.intake.estate, &self.now.intake.estate);
        if new.roles.len().saturating_mul(new.buckets.len()) > MOST_PAIRS {
            return say("who else is concerned was not compared: there are too many roles and buckets\n");
        }
        // The later map holds every text of the earlier one.
        let newer = before.intake.sources.len() < self.now.intake.sources.len();
        let sources = if newer { &self.now.intake.sources } else { &before.intake.sources };
        let mut diff = diff::estates(old, new, sources);
        // The documents themselves differ, as they were meant to: what is told is who can do what.
        let concerned = |change: &diff::Change| {
            matches!(change.subject, diff::Subject::Read { .. } | diff::Subject::Operation { .. })
        };
        diff.gained.retain(concerned);
        diff.lost.retain(concerned);
        let all = [&diff.gained, &diff.lost, &diff.gained_operations, &diff.lost_operations];
        if all.iter().all(|changes| changes.is_empty()) {
            return say("no role of the input can do more or less (proved)\n");
        }
        let report = Report { diff: Some(diff), ..Report::default() };
        self.run.outputs.write(&report, sources, &self.run.console, Shape::Answer, Exit::Failed)?;
        Ok(Exit::Ok)
    }

    fn rebuilt(&self, made: &[Made]) -> Result<Loaded, Failure> {
        let mut next = Loaded::clone(&self.base);
        for edit in made {
            edit.apply(&mut next)?;
        }
        Ok(next)
    }

    fn undo(&mut self) -> Result<Exit, Failure> {
        let Some(last) = self.made.pop() else {
            return Err(Failure::new("there is no edit to take back").help("`edits` lists them"));
        };
        let next = self.rebuilt(&self.made)?;
        let before = std::mem::replace(&mut self.now, Arc::new(next));
        self.undone.push(last);
        self.changed(&before)
    }

    fn redo(&mut self) -> Result<Exit, Failure> {
        let Some(next) = self.undone.pop() else {
            return Err(Failure::new("no edit was taken back").help("`edits` lists those in force"));
        };
        let undone = std::mem::take(&mut self.undone);
        let exit = self.make(next)?;
        self.undone = undone;
        Ok(exit)
    }

    fn why(&mut self, action: &str) -> Result<Exit, Failure> {
        let (_, answer) = self.last()?;
        let items = evidence::of_answer(answer, action, &self.now.intake.sources);
        if items.is_empty() {
            let actions: Vec<&str> = answer.legs.iter().map(|leg| leg.action.as_str()).collect();
            let help = match actions.as_slice() {
                [] => answer.reason.clone(),
                [..] => format!("it has {}", actions.join(", ")),
            };
            return Err(Failure::new(format!("no leg of the answer is `{action}`")).help(help));
        }
        self.list(items)
    }

    fn fixes(&mut self) -> Result<Exit, Failure> {
        let (_, answer) = self.last()?;
        let items = evidence::of_fixes(&answer.fix, &self.now.intake.sources);
        if items.is_empty() {
            return say("the answer proposes no change\n");
        }
        self.list(items)
    }

    fn list(&mut self, items: Vec<Item>) -> Result<Exit, Failure> {
        let mut text = String::new();
        for (number, item) in (1..).zip(&items) {
            _ = writeln!(text, "{number:>3}  {}", item.text);
        }
        (self.items, self.at) = (items, 0);
        say(&text)
    }

    /// The text of one of the listed.
    fn show(&mut self, number: Option<usize>) -> Result<Exit, Failure> {
        let out_of = || {
            let help = match self.items.len() {
                0 => "`why` lists what an answer rests on".to_owned(),
                count => format!("write a number from 1 to {count}"),
            };
            Failure::new("there is nothing to open there").help(help)
        };
        let number = number.filter(|number| *number > 0).ok_or_else(out_of)?;
        let item = self.items.get(number - 1).ok_or_else(out_of)?;
        let text = match item.at {
            Some(at) => evidence::excerpt(at, &self.now.intake.sources),
            None => format!("{}\n", item.text),
        };
        self.at = number;
        say(&text)
    }

    fn fix(&mut self, number: &str) -> Result<Exit, Failure> {
        let (_, answer) = self.last()?;
        let at = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let fix = at.and_then(|at| answer.fix.get(at)).ok_or_else(|| {
            Failure::new(format!("there is no change {number}")).help("`fix` lists what the answer proposes")
        })?;
        let shown = evidence::of_fixes(std::slice::from_ref(fix), &self.now.intake.sources);
        let shown = shown.into_iter().next().map_or_else(String::new, |item| item.text);
        let made = Made::Proposed(Box::new(fix.clone()), shown);
        self.make(made)
    }

    fn need(&mut self, allowed: bool) -> Result<Exit, Failure> {
        let (_, answer) = self.last()?;
        let wanted = if allowed { "allowed" } else { "denied" };
        let settled = match answer.verdict {
            Verdict::Allowed => Some(allowed),
            Verdict::Denied | Verdict::Blocked | Verdict::Unsupported => Some(!allowed),
            Verdict::Conditional => None,
        };
        let text = match settled {
            Some(true) => format!("nothing: it is {wanted} in every case\n"),
            Some(false) => format!("no request is {wanted}: {}\n", answer.reason),
            None => {
                let witness = if allowed { &answer.witness.allowed } else { &answer.witness.denied };
                match witness {
                    None => format!("a request that is {wanted} is not found: {}\n", answer.reason),
                    Some(keys) => {
                        let line = |(key, values): &(String, Option<Vec<String>>)| match values {
                            Some(values) => format!("set {key} {}", values.join(" ")),
                            None => format!("absent {key}"),
                        };
                        lines(keys.iter().map(line).collect(), "nothing\n")
                    }
                }
            }
        };
        say(&text)
    }

    fn record(&mut self) -> Result<Exit, Failure> {
        if !self.made.is_empty() {
            return Err(Failure::new("the verdict is that of edits, and a row asks the files")
                .help("`undo` them first, or make them in the files"));
        }
        let (question, answer) = self.last()?;
        let file = self.now.config.file.clone();
        let (file, row) = record::record(file.as_deref(), question, answer, &self.in_force)?;
        say(&format!("appended to {}:\n{row}", file.display()))
    }

    fn reload(&mut self, file: Option<PathBuf>) -> Result<Exit, Failure> {
        let mut more = self.more.clone();
        more.extend(file);
        let base = Loaded::open(self.run, &self.paths, &more)?;
        if base.intake.has_general_errors() {
            return base.refuse(self.run);
        }
        (self.base, self.more) = (Arc::new(base), more);
        self.now = Arc::new(self.rebuilt(&self.made)?);
        say(&format!("{}\n", self.summary()))?;
        self.compared()
    }

    fn help(&self, name: &str) -> Result<Exit, Failure> {
        if let Some(verb) = verbs::VERBS.iter().find(|verb| verb.name == name && name != "can") {
            return say(&format!("{}\n  {}\n", verb.form, verb.about));
        }
        let mut command = Cli::command();
        match command.find_subcommand_mut(name) {
            Some(found) => say(&format!("{}", found.render_help())),
            None => Err(Failure::unknown("verb", name, verbs::names())),
        }
    }
}

/// What was loaded, in a line.
pub(in crate::cli) fn summary(loaded: &Loaded) -> String {
    let estate = &loaded.intake.estate;
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    [
        counted(loaded.intake.files.len(), "file"),
        counted(estate.roles.len(), "role"),
        counted(estate.buckets.len(), "bucket"),
        counted(estate.keys.len(), "key"),
    ]
    .join(" · ")
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "ALLOWED",
        Verdict::Denied => "DENIED",
        Verdict::Conditional => "CONDITIONAL",
        Verdict::Blocked => "BLOCKED",
        Verdict::Unsupported => "UNSUPPORTED",
    }
}

fn lines(list: Vec<String>, none: &str) -> String {
    match list.as_slice() {
        [] => none.to_owned(),
        [..] => list.iter().map(|line| format!("{line}\n")).collect(),
    }
}

fn help() -> String {
    let width = verbs::VERBS.iter().map(|verb| verb.form.chars().count()).max().unwrap_or(0);
    let line = |verb: &verbs::Verb| format!("  {:<width$}  {}\n", verb.form, verb.about);
    let mut text: String = verbs::VERBS.iter().map(line).collect();
    text.push_str(
        "  who, trust, matrix, check, lint, diff, explain and inputs work as outside of the session\n",
    );
    text
}

/// Text from files and from lines cannot harm a terminal.
fn say(text: &str) -> Result<Exit, Failure> {
    let harmless: Vec<String> = text.lines().map(report::harmless).collect();
    to_stdout(|out| harmless.iter().try_for_each(|line| writeln!(out, "{line}")))?;
    Ok(Exit::Ok)
}
