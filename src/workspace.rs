//! A directory of policies, read once and asked as often as needed: the shortest way into the library.

use std::path::Path;

use crate::ask::{
    self, AccessGraph, Answer, AskError, Circumstances, DoesQuestion, Doing, WhoDoes, WhoQuestion,
};
use crate::config::{self, Config};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::estate::{Estate, ObjectUri};
use crate::load::{Intake, Scope, disk};
use crate::operation;
use crate::source::SourceMap;

/// What the files of a directory tell: its `decryptable.toml` and the inputs that it names, else every file in it.
#[derive(Debug)]
pub struct Workspace {
    intake: Intake,
    config: Config,
}

/// Why a workspace has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkspaceError {
    /// The directory holds nothing that is an input.
    #[error("{0} holds no {name} and no file with policies", name = config::FILE_NAME)]
    Empty(String),
    /// A document has an error, so that nothing may be decided that rests on it.
    #[error("{}", first(.0))]
    Input(Vec<Diagnostic>),
    /// The operation is not in the table.
    #[error("`{name}` is not an operation{}", .help.as_deref().map_or_else(String::new, |help| format!("; {help}")))]
    Operation {
        /// What was asked for.
        name: String,
        /// The operations there are, or the nearest of them.
        help: Option<String>,
    },
    /// The operation has two targets, such as a copy.
    #[error("`{0}` has two targets, and questions of a workspace have one: ask with a `DoesQuestion`")]
    TwoTargets(String),
    /// The target is not `s3://BUCKET/KEY`.
    #[error(transparent)]
    Target(#[from] crate::estate::ObjectUriError),
    /// The estate does not hold what the question names.
    #[error(transparent)]
    Ask(#[from] AskError),
}

fn first(problems: &[Diagnostic]) -> String {
    let errors = problems.iter().filter(|problem| problem.is_error());
    errors.map(|problem| problem.message.as_str()).next().unwrap_or("the inputs cannot be read").to_owned()
}

impl Workspace {
    /// Read a directory.
    ///
    /// # Errors
    ///
    /// When it holds no input, or none without an error, or when its manifest has one.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, WorkspaceError> {
        let dir = dir.as_ref();
        let mut intake = Intake::new();
        let manifest = dir.join(config::FILE_NAME);
        let config = if disk::is_file(&manifest) {
            let config = config::load(&manifest, &mut intake);
            config.gather(&mut intake, &[]);
            config
        } else {
            let config = Config::default();
            config.gather(&mut intake, &[dir.to_string_lossy().into_owned()]);
            config
        };
        if intake.has_general_errors() || (intake.has_errors() && !intake.has_sound_files()) {
            return Err(WorkspaceError::Input(intake.problems));
        }
        if intake.files.is_empty() {
            return Err(WorkspaceError::Empty(dir.display().to_string()));
        }
        Ok(Self { intake, config })
    }

    /// Accounts, roles, keys, buckets, and what is not known of them.
    pub fn estate(&self) -> &Estate {
        &self.intake.estate
    }

    /// The texts that spans of an answer point into.
    pub fn sources(&self) -> &SourceMap {
        &self.intake.sources
    }

    /// What is wrong with the inputs, or worth knowing, and stops no answer.
    pub fn problems(&self) -> &[Diagnostic] {
        &self.intake.problems
    }

    /// Whether a role can do an operation, such as `read`, on `s3://BUCKET/KEY`. The role is an ARN, or a name that only one
    /// role has. The profile and strictness are those of the manifest.
    ///
    /// # Errors
    ///
    /// When the operation, the role or the bucket is not known, or when the answer rests on a document in error.
    pub fn can(&self, role: &str, operation: &str, target: &str) -> Result<Answer, WorkspaceError> {
        let question = DoesQuestion {
            doing: doing(operation)?,
            role: role.to_owned(),
            object: target.parse()?,
            version_id: None,
            access_point: None,
            profile: self.config.analysis.profile().to_owned(),
            circumstances: Circumstances::default(),
            strict: self.config.analysis.strict,
        };
        let answer = ask::read(self.estate(), &question)?;
        self.sound(&ask::scope(self.estate(), &answer))?;
        Ok(answer)
    }

    /// Who can do an operation on `s3://BUCKET/KEY`, directly and by assuming roles.
    ///
    /// # Errors
    ///
    /// When the operation or the bucket is not known, or when the answer rests on a document in error.
    pub fn who(&self, operation: &str, target: &str) -> Result<AccessGraph, WorkspaceError> {
        let doing = doing(operation)?;
        let object: ObjectUri = target.parse()?;
        let profile = self.config.analysis.profile().to_owned();
        let question = WhoQuestion {
            what: match doing.is_read() {
                true => WhoDoes::Read { object, profile },
                false => WhoDoes::Operation { doing, object, profile },
            },
            ways_of_one: 1,
            direct: false,
            escalation: false,
            circumstances: Circumstances::default(),
            strict: self.config.analysis.strict,
        };
        let map = ask::who(self.estate(), &question)?;
        self.sound(&ask::scope_of_map(self.estate(), &map))?;
        Ok(map)
    }

    /// An answer that may rest on a document in error is not given.
    fn sound(&self, scope: &Scope) -> Result<(), WorkspaceError> {
        match self.intake.is_refused(scope) {
            true => Err(WorkspaceError::Input(self.intake.problems.clone())),
            false => Ok(()),
        }
    }
}

