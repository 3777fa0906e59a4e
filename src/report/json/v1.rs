//! The members of schema `decryptable/1`, in the order they are written. Members may be added at the end of a
//! struct, never renamed or given another meaning: that would be `v2`.

pub(crate) mod all_pairs;
pub(in crate::report) mod diff;
mod fix;
#[cfg(feature = "cli")]
mod inputs;
pub(in crate::report) mod map;
mod matrix;
mod names;
mod near;
mod question;
#[cfg(feature = "cli")]
mod refusals;
#[cfg(feature = "cli")]
mod settings;

use std::collections::BTreeMap;

#[cfg(feature = "cli")]
use schemars::JsonSchema;
use serde::Serialize;

use crate::ask;
use crate::diagnostic::{self, AnalyzerClass, Diagnostic};
use crate::finding::{self, Checked, Outcome};
use crate::logic;
use crate::report::wording;
use crate::source::{self, SourceMap, Span};

pub(crate) use fix::Fix;
#[cfg(feature = "cli")]
pub(crate) use inputs::{InputFile, Inputs, ManagedPolicy, Missing, NotTold, Snapshot};
pub(crate) use matrix::Matrix;
#[cfg(feature = "cli")]
pub(crate) use matrix::MatrixCell;
pub(crate) use names::{
    Block, Denial, Effect, Fit, GateName, GateVerdict, Layer, NodeKind, Severity, Standing, SuppressedBy,
    UnknownKind, Verdict,
};
pub(crate) use near::Near;
pub(crate) use question::Question;
#[cfg(feature = "cli")]
pub(crate) use refusals::{Agreement, Refusal, Refusals, RefusedDeed, RefusedLeg};
#[cfg(feature = "cli")]
pub(crate) use settings::{Setting, Settings, Value};

/// The value of every `schema` member.
pub(crate) const SCHEMA: &str = "decryptable/1";

/// A whole check.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[cfg_attr(feature = "cli", schemars(rename = "Check"))]
pub(crate) struct Report<'a> {
    #[cfg_attr(feature = "cli", schemars(extend("const" = SCHEMA)))]
    pub(crate) schema: &'static str,
    pub(crate) answers: Vec<Answer<'a>>,
    pub(crate) findings: Vec<Finding<'a>>,
    pub(crate) problems: Vec<Problem<'a>>,
    pub(crate) summary: Summary,
    pub(crate) suppressed: Vec<Suppressed<'a>>,
    /// Policies with findings whose kind was guessed by what they say, in a run of `lint`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "cli", schemars(default))]
    pub(crate) guessed: Vec<Guessed>,
}

/// A policy and what it was read as.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Guessed {
    /// As `--kind` names it; a policy without principals may as well be a boundary, a session policy or an SCP.
    pub(crate) kind: &'static str,
    pub(crate) at: PlaceJson,
}

