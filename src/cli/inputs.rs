use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::question_args::{AskedArgs, NamedArgs};
use super::session::Loaded;
use super::{Exit, Failure, Run, output};
use crate::ask::{self, gaps};
use crate::estate::{Estate, Known};
use crate::finding::Report;
use crate::load::{self, Scope, SnapshotUse};
use crate::name::{AccountId, symbol};
use crate::report::output::{InputFile, Inputs, ManagedPolicy, Missing, NotTold, SCHEMA, Snapshot};
use crate::report::{harmless, script};

/// Which file was read as what, and what is missing
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable inputs
  decryptable inputs dump/
  decryptable inputs --format json
  decryptable inputs --role arn:aws:iam::111111111111:role/IAM_CLUSTER --object s3://lake/curated/a

What is not provided is assumed in every answer that needs it; `--strict` makes it a condition.")]
pub(super) struct Args {
    /// Read these in place of the inputs that decryptable.toml lists
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    asked: AskedArgs,
}

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        let format = run.outputs.only("inputs", &["human", "json"])?;
        let mut loaded = Loaded::open(run, &self.paths, &[])?;
        let is_readable = !loaded.intake.has_general_errors()
            && (!loaded.intake.has_errors() || loaded.intake.has_sound_files());
        // From inputs in error nothing is decided, and so nothing is missed.
        let mut questions = if is_readable { self.asked.questions(&loaded)? } else { Vec::new() };
        let refused = refused(&loaded, &mut questions);
        let aside = if is_readable { loaded.intake.set_aside(&refused) } else { Vec::new() };
        let files = &loaded.intake.files;
        let gaps = gaps(&loaded.intake.estate);
        let snapshot = loaded.intake.snapshot_used().map(snapshot);
        let (missing, unasked) = missing(&loaded.intake.estate, &questions);
        for warning in &unasked {
            run.console.warn(warning);
        }
        if format == "json" {
            let inputs = files.iter().map(row).collect();
            let listing = Inputs { schema: SCHEMA, inputs, missing, not_told: gaps, snapshot };
            output::to_stdout(|out| {
                serde_json::to_writer_pretty(&mut *out, &listing)?;
                writeln!(out)
            })?;
        } else {
            output::to_stdout(|out| {
                write_files(files, out)?;
                write_snapshot(snapshot.as_ref(), out)?;
                if run.console.verbose {
                    write_gaps(&gaps, out)?;
                }
                if questions.is_empty() && loaded.intake.has_errors() {
                    return Ok(());
                }
                if questions.is_empty() {
                    return write_how_to_ask(!gaps.is_empty(), out);
                }
                write_missing(&missing, unasked.is_empty(), out)
            })?;
        }
        if !loaded.intake.has_errors() {
            if !aside.is_empty() {
                let report = Report { problems: aside, ..Report::default() };
                let sources = &loaded.intake.sources;
                run.outputs.beside(&report, sources, &run.console)?;
            }
            return Ok(Exit::Ok);
        }
        if format == "json" {
            let count = loaded.intake.problems.iter().filter(|problem| problem.is_error()).count();
            return Err(Failure::new(format!("{count} of the inputs are in error"))
                .help("`decryptable check` shows them"));
        }
        loaded.refuse(run)
    }
}

/// Takes out the questions whose answers may rest on a document in error.
fn refused(loaded: &Loaded, questions: &mut Vec<NamedArgs>) -> Vec<Scope> {
    if !loaded.intake.has_errors() {
        return Vec::new();
    }
    let estate = &loaded.intake.estate;
    let mut refused = Vec::new();
    questions.retain(|question| {
        let Ok(answer) = ask::answer(estate, &question.asked) else { return true };
        let scope = ask::scope(estate, &answer);
        let rests_on_error = loaded.intake.is_refused(&scope);
        if rests_on_error {
            refused.push(scope);
        }
        !rests_on_error
    });
    refused
}

fn row(file: &load::InputFile) -> InputFile<'_> {
    let kind = if file.kind.is_empty() { "unread" } else { &file.kind };
    InputFile { path: &file.path, kind, contributed: &file.contributed, missing: &file.missing }
}

fn write_files(files: &[load::InputFile], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<InputFile<'_>> = files.iter().map(row).collect();
    let width = rows.iter().map(|row| row.path.chars().count()).max().unwrap_or(0).min(60);
    for row in rows {
        writeln!(out, "{:<width$}  {}", harmless(row.path), row.kind)?;
        for what in row.contributed.iter().filter(|what| *what != row.kind) {
            writeln!(out, "{:width$}    {}", "", harmless(what))?;
        }
        for what in row.missing {
            writeln!(out, "{:width$}    missing: {}", "", harmless(what))?;
        }
    }
    Ok(())
}

fn snapshot(used: SnapshotUse) -> Snapshot {
    let policies = used.policies.into_iter().map(|(arn, version)| ManagedPolicy { arn, version }).collect();
    Snapshot { date: used.date, release: used.release, policies }
}

fn write_snapshot(snapshot: Option<&Snapshot>, out: &mut dyn Write) -> io::Result<()> {
    let Some(Snapshot { date, release, policies }) = snapshot else { return Ok(()) };
    writeln!(out, "\nAWS managed policies from the snapshot of {date} ({release}):")?;
    for policy in policies {
        writeln!(out, "  {} {}", harmless(&policy.arn), policy.version)?;
    }
    Ok(())
}

