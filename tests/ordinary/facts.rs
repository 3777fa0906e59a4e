//! What an answer misses is a fact with an identity, whatever it is called.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may fail loudly, their helpers too")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use decryptable::ask::gaps::{self, BucketFact, KeyFact, MissingFact, RoleFact, RowFact};
use decryptable::ask::{self, Question};
use decryptable::config;
use decryptable::estate::{Estate, Known};
use decryptable::load::Intake;
use decryptable::logic::{FactId, Unknown, UnknownKind};
use decryptable::name::{keys, symbol};

/// The worked estates without some facts, and what each asks.
fn estates(leave_out: fn(&mut Estate)) -> Vec<(PathBuf, Estate, Vec<Question>)> {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let mut found = Vec::new();
    for entry in fs::read_dir(policies).unwrap() {
        let path = entry.unwrap().path().join("decryptable.toml");
        if !path.is_file() {
            continue;
        }
        let mut intake = Intake::new();
        let config = config::load(&path, &mut intake);
        config.gather(&mut intake, &[]);
        let questions: Vec<Question> = config.expects.iter().map(|row| row.question.clone()).collect();
        if !questions.is_empty() {
            leave_out(&mut intake.estate);
            found.push((path, intake.estate, questions));
        }
    }
    found.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    assert!(found.len() >= 10, "{}", found.len());
    found
}

fn unknowns(estate: &Estate, questions: &[Question]) -> Vec<Unknown> {
    let asked = questions.iter().flat_map(|question| [question.clone(), question.clone().strict()]);
    asked
        .filter_map(|question| ask::answer(estate, &question).ok())
        .flat_map(|answer| answer.depends_on)
        .collect()
}

/// A kind of fact: how to leave it out of an estate, how an answer names it, and what asks AWS for it.
struct Kind {
    leave_out: fn(&mut Estate),
    is_it: fn(&FactId) -> bool,
    gap: fn(&MissingFact) -> bool,
}

const KINDS: &[Kind] = &[
    Kind {
        leave_out: |estate| estate.roles.iter_mut().for_each(|role| role.policies = Known::NotProvided),
        is_it: |id| matches!(id, FactId::IdentityPolicies(_)),
        gap: |fact| matches!(fact, MissingFact::Role(_, RoleFact::Policies)),
    },
    Kind {
        leave_out: |estate| estate.roles.iter_mut().for_each(|role| role.boundary = Known::NotProvided),
        is_it: |id| matches!(id, FactId::PermissionsBoundary(_)),
        gap: |fact| matches!(fact, MissingFact::Role(_, RoleFact::Boundary)),
    },
    Kind {
        leave_out: |estate| estate.buckets.iter_mut().for_each(|bucket| bucket.policy = Known::NotProvided),
        is_it: |id| matches!(id, FactId::BucketPolicy(_)),
        gap: |fact| matches!(fact, MissingFact::Bucket { fact: BucketFact::Policy, .. }),
    },
    Kind {
        leave_out: |estate| estate.keys.iter_mut().for_each(|key| key.policy = Known::NotProvided),
        is_it: |id| matches!(id, FactId::KeyPolicy(_)),
        gap: |fact| matches!(fact, MissingFact::Key(_, KeyFact::Policy)),
    },
    Kind {
        leave_out: |estate| estate.keys.iter_mut().for_each(|key| key.grants = Known::NotProvided),
        is_it: |id| matches!(id, FactId::KeyGrants(_)),
        gap: |fact| matches!(fact, MissingFact::Key(_, KeyFact::Grants)),
    },
    Kind {
        leave_out: |estate| {
            estate
                .organizations
                .iter_mut()
                .flat_map(|o| &mut o.targets)
                .for_each(|t| t.scps = Known::NotProvided);
        },
        is_it: |id| matches!(id, FactId::ServiceControlPolicies(_)),
        gap: |fact| matches!(fact, MissingFact::ServiceControlPolicies { .. }),
    },
    Kind {
        leave_out: |estate| estate.objects.clear(),
        is_it: |id| {
            matches!(id, FactId::ObjectKey(_) | FactId::ObjectEncryption(_) | FactId::ObjectStorageClass(_))
        },
        gap: |fact| matches!(fact, MissingFact::Row(RowFact::Objects { .. })),
    },
];