/// One line of JSON Lines.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "cli", schemars(rename = "CheckLine"))]
pub(crate) enum Line<'a> {
    Answer(Box<Answer<'a>>),
    Finding(Finding<'a>),
    Problem(Problem<'a>),
    Suppressed(Suppressed<'a>),
    Summary(Summary),
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Answer<'a> {
    /// Left out inside a check, which names it once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "cli", schemars(extend("const" = SCHEMA)))]
    pub(crate) schema: Option<&'static str>,
    pub(crate) question: Question<'a>,
    pub(crate) verdict: Verdict,
    /// Only when denied.
    pub(crate) denial: Option<Denial>,
    /// Only when blocked.
    pub(crate) blocked_by: Option<Block>,
    pub(crate) legs: Vec<Leg<'a>>,
    /// Any of these lists has to hold in full; null when the answer is firm or the condition too large.
    pub(crate) conditions: Option<Vec<Vec<Condition<'a>>>>,
    pub(crate) witness: Witness<'a>,
    pub(crate) depends_on: Vec<Dependency<'a>>,
    pub(crate) assumptions: Vec<Assumption<'a>>,
    /// The kinds of keys that a question about many objects falls into, where the answer differs by key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) by_key: Vec<KeyPart<'a>>,
    pub(crate) fix: Vec<Fix<'a>>,
    /// One sentence on what decides.
    pub(crate) reason: &'a str,
    pub(crate) advice: Vec<Advice<'a>>,
    /// Where the encryption of the object is not known: the answer for one that is encrypted as the bucket's default says,
    /// if that is refused. `fix` is then about such objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) as_default: Option<AsDefault<'a>>,
    /// The rules that decided, the most important first.
    pub(crate) rules: Vec<&'static str>,
    /// Only in a check.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) expectation: Option<Expectation<'a>>,
}

/// An answer for objects that are encrypted as the bucket's default says.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct AsDefault<'a> {
    pub(crate) verdict: Verdict,
    pub(crate) denial: Option<Denial>,
    pub(crate) reason: &'a str,
}

/// What the manifest has to do with an answer.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Expectation<'a> {
    pub(crate) expected: Option<Verdict>,
    /// Null where nothing was expected.
    pub(crate) holds: Option<bool>,
    /// The row in the manifest.
    pub(crate) at: Option<PlaceJson>,
    /// Null where the row names no condition, and where the read is blocked or unsupported.
    pub(crate) exactness: Option<Exactness<'a>>,
}

/// How the condition of an answer compares with the one its row names.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Exactness<'a> {
    pub(crate) fit: Fit,
    /// Keys of a request that is allowed and should not be; null where none was found.
    pub(crate) wider: Option<Context<'a>>,
    /// Keys of a request that is denied and should be allowed.
    pub(crate) narrower: Option<Context<'a>>,
    /// What keeps the comparison from an end.
    pub(crate) depends_on: Vec<Dependency<'a>>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Leg<'a> {
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) verdict: Verdict,
    pub(crate) denial: Option<Denial>,
    pub(crate) same_account: bool,
    pub(crate) gates: Vec<Gate<'a>>,
    /// The service that makes the request with the principal's permissions; null for the principal's own.
    pub(crate) on_behalf_of: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Gate<'a> {
    pub(crate) gate: GateName,
    pub(crate) verdict: GateVerdict,
    pub(crate) denial: Option<Denial>,
    pub(crate) evidence: Vec<Evidence<'a>>,
    /// What the reading means where no statement speaks.
    pub(crate) note: Option<&'a str>,
    /// Allow statements that were meant for this request and do not fit, closest first.
    pub(crate) near: Vec<Near<'a>>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Evidence<'a> {
    pub(crate) effect: Effect,
    pub(crate) document: String,
    pub(crate) pointer: &'a str,
    pub(crate) sid: Option<&'a str>,
    pub(crate) start: Position,
    pub(crate) end: Position,
    pub(crate) bytes: [u32; 2],
    /// Null for always.
    pub(crate) when: Option<Vec<Vec<Condition<'a>>>>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Condition<'a> {
    pub(crate) key: &'a str,
    pub(crate) operator: &'a str,
    pub(crate) values: &'a [String],
}

/// Keys of objects for which the answer is the same.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct KeyPart<'a> {
    pub(crate) keys: Vec<Condition<'a>>,
    pub(crate) example: Option<&'a str>,
    pub(crate) verdict: Verdict,
    pub(crate) conditions: Option<Vec<Vec<Condition<'a>>>>,
}

/// Requests that show both sides; a key that is null is absent from the request.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Witness<'a> {
    pub(crate) allowed: Option<Context<'a>>,
    pub(crate) denied: Option<Context<'a>>,
}

