//! What a drawing of a map shows: boxes, arrows between them, and lanes, one an account. The languages
//! ([`dot`], [`mermaid`], [`svg`]) differ only in how they write it down.

mod collapse;
pub(super) mod dot;
pub(super) mod mermaid;
pub(super) mod svg;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::wording::{self, Counts, plain};
use crate::ask::{AccessGraph, AccessNode, Layer, NodeKind, Standing};
use crate::finding::Report;
use crate::name::AccountId;
use collapse::{Drawn, Group};

/// Longer names are cut in the middle, in characters.
const NAME: usize = 44;
/// Of an arrow.
const LABEL: usize = 48;

#[derive(Debug)]
struct Picture {
    title: String,
    /// How many can, in one sentence.
    summary: String,
    lanes: Vec<Lane>,
    /// Lane by lane, and within one from the farthest to the nearest.
    boxes: Vec<Box>,
    arrows: Vec<Arrow>,
    /// What is not drawn, or drawn together.
    omitted: Vec<String>,
}

#[derive(Debug)]
struct Lane {
    title: String,
    standing: Standing,
}

#[derive(Debug)]
struct Box {
    lane: usize,
    name: String,
    /// What it is, in words.
    what: String,
    /// All of them, where there is room for it.
    full: String,
    kind: NodeKind,
    is_target: bool,
    /// How many steps from the end.
    column: usize,
}

#[derive(Debug)]
struct Arrow {
    from: usize,
    to: usize,
    label: String,
    /// Works under a condition only.
    open: bool,
    layer: Layer,
}

/// The map to draw, or an error that says why there is none.
fn map(report: &Report) -> io::Result<&AccessGraph> {
    let why = "there is no graph to draw: only answers about several principals have one";
    report.map.as_ref().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, why))
}

impl Picture {
    fn new(map: &AccessGraph) -> Self {
        let drawn = collapse::collapse(map);
        let standings = standings(map);
        let key = |(at, group)| (LaneKey::new(map, group, &standings), at);
        let mut order: Vec<(LaneKey, usize)> = drawn.groups.iter().enumerate().map(key).collect();
        let column = |at: usize| drawn.groups.get(at).map_or(0, |group| group.column);
        order.sort_by_key(|(key, at)| (*key, usize::MAX - column(*at), *at));
        let mut lanes: Vec<(LaneKey, Lane)> = Vec::new();
        let mut boxes = Vec::new();
        let mut place = BTreeMap::new();
        for (key, at) in order {
            let Some(group) = drawn.groups.get(at) else { continue };
            if lanes.last().is_none_or(|(last, _)| *last != key) {
                lanes.push((key, key.lane(organization(map, group))));
            }
            place.insert(at, boxes.len());
            boxes.extend(boxed(map, group, lanes.len() - 1));
        }
        Self {
            title: plain(&wording::title(&map.subject), 160),
            summary: plain(&Counts::of(map).sentence(&map.subject), 300),
            lanes: lanes.into_iter().map(|(_, lane)| lane).collect(),
            boxes,
            arrows: arrows(&drawn, &place),
            omitted: drawn.omitted.iter().chain(&map.omitted).map(|text| plain(text, 300)).collect(),
        }
    }
}

fn arrows(drawn: &Drawn, place: &BTreeMap<usize, usize>) -> Vec<Arrow> {
    let mut arrows: Vec<Arrow> = drawn
        .steps
        .iter()
        .filter_map(|step| {
            Some(Arrow {
                from: *place.get(&step.from)?,
                to: *place.get(&step.to)?,
                label: plain(&step.look.label, LABEL),
                open: step.look.open,
                layer: step.look.layer,
            })
        })
        .collect();
    arrows.sort_by(|a, b| (a.from, a.to, a.layer, &a.label).cmp(&(b.from, b.to, b.layer, &b.label)));
    arrows
}

/// What lies in one lane.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct LaneKey {
    remoteness: u8,
    family: Family,
    account: Option<AccountId>,
    standing: Standing,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    /// Whoever they are.
    Anybody,
    /// Without an account, or of several.
    Several,
    Account,
    Service,
    Asked,
}

