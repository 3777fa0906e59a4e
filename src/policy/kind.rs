use crate::json::{Node, Value};

/// What a policy document is attached to; it decides which elements are allowed (R15) and what it can do.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PolicyKind {
    /// An identity-based policy.
    Identity,
    /// A permissions boundary.
    Boundary,
    /// A session policy.
    Session,
    /// A trust policy.
    Trust,
    /// A bucket policy.
    Bucket,
    /// The policy of an access point.
    AccessPoint,
    /// A key policy.
    Key,
    /// A service control policy.
    Scp,
    /// A resource control policy.
    Rcp,
    /// The policy of a VPC endpoint.
    Endpoint,
    /// A resource-based policy of a service that has no rules of its own here.
    Resource,
    /// Without principals, and nobody said whether it is an identity policy, a boundary, a session policy or an
    /// SCP: only what is wrong in all of them is wrong here.
    Permissions,
}

impl PolicyKind {
    /// All kinds, in the order of the variants.
    pub const ALL: [Self; 12] = [
        Self::Identity,
        Self::Boundary,
        Self::Session,
        Self::Trust,
        Self::Bucket,
        Self::AccessPoint,
        Self::Key,
        Self::Scp,
        Self::Rcp,
        Self::Endpoint,
        Self::Resource,
        Self::Permissions,
    ];

    /// The names a person may give; “some policy without principals” is only ever guessed.
    pub const NAMES: &'static [&'static str] = &[
        "identity",
        "boundary",
        "session",
        "trust",
        "bucket",
        "access_point",
        "key",
        "scp",
        "rcp",
        "endpoint",
        "resource",
    ];

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name && *kind != Self::Permissions)
    }

    /// The name used in messages.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Trust => "role trust policy",
            Self::Bucket => "bucket policy",
            Self::AccessPoint => "access point policy",
            Self::Key => "key policy",
            Self::Scp => "service control policy",
            Self::Rcp => "resource control policy",
            Self::Endpoint => "VPC endpoint policy",
            Self::Resource => "resource-based policy",
            Self::Permissions => "policy",
        }
    }

    /// The name in the manifest (`kind = "scp"`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Trust => "trust",
            Self::Bucket => "bucket",
            Self::AccessPoint => "access_point",
            Self::Key => "key",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
            Self::Endpoint => "endpoint",
            Self::Resource => "resource",
            Self::Permissions => "permissions",
        }
    }

    /// Whether statements name principals.
    pub fn has_principals(self) -> bool {
        match self {
            Self::Trust
            | Self::Bucket
            | Self::AccessPoint
            | Self::Key
            | Self::Rcp
            | Self::Endpoint
            | Self::Resource => true,
            Self::Identity | Self::Boundary | Self::Session | Self::Scp | Self::Permissions => false,
        }
    }

    /// IAM stores it and holds its Sids to letters and digits, unique in the document (R14).
    pub fn is_iam(self) -> bool {
        matches!(self, Self::Identity | Self::Boundary | Self::Session | Self::Trust)
    }

    /// ARNs of fewer than six parts are completed with `*` (R19).
    pub fn completes_arns(self) -> bool {
        matches!(self, Self::Identity | Self::Boundary | Self::Permissions)
    }
}

/// The statements of a `Statement` element: its list, or the one object that stands there.
pub(crate) fn listed_statements<'n, 'a>(statement: &'n Node<'a>) -> Vec<&'n Node<'a>> {
    match &statement.value {
        Value::Array(list) => list.iter().collect(),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Object(_)
        | Value::Invalid => vec![statement],
    }
}

/// The kind of a bare policy document, as far as its content tells.
pub fn guess_kind(document: &Node<'_>) -> PolicyKind {
    let Some(statement) = document.get("Statement") else { return PolicyKind::Permissions };
    let statements = listed_statements(statement);
    let has = |name: &str| statements.iter().any(|s| s.get(name).is_some());
    if !has("Principal") && !has("NotPrincipal") {
        return PolicyKind::Permissions;
    }
    let mut services: Vec<String> = Vec::new();
    for statement in &statements {
        for element in ["Action", "NotAction"] {
            let Some(node) = statement.get(element) else { continue };
            let listed = node.as_str().into_iter().chain(node.elements().iter().filter_map(Node::as_str));
            for action in listed {
                let service = action.split(':').next().unwrap_or("").to_ascii_lowercase();
                if !services.contains(&service) {
                    services.push(service);
                }
            }
        }
    }
    let denies_everyone = statements.iter().all(|s| {
        s.get("Effect").and_then(Node::as_str) == Some("Deny")
            && s.get("Principal").and_then(Node::as_str) == Some("*")
    });
    let names = |wanted: &str| services.iter().all(|s| s == wanted) && !services.is_empty();
    if names("sts") && !(denies_everyone && (has("Resource") || has("NotResource"))) {
        PolicyKind::Trust
    } else if names("kms") && !denies_everyone {
        PolicyKind::Key
    } else if names("s3") && !denies_everyone {
        PolicyKind::Bucket
    } else {
        PolicyKind::Resource
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_kinds_agree() {
        let parsed: Vec<&str> =
            PolicyKind::NAMES.iter().map(|n| PolicyKind::parse(n).unwrap().as_str()).collect();
        assert_eq!(parsed, PolicyKind::NAMES);
        assert_eq!(PolicyKind::NAMES.len() + 1, PolicyKind::ALL.len());
    }
}
