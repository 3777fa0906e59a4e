//! What becomes a role, and through what: told by many formats, kept once.

use std::collections::BTreeSet;

use super::Intake;
use crate::estate::{InstanceProfile, PlacedArn, Workload, WorkloadKind};
use crate::name::{AccountId, Arn, symbol};
use crate::source::{SourceId, Span, Spanned};

/// A service that runs things with roles, and what it calls them.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) principal: &'static str,
    pub(super) what: &'static str,
}

const fn service(principal: &'static str, what: &'static str) -> Service {
    Service { principal, what }
}

pub(super) const BUILD_PROJECT: Service = service("codebuild.amazonaws.com", "CodeBuild project");
pub(super) const CLOUDFORMATION_STACK: Service =
    service("cloudformation.amazonaws.com", "CloudFormation stack");
pub(super) const CRAWLER: Service = service("glue.amazonaws.com", "Glue crawler");
/// Pulls images and secrets, where the task itself has a role of its own.
pub(super) const ECS_AGENT: Service = service("ecs-tasks.amazonaws.com", "ECS agent of task definition");
pub(super) const EMR_CLUSTER: Service = service("elasticmapreduce.amazonaws.com", "EMR cluster");
pub(super) const EMR_INSTANCE: Service = service("ec2.amazonaws.com", "instances of EMR cluster");
pub(super) const EMR_JOB: Service = service("emr-serverless.amazonaws.com", "EMR Serverless job run");
pub(super) const GLUE_ENDPOINT: Service = service("glue.amazonaws.com", "Glue development endpoint");
pub(super) const GLUE_JOB: Service = service("glue.amazonaws.com", "Glue job");
pub(super) const INSTANCE: Service = service("ec2.amazonaws.com", "EC2 instance");
pub(super) const LAMBDA: Service = service("lambda.amazonaws.com", "Lambda function");
pub(super) const LAUNCH_CONFIGURATION: Service = service("ec2.amazonaws.com", "launch configuration");
pub(super) const LAUNCH_TEMPLATE: Service = service("ec2.amazonaws.com", "launch template");
pub(super) const NOTEBOOK: Service = service("sagemaker.amazonaws.com", "SageMaker notebook instance");
pub(super) const PIPELINE: Service = service("codepipeline.amazonaws.com", "CodePipeline pipeline");
pub(super) const STATE_MACHINE: Service = service("states.amazonaws.com", "state machine");
pub(super) const TASK: Service = service("ecs-tasks.amazonaws.com", "ECS task definition");

/// The annotation of a service account that names its role (IRSA).
pub(super) const ROLE_ARN: &str = "eks.amazonaws.com/role-arn";
pub(super) const AUDIENCE: &str = "eks.amazonaws.com/audience";
/// What the webhook of EKS asks tokens for when nobody says otherwise.
pub(super) const DEFAULT_AUDIENCE: &str = "sts.amazonaws.com";

/// What the manifest can name, by service principal; each has the noun that fits whatever the service runs.
pub(super) static SERVICES: &[Service] = &[
    service("airflow.amazonaws.com", "Airflow environment"),
    service("apprunner.amazonaws.com", "App Runner service"),
    service("batch.amazonaws.com", "Batch compute environment"),
    service("batchoperations.s3.amazonaws.com", "S3 Batch Operations job"),
    service("bedrock.amazonaws.com", "Bedrock resource"),
    CLOUDFORMATION_STACK,
    BUILD_PROJECT,
    PIPELINE,
    service("databrew.amazonaws.com", "DataBrew job"),
    service("datasync.amazonaws.com", "DataSync location"),
    INSTANCE,
    service("ecs-tasks.amazonaws.com", "ECS task"),
    EMR_CLUSTER,
    EMR_JOB,
    service("events.amazonaws.com", "EventBridge rule"),
    service("firehose.amazonaws.com", "Firehose stream"),
    GLUE_JOB,
    service("kinesisanalytics.amazonaws.com", "Managed Flink application"),
    service("lakeformation.amazonaws.com", "Lake Formation location"),
    LAMBDA,
    service("pipes.amazonaws.com", "EventBridge pipe"),
    service("quicksight.amazonaws.com", "QuickSight account"),
    service("rds.amazonaws.com", "RDS database"),
    service("redshift-serverless.amazonaws.com", "Redshift Serverless namespace"),
    service("redshift.amazonaws.com", "Redshift cluster"),
    service("rolesanywhere.amazonaws.com", "Roles Anywhere profile"),
    service("s3.amazonaws.com", "S3 replication"),
    service("sagemaker.amazonaws.com", "SageMaker resource"),
    service("scheduler.amazonaws.com", "EventBridge schedule"),
    service("ssm.amazonaws.com", "Systems Manager resource"),
    STATE_MACHINE,
    service("transfer.amazonaws.com", "Transfer Family user"),
];

/// What was told of things that run with roles.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    /// What runs with an instance profile, until every file was seen.
    instances: Vec<Instance>,
    /// What every workload of the estate says.
    workloads: BTreeSet<String>,
}

/// Something with an instance profile, whose role another file may tell.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub(super) service: Service,
    pub(super) name: String,
    /// The ARN or the name of its profile.
    pub(super) profile: Spanned<String>,
    pub(super) account: Option<AccountId>,
    pub(super) span: Span,
    /// The file that tells it, and whether it gets a line of its own there.
    pub(super) source: SourceId,
    pub(super) listed: bool,
}

