//! A plan or state beside its source: facts of the plan win, and a policy that it does not show is taken from the source.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::json::{Member, Node, Value};
use crate::load::Intake;
use crate::load::made::owned;
use crate::load::terraform::model::{Module, Resource};
use crate::load::terraform::names::Names;
use crate::load::terraform::types::Naming;
use crate::name::symbol;
use crate::source::{SourceId, Spanned};

/// Policies of evaluated source, by the directory of the root module, the address and the argument.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    policies: BTreeMap<(PathBuf, String, String), Node<'static>>,
    /// Symbols of the source and why they are open.
    pub(super) symbols: Vec<(String, String, crate::source::Span)>,
}

/// Notes the policies of a root module whose plan lies beside it.
pub(super) fn note(intake: &mut Intake, dir: PathBuf, world: &Module<'static>) {
    let beside = intake.notes::<Beside>();
    for resource in world.resources.iter().filter(|resource| resource.guards.is_empty()) {
        for name in ["policy", "assume_role_policy", "content"] {
            if let Some(node) = resource.values.get(name).filter(|node| node.is_object()) {
                let key = (dir.clone(), resource.address.value.clone(), name.to_owned());
                beside.policies.insert(key, owned(node));
            }
        }
    }
}

/// The policy that the source of a plan has for an argument that the plan does not show, with the names that the plan
/// knows.
pub(in crate::load::terraform) fn policy<'s>(
    names: &Names<'_, 's>,
    intake: &mut Intake,
    resource: &Resource<'s>,
    name: &str,
) -> Option<Node<'static>> {
    let dir = directory(intake, resource.address.span.source)?;
    let key = (dir, resource.address.value.clone(), name.to_owned());
    let node = intake.noted::<Beside>()?.policies.get(&key).map(owned)?;
    let symbols = intake.noted::<Beside>().map(|beside| beside.symbols.clone()).unwrap_or_default();
    let known = known_names(names, resource);
    let node = replaced(&node, &known);
    for (name, why, at) in symbols {
        intake.symbol(&name, &why, at);
    }
    Some(node)
}

/// The directory of a file, links resolved.
pub(in crate::load::terraform) fn directory(intake: &Intake, source: SourceId) -> Option<PathBuf> {
    let source = intake.sources.host(crate::source::Span::new(source, 0, 0)).source;
    let path = &intake.paths.get(&source)?.path;
    Some(path.parent()?.to_owned())
}

/// What the plan knows in place of symbols.
fn known_names<'s>(names: &Names<'_, 's>, beside: &Resource<'s>) -> Vec<(String, String)> {
    let tail = |arn: String| arn.rsplit('/').next().unwrap_or_default().to_owned();
    let mut known = vec![(symbol::unknown(symbol::ACCOUNT), names.account(beside).to_string())];
    for resource in names.world.resources.iter().filter(|resource| !resource.gone) {
        let value = match resource.kind.named {
            Naming::Iam { .. } => tail(names.iam(resource).value.to_string()),
            Naming::Key { .. } => tail(names.key(resource).value.to_string()),
            Naming::Bucket => names.bucket(resource).value,
            Naming::Endpoint => names.endpoint(resource).value,
            Naming::OfOrganization(_) => names.organization_id(resource).value,
            Naming::Nothing
            | Naming::OidcProvider
            | Naming::Alias
            | Naming::Store(_)
            | Naming::Cluster
            | Naming::Organization
            | Naming::Argument { .. } => continue,
        };
        let own = symbol::identity(&resource.address.value);
        let value = value.trim_start_matches("mrk-").trim_start_matches("vpce-").to_owned();
        if value != own {
            known.push((own, value));
        }
    }
    known
}

fn replaced(node: &Node<'static>, known: &[(String, String)]) -> Node<'static> {
    let text = |text: &str| -> Cow<'static, str> {
        let mut out = text.to_owned();
        if symbol::is_in(&out) {
            for (symbol, value) in known {
                out = out.replace(symbol, value);
            }
        }
        Cow::Owned(out)
    };
    let value = match &node.value {
        Value::String(inner) => Value::String(text(inner)),
        Value::Array(elements) => {
            Value::Array(elements.iter().map(|element| replaced(element, known)).collect())
        }
        Value::Object(members) => {
            let member = |m: &Member<'static>| Member {
                key: Spanned::new(text(&m.key.value), m.key.span),
                value: replaced(&m.value, known),
            };
            Value::Object(members.iter().map(member).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Invalid => node.value.clone(),
    };
    Node { span: node.span, value }
}
