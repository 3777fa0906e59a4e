//! An open answer is about every request that could still be made: fill in what it leaves open, at random, and the closed
//! answer must not disagree.
//!
//! Three things are promised, each with a test: a firm answer is that of every completion; printed conditions hold exactly
//! in the completions that are allowed; a witness is a request of its kind. A closed answer that is itself conditional, on
//! what AWS does not document, refutes nothing.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails loudly")]

use decryptable::ask::simulate;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use serde_json::{Map, Value, json};

mod keys;

use keys::{KEYS, Kind, PLACES, VARIABLES, near, tests};

use crate::budget::config;

const ROLE: &str = "arn:aws:iam::111111111111:role/reader";

/// A choice from a list whose length is not known yet; shrinks to the first.
type Pick = u8;

fn of<T: Copy>(list: &[T], pick: Pick) -> T {
    list[usize::from(pick) % list.len()]
}

#[derive(Clone, Debug)]
struct Line {
    key: Pick,
    operator: Pick,
    quantifier: Pick,
    if_exists: bool,
    null: bool,
    variable: bool,
    values: Vec<Pick>,
}

fn line() -> impl Strategy<Value = Line> {
    let rarely = || prop::bool::weighted(0.15);
    let values = proptest::collection::vec(any::<Pick>(), 1..4);
    (any::<Pick>(), any::<Pick>(), any::<Pick>(), prop::bool::weighted(0.25), rarely(), rarely(), values)
        .prop_map(|(key, operator, quantifier, if_exists, null, variable, values)| Line {
            key,
            operator,
            quantifier,
            if_exists,
            null,
            variable,
            values,
        })
}

#[derive(Clone, Debug)]
struct Rule {
    deny: bool,
    lines: Vec<Line>,
    principal: Pick,
    action: Pick,
    resource: Pick,
}

fn rules(least: usize) -> impl Strategy<Value = Vec<Rule>> {
    let lines = proptest::collection::vec(line(), 0..3);
    let rule = (prop::bool::weighted(0.35), lines, any::<Pick>(), any::<Pick>(), any::<Pick>()).prop_map(
        |(deny, lines, principal, action, resource)| Rule { deny, lines, principal, action, resource },
    );
    proptest::collection::vec(rule, least..4)
}

#[derive(Clone, Debug)]
struct Case {
    /// The keys its conditions are about: few, so that they meet.
    keys: Vec<Pick>,
    place: Option<Pick>,
    /// What the open request says already, for each key.
    given: Vec<Held>,
    identity: Vec<Rule>,
    boundary: Option<Vec<Rule>>,
    scps: Option<Vec<Rule>>,
    resource: Option<Vec<Rule>>,
    kms: bool,
    abroad: bool,
}

fn case() -> impl Strategy<Value = Case> {
    let given = prop_oneof![
        9 => Just(Held::new()),
        1 => proptest::collection::vec(any::<(Pick, Pick)>(), 1..3),
    ];
    (
        proptest::collection::vec(any::<Pick>(), 1..4),
        prop::option::of(any::<Pick>()),
        proptest::collection::vec(given, KEYS.len() + 1),
        rules(1),
        prop::option::weighted(0.2, rules(1)),
        prop::option::weighted(0.2, rules(1)),
        prop::option::weighted(0.5, rules(0)),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(keys, place, given, identity, boundary, scps, resource, kms, abroad)| Case {
            keys,
            place,
            given,
            identity,
            boundary,
            scps,
            resource,
            kms,
            abroad,
        })
}

impl Case {
    fn keys(&self) -> Vec<(&'static str, Kind)> {
        let mut keys: Vec<_> = self.keys.iter().map(|pick| of(&KEYS, *pick)).collect();
        keys.extend(self.place.map(|pick| of(&PLACES, pick)));
        keys
    }

    fn line(&self, line: &Line) -> (String, &'static str, Vec<String>) {
        let (key, kind) = of(&self.keys(), line.key);
        if line.null {
            return ("Null".to_owned(), key, vec![of(&["true", "false"], line.operator).to_owned()]);
        }
        let (operator, values) = of(&tests(kind), line.operator);
        let quantifier = match (kind, line.quantifier) {
            // What a multivalued key does without one is not documented.
            (Kind::Texts, 0..=7) => "",
            (Kind::Texts, 8..=127) | (_, 200..=227) => "ForAllValues:",
            (Kind::Texts, _) | (_, 228..) => "ForAnyValue:",
            _ => "",
        };
        let mut values: Vec<String> = line.values.iter().map(|pick| of(values, *pick).to_owned()).collect();
        values.dedup();
        if line.variable && matches!(kind, Kind::Text | Kind::Texts) {
            values[0] = of(VARIABLES, line.values[0]).to_owned();
        }
        (format!("{quantifier}{operator}{}", if line.if_exists { "IfExists" } else { "" }), key, values)
    }

