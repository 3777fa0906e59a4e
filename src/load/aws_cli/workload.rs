//! Answers about what services run with roles: `aws lambda …`, `aws glue …` and their like, and SAML providers.

use crate::estate::PlacedArn;
use crate::json::Node;
use crate::load::fields::{ROLE, arn_of, text, unexpected};
use crate::load::owner::OwnedKind;
use crate::load::workload::{self, Instance, Service};
use crate::load::{InputDocument, Intake};
use crate::name::{AccountId, Arn};
use crate::source::Spanned;

fn list<'n, 's>(node: &'n Node<'s>, name: &str) -> &'n [Node<'s>] {
    node.get(name).map(Node::elements).unwrap_or_default()
}

/// Something with a role: the member that names it, and the one that names the role.
fn one(
    node: &Node<'_>,
    (name, role): (&str, &str),
    service: Service,
    input: &InputDocument<'_>,
    intake: &mut Intake,
) {
    let (Some(name), Some(role)) = (text(node, name), text(node, role)) else { return };
    let account = account_in(name.value);
    if let Some(role) = role_named(role, account, input, intake) {
        intake.workload(input.source, service.workload(name.value, role, node.span));
    }
}

/// The account in an ARN, where it is one.
fn account_in(name: &str) -> Option<AccountId> {
    name.parse::<Arn>().ok()?.account()
}

/// A role by its ARN or, where a service takes that as well, its name.
fn role_named(
    role: Spanned<&str>,
    beside: Option<AccountId>,
    input: &InputDocument<'_>,
    intake: &mut Intake,
) -> Option<PlacedArn> {
    if role.value.is_empty() {
        return None;
    }
    if role.value.starts_with("arn:") {
        return arn_of(role, ROLE, &mut intake.problems);
    }
    let name = role.value.rsplit('/').next().unwrap_or_default();
    if let Some(known) = intake.identity_named(name, OwnedKind::Role, input) {
        return Some(Spanned::new(known.value, role.span));
    }
    let account = beside.or_else(|| intake.account_of(input.source).map(|account| account.value));
    let Some(account) = account else {
        let what = format!("the account of role {}: call a directory above by its twelve digits", role.value);
        intake.misses(input.source, what);
        return None;
    };
    let arn = Arn::of("aws", "iam", "", &account.to_string(), &format!("role/{}", role.value));
    Some(Spanned::new(arn, role.span))
}

/// Something with an instance profile, by its ARN or name.
fn instance(
    name: Spanned<&str>,
    profile: Spanned<&str>,
    service: Service,
    input: &InputDocument<'_>,
    intake: &mut Intake,
) {
    let account = account_in(name.value);
    let account = account.or_else(|| intake.account_of(input.source).map(|account| account.value));
    intake.uses_profile(Instance {
        service,
        name: name.value.to_owned(),
        profile: profile.map(str::to_owned),
        account,
        span: name.span,
        source: input.source,
        listed: true,
    });
}

const FUNCTION: (&str, &str) = ("FunctionArn", "Role");

pub(super) fn get_function(input: &InputDocument<'_>, intake: &mut Intake) {
    if let Some(function) = input.root().get("Configuration") {
        one(function, FUNCTION, workload::LAMBDA, input, intake);
    }
}

pub(super) fn get_function_configuration(input: &InputDocument<'_>, intake: &mut Intake) {
    one(input.root(), FUNCTION, workload::LAMBDA, input, intake);
}

pub(super) fn list_functions(input: &InputDocument<'_>, intake: &mut Intake) {
    for function in list(input.root(), "Functions") {
        one(function, FUNCTION, workload::LAMBDA, input, intake);
    }
}

pub(super) fn describe_instances(input: &InputDocument<'_>, intake: &mut Intake) {
    for node in
        list(input.root(), "Reservations").iter().flat_map(|reservation| list(reservation, "Instances"))
    {
        let state = node.get("State").and_then(|state| text(state, "Name"));
        // It is listed for an hour after its end.
        if state.is_none_or(|state| state.value != "terminated") {
            with_profile(node, input, intake);
        }
    }
}

pub(super) fn profile_associations(input: &InputDocument<'_>, intake: &mut Intake) {
    for node in list(input.root(), "IamInstanceProfileAssociations") {
        with_profile(node, input, intake);
    }
}

fn with_profile(node: &Node<'_>, input: &InputDocument<'_>, intake: &mut Intake) {
    let profile = node.get("IamInstanceProfile").and_then(|profile| text(profile, "Arn"));
    if let (Some(id), Some(profile)) = (text(node, "InstanceId"), profile) {
        instance(id, profile, workload::INSTANCE, input, intake);
    }
}

pub(super) fn describe_task_definition(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(task) = input.root().get("taskDefinition") else { return };
    one(task, ("taskDefinitionArn", "taskRoleArn"), workload::TASK, input, intake);
    one(task, ("taskDefinitionArn", "executionRoleArn"), workload::ECS_AGENT, input, intake);
}

pub(super) fn glue(input: &InputDocument<'_>, intake: &mut Intake) {
    let root = input.root();
    let rows = [("Job", "Jobs", workload::GLUE_JOB), ("Crawler", "Crawlers", workload::CRAWLER)];
    for (alone, many, service) in rows {
        for node in root.get(alone).into_iter().chain(list(root, many)) {
            one(node, ("Name", "Role"), service, input, intake);
        }
    }
}

pub(super) fn describe_emr_cluster(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(cluster) = input.root().get("Cluster") else { return };
    let name = if cluster.get("ClusterArn").is_some() { "ClusterArn" } else { "Id" };
    one(cluster, (name, "ServiceRole"), workload::EMR_CLUSTER, input, intake);
    let instances = cluster.get("Ec2InstanceAttributes");
    let profile = instances.and_then(|instances| text(instances, "IamInstanceProfile"));
    if let (Some(name), Some(profile)) = (text(cluster, name), profile) {
        instance(name, profile, workload::EMR_INSTANCE, input, intake);
    }
}

pub(super) fn get_job_run(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(run) = input.root().get("jobRun") else { return };
    one(run, ("arn", "executionRole"), workload::EMR_JOB, input, intake);
}

pub(super) fn describe_notebook(input: &InputDocument<'_>, intake: &mut Intake) {
    one(input.root(), ("NotebookInstanceArn", "RoleArn"), workload::NOTEBOOK, input, intake);
}

pub(super) fn batch_get_projects(input: &InputDocument<'_>, intake: &mut Intake) {
    for project in list(input.root(), "projects") {
        one(project, ("arn", "serviceRole"), workload::BUILD_PROJECT, input, intake);
    }
}

pub(super) fn describe_state_machine(input: &InputDocument<'_>, intake: &mut Intake) {
    one(input.root(), ("stateMachineArn", "roleArn"), workload::STATE_MACHINE, input, intake);
}

pub(super) fn list_saml_providers(input: &InputDocument<'_>, intake: &mut Intake) {
    for node in list(input.root(), "SAMLProviderList") {
        let Some(arn) = text(node, "Arn") else { continue };
        match arn.value.parse::<Arn>() {
            Ok(parsed) if parsed.resource_of("saml-provider").is_some() => {
                intake.contributes(input.source, "", format!("SAML provider {parsed}"));
                intake.saml_provider(Spanned::new(parsed, arn.span));
            }
            Ok(_) | Err(_) => {
                let message = format!("`{}` is not the ARN of a SAML provider", arn.value);
                intake.problems.push(unexpected(arn.span, message));
            }
        }
    }
}
