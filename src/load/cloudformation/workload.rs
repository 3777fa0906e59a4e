//! What runs with a role, and who vouches for service accounts: instances, functions, jobs, clusters and providers.

use super::emit::{FactEmitter, Resource};
use super::text::{scalar, strings};
use super::types::{self, Federation, Names, Tells, Uses};
use crate::estate::{Known, PlacedArn, ServiceAccount, Workload, WorkloadKind};
use crate::json::Node;
use crate::load::federation;
use crate::load::workload::{Instance, Service};
use crate::name::{Arn, symbol};
use crate::source::Spanned;

impl<'t> FactEmitter<'_, 't> {
    /// Whatever a resource says about who uses a role.
    pub(super) fn workload(&mut self, resource: &Resource<'t>) {
        let Some(known) = types::find(resource.entry.kind()) else { return };
        for row in known.uses {
            self.uses(resource, row);
        }
        let Tells::Federation(what) = known.tells else { return };
        match what {
            Federation::Cluster => {
                if let Some(arn) = self.arn(resource) {
                    self.intake.cluster(arn, None);
                }
            }
            Federation::PodIdentity => self.association(resource),
            Federation::OidcProvider => self.oidc_provider(resource),
            Federation::SamlProvider => {
                if let Some(arn) = self.arn(resource) {
                    self.count(resource, "SAML provider");
                    self.intake.saml_provider(arn);
                }
            }
        }
    }

    fn uses(&mut self, resource: &Resource<'t>, row: &Uses) {
        let Some(value) = self.property(resource, row.property) else { return };
        let value = row.inside.iter().try_fold(&value, |node, name| node.get(name));
        let Some(named) = value.and_then(named) else { return };
        self.count(resource, "workload");
        let (name, span) = (self.shown(resource).into_owned(), resource.entry.key);
        match row.names {
            Names::Role => {
                let role = self.role_named(resource, &named);
                self.intake.uses_role(row.service.workload(name, role, span));
            }
            Names::InstanceProfile => {
                let (account, source) = (self.account_id(resource), self.source(resource));
                let service = row.service;
                let profile = named;
                let instance = Instance { service, name, profile, account, span, source, listed: false };
                self.intake.uses_profile(instance);
            }
        }
    }

    /// The role that SAM writes for what has none.
    pub(super) fn uses_implied(&mut self, resource: &Resource<'t>, service: Service, role: &PlacedArn) {
        self.count(resource, "workload");
        let name = self.shown(resource).into_owned();
        self.intake.uses_role(service.workload(name, role.clone(), resource.entry.key));
    }

    /// A role by its ARN or its name.
    pub(super) fn role_named(&mut self, resource: &Resource<'t>, named: &Spanned<String>) -> PlacedArn {
        match named.value.parse::<Arn>() {
            Ok(arn) => Spanned::new(arn, named.span),
            Err(_) => {
                let name = named.value.rsplit('/').next().unwrap_or_default();
                let holder = self.holder(resource, "role", name, named.span);
                Spanned::new(holder.arn.value, named.span)
            }
        }
    }

    fn association(&mut self, resource: &Resource<'t>) {
        let text =
            |emitter: &mut Self, name: &str| emitter.text(resource, name).filter(|t| !t.value.is_empty());
        let (Some(role), Some(name)) = (text(self, "RoleArn"), text(self, "ServiceAccount")) else { return };
        let role = self.role_named(resource, &role);
        let target = text(self, "TargetRoleArn").map(|target| self.role_named(resource, &target));
        let cluster = text(self, "ClusterName").map(|name| {
            let (partition, region) = (self.partition(resource), self.region(resource));
            let cluster = format!("cluster/{}", name.value);
            Arn::of(partition, "eks", &region, &self.account(resource), &cluster).to_string()
        });
        let service_account = ServiceAccount {
            cluster,
            namespace: text(self, "Namespace").map(|namespace| namespace.value),
            name: name.value,
        };
        let kind = WorkloadKind::PodIdentity {
            service_account,
            target,
            // AWS chooses it when the stack is deployed.
            external_id: None,
            disable_session_tags: self.flag(resource, "DisableSessionTags").is_some_and(|off| off.value),
            has_policy: self.property(resource, "Policy").is_some(),
        };
        self.count(resource, "workload");
        self.intake.uses_role(Workload { kind, role, span: resource.entry.key });
    }

    fn oidc_provider(&mut self, resource: &Resource<'t>) {
        let physical = self.evaluator.physical(resource.stack, &resource.entry.id);
        let Some(arn) = physical.and_then(|physical| physical.reference.parse::<Arn>().ok()) else { return };
        let Some(url) = arn.resource_of("oidc-provider").map(str::to_owned) else { return };
        self.count(resource, "OpenID Connect provider");
        let ids = match self.property(resource, "ClientIdList") {
            Some(list) => {
                let ids: Vec<String> = strings(&list).into_iter().map(|(id, _)| id.into_owned()).collect();
                if ids.iter().any(|id| symbol::is_in(id)) { Known::NotProvided } else { Known::Provided(ids) }
            }
            None => Known::Provided(Vec::new()),
        };
        let arn = Spanned::new(arn, resource.entry.key);
        self.intake.oidc_provider(Some(arn), federation::bare(&url), ids, resource.entry.key);
    }
}

/// A name that says something.
fn named(node: &Node<'_>) -> Option<Spanned<String>> {
    let text = scalar(node)?.into_owned();
    (!text.is_empty()).then(|| Spanned::new(text, node.span))
}
