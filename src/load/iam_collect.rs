//! Trees of iam-collect: one directory for each resource, one file for each of its parts.
//!
//! The files do not say what they are, so their path does; what they belong to is said by the `metadata.json` beside
//! them, since the names in paths are lower-cased. The tool deletes files of empty content: of a directory that
//! was read, a file that is not there says that there is none.

mod identity;
mod index;
mod organization;
mod path;
mod storage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::fields::{text, unexpected};
use super::{InputDocument, Intake, Loader, Recognition, Stage, Syntax, disk, settings};
use crate::diagnostic::{Code, Diagnostic};
use crate::estate::{PlacedArn, SharedPolicy, Tags};
use crate::json::{Node, Value};
use crate::name::AccountId;
use crate::policy::PolicyKind;
use crate::source::{SourceId, Span, Spanned};

use path::{StoreKind, StorePlace};

pub(super) static LOADER: Loader = Loader {
    name: "iam_collect",
    summary: "trees of iam-collect: `aws/PARTITION/accounts/ACCOUNT/…` and `…/organizations/ID/…`",
    page: "docs/inputs/iam-collect.md",
    recognise: claims,
    read,
    settle: &[(Stage::FactsRead, settle)],
    many_owners: true,
    ..Loader::PLAIN
};

/// The file that says what a directory is about.
const METADATA: &str = "metadata.json";

/// What is known of the trees that were met.
#[derive(Debug, Default)]
struct Notes {
    directories: BTreeMap<PathBuf, Directory>,
    /// Files about an organization, which wait for its policies.
    organizations: Vec<SourceId>,
    indexes: Vec<SourceId>,
    /// Accounts whose `s3-bpa.json` was read.
    accounts: BTreeMap<AccountId, ()>,
    /// It was said that the order of statements is not the one AWS has.
    said_order: bool,
}

/// One directory of the tree.
#[derive(Debug, Default)]
struct Directory {
    owner: Option<Owner>,
    /// Its metadata.
    metadata: Option<Span>,
    /// The files that were read, and whether they say something.
    read: BTreeMap<String, bool>,
}

#[derive(Clone, Debug)]
enum Owner {
    Role(PlacedArn),
    User(PlacedArn),
    Group(PlacedArn),
    Policy {
        arn: PlacedArn,
        version: u64,
    },
    Key(PlacedArn),
    Bucket {
        name: String,
        account: AccountId,
    },
    Endpoint(String),
    /// Of no use here, such as an endpoint of another service.
    Nothing,
}

/// What became of a file of a directory.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum StorePart {
    /// Read, with something in it.
    Read,
    /// There is none.
    Absent,
    /// It is on disk, and was not among the inputs.
    Unread,
}

fn claims(input: &InputDocument<'_>) -> Recognition {
    if input.syntax != Syntax::Json {
        return Recognition::No;
    }
    match path::place(input.path) {
        Some((_, true)) => Recognition::ByPath,
        Some((place, false)) if fits(input, place) => Recognition::ByPath,
        Some((_, false)) | None => Recognition::No,
    }
}

/// Whether the content is what the tree has at this place. Without its head a path proves less: people keep answers
/// of the AWS CLI in directories of such names, too.
fn fits(input: &InputDocument<'_>, place: StorePlace<'_>) -> bool {
    let file = match place {
        StorePlace::Thing { file, .. }
        | StorePlace::Account { file, .. }
        | StorePlace::Organization { file, .. }
        | StorePlace::OrganizationPolicy { file, .. }
        | StorePlace::Index { file } => file,
        StorePlace::Other => return false,
    };
    match file {
        METADATA => input.has("arn"),
        "trust-policy.json" | "policy.json" | "current-policy.json" | "endpoint-policy.json" => {
            input.has("Statement")
        }
        "inline-policies.json"
        | "managed-policies.json"
        | "groups.json"
        | "instance-profiles.json"
        | "encryption.json" => matches!(input.root().value, Value::Array(_)),
        "bpa.json" | "s3-bpa.json" => input.has("BlockPublicAcls"),
        "organization.json" => input.has("organizationId"),
        "tags.json" => input.root().members().iter().all(|member| member.value.as_str().is_some()),
        "accounts.json" | "ous.json" | "structure.json" => {
            !input.root().members().is_empty()
                && input.root().members().iter().all(|member| member.value.is_object())
        }
        _ => false,
    }
}

