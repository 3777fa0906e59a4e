//! What runs with a role, and who vouches for service accounts: instances, functions, jobs, clusters and providers.

use super::model::{Block, Held, Resource};
use super::names::is_open;
use super::names::{AFTER_APPLY, Names};
use super::types::{Federation, Tells, Uses, Want};
use crate::estate::{Known, PlacedArn, ServiceAccount, Workload, WorkloadKind};
use crate::json::Node;
use crate::load::workload::{self, Instance};
use crate::load::{Intake, federation};
use crate::name::Arn;
use crate::source::{SourceId, Spanned};

/// Tells all of them, and how many use a role.
pub(super) fn record(names: &Names<'_, '_>, intake: &mut Intake, source: SourceId) -> usize {
    let mut count = 0;
    for resource in names.world.resources.iter().filter(|resource| !resource.gone) {
        for row in resource.kind.uses {
            count += usize::from(uses(names, intake, resource, row, source));
        }
        let Tells::Federation(what) = resource.kind.tells else { continue };
        match what {
            Federation::Cluster => cluster(names, intake, resource),
            Federation::PodIdentity => {
                count += usize::from(association(names, intake, resource).is_some());
            }
            Federation::OidcProvider => oidc_provider(names, intake, resource),
            Federation::SamlProvider => saml_provider(names, intake, resource),
            Federation::ServiceAccount => {
                count += usize::from(service_account(names, intake, resource).is_some());
            }
        }
    }
    count
}

fn uses(
    names: &Names<'_, '_>,
    intake: &mut Intake,
    resource: &Resource<'_>,
    row: &Uses,
    source: SourceId,
) -> bool {
    let mut block = names.world.block(resource);
    let mut path = row.path;
    while let Some((outer, inner)) = path.split_once('.') {
        let Some(within) = block.block(outer) else { return false };
        (block, path) = (within, inner);
    }
    let Some(named) = names.wanted_in(resource, &block, path, row.path, row.want) else { return false };
    // A data source that was not read yet says nothing.
    if resource.data && is_open(&named) {
        return false;
    }
    let (name, span) = (resource.address.value.clone(), resource.address.span);
    if row.want == Want::Role {
        let role = names.principal(resource, "role", &named);
        intake.uses_role(row.service.workload(name, role, span));
    } else {
        let account = names.places.account(resource).map(|account| account.value);
        let service = row.service;
        let instance = Instance { service, name, profile: named, account, span, source, listed: false };
        intake.uses_profile(instance);
    }
    true
}

/// A text, or a symbol where it is open.
fn text(names: &Names<'_, '_>, resource: &Resource<'_>, block: &Block<'_, '_>, name: &str) -> Option<String> {
    match block.held(name) {
        Held::Unset => None,
        Held::Known(_) => block.text(name).map(|text| text.value.to_owned()),
        Held::Unknown(at) => Some(names.hole(&format!("{}.{name}", resource.address.value), AFTER_APPLY, at)),
    }
}

fn cluster(names: &Names<'_, '_>, intake: &mut Intake, resource: &Resource<'_>) {
    let block = names.world.block(resource);
    let identity = block.block("identity");
    let oidc = identity.and_then(|identity| identity.block("oidc"));
    let issuer = oidc.as_ref().and_then(|oidc| oidc.text("issuer"));
    let issuer = issuer.map(|issuer| issuer.map(|url| federation::bare(url).to_owned()));
    if !resource.data || block.text("arn").is_some() {
        intake.cluster(names.cluster(resource), issuer);
    }
}

fn association(names: &Names<'_, '_>, intake: &mut Intake, resource: &Resource<'_>) -> Option<()> {
    let block = names.world.block(resource);
    let arn = |name: &str| {
        let role = names.wanted(resource, name, Want::Role)?;
        Some(names.principal(resource, "role", &role))
    };
    let role = arn("role_arn")?;
    let cluster = names.wanted(resource, "cluster_name", Want::Cluster);
    let cluster = cluster.map(|name| names.local_arn(resource, "eks", &format!("cluster/{}", name.value)));
    let kind = WorkloadKind::PodIdentity {
        service_account: ServiceAccount {
            cluster: cluster.map(|cluster| cluster.to_string()),
            namespace: text(names, resource, &block, "namespace"),
            name: text(names, resource, &block, "service_account")?,
        },
        target: arn("target_role_arn"),
        // AWS chooses it, and tells it behind the first use.
        external_id: block.text("external_id").map(|id| id.value.to_owned()),
        disable_session_tags: block.flag("disable_session_tags").is_some_and(|off| off.value),
        has_policy: block.text("policy").is_some_and(|policy| !policy.value.is_empty()),
    };
    intake.uses_role(Workload { kind, role, span: resource.address.span });
    Some(())
}

