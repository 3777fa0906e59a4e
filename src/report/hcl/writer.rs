//! Values and statements in Terraform's own syntax, laid out as `terraform fmt` does it.

use std::cell::Cell;

use serde_json::{Map, Value};

use crate::name::symbol;
use crate::source::{Reference, SourceId, SourceMap};

/// Elements of a statement and the arguments of a block.
const ARGUMENTS: [(&str, &str); 6] = [
    ("Sid", "sid"),
    ("Effect", "effect"),
    ("Action", "actions"),
    ("NotAction", "not_actions"),
    ("Resource", "resources"),
    ("NotResource", "not_resources"),
];

/// Writes what is put into one file.
pub(super) struct Writer<'m> {
    map: &'m SourceMap,
    file: SourceId,
    /// Variables of IAM are written otherwise in a data source.
    is_block: bool,
    /// A name that AWS chooses was met that this file cannot refer to.
    pub(super) is_stuck: Cell<bool>,
}

/// An item of an object, or an argument of a block.
struct Item {
    name: String,
    value: String,
}

impl<'m> Writer<'m> {
    pub(super) fn new(map: &'m SourceMap, file: SourceId, is_block: bool) -> Self {
        Self { map, file, is_block, is_stuck: Cell::new(false) }
    }

    /// What a text begins with that the file has a reference for, and the reference.
    fn reference<'t>(&self, text: &'t str) -> Option<(&'t str, String)> {
        if let Some((part, declared)) = self.map.declared_in(text, self.file) {
            return Some((part, declared.written.clone()));
        }
        if !symbol::is_in(text) {
            return None;
        }
        match self.map.reference_in(text) {
            Some((part, Reference::Address(address))) => {
                // Nothing is known of the modules that such a name is seen from.
                self.is_stuck.set(true);
                Some((part, format!("{address}.arn")))
            }
            Some((_, Reference::LogicalId(_))) | None => {
                self.is_stuck.set(true);
                None
            }
        }
    }

    /// A text in quotation marks, with references in place of names that the file declares.
    pub(super) fn text(&self, text: &str) -> String {
        let Some((part, reference)) = self.reference(text) else {
            return format!("\"{}\"", self.escaped(text));
        };
        if part == text {
            return reference;
        }
        let (before, behind) = text.split_once(part).unwrap_or((text, ""));
        format!("\"{}${{{reference}}}{}\"", self.escaped(before), self.escaped(behind))
    }

    /// The same as a value of JSON that stands in a template.
    pub(super) fn in_template(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => match self.reference(text) {
                Some((part, reference)) => {
                    let (before, behind) = text.split_once(part).unwrap_or((text, ""));
                    format!("{}${{{reference}}}{}", doubled(before), doubled(behind)).into()
                }
                None => doubled(text).into(),
            },
            Value::Array(items) => items.iter().map(|item| self.in_template(item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(key, item)| (key.clone(), self.in_template(item))).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// Variables of IAM are written otherwise, since `${` begins an expression.
    fn escaped(&self, text: &str) -> String {
        let quoted = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let quoted = quoted.replace("%{", "%%{");
        quoted.replace("${", if self.is_block { "&{" } else { "$${" })
    }

    pub(super) fn value(&self, value: &Value, indent: &str) -> String {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.value(item, indent)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Object(members) if members.is_empty() => "{}".to_owned(),
            Value::Object(members) => {
                let deeper = format!("{indent}  ");
                let items = members
                    .iter()
                    .map(|(name, value)| Item { name: name_of(name), value: self.value(value, &deeper) });
                format!("{{\n{}{indent}}}", aligned(&items.collect::<Vec<_>>(), &deeper))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        }
    }

    /// The members of an object as they stand in another one, on a line of their own or beside others.
    pub(super) fn member(&self, name: &str, value: &Value, indent: &str) -> String {
        format!("{} = {}", name_of(name), self.value(value, indent))
    }

    fn list(&self, value: &Value) -> String {
        let items = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        let items: Vec<String> = items.iter().map(|item| self.value(item, "")).collect();
        format!("[{}]", items.join(", "))
    }

    /// A `statement` block. Its first line stands where it is put, the others begin with the indent.
    pub(super) fn statement(&self, members: &Map<String, Value>, indent: &str) -> String {
        let mut items = Vec::new();
        for (element, argument) in ARGUMENTS {
            if let Some(value) = members.get(element) {
                let is_scalar = matches!(element, "Sid" | "Effect");
                let value = if is_scalar { self.value(value, "") } else { self.list(value) };
                items.push(Item { name: argument.to_owned(), value });
            }
        }
        let deeper = format!("{indent}  ");
        let mut text = format!("statement {{\n{}", aligned(&items, &deeper));
        for (element, block) in [("Principal", "principals"), ("NotPrincipal", "not_principals")] {
            match members.get(element) {
                Some(Value::Object(kinds)) => {
                    for (kind, list) in kinds {
                        let parts = [
                            ("type", self.value(&Value::from(kind.as_str()), "")),
                            ("identifiers", self.list(list)),
                        ];
                        text.push_str(&inner(block, parts, &deeper));
                    }
                }
                Some(everyone) => {
                    let parts = [("type", self.value(everyone, "")), ("identifiers", self.list(everyone))];
                    text.push_str(&inner(block, parts, &deeper));
                }
                None => {}
            }
        }
        for (operator, keys) in members.get("Condition").and_then(Value::as_object).into_iter().flatten() {
            for (key, values) in keys.as_object().into_iter().flatten() {
                text.push('\n');
                text.push_str(&deeper);
                text.push_str(&self.condition(operator, key, values, &deeper));
                text.push('\n');
            }
        }
        text.push_str(indent);
        text.push('}');
        text
    }

    /// The same in Terraform's syntax in JSON.
    pub(super) fn statement_in_json(&self, members: &Map<String, Value>) -> Value {
        let listed = |value: &Value| match value.is_array() {
            true => self.in_block(value),
            false => Value::Array(vec![self.in_block(value)]),
        };
        let mut out = Map::new();
        for (element, argument) in ARGUMENTS {
            if let Some(value) = members.get(element) {
                let is_scalar = matches!(element, "Sid" | "Effect");
                out.insert(argument.to_owned(), if is_scalar { self.in_block(value) } else { listed(value) });
            }
        }
        for (element, block) in [("Principal", "principals"), ("NotPrincipal", "not_principals")] {
            let one = |kind: Value, list: &Value| object([("type", kind), ("identifiers", listed(list))]);
            let blocks: Vec<Value> = match members.get(element) {
                Some(Value::Object(kinds)) => {
                    kinds.iter().map(|(kind, list)| one(kind.as_str().into(), list)).collect()
                }
                Some(everyone) => vec![one(everyone.clone(), everyone)],
                None => continue,
            };
            out.insert(block.to_owned(), blocks.into());
        }
        let mut conditions = Vec::new();
        for (operator, keys) in members.get("Condition").and_then(Value::as_object).into_iter().flatten() {
            for (key, values) in keys.as_object().into_iter().flatten() {
                let [test, variable] = [operator, key].map(|text| self.in_block(&Value::from(text.as_str())));
                conditions.push(object([("test", test), ("variable", variable), ("values", listed(values))]));
            }
        }
        if !conditions.is_empty() {
            out.insert("condition".to_owned(), conditions.into());
        }
        out.into()
    }

    /// Texts of a block, in which IAM's variables are written with an ampersand.
    fn in_block(&self, value: &Value) -> Value {
        let plain = |text: &str| text.replace("$${", "&{");
        let one = |item: &Value| item.as_str().map_or_else(|| item.clone(), |text| plain(text).into());
        let value = self.in_template(value);
        value.as_array().map_or_else(|| one(&value), |items| items.iter().map(one).collect())
    }

    /// A `condition` block.
    pub(super) fn condition(&self, operator: &str, key: &str, values: &Value, indent: &str) -> String {
        let parts = [
            ("test", self.value(&Value::from(operator), "")),
            ("variable", self.value(&Value::from(key), "")),
            ("values", self.list(values)),
        ];
        block("condition", parts, indent)
    }
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}

/// A block in another one, with an empty line in front of it.
fn inner<const N: usize>(name: &str, parts: [(&str, String); N], indent: &str) -> String {
    format!("\n{indent}{}\n", block(name, parts, indent))
}

fn block<const N: usize>(name: &str, parts: [(&str, String); N], indent: &str) -> String {
    let items = parts.map(|(name, value)| Item { name: name.to_owned(), value });
    format!("{name} {{\n{}{indent}}}", aligned(&items, &format!("{indent}  ")))
}

/// Lines whose equals signs are one below the other, but for those that go on over several lines.
fn aligned(items: &[Item], indent: &str) -> String {
    let goes_on = |item: &Item| item.value.contains('\n');
    let mut text = String::new();
    for group in items.chunk_by(|a, b| !goes_on(a) && !goes_on(b)) {
        let width = group.iter().map(|item| item.name.chars().count()).max().unwrap_or(0);
        for Item { name, value } in group {
            text.push_str(&format!("{indent}{name:<width$} = {value}\n"));
        }
    }
    text
}

/// What would begin an expression in a template.
fn doubled(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// The name of a member, in quotation marks where it is not a word.
fn name_of(name: &str) -> String {
    let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if is_word { name.to_owned() } else { Value::from(name).to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_statement_in_both_forms() {
        let map = SourceMap::new();
        let value = json!({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:${aws:x}", "Condition": {"Bool": {"aws:SecureTransport": "true"}}});
        let members = value.as_object().unwrap();
        let block = Writer::new(&map, SourceId::LONE, true).statement(members, "");
        assert_eq!(
            block,
            "statement {\n  effect    = \"Allow\"\n  actions   = [\"kms:Decrypt\"]\n  resources = [\"arn:&{aws:x}\"]\n\n  condition {\n    test     = \"Bool\"\n    variable = \"aws:SecureTransport\"\n    values   = [\"true\"]\n  }\n}"
        );
        let writer = Writer::new(&map, SourceId::LONE, false);
        let object = writer.value(&json!({"A": ["x"], "b:c": "${aws:y}", "Long": {"d": 1}, "e": 2}), "");
        assert_eq!(
            object,
            "{\n  A     = [\"x\"]\n  \"b:c\" = \"$${aws:y}\"\n  Long = {\n    d = 1\n  }\n  e = 2\n}"
        );
    }
}
