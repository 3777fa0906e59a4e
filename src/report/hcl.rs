//! Statements as Terraform source writes them: a `statement` block of a data source, or an object for `jsonencode`.

use serde_json::{Map, Value};

use super::edit::Replacement;
use crate::ask::{Change, Edit, Fix};
use crate::load::terraform::source::{self, Spot};
use crate::source::{Reference, SourceMap, Span};

/// Whether a document is written in Terraform's own syntax.
pub(super) fn is_hcl(map: &SourceMap, document: Span) -> bool {
    let name = map.name(document.source);
    !map.is_embedded(document.source) && [".tf", ".tofu"].iter().any(|end| name.ends_with(end))
}

/// A statement as it is put into a document of Terraform source.
pub(super) fn statement(map: &SourceMap, document: Span, value: &Value, indent: &str) -> String {
    let writer = Writer { map, is_block: is_block(map, document) };
    match value.as_object() {
        Some(members) if writer.is_block => writer.block(members, indent),
        _object => writer.value(value, indent),
    }
}

/// Whether a document is a data source, whose statements are blocks.
fn is_block(map: &SourceMap, document: Span) -> bool {
    map.text(document).starts_with("data")
}

/// What a change takes in the text of a file; none where it is not about one place.
pub(super) fn replacements(fix: &Fix, document: Span, map: &SourceMap) -> Option<Vec<Replacement>> {
    match &fix.change {
        Change::Add(added) => {
            let text = map.source_text(document.source)?;
            let Spot { at, before, indent, behind } =
                source::spot_for_statement(text, document.start as usize..document.end as usize)?;
            let written = statement(map, document, added, &indent);
            let at = Span::new(document.source, at as u32, at as u32);
            Some(vec![Replacement { at, text: format!("{before}{written}{behind}") }])
        }
        Change::Replace { edits, .. } => edits
            .iter()
            .map(|edit| match edit {
                Edit::Value { at, text } | Edit::Key { at, text } => {
                    let writer = Writer { map, is_block: is_block(map, document) };
                    // A text that is made of parts is not written anew.
                    let is_plain = map.text(*at).starts_with('"') && !map.text(*at).contains("${");
                    is_plain.then(|| Replacement { at: *at, text: writer.text(text) })
                }
                Edit::Also { .. } | Edit::Operator { .. } | Edit::Condition(_) => None,
            })
            .collect(),
        Change::Create { .. } | Change::Elsewhere => None,
    }
}

struct Writer<'m> {
    map: &'m SourceMap,
    is_block: bool,
}

impl Writer<'_> {
    /// A text in quotation marks, with references in place of names that AWS chooses.
    fn text(&self, text: &str) -> String {
        let Some((part, Reference::Address(address))) = self.map.reference_in(text) else {
            return format!("\"{}\"", self.escaped(text));
        };
        if part == text {
            return format!("{address}.arn");
        }
        let (before, behind) = text.split_once(part).unwrap_or((text, ""));
        format!("\"{}${{{address}.arn}}{}\"", self.escaped(before), self.escaped(behind))
    }

    /// Variables of IAM are written otherwise, since `${` begins an expression.
    fn escaped(&self, text: &str) -> String {
        let quoted = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let quoted = quoted.replace("%{", "%%{");
        quoted.replace("${", if self.is_block { "&{" } else { "$${" })
    }

    fn value(&self, value: &Value, indent: &str) -> String {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.value(item, indent)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Object(members) if members.is_empty() => "{}".to_owned(),
            Value::Object(members) => {
                let deeper = format!("{indent}  ");
                let names: Vec<String> = members.keys().map(|name| name_of(name)).collect();
                let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
                let lines = names.iter().zip(members.values()).map(|(name, value)| {
                    format!("{deeper}{name:<width$} = {}\n", self.value(value, &deeper))
                });
                format!("{{\n{}{indent}}}", lines.collect::<String>())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        }
    }

    fn list(&self, value: &Value) -> String {
        let items = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        let items: Vec<String> = items.iter().map(|item| self.value(item, "")).collect();
        format!("[{}]", items.join(", "))
    }

    fn block(&self, members: &Map<String, Value>, indent: &str) -> String {
        let mut lines: Vec<(&str, String)> = Vec::new();
        for (element, argument) in [
            ("Sid", "sid"),
            ("Effect", "effect"),
            ("Action", "actions"),
            ("NotAction", "not_actions"),
            ("Resource", "resources"),
            ("NotResource", "not_resources"),
        ] {
            if let Some(value) = members.get(element) {
                let is_scalar = matches!(element, "Sid" | "Effect");
                lines.push((argument, if is_scalar { self.value(value, "") } else { self.list(value) }));
            }
        }
        let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let mut text = String::from("statement {\n");
        for (name, value) in lines {
            text.push_str(&format!("{indent}  {name:<width$} = {value}\n"));
        }
        for (element, block) in [("Principal", "principals"), ("NotPrincipal", "not_principals")] {
            match members.get(element) {
                Some(Value::Object(kinds)) => {
                    for (kind, list) in kinds {
                        text.push_str(&self.inner(
                            block,
                            &[
                                ("type", Value::from(kind.as_str()), false),
                                ("identifiers", list.clone(), true),
                            ],
                            indent,
                        ));
                    }
                }
                Some(everyone) => {
                    let all = [("type", everyone.clone(), false), ("identifiers", everyone.clone(), true)];
                    text.push_str(&self.inner(block, &all, indent));
                }
                None => {}
            }
        }
        for (operator, keys) in members.get("Condition").and_then(Value::as_object).into_iter().flatten() {
            for (key, values) in keys.as_object().into_iter().flatten() {
                let parts = [
                    ("test", Value::from(operator.as_str()), false),
                    ("variable", Value::from(key.as_str()), false),
                    ("values", values.clone(), true),
                ];
                text.push_str(&self.inner("condition", &parts, indent));
            }
        }
        text.push_str(indent);
        text.push('}');
        text
    }

    fn inner(&self, name: &str, parts: &[(&str, Value, bool)], indent: &str) -> String {
        let width = parts.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
        let lines = parts.iter().map(|(name, value, is_list)| {
            let value = if *is_list { self.list(value) } else { self.value(value, "") };
            format!("{indent}    {name:<width$} = {value}\n")
        });
        format!("\n{indent}  {name} {{\n{}{indent}  }}\n", lines.collect::<String>())
    }
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
        let block = Writer { map: &map, is_block: true }.block(members, "");
        assert_eq!(
            block,
            "statement {\n  effect    = \"Allow\"\n  actions   = [\"kms:Decrypt\"]\n  resources = [\"arn:&{aws:x}\"]\n\n  condition {\n    test     = \"Bool\"\n    variable = \"aws:SecureTransport\"\n    values   = [\"true\"]\n  }\n}"
        );
        let object = Writer { map: &map, is_block: false }.value(&json!({"A": ["x"], "b:c": "${aws:y}"}), "");
        assert_eq!(object, "{\n  A     = [\"x\"]\n  \"b:c\" = \"$${aws:y}\"\n}");
    }
}
