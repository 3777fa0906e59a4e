//! Every question of `tests/scenarios/operations`, asked of the binary; and for every operation of the table an answer of
//! each kind.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::BTreeSet;

use libtest_mimic::Trial;

use crate::{data, reads};

/// What some question was answered with: an operation, a leg of it, and a verdict.
type Seen = BTreeSet<(String, String, &'static str)>;

fn seen(scenario: &toml::Table, all: &mut Seen) {
    for question in reads::questions(scenario) {
        let question = question.as_table().unwrap();
        let args = reads::texts(&question["args"]);
        let (operation, verdict) = (args[1].clone(), question["verdict"].as_str().unwrap());
        if verdict == "allowed" {
            let legs = question.get("legs").map(reads::texts).unwrap_or_default();
            all.extend(legs.into_iter().map(|leg| (operation.clone(), leg, "allowed")));
        }
        let denied = question.get("leg_verdict").and_then(toml::Value::as_str) == Some("denied");
        if denied && let Some(leg) = question.get("leg").and_then(toml::Value::as_str) {
            all.insert((operation, leg.to_owned(), "denied"));
        }
    }
}

/// Every operation but the read, which has scenarios of its own, has one allowed and one denied for each leg, and one for
/// each trap.
fn is_complete(scenarios: &[(String, toml::Table)]) -> Vec<String> {
    let mut all = Seen::new();
    scenarios.iter().for_each(|(_, scenario)| seen(scenario, &mut all));
    let mut wrong = Vec::new();
    for (name, text) in data::files("policies/operations", "toml") {
        let row: toml::Table = toml::from_str(&text).unwrap();
        if name == "read" {
            continue;
        }
        for leg in row["leg"].as_array().unwrap() {
            let action = leg["action"].as_str().unwrap();
            let is_shown = |verdict| all.contains(&(name.clone(), action.to_owned(), verdict));
            if !is_shown("denied") {
                wrong.push(format!("no scenario denies {name} at {action}"));
            }
            // What a header asks for is shown where it is refused.
            if !is_shown("allowed") && leg.get("header").is_none() {
                wrong.push(format!("no scenario allows {name} with {action}"));
            }
        }
        for trap in row.get("trap").and_then(toml::Value::as_array).into_iter().flatten() {
            let scenario = trap["scenario"].as_str().unwrap();
            if !scenarios.iter().any(|(name, _)| name == scenario) {
                wrong.push(format!("{name}: there is no scenario {scenario}"));
            }
        }
    }
    wrong
}

/// A test for each scenario, by the name of its file, and one of the table.
pub(crate) fn trials() -> Vec<Trial> {
    let scenarios = data::scenarios("operations");
    let all = scenarios.clone();
    let mut trials = vec![data::trial("operations::table".to_owned(), move || is_complete(&all))];
    for (name, scenario) in scenarios {
        for member in ["title", "rules", "aws"] {
            assert!(scenario.contains_key(member), "{name}: no {member}");
        }
        trials.push(data::trial(format!("operations::{name}"), move || reads::judge(&scenario)));
    }
    trials
}
