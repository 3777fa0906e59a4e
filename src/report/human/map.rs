//! Who can become a role, or who can read: whoever is farthest away first, each way as a chain of steps, and what
//! is only possible after a change in a section of its own.

use std::collections::BTreeMap;

use super::answer::{describe, look};
use super::condition::disjunction;
use super::page::{Page, Sign, Tint};
use super::place;
use crate::ask::{
    AccessEdge, AccessGraph, AccessNode, AccessPath, ConditionLine, Layer, NodeKind, Standing, Verdict,
};
use crate::report::wording::{self, Counts};
use crate::source::SourceMap;

/// How many principals of one group are drawn.
const MOST: usize = 20;

/// How many ways of one principal are drawn.
const WAYS: usize = 5;

/// Who stands together, in the order of the sections.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Group {
    Of(Standing),
    Services,
    /// Whoever needs a takeover.
    Takeovers,
}

const GROUPS: &[Group] = &[
    Group::Of(Standing::Outside),
    Group::Of(Standing::NotProvided),
    Group::Of(Standing::SameOrganization),
    Group::Of(Standing::SameAccount),
    Group::Services,
    Group::Takeovers,
];

impl Group {
    fn of(start: &AccessNode, layer: Layer) -> Self {
        match (layer, start.kind) {
            (Layer::Could, _) => Self::Takeovers,
            (Layer::Today, NodeKind::Service | NodeKind::AnyService) => Self::Services,
            (
                Layer::Today,
                NodeKind::Role
                | NodeKind::User
                | NodeKind::Unlisted
                | NodeKind::Account
                | NodeKind::Organization
                | NodeKind::AnyAccount
                | NodeKind::Public
                | NodeKind::Provider
                | NodeKind::Workload
                | NodeKind::Resource,
            ) => Self::Of(start.standing),
        }
    }

    /// `own`: the organization of what is asked about.
    fn title(self, own: Option<&str>) -> String {
        let organization =
            own.map_or_else(|| "the organization".to_owned(), |id| format!("organization {id}"));
        match self {
            Self::Of(Standing::Outside) => format!("From outside {organization}"),
            Self::Of(Standing::NotProvided) => "From accounts of an unknown organization".to_owned(),
            Self::Of(Standing::SameOrganization) => format!("From other accounts of {organization}"),
            Self::Of(Standing::SameAccount) => "From the same account".to_owned(),
            Self::Services => "AWS services".to_owned(),
            Self::Takeovers => "Could be taken over (not possible today without a change)".to_owned(),
        }
    }
}

/// The parts of the drawing, to be set apart by blank lines.
pub(super) fn draw(page: &Page, map: &AccessGraph, sources: &SourceMap) -> Vec<String> {
    let mut sheets = vec![headline(page, map)];
    sheets.extend(GROUPS.iter().filter_map(|group| section(page, map, *group, sources)));
    sheets.push(notes(page, map, sources));
    sheets.push(assumptions(page, map));
    sheets.push(depends_on(page, map, sources));
    sheets
}

fn headline(page: &Page, map: &AccessGraph) -> String {
    let counts = Counts::of(map);
    let (sign, tint) = match (counts.today, counts.outside) {
        (0, _) => (Sign::Nothing, Tint::Title),
        (_, 0) => (Sign::Note, Tint::Title),
        (_, _) => (Sign::Attention, Tint::Maybe),
    };
    let first = format!("{} ", page.paint(tint, page.sign(sign)));
    page.prose(&first, "  ", &counts.sentence(&map.subject))
}

