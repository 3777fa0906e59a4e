//! Formats in, facts out: policies, answers of the AWS CLI and the manifest become one [`Estate`].
//!
//! A loader recognises a document by its content and adds what it says to the [`Intake`]. Many answers of the
//! AWS CLI do not name the resource they are about, so they wait until every file was seen; [`finish`] then
//! gives them to their owners, by `[[bind]]` or by the directory they lie in. Two facts that disagree are a
//! problem with both places. Only [`disk`] opens files.

mod account_dump;
mod attach;
pub mod aws_cli;
mod aws_config;
mod bind;
pub mod cloudformation;
pub mod disk;
mod document;
mod fact_log;
mod facts;
mod faults;
mod federation;
pub(crate) mod fields;
mod foreign;
mod grants;
mod iam_collect;
mod input_document;
mod kubernetes;
mod made;
mod managed;
pub mod manifest;
mod notes;
mod objects;
mod open;
mod organization;
mod owner;
mod policy;
mod recognise;
pub mod root_modules;
mod settings;
mod stores;
mod suppression;
pub mod terraform;
mod tree;
mod workload;

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::BuildHasherDefault;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::estate::{Called, Estate, SharedPolicy};
use crate::json::skim;
use crate::policy::PolicyKind;
use crate::source::{Decoded, Origin, Reference, SourceId, SourceMap, Span, Spanned};

pub use bind::Bind;
pub use disk::{FoundFile, PathPattern};
pub use faults::Scope;
pub use foreign::{Foreign, explain_placeholders, foreign};
pub use input_document::InputDocument;
pub use managed::SnapshotUse;
pub use recognise::{is_template, is_yaml};
pub(crate) use suppression::read_row as ignore_row;
pub use suppression::{Declared, Ignore, Name};

use document::Documents;
use fact_log::FactLog;

/// A file that was read, and what became of it.
#[derive(Clone, Debug)]
pub struct InputFile {
    /// As the user would write it.
    pub path: String,
    /// What it was read as: the name of a loader, of an AWS CLI command, or of a policy type.
    pub kind: String,
    /// The format that its last document was read as.
    pub loader: Option<&'static str>,
    /// Such as “key policy of arn:…”.
    pub contributed: Vec<String>,
    /// What a person must still supply before the file counts in full.
    pub missing: Vec<String>,
    /// The source it is in; `None` for a file that was not read.
    pub source: Option<SourceId>,
}

/// A map without an order, or with the same one each time. Its names come from files, which could be made to collide under a
/// hash that is weaker.
type Hashed<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// What one run takes in.
#[derive(Clone, Debug, Default)]
pub struct Intake {
    /// The texts that were read.
    pub sources: SourceMap,
    /// The facts that were read.
    pub estate: Estate,
    /// What is wrong with the input.
    pub problems: Vec<Diagnostic>,
    /// Every file that was read, in the order it was first met.
    pub files: Vec<InputFile>,
    /// Owners of files that do not name them.
    pub binds: Vec<Bind>,
    opened: Hashed<PathBuf, SourceId>,
    /// Directories as the file system knows them, links resolved, by how files in them were named.
    directories: Hashed<PathBuf, PathBuf>,
    /// Files that could not be opened, and where they are named.
    unopened: BTreeSet<(PathBuf, Option<Span>)>,
    paths: BTreeMap<SourceId, Opened>,
    offered: BTreeSet<SourceId>,
    /// Where the documents of a file lie: looked for once, since a file may hold very many.
    places: BTreeMap<(SourceId, Syntax), Vec<Span>>,
    /// The ends of the brackets of the document that was lent out last.
    ends: Option<(Span, Arc<skim::Ends>)>,
    waiting: Vec<Waiting>,
    /// Values given for parameters of templates, by name.
    pub parameters: BTreeMap<String, String>,
    /// Values of variables of Terraform source, and its workspace, as the command line gives them.
    pub terraform: root_modules::Values,
    /// Nothing is asked but what documents say by themselves: both sides of conditions in templates count, whatever the
    /// defaults of parameters make of them, and a document in error is kept as it is.
    pub documents_alone: bool,
    documents: Documents,
    /// Resources of templates, plans and states, for suppressions that name them.
    pub declared: Vec<Declared>,
    /// What templates themselves suppress.
    pub ignores: Vec<Ignore>,
    /// Files with policies of many owners, where a mistake in one must not stop the rest.
    lenient: BTreeSet<SourceId>,
    fact_log: FactLog,
    attachments: attach::Attachments,
    organizations: organization::Organizations,
    owners: owner::Owners,
    runs: workload::Runs,
    notebook: notes::Notebook,
    faults: faults::Faults,
}

