//! The questions people come with, and their answers as data.

mod answer;
mod assume;
mod error;
mod fix;
mod guardrails;
mod keys;
mod leg;
pub mod profile;
mod question;
mod read;
pub mod simulate;

pub use answer::{
    Advice, Answer, Assumption, Block, ConditionLine, Denial, Evidence, Fix, GateReading, GateVerdict, Leg,
    Subject, Verdict, Witness,
};
pub use assume::assume;
pub use error::AskError;
pub use profile::{Advised, Confidence, Omitted, On, Profile, Requirement, When};
pub use question::{AssumeQuestion, Circumstances, Given, Network, ReadQuestion, Session};
pub use read::read;
