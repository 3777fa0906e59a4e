//! Tags: CloudFormation's short forms, and the few standard ones that change what a scalar is.

use std::borrow::Cow;

use crate::json::{Member, Node, Value};
use crate::source::{Span, Spanned};

const STANDARD: &str = "tag:yaml.org,2002:";

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tag {
    /// A scalar is text, whatever it looks like.
    Text,
    /// Changes nothing.
    Ignored,
    /// The name of the only member of an object around the value.
    Short(Cow<'static, str>),
}

impl Tag {
    pub(super) fn new(tag: &saphyr_parser::Tag) -> Self {
        match (&*tag.handle, &*tag.suffix) {
            ("", "!") => Self::Text,
            ("!", name) => Self::Short(long_name(name)),
            (STANDARD, kind) => Self::standard(kind),
            ("", verbatim) => match (verbatim.strip_prefix(STANDARD), verbatim.strip_prefix('!')) {
                (Some(kind), _) => Self::standard(kind),
                (None, Some(name)) => Self::Short(long_name(name)),
                (None, None) => Self::Ignored,
            },
            (prefix, name) => match prefix.strip_prefix('!') {
                Some(prefix) => Self::Short(long_name(&[prefix, name].concat())),
                None => Self::Ignored,
            },
        }
    }

    fn standard(kind: &str) -> Self {
        if matches!(kind, "str" | "binary" | "timestamp") { Self::Text } else { Self::Ignored }
    }

    /// How many objects the tag puts around a value.
    pub(super) fn levels(tag: Option<&Self>) -> usize {
        usize::from(matches!(tag, Some(Self::Short(_))))
    }
}

fn long_name(name: &str) -> Cow<'static, str> {
    let known = match name {
        "Ref" => "Ref",
        "Condition" => "Condition",
        "And" => "Fn::And",
        "Base64" => "Fn::Base64",
        "Cidr" => "Fn::Cidr",
        "Equals" => "Fn::Equals",
        "FindInMap" => "Fn::FindInMap",
        "GetAZs" => "Fn::GetAZs",
        "GetAtt" => "Fn::GetAtt",
        "If" => "Fn::If",
        "ImportValue" => "Fn::ImportValue",
        "Join" => "Fn::Join",
        "Not" => "Fn::Not",
        "Or" => "Fn::Or",
        "Select" => "Fn::Select",
        "Split" => "Fn::Split",
        "Sub" => "Fn::Sub",
        "Transform" => "Fn::Transform",
        other if other.starts_with("Fn::") => return Cow::Owned(other.to_owned()),
        other => return Cow::Owned(format!("Fn::{other}")),
    };
    Cow::Borrowed(known)
}

/// The long form of a value behind a short tag; any other value as it is, from its tag on.
pub(super) fn wrap<'s>(node: Node<'s>, tag: Option<Tag>, written: Option<Span>) -> Node<'s> {
    let Some(written) = written else { return node };
    let span = written.to(node.span);
    match tag {
        Some(Tag::Short(name)) => {
            let member = Member { key: Spanned::new(name, written), value: node };
            Node { span, value: Value::Object(vec![member]) }
        }
        Some(Tag::Text | Tag::Ignored) | None => Node { span, ..node },
    }
}
