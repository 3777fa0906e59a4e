//! What facts do to answers, over generated estates: one that is left out never makes an answer firm that the others do not,
//! a question about many objects says of each what a question about it says, and the order and the cut of policies are nothing.
//!
//! `DECRYPTABLE_CASES` tries more estates, `DECRYPTABLE_SEED` others.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails loudly")]

use std::sync::Arc;

use decryptable::ask::{self, Answer, Circumstances, ConditionLine, DoesQuestion, Doing, Verdict};
use decryptable::estate::{Estate, Known, ObjectUri, SharedPolicy};
use decryptable::policy::Policy;

use crate::budget;
use crate::witness::generate::{self, Made};
use crate::witness::loaded::Loaded;

/// Fields that can be left out, each a fact that is then not known.
const FACTS: &[&str] = &[
    "abac",
    "acl_read",
    "aliases",
    "boundary",
    "encryption",
    "grants",
    "id",
    "organization",
    "owner",
    "ownership",
    "policies",
    "policy",
    "public_access_block",
    "rcps",
    "regions",
    "requester_pays",
    "s3_policy",
    "scps",
    "state",
    "storage_class",
    "tags",
    "trust",
];

fn open(made: &Made) -> Option<Loaded> {
    let dir = tempfile::tempdir().unwrap();
    Loaded::open(&made.write(dir.path()))
}

fn question(role: &str, object: ObjectUri, strict: bool) -> DoesQuestion {
    DoesQuestion {
        role: role.to_owned(),
        doing: Doing::default(),
        object,
        version_id: None,
        access_point: None,
        profile: "s3-read".to_owned(),
        circumstances: Circumstances::default(),
        strict,
    }
}

fn answer(estate: &Estate, role: &str, object: &str, strict: bool) -> Option<Answer> {
    ask::read(estate, &question(role, object.parse().unwrap(), strict)).ok()
}

fn is_firm(answer: &Answer) -> bool {
    matches!(answer.verdict, Verdict::Allowed | Verdict::Denied | Verdict::Blocked)
}

/// Every role, with an object of every bucket.
fn reads(estate: &Estate, key: &str) -> Vec<(String, String)> {
    let objects = estate.buckets.iter().map(|bucket| format!("s3://{}/{key}", bucket.name));
    let roles = || estate.roles.iter().map(|role| role.arn.value.to_string());
    objects.flat_map(|object| roles().map(move |role| (role, object.clone()))).collect()
}

fn made() -> impl Iterator<Item = (u64, Made)> {
    (budget::seed()..).take(budget::cases(25) as usize).map(|seed| (seed, generate::estate(seed)))
}

#[test]
fn what_is_left_out_makes_nothing_firm() {
    let mut compared = 0;
    for (seed, made) in made() {
        let Some(full) = open(&made) else { continue };
        let places: Vec<(usize, usize)> = made
            .tables
            .iter()
            .enumerate()
            .flat_map(|(table, t)| (0..t.fields.len()).map(move |field| (table, field)))
            .filter(|(table, field)| FACTS.contains(&made.tables[*table].fields[*field].0))
            .collect();
        // Another few of them in each estate.
        for (table, field) in places.into_iter().skip(seed as usize % 3).step_by(3) {
            let mut less = made.clone();
            let (name, _) = less.tables[table].fields.remove(field);
            let Some(less) = open(&less) else { continue };
            for (role, object) in reads(&full.intake.estate, "a/x") {
                let Some(open) = answer(&less.intake.estate, &role, &object, true) else { continue };
                let Some(all) = answer(&full.intake.estate, &role, &object, true) else { continue };
                if !is_firm(&open) {
                    continue;
                }
                compared += 1;
                assert_eq!(
                    open.verdict,
                    all.verdict,
                    "seed {seed}, {role} on {object}: without {name} of [[{}]] {}, with it {}\n{}",
                    made.tables[table].name,
                    open.reason,
                    all.reason,
                    made.shown()
                );
            }
        }
    }
    assert!(compared > 100, "only {compared} answers compared");
}