type Context<'a> = BTreeMap<&'a str, Option<&'a [String]>>;

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Dependency<'a> {
    pub(crate) kind: UnknownKind,
    pub(crate) name: &'a str,
    pub(crate) why: &'a str,
    pub(crate) at: Option<PlaceJson>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Assumption<'a> {
    pub(crate) what: &'a str,
    pub(crate) because: &'a str,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Advice<'a> {
    pub(crate) action: &'a str,
    pub(crate) text: &'a str,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Finding<'a> {
    pub(crate) rule: &'a str,
    pub(crate) severity: Severity,
    pub(crate) message: &'a str,
    pub(crate) help: Option<&'a str>,
    /// What IAM Access Analyzer calls a finding of this kind, where it has the check: error, security-warning, warning or suggestion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) access_analyzer: Option<&'a str>,
    /// The id of parliament for the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parliament: Option<&'a str>,
    pub(crate) document: String,
    pub(crate) start: Position,
    pub(crate) end: Position,
    pub(crate) bytes: [u32; 2],
    pub(crate) related: Vec<Related<'a>>,
}

/// A finding that does not count, and why.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Suppressed<'a> {
    #[serde(flatten)]
    pub(crate) finding: Finding<'a>,
    pub(crate) suppressed_by: SuppressedBy,
    pub(crate) reason: &'a str,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Problem<'a> {
    pub(crate) code: &'a str,
    pub(crate) severity: Severity,
    pub(crate) message: &'a str,
    pub(crate) help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) access_analyzer: Option<&'a str>,
    /// The four are null when the input has no text to point into.
    pub(crate) document: Option<String>,
    pub(crate) start: Option<Position>,
    pub(crate) end: Option<Position>,
    pub(crate) bytes: Option<[u32; 2]>,
    pub(crate) related: Vec<Related<'a>>,
}

/// Another place that has to do with a finding or a problem.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Related<'a> {
    pub(crate) message: &'a str,
    pub(crate) document: String,
    pub(crate) start: Position,
    pub(crate) end: Position,
    pub(crate) bytes: [u32; 2],
}

#[derive(Debug, Default, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Summary {
    pub(crate) answers: usize,
    pub(crate) held: usize,
    pub(crate) failed: usize,
    /// Conditional where a firm answer was expected, or under a condition that could not be compared.
    pub(crate) conditional: usize,
    pub(crate) findings: usize,
    pub(crate) problems: Severities,
    pub(crate) suppressed: usize,
}

#[derive(Debug, Default, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Severities {
    pub(crate) error: usize,
    pub(crate) warning: usize,
    pub(crate) note: usize,
}

/// A place in a file on disk.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct PlaceJson {
    pub(crate) document: String,
    pub(crate) start: Position,
    pub(crate) end: Position,
    pub(crate) bytes: [u32; 2],
}

/// Both counted from 1; the column counts characters.
#[derive(Copy, Clone, Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl<'a> Report<'a> {
    pub(crate) fn new(report: &'a finding::Report, map: &SourceMap) -> Self {
        Self {
            schema: SCHEMA,
            answers: report.answers.iter().map(|checked| Answer::checked(checked, map)).collect(),
            findings: report.findings.iter().map(|finding| Finding::new(finding, map)).collect(),
            suppressed: report.suppressed.iter().map(|one| Suppressed::new(one, map)).collect(),
            problems: report.problems.iter().map(|problem| Problem::new(problem, map)).collect(),
            summary: Summary::new(report),
            guessed: report
                .guessed
                .iter()
                .map(|(span, kind)| Guessed { kind: kind.as_str(), at: PlaceJson::new(*span, map) })
                .collect(),
        }
    }
}

impl<'a> Answer<'a> {
    /// The answer alone, as `can` prints it.
    pub(crate) fn asked(checked: &'a Checked, map: &SourceMap) -> Self {
        Self::new(&checked.answer, None, map).with_schema()
    }

    /// The answer as part of a check.
    pub(crate) fn checked(checked: &'a Checked, map: &SourceMap) -> Self {
        let expectation = Expectation {
            expected: checked.expected.map(Verdict::from),
            holds: checked.outcome().map(|outcome| outcome == Outcome::Held),
            at: checked.row.map(|row| PlaceJson::new(row, map)),
            exactness: checked.exactness.as_ref().map(|exactness| Exactness::new(exactness, map)),
        };
        Self::new(&checked.answer, Some(expectation), map)
    }

    #[must_use]
    pub(crate) fn with_schema(self) -> Self {
        Self { schema: Some(SCHEMA), ..self }
    }