fn oidc_provider(names: &Names<'_, '_>, intake: &mut Intake, resource: &Resource<'_>) {
    let block = names.world.block(resource);
    let told = block.text("arn").and_then(|arn| Some(Spanned::new(arn.value.parse::<Arn>().ok()?, arn.span)));
    if resource.data && told.is_none() {
        return;
    }
    let of_arn = told.as_ref().and_then(|arn| arn.value.resource_of("oidc-provider")).map(str::to_owned);
    let Some(url) = of_arn.or_else(|| text(names, resource, &block, "url")) else { return };
    let url = federation::bare(&url);
    let arn = told.unwrap_or_else(|| {
        let arn = names.global_arn(resource, &format!("oidc-provider/{url}"));
        Spanned::new(arn, resource.address.span)
    });
    let mask = block.unknown.and_then(|unknown| unknown.get("client_id_list"));
    let is_open =
        mask.is_some_and(|mask| mask.elements().iter().any(|element| element.as_bool() == Some(true)));
    let ids = block.known("client_id_list").filter(|_| !is_open);
    let ids =
        ids.map(|list| list.elements().iter().filter_map(|id| id.as_str().map(str::to_owned)).collect());
    intake.oidc_provider(Some(arn), url, Known::from(ids), resource.address.span);
}

fn saml_provider(names: &Names<'_, '_>, intake: &mut Intake, resource: &Resource<'_>) {
    let block = names.world.block(resource);
    let told = block.text("arn").and_then(|arn| Some(Spanned::new(arn.value.parse::<Arn>().ok()?, arn.span)));
    if resource.data && told.is_none() {
        return;
    }
    let made = || {
        let name = text(names, resource, &block, "name")?;
        let arn = names.global_arn(resource, &format!("saml-provider/{name}"));
        Some(Spanned::new(arn, resource.address.span))
    };
    if let Some(arn) = told.or_else(made) {
        intake.saml_provider(arn);
    }
}

/// What the provider of Kubernetes writes into a cluster that it alone knows.
fn service_account(names: &Names<'_, '_>, intake: &mut Intake, resource: &Resource<'_>) -> Option<()> {
    let block = names.world.block(resource);
    let metadata = block.block("metadata")?;
    let role = annotated(names, resource, &metadata)?;
    let annotations = metadata.known("annotations");
    let audience = annotations.and_then(|list| list.get(workload::AUDIENCE)).and_then(Node::as_str);
    let namespace = text(names, resource, &metadata, "namespace").unwrap_or_else(|| "default".to_owned());
    let kind = WorkloadKind::Irsa {
        service_account: ServiceAccount {
            cluster: None,
            namespace: Some(namespace),
            name: text(names, resource, &metadata, "name")?,
        },
        audience: audience.unwrap_or(workload::DEFAULT_AUDIENCE).to_owned(),
    };
    intake.uses_role(Workload { kind, role, span: resource.address.span });
    Some(())
}

/// The role that annotations name. Where one of them is open, the references of all tell which role is meant.
fn annotated(names: &Names<'_, '_>, resource: &Resource<'_>, metadata: &Block<'_, '_>) -> Option<PlacedArn> {
    let list = match metadata.held("annotations") {
        Held::Unset => return None,
        Held::Unknown(_) => {
            let role =
                names.wanted_in(resource, metadata, "annotations", "metadata.annotations", Want::Role)?;
            // Without a role in it, it may be any annotation.
            let is_open = names.is_anybody(resource, "role", &role);
            return (!is_open).then(|| names.principal(resource, "role", &role));
        }
        Held::Known(list) => list,
    };
    let unknown = metadata.unknown.and_then(|unknown| unknown.get("annotations"));
    let inner = Block { values: list, unknown, config: None };
    let role = match inner.held(workload::ROLE_ARN) {
        Held::Unset => return None,
        Held::Known(_) => inner.text(workload::ROLE_ARN)?.map(str::to_owned),
        Held::Unknown(at) => {
            let expression = metadata.expression("annotations");
            let named = expression.and_then(|expression| names.the_role(resource, expression));
            let hole = || names.hole(&format!("{}.role", resource.address.value), AFTER_APPLY, at);
            Spanned::new(named.unwrap_or_else(hole), at)
        }
    };
    Some(names.principal(resource, "role", &role))
}
