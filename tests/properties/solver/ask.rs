//! Requests put to `simulate`, open and closed, and random completions of what an open one leaves open.

use std::collections::BTreeMap;

use decryptable::ask::simulate;
use serde_json::{Map, Value, json};

pub(crate) const ROLE: &str = "arn:aws:iam::111111111111:role/reader";

/// Keys that follow from caller and resource: no completion touches them.
const DERIVED: [&str; 8] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:username",
    "aws:principalisawsservice",
    "kms:calleraccount",
    "aws:resourceaccount",
    "s3:resourceaccount",
];

/// The same numbers every time (`SplitMix64`).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn of<'t, T>(&mut self, list: &'t [T]) -> &'t T {
        &list[self.below(list.len())]
    }
}

pub(crate) fn policy(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

pub(crate) fn statement(effect: &str, condition: Value) -> Value {
    json!({"Effect": effect, "Action": "s3:GetObject", "Resource": "*", "Condition": condition})
}

/// A read of one object by a role with these identity policies.
pub(crate) fn read(policies: &[Value]) -> Value {
    json!({
        "CallerArn": ROLE,
        "ActionNames": ["s3:GetObject"],
        "ResourceArns": ["arn:aws:s3:::data/x"],
        "PolicyInputList": policies,
    })
}

/// One run for all of them: each answer's one result, or null where there is an error in its place.
pub(crate) fn ask(requests: &[Value]) -> Vec<Value> {
    let mut input = Vec::new();
    for request in requests {
        serde_json::to_writer(&mut input, request).unwrap();
        input.push(b'\n');
    }
    let mut output = Vec::new();
    simulate::run(&mut input.as_slice(), &mut output).unwrap();
    let text = String::from_utf8(output).unwrap();
    let answers: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["EvaluationResults"].take())
        .map(|mut results| results.get_mut(0).map(Value::take).unwrap_or_default())
        .collect();
    assert_eq!(answers.len(), requests.len());
    answers
}

/// The answer to a request with nothing told.
pub(crate) fn open(request: &Value) -> Value {
    let mut request = request.clone();
    request["ContextMode"] = "open".into();
    ask(&[request]).remove(0)
}

pub(crate) fn decision(answer: &Value) -> &str {
    answer["EvalDecision"].as_str().unwrap_or("error")
}

pub(crate) fn is_too_complex(answer: &Value) -> bool {
    answer["DependsOn"]
        .as_array()
        .is_some_and(|list| list.iter().any(|d| d.as_object().unwrap().values().any(|v| v == "too_complex")))
}

/// A key as the policies test it.
#[derive(Default)]
struct Tested {
    name: String,
    families: Vec<&'static str>,
    holds_a_set: bool,
    values: Vec<String>,
}

type Keys = BTreeMap<String, Tested>;

/// What a completion holds for each key; none for absence.
type Held = BTreeMap<String, Vec<String>>;

/// Every key that some condition of the request tests.
fn tested(value: &Value, keys: &mut Keys) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("Condition", Value::Object(block)) => lines(block, keys),
                    _ => tested(member, keys),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|v| tested(v, keys)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn lines(block: &Map<String, Value>, keys: &mut Keys) {
    const FAMILIES: [&str; 7] = ["Null", "String", "Arn", "Ip", "Numeric", "Date", "Bool"];
    for (operator, line) in block {
        for (name, values) in line.as_object().unwrap() {
            let key = keys.entry(name.to_lowercase()).or_default();
            key.name.clone_from(name);
            key.holds_a_set |= operator.contains(':');
            key.families.extend(FAMILIES.into_iter().filter(|f| operator.contains(f)));
            let list = values.as_array().map_or(std::slice::from_ref(values), Vec::as_slice);
            if !operator.starts_with("Null") {
                let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
                key.values.extend(list.iter().map(text));
            }
        }
    }
    keys.retain(|name, _| !DERIVED.contains(&name.as_str()));
}

/// A value made from what the policies compare the key with, or a neighbour of it.
fn value(key: &Tested, random: &mut Random) -> String {
    let family = |name: &str| key.families.contains(&name);
    let own = if key.values.is_empty() { "x".to_owned() } else { random.of(&key.values).clone() };
    if family("Ip") {
        let start = own.split('/').next().unwrap().to_owned();
        let last = start.rsplit_once('.').map(|(head, _)| format!("{head}.255"));
        let neighbours = ["198.51.100.7", "203.0.114.0", "2001:db8::1", "10.0.0.1"];
        return match random.below(5) {
            0 | 1 => start,
            2 => last.unwrap_or(start),
            _ => (*random.of(&neighbours)).to_owned(),
        };
    }
    if family("Numeric") {
        let number: i64 = own.parse().unwrap_or(5);
        return (number + random.below(3) as i64 - 1).to_string();
    }
    if family("Date") {
        return [own.as_str(), "2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z"][random.below(3)].to_owned();
    }
    if family("Bool") {
        return ["true", "false"][random.below(2)].to_owned();
    }
    let other = if key.values.is_empty() { own.clone() } else { random.of(&key.values).clone() };
    match random.below(10) {
        0..=2 => own.replace('*', "").replace('?', "q"),
        3 => own.replace('*', "x/y").replace('?', "é"),
        4 => format!("{}z", own.replace('*', "")),
        5 => format!("{}{}", own.replace('*', ""), other.replace('*', "")),
        6 => own.chars().take(own.chars().count().saturating_sub(1)).collect(),
        7 => own.to_uppercase(),
        8 => own,
        _ => "other".to_owned(),
    }
}

