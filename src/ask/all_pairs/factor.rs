//! Many pairs as few: principals that have an equal say in a resource are one class, and so are resources in which the same
//! principals have an equal say.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::conditions::{Conditions, Said};
use super::{AllPairs, Asked, Class, Found, Pair, PairCondition};
use crate::ask::Verdict;
use crate::source::hash;
use crate::trust::Principal;

/// What is the same for all principals of a class.
type Say = (usize, Verdict, Option<u32>);

pub(super) fn factor(
    principals: &[(Principal, Arc<str>)],
    asked: &[Asked<'_>],
    operations: &[String],
    conditions: Conditions,
    mut found: Vec<Found>,
) -> AllPairs {
    let (conditions, ids) = written(conditions.said());
    for one in &mut found {
        one.condition = one.condition.and_then(|at| ids.get(at as usize).copied());
    }
    found.sort_unstable();
    let mut sets: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
    let mut members: Vec<Vec<u32>> = Vec::new();
    let mut of: BTreeMap<(u32, Say), Vec<u32>> = BTreeMap::new();
    for alike in found.chunk_by(|a, b| (a.asked, a.verdict, a.condition) == (b.asked, b.verdict, b.condition))
    {
        let Some(first) = alike.first() else { continue };
        let Some(of_asked) = asked.get(first.asked as usize) else { continue };
        let set: Vec<u32> = alike.iter().map(|one| one.principal).collect();
        let class = *sets.entry(set).or_insert_with_key(|set| {
            members.push(set.clone());
            u32::try_from(members.len() - 1).unwrap_or(u32::MAX)
        });
        let say = (of_asked.operation, first.verdict, first.condition);
        of.entry((class, say)).or_default().push(first.asked);
    }
    let name = |at: &u32| principals.get(*at as usize).map(|(_, arn)| Arc::clone(arn));
    let mut of_principals = Classes::new("p");
    let classes: Vec<String> =
        members.iter().map(|set| of_principals.id(set.iter().filter_map(name).collect())).collect();
    let target = |at: &u32| asked.get(*at as usize).map(|asked| Arc::clone(&asked.target));
    let mut of_resources = Classes::new("r");
    let mut pairs: Vec<Pair> = of
        .into_iter()
        .filter_map(|((class, (operation, verdict, condition)), asked)| {
            Some(Pair {
                principals: classes.get(class as usize)?.clone(),
                resources: of_resources.id(asked.iter().filter_map(target).collect()),
                operation: operations.get(operation)?.clone(),
                verdict,
                condition: match condition {
                    Some(at) => Some(conditions.get(at as usize)?.id.clone()),
                    None => None,
                },
            })
        })
        .collect();
    pairs.sort_unstable_by(|a, b| {
        let key = |pair: &Pair| {
            (pair.operation.clone(), pair.principals.clone(), pair.resources.clone(), pair.verdict)
        };
        key(a).cmp(&key(b)).then_with(|| a.condition.cmp(&b.condition))
    });
    AllPairs { principals: of_principals.list(), resources: of_resources.list(), conditions, pairs }
}

/// Conditions that read alike are one; with the position of each number's in the list.
fn written(all: Vec<Said>) -> (Vec<PairCondition>, Vec<u32>) {
    let text = |said: &Said| {
        let depends_on = said.depends_on.iter().map(|unknown| (&unknown.kind, &unknown.name, &unknown.why));
        format!("{:?} {:?}", said.lines, depends_on.collect::<Vec<_>>())
    };
    let keys: Vec<String> = all.iter().map(text).collect();
    let texts: BTreeMap<String, Said> = keys.iter().cloned().zip(all).collect();
    let positions: BTreeMap<&str, u32> = texts.keys().map(String::as_str).zip(0..).collect();
    let at = keys.iter().filter_map(|key| positions.get(key.as_str()).copied()).collect();
    let mut ids = Ids::new("c");
    let list = texts.into_iter().map(|(text, Said { lines, depends_on })| PairCondition {
        id: ids.of(&[&text]),
        lines,
        depends_on,
    });
    (list.collect(), at)
}

/// Names that follow from what they stand for.
struct Ids {
    kind: &'static str,
    taken: BTreeMap<u64, u32>,
}

impl Ids {
    fn new(kind: &'static str) -> Self {
        Self { kind, taken: BTreeMap::new() }
    }

    /// Asked once for each thing. Two things of one hash are told apart by a number.
    fn of(&mut self, parts: &[&str]) -> String {
        let hash = hash(parts);
        let times = self.taken.entry(hash).or_insert(0);
        *times += 1;
        match *times {
            1 => format!("{}-{hash:016x}", self.kind),
            more => format!("{}-{hash:016x}-{more}", self.kind),
        }
    }
}

/// Sets that were given names.
struct Classes {
    ids: Ids,
    known: BTreeMap<Vec<Arc<str>>, String>,
}

impl Classes {
    fn new(kind: &'static str) -> Self {
        Self { ids: Ids::new(kind), known: BTreeMap::new() }
    }

    fn id(&mut self, mut members: Vec<Arc<str>>) -> String {
        members.sort_unstable();
        let ids = &mut self.ids;
        let id = self.known.entry(members).or_insert_with_key(|members| {
            let parts: Vec<&str> = members.iter().map(|member| &**member).collect();
            ids.of(&parts)
        });
        id.clone()
    }

    fn list(self) -> Vec<Class> {
        self.known.into_iter().map(|(members, id)| Class { id, members }).collect()
    }
}
