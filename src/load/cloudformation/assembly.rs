//! `manifest.json` of a CDK assembly: which template is deployed where.

use std::collections::BTreeMap;
use std::path::Path;

use super::discover::{Artifact, normal};
use super::text::scalar;
use crate::json::Node;
use crate::load::InputDocument;

/// Whether a document is the manifest of an assembly.
pub(super) fn is_manifest(input: &InputDocument<'_>) -> bool {
    input.has("version") && input.has("artifacts") && !input.has("Resources")
}

/// The stacks that an assembly deploys. Assemblies inside it have manifests of their own.
pub(super) fn artifacts(input: &InputDocument<'_>) -> Vec<Artifact> {
    let dir = input.path.parent().unwrap_or(Path::new(""));
    let list = input.root().get("artifacts").map(Node::members).unwrap_or_default();
    list.iter()
        .filter(|m| m.value.get("type").and_then(Node::as_str) == Some("aws:cloudformation:stack"))
        .filter_map(|member| {
            let properties = member.value.get("properties")?;
            let template = properties.get("templateFile")?.as_str()?;
            let name = properties.get("stackName").and_then(Node::as_str).unwrap_or(&member.key.value);
            let environment = member.value.get("environment").and_then(Node::as_str).unwrap_or("");
            let (account, region) =
                environment.strip_prefix("aws://").and_then(|e| e.split_once('/')).unwrap_or_default();
            let known = |text: &str| !text.is_empty() && !text.starts_with("unknown-");
            let account = account.parse::<crate::name::AccountId>().ok().map(|a| a.to_string());
            let mut parameters = BTreeMap::new();
            for parameter in properties.get("parameters").map(Node::members).unwrap_or_default() {
                if let Some(value) = scalar(&parameter.value) {
                    parameters.insert(parameter.key.value.to_string(), value.into_owned());
                }
            }
            Some(Artifact {
                source: input.source,
                template: normal(&dir.join(template)),
                name: name.to_owned(),
                account,
                region: known(region).then(|| region.to_owned()),
                parameters,
            })
        })
        .collect()
}
