//! The concrete walk judges the symbolic one: for random policies, a formula over unknown keys has, under every
//! assignment of those keys, the value the concrete walk gives the request that holds them.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::BTreeMap;
use std::sync::Arc;

use decryptable::estate::{Known, Level, SharedPolicy};
use decryptable::eval::{
    Applicable, Caller, Context, ContextValue, ControlPolicies, Kleene, Limit, OpenKey, Request,
    ResourceSide, Side, Symbolic, decide,
};
use decryptable::json;
use decryptable::logic::{Atom, Cond, KeyTest, Tri, Truth, Unknown, UnknownKind};
use decryptable::name::ActionName;
use decryptable::operator::{Actual, Outcome};
use decryptable::policy::{PolicyKind, lower};
use decryptable::source::SourceId;
use proptest::prelude::*;

use crate::budget::config;

const KEYS: [&str; 3] = ["aws:SourceVpce", "aws:PrincipalTag/team", "aws:SourceIp"];
const ROLE: &str = "arn:aws:iam::111111111111:role/reader";

#[derive(Clone, Debug)]
struct Line {
    operator: &'static str,
    key: usize,
    values: Vec<&'static str>,
}

fn line() -> impl Strategy<Value = Line> {
    let text = prop::sample::select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIfExists",
        "StringNotEqualsIfExists",
        "Null",
        "ForAllValues:StringLike",
        "ForAnyValue:StringNotEquals",
    ]);
    let address = prop::sample::select(vec![
        "IpAddress",
        "NotIpAddress",
        "IpAddressIfExists",
        "NotIpAddressIfExists",
        "Null",
    ]);
    let words = proptest::collection::vec(prop::sample::select(vec!["a", "b", "a*", "*"]), 1..3);
    let blocks = proptest::collection::vec(
        prop::sample::select(vec!["203.0.113.0/24", "203.0.113.128/25", "2001:db8::/32"]),
        1..3,
    );
    prop_oneof![
        (text, 0..2_usize, words).prop_map(|(operator, key, values)| {
            let values = if operator == "Null" {
                vec![if values.len() == 1 { "true" } else { "false" }]
            } else {
                values
            };
            Line { operator, key, values }
        }),
        (address, blocks).prop_map(|(operator, values)| {
            let values = if operator == "Null" { vec!["true"] } else { values };
            Line { operator, key: 2, values }
        }),
    ]
}

#[derive(Clone, Debug)]
struct Rule {
    allow: bool,
    lines: Vec<Line>,
    principal: &'static str,
    not_action: bool,
}

fn rule() -> impl Strategy<Value = Rule> {
    let principal = prop::sample::select(vec!["*", ROLE, "111111111111", "222222222222"]);
    (any::<bool>(), proptest::collection::vec(line(), 0..3), principal, prop::bool::weighted(0.2))
        .prop_map(|(allow, lines, principal, not_action)| Rule { allow, lines, principal, not_action })
}

fn policy(rules: &[Rule], kind: PolicyKind) -> SharedPolicy {
    let statements: Vec<serde_json::Value> = rules
        .iter()
        .map(|rule| {
            let mut conditions: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
            for line in &rule.lines {
                conditions.entry(line.operator).or_default().insert(KEYS[line.key], line.values.clone());
            }
            let action = if rule.not_action { "NotAction" } else { "Action" };
            let mut statement = serde_json::json!({
                "Effect": if rule.allow { "Allow" } else { "Deny" },
                action: if rule.not_action { "iam:*" } else { "kms:*" },
                "Resource": "*",
                "Condition": conditions,
            });
            if kind.has_principals() {
                let principal = match rule.principal {
                    "*" => serde_json::json!("*"),
                    name => serde_json::json!({"AWS": name}),
                };
                statement["Principal"] = principal;
            }
            statement
        })
        .collect();
    let text = serde_json::json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let parsed = json::parse(SourceId::LONE, &text);
    let mut problems = parsed.problems;
    let policy = lower(&parsed.root.unwrap(), kind, "", &mut problems);
    assert!(!problems.iter().any(|p| p.is_error()), "{problems:?}\n{text}");
    Arc::new(policy)
}