/// The ways of one group, by the principal they start at.
fn section(page: &Page, map: &AccessGraph, group: Group, sources: &SourceMap) -> Option<String> {
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    let mut starts: Vec<(&AccessNode, Vec<&AccessPath>)> = Vec::new();
    for path in &map.paths {
        let first = path.edges.first().and_then(|at| map.edges.get(*at));
        let (Some(first), Some(start)) = (first, map.start(path)) else { continue };
        if Group::of(start, map.layer(path)) != group {
            continue;
        }
        let place = *places.entry(first.from).or_insert(starts.len());
        match starts.get_mut(place) {
            Some((_, paths)) => paths.push(path),
            None => starts.push((start, vec![path])),
        }
    }
    if starts.is_empty() {
        return None;
    }
    let own = map.nodes.iter().find(|node| node.is_target).and_then(|node| node.organization.as_deref());
    let mut text = format!("{}\n", page.paint(Tint::Title, &page.clean(&one_line(&group.title(own)))));
    let most = if map.is_whole { usize::MAX } else { MOST };
    for (start, paths) in starts.iter().take(most) {
        text += &principal(page, map, start, paths, group, sources);
    }
    if starts.len() > most {
        let more = format!("  … and {} more (--all shows all)", starts.len() - most);
        text += &format!("{}\n", page.dim(&more));
    }
    Some(text)
}

fn principal(
    page: &Page,
    map: &AccessGraph,
    start: &AccessNode,
    paths: &[&AccessPath],
    group: Group,
    sources: &SourceMap,
) -> String {
    let firm = paths.iter().find(|path| path.verdict == Verdict::Allowed);
    let verdict = firm.or(paths.first()).map_or(Verdict::Conditional, |path| path.verdict);
    let (sign, tint, word) = match (group, verdict) {
        // A green sign would say that all is well.
        (Group::Takeovers, Verdict::Conditional) => {
            (Sign::Attention, Tint::Maybe, "after a change, conditional")
        }
        (Group::Takeovers, _) => (Sign::Attention, Tint::Maybe, "after a change"),
        (Group::Of(Standing::Outside), Verdict::Allowed) => (Sign::Attention, Tint::Bad, verdict.as_str()),
        (Group::Of(_) | Group::Services, _) => {
            let (sign, tint) = look(verdict);
            (sign, tint, verdict.as_str())
        }
    };
    // Principals that nobody named have no name but their description.
    let name = match start.kind {
        NodeKind::Account
        | NodeKind::Organization
        | NodeKind::AnyAccount
        | NodeKind::Public
        | NodeKind::AnyService => &start.label,
        NodeKind::Role
        | NodeKind::User
        | NodeKind::Unlisted
        | NodeKind::Service
        | NodeKind::Provider
        | NodeKind::Workload
        | NodeKind::Resource => &start.id,
    };
    let name = match (&start.organization, group, start.kind) {
        (_, _, NodeKind::Organization) => name.clone(),
        (Some(organization), Group::Of(Standing::Outside | Standing::NotProvided), _) => {
            format!("{name} of organization {organization}")
        }
        (_, _, _) => name.clone(),
    };
    let name = page.clean(&one_line(&name));
    let mut text = format!("  {} {name}  {}\n", page.paint(tint, page.sign(sign)), page.paint(tint, word));
    let most = if map.is_whole { usize::MAX } else { WAYS };
    for path in paths.iter().take(most) {
        text += &chain(page, map, path, sources);
    }
    if paths.len() > most {
        text += &format!("{}\n", page.dim(&format!("    … and {} more ways", paths.len() - most)));
    }
    text
}

