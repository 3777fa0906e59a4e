//! Root modules of Terraform source, as a manifest and the command line speak of them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Intake;
use crate::json::Node;
use crate::source::{SourceId, Span, Spanned};

/// What a person gives for the run, or a row of the manifest for its module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// Files of values, as they are written, with where they are written in a manifest.
    pub var_files: Vec<(String, Option<Span>)>,
    /// The directory that they are relative to.
    pub base: PathBuf,
    /// Values by the names of variables, as texts.
    pub vars: BTreeMap<String, String>,
    /// What `terraform.workspace` is.
    pub workspace: Option<String>,
}

/// A row of `[[terraform]]`.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) dir: PathBuf,
    /// As the manifest writes it.
    pub(crate) dir_name: String,
    pub(crate) at: Span,
    pub(crate) name: Option<String>,
    pub(crate) values: Values,
    /// Values that are written as such.
    pub(crate) typed: Vec<(String, Node<'static>)>,
    /// What is said of provider configurations, by their keys.
    pub(crate) providers: BTreeMap<String, Stated>,
    pub(crate) remote: BTreeMap<String, Remote>,
}

/// Where a `terraform_remote_state` reads from.
#[derive(Clone, Debug)]
pub(crate) enum Remote {
    Dir(PathBuf),
    File(PathBuf, Span),
}

/// What a person says of the providers of a root module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stated {
    pub(crate) account: Option<Spanned<String>>,
    pub(crate) region: Option<Spanned<String>>,
}

/// A root module that no row of a manifest names.
#[derive(Clone, Debug)]
pub(crate) struct Unnamed {
    pub(crate) dir: String,
    /// The file that stands for it.
    pub(crate) place: SourceId,
    /// Files of values that are not read by themselves.
    pub(crate) var_files: Vec<String>,
    /// Whether the account of its resources is known.
    pub(crate) names_account: bool,
}

#[derive(Debug, Default)]
struct Notes {
    rows: Vec<Row>,
    unnamed: Vec<Unnamed>,
}

/// Notes a row of the manifest.
pub(super) fn state(intake: &mut Intake, row: Row) {
    intake.notes::<Notes>().rows.push(row);
}

/// The rows of the manifest, each to be read once.
pub(super) fn take_rows(intake: &mut Intake) -> Vec<Row> {
    std::mem::take(&mut intake.notes::<Notes>().rows)
}

/// Notes a root module that no row names.
pub(super) fn found(intake: &mut Intake, root: Unnamed) {
    intake.notes::<Notes>().unnamed.push(root);
}

/// The root modules that were read and that no row of a manifest names.
pub(crate) fn unnamed(intake: &Intake) -> &[Unnamed] {
    intake.noted::<Notes>().map_or(&[], |notes| notes.unnamed.as_slice())
}
