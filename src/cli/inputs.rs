use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde::Serialize;

use super::session::Loaded;
use super::{Exit, Failure, Run, output};
use crate::estate::{Estate, Known};
use crate::load::{InputFile, SnapshotUse};
use crate::name::AccountId;
use crate::report::harmless;

/// Which file was read as what, and what is missing
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable inputs
  decryptable inputs dump/
  decryptable inputs --format json

What nobody told is an assumption of every answer that needs it; `--strict` makes it a condition.")]
pub(super) struct Args {
    /// Read these in place of the inputs that decryptable.toml lists
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Listing<'l> {
    schema: &'static str,
    inputs: Vec<Row<'l>>,
    not_told: Vec<Gap>,
    /// The AWS managed policies that no input held.
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<Snapshot>,
}

#[derive(Serialize)]
struct Row<'l> {
    path: &'l str,
    kind: &'l str,
    contributed: &'l [String],
    missing: &'l [String],
}

#[derive(Serialize)]
struct Snapshot {
    date: &'static str,
    release: &'static str,
    policies: Vec<Taken>,
}

#[derive(Serialize)]
struct Taken {
    arn: String,
    version: &'static str,
}

/// Facts about one resource that nobody told.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Gap {
    resource: String,
    facts: Vec<&'static str>,
}

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        let format = run.outputs.only("inputs", &["human", "json"])?;
        let loaded = Loaded::open(run, &self.paths, &[])?;
        let files = &loaded.intake.files;
        let gaps = gaps(&loaded.intake.estate);
        let snapshot = loaded.intake.snapshot_used().map(snapshot);
        if format == "json" {
            let inputs = files.iter().map(row).collect();
            let listing = Listing { schema: "decryptable/1", inputs, not_told: gaps, snapshot };
            output::to_stdout(|out| {
                serde_json::to_writer_pretty(&mut *out, &listing)?;
                writeln!(out)
            })?;
        } else {
            output::to_stdout(|out| {
                write_files(files, out)?;
                write_snapshot(snapshot.as_ref(), out)?;
                write_gaps(&gaps, out)
            })?;
        }
        if !loaded.intake.has_errors() {
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

fn row(file: &InputFile) -> Row<'_> {
    let kind = if file.kind.is_empty() { "unread" } else { &file.kind };
    Row { path: &file.path, kind, contributed: &file.contributed, missing: &file.missing }
}

fn write_files(files: &[InputFile], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<Row<'_>> = files.iter().map(row).collect();
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
    let policies = used.policies.into_iter().map(|(arn, version)| Taken { arn, version }).collect();
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

fn write_gaps(gaps: &[Gap], out: &mut dyn Write) -> io::Result<()> {
    if gaps.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nNot told:")?;
    for gap in gaps {
        writeln!(out, "  {}: {}", harmless(&gap.resource), gap.facts.join(", "))?;
    }
    Ok(())
}

/// What would make answers firmer, in the order of the estate.
fn gaps(estate: &Estate) -> Vec<Gap> {
    fn missing<T>(fact: &Known<T>, name: &'static str) -> Option<&'static str> {
        (!fact.is_told()).then_some(name)
    }
    let roles = estate.roles.iter().map(|role| {
        let facts = [
            missing(&role.policies, "identity policies"),
            missing(&role.boundary, "permissions boundary"),
            missing(&role.trust, "trust policy"),
        ];
        (role.arn.value.to_string(), facts.into_iter().flatten().collect())
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
    let owners = owners.chain(estate.buckets.iter().filter_map(|bucket| bucket.account.told().copied()));
    let accounts = owners.collect::<BTreeSet<AccountId>>().into_iter().map(|account| {
        let facts = [missing(&estate.organization_of(account), "organization, its SCPs and RCPs")];
        (format!("account {account}"), facts.into_iter().flatten().collect())
    });
    let all = roles.chain(keys).chain(buckets).chain(accounts);
    all.map(|(resource, facts): (String, Vec<_>)| Gap { resource, facts })
        .filter(|gap| !gap.facts.is_empty())
        .collect()
}