fn write_gaps(gaps: &[NotTold], out: &mut dyn Write) -> io::Result<()> {
    if gaps.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nNot provided:")?;
    for gap in gaps {
        writeln!(out, "  {}: {}", harmless(&gap.resource), gap.facts.join(", "))?;
    }
    Ok(())
}

/// What the questions miss, and why some of them cannot be asked.
fn missing(estate: &Estate, questions: &[NamedArgs]) -> (Vec<Missing>, Vec<String>) {
    let asked: Vec<_> = questions.iter().map(|question| question.asked.clone()).collect();
    let name = |index: usize| questions.get(index).map_or("", |question| question.name.as_str());
    let found = gaps::of(estate, &asked);
    let row = |gap: &gaps::Gap| Missing {
        what: gap.fact.what(),
        subject: gap.fact.subject(),
        needed_by: gap.needed_by.iter().map(|index| name(*index).to_owned()).collect(),
        decides: gap.decides,
        account: gap.fact.account().map(|account| account.to_string()),
        command: gaps::command(&gap.fact).and_then(|command| script::shown(&command)),
        row: gaps::row(estate, &gap.fact),
    };
    let unasked = found.unasked.iter().map(|(index, error)| {
        let help = error.help().map_or_else(String::new, |help| format!("; {help}"));
        format!("{}: {error}{help}", name(*index))
    });
    (found.gaps.iter().map(row).collect(), unasked.collect())
}

fn write_how_to_ask(lacking: bool, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "\nNothing is asked, so nothing is missing. What a question misses is shown for [[expect]] rows of"
    )?;
    writeln!(out, "decryptable.toml, and for --role ARN --object s3://BUCKET/KEY.")?;
    if lacking {
        writeln!(out, "What each resource lacks is shown by --verbose.")?;
    }
    Ok(())
}

fn write_missing(missing: &[Missing], all_asked: bool, out: &mut dyn Write) -> io::Result<()> {
    if missing.is_empty() {
        return if all_asked { writeln!(out, "\nThe questions miss nothing.") } else { Ok(()) };
    }
    writeln!(out, "\nThe questions still miss:")?;
    for (decides, heading) in [(true, "what keeps an answer open"), (false, "what is assumed in its place")] {
        let mut rows = missing.iter().filter(|row| row.decides == decides).peekable();
        if rows.peek().is_some() {
            writeln!(out, "  {heading}")?;
        }
        for row in rows {
            writeln!(out, "    {} of {}", row.what, harmless(&row.subject))?;
            if let Some(command) = &row.command {
                let whose = row
                    .account
                    .as_ref()
                    .map_or_else(String::new, |account| format!("  # in account {account}"));
                writeln!(out, "      {}{whose}", harmless(command))?;
            }
            for line in row.row.iter().flat_map(|row| row.lines()) {
                writeln!(out, "      {}", harmless(line))?;
            }
        }
    }
    writeln!(out, "\n`decryptable collect --print-script` prints a script that gathers them.")
}

/// What would make answers firmer, in the order of the estate.
fn gaps(estate: &Estate) -> Vec<NotTold> {
    fn missing<T>(fact: &Known<T>, name: &'static str) -> Option<&'static str> {
        (!fact.is_provided()).then_some(name)
    }
    let roles = estate.roles.iter().map(|role| {
        let facts = [
            missing(&role.policies, "identity policies"),
            missing(&role.boundary, "permissions boundary"),
            missing(&role.trust, "trust policy"),
        ];
        (role.arn.value.to_string(), facts.into_iter().flatten().collect())
    });
    let users = estate.users.iter().map(|user| {
        let of_group = |group: &String| symbol::plain(&format!("policies of group {group}"));
        let lacks_group = user.groups.iter().any(|group| estate.symbols.contains_key(&of_group(group)));
        let facts = [
            missing(&user.policies, "identity policies"),
            missing(&user.boundary, "permissions boundary"),
            lacks_group.then_some("policies of its groups"),
        ];
        (user.arn.value.to_string(), facts.into_iter().flatten().collect())
    });
    let keys = estate.keys.iter().map(|key| {
        let facts = [
            missing(&key.policy, "key policy"),
            missing(&key.manager, "manager"),
            missing(&key.state, "state"),
            missing(&key.grants, "grants"),
        ];
        (key.arn.value.to_string(), facts.into_iter().flatten().collect())
    });
    let buckets = estate.buckets.iter().map(|bucket| {
        let facts = [
            missing(&bucket.account, "account"),
            missing(&bucket.region, "Region"),
            missing(&bucket.policy, "bucket policy"),
            missing(&bucket.encryption, "default encryption"),
            missing(&bucket.ownership, "object ownership"),
            missing(&bucket.public_access_block, "Block Public Access"),
        ];
        (format!("s3://{}", bucket.name), facts.into_iter().flatten().collect())
    });
    let owners = estate.roles.iter().filter_map(|role| role.arn.value.account());
    let owners = owners.chain(estate.keys.iter().filter_map(|key| key.arn.value.account()));
    let owners = owners.chain(estate.buckets.iter().filter_map(|bucket| bucket.account.provided().copied()));
    let accounts = owners.collect::<BTreeSet<AccountId>>().into_iter().map(|account| {
        let facts = [missing(&estate.organization_of(account), "organization, its SCPs and RCPs")];
        (format!("account {account}"), facts.into_iter().flatten().collect())
    });
    let all = roles.chain(users).chain(keys).chain(buckets).chain(accounts);
    all.map(|(resource, facts): (String, Vec<_>)| NotTold { resource, facts })
        .filter(|gap| !gap.facts.is_empty())
        .collect()
}
