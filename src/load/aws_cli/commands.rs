//! The commands whose answers are read, one a row, and how each answer is known.
//!
//! Every document of every file is asked all of these, so they look at the outermost members and never at a tree.

use super::{ec2, eks, estate, iam, identities, kms, organizations, queues, s3, secrets, workload};
use crate::json::{self, skim};
use crate::load::{InputDocument, ReadOffer};
use crate::policy::{PolicyKind, guess_kind};
use crate::source::{SourceId, Span};

/// One command and how its answer is known.
pub(super) struct Command {
    pub(super) name: &'static str,
    recognises: fn(&InputDocument<'_>) -> bool,
    pub(super) read: ReadOffer,
    /// The answer does not name what it is about, so it is read when every file was seen.
    pub(super) waits: bool,
}

/// An answer that names what it is about.
const fn at_once(name: &'static str, recognises: fn(&InputDocument<'_>) -> bool, read: ReadOffer) -> Command {
    Command { name, recognises, read, waits: false }
}

const fn at_the_end(
    name: &'static str,
    recognises: fn(&InputDocument<'_>) -> bool,
    read: ReadOffer,
) -> Command {
    Command { name, recognises, read, waits: true }
}

/// The command that a document answers.
pub(super) fn command_of(input: &InputDocument<'_>) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| (command.recognises)(input))
}

/// The commands, in the order they are tried. Files that hold several answers about one thing come first.
static COMMANDS: &[Command] = &[
    at_once("organization of an estate", is_estate_organization, estate::organization),
    at_once("key of an estate", |o| has_object(o, "KeyMetadata") && o.has("Policy"), estate::key),
    at_once("bucket of an estate", is_estate_bucket, estate::bucket),
    // secretsmanager, sqs
    at_once("list-secrets", |o| all_have(o, "SecretList", &["ARN"]), secrets::list_secrets),
    at_once("describe-secret", is_described_secret, secrets::describe_secret),
    at_once("get-resource-policy", is_policy_of_secret, secrets::get_resource_policy),
    at_the_end("get-queue-attributes", is_queue, queues::get_queue_attributes),
    // kms
    at_once("describe-key", |o| has_object(o, "KeyMetadata"), kms::describe_key),
    at_once("list-aliases", |o| has_array(o, "Aliases"), kms::list_aliases),
    at_once("list-keys", |o| all_have(o, "Keys", &["KeyArn"]), kms::list_keys),
    at_the_end("get-key-policy", is_key_policy, kms::get_key_policy),
    at_the_end("list-grants", |o| has_array(o, "Grants"), kms::list_grants),
    at_the_end("list-resource-tags", |o| all_have(o, "Tags", &["TagKey"]), kms::list_resource_tags),
    // organizations, iam: policies by the members of `Policy`
    at_once("describe-policy", |o| has_within(o, "Policy", "PolicySummary"), organizations::describe_policy),
    at_once("get-policy", |o| has_within(o, "Policy", "DefaultVersionId"), iam::get_policy),
    // s3api
    at_the_end("get-bucket-policy", is_bucket_policy, s3::get_bucket_policy),
    at_the_end("get-bucket-policy-status", |o| has_object(o, "PolicyStatus"), s3::policy_status),
    at_the_end(
        "get-bucket-encryption",
        |o| has_object(o, "ServerSideEncryptionConfiguration"),
        s3::get_encryption,
    ),
    at_the_end("get-bucket-location", |o| o.has("LocationConstraint"), s3::location),
    at_the_end("get-bucket-ownership-controls", |o| has_object(o, "OwnershipControls"), s3::get_ownership),
    at_the_end(
        "get-public-access-block",
        |o| has_object(o, "PublicAccessBlockConfiguration"),
        s3::get_public_access,
    ),
    at_the_end("get-bucket-abac", |o| has_object(o, "AbacStatus"), s3::abac),
    at_the_end("get-bucket-replication", |o| has_object(o, "ReplicationConfiguration"), s3::replication),
    at_the_end("get-bucket-tagging", |o| has_array(o, "TagSet"), s3::tagging),
    at_the_end("get-bucket-request-payment", |o| has_string(o, "Payer"), s3::request_payment),
    at_the_end("head-object", is_head_object, s3::head_object),
    at_the_end("list-buckets", |o| all_have(o, "Buckets", &["Name"]), s3::list_buckets),
    // ec2
    at_once("describe-vpc-endpoints", |o| has_array(o, "VpcEndpoints"), ec2::describe_vpc_endpoints),
    // organizations
    at_once("describe-organization", |o| has_object(o, "Organization"), organizations::describe_organization),
    at_once("describe-account", |o| has_within(o, "Account", "Id"), organizations::describe_account),
    at_once("list-accounts", |o| has_array(o, "Accounts"), organizations::list_accounts),
    at_once("list-roots", |o| all_have(o, "Roots", &["Id"]), organizations::list_roots),
    at_the_end(
        "list-organizational-units-for-parent",
        |o| all_have(o, "OrganizationalUnits", &["Id"]),
        organizations::list_units_for_parent,
    ),
    at_once(
        "describe-organizational-unit",
        |o| has_object(o, "OrganizationalUnit"),
        organizations::describe_unit,
    ),
    at_the_end("list-children", |o| all_have(o, "Children", &["Id", "Type"]), organizations::list_children),
    at_the_end("list-parents", |o| has_array(o, "Parents"), organizations::list_parents),
    at_the_end(
        "describe-effective-policy",
        |o| has_object(o, "EffectivePolicy"),
        organizations::effective_policy,
    ),
    at_once("list-policies", is_iam_policies, iam::list_policies),
    at_the_end("list-policies-for-target", is_policies_for_target, organizations::list_policies_for_target),
    at_the_end(
        "list-targets-for-policy",
        |o| has_array(o, "Targets"),
        organizations::list_targets_for_policy,
    ),
    // iam
    at_once("get-caller-identity", is_caller_identity, iam::caller_identity),
    at_once("get-role", |o| has_object(o, "Role"), iam::get_role),
    at_once("list-roles", |o| all_have(o, "Roles", &["RoleName", "Arn"]), iam::list_roles),
    at_once(
        "list-instance-profiles",
        |o| all_have(o, "InstanceProfiles", &["Roles"]),
        iam::list_instance_profiles,
    ),
    at_once("get-instance-profile", |o| has_within(o, "InstanceProfile", "Roles"), iam::get_instance_profile),
    at_once("get-group", |o| has_within(o, "Group", "GroupName"), identities::get_group),
    at_once("get-user", |o| has_within(o, "User", "UserName"), identities::get_user),
    at_once("list-users", |o| all_have(o, "Users", &["UserName", "Arn"]), identities::list_users),
    at_once("list-groups", |o| all_have(o, "Groups", &["GroupName", "Arn"]), identities::list_groups),
    at_the_end("get-role-policy", |o| is_inline(o, "RoleName"), identities::get_role_policy),
    at_the_end("get-user-policy", |o| is_inline(o, "UserName"), identities::get_user_policy),
    at_the_end("get-group-policy", |o| is_inline(o, "GroupName"), identities::get_group_policy),
    at_the_end("list-role-policies", |o| has_array(o, "PolicyNames"), identities::list_inline),
    at_the_end(
        "list-attached-role-policies",
        |o| all_have(o, "AttachedPolicies", &["PolicyArn"]),
        identities::list_attached,
    ),
    at_the_end(
        "list-policy-versions",
        |o| all_have(o, "Versions", &["IsDefaultVersion"]),
        iam::list_policy_versions,
    ),
    at_the_end("get-policy-version", |o| has_object(o, "PolicyVersion"), iam::get_policy_version),
    // eks, and the providers of its tokens
    at_once(
        "describe-pod-identity-association",
        |o| has_within(o, "association", "serviceAccount"),
        eks::describe_pod_identity_association,
    ),
    at_the_end(
        "list-pod-identity-associations",
        |o| all_have(o, "associations", &["namespace", "serviceAccount"]),
        eks::list_pod_identity_associations,
    ),
    at_once(
        "describe-cluster",
        |o| has_within(o, "cluster", "arn") && has_within(o, "cluster", "name"),
        eks::describe_cluster,
    ),
    at_once(
        "list-open-id-connect-providers",
        |o| has_array(o, "OpenIDConnectProviderList"),
        eks::list_open_id_connect_providers,
    ),
    at_the_end(
        "get-open-id-connect-provider",
        |o| has_string(o, "Url") && has_array(o, "ClientIDList"),
        eks::get_open_id_connect_provider,
    ),
    at_once(
        "list-saml-providers",
        |o| all_have(o, "SAMLProviderList", &["Arn"]),
        workload::list_saml_providers,
    ),
    // what services run with roles
    at_once("get-function", |o| has_within(o, "Configuration", "FunctionArn"), workload::get_function),
    at_once(
        "get-function-configuration",
        |o| has_string(o, "FunctionArn") && has_string(o, "Role"),
        workload::get_function_configuration,
    ),
    at_once("list-functions", |o| all_have(o, "Functions", &["FunctionArn"]), workload::list_functions),
    at_once(
        "describe-instances",
        |o| all_have(o, "Reservations", &["Instances"]),
        workload::describe_instances,
    ),
    at_once(
        "describe-iam-instance-profile-associations",
        |o| has_array(o, "IamInstanceProfileAssociations"),
        workload::profile_associations,
    ),
    at_once(
        "describe-task-definition",
        |o| has_within(o, "taskDefinition", "taskDefinitionArn"),
        workload::describe_task_definition,
    ),
    at_the_end("get-job", |o| has_within(o, "Job", "Role"), workload::glue),
    at_the_end("get-jobs", |o| all_have(o, "Jobs", &["Role"]), workload::glue),
    at_the_end("get-crawler", |o| has_within(o, "Crawler", "Role"), workload::glue),
    at_the_end("get-crawlers", |o| all_have(o, "Crawlers", &["Role"]), workload::glue),
    at_the_end(
        "describe-cluster",
        |o| has_within(o, "Cluster", "Ec2InstanceAttributes"),
        workload::describe_emr_cluster,
    ),
    at_once("get-job-run", |o| has_within(o, "jobRun", "executionRole"), workload::get_job_run),
    at_once(
        "describe-notebook-instance",
        |o| has_string(o, "NotebookInstanceArn") && has_string(o, "RoleArn"),
        workload::describe_notebook,
    ),
    at_once(
        "batch-get-projects",
        |o| all_have(o, "projects", &["serviceRole"]),
        workload::batch_get_projects,
    ),
    at_once(
        "describe-state-machine",
        |o| has_string(o, "stateMachineArn") && has_string(o, "roleArn"),
        workload::describe_state_machine,
    ),
];

fn begins(input: &InputDocument<'_>, name: &str, with: u8) -> bool {
    let at = input.member(name);
    at.and_then(|at| input.text.as_bytes().get(at.start as usize)).is_some_and(|byte| *byte == with)
}

fn has_object(input: &InputDocument<'_>, name: &str) -> bool {
    begins(input, name, b'{')
}

fn has_array(input: &InputDocument<'_>, name: &str) -> bool {
    begins(input, name, b'[')
}

fn has_string(input: &InputDocument<'_>, name: &str) -> bool {
    begins(input, name, b'"')
}

/// A member of a member.
fn has_within(input: &InputDocument<'_>, name: &str, inner: &str) -> bool {
    input.member(name).is_some_and(|at| skim::member(input.skimmable(), at, inner).is_some())
}

/// A list whose elements all have these members.
fn all_have(input: &InputDocument<'_>, list: &str, names: &[&str]) -> bool {
    let has =
        |element: Span| names.iter().all(|name| skim::member(input.skimmable(), element, name).is_some());
    let elements = input.member(list).and_then(|at| skim::elements(input.skimmable(), at).ok());
    elements.is_some_and(|mut elements| elements.all(|element| element.is_ok_and(has)))
}

fn is_estate_organization(input: &InputDocument<'_>) -> bool {
    has_object(input, "Organization") && (has_array(input, "Accounts") || has_array(input, "Attachments"))
}

fn is_estate_bucket(input: &InputDocument<'_>) -> bool {
    has_string(input, "Name")
        && [
            "Policy",
            "ServerSideEncryptionConfiguration",
            "PublicAccessBlockConfiguration",
            "OwnershipControls",
        ]
        .iter()
        .any(|member| input.has(member))
}

/// It names a secret.
fn is_of_secret(input: &InputDocument<'_>) -> bool {
    let arn = input.member("ARN").and_then(|at| skim::string(input.text, at));
    arn.is_some_and(|arn| arn.contains(":secretsmanager:"))
}

/// More than the name and the ARN of a secret, and no value of it.
fn is_described_secret(input: &InputDocument<'_>) -> bool {
    let described = ["VersionIdsToStages", "KmsKeyId", "CreatedDate", "LastChangedDate"];
    is_of_secret(input) && !input.has("SecretString") && described.iter().any(|name| input.has(name))
}

/// Without a policy it is the name and the ARN alone.
fn is_policy_of_secret(input: &InputDocument<'_>) -> bool {
    is_of_secret(input) && (input.has("ResourcePolicy") || input.names().count() == 2)
}

fn is_queue(input: &InputDocument<'_>) -> bool {
    ["QueueArn", "SqsManagedSseEnabled", "KmsMasterKeyId", "Policy"]
        .iter()
        .any(|name| has_within(input, "Attributes", name))
}

fn policy_text<'a>(input: &InputDocument<'a>) -> Option<std::borrow::Cow<'a, str>> {
    skim::string(input.text, input.member("Policy")?)
}