/// Where a source lies.
#[derive(Clone, Debug)]
struct Opened {
    /// As the file system knows it, links resolved: its directory may name an owner.
    path: PathBuf,
    /// The directory that paths inside the file are relative to, as the user wrote it.
    dir: PathBuf,
    /// Index in [`Intake::files`].
    file: usize,
}

/// A document that is read when every file was seen.
#[derive(Clone, Debug)]
struct Waiting {
    source: SourceId,
    syntax: Syntax,
    /// Which document of the file.
    index: usize,
    read: ReadOffer,
}

type ReadOffer = fn(&InputDocument<'_>, &mut Intake);

type Settle = fn(&mut Intake);

/// The syntax of a text.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Syntax {
    /// JSON.
    Json,
    /// TOML.
    Toml,
    /// YAML.
    Yaml,
}

/// How sure a loader is that a document is its own; the surest one reads it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recognition {
    /// It is not of this format.
    No,
    /// It looks like this format, and another one may know better.
    Likely,
    /// It is of this format.
    Sure,
    /// Of a directory tree whose files do not say what they are.
    ByPath,
}

/// One input format. What it keeps between two files is a type of its own, behind `Intake::notes`.
#[derive(Debug)]
pub struct Loader {
    /// The name of the format.
    pub name: &'static str,
    /// The format in one line.
    pub summary: &'static str,
    /// The page that describes it.
    pub page: &'static str,
    /// Whether a document is of this format.
    pub recognise: fn(&InputDocument<'_>) -> Recognition,
    /// Reads a document of this format.
    pub read: ReadOffer,
    /// What it does when every file was met, and when.
    pub settle: &'static [(Stage, Settle)],
    /// Its files hold policies of many owners, so that a mistake in one of them must not stop the rest.
    pub many_owners: bool,
    /// The way on for a text that has to be something else before this loader can read it.
    pub hint: fn(&str) -> Option<&'static str>,
}

impl Loader {
    /// A format that reads every document at once, for the members that most formats leave as they are.
    const PLAIN: Self = Self {
        name: "",
        summary: "",
        page: "",
        recognise: |_| Recognition::No,
        read: |_, _| (),
        settle: &[],
        many_owners: false,
        hint: |_| None,
    };
}

/// When loaders are called again, behind the last file: all of them at one stage, in the order of [`ALL`], before any
/// at the next.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Facts that answers without an owner may be found by.
    Noted,
    /// Facts that only all files together tell.
    FactsRead,
    /// Facts that go by the names everybody else has told.
    Named,
    /// What is asked of the whole estate: what is missing, and what was counted.
    Asked,
}

/// Every input format, by name.
pub static ALL: &[&Loader] = &[
    &account_dump::LOADER,
    &aws_cli::LOADER,
    &aws_config::LOADER,
    &cloudformation::LOADER,
    &iam_collect::LOADER,
    &kubernetes::LOADER,
    &manifest::LOADER,
    &policy::LOADER,
    &terraform::LOADER,
];

/// A path or a glob to read, and where it is written when that was in a file.
#[derive(Clone, Debug)]
pub struct Input {
    /// The text of the input, as it was written.
    pub written: String,
    /// The place in the manifest, where it stands there.
    pub at: Option<Span>,
}

impl From<&str> for Input {
    fn from(written: &str) -> Self {
        Self { written: written.to_owned(), at: None }
    }
}

/// Reads files, directories, globs and `-`, relative to `root` (empty for the working directory).
///
/// Directories and globs follow `.gitignore` and leave out what `exclude` matches; a file that is named is read.
pub fn read_inputs(intake: &mut Intake, root: &Path, inputs: &[Input], exclude: &[PathPattern]) {
    for input in inputs {
        if input.written == "-" && input.at.is_none() {
            read_stdin(intake);
            continue;
        }
        match disk::find(root, &input.written, exclude) {
            Ok(disk::Finding::Named(found)) => read_found(intake, &found, None, input.at, Severity::Error),
            Ok(disk::Finding::Walked(walked)) => {
                // A file of Terragrunt that leads to no module is there to be included.
                let is_read =
                    |found: &FoundFile| !found.name.ends_with(".hcl") || terraform::source::is_unit(found);
                let found: Vec<FoundFile> = walked.found.into_iter().filter(is_read).collect();
                for found in found.chunks(open::PIECE) {
                    for (found, ahead) in found.iter().zip(open::read_ahead(found)) {
                        read_found(intake, found, ahead, input.at, Severity::Warning);
                    }
                }
                for why in walked.unread {
                    intake.problems.push(disk::placed(Code::UnreadableFile, input.at, why));
                }
            }
            Err(error) => intake.problems.push(error.problem(&input.written, input.at)),
        }
    }
}

