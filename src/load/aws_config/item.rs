//! What all items have, in both dialects.

use std::collections::BTreeMap;

use super::unwrap::unwrapped;
use crate::estate::{PlacedArn, Tags};
use crate::json::{Node, Value};
use crate::load::Intake;
use crate::load::fields::{self, ArnOf, text};
use crate::name::AccountId;
use crate::source::{SourceId, Span, Spanned};

/// One configuration item.
pub(super) struct Item<'i> {
    pub(super) root: &'i Node<'i>,
    pub(super) file: SourceId,
}

/// What some items tell others.
#[derive(Debug, Default)]
pub(super) struct ConfigFact {
    /// Aliases by the key they lead to.
    pub(super) aliases: BTreeMap<String, (PlacedArn, SourceId, Vec<Spanned<String>>)>,
}

impl Item<'_> {
    /// A string at the top: delivered items write some names otherwise.
    fn top(&self, names: [&str; 2]) -> Option<Spanned<&str>> {
        names.iter().find_map(|name| text(self.root, name))
    }

    pub(super) fn written_arn(&self) -> Option<Spanned<&str>> {
        self.top(["ARN", "arn"])
    }

    /// The ARN, at the top or else in the configuration.
    pub(super) fn arn(&self, configuration: &Node<'_>, of: ArnOf, intake: &mut Intake) -> Option<PlacedArn> {
        match self.written_arn().or_else(|| text(configuration, "arn")) {
            Some(arn) => fields::arn_of(arn, of, &mut intake.problems),
            None => {
                intake.misses(self.file, format!("the ARN of a {}", of.kind));
                None
            }
        }
    }

    pub(super) fn account_id(&self, intake: &mut Intake) -> Option<Spanned<AccountId>> {
        let written = self.top(["awsAccountId", "accountId"])?;
        fields::account_id(written, &mut intake.problems)
    }

    pub(super) fn region(&self) -> Option<Spanned<&str>> {
        text(self.root, "awsRegion").filter(|region| !region.value.is_empty() && region.value != "global")
    }

    pub(super) fn name(&self) -> Option<Spanned<&str>> {
        self.top(["resourceName", "resourceId"])
    }

    pub(super) fn id(&self) -> Option<Spanned<&str>> {
        self.top(["resourceId", "resourceName"])
    }

    /// Lends the configuration.
    pub(super) fn configuration(&self, intake: &mut Intake, then: &mut dyn FnMut(&Node<'_>, &mut Intake)) {
        match self.root.get("configuration").filter(|node| node.value != Value::Null) {
            Some(node) => unwrapped(node, "configuration", intake, &mut |node, intake| {
                if node.is_object() {
                    then(node, intake);
                } else {
                    let message =
                        format!("the configuration of an item is an object; this is {}", node.kind());
                    intake.problems.push(fields::unexpected(node.span, message));
                }
            }),
            None => {
                let name = self.name().map_or("a resource", |name| name.value);
                intake.misses(self.file, format!("the configuration of {name}, which was not recorded"));
            }
        }
    }

    /// Lends a value of the supplementary configuration. Of a value of `null` it lends that.
    pub(super) fn supplement(
        &self,
        name: &str,
        intake: &mut Intake,
        then: &mut dyn FnMut(&Node<'_>, &mut Intake),
    ) {
        let Some(all) = self.root.get("supplementaryConfiguration") else { return };
        unwrapped(all, "supplementaryConfiguration", intake, &mut |all, intake| {
            if let Some(node) = all.get(name) {
                unwrapped(node, name, intake, then);
            }
        });
    }

    /// The tags at the top, when there are some: answers of the API leave them out.
    pub(super) fn tags(&self) -> Option<Spanned<Tags>> {
        let node = self.root.get("tags")?;
        let told = tags_in(node)?;
        (!told.value.is_empty()).then_some(told)
    }
}

/// Tags as an object of strings, or as a list of pairs in one of the spellings there are.
pub(super) fn tags_in(node: &Node<'_>) -> Option<Spanned<Tags>> {
    let string = |node: &Node<'_>| node.as_str().unwrap_or("").to_owned();
    let pairs: Tags = match &node.value {
        Value::Object(members) => {
            members.iter().map(|m| (m.key.value.clone().into_owned(), string(&m.value))).collect()
        }
        Value::Array(list) => list
            .iter()
            .filter_map(|tag| {
                let any = |names: [&str; 3]| names.iter().find_map(|name| tag.get(name));
                let key = any(["key", "tagKey", "Key"])?.as_str()?.to_owned();
                Some((key, any(["value", "tagValue", "Value"]).map(string).unwrap_or_default()))
            })
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Invalid => return None,
    };
    Some(Spanned::new(pairs, node.span))
}

/// A switch, which some items have as a string.
pub(super) fn switch(node: &Node<'_>, name: &str) -> Option<Spanned<bool>> {
    let node = node.get(name)?;
    as_switch(node)
}

pub(super) fn as_switch(node: &Node<'_>) -> Option<Spanned<bool>> {
    let on = node.as_bool().or_else(|| match node.as_str() {
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) | None => None,
    })?;
    Some(Spanned::new(on, node.span))
}

/// Whether a member is a list: one that is left out tells nothing.
pub(super) fn list<'n, 's>(node: &'n Node<'s>, name: &str) -> Option<(&'n [Node<'s>], Span)> {
    let list = node.get(name)?;
    matches!(list.value, Value::Array(_)).then_some((list.elements(), list.span))
}
