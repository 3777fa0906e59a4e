//! Which principals are drawn, and which of them as one: those that nobody could tell apart by their arrows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::ask::{AccessGraph, AccessSubject, Layer, NodeKind, Standing};
use crate::name::AccountId;
use crate::report::wording;

/// How many boxes a reader can take in, and how many boxes and arrows can be followed with some patience.
const FEW: usize = 60;
const BOXES: usize = 120;
const ARROWS: usize = 240;

/// Arrows between the same two boxes beyond these become one.
const PARALLEL: usize = 3;

/// Rounds in which principals are told apart by whom they lead to.
const ROUNDS: usize = 24;

/// Principals that share a box.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Positions in the map.
    pub(super) nodes: Vec<usize>,
    /// None where there is none, or where there are several.
    pub(super) account: Option<AccountId>,
    pub(super) standing: Standing,
    /// How many steps from the end.
    pub(super) column: usize,
    /// Some of them lead to others of them.
    pub(super) inner: bool,
}

/// What an arrow looks like; arrows that look alike are drawn once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Look {
    pub(super) layer: Layer,
    pub(super) label: String,
    pub(super) open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) look: Look,
}

#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub(super) groups: Vec<Group>,
    /// Between groups.
    pub(super) steps: Vec<Step>,
    pub(super) omitted: Vec<String>,
}

/// How much alike principals must be to share a box.
#[derive(Copy, Clone, Debug)]
struct Level {
    /// From so many on.
    from: usize,
    account: bool,
    /// The arrows that lead here count too.
    back: bool,
    /// The arrows that lead on count.
    ahead: bool,
    said: &'static str,
}

/// The first one that is small enough is taken. Accounts are given up only for a picture that would be too large.
const LEVELS: &[Level] = &[
    Level { from: 10, account: true, back: true, ahead: true, said: "same account, same steps" },
    Level { from: 2, account: true, back: true, ahead: true, said: "same account, same steps" },
    Level { from: 2, account: true, back: false, ahead: true, said: "same account, same next step" },
    Level {
        from: 2,
        account: true,
        back: false,
        ahead: false,
        said: "same account, equally far from the end",
    },
    Level { from: 2, account: false, back: false, ahead: true, said: "same next step" },
    Level { from: 2, account: false, back: false, ahead: false, said: "equally far from the end" },
];

pub(super) fn collapse(map: &AccessGraph) -> Drawn {
    let every: Vec<usize> = (0..map.paths.len()).collect();
    let graph = Graph::new(map, &every);
    let strangers = map.nodes.len() - graph.columns.len();
    let few = LEVELS.iter().filter(|level| level.account && level.ahead).map(|level| (level, FEW));
    // Several levels tell principals apart in the same way.
    let mut known: BTreeMap<(bool, bool, bool), Classes> = BTreeMap::new();
    for (level, most) in few.chain(LEVELS.iter().map(|level| (level, BOXES))) {
        let alike = (level.account, level.back, level.ahead);
        let classes = known.entry(alike).or_insert_with(|| graph.classes(*level));
        let drawn = graph.draw(*level, classes);
        // Arrows between accounts as a whole run in all directions, and fewer of them can be followed.
        let arrows = if level.account && !level.ahead { FEW } else { ARROWS };
        if drawn.groups.len() <= most && drawn.steps.len() <= arrows {
            return drawn.without(strangers);
        }
    }
    // Nothing makes this small: the shortest ways, as many as there is room for.
    let mut kept = Vec::new();
    let (mut nodes, mut edges) = (BTreeSet::new(), BTreeSet::new());
    for (at, path) in map.paths.iter().enumerate() {
        let steps = || path.edges.iter().filter_map(|edge| Some((*edge, map.edges.get(*edge)?)));
        let ends: BTreeSet<usize> = steps().flat_map(|(_, edge)| [edge.from, edge.to]).collect();
        let on: BTreeSet<usize> = steps().map(|(edge, _)| edge).collect();
        if ends.difference(&nodes).count() + nodes.len() <= BOXES
            && on.difference(&edges).count() + edges.len() <= ARROWS
        {
            nodes.extend(ends);
            edges.extend(on);
            kept.push(at);
        }
    }
    let graph = Graph::new(map, &kept);
    let mut drawn =
        LEVELS.first().map(|level| graph.draw(*level, &graph.classes(*level))).unwrap_or_default();
    let left = wording::count(map.paths.len() - kept.len(), "way");
    drawn.omitted.push(format!("{left} of {} not drawn for want of room", map.paths.len()));
    drawn
}