fn is_key_policy(input: &InputDocument<'_>) -> bool {
    if has_string(input, "PolicyName") && is_bucket_policy(input) {
        return true;
    }
    // Older versions of the AWS CLI do not say `PolicyName`.
    let inner = policy_text(input);
    let inner = inner.as_ref().and_then(|text| json::parse(SourceId::LONE, text).root);
    inner.is_some_and(|inner| guess_kind(&inner) == PolicyKind::Key)
}

/// A policy as a string, or taken out of it.
fn is_bucket_policy(input: &InputDocument<'_>) -> bool {
    has_string(input, "Policy") || has_within(input, "Policy", "Statement")
}

fn is_head_object(input: &InputDocument<'_>) -> bool {
    has_string(input, "ETag") && (input.has("ServerSideEncryption") || input.has("ContentLength"))
}

fn is_iam_policies(input: &InputDocument<'_>) -> bool {
    let is_empty = || {
        input.member("Policies").and_then(|at| skim::elements(input.skimmable(), at).ok()?.next()).is_none()
    };
    all_have(input, "Policies", &["Arn", "DefaultVersionId"]) && !is_empty()
}

fn is_policies_for_target(input: &InputDocument<'_>) -> bool {
    all_have(input, "Policies", &["Id", "Type"])
}

fn is_caller_identity(input: &InputDocument<'_>) -> bool {
    ["UserId", "Account", "Arn"].iter().all(|name| has_string(input, name))
}

fn is_inline(input: &InputDocument<'_>, owner: &str) -> bool {
    has_string(input, owner) && input.has("PolicyDocument")
}