#[test]
fn what_is_not_provided_is_a_fact_and_has_its_name() {
    let mut seen = BTreeSet::new();
    for kind in KINDS {
        for (path, estate, questions) in estates(kind.leave_out) {
            for unknown in unknowns(&estate, &questions) {
                let is_missing = unknown.kind == UnknownKind::NotSupplied;
                assert!(!is_missing || unknown.fact.is_some(), "{}: {unknown:?}", path.display());
                let Some(fact) = unknown.fact else { continue };
                let text = fact.to_string();
                let is_named = *unknown.name == text || *unknown.name == symbol::plain(&text);
                let is_key = keys::find(&unknown.name.to_lowercase()).is_some();
                assert!(is_named || is_key, "{}: {} and {text}", path.display(), unknown.name);
                seen.insert(fact.to_string());
            }
        }
    }
    assert!(seen.len() > 20, "{seen:#?}");
}

#[test]
fn a_fact_that_is_left_out_is_found_by_what_it_is() {
    for (number, kind) in KINDS.iter().enumerate() {
        let mut decided = 0;
        for (path, estate, questions) in estates(kind.leave_out) {
            for question in questions {
                let question = question.strict();
                let Ok(answer) = ask::answer(&estate, &question) else { continue };
                let missing: Vec<String> = answer
                    .depends_on
                    .iter()
                    .filter_map(|unknown| unknown.fact.as_ref().filter(|id| (kind.is_it)(id)))
                    .map(FactId::to_string)
                    .collect();
                let gaps = gaps::of(&estate, &[question]).gaps;
                let decides = gaps.iter().any(|gap| (kind.gap)(&gap.fact) && gap.decides);
                assert!(!decides || !missing.is_empty(), "{}: kind {number}", path.display());
                // AWS knows nothing of what a plan is yet to make; an account whose organization is not known lacks that.
                let can_be_asked = missing.iter().any(|text| !symbol::is_in(text));
                assert!(
                    !can_be_asked || gaps.iter().any(|gap| gap.decides),
                    "{}: {missing:?}",
                    path.display()
                );
                decided += usize::from(decides);
            }
        }
        assert!(decided > 0, "no answer depends on kind {number}");
    }
}

/// No call of AWS answers for all objects of a prefix, and some facts stand in no file: there the row is shown.
#[test]
fn what_no_call_answers_has_a_row_that_reads() {
    let mut rows = BTreeSet::new();
    for leave_out in [
        |estate: &mut Estate| estate.objects.clear(),
        |estate: &mut Estate| {
            estate.access_points.iter_mut().for_each(|point| point.vpc = Known::NotProvided)
        },
        |estate: &mut Estate| estate.organizations.iter_mut().for_each(|o| o.s3_policy = Known::NotProvided),
        |estate: &mut Estate| {
            estate.accounts.values_mut().for_each(|account| account.regions = Known::NotProvided)
        },
    ] {
        for (path, estate, questions) in estates(leave_out) {
            for gap in gaps::of(&estate, &questions).gaps {
                assert_ne!(gaps::command(&gap.fact).is_some(), gaps::row(&estate, &gap.fact).is_some());
                let Some(row) = gaps::row(&estate, &gap.fact) else { continue };
                let table: toml::Table =
                    toml::from_str(&row).unwrap_or_else(|error| panic!("{}: {error}\n{row}", path.display()));
                rows.extend(table.keys().cloned());
            }
        }
    }
    assert!(rows.contains("object"), "{rows:?}");
}
