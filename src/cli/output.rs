//! Where results go: standard output, and files that appear only when they are whole.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};

use super::{Console, Exit, Failure};
use crate::finding::Report;
use crate::report::{self, Draws, Format, Shape};
use crate::source::{SourceMap, decode};

/// One `--format`, with the `--output` that follows it.
#[derive(Clone, Debug)]
struct Output {
    /// None for the default.
    format: Option<&'static Format>,
    /// None for standard output.
    file: Option<PathBuf>,
}

/// `--format NAME [--output FILE]`, any number of times.
#[derive(Clone, Debug, Default)]
pub(super) struct Outputs(Vec<Output>);

impl Outputs {
    /// Each format with its file, as a person would read it.
    pub(super) fn shown(&self) -> Vec<String> {
        let shown = |output: &Output| {
            let name = output.format.map_or("human", |format| format.name);
            match &output.file {
                Some(file) => format!("{name} to {}", file.display()),
                None => name.to_owned(),
            }
        };
        self.0.iter().map(shown).collect()
    }

    /// Standard output is for people to read.
    pub(super) fn is_for_people(&self) -> bool {
        self.0.iter().all(|output| output.format.is_none() || output.file.is_some())
    }

    /// Whether a format was asked for.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|output| output.format.is_some_and(|format| format.name == name))
    }

    /// The same places, for what is written in one format alone.
    pub(super) fn all_in(&self, name: &'static str, what: &str) -> Result<Self, Failure> {
        let format = report::find(name);
        let other = self.0.iter().filter_map(|output| output.format).find(|format| format.name != name);
        if let Some(other) = other {
            return Err(Failure::new(format!("`{what}` cannot write {}", other.name))
                .help(format!("it writes {name}; leave out --format")));
        }
        let mut outputs = self.0.clone();
        if outputs.is_empty() {
            outputs.push(Output { format: None, file: None });
        }
        Ok(Self(outputs.into_iter().map(|output| Output { format, ..output }).collect()))
    }

    /// For commands whose output has one form only.
    pub(super) fn refuse(&self, command: &str) -> Result<(), Failure> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Failure::new(format!("`{command}` has one form of output"))
            .help("leave out --format and --output; redirect standard output to keep it"))
    }

    /// The name of the format that goes to standard output, for commands that draw it themselves.
    pub(super) fn only(&self, command: &str, known: &[&'static str]) -> Result<&'static str, Failure> {
        let Some(default) = known.first() else { return Ok("human") };
        match self.0.as_slice() {
            [] => Ok(default),
            [Output { format, file: None }] => {
                let name = format.map_or(*default, |format| format.name);
                known.iter().find(|k| **k == name).copied().ok_or_else(|| {
                    Failure::new(format!("`{command}` cannot write {name}"))
                        .help(format!("it writes {}", known.join(" or ")))
                })
            }
            [..] => Err(Failure::new(format!("`{command}` writes to standard output only"))
                .help("leave out --output and redirect standard output")),
        }
    }

    /// Formats that have no form for what a run has to say.
    fn refuse_others(&self, report: &Report) -> Result<(), Failure> {
        for format in self.0.iter().filter_map(|output| output.format) {
            let name = format.name;
            match format.draws {
                Draws::Maps if report.map.is_none() => {
                    let failure = Failure::new(format!("there is no graph for `--format {name}`"));
                    return Err(failure.help(
                        "`trust` and `who` answer with one; other commands write human, json or jsonl",
                    ));
                }
                Draws::Tables if report.matrix.is_none() => {
                    let failure = Failure::new(format!("there is no table for `--format {name}`"));
                    return Err(
                        failure.help("`matrix` answers with one; other commands write human, json or jsonl")
                    );
                }
                Draws::Results
                    if report.map.is_some() || report.diff.is_some() || report.matrix.is_some() =>
                {
                    let failure = Failure::new(format!("`--format {name}` is for results of checks"));
                    return Err(failure.help(
                        "`check`, `lint` and `can` write it; graphs and comparisons are written as human, json or jsonl",
                    ));
                }
                Draws::Lines if report.diff.is_some() || report.matrix.is_some() => {
                    let failure = Failure::new(format!("`--format {name}` is for answers and graphs"));
                    return Err(failure.help("`matrix` and `diff` write human, json or jsonl"));
                }
                Draws::Pages if report.diff.is_some() => {
                    let failure = Failure::new(format!("`--format {name}` has no form for a comparison"));
                    return Err(failure.help("`diff` writes human, json or jsonl"));
                }
                Draws::Maps
                | Draws::Results
                | Draws::Lines
                | Draws::Reports
                | Draws::Tables
                | Draws::Pages => {}
            }
        }
        Ok(())
    }

    /// Renders the report wherever it was asked for.
    ///
    /// For people, what is wrong with the input is no result: where nothing could be decided for it, it goes to standard
    /// error, beside results on standard output. Machine formats hold everything, where the machine waits for them; the
    /// JSON of one answer is that answer.
    pub(super) fn write(
        &self,
        report: &Report,
        sources: &SourceMap,
        console: &Console,
        shape: Shape,
        exit: Exit,
    ) -> Result<(), Failure> {
        self.write_or(report, None, sources, console, shape, exit)
    }

    /// Shows warnings for people beside results that were written already.
    pub(super) fn beside(
        &self,
        report: &Report,
        sources: &SourceMap,
        console: &Console,
    ) -> Result<(), Failure> {
        let Some(human) = report::find("human") else { return Ok(()) };
        let style = console.style(console.stderr_colour, Shape::Answer);
        to_stream(io::stderr().lock(), "standard error", |out| (human.render)(report, sources, &style, out))
    }

    /// As [`Outputs::write`]; with `--quiet` people read `failed` alone, which is what failed of the report.
    pub(super) fn write_or(
        &self,
        report: &Report,
        failed: Option<&Report>,
        sources: &SourceMap,
        console: &Console,
        shape: Shape,
        exit: Exit,
    ) -> Result<(), Failure> {
        let only_failed = failed.filter(|_| console.quiet);
        let fallback = [Output { format: None, file: None }];
        let outputs = if self.0.is_empty() { &fallback } else { self.0.as_slice() };
        let failed = matches!(exit, Exit::Error | Exit::NoInputs);
        if !failed {
            self.refuse_others(report)?;
        }
        for output in outputs {
            let Some(mut format) = output.format.or_else(|| report::find("human")) else { continue };
            let lacks_graph = format.draws == Draws::Maps && report.map.is_none();
            if lacks_graph || (format.draws == Draws::Tables && report.matrix.is_none()) {
                // Nothing was answered, so there is nothing to draw: the reasons are for people, and no file
                // takes the place of the last good one.
                let Some(human) = report::find("human") else { continue };
                format = human;
                if output.file.is_some() {
                    let style = console.style(console.stderr_colour, shape);
                    to_stream(io::stderr().lock(), "standard error", |out| {
                        (format.render)(report, sources, &style, out)
                    })?;
                    continue;
                }
            }
            let for_people = ["human", "narrated"].contains(&format.name);
            match &output.file {
                Some(path) => {
                    let style = console.style(false, shape);
                    to_file(path, |out| (format.render)(report, sources, &style, out))?;
                }
                None if for_people && exit == Exit::Ok && console.quiet => {}
                None if for_people => {
                    // A list of what failed needs no summary of the rest.
                    let shape = if only_failed.is_some() { Shape::Answer } else { shape };
                    let (results, mistakes) = apart(only_failed.unwrap_or(report), failed);
                    let style = console.style(console.stdout_colour && format.name == "human", shape);
                    if let Some(results) = results {
                        to_stdout(|out| (format.render)(&results, sources, &style, out))?;
                    }
                    let style = console.style(console.stderr_colour && format.name == "human", shape);
                    if let Some(mistakes) = mistakes {
                        to_stream(io::stderr().lock(), "standard error", |out| {
                            (format.render)(&mistakes, sources, &style, out)
                        })?;
                    }
                }
                None => {
                    let style = console.style(false, shape);
                    to_stdout(|out| (format.render)(report, sources, &style, out))?;
                    // The JSON of one answer holds nothing beside it.
                    let alone = report.answers.len() == 1 && report.map.is_none();
                    let beside = shape == Shape::Answer && format.name == "json" && alone;
                    if let Some(human) =
                        report::find("human").filter(|_| beside && !report.problems.is_empty())
                    {
                        let mistakes = Report { problems: report.problems.clone(), ..Report::default() };
                        let style = console.style(console.stderr_colour, shape);
                        to_stream(io::stderr().lock(), "standard error", |out| {
                            (human.render)(&mistakes, sources, &style, out)
                        })?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Results, and what is wrong with the input; the latter is a result too where everything could be decided.
fn apart(report: &Report, failed: bool) -> (Option<Cow<'_, Report>>, Option<Report>) {
    if !failed {
        return (Some(Cow::Borrowed(report)), None);
    }
    let mistakes = Report { problems: report.problems.clone(), ..Report::default() };
    let results = Report { problems: Vec::new(), ..report.clone() };
    let is_empty = results.answers.is_empty()
        && results.findings.is_empty()
        && results.suppressed.is_empty()
        && results.diff.is_none()
        && results.map.is_none();
    ((!is_empty).then_some(Cow::Owned(results)), (!mistakes.problems.is_empty()).then_some(mistakes))
}

thread_local! {
    /// What would go to standard output, where it is kept for a caller in the same process.
    static KEPT: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Runs a command, and gives what it would have written to standard output.
pub(super) fn captured<T>(run: impl FnOnce() -> T) -> (T, Vec<u8>) {
    KEPT.set(Some(Vec::new()));
    let ended = run();
    (ended, KEPT.take().unwrap_or_default())
}

/// Writes to standard output; a reader that has gone away is no error.
pub(super) fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    if let Some(mut kept) = KEPT.take() {
        let written = write(&mut kept);
        KEPT.set(Some(kept));
        return written.map_err(|error| Failure::writing("standard output", &error));
    }
    to_stream(io::stdout().lock(), "standard output", write)
}

fn to_stream(
    stream: impl Write,
    name: &str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut out = BufWriter::new(stream);
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::writing(name, &error)),
        Ok(()) | Err(_) => {
            // What is left in the buffer would only fail again.
            let _ = out.into_parts();
            Ok(())
        }
    }
}

/// A directory for what the program keeps for itself, such as the lines of earlier sessions; whether it is there.
pub(super) fn directory(path: &Path) -> bool {
    fs::create_dir_all(path).is_ok()
}

/// Writes a file that appears only when it is whole. What is no file (`/dev/stdout`, a pipe) is written to as it
/// is: nothing may take its place.
pub(super) fn to_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let shown = path.display().to_string();
    let there = fs::metadata(path).ok();
    if there.as_ref().is_some_and(|there| !there.is_file() && !there.is_dir()) {
        let opened = fs::OpenOptions::new().write(true).open(path);
        return to_stream(opened.map_err(|error| Failure::writing(&shown, &error))?, &shown, write);
    }
    Staged::new(path, write).and_then(Staged::commit).map_err(|error| Failure::writing(&shown, &error))
}

/// A whole file that has not taken its place yet. Where it never does, nothing of it is left.
struct Staged {
    temporary: PathBuf,
    path: PathBuf,
}

impl Staged {
    fn new(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Self> {
        let there = fs::metadata(path).ok();
        // A link stays a link: the file it leads to is written.
        let path =
            if there.is_some() { fs::canonicalize(path).unwrap_or(path.to_owned()) } else { path.to_owned() };
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}.tmp", std::process::id()));
        let staged = Self { temporary: path.with_file_name(name), path };
        let mut out = BufWriter::new(fs::File::create(&staged.temporary)?);
        write(&mut out)?;
        out.flush()?;
        if let Some(there) = &there {
            fs::set_permissions(&staged.temporary, there.permissions())?;
        }
        Ok(staged)
    }

    fn commit(self) -> io::Result<()> {
        fs::rename(&self.temporary, &self.path)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Behind a commit there is nothing to remove.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// What some editors write in front of UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// How a file holds a text.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// As it is.
    Plain,
    /// Behind a byte-order mark.
    Marked,
    /// In another encoding, or compressed.
    Encoded,
    /// Not at all: it holds another text.
    Otherwise,
}

/// How a file holds a text that was read from it.
pub(super) fn stored(path: &Path, text: &str) -> Result<Stored, Failure> {
    let shown = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| {
        Failure::new(format!("cannot read {shown}: {error}")).help("check the path and who may read it")
    })?;
    Ok(match bytes.strip_suffix(text.as_bytes()) {
        Some(b"") => Stored::Plain,
        Some(mark) if mark == MARK => Stored::Marked,
        Some(_) | None => match decode(bytes) {
            Ok(decoded) if *decoded.text == *text => Stored::Encoded,
            Ok(_) | Err(_) => Stored::Otherwise,
        },
    })
}

fn staged(path: &Path, mark: Stored, text: &str) -> io::Result<Staged> {
    Staged::new(path, |out| {
        if mark == Stored::Marked {
            out.write_all(MARK)?;
        }
        out.write_all(text.as_bytes())
    })
}

/// Writes another text into a file that holds this one, and the mark in front of it as well. A file that holds it in another form,
/// such as a compressed one, is left as it is; whether it was written.
pub(super) fn replace_text(path: &Path, old: &str, new: &str) -> Result<bool, Failure> {
    let how = stored(path, old)?;
    if !matches!(how, Stored::Plain | Stored::Marked) {
        return Ok(false);
    }
    let written = staged(path, how, new).and_then(Staged::commit);
    written.map_err(|error| Failure::writing(&path.display().to_string(), &error))?;
    Ok(true)
}

/// The same of several files, each with the text that it holds and the one that it is to hold: all of them are written, or none.
pub(super) fn replace_all(files: &[(&Path, &str, &str)]) -> Result<(), Failure> {
    const NOTHING: &str = "no file was changed";
    let failed =
        |path: &Path, error: &io::Error| Failure::writing(&path.display().to_string(), error).help(NOTHING);
    let mut all = Vec::new();
    for (path, old, new) in files {
        let how = stored(path, old)?;
        if !matches!(how, Stored::Plain | Stored::Marked) {
            return Err(Failure::new(format!("{} changed since it was read", path.display())).help(NOTHING));
        }
        let next = staged(path, how, new).map_err(|error| failed(path, &error))?;
        all.push((*path, next, how, *old));
    }
    let mut done: Vec<(&Path, Stored, &str)> = Vec::new();
    for (path, next, how, old) in all {
        if let Err(error) = next.commit() {
            for (path, how, old) in done {
                // What cannot be put back either is what the message is about.
                let _ = staged(path, how, old).and_then(Staged::commit);
            }
            return Err(failed(path, &error));
        }
        done.push((path, how, old));
    }
    Ok(())
}

impl Args for Outputs {
    fn augment_args(command: Command) -> Command {
        let names = report::ALL.iter().map(|format| PossibleValue::new(format.name).help(format.summary));
        command
            .arg(
                Arg::new("format")
                    .long("format")
                    .value_name("NAME")
                    .help("How to write the results; may be given several times")
                    .value_parser(PossibleValuesParser::new(names))
                    .action(ArgAction::Append)
                    .global(true),
            )
            .arg(
                Arg::new("output")
                    .long("output")
                    .short('o')
                    .value_name("FILE")
                    .help("Write the format named before to this file")
                    .value_parser(value_parser!(PathBuf))
                    .action(ArgAction::Append)
                    .global(true),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Outputs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let formats = matches.get_many::<String>("format").into_iter().flatten();
        let files = matches.get_many::<PathBuf>("output").into_iter().flatten();
        let format_places = matches.indices_of("format").into_iter().flatten();
        let file_places = matches.indices_of("output").into_iter().flatten();
        let formats: Vec<(usize, &str)> = format_places.zip(formats.map(String::as_str)).collect();
        let files: Vec<(usize, &PathBuf)> = file_places.zip(files).collect();
        pair(&formats, &files)
            .map(Self)
            .map_err(|message| clap::Error::raw(ErrorKind::ArgumentConflict, message))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// A file belongs to the format in front of it, or to the first one when it comes before all of them.
fn pair(formats: &[(usize, &str)], files: &[(usize, &PathBuf)]) -> Result<Vec<Output>, String> {
    let mut outputs: Vec<(usize, Output)> =
        formats.iter().map(|(at, name)| (*at, Output { format: report::find(name), file: None })).collect();
    if outputs.is_empty() && !files.is_empty() {
        outputs.push((0, Output { format: None, file: None }));
    }
    let mut places: Vec<usize> = Vec::new();
    for (at, file) in files {
        let before = outputs.iter().rposition(|(place, _)| place < at).unwrap_or(0);
        let Some((_, output)) = outputs.get_mut(before) else { continue };
        // `-` is standard output, as it is standard input elsewhere.
        output.file = (file.as_os_str() != "-").then(|| (*file).clone());
        if places.contains(&before) {
            return Err(
                "two --output for one --format; write --format NAME --output FILE for each\n".to_owned()
            );
        }
        places.push(before);
    }
    let same = |a: &Output, b: &Output| a.file == b.file;
    for (i, (_, output)) in outputs.iter().enumerate() {
        if outputs.iter().skip(i + 1).any(|(_, other)| same(output, other)) {
            return Err(
                "two --format go to the same place; give each but one an --output of its own\n".to_owned()
            );
        }
    }
    Ok(outputs.into_iter().map(|(_, output)| output).collect())
}
