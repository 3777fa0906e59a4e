//! The types of resources that are known: one row a type, with what `Ref` and `Fn::GetAtt` give for it, what it
//! tells, and what runs with a role because of it.

use crate::estate::StoreKind;
use crate::load::workload::{self, Service};

/// One type of resource.
#[derive(Debug)]
pub(super) struct Type {
    pub(super) name: &'static str,
    /// How its names are made, where that is known.
    pub(super) form: Option<Form>,
    /// What `Fn::GetAtt` gives beside the ARN.
    pub(super) attributes: &'static [(&'static str, Attribute)],
    pub(super) tells: Tells,
    /// People choose its name, so that two may have one name on different sides of a condition.
    pub(super) is_named: bool,
    pub(super) uses: &'static [Uses],
}

/// How the names of a type are made. In patterns `{P}`, `{R}`, `{A}` and `{U}` are partition, Region, account and the
/// suffix of URLs, `{N}` is the name, `{/}` the path, and `{+…}` more that AWS chooses.
#[derive(Debug)]
pub(super) struct Form {
    /// The property that holds the name.
    pub(super) property: &'static str,
    /// The name is a URL, which ARNs have without its scheme.
    pub(super) is_url: bool,
    pub(super) gives: Gives,
    /// Empty where nobody asks for it.
    pub(super) arn: &'static str,
    /// What the name that AWS chooses begins with.
    pub(super) prefix: &'static str,
}

/// What `Ref` gives.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Gives {
    Name,
    Arn,
    /// A text of another form.
    Text(&'static str),
}

/// What an attribute is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    Arn,
    Name,
    /// What `Ref` gives.
    Reference,
    /// Something that AWS chooses.
    Chosen,
    Text(&'static str),
    /// The property of the same name.
    Property,
}

/// What a type tells, in the order that it is told.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Tells {
    /// Its name, where others refer to it, or what runs with a role.
    Nothing,
    /// The value of a parameter of Systems Manager.
    Stored,
    Thing(Thing),
    Given(Given),
    Federation(Federation),
}

/// What stands by itself.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    /// A role, user or group: the word in its ARN.
    Identity(&'static str),
    Key {
        is_replica: bool,
    },
    Bucket,
    AccessPoint,
    Endpoint,
    /// A secret or a queue.
    Store(StoreKind),
    /// What SAM writes a role for.
    Serverless(Service),
}

/// What is given to something that stands by itself, and what is deployed with it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Given {
    ManagedPolicy,
    Policy,
    UserToGroup,
    InstanceProfile,
    Alias,
    BucketPolicy,
    /// The policy of a secret, or of queues.
    StorePolicy(StoreKind),
    OrganizationPolicy,
    /// A connector of SAM.
    Connector,
    /// The property that says where its template is.
    NestedStack(&'static str),
    StackSet,
}

/// Who vouches for service accounts, and which role they become.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Federation {
    Cluster,
    PodIdentity,
    OidcProvider,
    SamlProvider,
}

/// One property that names the role, or the instance profile, of whatever a resource is.
#[derive(Debug)]
pub(super) struct Uses {
    pub(super) property: &'static str,
    /// Members on the way inside it.
    pub(super) inside: &'static [&'static str],
    pub(super) names: Names,
    pub(super) service: Service,
}

/// What such a property names.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Names {
    Role,
    InstanceProfile,
}

/// The words in the ARNs of identities.
pub(super) const ROLE: &str = "role";
pub(super) const USER: &str = "user";
pub(super) const GROUP: &str = "group";

/// The type of that name, where something is known of it.
pub(super) fn find(name: &str) -> Option<&'static Type> {
    TYPES.get(TYPES.binary_search_by(|known| known.name.cmp(name)).ok()?)
}

const fn of(name: &'static str, tells: Tells) -> Type {
    Type { name, form: None, attributes: &[], tells, is_named: false, uses: &[] }
}

/// A type of which only the names matter.
const fn stands(name: &'static str) -> Type {
    of(name, Tells::Nothing)
}

const fn thing(name: &'static str, thing: Thing) -> Type {
    of(name, Tells::Thing(thing))
}

