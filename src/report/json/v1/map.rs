//! What `trust` and `who` print: principals, the steps between them, and the ways to the end.

#[cfg(feature = "cli")]
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Assumption, Condition, Dependency, Evidence, Finding, Layer, NodeKind, PlaceJson, Problem, SCHEMA,
    Severities, Standing, Verdict, Witness, conditions, context,
};
use crate::ask::{AccessEdge, AccessGraph, AccessNode, AccessPath, AccessSubject};
use crate::finding;
use crate::report::wording::Counts;
use crate::source::SourceMap;

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[cfg_attr(feature = "cli", schemars(rename = "Graph"))]
pub(in crate::report) struct Report<'a> {
    #[cfg_attr(feature = "cli", schemars(extend("const" = SCHEMA)))]
    schema: &'static str,
    question: Question<'a>,
    nodes: Vec<Node<'a>>,
    edges: Vec<Edge<'a>>,
    paths: Vec<Path<'a>>,
    omitted: &'a [String],
    notes: Vec<Note<'a>>,
    assumptions: Vec<Assumption<'a>>,
    findings: Vec<Finding<'a>>,
    problems: Vec<Problem<'a>>,
    summary: Summary,
}

/// One line of JSON Lines.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "cli", schemars(rename = "GraphLine"))]
pub(in crate::report) enum Line<'a> {
    Path {
        #[cfg_attr(feature = "cli", schemars(extend("const" = SCHEMA)))]
        schema: &'static str,
        path: Box<Whole<'a>>,
    },
    Note(Note<'a>),
    Omitted {
        text: &'a str,
    },
    Assumption(Assumption<'a>),
    Finding(Finding<'a>),
    Problem(Problem<'a>),
    Summary {
        schema: &'static str,
        question: Question<'a>,
        summary: Summary,
    },
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "cli", schemars(rename = "GraphQuestion"))]
pub(in crate::report) enum Question<'a> {
    Trust { role: Option<&'a str>, by: Option<&'a str> },
    Who(WhoQuestion<'a>),
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(untagged)]
pub(in crate::report) enum WhoQuestion<'a> {
    Read { object: String, profile: &'a str },
    Action { action: &'a str, resource: &'a str },
    Operation { operation: &'a str, targets: &'a [String] },
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(in crate::report) struct Node<'a> {
    id: &'a str,
    kind: NodeKind,
    label: &'a str,
    /// Null where it has none, or nobody told it.
    account: Option<String>,
    standing: Standing,
    target: bool,
    /// Of its account; null where it is in none, or nobody told it.
    organization: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(in crate::report) struct Edge<'a> {
    from: &'a str,
    to: &'a str,
    layer: Layer,
    way: &'a str,
    calls: Vec<Call<'a>>,
    verdict: Verdict,
    conditions: Option<Vec<Vec<Condition<'a>>>>,
    witness: Witness<'a>,
    depends_on: Vec<Dependency<'a>>,
    evidence: Vec<Evidence<'a>>,
    note: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
struct Call<'a> {
    action: &'a str,
    resource: &'a str,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
struct Path<'a> {
    nodes: Vec<&'a str>,
    /// Positions in `edges`.
    edges: &'a [usize],
    #[serde(flatten)]
    told: AnswerFacts<'a>,
}

/// A way with everything on it, for a reader that sees one line.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(in crate::report) struct Whole<'a> {
    nodes: Vec<Node<'a>>,
    edges: Vec<Edge<'a>>,
    #[serde(flatten)]
    told: AnswerFacts<'a>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
struct AnswerFacts<'a> {
    layer: Layer,
    verdict: Verdict,
    conditions: Option<Vec<Vec<Condition<'a>>>>,
    depends_on: Vec<Dependency<'a>>,
    notes: &'a [String],
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(in crate::report) struct Note<'a> {
    text: &'a str,
    at: Option<PlaceJson>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[cfg_attr(feature = "cli", schemars(rename = "GraphSummary"))]
pub(in crate::report) struct Summary {
    principals: usize,
    direct: usize,
    conditional: usize,
    outside: usize,
    takeovers: usize,
    paths: usize,
    findings: usize,
    problems: Severities,
    suppressed: usize,
}

impl<'a> Report<'a> {
    pub(in crate::report) fn new(
        map: &'a AccessGraph,
        report: &'a finding::Report,
        sources: &SourceMap,
    ) -> Self {
        Self {
            schema: SCHEMA,
            question: Question::new(&map.subject),
            nodes: map.nodes.iter().map(Node::new).collect(),
            edges: map.edges.iter().map(|edge| Edge::new(edge, map, sources)).collect(),
            paths: map.paths.iter().map(|path| Path::new(path, map, sources)).collect(),
            omitted: &map.omitted,
            notes: notes(map, sources),
            assumptions: assumptions(map),
            findings: report.findings.iter().map(|finding| Finding::new(finding, sources)).collect(),
            problems: report.problems.iter().map(|problem| Problem::new(problem, sources)).collect(),
            summary: Summary::new(map, report),
        }
    }
}

/// The same, one object a line, in the order they are written.
pub(in crate::report) fn lines<'a>(
    map: &'a AccessGraph,
    report: &'a finding::Report,
    sources: &'a SourceMap,
) -> impl Iterator<Item = Line<'a>> {
    let paths = map
        .paths
        .iter()
        .map(|path| Line::Path { schema: SCHEMA, path: Box::new(Whole::new(path, map, sources)) });
    let notes = notes(map, sources).into_iter().map(Line::Note);
    let omitted = map.omitted.iter().map(|text| Line::Omitted { text });
    let assumptions = assumptions(map).into_iter().map(Line::Assumption);
    let findings = report.findings.iter().map(|finding| Line::Finding(Finding::new(finding, sources)));
    let problems = report.problems.iter().map(|problem| Line::Problem(Problem::new(problem, sources)));
    let summary = Line::Summary {
        schema: SCHEMA,
        question: Question::new(&map.subject),
        summary: Summary::new(map, report),
    };
    paths.chain(notes).chain(omitted).chain(assumptions).chain(findings).chain(problems).chain([summary])
}