/// Reads one file as whatever it is. `-` is standard input.
pub fn read_input(intake: &mut Intake, path: &str) {
    read_inputs(intake, Path::new(""), &[Input::from(path)], &[]);
}

/// Reads a text that was fetched already as whatever it is.
pub fn read_text(intake: &mut Intake, name: &str, decoded: Decoded, stdin: bool) -> SourceId {
    let Decoded { text, bytes, problem } = decoded;
    let syntax = input_document::syntax_of(name, &text);
    let origin = if stdin { Origin::Stdin { bytes } } else { Origin::File { bytes } };
    let source = intake.sources.add(name, text, origin);
    let path = PathBuf::from(name);
    let dir = path.parent().unwrap_or(Path::new("")).to_owned();
    intake.register(source, path, dir, name, problem);
    recognise::recognise(intake, source, syntax, None, Severity::Error);
    source
}

/// What the files of other tools in a directory are that holds no input.
pub fn foreign_below(dir: &Path) -> Option<Foreign> {
    let found = disk::below(dir, foreign::ENDINGS);
    found.iter().find_map(|found| foreign(&found.name, ""))
}

/// Reads a policy from a file: the document alone, or an answer of the AWS CLI that holds it.
pub fn policy_file(intake: &mut Intake, path: &str, kind: PolicyKind) -> Option<SharedPolicy> {
    let found = FoundFile { path: PathBuf::from(path), name: disk::shown(Path::new(path)) };
    let source = if path == "-" { intake.open_stdin()? } else { intake.open(&found, None)? };
    let policy = intake.policy_of(source, kind);
    intake.contributes(source, kind.describe(), kind.describe());
    policy
}

/// Whether AWS manages a policy of this name.
#[cfg(feature = "cli")]
pub(crate) fn is_managed_by_aws(name: &str) -> bool {
    managed::path_of(name).is_some()
}

/// A managed policy of AWS, as the snapshot has it.
pub fn managed_policy(intake: &mut Intake, arn: &str) -> Option<SharedPolicy> {
    intake.aws_managed(arn, PolicyKind::Identity)
}

/// Of what kind the policy in a file is, as far as its content tells; none where it has no statement.
pub fn guess_policy_file(intake: &mut Intake, path: &str) -> Option<PolicyKind> {
    let found = FoundFile { path: PathBuf::from(path), name: disk::shown(Path::new(path)) };
    let source = if path == "-" { intake.open_stdin()? } else { intake.open(&found, None)? };
    intake.kind_of(source)
}

