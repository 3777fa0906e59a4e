//! The questions people come with, and their answers as data.

mod answer;
mod assume;
mod confirm;
pub mod diff;
mod error;
mod exact;
mod fix;
pub mod gaps;
mod leg;
mod map;
pub mod profile;
mod question;
mod read;
pub mod simulate;
mod symbols;
mod trust;
mod who;

pub use crate::request::{Circumstances, Given, Network, Session};
pub use answer::{
    Advice, Answer, Assumption, Block, ConditionLine, Denial, Evidence, Fix, GateReading, GateVerdict, Leg,
    Subject, Verdict, Witness,
};
pub use assume::assume;
pub use error::AskError;
pub use exact::{
    Absent, Difference, ExactError, Exactly, Exactness, Fit, Wanted, exactness_of_assume, exactness_of_read,
};
pub use map::{Layer, Map, MapCall, MapEdge, MapNode, MapNote, MapPath, MapSubject, NodeKind, Standing};
pub use profile::{Advised, Confidence, Omitted, On, Profile, Requirement, When};
pub use question::{AssumeQuestion, ReadQuestion};
pub use read::{OBJECT_KEY, read};
pub use trust::{TrustQuestion, trust, trust_each};
pub use who::{WhoDoes, WhoQuestion, who};