/// What a test of the formula says of one value, by the operators' own rules.
fn holds(test: &KeyTest, value: Option<&str>) -> bool {
    let items: Vec<Box<str>> = value.iter().map(|v| (*v).into()).collect();
    let actual = match value {
        None => Actual::Absent,
        Some(_) => Actual::Values { items: &items, multivalued: false },
    };
    test.apply(actual) == Outcome::True
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn the_formula_says_what_the_concrete_walk_says(
        identity in proptest::collection::vec(rule(), 0..3),
        boundary in proptest::option::of(proptest::collection::vec(rule(), 1..3)),
        scp in proptest::collection::vec(rule(), 1..3),
        key in proptest::collection::vec(rule(), 0..3),
        same_account: bool,
        anchored: bool,
    ) {
        let identity = [policy(&identity, PolicyKind::Identity)];
        let boundary = boundary.map(|b| [policy(&b, PolicyKind::Boundary)]);
        let level = Level { target: "r".into(), is_above: false, policies: Known::Provided(vec![policy(&scp, PolicyKind::Scp)]) };
        let levels = [level];
        let key = [policy(&key, PolicyKind::Resource)];
        let applicable = Applicable {
            identity: Side::Policies(&identity),
            boundary: boundary.as_ref().map_or(Limit::None, |b| Limit::Policies(b)),
            session: Limit::None,
            scps: ControlPolicies::Known(&levels),
            rcps: ControlPolicies::None,
            resource: ResourceSide { anchored, ..ResourceSide::requires_resource_policy(Side::Policies(&key)) },
            ..Applicable::default()
        };
        let caller = Caller::parse(ROLE).unwrap();
        let action = ActionName::new("kms:Decrypt").unwrap();
        let account = if same_account { "111111111111" } else { "222222222222" };
        let resource = format!("arn:aws:kms:us-east-1:{account}:key/k");
        let owner = account.parse().ok();
        let base = Request {
            caller: &caller,
            action: &action,
            resource: &resource,
            within: None,
            resource_account: owner,
            context: &Context::new("test", ContextValue::Absent),
        };

        let because = Unknown::new(UnknownKind::ContextKey, "", "test");
        let unknown = ContextValue::Open(OpenKey::any(true, because));
        let open = Context::new("test", unknown);
        let formula = decide(&applicable, &Request { context: &open, ..base }, &mut Symbolic);
        let three_valued = decide(&applicable, &Request { context: &open, ..base }, &mut Kleene);

        let words = [None, Some("a"), Some("b"), Some("ab"), Some("z")];
        let addresses = [None, Some("203.0.113.1"), Some("203.0.113.200"), Some("198.51.100.1"), Some("2001:db8::1")];
        let mut seen = [false; 2];
        for vpce in words {
            for team in words {
                for ip in addresses {
                    let held = [vpce, team, ip];
                    let mut closed = Context::new("test", ContextValue::Absent);
                    for (name, value) in KEYS.iter().zip(held) {
                        if let Some(value) = value {
                            closed.set(*name, ContextValue::one(value));
                        }
                    }
                    let concrete = decide(&applicable, &Request { context: &closed, ..base }, &mut Kleene);
                    let value = |cond: &Cond| cond.value(&|atom| match atom {
                        Atom::Key(test) => {
                            let at = KEYS.iter().position(|k| k.eq_ignore_ascii_case(test.key.as_str())).unwrap();
                            holds(test, held[at])
                        }
                        Atom::Opaque(unknown) => panic!("nothing else is unknown: {unknown:?}"),
                    });
                    prop_assert_eq!(Some(value(&formula.allowed)), concrete.allowed.decided(), "{:?}", held);
                    prop_assert_eq!(Some(value(&formula.denied)), concrete.denied.decided(), "{:?}", held);
                    seen[usize::from(concrete.allowed == Tri::True)] = true;
                }
            }
        }
        // A firm answer is firm for every request; the three-valued walk is never firmer than the formula.
        if let Some(firm) = formula.allowed.decided() {
            prop_assert!(!seen[usize::from(!firm)]);
        }
        if let Some(firm) = three_valued.allowed.decided() {
            prop_assert!(!seen[usize::from(!firm)]);
        }
    }
}