#[test]
fn many_objects_are_answered_as_each_of_them() {
    let mut compared = 0;
    for (seed, made) in made() {
        let Some(loaded) = open(&made) else { continue };
        let estate = &loaded.intake.estate;
        for (role, pattern) in reads(estate, "*") {
            let Some(many) = answer(estate, &role, &pattern, false) else { continue };
            let bucket = pattern.trim_end_matches('*');
            let told = estate.objects.iter().map(|object| object.uri.value.as_str().to_owned());
            let told =
                told.filter(|uri| uri.starts_with(bucket)).map(|uri| uri.replace('*', "z").replace('?', "y"));
            for object in told.chain([format!("{bucket}a/x"), format!("{bucket}q")]) {
                let Some(one) = answer(estate, &role, &object, false) else { continue };
                if is_firm(&many) {
                    compared += 1;
                    assert_eq!(
                        many.verdict,
                        one.verdict,
                        "seed {seed}, {role}: {pattern} and {object}\n{}",
                        made.shown()
                    );
                }
            }
            for part in &many.by_key {
                let Some(key) = &part.example else { continue };
                let bucket = bucket.trim_start_matches("s3://").trim_end_matches('/');
                let one = ask::read(estate, &question(&role, ObjectUri::of(bucket, key), false)).unwrap();
                let wanted = match part.holds {
                    Some(true) => one.verdict == Verdict::Allowed,
                    Some(false) => matches!(one.verdict, Verdict::Denied | Verdict::Blocked),
                    None => one.verdict == Verdict::Conditional,
                };
                compared += 1;
                assert!(
                    wanted,
                    "seed {seed}, {role}: {pattern} says {:?} of {key}, alone it is {}\n{}",
                    part.holds,
                    one.reason,
                    made.shown()
                );
            }
        }
    }
    assert!(compared > 100, "only {compared} answers compared");
}

/// The conditions of an answer, in no order.
fn sorted(answer: &Answer) -> Option<Vec<Vec<ConditionLine>>> {
    let mut all = answer.conditions.clone()?;
    all.iter_mut().for_each(|lines| lines.sort());
    all.sort();
    Some(all)
}

/// The same statements in another order, and each in a policy of its own where several policies may be.
fn cut(estate: &Estate) -> Estate {
    let of = |policy: &SharedPolicy, statements: Vec<_>| -> SharedPolicy {
        Arc::new(Policy { statements: statements.into(), ..Policy::clone(policy) })
    };
    let turned = |policy: &SharedPolicy| of(policy, policy.statements.iter().rev().cloned().collect());
    let mut estate = estate.clone();
    for role in &mut estate.roles {
        if let Known::Provided(policies) = &mut role.policies {
            let apart = policies
                .iter()
                .flat_map(|policy| policy.statements.iter().map(move |s| of(policy, vec![s.clone()])));
            *policies = apart.collect::<Vec<_>>().into_iter().rev().collect();
        }
        if let Known::Provided(Some(boundary)) = &mut role.boundary {
            *boundary = turned(boundary);
        }
    }
    for bucket in &mut estate.buckets {
        if let Known::Provided(Some(policy)) = &mut bucket.policy {
            *policy = turned(policy);
        }
    }
    for key in &mut estate.keys {
        if let Known::Provided(policy) = &mut key.policy {
            *policy = turned(policy);
        }
    }
    estate
}

#[test]
fn order_and_cut_of_policies_are_nothing() {
    let mut compared = 0;
    for (seed, made) in made() {
        let Some(loaded) = open(&made) else { continue };
        let estate = &loaded.intake.estate;
        let other = cut(estate);
        for (role, object) in reads(estate, "a/x").into_iter().chain(reads(estate, "*")) {
            let (Some(one), Some(two)) =
                (answer(estate, &role, &object, false), answer(&other, &role, &object, false))
            else {
                continue;
            };
            compared += 1;
            assert_eq!(
                one.verdict,
                two.verdict,
                "seed {seed}, {role} on {object}: {} and {}\n{}",
                one.reason,
                two.reason,
                made.shown()
            );
            assert_eq!(one.denial, two.denial, "seed {seed}, {role} on {object}\n{}", made.shown());
            assert_eq!(sorted(&one), sorted(&two), "seed {seed}, {role} on {object}\n{}", made.shown());
        }
    }
    assert!(compared > 100, "only {compared} answers compared");
}