/// The steps of a way, each below the one before.
fn chain(page: &Page, map: &AccessGraph, path: &AccessPath, sources: &SourceMap) -> String {
    let (elbow, width) = if page.style().unicode { ("└─ ", 3) } else { ("`- ", 3) };
    let steps: Vec<&AccessEdge> = path.edges.iter().filter_map(|at| map.edges.get(*at)).collect();
    let mut indent = 4;
    let mut text = String::new();
    for step in &steps {
        let to = map.nodes.get(step.to).map(named).unwrap_or_default();
        let line = page.clean(&one_line(&format!("{} → {to}", how(step))));
        // The statement that lets somebody in, where there are several.
        let place =
            step.evidence.last().map(|evidence| page.dim(&format!("  {}", short(sources, evidence.span))));
        let place = place.unwrap_or_default();
        let tint = match step.layer {
            Layer::Today => Tint::Dim,
            Layer::Could => Tint::Bad,
        };
        text += &format!("{}{}", " ".repeat(indent), page.paint(tint, elbow));
        let below = " ".repeat(indent + width);
        match tests(page, step.conditions.as_deref()).as_slice() {
            [] => text += &format!("{line}{place}\n"),
            [only] if indent + width + line.len() + only.len() + 2 <= page.style().width => {
                text += &format!("{line}  {only}{place}\n");
            }
            several => {
                text += &format!("{line}{place}\n");
                text.extend(several.iter().map(|condition| format!("{below}  {condition}\n")));
            }
        }
        if let Some(note) = &step.note {
            text += &page.prose(&below, &below, note);
        }
        indent += width;
    }
    let below = " ".repeat(indent);
    // What no single step says.
    if steps.iter().all(|step| step.conditions.is_none()) {
        text.extend(
            tests(page, path.conditions.as_deref()).into_iter().map(|line| format!("{below}{line}\n")),
        );
    }
    for note in &path.notes {
        text += &page.prose(&below, &below, note);
    }
    text
}

fn how(step: &AccessEdge) -> String {
    match (step.layer, step.calls.as_slice()) {
        (Layer::Could, [_, ..]) => {
            let calls: Vec<&str> = step.calls.iter().map(|call| call.action.as_str()).collect();
            calls.join(", ")
        }
        (Layer::Could, []) | (Layer::Today, _) => wording::way(step),
    }
}

/// A line a test: a value with a line break in it must not look like a step.
fn tests(page: &Page, conditions: Option<&[Vec<ConditionLine>]>) -> Vec<String> {
    let lines = disjunction(page, conditions.unwrap_or_default());
    lines.into_iter().map(|line| line.replace('\n', &page.replacement().to_string())).collect()
}

/// What a node is called in the middle of a way: `hub (222222222222)`.
fn named(node: &AccessNode) -> String {
    match node.account.filter(|account| !node.is_target && !account.is_unknown()) {
        Some(account) => format!("{} ({account})", node.label),
        None => node.label.clone(),
    }
}

/// Names are one line, whatever is in them.
fn one_line(text: &str) -> String {
    wording::plain(text, 400)
}

/// `file:line`.
fn short(sources: &SourceMap, span: crate::source::Span) -> String {
    let place = sources.place(span);
    format!("{}:{}", place.document, place.start.line)
}

fn notes(page: &Page, map: &AccessGraph, sources: &SourceMap) -> String {
    if map.notes.is_empty() && map.omitted.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n", page.paint(Tint::Title, "notes"));
    for note in &map.notes {
        let at = note.at.map(|at| format!(" ({})", place(sources, at))).unwrap_or_default();
        text += &page.prose("  ", "    ", &format!("{}{at}", note.text));
    }
    for omitted in &map.omitted {
        text += &page.prose("  ", "    ", omitted);
    }
    text
}

fn assumptions(page: &Page, map: &AccessGraph) -> String {
    if map.assumptions.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n", page.paint(Tint::Title, "assumptions"));
    for assumption in &map.assumptions {
        text += &page.prose("  ", "    ", &format!("{}: {}", assumption.what, assumption.because));
    }
    text
}

/// What is open on some way, each once.
fn depends_on(page: &Page, map: &AccessGraph, sources: &SourceMap) -> String {
    let mut rows: Vec<String> = Vec::new();
    for unknown in map.paths.iter().flat_map(|path| &path.depends_on) {
        let at = unknown.at.map(|at| format!(" ({})", place(sources, at))).unwrap_or_default();
        rows.push(format!("{}: {}{at}", unknown.name, describe(unknown)));
    }
    rows.sort();
    rows.dedup();
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n", page.paint(Tint::Title, "depends on"));
    let most = if map.is_whole { usize::MAX } else { MOST };
    text.extend(rows.iter().take(most).map(|row| page.prose("  ", "    ", row)));
    if rows.len() > most {
        let more = format!("  … and {} more (--all shows all)", rows.len() - most);
        text += &format!("{}\n", page.dim(&more));
    }
    text
}
