//! Grants as `aws kms list-grants` answers them; the manifest names such answers, too.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::estate::{Constraint, Grant};
use crate::json::{Members, Node, Reader};
use crate::name::Arn;

const SOURCE_ARN: &str = "SourceArn";
const KNOWN: [&str; 3] = ["EncryptionContextEquals", "EncryptionContextSubset", SOURCE_ARN];

/// How many grants, in words.
pub(super) fn counted(grants: usize) -> String {
    if grants == 1 { "1 grant".to_owned() } else { format!("{grants} grants") }
}

/// The grants in an answer of list-grants.
pub(super) fn grants(root: &Node<'_>, problems: &mut Vec<Diagnostic>) -> Vec<Grant> {
    let Some(list) = root.get("Grants") else { return Vec::new() };
    let read = |(index, node)| grant(node, index, problems);
    list.elements().iter().enumerate().filter_map(read).collect()
}

fn grant(node: &Node<'_>, index: usize, problems: &mut Vec<Diagnostic>) -> Option<Grant> {
    let mut t = Reader::lax(problems).object(node, "a grant", &[])?;
    let id = t.text("GrantId").map(|id| id.value.to_owned());
    let key = t.text("KeyId").and_then(|key| key.value.parse::<Arn>().ok());
    // A grant to a service names it in a member of its own.
    let grantee = t.text("GranteePrincipal").or_else(|| t.text("GranteeServicePrincipal"));
    let operations = t.required_texts("Operations").unwrap_or_default();
    let constraints = constraints(&mut t);
    let Some(grantee) = grantee else {
        t.required_text("GranteePrincipal");
        return None;
    };
    Some(Grant {
        id,
        grantee: grantee.value.to_owned(),
        operations: operations.iter().map(|operation| operation.value.to_owned()).collect(),
        constraints,
        key,
        span: node.span,
        pointer: format!("/Grants/{index}"),
    })
}

fn constraints(t: &mut Members<'_, '_, '_>) -> Vec<Constraint> {
    let Some(node) = t.table("Constraints") else { return Vec::new() };
    let others = node.members().iter().filter(|member| !KNOWN.contains(&&*member.key.value));
    let others: Vec<Constraint> =
        others.map(|member| Constraint::Other(member.key.value.clone().into_owned())).collect();
    let Some(mut t) = t.child(node, "the constraints of a grant", &[]) else { return others };
    // What cannot be read is an error: it must not become a grant without a constraint.
    let mut pairs = |name: &str| -> Option<BTreeMap<String, String>> {
        let node = t.table(name)?;
        let mut pairs = BTreeMap::new();
        for member in node.members() {
            match member.value.as_str() {
                Some(value) => {
                    pairs.insert(member.key.value.clone().into_owned(), value.to_owned());
                }
                None => {
                    let message =
                        format!("an encryption context holds strings; this is {}", member.value.kind());
                    let problem = Diagnostic::new(Code::DataTypeMismatch, member.value.span, message);
                    t.problems().push(problem.help("write what `aws kms list-grants` answers"));
                }
            }
        }
        Some(pairs)
    };
    let [equals, subset, _] = KNOWN;
    let (equals, subset) = (pairs(equals).map(Constraint::Equals), pairs(subset).map(Constraint::Subset));
    let source = t.text(SOURCE_ARN).map(|arn| Constraint::SourceArn(arn.value.to_owned()));
    equals.into_iter().chain(subset).chain(source).chain(others).collect()
}