fn read(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some((place, _)) = path::place(input.path) else { return };
    intake.read_as(input.source, "iam-collect tree");
    intake.complain(input);
    let root = input.root();
    let is_empty = match &root.value {
        Value::Object(members) => members.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Invalid => false,
    };
    if let (Some(dir), Some(file)) = (input.path.parent(), input.path.file_name().and_then(|f| f.to_str())) {
        let directory = intake.notes::<Notes>().directories.entry(dir.to_owned()).or_default();
        directory.read.insert(file.to_owned(), !is_empty);
    }
    match place {
        StorePlace::Thing { .. } | StorePlace::Account { .. } | StorePlace::OrganizationPolicy { .. }
            if is_empty => {}
        StorePlace::Thing { account, kind, file: METADATA } => metadata(input, account, kind, intake),
        StorePlace::Thing { .. } => intake.wait(input, part),
        StorePlace::Account { account, file } => account_file(input, account, file, intake),
        StorePlace::OrganizationPolicy { file: METADATA, .. } => organization::policy_metadata(input, intake),
        StorePlace::OrganizationPolicy { .. } => intake.wait(input, organization::policy),
        StorePlace::Organization { id, file: METADATA } => organization::metadata(input, id, intake),
        StorePlace::Organization { .. } => intake.notes::<Notes>().organizations.push(input.source),
        StorePlace::Index { .. } => intake.notes::<Notes>().indexes.push(input.source),
        StorePlace::Other => {}
    }
}

fn metadata(input: &InputDocument<'_>, account: AccountId, kind: StoreKind, intake: &mut Intake) {
    let root = input.root();
    let Some(arn) = text(root, "arn") else {
        misfit(
            input,
            root.span,
            "the metadata has no `arn`, so what this directory is about is not known",
            intake,
        );
        return;
    };
    let owner = match kind {
        StoreKind::Role | StoreKind::User | StoreKind::Group | StoreKind::Policy => {
            identity::metadata(input, arn, kind, intake)
        }
        StoreKind::Key | StoreKind::Bucket | StoreKind::Endpoint => {
            storage::metadata(input, arn, account, kind, intake)
        }
    };
    if let (Some(owner), Some(dir)) = (owner, input.path.parent()) {
        let directory = intake.notes::<Notes>().directories.entry(dir.to_owned()).or_default();
        directory.owner = Some(owner);
        directory.metadata = Some(arn.span);
    }
}

/// A file beside the metadata.
fn part(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(dir) = input.path.parent() else { return };
    let Some(file) = input.path.file_name().and_then(|file| file.to_str()) else { return };
    let owner = intake.noted::<Notes>().and_then(|notes| notes.directories.get(dir));
    let owner = owner.and_then(|directory| directory.owner.clone());
    let Some(owner) = owner else {
        intake.misses(input.source, "what it belongs to: the metadata.json of the same directory");
        return;
    };
    match &owner {
        Owner::Role(_) | Owner::User(_) | Owner::Group(_) | Owner::Policy { .. } => {
            identity::part(input, &owner, file, intake);
        }
        Owner::Key(_) | Owner::Bucket { .. } | Owner::Endpoint(_) => {
            storage::part(input, &owner, file, intake)
        }
        Owner::Nothing => {}
    }
}

fn account_file(input: &InputDocument<'_>, account: AccountId, file: &str, intake: &mut Intake) {
    let root = input.root();
    if file == "s3-bpa.json" {
        intake.account_public_access(account, root.span, &settings::public_access(root));
        intake.notes::<Notes>().accounts.insert(account, ());
        intake.contributes(input.source, "", format!("public access block of account {account}"));
    } else if let Some(id) = text(root, "organizationId") {
        intake.organization(id.value, root.span, |_| ());
        intake.account_organization(account, id.map(Some));
        intake.contributes(input.source, "", format!("organization of account {account}"));
    }
}

