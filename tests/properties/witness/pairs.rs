//! `matrix --all` against `matrix`: every cell that is not denied is in exactly one pair, with the same condition.

use std::collections::BTreeMap;

use decryptable::ask::{self, AllPairsQuestion, Circumstances, ConditionLine, MatrixQuestion, Verdict};

use super::conditions;
use super::voices::Witness;

/// A cell, by principal, target and operation.
type Cells = BTreeMap<(String, String, String), (Verdict, Option<Vec<Vec<ConditionLine>>>)>;

impl Witness<'_> {
    /// Everybody and everything, with and without what is taken for granted.
    pub(crate) fn pairs(&mut self) {
        for strict in [false, true] {
            self.all_pairs(&["kms:Decrypt", "kms:GenerateDataKey"], strict);
            self.all_pairs(&["read", "list", "write"], strict);
        }
    }

    fn all_pairs(&mut self, operations: &[&str], strict: bool) {
        let estate = &self.loaded.intake.estate;
        let operations: Vec<String> = operations.iter().map(|name| (*name).to_owned()).collect();
        let about_keys = operations.iter().any(|name| name.starts_with("kms:"));
        let targets: Vec<String> = match about_keys {
            true => estate.keys.iter().map(|key| key.arn.value.to_string()).collect(),
            false => estate.buckets.iter().map(|bucket| format!("s3://{}/*", bucket.name)).collect(),
        };
        let principals: Vec<String> = estate.roles.iter().map(|role| role.arn.value.to_string()).collect();
        let one_by_one = ask::matrix(
            estate,
            &MatrixQuestion {
                principals,
                operations: operations.clone(),
                targets,
                profile: "s3-read".to_owned(),
                circumstances: Circumstances::default(),
                strict,
            },
        );
        let at_once = ask::all_pairs(
            estate,
            &AllPairsQuestion {
                principals: None,
                operations: operations.clone(),
                profile: "s3-read".to_owned(),
                circumstances: Circumstances::default(),
                strict,
            },
        );
        let (one_by_one, at_once) = match (one_by_one, at_once) {
            (Ok(one_by_one), Ok(at_once)) => (one_by_one, at_once),
            (Err(_), Err(_)) => return,
            (one_by_one, at_once) => {
                let detail = format!("{:?}\n{:?}", one_by_one.err(), at_once.err());
                self.differ("matrix --all: one of the two refuses".to_owned(), detail);
                return;
            }
        };
        let wanted: Cells = one_by_one
            .cells
            .into_iter()
            .filter(|cell| cell.verdict != Verdict::Denied)
            .map(|cell| ((cell.principal, cell.target, cell.operation), (cell.verdict, cell.conditions)))
            .collect();
        let mut found = Cells::new();
        let classes: BTreeMap<&str, _> = at_once
            .principals
            .iter()
            .chain(&at_once.resources)
            .map(|class| (class.id.as_str(), class))
            .collect();
        let lines: BTreeMap<&str, _> =
            at_once.conditions.iter().map(|one| (one.id.as_str(), one.lines.clone())).collect();
        for pair in &at_once.pairs {
            let condition = pair.condition.as_ref().and_then(|id| lines[id.as_str()].clone());
            for principal in &classes[pair.principals.as_str()].members {
                for target in &classes[pair.resources.as_str()].members {
                    let cell = (principal.to_string(), target.to_string(), pair.operation.clone());
                    let twice = found.insert(cell.clone(), (pair.verdict, condition.clone())).is_some();
                    if twice {
                        self.differ("matrix --all: a cell is in two pairs".to_owned(), format!("{cell:?}"));
                    }
                }
            }
        }
        let cells: Vec<_> =
            wanted.keys().chain(found.keys().filter(|cell| !wanted.contains_key(*cell))).collect();
        for cell in cells {
            self.tally.compared("matrix --all");
            let (want, got) = (wanted.get(cell), found.get(cell));
            let verdict = |one: Option<&(Verdict, _)>| one.map_or("denied", |(verdict, _)| verdict.as_str());
            let shown = format!("{} {} {} strict: {strict}", cell.0, cell.2, cell.1);
            if verdict(want) != verdict(got) {
                let kind = format!("matrix --all: {} where matrix says {}", verdict(got), verdict(want));
                self.found.push(super::difference::Difference { kind, detail: shown });
                continue;
            }
            let (Some((_, want)), Some((_, got))) = (want, got) else { continue };
            if let Some(why) = conditions::unlike(want, got) {
                self.differ("matrix --all: another condition".to_owned(), format!("{shown}\n{why}"));
            }
        }
    }
}