impl Drawn {
    fn without(mut self, strangers: usize) -> Self {
        if strangers > 0 {
            let who = wording::count(strangers, "principal");
            self.omitted.push(format!("not drawn: {who} without a way to the end"));
        }
        self
    }
}

/// The number of each principal; those with the same one cannot be told apart.
type Classes = BTreeMap<usize, usize>;

/// The principals that lie on ways, and how far each is from the end.
#[derive(Debug)]
struct Graph<'m> {
    map: &'m AccessGraph,
    columns: BTreeMap<usize, usize>,
    steps: BTreeSet<Step>,
}

impl<'m> Graph<'m> {
    fn new(map: &'m AccessGraph, paths: &[usize]) -> Self {
        let mut steps = BTreeSet::new();
        let mut nodes = BTreeSet::new();
        let paths = paths.iter().filter_map(|at| map.paths.get(*at));
        let edges: BTreeSet<usize> = paths.flat_map(|path| path.edges.iter().copied()).collect();
        for edge in edges.iter().filter_map(|at| map.edges.get(*at)) {
            if map.nodes.get(edge.from).is_none() || map.nodes.get(edge.to).is_none() {
                continue;
            }
            nodes.extend([edge.from, edge.to]);
            let keys = wording::keys(edge);
            let open = keys.is_some();
            let label = [Some(wording::way(edge)), keys].into_iter().flatten().collect::<Vec<_>>().join(" ");
            let look = Look { layer: edge.layer, label, open };
            steps.insert(Step { from: edge.from, to: edge.to, look });
        }
        let one = !matches!(map.subject, AccessSubject::Trust { role: None, .. });
        let targets: Vec<usize> = (0..map.nodes.len())
            .filter(|at| map.nodes.get(*at).is_some_and(|node| node.is_target))
            .filter(|at| one || nodes.contains(at))
            .collect();
        if one {
            nodes.extend(&targets);
        }
        let columns = columns(&nodes, &steps, if one { &targets } else { &[] });
        Self { map, columns, steps }
    }

    fn draw(&self, level: Level, classes: &Classes) -> Drawn {
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (node, class) in classes {
            members.entry(*class).or_default().push(*node);
        }
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let (mut joined, mut boxes) = (0, 0);
        for (_, nodes) in members {
            if nodes.len() >= level.from.max(2) {
                joined += nodes.len();
                boxes += 1;
                groups.push(nodes);
            } else {
                groups.extend(nodes.into_iter().map(|node| vec![node]));
            }
        }
        groups.sort();
        let mut of = BTreeMap::new();
        for (at, nodes) in groups.iter().enumerate() {
            of.extend(nodes.iter().map(|node| (*node, at)));
        }
        let group = |node: usize| of.get(&node).copied();
        let steps = self.steps.iter().filter_map(|step| {
            let (from, to) = (group(step.from)?, group(step.to)?);
            (from != to).then(|| Step { from, to, look: step.look.clone() })
        });
        let within = |step: &Step| group(step.from).filter(|from| group(step.to) == Some(*from));
        let inner: BTreeSet<usize> = self.steps.iter().filter_map(within).collect();
        let mut omitted = Vec::new();
        if joined > 0 {
            let boxes = if boxes == 1 { "one box".to_owned() } else { format!("{boxes} boxes") };
            omitted.push(format!("{joined} principals drawn as {boxes}: {}", level.said));
        }
        Drawn {
            groups: (0..)
                .zip(groups)
                .filter_map(|(at, nodes)| self.group(nodes, inner.contains(&at)))
                .collect(),
            steps: bundled(steps.collect()),
            omitted,
        }
    }

    fn group(&self, nodes: Vec<usize>, inner: bool) -> Option<Group> {
        let first = self.map.nodes.get(*nodes.first()?)?;
        let alike = |at: &usize| self.map.nodes.get(*at).is_some_and(|node| node.account == first.account);
        let account = first.account.filter(|_| nodes.iter().all(alike));
        let column = nodes.first().and_then(|at| self.columns.get(at)).copied()?;
        Some(Group { account, standing: first.standing, column, inner, nodes })
    }

