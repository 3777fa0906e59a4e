//! The manifest, `decryptable.toml`: facts people write down.
//!
//! Left out means “not told”; the word `"none"`, an empty list and an empty table mean “there is none”.
//! Expectations and suppressions, which are no facts, are left to the configuration.

mod account;
mod bind;
pub(crate) mod field;
mod file;
mod key;
mod principal;
mod replication;
mod storage;
mod store;
mod terraform;
mod workload;

use std::path::Path;

pub(crate) use storage::is_bucket_name;

use super::fields::invalid;
use super::{InputDocument, Intake, Loader, Recognition, Stage, Syntax};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::estate::SharedPolicy;
use crate::json::{Members, Node, Reader};
use crate::policy::PolicyKind;
use crate::source::{Span, Spanned};

/// Reads the facts of `decryptable.toml`.
pub static LOADER: Loader = Loader {
    name: "manifest",
    summary: "decryptable.toml: accounts, roles, keys, buckets and the policies they have",
    page: "docs/manifest.md",
    recognise: claims,
    read: |input, intake| {
        intake.complain(input);
        read(input.root(), input.dir, intake);
    },
    settle: &[(Stage::Asked, field::check_key_names)],
    ..Loader::PLAIN
};

/// Every table and value at the top of a manifest.
pub const TABLES: &[&str] = &[
    "version",
    "analysis",
    "bind",
    "account",
    "organization",
    "role",
    "user",
    "key",
    "bucket",
    "object",
    "endpoint",
    "access_point",
    "secret",
    "queue",
    "workload",
    "oidc_provider",
    "terraform",
    "expect",
    "job",
    "ignore",
    "lint",
];

fn claims(input: &InputDocument<'_>) -> Recognition {
    match input.syntax {
        Syntax::Json | Syntax::Yaml => Recognition::No,
        Syntax::Toml if input.root().get("version").is_some() => Recognition::Sure,
        // The version may be what is forgotten.
        Syntax::Toml if input.root().members().iter().any(|m| TABLES.contains(&&*m.key.value)) => {
            Recognition::Likely
        }
        Syntax::Toml => Recognition::No,
    }
}

/// Adds the facts of a manifest. Paths in it are relative to `dir`.
pub fn read(root: &Node<'_>, dir: &Path, intake: &mut Intake) {
    let mut problems = Vec::new();
    let Some(mut top) = Reader::strict(&mut problems).object(root, "a manifest", TABLES) else {
        intake.problems.append(&mut problems);
        return;
    };
    check_version(&mut top);
    let readers: [(&str, TableReader); 15] = [
        ("account", account::account),
        ("organization", account::organization),
        ("role", principal::role),
        ("user", principal::user),
        ("key", key::key),
        ("bucket", storage::bucket),
        ("object", storage::object),
        ("endpoint", storage::endpoint),
        ("access_point", storage::access_point),
        ("secret", store::secret),
        ("queue", store::queue),
        ("workload", workload::workload),
        ("oidc_provider", workload::oidc_provider),
        ("bind", bind::bind),
        ("terraform", terraform::terraform),
    ];
    let tables: Vec<(&str, TableReader, Vec<&Node<'_>>)> =
        readers.into_iter().map(|(name, read)| (name, read, top.tables(name).unwrap_or_default())).collect();
    intake.problems.append(&mut problems);
    for (name, read, nodes) in tables {
        for node in &nodes {
            intake.fact_log.overriding = overrides(node, intake);
            read(node, dir, intake);
            intake.fact_log.overriding = false;
        }
        if !nodes.is_empty() {
            let plural = if nodes.len() == 1 { "" } else { "s" };
            let name = name.replace('_', " ");
            intake.contributes(root.span.source, LOADER.name, format!("{} {name}{plural}", nodes.len()));
        }
    }
}

/// Whether a table says `override = true`: its facts stand, whatever files say.
fn overrides(node: &Node<'_>, intake: &mut Intake) -> bool {
    let Some(value) = node.get("override") else { return false };
    if value.as_bool().is_none() {
        let problem = invalid(value.span, "`override` is `true` or `false`", "write override = true");
        intake.problems.push(problem);
    }
    value.as_bool() == Some(true)
}

/// Reads one table.
type TableReader = fn(&Node<'_>, &Path, &mut Intake);

/// The policies that paths and globs name.
pub(super) fn policy_files(
    intake: &mut Intake,
    dir: &Path,
    list: &[Spanned<&str>],
    kind: PolicyKind,
    owner: &str,
) -> Vec<SharedPolicy> {
    file::policies(intake, dir, list, file::Use { kind, owner }, &[])
}

fn check_version(top: &mut Members<'_, '_, '_>) {
    const HELP: &str = "put `version = 1` at the top of the file";
    let whole = top.span();
    let start = Span::new(whole.source, 0, 0);
    match top.node("version") {
        None if top.is_misspelt("version") => {}
        None => {
            // A policy without a version is read as an old one; a manifest is not read at all.
            let problem = Diagnostic::new(Code::MissingVersion, start, "a manifest names its version");
            top.problems().push(problem.level(Severity::Error).help(HELP));
        }
        Some(node) => {
            let span = node.span;
            if top.integer("version").is_some_and(|version| version.value != 1) {
                let problem =
                    Diagnostic::new(Code::UnknownVersion, span, "this version of the manifest is not known");
                top.problems().push(problem.help("this program reads `version = 1`"));
            }
        }
    }
}