fn notes<'a>(map: &'a AccessGraph, sources: &SourceMap) -> Vec<Note<'a>> {
    let at = |span| PlaceJson::new(span, sources);
    map.notes.iter().map(|note| Note { text: &note.text, at: note.at.map(at) }).collect()
}

fn assumptions(map: &AccessGraph) -> Vec<Assumption<'_>> {
    map.assumptions.iter().map(|a| Assumption { what: &a.what, because: &a.because }).collect()
}

impl<'a> Question<'a> {
    fn new(subject: &'a AccessSubject) -> Self {
        match subject {
            AccessSubject::Trust { role, by } => Self::Trust { role: role.as_deref(), by: by.as_deref() },
            AccessSubject::Read { object, profile } => {
                Self::Who(WhoQuestion::Read { object: object.to_string(), profile })
            }
            AccessSubject::Action { action, resource } => Self::Who(WhoQuestion::Action { action, resource }),
            AccessSubject::Operation { operation, targets } => {
                Self::Who(WhoQuestion::Operation { operation, targets })
            }
        }
    }
}

impl<'a> Node<'a> {
    fn new(node: &'a AccessNode) -> Self {
        Self {
            id: &node.id,
            kind: node.kind.into(),
            label: &node.label,
            account: node.account.filter(|account| !account.is_unknown()).map(|account| account.to_string()),
            standing: node.standing.into(),
            target: node.is_target,
            organization: node.organization.as_deref(),
        }
    }
}

impl<'a> Edge<'a> {
    fn new(edge: &'a AccessEdge, map: &'a AccessGraph, sources: &SourceMap) -> Self {
        let id = |at: usize| map.nodes.get(at).map_or("", |node| &node.id);
        Self {
            from: id(edge.from),
            to: id(edge.to),
            layer: edge.layer.into(),
            way: edge.way,
            calls: edge
                .calls
                .iter()
                .map(|call| Call { action: &call.action, resource: &call.resource })
                .collect(),
            verdict: edge.verdict.into(),
            conditions: edge.conditions.as_deref().map(conditions),
            witness: Witness {
                allowed: edge.witness.allowed.as_deref().map(context),
                denied: edge.witness.denied.as_deref().map(context),
            },
            depends_on: edge.depends_on.iter().map(|unknown| Dependency::new(unknown, sources)).collect(),
            evidence: edge.evidence.iter().map(|evidence| Evidence::new(evidence, sources)).collect(),
            note: edge.note.as_deref(),
        }
    }
}

/// The principals of a way, in order, the end included.
fn along<'a>(path: &'a AccessPath, map: &'a AccessGraph) -> Vec<&'a AccessNode> {
    let edges: Vec<&AccessEdge> = path.edges.iter().filter_map(|at| map.edges.get(*at)).collect();
    let first = edges.first().map(|edge| edge.from);
    first.into_iter().chain(edges.iter().map(|edge| edge.to)).filter_map(|at| map.nodes.get(at)).collect()
}

impl<'a> Path<'a> {
    fn new(path: &'a AccessPath, map: &'a AccessGraph, sources: &SourceMap) -> Self {
        let nodes = along(path, map).into_iter().map(|node| node.id.as_str()).collect();
        Self { nodes, edges: &path.edges, told: AnswerFacts::new(path, map, sources) }
    }
}

impl<'a> Whole<'a> {
    fn new(path: &'a AccessPath, map: &'a AccessGraph, sources: &SourceMap) -> Self {
        let edges = path.edges.iter().filter_map(|at| map.edges.get(*at));
        Self {
            nodes: along(path, map).into_iter().map(Node::new).collect(),
            edges: edges.map(|edge| Edge::new(edge, map, sources)).collect(),
            told: AnswerFacts::new(path, map, sources),
        }
    }
}

impl<'a> AnswerFacts<'a> {
    fn new(path: &'a AccessPath, map: &AccessGraph, sources: &SourceMap) -> Self {
        Self {
            layer: map.layer(path).into(),
            verdict: path.verdict.into(),
            conditions: path.conditions.as_deref().map(conditions),
            depends_on: path.depends_on.iter().map(|unknown| Dependency::new(unknown, sources)).collect(),
            notes: &path.notes,
        }
    }
}

impl Summary {
    fn new(map: &AccessGraph, report: &finding::Report) -> Self {
        let counts = Counts::of(map);
        let all = super::Summary::new(report);
        Self {
            principals: counts.today,
            direct: counts.direct,
            conditional: counts.conditional,
            outside: counts.outside,
            takeovers: counts.could,
            paths: map.paths.len(),
            findings: all.findings,
            problems: all.problems,
            suppressed: all.suppressed,
        }
    }
}
