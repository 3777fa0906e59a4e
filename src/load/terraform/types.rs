//! The types of resources that are read, data sources among them: one row a type, with what it is called, what it
//! tells, and what runs with a role because of it.

use crate::estate::StoreKind;
use crate::load::workload::{self, Service};

/// One type of resource.
#[derive(Debug)]
pub(super) struct Type {
    pub(super) name: &'static str,
    pub(super) named: Naming,
    pub(super) tells: Tells,
    /// What the list of inputs counts it as.
    pub(super) counted: Option<&'static str>,
    /// What it was before tells what a plan takes away.
    pub(super) keeps_before: bool,
    pub(super) uses: &'static [Uses],
}

/// What a reference to a resource of a type names, and how that is made.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// Nothing that is asked for.
    Nothing,
    /// Something of IAM, by its ARN: `kind/path/name`. The prefix is the argument that a chosen name begins with.
    Iam {
        want: Want,
        kind: &'static str,
        prefix: &'static str,
    },
    OidcProvider,
    /// A KMS key, by its ARN. A replica has the id of the key that it is made from.
    Key {
        is_replica: bool,
        is_external: bool,
    },
    Alias,
    Bucket,
    /// A secret or a queue, by its ARN; a queue also by its URL.
    Store(StoreKind),
    Endpoint,
    /// A cluster of EKS, by its name.
    Cluster,
    /// A policy, unit or account of an organization, by its id.
    OfOrganization(Want),
    /// An organization, by its root.
    Organization,
    /// What one of its arguments names, where these attributes are referred to, or any.
    Argument {
        want: Want,
        name: &'static str,
        by: Option<&'static [&'static str]>,
    },
}

/// What a reference is to name; it says which attribute of which resource that can be.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Want {
    Role,
    User,
    Group,
    /// A managed policy, by its ARN.
    Policy,
    Bucket,
    /// A KMS key or alias.
    Key,
    /// A secret by its ARN, or a queue by its URL.
    Store,
    Endpoint,
    InstanceProfile,
    /// A cluster of EKS, by its name.
    Cluster,
    /// A policy of an organization, by its id.
    OrganizationPolicy,
    /// An organizational unit, an account or the root.
    Target,
}

/// What a type tells, by the file that tells it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Tells {
    /// Its name, where others refer to it, or what runs with a role.
    Nothing,
    /// The account or the Region of its provider.
    Account,
    Region,
    PolicyDocument,
    Identity(IdentityType),
    Given(Given),
    Kms(Kms),
    S3(S3),
    /// A secret or queue, and the argument that names its key.
    Store(Key),
    /// The policy of one, and the argument that names which.
    StorePolicy(StoreKind, &'static str),
    Endpoint,
    EndpointPolicy,
    Organizations(Organizations),
    Federation(Federation),
}

/// The argument that names a KMS key.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Key(pub(super) &'static str);

/// Roles and their like, as resources of their own.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum IdentityType {
    Role,
    /// A service makes it, and nobody gives it policies.
    ServiceLinkedRole,
    User,
    Group,
    ManagedPolicy,
    InstanceProfile,
}

/// What identities are given one by one.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Given {
    Inline(Holder),
    Attached(Holder),
    /// All managed policies of one identity.
    AllAttached(Holder),
    /// One managed policy for many identities.
    AttachedToMany,
    GroupsOfUser,
    UsersOfGroup,
}

/// What can have policies.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    Role,
    User,
    Group,
}

impl Holder {
    pub(super) const ALL: [Self; 3] = [Self::Role, Self::User, Self::Group];

    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
            Self::Group => "group",
        }
    }

    pub(super) const fn want(self) -> Want {
        match self {
            Self::Role => Want::Role,
            Self::User => Want::User,
            Self::Group => Want::Group,
        }
    }
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Kms {
    Key,
    KeyPolicy,
    Alias,
    Grant,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum S3 {
    Bucket,
    Setting(BucketSetting),
    AccountBlock,
    Object,
    AccessPoint,
    AccessPointPolicy,
}

/// Settings of buckets that are resources of their own, in the order they are told.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum BucketSetting {
    Abac,
    Ownership,
    Policy,
    PublicAccessBlock,
    Payment,
    Encryption,
    Replication,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Organizations {
    Organization,
    Unit,
    Account,
    Policy,
    Attachment,
}

/// Who vouches for service accounts, and which role they become.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Federation {
    Cluster,
    PodIdentity,
    OidcProvider,
    SamlProvider,
    ServiceAccount,
}

