//! `explain --denied`: what a refusal of AWS means, and which statement of the files it comes from.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::console::columns;
use super::output::to_stdout;
use super::session::{self, Loaded};
use super::{Exit, Failure, Run, can};
use crate::ask::{self, AskError, DoesQuestion};
use crate::denied::{self, Agreement, Asked, Leg, Meaning, NamedFacts, OperationKind, Refusal, Workbench};
use crate::estate::{Assumption, Estate, ObjectUri, SharedPolicy};
use crate::finding::{Checked, Report};
use crate::load::{self, InputFile, Intake, Scope, disk};
use crate::policy::PolicyKind;
use crate::report::{self, Shape, harmless, output};
use crate::source::SourceMap;

/// How many refusals of a log are told in full; the most frequent ones come first.
const TOLD: usize = 20;

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "A refusal of AWS")]
pub(super) struct DeniedArgs {
    /// An AccessDenied message, an error document or CloudTrail records, however wrapped; - reads standard input
    #[arg(long, value_name = "TEXT|-", allow_hyphen_values = true)]
    denied: Option<String>,

    /// Compare with what this file, directory or glob tells; decryptable.toml counts too
    #[arg(long, value_name = "PATH", requires = "denied")]
    input: Vec<PathBuf>,

    /// The role, where the message does not name it
    #[arg(long, value_name = "ROLE", requires = "denied")]
    role: Option<String>,

    /// The object, where the message does not name it
    #[arg(long, value_name = "s3://BUCKET/KEY", value_parser = can::object, requires = "denied")]
    object: Option<ObjectUri>,
}

/// One refusal, and what came of comparing it.
struct DeniedReport {
    refusal: Refusal,
    times: usize,
    meaning: Meaning,
    compared: Option<Compared>,
}

enum Compared {
    Answered {
        agreement: Agreement,
        says: String,
        answer: Box<Checked>,
        /// The command that asks about the whole operation, where one authorization of it was asked about.
        whole: Option<String>,
    },
    /// Why the files were not asked.
    NotAsked(String),
}

impl Compared {
    /// The same, and what was assumed of all answers.
    fn with(mut self, assumed: &[Assumption]) -> Self {
        if let Self::Answered { answer, .. } = &mut self {
            answer.answer.assumptions.extend(assumed.iter().cloned());
        }
        self
    }
}

