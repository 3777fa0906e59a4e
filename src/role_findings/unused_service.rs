//! Services that a trust policy lets in, and that run nothing with the role.

use crate::diagnostic::{Code, Diagnostic};
use crate::estate::{Estate, Role, WorkloadKind};
use crate::policy::{Effect, PrincipalKind};

pub(super) fn check(estate: &Estate, role: &Role) -> Vec<Diagnostic> {
    let Some(trust) = role.trust.provided() else { return Vec::new() };
    let allows = trust.statements.iter().filter(|statement| statement.effect.value == Effect::Allow);
    let listed = allows.filter_map(|s| s.principals.as_ref()).flat_map(|scope| scope.listed());
    let services = listed.filter(|principal| principal.value.kind == PrincipalKind::Service);
    let mut findings = Vec::new();
    for service in services {
        let name = &*service.value.text;
        if is_told_of(estate, role, name) && !is_used(estate, role, name) {
            let message = format!("no known workload runs with {} by {name}", role.name());
            let help = "remove the service from the trust policy, or add what it runs to the inputs";
            findings.push(Diagnostic::new(Code::UnusedTrustedService, service.span, message).help(help));
        }
    }
    findings
}

/// Whether what the service runs in the role's account was told at all.
fn is_told_of(estate: &Estate, role: &Role, service: &str) -> bool {
    let account = role.arn.value.account();
    let here = |arn: &crate::name::Arn| arn.account() == account;
    let profiles = || estate.instance_profiles.iter().any(|profile| here(&profile.arn.value));
    estate
        .workloads
        .iter()
        .any(|workload| runs_by(&workload.kind) == Some(service) && here(&workload.role.value))
        || (service == EC2 && profiles())
}

fn is_used(estate: &Estate, role: &Role, service: &str) -> bool {
    let own = |arn: &crate::name::Arn| *arn == role.arn.value;
    let in_profile = || {
        role.instance_profile.is_some()
            || estate
                .instance_profiles
                .iter()
                .any(|profile| profile.role.as_ref().is_some_and(|r| own(&r.value)))
    };
    estate
        .workloads
        .iter()
        .any(|workload| runs_by(&workload.kind) == Some(service) && own(&workload.role.value))
        || (service == EC2 && in_profile())
}

const EC2: &str = "ec2.amazonaws.com";

fn runs_by(kind: &WorkloadKind) -> Option<&'static str> {
    match kind {
        WorkloadKind::Service { principal, .. } => Some(principal),
        WorkloadKind::PodIdentity { .. } => Some("pods.eks.amazonaws.com"),
        WorkloadKind::Irsa { .. } => None,
    }
}