/// One attribute that names the role, or the instance profile, of whatever a resource is.
#[derive(Debug)]
pub(super) struct Uses {
    /// The blocks on the way, and the attribute.
    pub(super) path: &'static str,
    pub(super) want: Want,
    pub(super) service: Service,
}

/// The type of that name, where it is read at all.
pub(super) fn find(name: &str) -> Option<&'static Type> {
    TYPES.get(TYPES.binary_search_by(|known| known.name.cmp(name)).ok()?)
}

const fn of(name: &'static str, named: Naming, tells: Tells) -> Type {
    Type { name, named, tells, counted: None, keeps_before: false, uses: &[] }
}

/// A type that tells something, and that nothing refers to.
const fn tells(name: &'static str, tells: Tells) -> Type {
    of(name, Naming::Nothing, tells)
}

/// A type that only runs with a role.
const fn runs(name: &'static str, uses: &'static [Uses]) -> Type {
    Type { uses, ..of(name, Naming::Nothing, Tells::Nothing) }
}

/// A type that is read for its place and nothing else.
const fn stands(name: &'static str) -> Type {
    of(name, Naming::Nothing, Tells::Nothing)
}

const fn role(path: &'static str, service: Service) -> Uses {
    Uses { path, want: Want::Role, service }
}

const fn profile(path: &'static str, service: Service) -> Uses {
    Uses { path, want: Want::InstanceProfile, service }
}

impl Type {
    const fn counted(self, counted: &'static str) -> Self {
        Self { counted: Some(counted), ..self }
    }

    const fn keeping_before(self) -> Self {
        Self { keeps_before: true, ..self }
    }
}

const fn iam(want: Want, kind: &'static str) -> Naming {
    Naming::Iam { want, kind, prefix: "name_prefix" }
}

/// What has no argument for the beginning of a name.
const fn iam_by_name(want: Want, kind: &'static str) -> Naming {
    Naming::Iam { want, kind, prefix: "" }
}

const fn key(is_replica: bool, is_external: bool) -> Naming {
    Naming::Key { is_replica, is_external }
}

const OF_BUCKET: Naming =
    Naming::Argument { want: Want::Bucket, name: "bucket", by: Some(&["", "id", "bucket"]) };
const OF_KEY: Naming = Naming::Argument { want: Want::Key, name: "key_id", by: None };

const fn setting(name: &'static str, setting: BucketSetting) -> Type {
    of(name, OF_BUCKET, Tells::S3(S3::Setting(setting)))
}

