//! States whether an AWS role can read an SSE-KMS encrypted object in Amazon S3, under which conditions, and
//! which statement decides.
//!
//! The way of an answer, from the ground up: text with places ([`source`]), JSON ([`json`]), policies
//! ([`policy`]), what is known of the accounts ([`estate`]) as files tell it ([`load`], [`config`]), one request
//! against it ([`eval`], [`request`]), who can become whom ([`trust`]), and the questions people come with ([`ask`]).
//!
//! One request, decided as `aws iam simulate-custom-policy` would have it, with the key policy that AWS leaves out:
//!
//! ```
//! use decryptable::ask::simulate;
//!
//! let request = r#"{"CallerArn": "arn:aws:iam::111111111111:role/IAM_CLUSTER",
//!   "PolicyInputList": [{"Version": "2012-10-17", "Statement":
//!     [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]}],
//!   "ActionNames": ["kms:Decrypt"],
//!   "ResourceArns": ["arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
//!   "ResourcePolicy": {"Version": "2012-10-17", "Statement":
//!     [{"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "kms:*", "Resource": "*"}]}}"#;
//! let line = request.replace('\n', " ");
//! let mut answer = Vec::new();
//! simulate::run(&mut line.as_bytes(), &mut answer)?;
//! // The key policy does not let account 111111111111 in, so the role's own permission is not enough.
//! assert!(String::from_utf8_lossy(&answer).contains(r#""EvalDecision":"implicitDeny""#));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! The command line and the drawn report are behind the default feature `cli`; a library user leaves it out.

pub mod ask;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod denied;
pub mod estate;
pub mod eval;
pub mod explain;
pub mod exposure;
pub mod finding;
pub mod json;
pub mod lint;
pub mod load;
pub mod logic;
pub mod name;
pub mod operation;
pub mod operator;
pub mod policy;
pub mod problem;
pub mod report;
pub mod request;
mod service;
pub mod source;
pub mod toml;
pub mod trust;
mod work;
pub mod yaml;
