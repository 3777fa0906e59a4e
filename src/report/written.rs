//! Statements as the document writes them that they are put into: references of templates and plans, and YAML.

use serde_json::Value;

use crate::source::{Reference, SourceMap};

/// The same with references in place of names that AWS chooses.
pub(super) fn as_written(map: &SourceMap, value: &Value) -> Value {
    match value {
        Value::String(text) => match map.reference_in(text) {
            Some((part, Reference::Address(address))) => {
                text.replace(part, &format!("${{{address}.arn}}")).into()
            }
            Some((part, Reference::LogicalId(id))) if part == text => {
                function("Fn::GetAtt", vec![id.as_str(), "Arn"].into())
            }
            Some((part, Reference::LogicalId(id))) => {
                function("Fn::Sub", text.replace(part, &format!("${{{id}.Arn}}")).into())
            }
            None => value.clone(),
        },
        Value::Array(list) => list.iter().map(|item| as_written(map, item)).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, item)| (key.clone(), as_written(map, item))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// A function of CloudFormation with its argument.
fn function(name: &str, argument: Value) -> Value {
    Value::Object([(name.to_owned(), argument)].into_iter().collect())
}

/// A value as YAML in block style. The first line stands where the text is put, the others begin with the indent.
pub(super) fn yaml(value: &Value, indent: &str) -> String {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let lines = members.iter().map(|(key, value)| format!("{}:{}", name(key), below(value, indent)));
            lines.collect::<Vec<_>>().join(&format!("\n{indent}"))
        }
        Value::Array(items) if !items.is_empty() => {
            let deeper = format!("{indent}  ");
            let lines = items.iter().map(|item| format!("- {}", yaml(item, &deeper)));
            lines.collect::<Vec<_>>().join(&format!("\n{indent}"))
        }
        // A scalar of JSON is one of YAML, and so are an empty list and an empty object.
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => value.to_string(),
    }
}

/// What stands behind the colon of a member.
fn below(value: &Value, indent: &str) -> String {
    let is_block =
        value.as_object().is_some_and(|m| !m.is_empty()) || value.as_array().is_some_and(|l| !l.is_empty());
    if is_block {
        let deeper = format!("{indent}  ");
        format!("\n{deeper}{}", yaml(value, &deeper))
    } else {
        format!(" {value}")
    }
}

/// The name of a member, in quotes where YAML could take it for something else.
fn name(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '.' | '_' | '-');
    let is_plain =
        key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(plain) && !key.ends_with(':');
    if is_plain { key.to_owned() } else { Value::from(key).to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_statement_in_block_style() {
        let statement = json!({
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:DescribeKey"],
            "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
        });
        let written = "Effect: \"Allow\"\n    Action:\n      - \"kms:Decrypt\"\n      - \"kms:DescribeKey\"\n    Condition:\n      \
                       StringEquals:\n        kms:ViaService: \"s3.us-east-1.amazonaws.com\"";
        assert_eq!(yaml(&statement, "    "), written);
        assert_eq!(name("- a"), "\"- a\"");
    }
}