    fn new(answer: &'a ask::Answer, expectation: Option<Expectation<'a>>, map: &SourceMap) -> Self {
        Self {
            schema: None,
            question: Question::new(&answer.subject),
            verdict: answer.verdict.into(),
            denial: answer.denial.map(Denial::from),
            blocked_by: answer.blocked_by.map(Block::from),
            legs: answer.legs.iter().map(|leg| Leg::new(leg, map)).collect(),
            conditions: answer.conditions.as_deref().map(conditions),
            witness: Witness {
                allowed: answer.witness.allowed.as_deref().map(context),
                denied: answer.witness.denied.as_deref().map(context),
            },
            depends_on: answer.depends_on.iter().map(|unknown| Dependency::new(unknown, map)).collect(),
            assumptions: answer
                .assumptions
                .iter()
                .map(|assumption| Assumption { what: &assumption.what, because: &assumption.because })
                .collect(),
            by_key: answer.by_key.iter().map(KeyPart::new).collect(),
            fix: answer.changes().iter().map(|fix| Fix::new(fix, map)).collect(),
            reason: &answer.reason,
            as_default: answer.as_default.as_ref().map(|refused| AsDefault {
                verdict: refused.verdict.into(),
                denial: refused.denial.map(Denial::from),
                reason: &refused.reason,
            }),
            rules: ask::rules(answer),
            advice: answer
                .advice
                .iter()
                .map(|advice| Advice { action: &advice.action, text: &advice.text })
                .collect(),
            expectation,
        }
    }
}

impl<'a> Exactness<'a> {
    fn new(exactness: &'a ask::Exactness, map: &SourceMap) -> Self {
        let shown = |difference: &'a ask::Difference| match difference {
            ask::Difference::Shown(keys) => Some(context(keys)),
            ask::Difference::None | ask::Difference::Open => None,
        };
        Self {
            fit: exactness.fit().into(),
            wider: shown(&exactness.wider),
            narrower: shown(&exactness.narrower),
            depends_on: exactness.depends_on.iter().map(|unknown| Dependency::new(unknown, map)).collect(),
        }
    }
}

impl<'a> Leg<'a> {
    fn new(leg: &'a ask::Leg, map: &SourceMap) -> Self {
        Self {
            action: &leg.action,
            resource: &leg.resource,
            verdict: leg.verdict.into(),
            denial: leg.denial.map(Denial::from),
            same_account: leg.same_account,
            gates: leg.gates.iter().map(|reading| Gate::new(reading, map)).collect(),
            on_behalf_of: leg.on_behalf_of.as_deref(),
        }
    }
}

impl<'a> Gate<'a> {
    fn new(reading: &'a ask::GateReading, map: &SourceMap) -> Self {
        Self {
            gate: reading.gate.into(),
            verdict: reading.verdict.into(),
            denial: reading.denial.map(Denial::from),
            evidence: reading.evidence.iter().map(|evidence| Evidence::new(evidence, map)).collect(),
            note: reading.note.as_deref(),
            near: reading.near.iter().map(|near| Near::new(near, map)).collect(),
        }
    }
}

impl<'a> Evidence<'a> {
    fn new(evidence: &'a ask::Evidence, map: &SourceMap) -> Self {
        let PlaceJson { document, start, end, bytes } = PlaceJson::new(evidence.span, map);
        Self {
            effect: evidence.effect.into(),
            document,
            pointer: &evidence.pointer,
            sid: evidence.sid.as_deref(),
            start,
            end,
            bytes,
            when: evidence.when.as_deref().map(conditions),
        }
    }
}

fn conditions(any: &[Vec<ask::ConditionLine>]) -> Vec<Vec<Condition<'_>>> {
    any.iter().map(|all| all.iter().map(Condition::new).collect()).collect()
}

impl<'a> Condition<'a> {
    fn new(line: &'a ask::ConditionLine) -> Self {
        Self { key: &line.key, operator: &line.operator, values: &line.values }
    }
}

impl<'a> KeyPart<'a> {
    fn new(part: &'a logic::Subdomain) -> Self {
        Self {
            keys: part.lines.iter().map(Condition::new).collect(),
            example: part.example.as_deref(),
            verdict: match part.holds {
                Some(true) => Verdict::Allowed,
                Some(false) => Verdict::Denied,
                None => Verdict::Conditional,
            },
            conditions: part.conditions.as_deref().map(conditions),
        }
    }
}