const fn given(name: &'static str, given: Given) -> Type {
    of(name, Tells::Given(given))
}

impl Type {
    /// `Ref` gives the name.
    const fn by_name(self, property: &'static str, arn: &'static str) -> Self {
        self.called(property, Gives::Name, arn)
    }

    /// `Ref` gives the ARN.
    const fn by_arn(self, property: &'static str, arn: &'static str) -> Self {
        self.called(property, Gives::Arn, arn)
    }

    const fn called(self, property: &'static str, gives: Gives, arn: &'static str) -> Self {
        Self { form: Some(Form { property, is_url: false, gives, arn, prefix: "" }), ..self }
    }

    /// AWS chooses the whole name, which begins like this.
    const fn chosen(self, prefix: &'static str) -> Self {
        let form = Form { property: "", is_url: false, gives: Gives::Name, arn: "", prefix };
        Self { form: Some(form), ..self }
    }

    const fn with(self, attributes: &'static [(&'static str, Attribute)]) -> Self {
        Self { attributes, ..self }
    }

    const fn named(self) -> Self {
        Self { is_named: true, ..self }
    }

    const fn using(self, uses: &'static [Uses]) -> Self {
        Self { uses, ..self }
    }
}

const fn role(property: &'static str, service: Service) -> Uses {
    Uses { property, inside: &[], names: Names::Role, service }
}

