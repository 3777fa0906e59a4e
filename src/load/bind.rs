//! `[[bind]]`: who owns files that do not say it themselves.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Intake, disk};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::estate::PlacedArn;
use crate::name::AccountId;
use crate::policy::PolicyKind;
use crate::source::{SourceId, Span, Spanned};

/// One `[[bind]]` table.
#[derive(Clone, Debug)]
pub struct Bind {
    /// A path or a glob, relative to `root`.
    pub file: Spanned<String>,
    /// The directory that the patterns start from.
    pub root: PathBuf,
    /// Whom the files belong to.
    pub owner: Owner,
    /// The place of the row.
    pub span: Span,
    /// The files it names.
    pub(super) sources: BTreeSet<SourceId>,
}

/// What a file is said to be about.
#[derive(Clone, Debug, Default)]
pub struct Owner {
    pub bucket: Option<Spanned<String>>,
    pub key: Option<PlacedArn>,
    pub role: Option<PlacedArn>,
    pub account: Option<Spanned<AccountId>>,
    /// Of templates and plans that do not say it.
    pub region: Option<Spanned<String>>,
    /// `s3://bucket/key`, for head-object.
    pub object: Option<Spanned<String>>,
    /// `r-…`, `ou-…` or an account id, for policies of an organization.
    pub target: Option<Spanned<String>>,
    /// The ARN of a secret.
    pub secret: Option<PlacedArn>,
    /// The ARN of a queue.
    pub queue: Option<PlacedArn>,
    pub kind: Option<Spanned<PolicyKind>>,
}

impl Bind {
    pub(super) fn new(file: Spanned<String>, root: &Path, owner: Owner, span: Span) -> Self {
        Self { file, root: root.to_owned(), owner, span, sources: BTreeSet::new() }
    }
}

/// Files named by a `[[bind]]` are inputs, whether `inputs` lists them or not.
pub(super) fn read_bound_files(intake: &mut Intake) {
    let mut binds = std::mem::take(&mut intake.binds);
    for bind in &mut binds {
        let at = bind.file.span;
        match disk::expand(&bind.root, &bind.file.value) {
            Ok(list) => {
                for found in &list {
                    super::read_found(intake, found, None, Some(at), Severity::Error);
                    bind.sources.extend(intake.opened.get(&disk::identity(&found.path)).copied());
                }
            }
            Err(error) => intake.problems.push(error.problem(&bind.file.value, Some(at))),
        }
    }
    intake.binds = binds;
}

/// A file bound twice to different owners.
pub(super) fn check(intake: &mut Intake) {
    let mut problems = Vec::new();
    for (index, bind) in intake.binds.iter().enumerate() {
        let earlier = intake.binds.iter().take(index);
        for first in earlier.filter(|first| first.sources.iter().any(|s| bind.sources.contains(s))) {
            let pairs = [
                (
                    &first.owner.bucket.as_ref().map(|b| b.value.clone()),
                    &bind.owner.bucket.as_ref().map(|b| b.value.clone()),
                ),
                (
                    &first.owner.key.as_ref().map(|k| k.value.to_string()),
                    &bind.owner.key.as_ref().map(|k| k.value.to_string()),
                ),
                (
                    &first.owner.role.as_ref().map(|r| r.value.to_string()),
                    &bind.owner.role.as_ref().map(|r| r.value.to_string()),
                ),
            ];
            if pairs.iter().any(|(a, b)| a.is_some() && b.is_some() && a != b) {
                problems.push(
                    Diagnostic::new(
                        Code::ConflictingFacts,
                        bind.span,
                        "a file bound here is bound to another owner, too",
                    )
                    .because(first.span, "the other owner"),
                );
            }
        }
    }
    intake.problems.append(&mut problems);
}

impl Intake {
    /// The owner that the `[[bind]]` tables give to a file; of several tables the first that speaks.
    pub(super) fn owner_of(&self, source: SourceId) -> Owner {
        let mut owner = Owner::default();
        for bind in self.binds.iter().filter(|bind| bind.sources.contains(&source)) {
            let told = bind.owner.clone();
            owner.bucket = owner.bucket.or(told.bucket);
            owner.key = owner.key.or(told.key);
            owner.role = owner.role.or(told.role);
            owner.account = owner.account.or(told.account);
            owner.region = owner.region.or(told.region);
            owner.object = owner.object.or(told.object);
            owner.target = owner.target.or(told.target);
            owner.secret = owner.secret.or(told.secret);
            owner.queue = owner.queue.or(told.queue);
            owner.kind = owner.kind.or(told.kind);
        }
        owner
    }

    /// The name of the directory a file lies in.
    pub(super) fn directory_of(&self, source: SourceId) -> Option<String> {
        let path = &self.paths.get(&source)?.path;
        Some(path.parent()?.file_name()?.to_str()?.to_owned())
    }

    /// The account that a directory above a file is named as, the nearest first.
    pub(super) fn account_above(&self, source: SourceId) -> Option<AccountId> {
        let path = &self.paths.get(&source)?.path;
        let named = |dir: &Path| dir.file_name()?.to_str()?.parse::<AccountId>().ok();
        path.ancestors().skip(1).filter_map(named).find(|account| !account.is_unknown())
    }
}
