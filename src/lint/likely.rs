//! What a policy is most likely attached to, by what it says.

use crate::json::Node;
use crate::policy::{PolicyKind, listed_statements};

/// The kind that a policy document without a place most likely has. Where policies are attached, [`guess_kind`](crate::policy::guess_kind)
/// says less: what looks like one kind may be bound as another.
pub(super) fn likely_kind(document: &Node<'_>) -> PolicyKind {
    let Some(statement) = document.get("Statement") else { return PolicyKind::Permissions };
    let statements = listed_statements(statement);
    let has = |name: &str| statements.iter().any(|s| s.get(name).is_some());
    let texts = |element: &str| -> Vec<&str> {
        let found = statements.iter().filter_map(|statement| statement.get(element));
        found
            .flat_map(|node| node.as_str().into_iter().chain(node.elements().iter().filter_map(Node::as_str)))
            .collect()
    };
    let all_are = |effect: &str| {
        statements.iter().all(|statement| statement.get("Effect").and_then(Node::as_str) == Some(effect))
    };
    let tests = |wanted: &[&str]| {
        let blocks = statements.iter().filter_map(|statement| statement.get("Condition"));
        let keys = blocks.flat_map(Node::members).flat_map(|operator| operator.value.members());
        keys.into_iter().any(|key| wanted.contains(&&*key.key.value.to_ascii_lowercase()))
    };
    let actions: Vec<String> =
        ["Action", "NotAction"].into_iter().flat_map(texts).map(str::to_ascii_lowercase).collect();
    if !has("Principal") && !has("NotPrincipal") {
        // What organizations deny to all of their principals.
        let limits = all_are("Deny")
            && (tests(&["aws:principalarn", "aws:principalisawsservice", "aws:principalorgid"])
                || (has("NotAction") && tests(&["aws:requestedregion"]))
                || actions.iter().any(|action| action == "organizations:leaveorganization"));
        let whole = texts("Sid").iter().any(|sid| sid.eq_ignore_ascii_case("FullAWSAccess"));
        return if limits || whole { PolicyKind::Scp } else { PolicyKind::Permissions };
    }
    let resources = texts("Resource");
    let of = |service: &str| {
        !actions.is_empty() && actions.iter().all(|action| action.split(':').next() == Some(service))
    };
    let everyone = statements.iter().all(|statement| {
        let principal = statement.get("Principal");
        principal.is_some_and(|node| node.as_str().or_else(|| node.get("AWS")?.as_str()) == Some("*"))
    });
    let on_all = !resources.is_empty() && resources.iter().all(|resource| *resource == "*");
    let about = |part: &str| resources.iter().any(|resource| resource.contains(part));
    // The policy of a bucket names its bucket.
    if all_are("Deny") && (everyone && (on_all || has("NotResource")) || of("s3") && on_all) {
        return PolicyKind::Rcp;
    }
    // The policy that AWS gives an endpoint, and what would say nothing in the policy of a resource.
    let every_action = actions.iter().any(|action| action == "*") && on_all;
    if everyone
        && (every_action || tests(&["aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"]))
    {
        return PolicyKind::Endpoint;
    }
    if of("sts") && !(has("Resource") || has("NotResource")) || of("sts") && all_are("Allow") {
        PolicyKind::Trust
    } else if of("kms") {
        PolicyKind::Key
    } else if of("s3") && about(":accesspoint/") {
        PolicyKind::AccessPoint
    } else if of("s3")
        || (!resources.is_empty() && resources.iter().all(|resource| resource.contains(":s3:::")))
        || (about(":s3:::") && actions.iter().all(|action| action == "*" || action.starts_with("s3:")))
    {
        PolicyKind::Bucket
    } else {
        PolicyKind::Resource
    }
}