    fn classes(&self, level: Level) -> Classes {
        type Kind = (Option<usize>, NodeKind, Standing, Option<AccountId>, usize);
        let kind = |(at, column): (&usize, &usize)| -> Option<(usize, Kind)> {
            let node = self.map.nodes.get(*at)?;
            let account = node.account.filter(|_| level.account);
            Some((*at, (node.is_target.then_some(*at), node.kind, node.standing, account, *column)))
        };
        let mut classes = numbered(self.columns.iter().filter_map(kind));
        let mut known = count(&classes);
        let looks = numbered(self.steps.iter().enumerate().map(|(at, step)| (at, &step.look)));
        let steps: Vec<(&Step, usize)> = self.steps.iter().zip(looks.into_values()).collect();
        for _ in 0..ROUNDS {
            let mut around: BTreeMap<usize, BTreeSet<(bool, usize, usize)>> = BTreeMap::new();
            for (step, look) in &steps {
                let class = |node| classes.get(node).copied().unwrap_or_default();
                if level.ahead {
                    around.entry(step.from).or_default().insert((true, class(&step.to), *look));
                }
                if level.back {
                    around.entry(step.to).or_default().insert((false, class(&step.from), *look));
                }
            }
            let finer = numbered(classes.iter().map(|(at, class)| (*at, (*class, around.remove(at)))));
            let now = count(&finer);
            classes = finer;
            if std::mem::replace(&mut known, now) == now {
                break;
            }
        }
        classes
    }
}

fn numbered<K: Ord>(keys: impl Iterator<Item = (usize, K)>) -> Classes {
    let mut numbers: BTreeMap<K, usize> = BTreeMap::new();
    let number = |(node, key)| {
        let next = numbers.len();
        (node, *numbers.entry(key).or_insert(next))
    };
    keys.map(number).collect()
}

fn count(classes: &Classes) -> usize {
    classes.values().max().map_or(0, |last| last + 1)
}

/// A few arrows between two boxes stay; many become one of each layer.
fn bundled(steps: BTreeSet<Step>) -> Vec<Step> {
    let mut between: BTreeMap<(usize, usize, Layer), Vec<Step>> = BTreeMap::new();
    for step in steps {
        between.entry((step.from, step.to, step.look.layer)).or_default().push(step);
    }
    let one = |((from, to, layer), steps): ((usize, usize, Layer), Vec<Step>)| {
        if steps.len() <= PARALLEL {
            return steps;
        }
        let open = steps.iter().filter(|step| step.look.open).count();
        let under = match open {
            0 => "",
            all if all == steps.len() => ", under conditions",
            _ => ", some under conditions",
        };
        let what = match layer {
            Layer::Today => "kinds of step",
            Layer::Could => "takeovers",
        };
        let label = format!("{} {what}{under}", steps.len());
        let open = open == steps.len();
        vec![Step { from, to, look: Look { layer, label, open } }]
    };
    between.into_iter().flat_map(one).collect()
}

/// Steps to the end, the fewest. Without a single end, whoever leads nowhere is one.
fn columns(nodes: &BTreeSet<usize>, steps: &BTreeSet<Step>, ends: &[usize]) -> BTreeMap<usize, usize> {
    let mut into: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for step in steps {
        into.entry(step.to).or_default().push(step.from);
    }
    let leads: BTreeSet<usize> = steps.iter().map(|step| step.from).collect();
    let mut columns = BTreeMap::new();
    let mut queue: VecDeque<(usize, usize)> = match ends {
        [] => nodes.iter().filter(|node| !leads.contains(node)).map(|node| (*node, 0)).collect(),
        ends => ends.iter().map(|node| (*node, 0)).collect(),
    };
    let mut rest = nodes.iter();
    loop {
        while let Some((node, column)) = queue.pop_front() {
            if columns.contains_key(&node) {
                continue;
            }
            columns.insert(node, column);
            queue.extend(into.get(&node).into_iter().flatten().map(|from| (*from, column + 1)));
        }
        // A ring that leads nowhere else ends at one of its own.
        match rest.find(|node| !columns.contains_key(node)) {
            Some(node) => queue.push_back((*node, 0)),
            None => return columns,
        }
    }
}
