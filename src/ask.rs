//! The questions people come with, and their answers as data.

mod answer;
mod question;

pub use answer::{
    Advice, Answer, Assumption, Block, ConditionLine, Denial, Evidence, Fix, GateReading, GateVerdict, Leg, Subject,
    Verdict, Witness,
};
pub use question::{AssumeQuestion, Circumstances, Given, Network, ReadQuestion, Session};