    fn policy(&self, rules: &[Rule], principals: bool) -> Value {
        let (service, other) = if self.kms { ("kms", "s3") } else { ("s3", "kms") };
        let statements: Vec<Value> = rules
            .iter()
            .map(|rule| {
                let mut statement = json!({"Effect": if rule.deny { "Deny" } else { "Allow" }});
                let action = match rule.action {
                    0..=199 => ("Action", format!("{service}:*")),
                    200..=219 => ("Action", self.action().to_uppercase()),
                    220..=239 => ("NotAction", format!("{other}:*")),
                    240..=247 => ("NotAction", format!("{service}:*")),
                    248.. => ("Action", format!("{other}:*")),
                };
                statement[action.0] = action.1.into();
                let resource = match (rule.resource, principals && self.kms) {
                    (0..=149, _) | (_, true) => ("Resource", "*"),
                    (150..=179, _) => ("Resource", "arn:aws:s3:::data/${aws:PrincipalTag/team}/*"),
                    (180..=199, _) => ("Resource", "arn:aws:s3:::data/${aws:PrincipalTag/team, 'a'}/*"),
                    (200..=219, _) => ("NotResource", "arn:aws:s3:::data/${s3:prefix}/*"),
                    (220..=239, _) => ("NotResource", "arn:aws:s3:::other/*"),
                    (240.., _) => ("Resource", "arn:aws:s3:::data/?/*"),
                };
                statement[resource.0] = resource.1.into();
                if principals {
                    let principal = match (rule.principal, rule.deny) {
                        (0..=99, _) => ("Principal", json!("*")),
                        (100..=149, _) => ("Principal", json!({"AWS": ROLE})),
                        (150..=219, _) | (_, false) => ("Principal", json!({"AWS": "111111111111"})),
                        (220..=239, true) => ("NotPrincipal", json!({"AWS": [ROLE, "111111111111"]})),
                        (240.., true) => ("NotPrincipal", json!({"AWS": "222222222222"})),
                    };
                    statement[principal.0] = principal.1;
                }
                let mut block: Map<String, Value> = Map::new();
                for (operator, key, values) in rule.lines.iter().map(|line| self.line(line)) {
                    let keys = block.entry(operator).or_insert_with(|| json!({}));
                    keys.as_object_mut().unwrap().entry(key).or_insert(json!(values));
                }
                if !block.is_empty() {
                    statement["Condition"] = block.into();
                }
                statement
            })
            .collect();
        json!({"Version": "2012-10-17", "Statement": statements})
    }

    fn action(&self) -> &'static str {
        if self.kms { "kms:Decrypt" } else { "s3:GetObject" }
    }

    /// The request without its context.
    fn request(&self) -> Value {
        let owner = if self.abroad { "222222222222" } else { "111111111111" };
        let resource = match self.kms {
            true => format!("arn:aws:kms:us-east-1:{owner}:key/k"),
            false => "arn:aws:s3:::data/a/x".to_owned(),
        };
        let mut request = json!({
            "CallerArn": ROLE,
            "ActionNames": [self.action()],
            "ResourceArns": [resource],
            "ResourceOwner": format!("arn:aws:iam::{owner}:root"),
            "PolicyInputList": [self.policy(&self.identity, false)],
        });
        if let Some(rules) = &self.boundary {
            request["PermissionsBoundaryPolicyInputList"] = json!([self.policy(rules, false)]);
        }
        if let Some(rules) = &self.scps {
            request["ServiceControlPolicyInputList"] = json!([[self.policy(rules, false)]]);
        }
        match &self.resource {
            Some(rules) if !rules.is_empty() => request["ResourcePolicy"] = self.policy(rules, true),
            Some(_) => request["ResourcePolicy"] = "none".into(),
            None => {}
        }
        request
    }

    /// Every value its policies compare a key with, as it is written.
    fn written(&self, key: &str) -> Vec<String> {
        let optional = [&self.boundary, &self.scps, &self.resource];
        let rules = self.identity.iter().chain(optional.into_iter().flatten().flatten());
        let lines = rules.flat_map(|rule| &rule.lines).map(|line| self.line(line));
        lines
            .filter(|(operator, name, _)| *name == key && operator != "Null")
            .flat_map(|(.., values)| values)
            .collect()
    }
}