fn context(keys: &[(String, Option<Vec<String>>)]) -> Context<'_> {
    keys.iter().map(|(key, values)| (key.as_str(), values.as_deref())).collect()
}

impl<'a> Dependency<'a> {
    fn new(unknown: &'a logic::Unknown, map: &SourceMap) -> Self {
        Self {
            kind: unknown.kind.into(),
            name: &unknown.name,
            why: &unknown.why,
            at: unknown.at.map(|at| PlaceJson::new(at, map)),
        }
    }
}

impl<'a> Finding<'a> {
    pub(crate) fn new(finding: &'a Diagnostic, map: &SourceMap) -> Self {
        let PlaceJson { document, start, end, bytes } =
            finding.span.map_or_else(|| PlaceJson::somewhere(map), |span| PlaceJson::new(span, map));
        Self {
            rule: finding.code.as_str(),
            severity: finding.severity.into(),
            message: &finding.message,
            help: finding.help.as_deref(),
            access_analyzer: finding.code.access_analyzer().map(AnalyzerClass::as_str),
            parliament: finding.code.parliament(),
            document,
            start,
            end,
            bytes,
            related: related(finding, map),
        }
    }
}

impl<'a> Problem<'a> {
    pub(crate) fn new(problem: &'a Diagnostic, map: &SourceMap) -> Self {
        let place = problem.span.map(|span| PlaceJson::new(span, map));
        let start = place.as_ref().map(|place| place.start);
        let end = place.as_ref().map(|place| place.end);
        let bytes = place.as_ref().map(|place| place.bytes);
        Self {
            code: problem.code.as_str(),
            severity: problem.severity.into(),
            message: &problem.message,
            help: problem.help.as_deref(),
            access_analyzer: problem.code.access_analyzer().map(AnalyzerClass::as_str),
            document: place.map(|place| place.document),
            start,
            end,
            bytes,
            related: related(problem, map),
        }
    }
}

impl<'a> Suppressed<'a> {
    pub(crate) fn new(suppressed: &'a finding::Suppressed, map: &SourceMap) -> Self {
        Self {
            finding: Finding::new(&suppressed.finding, map),
            suppressed_by: suppressed.by.into(),
            reason: &suppressed.reason,
        }
    }
}

fn related<'a>(of: &'a Diagnostic, map: &SourceMap) -> Vec<Related<'a>> {
    of.related.iter().map(|label| Related::new(label.span, &label.text, map)).collect()
}

impl<'a> Related<'a> {
    fn new(span: Span, message: &'a str, map: &SourceMap) -> Self {
        let PlaceJson { document, start, end, bytes } = PlaceJson::new(span, map);
        Self { message, document, start, end, bytes }
    }
}

impl Summary {
    pub(crate) fn new(report: &finding::Report) -> Self {
        let mut summary = Self {
            answers: report.answers.len(),
            findings: report.findings.len(),
            suppressed: report.suppressed.len(),
            ..Self::default()
        };
        for checked in &report.answers {
            match checked.outcome() {
                Some(Outcome::Held) => summary.held += 1,
                Some(Outcome::Failed) => summary.failed += 1,
                Some(Outcome::Open) => summary.conditional += 1,
                None => {}
            }
        }
        for problem in &report.problems {
            match problem.severity {
                diagnostic::Severity::Error => summary.problems.error += 1,
                diagnostic::Severity::Warning => summary.problems.warning += 1,
                diagnostic::Severity::Note => summary.problems.note += 1,
            }
        }
        summary
    }
}

impl PlaceJson {
    /// For what has no place in any text and has to name one.
    fn somewhere(map: &SourceMap) -> Self {
        let start = Position { line: 1, column: 1 };
        Self { document: wording::somewhere(map), start, end: start, bytes: [0, 0] }
    }

    fn new(span: Span, map: &SourceMap) -> Self {
        let source::Place { document, start, end, bytes } = map.place(span);
        Self { document, start: start.into(), end: end.into(), bytes }
    }
}

impl From<source::Position> for Position {
    fn from(position: source::Position) -> Self {
        let source::Position { line, column } = position;
        Self { line, column }
    }
}
