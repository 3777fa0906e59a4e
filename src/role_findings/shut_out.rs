//! Workloads that their role does not let in.

use crate::diagnostic::{Code, Diagnostic};
use crate::estate::{Estate, Role, Workload, WorkloadKind};

pub(super) fn check(estate: &Estate) -> Vec<Diagnostic> {
    crate::trust::shut_out(estate).into_iter().map(|(workload, role)| finding(workload, role)).collect()
}

fn finding(workload: &Workload, role: &Role) -> Diagnostic {
    let name = role.name();
    let (message, help) = match &workload.kind {
        WorkloadKind::Service { principal, what, name: called } => (
            format!("the {what} {called} runs with {name}, and the trust policy of {name} does not let {principal} in"),
            format!("let {principal} assume the role in its trust policy, or give the {what} another role"),
        ),
        WorkloadKind::Irsa { service_account, .. } => (
            format!(
                "the service account {} has the role {name}, and the trust policy of {name} does not let it in",
                service_account.name
            ),
            "compare the OIDC provider, the audience and the subject of the trust policy with the cluster and the service account"
                .to_owned(),
        ),
        WorkloadKind::PodIdentity { service_account, .. } => (
            format!(
                "EKS Pod Identity gives the role {name} to the service account {}, and the trust policy of {name} does not let it in",
                service_account.name
            ),
            "the trust policy must let pods.eks.amazonaws.com make sts:AssumeRole and sts:TagSession, for these tags".to_owned(),
        ),
    };
    let found = Diagnostic::new(Code::WorkloadCannotAssume, workload.span, message).help(help);
    match role.trust.provided() {
        Some(trust) => found.because(trust.span, "the trust policy"),
        None => found,
    }
}