const fn profile(property: &'static str, inside: &'static [&'static str], service: Service) -> Uses {
    Uses { property, inside, names: Names::InstanceProfile, service }
}

const FUNCTION: &str = "arn:{P}:lambda:{R}:{A}:function:{N}";
const STATE_MACHINE: &str = "arn:{P}:states:{R}:{A}:stateMachine:{N}";
const KMS_KEY: &str = "arn:{P}:kms:{R}:{A}:key/{N}";

/// By name.
static TYPES: &[Type] = &[
    stands("AWS::AutoScaling::LaunchConfiguration").using(&[profile(
        "IamInstanceProfile",
        &[],
        workload::LAUNCH_CONFIGURATION,
    )]),
    given("AWS::CloudFormation::Stack", Given::NestedStack("TemplateURL"))
        .by_arn("", "arn:{P}:cloudformation:{R}:{A}:stack/{+name}/{N}"),
    given("AWS::CloudFormation::StackSet", Given::StackSet),
    stands("AWS::CloudTrail::Trail").by_name("TrailName", "arn:{P}:cloudtrail:{R}:{A}:trail/{N}"),
    stands("AWS::CodeBuild::Project")
        .by_name("Name", "arn:{P}:codebuild:{R}:{A}:project/{N}")
        .using(&[role("ServiceRole", workload::BUILD_PROJECT)]),
    stands("AWS::CodePipeline::Pipeline").using(&[role("RoleArn", workload::PIPELINE)]),
    stands("AWS::DynamoDB::Table").by_name("TableName", "arn:{P}:dynamodb:{R}:{A}:table/{N}"),
    stands("AWS::EC2::Instance").using(&[profile("IamInstanceProfile", &[], workload::INSTANCE)]),
    stands("AWS::EC2::LaunchTemplate").using(&[
        profile("LaunchTemplateData", &["IamInstanceProfile", "Arn"], workload::LAUNCH_TEMPLATE),
        profile("LaunchTemplateData", &["IamInstanceProfile", "Name"], workload::LAUNCH_TEMPLATE),
    ]),
    stands("AWS::EC2::SecurityGroup").chosen("sg-").with(&[("GroupId", Attribute::Reference)]),
    stands("AWS::EC2::Subnet").chosen("subnet-").with(&[("SubnetId", Attribute::Reference)]),
    stands("AWS::EC2::VPC")
        .chosen("vpc-")
        .with(&[("CidrBlock", Attribute::Property), ("VpcId", Attribute::Reference)]),
    thing("AWS::EC2::VPCEndpoint", Thing::Endpoint).chosen("vpce-").with(&[("Id", Attribute::Reference)]),
    stands("AWS::ECR::Repository").by_name("RepositoryName", "arn:{P}:ecr:{R}:{A}:repository/{N}"),
    stands("AWS::ECS::Cluster").by_name("ClusterName", "arn:{P}:ecs:{R}:{A}:cluster/{N}"),
    stands("AWS::ECS::TaskDefinition")
        .using(&[role("ExecutionRoleArn", workload::ECS_AGENT), role("TaskRoleArn", workload::TASK)]),
    of("AWS::EKS::Cluster", Tells::Federation(Federation::Cluster))
        .by_name("Name", "arn:{P}:eks:{R}:{A}:cluster/{N}"),
    of("AWS::EKS::PodIdentityAssociation", Tells::Federation(Federation::PodIdentity)),
    stands("AWS::EMR::Cluster").using(&[
        profile("JobFlowRole", &[], workload::EMR_INSTANCE),
        role("ServiceRole", workload::EMR_CLUSTER),
    ]),
    stands("AWS::Events::EventBus").by_name("Name", "arn:{P}:events:{R}:{A}:event-bus/{N}"),
    stands("AWS::Glue::Crawler").using(&[role("Role", workload::CRAWLER)]),
    stands("AWS::Glue::DevEndpoint").using(&[role("RoleArn", workload::GLUE_ENDPOINT)]),
    stands("AWS::Glue::Job").using(&[role("Role", workload::GLUE_JOB)]),
    thing("AWS::IAM::Group", Thing::Identity(GROUP))
        .by_name("GroupName", "arn:{P}:iam::{A}:group{/}{N}")
        .named(),
    given("AWS::IAM::GroupPolicy", Given::Policy),
    given("AWS::IAM::InstanceProfile", Given::InstanceProfile)
        .by_name("InstanceProfileName", "arn:{P}:iam::{A}:instance-profile{/}{N}"),
    given("AWS::IAM::ManagedPolicy", Given::ManagedPolicy)
        .by_arn("ManagedPolicyName", "arn:{P}:iam::{A}:policy{/}{N}")
        .with(&[("PolicyArn", Attribute::Arn)])
        .named(),
    Type {
        form: Some(Form {
            property: "Url",
            is_url: true,
            gives: Gives::Arn,
            arn: "arn:{P}:iam::{A}:oidc-provider/{N}",
            prefix: "",
        }),
        ..of("AWS::IAM::OIDCProvider", Tells::Federation(Federation::OidcProvider))
    }
    .with(&[("Id", Attribute::Reference)]),
    given("AWS::IAM::Policy", Given::Policy),
    thing("AWS::IAM::Role", Thing::Identity(ROLE))
        .by_name("RoleName", "arn:{P}:iam::{A}:role{/}{N}")
        .with(&[("RoleId", Attribute::Chosen)])
        .named(),
    given("AWS::IAM::RolePolicy", Given::Policy),
    of("AWS::IAM::SAMLProvider", Tells::Federation(Federation::SamlProvider))
        .by_arn("Name", "arn:{P}:iam::{A}:saml-provider/{N}"),
    thing("AWS::IAM::User", Thing::Identity(USER)).by_name("UserName", "arn:{P}:iam::{A}:user{/}{N}").named(),
    given("AWS::IAM::UserPolicy", Given::Policy),
    given("AWS::IAM::UserToGroupAddition", Given::UserToGroup),
    given("AWS::KMS::Alias", Given::Alias).by_name("AliasName", "arn:{P}:kms:{R}:{A}:{N}"),
    thing("AWS::KMS::Key", Thing::Key { is_replica: false })
        .by_name("", KMS_KEY)
        .with(&[("KeyId", Attribute::Name)]),
    thing("AWS::KMS::ReplicaKey", Thing::Key { is_replica: true })
        .by_name("", KMS_KEY)
        .with(&[("KeyId", Attribute::Name)]),
    stands("AWS::Kinesis::Stream").by_name("Name", "arn:{P}:kinesis:{R}:{A}:stream/{N}"),
    stands("AWS::KinesisFirehose::DeliveryStream")
        .by_name("DeliveryStreamName", "arn:{P}:firehose:{R}:{A}:deliverystream/{N}"),
    stands("AWS::Lambda::Function")
        .by_name("FunctionName", FUNCTION)
        .using(&[role("Role", workload::LAMBDA)]),
    stands("AWS::Logs::LogGroup").by_name("LogGroupName", "arn:{P}:logs:{R}:{A}:log-group:{N}:*"),
    stands("AWS::Organizations::Organization").chosen("").with(&[("Id", Attribute::Reference)]),
    stands("AWS::Organizations::OrganizationalUnit").chosen("").with(&[("Id", Attribute::Reference)]),
    given("AWS::Organizations::Policy", Given::OrganizationPolicy)
        .chosen("")
        .with(&[("Id", Attribute::Reference)]),
    thing("AWS::S3::AccessPoint", Thing::AccessPoint)
        .by_name("Name", "arn:{P}:s3:{R}:{A}:accesspoint/{N}")
        .with(&[("Alias", Attribute::Chosen), ("Name", Attribute::Name)]),
    thing("AWS::S3::Bucket", Thing::Bucket)
        .by_name("BucketName", "arn:{P}:s3:::{N}")
        .with(&[
            ("DomainName", Attribute::Text("{N}.s3.{U}")),
            ("DualStackDomainName", Attribute::Text("{N}.s3.dualstack.{R}.{U}")),
            ("RegionalDomainName", Attribute::Text("{N}.s3.{R}.{U}")),
        ])
        .named(),
    given("AWS::S3::BucketPolicy", Given::BucketPolicy),
    stands("AWS::SNS::Topic")
        .by_arn("TopicName", "arn:{P}:sns:{R}:{A}:{N}")
        .with(&[("TopicArn", Attribute::Arn), ("TopicName", Attribute::Name)]),
    thing("AWS::SQS::Queue", Thing::Store(StoreKind::Queue))
        .called("QueueName", Gives::Text("https://sqs.{R}.{U}/{A}/{N}"), "arn:{P}:sqs:{R}:{A}:{N}")
        .with(&[("QueueName", Attribute::Name), ("QueueUrl", Attribute::Reference)]),
    given("AWS::SQS::QueuePolicy", Given::StorePolicy(StoreKind::Queue)),
    of("AWS::SSM::Parameter", Tells::Stored)
        .by_name("Name", "")
        .with(&[("Type", Attribute::Property), ("Value", Attribute::Property)]),
    stands("AWS::SageMaker::NotebookInstance").using(&[role("RoleArn", workload::NOTEBOOK)]),
    given("AWS::SecretsManager::ResourcePolicy", Given::StorePolicy(StoreKind::Secret)),
    thing("AWS::SecretsManager::Secret", Thing::Store(StoreKind::Secret))
        .by_arn("Name", "arn:{P}:secretsmanager:{R}:{A}:secret:{N}-{+suffix}")
        .with(&[("Id", Attribute::Reference)]),
    given("AWS::Serverless::Application", Given::NestedStack("Location")),
    given("AWS::Serverless::Connector", Given::Connector),
    thing("AWS::Serverless::Function", Thing::Serverless(workload::LAMBDA))
        .by_name("FunctionName", FUNCTION)
        .using(&[role("Role", workload::LAMBDA)]),
    thing("AWS::Serverless::StateMachine", Thing::Serverless(workload::STATE_MACHINE))
        .by_arn("Name", STATE_MACHINE)
        .with(&[("Name", Attribute::Name)])
        .using(&[role("Role", workload::STATE_MACHINE)]),
    stands("AWS::StepFunctions::StateMachine")
        .by_arn("StateMachineName", STATE_MACHINE)
        .with(&[("Name", Attribute::Name)])
        .using(&[role("RoleArn", workload::STATE_MACHINE)]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_sorted() {
        // Strictly: one row a type.
        assert!(TYPES.is_sorted_by(|one, next| one.name < next.name));
        for known in TYPES {
            assert!(known.attributes.is_sorted_by_key(|(name, _)| name), "{}", known.name);
        }
    }
}