/// What a principal does who does an operation with one object.
fn doing(operation: &str) -> Result<Doing, WorkspaceError> {
    let wrong = |help| Err(WorkspaceError::Operation { name: operation.to_owned(), help: Some(help) });
    let asked = Doing { operation: operation.to_owned(), ..Doing::default() };
    match operation::find(operation) {
        Some(row) if row.has_two_targets() => Err(WorkspaceError::TwoTargets(operation.to_owned())),
        Some(_) => Ok(asked),
        None => wrong(
            did_you_mean(operation, operation::names())
                .unwrap_or_else(|| format!("there is {}", operation::names().collect::<Vec<_>>().join(", "))),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::Verdict;

    fn open(name: &str) -> Workspace {
        Workspace::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("policies").join(name)).unwrap()
    }

    #[test]
    fn a_directory_with_a_manifest_answers() {
        let workspace = open("cross-account");
        let answer = workspace.can("IAM_CLUSTER", "read", "s3://lake/curated/x").unwrap();
        assert_eq!(answer.verdict, Verdict::Allowed);
        assert_eq!(answer.legs.len(), 2);
        let map = workspace.who("read", "s3://lake/curated/x").unwrap();
        assert!(map.nodes.iter().any(|node| node.label.contains("IAM_CLUSTER")), "{:?}", map.nodes);
    }

    #[test]
    fn an_operation_is_asked_by_its_own_row() {
        let workspace = open("cross-account");
        let answer = workspace.can("IAM_CLUSTER", "write", "s3://lake/curated/x").unwrap();
        assert_eq!(answer.verdict, Verdict::Denied);
        assert!(answer.legs.iter().any(|leg| leg.action == "s3:PutObject"), "{:?}", answer.legs);
        let writers = workspace.who("delete", "s3://lake/curated/x").unwrap();
        assert!(!writers.nodes.iter().any(|node| node.label.contains("IAM_CLUSTER")), "{:?}", writers.nodes);
        let error = workspace.can("IAM_CLUSTER", "copy", "s3://lake/curated/x").unwrap_err();
        assert!(error.to_string().contains("two targets"), "{error}");
    }

    #[test]
    fn mistakes_have_a_way_out() {
        let workspace = open("cross-account");
        let error = workspace.can("IAM_CLUSTER", "raed", "s3://lake/x").unwrap_err();
        assert_eq!(error.to_string(), "`raed` is not an operation; did you mean `read`?");
        let error = workspace.can("IAM_CLUSTER", "read", "lake/x").unwrap_err();
        assert!(matches!(error, WorkspaceError::Target(_)), "{error}");
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(Workspace::open(empty.path()), Err(WorkspaceError::Empty(_))));
    }
}