/// What a completion gives one key: for each member a source and a change; none leaves it absent.
type Held = Vec<(Pick, Pick)>;

/// A text made from one of a policy: an instance of the pattern, or something beside it.
fn changed(text: &str, change: Pick) -> String {
    match change % 9 {
        0 => text.replace("${*}", "*"),
        1 => text.replace("${*}", "\0").replace('*', "").replace('?', "q").replace('\0', "*"),
        2 => text.replace('*', "x/y").replace('?', "é"),
        3 => text.chars().take(text.chars().count().saturating_sub(1)).collect(),
        4 => format!("{text}z"),
        5 => text.to_uppercase(),
        6 => text.to_lowercase(),
        7 => format!("z{text}"),
        _ => text.replace('k', "\u{212A}").replace('s', "\u{17F}"),
    }
}

/// The entry of one key, or nothing when it is absent.
fn entry(case: &Case, (key, kind): (&str, Kind), held: &Held) -> Option<Value> {
    let value = |(source, change): &(Pick, Pick)| {
        let written = case.written(key);
        // Only text stays text of its type when it is changed; the others have their neighbours in the list.
        let pliable = matches!(kind, Kind::Text | Kind::Texts);
        if pliable && source % 2 == 1 && !written.is_empty() {
            changed(&written[usize::from(source / 2) % written.len()], *change)
        } else {
            of(near(kind), *change).to_owned()
        }
    };
    let values: Vec<String> = held.iter().map(value).collect();
    if kind == Kind::Texts && !values.is_empty() {
        return Some(
            json!({"ContextKeyName": key, "ContextKeyValues": values, "ContextKeyType": "stringList"}),
        );
    }
    Some(json!({"ContextKeyName": key, "ContextKeyValues": [values.first()?]}))
}

/// A context for every key there is: what is given stays as it is.
fn context(case: &Case, completion: &[Held]) -> Value {
    let mut keys: Vec<(&str, Kind)> = KEYS.to_vec();
    keys.extend(case.place.map(|pick| of(&PLACES, pick)));
    let held =
        case.given.iter().zip(completion).map(|(given, own)| if given.is_empty() { own } else { given });
    keys.iter().zip(held).filter_map(|(key, held)| entry(case, *key, held)).collect()
}

/// What is given alone.
fn given(case: &Case) -> Value {
    context(case, &vec![Held::new(); case.given.len()])
}

fn completions() -> impl Strategy<Value = Vec<Vec<Held>>> {
    let held = proptest::collection::vec(any::<(Pick, Pick)>(), 0..4);
    proptest::collection::vec(proptest::collection::vec(held, KEYS.len() + 1), 1..24)
}

/// One run for all of them.
fn ask(requests: &[Value]) -> Vec<Value> {
    let mut input = Vec::new();
    for request in requests {
        serde_json::to_writer(&mut input, request).unwrap();
        input.push(b'\n');
    }
    let mut output = Vec::new();
    simulate::run(&mut input.as_slice(), &mut output).unwrap();
    let text = String::from_utf8(output).unwrap();
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), requests.len());
    answers
        .into_iter()
        .zip(requests)
        .map(|(mut answer, request)| {
            let decided = answer["EvaluationResults"][0].take();
            assert!(!decided.is_null(), "{answer}\n{request}");
            decided
        })
        .collect()
}

fn open(case: &Case) -> Value {
    let mut request = closed(case, &given(case));
    request["ContextMode"] = "open".into();
    ask(&[request]).remove(0)
}

fn closed(case: &Case, context: &Value) -> Value {
    let mut request = case.request();
    request["ContextEntries"] = context.clone();
    request
}

fn decision(answer: &Value) -> &str {
    answer["EvalDecision"].as_str().unwrap()
}

/// What a failure shows: the policies, what they were completed with, and the answers.
fn told(case: &Case, context: &Value, open: &Value, closed: &str) -> String {
    let shown = json!({"EvalDecision": open["EvalDecision"], "Conditions": open["Conditions"], "Witness": open["Witness"]});
    let request = serde_json::to_string_pretty(&case.request()).unwrap();
    let given = given(case);
    format!(
        "\n{request}\ngiven:      {given}\ncompletion: {context}\nopen:       {shown}\nclosed:     {closed}\n"
    )
}