/// By name.
pub(super) static TYPES: &[Type] = &[
    stands("aws_arn"),
    tells("aws_caller_identity", Tells::Account),
    runs("aws_cloudformation_stack", &[role("iam_role_arn", workload::CLOUDFORMATION_STACK)]),
    runs("aws_codebuild_project", &[role("service_role", workload::BUILD_PROJECT)]),
    runs("aws_codepipeline", &[role("role_arn", workload::PIPELINE)]),
    stands("aws_default_vpc_endpoint"),
    runs(
        "aws_ecs_task_definition",
        &[role("execution_role_arn", workload::ECS_AGENT), role("task_role_arn", workload::TASK)],
    ),
    of("aws_eks_cluster", Naming::Cluster, Tells::Federation(Federation::Cluster)),
    tells("aws_eks_pod_identity_association", Tells::Federation(Federation::PodIdentity)),
    runs(
        "aws_emr_cluster",
        &[
            profile("ec2_attributes.instance_profile", workload::EMR_INSTANCE),
            role("service_role", workload::EMR_CLUSTER),
        ],
    ),
    runs("aws_glue_crawler", &[role("role", workload::CRAWLER)]),
    runs("aws_glue_dev_endpoint", &[role("role_arn", workload::GLUE_ENDPOINT)]),
    runs("aws_glue_job", &[role("role_arn", workload::GLUE_JOB)]),
    of("aws_iam_group", iam_by_name(Want::Group, "group"), Tells::Identity(IdentityType::Group)),
    tells("aws_iam_group_membership", Tells::Given(Given::UsersOfGroup)),
    stands("aws_iam_group_policies_exclusive"),
    tells("aws_iam_group_policy", Tells::Given(Given::Inline(Holder::Group))),
    tells("aws_iam_group_policy_attachment", Tells::Given(Given::Attached(Holder::Group))),
    tells("aws_iam_group_policy_attachments_exclusive", Tells::Given(Given::AllAttached(Holder::Group))),
    of(
        "aws_iam_instance_profile",
        iam(Want::InstanceProfile, "instance-profile"),
        Tells::Identity(IdentityType::InstanceProfile),
    )
    .counted("instance profile"),
    of("aws_iam_openid_connect_provider", Naming::OidcProvider, Tells::Federation(Federation::OidcProvider))
        .counted("OpenID Connect provider"),
    of("aws_iam_policy", iam(Want::Policy, "policy"), Tells::Identity(IdentityType::ManagedPolicy))
        .counted("managed policy"),
    tells("aws_iam_policy_attachment", Tells::Given(Given::AttachedToMany)),
    tells("aws_iam_policy_document", Tells::PolicyDocument),
    of("aws_iam_role", iam(Want::Role, "role"), Tells::Identity(IdentityType::Role)).counted("role"),
    stands("aws_iam_role_policies_exclusive"),
    tells("aws_iam_role_policy", Tells::Given(Given::Inline(Holder::Role))).keeping_before(),
    tells("aws_iam_role_policy_attachment", Tells::Given(Given::Attached(Holder::Role))).keeping_before(),
    tells("aws_iam_role_policy_attachments_exclusive", Tells::Given(Given::AllAttached(Holder::Role))),
    tells("aws_iam_saml_provider", Tells::Federation(Federation::SamlProvider)).counted("SAML provider"),
    of(
        "aws_iam_service_linked_role",
        iam(Want::Role, "role"),
        Tells::Identity(IdentityType::ServiceLinkedRole),
    )
    .counted("role"),
    of("aws_iam_user", iam_by_name(Want::User, "user"), Tells::Identity(IdentityType::User)).counted("user"),
    tells("aws_iam_user_group_membership", Tells::Given(Given::GroupsOfUser)),
    stands("aws_iam_user_policies_exclusive"),
    tells("aws_iam_user_policy", Tells::Given(Given::Inline(Holder::User))).keeping_before(),
    tells("aws_iam_user_policy_attachment", Tells::Given(Given::Attached(Holder::User))).keeping_before(),
    tells("aws_iam_user_policy_attachments_exclusive", Tells::Given(Given::AllAttached(Holder::User))),
    runs("aws_instance", &[profile("iam_instance_profile", workload::INSTANCE)]),
    of("aws_kms_alias", Naming::Alias, Tells::Kms(Kms::Alias)),
    of("aws_kms_external_key", key(false, true), Tells::Kms(Kms::Key)).counted("key"),
    tells("aws_kms_grant", Tells::Kms(Kms::Grant)),
    of("aws_kms_key", key(false, false), Tells::Kms(Kms::Key)).counted("key"),
    of("aws_kms_key_policy", OF_KEY, Tells::Kms(Kms::KeyPolicy)).keeping_before(),
    of("aws_kms_replica_external_key", key(true, true), Tells::Kms(Kms::Key)).counted("key"),
    of("aws_kms_replica_key", key(true, false), Tells::Kms(Kms::Key)).counted("key"),
    runs("aws_lambda_function", &[role("role", workload::LAMBDA)]),
    runs("aws_launch_configuration", &[profile("iam_instance_profile", workload::LAUNCH_CONFIGURATION)]),
    runs(
        "aws_launch_template",
        &[
            profile("iam_instance_profile.arn", workload::LAUNCH_TEMPLATE),
            profile("iam_instance_profile.name", workload::LAUNCH_TEMPLATE),
        ],
    ),
    of(
        "aws_organizations_account",
        Naming::OfOrganization(Want::Target),
        Tells::Organizations(Organizations::Account),
    ),
    of(
        "aws_organizations_organization",
        Naming::Organization,
        Tells::Organizations(Organizations::Organization),
    ),
    of(
        "aws_organizations_organizational_unit",
        Naming::OfOrganization(Want::Target),
        Tells::Organizations(Organizations::Unit),
    ),
    of(
        "aws_organizations_policy",
        Naming::OfOrganization(Want::OrganizationPolicy),
        Tells::Organizations(Organizations::Policy),
    ),
    tells("aws_organizations_policy_attachment", Tells::Organizations(Organizations::Attachment)),
    stands("aws_partition"),
    tells("aws_region", Tells::Region),
    tells("aws_s3_access_point", Tells::S3(S3::AccessPoint)),
    tells("aws_s3_account_public_access_block", Tells::S3(S3::AccountBlock)),
    of("aws_s3_bucket", Naming::Bucket, Tells::S3(S3::Bucket)).counted("bucket"),
    setting("aws_s3_bucket_abac", BucketSetting::Abac),
    of("aws_s3_bucket_object", OF_BUCKET, Tells::S3(S3::Object)),
    setting("aws_s3_bucket_ownership_controls", BucketSetting::Ownership).keeping_before(),
    setting("aws_s3_bucket_policy", BucketSetting::Policy).keeping_before(),
    setting("aws_s3_bucket_public_access_block", BucketSetting::PublicAccessBlock).keeping_before(),
    setting("aws_s3_bucket_replication_configuration", BucketSetting::Replication),
    setting("aws_s3_bucket_request_payment_configuration", BucketSetting::Payment),
    setting("aws_s3_bucket_server_side_encryption_configuration", BucketSetting::Encryption).keeping_before(),
    // Where others refer to a bucket by way of it.
    of("aws_s3_bucket_versioning", OF_BUCKET, Tells::Nothing),
    tells("aws_s3_object", Tells::S3(S3::Object)),
    tells("aws_s3_object_copy", Tells::S3(S3::Object)),
    tells("aws_s3control_access_point_policy", Tells::S3(S3::AccessPointPolicy)),
    runs("aws_sagemaker_notebook_instance", &[role("role_arn", workload::NOTEBOOK)]),
    of("aws_secretsmanager_secret", Naming::Store(StoreKind::Secret), Tells::Store(Key("kms_key_id")))
        .counted("secret"),
    tells("aws_secretsmanager_secret_policy", Tells::StorePolicy(StoreKind::Secret, "secret_arn")),
    runs("aws_sfn_state_machine", &[role("role_arn", workload::STATE_MACHINE)]),
    runs("aws_spot_instance_request", &[profile("iam_instance_profile", workload::INSTANCE)]),
    of("aws_sqs_queue", Naming::Store(StoreKind::Queue), Tells::Store(Key("kms_master_key_id")))
        .counted("queue"),
    tells("aws_sqs_queue_policy", Tells::StorePolicy(StoreKind::Queue, "queue_url")),
    of("aws_vpc_endpoint", Naming::Endpoint, Tells::Endpoint).counted("VPC endpoint"),
    tells("aws_vpc_endpoint_policy", Tells::EndpointPolicy),
    tells("kubernetes_service_account", Tells::Federation(Federation::ServiceAccount)),
    tells("kubernetes_service_account_v1", Tells::Federation(Federation::ServiceAccount)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_sorted() {
        // Strictly: one row a type.
        assert!(TYPES.is_sorted_by(|one, next| one.name < next.name));
    }
}