/// Reads a manifest: its facts go into the intake, and `then` is lent the document for what is no fact.
///
/// A document with syntax errors is not read at all: whatever is missing from it may only be misplaced.
pub fn read_manifest<T>(
    intake: &mut Intake,
    path: &Path,
    then: impl FnOnce(&InputDocument<'_>, &mut Intake) -> T,
) -> Option<T> {
    let found = FoundFile { path: path.to_owned(), name: disk::shown(path) };
    let source = intake.open(&found, None)?;
    intake.offered.insert(source);
    intake.complain_of_syntax(source, Syntax::Toml);
    if intake.problems.iter().any(|p| p.is_error() && p.span.is_some_and(|span| span.source == source)) {
        return None;
    }
    intake.with_offer(source, Syntax::Toml, |offer, intake| {
        intake.read_as(offer.source, manifest::LOADER.name);
        if let Some(file) = intake.file(offer.source) {
            file.loader = Some(manifest::LOADER.name);
        }
        manifest::read(offer.root(), offer.dir, intake);
        then(offer, intake)
    })
}

/// The policies that a list of paths and globs of a manifest names.
pub fn policy_files(
    intake: &mut Intake,
    dir: &Path,
    list: &[Spanned<&str>],
    kind: PolicyKind,
    owner: &str,
) -> Vec<SharedPolicy> {
    manifest::policy_files(intake, dir, list, kind, owner)
}

/// Gives the files that do not name their owner to their owners, and puts together what several files tell. Call it
/// once, behind the last input.
pub fn finish(intake: &mut Intake) {
    intake.ends = None;
    bind::read_bound_files(intake);
    settle(intake, Stage::Noted);
    read_waiting(intake);
    settle(intake, Stage::FactsRead);
    settle(intake, Stage::Named);
    organization::settle(intake);
    attach::settle(intake);
    workload::settle(intake);
    settle(intake, Stage::Asked);
    refer(intake);
    tree::check(intake);
    objects::check(intake);
    bind::check(intake);
}

/// Notes how files write the names that AWS chooses, so that changes can be pasted.
fn refer(intake: &mut Intake) {
    let estate = &intake.estate;
    let mut found = Vec::new();
    for (name, called) in &estate.names {
        let [called] = called.as_slice() else { continue };
        let arn = match called {
            Called::Role(arn) | Called::User(arn) | Called::Key(arn) | Called::Store(arn) => arn.to_string(),
            Called::Bucket(bucket) => format!("arn:aws:s3:::{bucket}"),
        };
        if !arn.contains('‹') {
            continue;
        }
        if name.contains("aws_") {
            found.push((arn, Reference::Address(name.clone())));
        } else if name.chars().all(|c| c.is_ascii_alphanumeric()) {
            found.push((arn, Reference::LogicalId(name.clone())));
        }
    }
    for (arn, reference) in found {
        intake.sources.refer(&arn, reference);
    }
}

fn settle(intake: &mut Intake, stage: Stage) {
    for (at, settle) in ALL.iter().flat_map(|loader| loader.settle) {
        if *at == stage {
            settle(intake);
        }
    }
}

/// Reads the documents that wait for their owners.
fn read_waiting(intake: &mut Intake) {
    let waiting = std::mem::take(&mut intake.waiting);
    // A manifest table that named a file gave it an owner.
    let owned: BTreeSet<SourceId> = waiting
        .iter()
        .map(|waiting| waiting.source)
        .filter(|source| intake.file(*source).is_some_and(|file| !file.contributed.is_empty()))
        .collect();
    for Waiting { source, syntax, index, read } in waiting {
        if !owned.contains(&source) {
            intake.with_document(source, syntax, index, read);
        }
    }
}

fn read_stdin(intake: &mut Intake) {
    if let Some(source) = intake.open_stdin() {
        let text = intake.sources.source_text(source).cloned().unwrap_or_default();
        recognise::recognise(intake, source, input_document::syntax_of("", &text), None, Severity::Error);
    }
}

/// Such a file is read with the module it is in.
fn is_terraform_source(found: &FoundFile) -> bool {
    terraform::source::is_source(&found.name) || terraform::source::is_unit(found)
}

fn read_found(
    intake: &mut Intake,
    found: &FoundFile,
    ahead: Option<open::Ahead>,
    at: Option<Span>,
    unknown: Severity,
) {
    if is_terraform_source(found) && disk::is_file(&found.path) {
        terraform::source::meet(intake, found);
        return;
    }
    let source = match ahead {
        Some(ahead) => intake.open_ahead(found, ahead, at),
        None => intake.open(found, at),
    };
    let Some(source) = source else { return };
    let text = intake.sources.source_text(source).cloned().unwrap_or_default();
    let syntax = input_document::syntax_of(&found.name, &text);
    recognise::recognise(intake, source, syntax, at, unknown);
}

impl Intake {
    /// An intake of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every policy that was read, in the order it was read.
    pub fn policies(&self) -> &[SharedPolicy] {
        self.documents.all()
    }

    /// Whether anything that was read cannot be decided from.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(Diagnostic::is_error)
    }

    /// Notes the syntax errors of a document, once.
    fn complain(&mut self, offer: &InputDocument<'_>) {
        if self.documents.is_first_complaint(offer.source, offer.syntax, offer.index) {
            let mut problems = offer.syntax_problems().to_vec();
            explain_placeholders(offer.text, &mut problems);
            self.problems.append(&mut problems);
        }
    }

    /// The same for a document that nobody reads.
    fn complain_of_syntax(&mut self, source: SourceId, syntax: Syntax) {
        self.with_offer(source, syntax, |offer, intake| intake.complain(offer));
    }

    fn file(&mut self, source: SourceId) -> Option<&mut InputFile> {
        let index = self.paths.get(&source)?.file;
        self.files.get_mut(index)
    }

    fn read_as(&mut self, source: SourceId, kind: &str) {
        if let Some(file) = self.file(source) {
            kind.clone_into(&mut file.kind);
        }
    }

    /// Notes what a file added; the first use decides what it is called.
    fn contributes(&mut self, source: SourceId, kind: &str, what: impl Into<String>) {
        let Some(file) = self.file(source) else { return };
        if file.kind.is_empty() || file.kind == policy::LOADER.name {
            kind.clone_into(&mut file.kind);
        }
        let what = what.into();
        if !file.contributed.contains(&what) {
            file.contributed.push(what);
        }
    }

    fn misses(&mut self, source: SourceId, what: impl Into<String>) {
        let Some(file) = self.file(source) else { return };
        let what = what.into();
        if !file.missing.contains(&what) {
            file.missing.push(what);
        }
    }

    /// Reads a document when every file was seen.
    fn wait(&mut self, offer: &InputDocument<'_>, read: ReadOffer) {
        let (source, syntax, index) = (offer.source, offer.syntax, offer.index);
        self.waiting.push(Waiting { source, syntax, index, read });
    }
}