impl LaneKey {
    fn new(map: &AccessGraph, group: &Group, standings: &BTreeMap<AccountId, Standing>) -> Self {
        let first = group.nodes.first().and_then(|at| map.nodes.get(*at));
        // Users of a provider are nobody of the account that it is registered in.
        let foreign = first.is_some_and(is_foreign);
        let account = group.account.filter(|account| !account.is_unknown() && !foreign);
        let told = account.and_then(|account| standings.get(&account)).copied();
        let standing = told.unwrap_or(group.standing);
        let (family, remoteness) = match (account, first.map(|node| node.kind)) {
            (None, Some(NodeKind::Public | NodeKind::AnyAccount)) => (Family::Anybody, 0),
            (None, Some(NodeKind::Service | NodeKind::AnyService)) => (Family::Service, 4),
            (None, Some(NodeKind::Resource)) => (Family::Asked, 5),
            (None, _) => (Family::Several, wording::remoteness(standing)),
            (Some(_), _) => (Family::Account, wording::remoteness(standing)),
        };
        Self { remoteness, family, account, standing }
    }

    /// `organization`: of those who lie in it, where it is one and known.
    fn lane(self, organization: Option<&str>) -> Lane {
        let standing = wording::standing(self.standing);
        let shown = organization.map(|id| format!("organization {}", plain(id, NAME)));
        let standing = match (self.standing, shown) {
            (_, None) | (Standing::SameAccount, _) => standing.to_owned(),
            (Standing::SameOrganization, Some(organization)) => format!("the same {organization}"),
            (Standing::Outside, Some(organization)) => format!("{organization}, {standing}"),
            (Standing::NotProvided, Some(organization)) => organization,
        };
        let title = match (self.family, self.account) {
            (Family::Anybody, _) => "anybody".to_owned(),
            (Family::Service, _) => "AWS services".to_owned(),
            (Family::Asked, _) => "what is asked about".to_owned(),
            (Family::Several, _) | (Family::Account, None) => standing,
            (Family::Account, Some(account)) => format!("account {account} · {standing}"),
        };
        Lane { title, standing: self.standing }
    }
}

/// Where each account stands, the same for all of its principals: an account has one lane.
fn standings(map: &AccessGraph) -> BTreeMap<AccountId, Standing> {
    let mut found: BTreeMap<AccountId, Standing> = BTreeMap::new();
    for node in map.nodes.iter().filter(|node| !is_foreign(node)) {
        let Some(account) = node.account else { continue };
        let known = found.entry(account).or_insert(node.standing);
        if wording::remoteness(node.standing) > wording::remoteness(*known) {
            *known = node.standing;
        }
    }
    found
}

fn is_foreign(node: &AccessNode) -> bool {
    node.kind == NodeKind::Provider && node.standing == Standing::Outside
}

/// The organization of everyone in a group.
fn organization<'m>(map: &'m AccessGraph, group: &Group) -> Option<&'m str> {
    let mut all = group.nodes.iter().map(|at| map.nodes.get(*at)?.organization.as_deref());
    let first = all.next()??;
    all.all(|other| other == Some(first)).then_some(first)
}

fn boxed(map: &AccessGraph, group: &Group, lane: usize) -> Option<Box> {
    let members: Vec<&AccessNode> = group.nodes.iter().filter_map(|at| map.nodes.get(*at)).collect();
    let first = members.first()?;
    let (name, what, full) = match members.len() {
        1 => {
            let what = match (first.is_target, first.kind) {
                (true, NodeKind::Resource) => "asked about".to_owned(),
                (true, kind) => format!("{} · asked about", wording::kind(kind)),
                (false, kind) => wording::kind(kind).to_owned(),
            };
            // Something to point at, also where nobody gave it a name.
            let name = if first.label.is_empty() { &first.id } else { &first.label };
            (name.clone(), what, first.id.clone())
        }
        n => {
            let of = match group.account {
                Some(account) if !account.is_unknown() => format!(" of account {account}"),
                Some(_) | None => {
                    let accounts: BTreeSet<AccountId> = members.iter().filter_map(|m| m.account).collect();
                    if accounts.len() > 1 {
                        format!(" of {} accounts", accounts.len())
                    } else {
                        String::new()
                    }
                }
            };
            let full: Vec<&str> = members.iter().take(8).map(|node| node.id.as_str()).collect();
            let more = if n > full.len() { format!(", and {} more", n - full.len()) } else { String::new() };
            let name = format!("{n} {}{of}", wording::kinds(first.kind));
            let what = if group.inner { "drawn as one; also from one to another" } else { "drawn as one" };
            (name, what.to_owned(), format!("{}{more}", full.join(", ")))
        }
    };
    Some(Box {
        lane,
        name: plain(&name, NAME),
        what,
        full: plain(&full, 1_000),
        kind: first.kind,
        is_target: first.is_target,
        column: group.column,
    })
}