impl Service {
    pub(super) fn workload(self, name: impl Into<String>, role: PlacedArn, span: Span) -> Workload {
        let Self { principal, what } = self;
        Workload { kind: WorkloadKind::Service { principal, what, name: name.into() }, role, span }
    }
}

impl Intake {
    /// Something that may become a role, and a line about it in the list of inputs.
    pub(super) fn workload(&mut self, source: SourceId, workload: Workload) {
        let verb = match &workload.kind {
            WorkloadKind::Irsa { .. } | WorkloadKind::PodIdentity { .. } => "may assume",
            WorkloadKind::Service { .. } => "runs with",
        };
        self.contributes(source, "", format!("{} {verb} {}", workload.described(), workload.role.value));
        if let Some(target) = target_of(&workload) {
            let what = format!("{} may assume {} for it", workload.role.value, target.value);
            self.contributes(source, "", what);
        }
        self.uses_role(workload);
    }

    /// The same where the list of inputs counts such things.
    pub(super) fn uses_role(&mut self, workload: Workload) {
        if self.runs.workloads.insert(said(&workload)) {
            self.estate.workloads.push(workload);
        }
    }

    /// Something that has the role of an instance profile.
    pub(super) fn uses_profile(&mut self, instance: Instance) {
        self.runs.instances.push(instance);
    }

    /// An instance profile; whoever names its role first is believed.
    pub(super) fn instance_profile(&mut self, arn: &PlacedArn, role: Option<PlacedArn>) {
        let profiles = &mut self.estate.instance_profiles;
        let next = profiles.len();
        let at = *self.fact_log.instance_profiles.entry(arn.value.to_string()).or_insert(next);
        match profiles.get_mut(at) {
            Some(known) => known.role = known.role.take().or(role),
            None => profiles.push(InstanceProfile { arn: arn.clone(), role, span: arn.span }),
        }
    }
}

fn target_of(workload: &Workload) -> Option<&PlacedArn> {
    match &workload.kind {
        WorkloadKind::PodIdentity { target, .. } => target.as_ref(),
        WorkloadKind::Irsa { .. } | WorkloadKind::Service { .. } => None,
    }
}

/// All it says, wherever it stands.
fn said(workload: &Workload) -> String {
    let what = match &workload.kind {
        WorkloadKind::Irsa { service_account, audience } => format!("{service_account:?} for {audience}"),
        WorkloadKind::PodIdentity { service_account, external_id, disable_session_tags, .. } => {
            let target = target_of(workload).map(|target| &target.value);
            format!("{service_account:?} by {target:?} {external_id:?} {disable_session_tags}")
        }
        WorkloadKind::Service { principal, what, name } => format!("{principal} {what} {name}"),
    };
    format!("{what} as {}", workload.role.value)
}

/// What can be said only when every file was read.
pub(super) fn settle(intake: &mut Intake) {
    for instance in std::mem::take(&mut intake.runs.instances) {
        settle_instance(instance, intake);
    }
    let mut wanted: Vec<(Span, String)> = Vec::new();
    // Whatever a service runs has some role; that of a service account is there because somebody asks for it.
    for workload in intake.estate.workloads.iter().filter(|workload| workload.service_account().is_some()) {
        for role in [Some(&workload.role), target_of(workload)].into_iter().flatten() {
            let is_told = intake.estate.roles.iter().any(|known| known.arn.value == role.value);
            if !is_told && !symbol::is_in(role.value.as_str()) {
                wanted.push((role.span, format!("the role {}: aws iam get-role", role.value)));
            }
        }
    }
    for (at, what) in wanted {
        intake.misses(intake.sources.host(at).source, what);
    }
}

/// Gives an instance the role of its profile.
fn settle_instance(instance: Instance, intake: &mut Intake) {
    let Instance { service, name, profile, account, span, source, listed } = instance;
    let arn = profile.value.parse::<Arn>().ok();
    let account = arn.as_ref().and_then(Arn::account).or(account);
    let short = profile.value.rsplit('/').next().unwrap_or_default();
    let mut fitting = intake.estate.instance_profiles.iter().filter(|known| match &arn {
        Some(arn) => known.arn.value == *arn,
        // Names are unique in an account, whatever the path.
        None => known.name() == short && account.is_none_or(|own| known.arn.value.account() == Some(own)),
    });
    let role = match (fitting.next(), fitting.next()) {
        (Some(only), None) => only.role.clone(),
        (None | Some(_), _) => None,
    };
    // A role may be told with its profile and without the profile's own file.
    let role = role.or_else(|| {
        let has_it = |told: &str| told == profile.value || told.rsplit('/').next() == Some(short);
        let mut roles = intake.estate.roles.iter().filter(|role| {
            let is_near = account.is_none() || role.arn.value.account() == account;
            is_near && role.instance_profile.as_deref().is_some_and(has_it)
        });
        let only = roles.next()?;
        roles.next().is_none().then(|| only.arn.clone())
    });
    match role {
        Some(role) => {
            let workload = service.workload(name, Spanned::new(role.value, profile.span), span);
            if listed {
                intake.workload(source, workload);
            } else {
                intake.uses_role(workload);
            }
        }
        None if symbol::is_in(&profile.value) => {}
        None => {
            let what = format!(
                "the role of instance profile {short}: aws iam get-instance-profile --instance-profile-name {short}"
            );
            intake.misses(source, what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_sorted() {
        assert!(SERVICES.is_sorted_by_key(|service| service.principal));
    }
}