fn firm_answers(case: &Case, completions: &[Vec<Held>]) -> TestCaseResult {
    let open = open(case);
    let firm = decision(&open);
    if firm == "conditional" {
        return Ok(());
    }
    let contexts: Vec<Value> = completions.iter().map(|held| context(case, held)).collect();
    let requests: Vec<Value> = contexts.iter().map(|context| closed(case, context)).collect();
    for (context, answer) in contexts.iter().zip(ask(&requests)) {
        let found = decision(&answer);
        let agrees = match found {
            "conditional" => true,
            // Some requests that nobody allows may also be denied.
            "explicitDeny" => firm != "allowed",
            _ => found == firm,
        };
        prop_assert!(agrees, "{}", told(case, context, &open, found));
    }
    Ok(())
}

/// Conditions as requests, one for each conjunction: every line is a level of service control policies, all of which
/// have to allow. So a conjunction may test one key with one operator more than once.
fn written_back(open: &Value, context: &Value) -> Vec<Value> {
    let policy = |condition: Value| {
        let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
        json!({"Version": "2012-10-17", "Statement": [statement]})
    };
    let level = |line: &Value| {
        let (operator, key) = (line["operator"].as_str().unwrap(), line["key"].as_str().unwrap());
        json!([policy(json!({operator: {key: line["values"]}}))])
    };
    let conjunctions = open["Conditions"].as_array().unwrap();
    let request = |lines: &Value| {
        json!({
            "CallerArn": ROLE,
            "ActionNames": ["s3:GetObject"],
            "ResourceArns": ["arn:aws:s3:::data/a/x"],
            "PolicyInputList": [policy(json!({}))],
            "ServiceControlPolicyInputList": lines.as_array().unwrap().iter().map(level).collect::<Vec<_>>(),
            "ContextEntries": context,
        })
    };
    conjunctions.iter().map(request).collect()
}

fn printed_conditions(case: &Case, completions: &[Vec<Held>]) -> TestCaseResult {
    let open = open(case);
    if open["Conditions"].is_null() {
        return Ok(());
    }
    let contexts: Vec<Value> = completions.iter().map(|held| context(case, held)).collect();
    let mut requests = Vec::new();
    for context in &contexts {
        requests.push(closed(case, context));
        requests.extend(written_back(&open, context));
    }
    let answers = ask(&requests);
    for (context, answers) in contexts.iter().zip(answers.chunks(requests.len() / contexts.len())) {
        let (real, printed) = answers.split_first().unwrap();
        let one_is = |wanted| printed.iter().any(|answer| decision(answer) == wanted);
        if decision(real) == "conditional" || one_is("conditional") {
            continue;
        }
        let real = decision(real);
        prop_assert_eq!(real == "allowed", one_is("allowed"), "{}", told(case, context, &open, real));
    }
    Ok(())
}

fn witnesses(case: &Case) -> TestCaseResult {
    let open = open(case);
    for (name, expected) in [("allowed", true), ("denied", false)] {
        let Some(witness) = open["Witness"][name].as_object() else { continue };
        let entries = witness.iter().filter(|(_, values)| !values.is_null()).map(|(key, values)| {
            let kind = if key.eq_ignore_ascii_case("aws:TagKeys") { "stringList" } else { "string" };
            json!({"ContextKeyName": key, "ContextKeyValues": values, "ContextKeyType": kind})
        });
        let mut context = given(case);
        let names = |entries: &Value, name: &str| {
            let mut entries = entries.as_array().unwrap().iter();
            entries.any(|e| e["ContextKeyName"].as_str().unwrap().eq_ignore_ascii_case(name))
        };
        let own: Vec<Value> =
            entries.filter(|e| !names(&context, e["ContextKeyName"].as_str().unwrap())).collect();
        context.as_array_mut().unwrap().extend(own);
        let answer = ask(&[closed(case, &context)]).remove(0);
        let found = decision(&answer);
        prop_assert!(
            found == "conditional" || (found == "allowed") == expected,
            "the witness of {}{}",
            name,
            told(case, &context, &open, found)
        );
    }
    Ok(())
}

proptest! {
    // What must never happen is rare: it gets the most cases.
    #![proptest_config(config(2_500))]

    #[test]
    fn no_completion_refutes_a_firm_answer(case in case(), completions in completions()) {
        firm_answers(&case, &completions)?;
    }
}

proptest! {
    #![proptest_config(config(1_500))]

    #[test]
    fn conditions_hold_where_a_completion_is_allowed(case in case(), completions in completions()) {
        printed_conditions(&case, &completions)?;
    }

    #[test]
    fn a_witness_is_a_request_of_its_kind(case in case()) {
        witnesses(&case)?;
    }
}
