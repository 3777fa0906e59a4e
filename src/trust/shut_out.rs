//! Workloads that their role does not let in: two facts that contradict each other.

use super::context::TrustContext;
use super::incoming::Step;
use super::index::Index;
use super::{Principal, Way};
use crate::estate::{Estate, Identity, Role, Workload, WorkloadKind};
use crate::eval::Circumstances;
use crate::logic::Solver;
use crate::name::symbol;
use crate::policy::{Policy, PrincipalKind};

/// The workloads whose role is known, with a trust policy that certainly refuses them.
pub(crate) fn shut_out(estate: &Estate) -> Vec<(&Workload, &Role)> {
    if estate.workloads.is_empty() {
        return Vec::new();
    }
    let circumstances = Circumstances::default();
    let trust_context = TrustContext::new(estate, &circumstances, false);
    let index = Index::new(estate);
    let mut found = Vec::new();
    for (at, workload) in estate.workloads.iter().enumerate() {
        let arn = workload.role.value.as_str();
        let Some(role) = estate.roles.iter().find(|role| role.arn.value.as_str() == arn) else { continue };
        let Some(trust) = role.trust.provided() else { continue };
        // What the source leaves open may name the service.
        if trust
            .statements
            .iter()
            .any(|statement| statement.tests.iter().any(|test| test.key.value.is_guard()))
        {
            continue;
        }
        if let WorkloadKind::Service { principal, .. } = workload.kind
            && names_in_a_region(trust, principal)
        {
            continue;
        }
        let way = match workload.kind {
            WorkloadKind::Irsa { .. } => Way::Irsa,
            WorkloadKind::PodIdentity { .. } => Way::PodIdentity,
            WorkloadKind::Service { .. } => Way::RunsAs,
        };
        let from = Principal::Workload(at);
        let works =
            Step::prepare(&trust_context, &index, &from, way, Identity::Role(role)).map(|step| step.when());
        let is_shut = works.is_none_or(|works| Solver::new([&works]).decided(&works) == Some(false));
        if is_shut {
            found.push((workload, role));
        }
    }
    found
}

/// Whether a policy names a service as it is called in one Region, `states.us-east-1.amazonaws.com`, or in a way that is open.
fn names_in_a_region(trust: &Policy, service: &str) -> bool {
    let label = |name: &str| name.split('.').next().map(str::to_owned);
    let scopes = trust.statements.iter().filter_map(|statement| statement.principals.as_ref());
    scopes.flat_map(|scope| scope.listed()).filter(|p| p.value.kind == PrincipalKind::Service).any(|p| {
        let text = &*p.value.text;
        symbol::is_in(text) || (text != service && label(text) == label(service))
    })
}
