//! States whether an AWS role can read an SSE-KMS encrypted object in Amazon S3, under which conditions, and
//! which statement decides.
//!
//! A [`Workspace`] is a directory of policies, read once and asked as often as needed:
//!
//! ```
//! use decryptable::Workspace;
//! use decryptable::ask::Verdict;
//!
//! let workspace = Workspace::open("policies/cross-account")?;
//! let answer = workspace.can("IAM_CLUSTER", "read", "s3://lake/curated/day=1/part-0.parquet")?;
//! assert_eq!(answer.verdict, Verdict::Allowed);
//! for leg in &answer.legs {
//!     // s3:GetObject on the object, and kms:Decrypt on its key: each with its gates and the statements that match.
//!     println!("{} on {}: {}", leg.action, leg.resource, leg.verdict.as_str());
//! }
//! # Ok::<(), decryptable::WorkspaceError>(())
//! ```
//!
//! More programs are in `examples`: ask, simulate, and walk the trust graph.
//!
//! The way of an answer, from the ground up: text with places ([`source`]), JSON ([`json`]), policies
//! ([`policy`]), what is known of the accounts ([`estate`]) as files tell it ([`load`], [`config`]), one request
//! against it ([`eval`], [`request`]), who can become whom ([`trust`]), and the questions people come with ([`ask`]).
//!
//! The command line and the drawn report are behind the default feature `cli`; a library user leaves it out.

pub mod ask;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod denied;
pub mod diagnostic;
pub mod estate;
pub mod eval;
pub mod explain;
pub mod finding;
pub mod json;
pub mod lint;
pub mod load;
pub mod logic;
pub mod name;
pub mod operation;
pub mod operator;
mod parallel;
pub mod policy;
pub mod role_findings;

pub mod report;
pub mod request;
mod service;
pub mod source;
pub mod toml_tree;
pub mod trust;
pub mod what_if;
mod work;
pub mod workspace;
pub mod yaml;

pub use workspace::{Workspace, WorkspaceError};
