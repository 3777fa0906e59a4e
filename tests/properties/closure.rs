//! Who can become a role, and who can read, against every way taken step by step: small random estates, in which each step
//! of each session, with each tag that may be passed, is a single question (`assume`, `read`). The ways that `trust` and
//! `who` list begin at exactly those who get there (R116–R127).
//!
//! Estates are made from consecutive seeds, of which `DECRYPTABLE_SEED` is the first (tests/support/budget.rs).

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails loudly"
)]

mod estates;
mod walk;

use std::collections::BTreeSet;

use decryptable::ask::{self, AccessGraph, Circumstances, Layer, TrustQuestion, WhoDoes, WhoQuestion};
use decryptable::config::DEFAULT_PROFILE;

use crate::budget;
use estates::Made;
use walk::Walk;

/// Who begins a way of today.
fn starts(map: &AccessGraph) -> BTreeSet<String> {
    let today = map.paths.iter().filter(|path| map.layer(path) == Layer::Today);
    today.map(|path| map.start(path).unwrap().id.clone()).collect()
}

/// The principals that single questions can be asked of; the rest stands for those that nobody named.
fn named(ids: BTreeSet<String>) -> BTreeSet<String> {
    ids.into_iter().filter(|id| id.starts_with("arn:") || id.starts_with("service:")).collect()
}

fn unlike(what: &str, listed: &BTreeSet<String>, walked: &BTreeSet<String>) -> Option<String> {
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
    (listed != walked).then(|| {
        format!(
            "{what}: only listed {:?}, only by single steps {:?}",
            only(listed, walked),
            only(walked, listed)
        )
    })
}

fn check(made: &Made) -> Vec<String> {
    let intake = made.load();
    let estate = &intake.estate;
    let mut walk = Walk::new(estate);
    let mut wrong = Vec::new();
    for role in &estate.roles {
        let arn = role.arn.value.to_string();
        for ways_of_one in [1, 8] {
            let question = TrustQuestion { role: Some(arn.clone()), ways_of_one, ..TrustQuestion::default() };
            let listed = named(starts(&ask::trust(estate, &question).unwrap()));
            wrong.extend(unlike(&format!("trust {arn} ({ways_of_one})"), &listed, &walk.who_becomes(&arn)));
        }
        // The question about one principal says the same as the list.
        for by in walk.principals() {
            if by.starts_with("service:") && walk.trusts_everyone() {
                continue;
            }
            let question = TrustQuestion {
                role: Some(arn.clone()),
                by: Some(by.clone()),
                ways_of_one: 1,
                ..TrustQuestion::default()
            };
            let can = !starts(&ask::trust(estate, &question).unwrap()).is_empty();
            if can != walk.who_becomes(&arn).contains(&by) {
                wrong.push(format!("trust {arn} --by {by} says {can}"));
            }
        }
    }
    let what = WhoDoes::Read { object: "s3://lake/x".parse().unwrap(), profile: DEFAULT_PROFILE.to_owned() };
    for ways_of_one in [1, 8] {
        let question = WhoQuestion {
            what: what.clone(),
            ways_of_one,
            direct: false,
            escalation: false,
            circumstances: Circumstances::default(),
            strict: false,
        };
        let map = ask::who(estate, &question).unwrap();
        wrong.extend(unlike(&format!("who ({ways_of_one})"), &named(starts(&map)), &walk.who_reads()));
    }
    let question = WhoQuestion {
        what,
        ways_of_one: 1,
        direct: true,
        escalation: false,
        circumstances: Circumstances::default(),
        strict: false,
    };
    let direct = starts(&ask::who(estate, &question).unwrap());
    wrong.extend(made.strangers().into_iter().filter_map(|stranger| {
        let listed = direct.contains(&stranger.listed_as);
        (listed != stranger.reads()).then(|| format!("who: {} is listed: {listed}", stranger.listed_as))
    }));
    wrong
}

#[test]
fn ways_begin_at_whoever_gets_there_step_by_step() {
    let (mut estates, mut wrong) = (0, Vec::new());
    for seed in (budget::seed()..).take(budget::cases(12) as usize) {
        let made = Made::of(seed);
        let found = check(&made);
        estates += 1;
        if !found.is_empty() {
            wrong.push(format!("seed {seed}:\n{}\n{}", found.join("\n"), made.shown()));
        }
    }
    println!("{estates} estates, {} with a difference", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.into_iter().take(2).collect::<Vec<_>>().join("\n\n"));
}
