//! States whether an AWS role can read an SSE-KMS encrypted object in Amazon S3, under which conditions, and
//! which statement decides.
//!
//! The way of an answer, from the ground up: text with places ([`source`]), JSON ([`json`]), policies
//! ([`policy`]), what is known of the accounts ([`estate`]), one request against it ([`eval`]), and the question
//! people come with ([`ask`]).

pub mod ask;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod estate;
pub mod eval;
pub mod explain;
pub mod finding;
pub mod json;
pub mod lint;
pub mod load;
pub mod logic;
pub mod name;
pub mod operator;
pub mod policy;
pub mod problem;
pub mod report;
pub mod source;
pub mod toml;
