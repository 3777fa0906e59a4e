//! Files with values for parameters, in the forms of the AWS CLI and of CodePipeline.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::text::scalar;
use crate::json::Node;
use crate::source::{SourceId, Span};

/// A file with values for parameters.
#[derive(Debug)]
pub(super) struct Values {
    pub(super) source: SourceId,
    pub(super) dir: PathBuf,
    pub(super) values: BTreeMap<String, (String, Span)>,
}

/// `[{"ParameterKey": …, "ParameterValue": …}]` of the AWS CLI.
pub(super) fn is_cli_form(root: &Node<'_>) -> bool {
    let list = root.elements();
    !list.is_empty() && list.iter().all(|entry| entry.get("ParameterKey").is_some())
}

/// `{"Parameters": {…}}` of CodePipeline.
pub(super) fn is_pipeline_form(root: &Node<'_>) -> bool {
    let Some(values) = root.get("Parameters") else { return false };
    let known = |name: &str| ["Parameters", "Tags", "StackPolicy"].contains(&name);
    values.is_object()
        && root.members().iter().all(|m| known(&m.key.value))
        && values.members().iter().all(|m| scalar(&m.value).is_some())
}

impl Values {
    pub(super) fn read(root: &Node<'_>, source: SourceId, path: &Path) -> Self {
        let mut values = BTreeMap::new();
        for entry in root.elements() {
            let value = entry.get("ParameterValue");
            if let (Some(key), Some(value)) = (entry.get("ParameterKey").and_then(Node::as_str), value)
                && let Some(text) = scalar(value)
            {
                values.insert(key.to_owned(), (text.into_owned(), value.span));
            }
        }
        for member in root.get("Parameters").map(Node::members).unwrap_or_default() {
            if let Some(text) = scalar(&member.value) {
                values.insert(member.key.value.to_string(), (text.into_owned(), member.value.span));
            }
        }
        Self { source, dir: path.parent().unwrap_or(Path::new("")).to_owned(), values }
    }
}
