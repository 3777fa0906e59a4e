//! What a shell proposes for the word at the cursor: names out of the estate that the working directory has.
//!
//! The shell asks the program itself, through the variable `COMPLETE`; `generate completions` writes files that know
//! commands and flags alone.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::{ArgValueCompleter, CompleteEnv, CompletionCandidate};

use super::{Cli, enter, help};
use crate::ask::profile;
use crate::config;
use crate::estate::Estate;
use crate::explain;
use crate::load::Intake;
use crate::name::reference;
use crate::operation;

/// Answers a shell, where it is one that asks, and ends.
pub(super) fn answer(arguments: &[OsString]) {
    if std::env::var_os("COMPLETE").is_none() {
        return;
    }
    // The words of the line may say where the program is to run.
    let mut words =
        arguments.iter().skip_while(|word| *word != "--").skip_while(|word| *word != "-C").skip(1);
    let _ = enter(words.next().map(Path::new));
    CompleteEnv::with_factory(|| help::grouped(Cli::command())).complete();
}

/// Names of principals, as questions take them.
pub(super) fn principals(estate: &Estate) -> impl Iterator<Item = String> {
    let roles = estate.roles.iter().map(|role| role.name().to_owned());
    roles.chain(estate.users.iter().map(|user| user.arn.value.to_string()))
}

/// Names of what is asked about: buckets and keys.
pub(super) fn targets(estate: &Estate) -> impl Iterator<Item = String> {
    let buckets = estate.buckets.iter().map(|bucket| format!("s3://{}/", bucket.name));
    let aliases = estate.keys.iter().filter_map(|key| key.aliases.provided()).flatten().cloned();
    buckets.chain(aliases).chain(estate.keys.iter().map(|key| key.arn.value.to_string()))
}

/// For an argument that names a principal.
pub(super) fn of_principals() -> ArgValueCompleter {
    ArgValueCompleter::new(|word: &OsStr| {
        let word = word.to_string_lossy();
        let mut all: Vec<String> = read().iter().flat_map(|intake| principals(&intake.estate)).collect();
        all.push("anonymous".to_owned());
        fitting(&word, all)
    })
}

/// For an argument that names an operation, an action, or what it is done to.
pub(super) fn of_questions() -> ArgValueCompleter {
    ArgValueCompleter::new(|word: &OsStr| {
        let word = word.to_string_lossy();
        let mut all: Vec<String> = read().iter().flat_map(|intake| targets(&intake.estate)).collect();
        all.extend(operation::names().map(str::to_owned));
        all.extend(actions(&word));
        fitting(&word, all)
    })
}

/// For an argument that names an operation or an action.
pub(super) fn of_operations() -> ArgValueCompleter {
    ArgValueCompleter::new(|word: &OsStr| {
        let word = word.to_string_lossy();
        fitting(&word, operation::names().map(str::to_owned).chain(actions(&word)).collect())
    })
}

/// For an argument that names a profile of a product.
pub(super) fn of_profiles() -> ArgValueCompleter {
    ArgValueCompleter::new(|word: &OsStr| {
        fitting(&word.to_string_lossy(), profile::names().map(str::to_owned).collect())
    })
}

/// For an argument that names a page.
pub(super) fn of_pages() -> ArgValueCompleter {
    ArgValueCompleter::new(|word: &OsStr| {
        // Capitals do not matter in the names of pages.
        let word = word.to_string_lossy().to_lowercase();
        let all = explain::ids().chain(operation::names());
        let all: Vec<String> =
            all.filter(|name| name.to_lowercase().starts_with(&word)).map(str::to_owned).collect();
        fitting("", all)
    })
}

/// The actions of the service that a word has begun with: those of all services are too many to be looked at.
fn actions(word: &str) -> Vec<String> {
    let Some((service, _)) = word.split_once(':') else { return Vec::new() };
    let Some(table) = reference::service(service) else { return Vec::new() };
    table.actions_like("*").map(|action| format!("{service}:{}", action.name)).collect()
}

fn fitting(word: &str, mut all: Vec<String>) -> Vec<CompletionCandidate> {
    all.retain(|name| name.starts_with(word));
    all.sort();
    all.dedup();
    all.into_iter().map(CompletionCandidate::new).collect()
}

/// What the manifest of the working directory leads to. Problems are for the question itself to tell.
fn read() -> Option<Intake> {
    let path = config::find(Path::new(""))?;
    let mut intake = Intake::new();
    let config = config::load(&path, &mut intake);
    config.gather(&mut intake, &[]);
    Some(intake)
}