impl DeniedArgs {
    pub(super) fn is_given(&self) -> bool {
        self.denied.is_some()
    }

    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        let format = run.outputs.only("explain --denied", &["human", "json"])?;
        let text = self.text()?;
        let mut found = denied::read(&text);
        if found.is_empty() && disk::is_file(Path::new(text.trim())) {
            return Err(Failure::new(format!("`{}` is a file, and no message", text.trim()))
                .help(format!("decryptable explain --denied - < {}", text.trim())));
        }
        if found.is_empty() {
            let help = if text.trim().is_empty() {
                "the text is empty: give the message itself, or - and the log on standard input"
            } else {
                denied::hint(&text).unwrap_or(
                    "give the whole message, from `User:` or `An error occurred` on, or a CloudTrail record with its errorCode",
                )
            };
            return Err(Failure::new("there is no refusal of AWS in this text").help(help));
        }
        // A stable sort: those that occur equally often stay in the order of the log.
        found.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        let mut loaded = self.estate(run)?;
        let adopted = loaded.as_mut().map(|loaded| adopt(loaded, &self.input, &found)).unwrap_or_default();
        let broken = loaded.as_ref().is_some_and(|loaded| loaded.intake.has_general_errors());
        let named = NamedFacts {
            role: self.role,
            object: self.object,
            profile: session::profile(loaded.as_ref().map_or("s3-read", |l| l.config.analysis.profile()))?,
            strict: loaded.as_ref().is_some_and(|loaded| loaded.config.analysis.strict),
        };
        let intake = loaded.as_ref().filter(|_| !broken).map(|loaded| &loaded.intake);
        let mut bench = intake.map(|intake| Workbench::new(&intake.estate));
        let mut refused: Vec<Scope> = Vec::new();
        // Of those that are only counted nobody sees what the files say.
        let asked = if format == "json" { usize::MAX } else { TOLD };
        let told: Vec<DeniedReport> = found
            .into_iter()
            .enumerate()
            .map(|(index, (refusal, times))| {
                let asked = intake.zip(bench.as_mut()).filter(|_| index < asked);
                let compared =
                    asked.map(|(intake, bench)| compared(&refusal, intake, bench, &named, &mut refused));
                let compared = compared.map(|compared| compared.with(&adopted));
                DeniedReport { meaning: refusal.meaning(), refusal, times, compared }
            })
            .collect();
        let sources =
            loaded.as_mut().map(|loaded| std::mem::take(&mut loaded.intake.sources)).unwrap_or_default();
        if format == "json" {
            let denied = told.iter().map(|one| row(one, &sources)).collect();
            let listing = output::Refusals { schema: output::SCHEMA, denied };
            to_stdout(|out| {
                serde_json::to_writer_pretty(&mut *out, &listing)?;
                writeln!(out)
            })?;
        } else {
            to_stdout(|out| write(run, &told, &sources, loaded.is_some(), out))?;
        }
        match loaded {
            Some(mut loaded) if broken || !refused.is_empty() => {
                loaded.intake.sources = sources;
                loaded.intake.set_aside(&refused);
                run.console.warn(if broken {
                    "the files could not be asked:"
                } else {
                    "not all could be asked: a document that has a say in it is in error:"
                });
                let report = Report { problems: loaded.intake.problems, ..Report::default() };
                let style = run.console.style(run.console.stderr_colour, Shape::Check);
                if let Some(human) = report::find("human") {
                    // Nobody is left to be told when this fails.
                    let _ = (human.render)(&report, &loaded.intake.sources, &style, &mut io::stderr().lock());
                }
                Ok(Exit::Error)
            }
            Some(_) | None => Ok(Exit::Ok),
        }
    }

    fn text(&self) -> Result<String, Failure> {
        match self.denied.as_deref() {
            Some("-") => disk::stdin().map(|decoded| decoded.text.to_string()).map_err(|error| {
                let problem = error.problem("standard input", None);
                Failure::new(problem.message).maybe_help(problem.help)
            }),
            text => Ok(text.unwrap_or_default().to_owned()),
        }
    }

    /// What there is to compare with; a directory without a manifest has nothing to say, and that is no mistake.
    fn estate(&self, run: &Run) -> Result<Option<Loaded>, Failure> {
        match Loaded::open(run, &[], &self.input) {
            Ok(loaded) => Ok(Some(loaded)),
            Err(failure) if failure.exit == Exit::NoInputs && self.input.is_empty() => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

/// Policies that lie alone in a file that was named belong to what the refusals name, where they name one of the kind.
/// Those of a directory may be anybody's.
fn adopt(loaded: &mut Loaded, named: &[PathBuf], found: &[(Refusal, usize)]) -> Vec<Assumption> {
    let refusals: Vec<&Refusal> = found.iter().map(|(refusal, _)| refusal).collect();
    let intake = &mut loaded.intake;
    let plain = |path: &str| path.trim_start_matches("./").to_owned();
    let named: Vec<String> = named.iter().map(|path| plain(&path.to_string_lossy())).collect();
    let lone = |file: &&InputFile| {
        file.loader == Some("policy") && !file.missing.is_empty() && named.contains(&plain(&file.path))
    };
    let paths: Vec<String> = intake.files.iter().filter(lone).map(|file| file.path.clone()).collect();
    let mut kinds: Vec<(PolicyKind, Vec<(String, SharedPolicy)>)> = Vec::new();
    for path in paths {
        let kind = match load::guess_policy_file(intake, &path) {
            Some(PolicyKind::Permissions) => PolicyKind::Identity,
            Some(kind) => kind,
            None => continue,
        };
        let Some(policy) = load::policy_file(intake, &path, kind) else { continue };
        match kinds.iter_mut().find(|(one, _)| *one == kind) {
            Some((_, list)) => list.push((path, policy)),
            None => kinds.push((kind, vec![(path, policy)])),
        }
    }
    let mut assumed = Vec::new();
    for (kind, list) in kinds {
        let policies: Vec<SharedPolicy> = list.iter().map(|(_, policy)| policy.clone()).collect();
        let Some(what) = denied::adopt(&mut intake.estate, &refusals, kind, &policies) else { continue };
        assumed.extend(list.iter().map(|(path, _)| Assumption {
            what: format!("{path} is {what}"),
            because: "nothing says whose it is, and the refusal names one".to_owned(),
            fact: None,
        }));
    }
    assumed
}

/// The question behind a refusal, asked of the files and of what the refusal itself proves. `refused` collects what answers
/// rest on that are not given for an error in a document.
fn compared(
    refusal: &Refusal,
    intake: &Intake,
    bench: &mut Workbench<'_>,
    named: &NamedFacts,
    refused: &mut Vec<Scope>,
) -> Compared {
    let object = denied::object_of(refusal, &intake.estate, named);
    let proved = bench.prove(refusal, object.as_ref());
    let question = match denied::question(&proved.refusal, bench.estate(), named) {
        Ok(question) => question,
        Err(why) => return Compared::NotAsked(why),
    };
    let whole = match &question {
        Asked::Acts(_) => denied::whole(&proved.refusal, bench.estate(), named),
        Asked::Read(_) | Asked::Becomes(_) => None,
    };
    let whole = whole.map(|whole| command(bench.estate(), &whole));
    let mut answer = match question.answer(bench.estate()) {
        Ok(answer) => answer,
        Err(error) => return not_asked(&error),
    };
    let scope = ask::scope(bench.estate(), &answer);
    if intake.is_refused(&scope) {
        refused.push(scope);
        return Compared::NotAsked("a document that has a say in it is in error".to_owned());
    }
    let (agreement, says) = denied::compare(refusal, &answer);
    answer.assumptions.extend(proved.assumptions);
    Compared::Answered { agreement, says, answer: Box::new(Checked::asked(answer)), whole }
}

/// How a question about an operation is asked.
fn command(estate: &Estate, question: &DoesQuestion) -> String {
    let name =
        estate.role(&question.role).ok().map(|role| role.name()).filter(|name| estate.role(name).is_ok());
    let targets = question.doing.targets(&question.object).join(" ");
    format!("decryptable can {} {} {targets}", name.unwrap_or(&question.role), question.doing.operation)
}

fn not_asked(error: &AskError) -> Compared {
    let help = error.help().map_or_else(String::new, |help| format!("; {help}"));
    Compared::NotAsked(format!("{error}{help}"))
}

fn write(
    run: &Run,
    told: &[DeniedReport],
    sources: &SourceMap,
    compared: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let shown = &told.get(..TOLD.min(told.len())).unwrap_or_default();
    for (i, one) in shown.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        write_refusal(run, one, sources, out)?;
    }
    if told.len() > shown.len() {
        let rest = told.len() - shown.len();
        writeln!(out, "\n{rest} other refusals occur less often; --format json has them all")?;
    }
    if !compared {
        writeln!(
            out,
            "\nNo file was compared: give the policies with --input, or run this beside a decryptable.toml, and the statement is named."
        )?;
    }
    Ok(())
}

fn write_refusal(run: &Run, one: &DeniedReport, sources: &SourceMap, out: &mut dyn Write) -> io::Result<()> {
    let DeniedReport { refusal, meaning, .. } = one;
    let bold = |text: &str| {
        if run.console.stdout_colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    };
    let times = if one.times > 1 { format!(" ({} times)", one.times) } else { String::new() };
    writeln!(out, "{}{times}", bold(&meaning.head))?;
    wrapped(out, "  ", &meaning.says)?;
    let key = refusal.key.as_ref().filter(|key| refusal.resource.as_ref() != Some(*key));
    let facts = [
        ("who", refusal.role.as_ref().or(refusal.principal.as_ref())),
        ("call", refusal.request.operation.as_ref()),
        ("action", refusal.action.as_ref()),
        ("on", refusal.resource.as_ref()),
        ("object", refusal.object.as_ref()),
        ("key", key),
    ];
    if facts.iter().any(|(_, value)| value.is_some()) {
        writeln!(out)?;
    }
    for (name, value) in facts {
        if let Some(value) = value {
            writeln!(out, "  {name:<8}{}", harmless(value))?;
        }
    }
    if !meaning.proves.is_empty() {
        writeln!(out, "\n  proved by the refusal")?;
    }
    for proof in &meaning.proves {
        wrapped(out, "  - ", proof)?;
    }
    if !meaning.look.is_empty() {
        writeln!(out, "\n  look at")?;
    }
    for look in &meaning.look {
        wrapped(out, "  - ", look)?;
    }
    let pages: Vec<String> = meaning.rules.iter().map(|rule| format!("decryptable explain {rule}")).collect();
    writeln!(out, "\n  more: {}", pages.join(", "))?;
    match &one.compared {
        None => Ok(()),
        Some(Compared::NotAsked(why)) => {
            writeln!(out)?;
            wrapped(out, "", &format!("The files were not asked: {why}"))
        }
        Some(Compared::Answered { says, answer, whole, .. }) => {
            writeln!(out)?;
            wrapped(out, "", &format!("{}.", capital(says)))?;
            if let Some(whole) = whole {
                writeln!(out, "The whole operation: {}", harmless(whole))?;
            }
            writeln!(out)?;
            let style = run.console.style(run.console.stdout_colour, Shape::Answer);
            let report = Report { answers: vec![answer.as_ref().clone()], ..Report::default() };
            match report::find("human") {
                Some(human) => (human.render)(&report, sources, &style, out),
                None => Ok(()),
            }
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Text under a sign, its further lines indented to fit. ARNs stay whole.
fn wrapped(out: &mut dyn Write, sign: &str, text: &str) -> io::Result<()> {
    let width = columns().min(100);
    let indent = " ".repeat(sign.len());
    let options = textwrap::Options::new(width)
        .initial_indent(sign)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    writeln!(out, "{}", textwrap::fill(&harmless(text), options))
}

fn row<'l>(told: &'l DeniedReport, sources: &SourceMap) -> output::Refusal<'l> {
    let DeniedReport { refusal, meaning, times, compared } = told;
    let (agreement, says, answer, whole) = match compared {
        None => (None, None, None, None),
        Some(Compared::NotAsked(why)) => (None, Some(why.as_str()), None, None),
        Some(Compared::Answered { agreement, says, answer, whole }) => {
            let answer = output::Answer::asked(answer, sources);
            (Some(*agreement), Some(says.as_str()), Some(answer), whole.as_deref())
        }
    };
    output::Refusal {
        times: *times,
        principal: refusal.principal.as_deref(),
        role: refusal.role.as_deref(),
        action: refusal.action.as_deref(),
        resource: refusal.resource.as_deref(),
        object: refusal.object.as_deref(),
        leg: meaning.leg.map(leg),
        gate: refusal.reason.gate().map(output::GateName::from),
        denial: refusal.reason.denial().map(output::Denial::from),
        policy: refusal.policy.as_deref(),
        means: &meaning.says,
        look: &meaning.look,
        rules: meaning.rules,
        agreement: agreement.map(told_as),
        compared: says,
        answer,
        operation: refusal.request.operation.as_deref(),
        service: refusal.service(),
        kind: refusal.kind().map(kind),
        key: refusal.key.as_deref(),
        encryption_context: refusal
            .request
            .encryption_context
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect(),
        authorization_id: refusal.request.authorization_id.as_deref(),
        proves: &meaning.proves,
        whole,
    }
}

fn leg(leg: Leg) -> output::RefusedLeg {
    match leg {
        Leg::S3 => output::RefusedLeg::S3,
        Leg::Kms => output::RefusedLeg::Kms,
        Leg::Role => output::RefusedLeg::Role,
        Leg::Other => output::RefusedLeg::Other,
    }
}

fn kind(kind: OperationKind) -> output::RefusedDeed {
    match kind {
        OperationKind::Read => output::RefusedDeed::Read,
        OperationKind::Write => output::RefusedDeed::Write,
        OperationKind::Multipart => output::RefusedDeed::Multipart,
        OperationKind::Copy => output::RefusedDeed::Copy,
        OperationKind::Delete => output::RefusedDeed::Delete,
        OperationKind::List => output::RefusedDeed::List,
        OperationKind::Replicate => output::RefusedDeed::Replicate,
        OperationKind::Assume => output::RefusedDeed::Assume,
        OperationKind::Action => output::RefusedDeed::Action,
    }
}

fn told_as(agreement: Agreement) -> output::Agreement {
    match agreement {
        Agreement::Same => output::Agreement::Same,
        Agreement::Elsewhere => output::Agreement::Elsewhere,
        Agreement::Blocked => output::Agreement::Blocked,
        Agreement::Open => output::Agreement::Open,
        Agreement::Allowed => output::Agreement::Allowed,
        Agreement::Unsupported => output::Agreement::Unsupported,
    }
}