/// What a witness of an answer holds.
fn witness(answer: &Value, name: &str) -> Option<Held> {
    let keys = answer["Witness"][name].as_object()?;
    let texts = |v: &Value| -> Option<Vec<String>> {
        v.as_array().map(|list| list.iter().map(|v| v.as_str().unwrap().to_owned()).collect())
    };
    Some(keys.iter().filter_map(|(key, values)| Some((key.to_lowercase(), texts(values)?))).collect())
}

fn entries(keys: &Keys, held: &Held) -> Value {
    held.iter()
        .filter(|(key, _)| !DERIVED.contains(&key.as_str()))
        .map(|(key, values)| {
            let tested = keys.get(key);
            let is_set = values.len() > 1 || tested.is_some_and(|t| t.holds_a_set);
            json!({
                "ContextKeyName": tested.map_or(key.as_str(), |t| t.name.as_str()),
                "ContextKeyValues": values,
                "ContextKeyType": if is_set { "stringList" } else { "string" },
            })
        })
        .collect()
}

/// Completions near the witnesses, and far from them.
fn completions(keys: &Keys, answer: &Value, count: usize, random: &mut Random) -> Vec<Held> {
    let names: Vec<&String> = keys.keys().collect();
    let bases =
        [Some(Held::new()), witness(answer, "allowed"), witness(answer, "denied")].into_iter().flatten();
    let bases: Vec<Held> = bases.collect();
    let mut out = bases.clone();
    while out.len() < count && !names.is_empty() {
        let mut held = random.of(&bases).clone();
        let changes = if random.below(4) == 0 { names.len() } else { 1 + random.below(3) };
        for change in 0..changes {
            let name = if changes == names.len() { names[change] } else { *random.of(&names) };
            let key = &keys[name];
            let size = if key.holds_a_set { random.below(4) } else { random.below(4).min(1) };
            let mut values: Vec<String> = (0..size).map(|_| value(key, random)).collect();
            values.dedup();
            if values.is_empty() {
                held.remove(name)
            } else {
                held.insert(name.clone(), values)
            };
        }
        out.push(held);
    }
    out
}

/// One request for each conjunction of the conditions: every line is a level of service control policies, all of which
/// have to allow.
fn written_back(conditions: &[Value], context: &Value) -> Vec<Value> {
    let level = |line: &Value| {
        let condition =
            json!({line["operator"].as_str().unwrap(): {line["key"].as_str().unwrap(): line["values"]}});
        json!([policy(&[json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition})])])
    };
    let request = |lines: &Value| {
        let mut request = read(&[policy(&[json!({"Effect": "Allow", "Action": "*", "Resource": "*"})])]);
        request["ServiceControlPolicyInputList"] = lines.as_array().unwrap().iter().map(level).collect();
        request["ContextEntries"] = context.clone();
        request
    };
    conditions.iter().map(request).collect()
}

/// A completion that contradicts the open answer: its verdict where it is firm, its conditions and witnesses where it
/// is not.
pub(crate) fn contradiction(
    request: &Value,
    answer: &Value,
    count: usize,
    random: &mut Random,
) -> Option<String> {
    let mut keys = Keys::new();
    tested(request, &mut keys);
    let helds = completions(&keys, answer, count, random);
    let conditions = answer["Conditions"].as_array();
    let mut requests = Vec::new();
    let mut contexts = Vec::new();
    for held in &helds {
        let context = entries(&keys, held);
        let mut closed = request.clone();
        closed["ContextEntries"] = context.clone();
        requests.push(closed);
        requests.extend(written_back(conditions.map(Vec::as_slice).unwrap_or_default(), &context));
        contexts.push(context);
    }
    let answers = ask(&requests);
    let firm = decision(answer);
    let witnesses = [("allowed", witness(answer, "allowed")), ("denied", witness(answer, "denied"))];
    for ((held, context), answers) in
        helds.iter().zip(&contexts).zip(answers.chunks(requests.len() / helds.len()))
    {
        let (real, printed) = answers.split_first().unwrap();
        let found = decision(real);
        let wrong = if found == "conditional" {
            false
        } else if firm != "conditional" {
            (found == "allowed") != (firm == "allowed") || (firm == "explicitDeny" && found != firm)
        } else {
            let is_open = printed.iter().any(|a| decision(a) == "conditional");
            let holds = printed.iter().any(|a| decision(a) == "allowed");
            let refuted = |(name, own): &(&str, Option<Held>)| {
                own.as_ref() == Some(held) && (*name == "allowed") != (found == "allowed")
            };
            (conditions.is_some() && !is_open && holds != (found == "allowed"))
                || witnesses.iter().any(refuted)
        };
        if wrong {
            return Some(format!(
                "open {firm} with {}, but closed {found} with {context}",
                answer["Conditions"]
            ));
        }
    }
    None
}