/// What only all files together say.
fn settle(intake: &mut Intake) {
    let notes: &mut Notes = intake.notes();
    let organizations = std::mem::take(&mut notes.organizations);
    let indexes = std::mem::take(&mut notes.indexes);
    let directories = std::mem::take(&mut notes.directories);
    for source in organizations {
        intake.with_document(source, Syntax::Json, 0, organization::lists);
    }
    for source in indexes {
        intake.with_document(source, Syntax::Json, 0, index::read);
    }
    for (dir, directory) in &directories {
        let (Some(owner), Some(at)) = (&directory.owner, directory.metadata) else { continue };
        match owner {
            Owner::Role(_) | Owner::User(_) | Owner::Group(_) | Owner::Policy { .. } => {
                identity::settle(dir, directory, owner, at, intake);
            }
            Owner::Key(_) | Owner::Bucket { .. } | Owner::Endpoint(_) => {
                storage::settle(dir, directory, owner, at, intake);
            }
            Owner::Nothing => {}
        }
    }
}

impl Directory {
    fn part(&self, dir: &Path, file: &str) -> StorePart {
        match self.read.get(file) {
            Some(true) => StorePart::Read,
            Some(false) => StorePart::Absent,
            None if disk::exists(&dir.join(file)) => StorePart::Unread,
            None => StorePart::Absent,
        }
    }

    /// Whether a file is not there, so that there is none of what it holds. One that was left out of the inputs is
    /// asked for.
    fn lacks(&self, dir: &Path, file: &str, at: Span, intake: &mut Intake) -> bool {
        let part = self.part(dir, file);
        if part == StorePart::Unread {
            intake.misses(at.source, format!("{file} of the same directory, which was left out"));
        }
        part == StorePart::Absent
    }
}

/// The policy that a file is.
fn document(input: &InputDocument<'_>, kind: PolicyKind, intake: &mut Intake) -> Option<SharedPolicy> {
    say_order(input, intake);
    intake.policy(input.root(), kind, "")
}

/// Statement numbers of this tree are not those of AWS, and that is said once.
fn say_order(input: &InputDocument<'_>, intake: &mut Intake) {
    if std::mem::replace(&mut intake.notes::<Notes>().said_order, true) {
        return;
    }
    let at = intake.sources.first_character(input.source);
    let message = "iam-collect sorts every array: statements are not in the order AWS has them";
    intake.problems.push(
        Diagnostic::new(Code::SortedStatements, at, message)
            .help("go by the Sid or the text of a statement, not by its number"),
    );
}

/// A file that does not hold what it should; one whose syntax is wrong was complained of already.
fn misfit(input: &InputDocument<'_>, at: Span, message: impl Into<String>, intake: &mut Intake) {
    if input.syntax_problems().is_empty() {
        let help = "let iam-collect write the file again";
        intake.problems.push(unexpected(at, message).help(help));
    }
}

/// The strings of an array that holds nothing else.
fn strings<'n>(
    input: &'n InputDocument<'_>,
    what: &str,
    intake: &mut Intake,
) -> Option<Vec<Spanned<&'n str>>> {
    let root = input.root();
    let list = root.elements();
    let strings: Vec<_> =
        list.iter().filter_map(|node| Some(Spanned::new(node.as_str()?, node.span))).collect();
    if !matches!(root.value, Value::Array(_)) || strings.len() != list.len() {
        let at = list.iter().find(|node| node.as_str().is_none()).map_or(root.span, |node| node.span);
        misfit(input, at, format!("this file is a list of {what}"), intake);
        return None;
    }
    Some(strings)
}

/// An object of strings.
fn tags(root: &Node<'_>) -> Spanned<Tags> {
    let pairs = root.members().iter().map(|member| {
        (member.key.value.clone().into_owned(), member.value.as_str().unwrap_or("").to_owned())
    });
    Spanned::new(pairs.collect(), root.span)
}
