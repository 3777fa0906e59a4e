//! What becomes a role: told by many formats, kept once.

use super::Intake;
use crate::estate::{PlacedArn, Workload, WorkloadKind};
use crate::source::{SourceId, Span};

impl Intake {
    /// Something that may become a role, and a line about it in the list of inputs.
    pub(super) fn workload(&mut self, source: SourceId, workload: Workload) {
        let verb = match &workload.kind {
            WorkloadKind::Irsa { .. } | WorkloadKind::PodIdentity { .. } => "may become",
            WorkloadKind::Service { .. } => "runs with",
        };
        self.contributes(source, "", format!("{} {verb} {}", workload.described(), workload.role.value));
        if let Some(target) = target_of(&workload) {
            let what = format!("{} may become {} for it", workload.role.value, target.value);
            self.contributes(source, "", what);
        }
        self.uses_role(workload);
    }

    /// The same where the list of inputs counts such things.
    pub(super) fn uses_role(&mut self, workload: Workload) {
        let workloads = &mut self.estate.workloads;
        let is_known = workloads
            .iter()
            .any(|known| known.role.value == workload.role.value && same_kind(&known.kind, &workload.kind));
        if !is_known {
            workloads.push(workload);
        }
    }
}

fn target_of(workload: &Workload) -> Option<&PlacedArn> {
    match &workload.kind {
        WorkloadKind::PodIdentity { target, .. } => target.as_ref(),
        WorkloadKind::Irsa { .. } | WorkloadKind::Service { .. } => None,
    }
}

/// Whether two say the same, wherever they stand.
fn same_kind(one: &WorkloadKind, other: &WorkloadKind) -> bool {
    match (one, other) {
        (
            WorkloadKind::PodIdentity { service_account, target, external_id, disable_session_tags },
            WorkloadKind::PodIdentity {
                service_account: account,
                target: t,
                external_id: e,
                disable_session_tags: d,
            },
        ) => {
            let arn = |placed: &Option<PlacedArn>| placed.as_ref().map(|arn| arn.value.clone());
            service_account == account
                && arn(target) == arn(t)
                && external_id == e
                && disable_session_tags == d
        }
        (one, other) => one == other,
    }
}

/// What can be said only when every file was read.
pub(super) fn settle(intake: &mut Intake) {
    let mut wanted: Vec<(Span, String)> = Vec::new();
    // Whatever a service runs has some role; that of a service account is there because somebody asks for it.
    for workload in intake.estate.workloads.iter().filter(|workload| workload.service_account().is_some()) {
        for role in [Some(&workload.role), target_of(workload)].into_iter().flatten() {
            if !intake.estate.roles.iter().any(|known| known.arn.value == role.value) {
                wanted.push((role.span, format!("the role {}: aws iam get-role", role.value)));
            }
        }
    }
    for (at, what) in wanted {
        intake.misses(intake.sources.host(at).source, what);
    }
}
