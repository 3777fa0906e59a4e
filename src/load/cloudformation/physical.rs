//! What `Ref` and `Fn::GetAtt` give for resources: names that are written, and symbols for names AWS will choose.

use std::rc::Rc;

use super::machine::{Evaluated, Head, Machine, Physical, Scope};
use super::stack::Entry;
use super::text::{scalar, string};
use crate::json::Node;
use crate::name::symbol;
use crate::problem::{Problem, did_you_mean};
use crate::source::Span;

/// What `Ref` gives.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Gives {
    Name,
    Arn,
    /// A text of another form.
    Text(&'static str),
}

/// How the names of one resource type are made. `P`, `R` and `A` in braces are partition, Region and account, `N`
/// is the name and `/` the path.
struct Form {
    kind: &'static str,
    /// The property that holds the name.
    name: &'static str,
    gives: Gives,
    arn: &'static str,
    /// What the name that AWS chooses begins with.
    prefix: &'static str,
}

const fn form(kind: &'static str, name: &'static str, gives: Gives, arn: &'static str) -> Form {
    Form { kind, name, gives, arn, prefix: "" }
}

static FORMS: &[Form] = &[
    form("AWS::IAM::Role", "RoleName", Gives::Name, "arn:{P}:iam::{A}:role{/}{N}"),
    form("AWS::IAM::User", "UserName", Gives::Name, "arn:{P}:iam::{A}:user{/}{N}"),
    form("AWS::IAM::Group", "GroupName", Gives::Name, "arn:{P}:iam::{A}:group{/}{N}"),
    form("AWS::IAM::ManagedPolicy", "ManagedPolicyName", Gives::Arn, "arn:{P}:iam::{A}:policy{/}{N}"),
    form(
        "AWS::IAM::InstanceProfile",
        "InstanceProfileName",
        Gives::Name,
        "arn:{P}:iam::{A}:instance-profile{/}{N}",
    ),
    form("AWS::IAM::SAMLProvider", "Name", Gives::Arn, "arn:{P}:iam::{A}:saml-provider/{N}"),
    form("AWS::KMS::Key", "", Gives::Name, "arn:{P}:kms:{R}:{A}:key/{N}"),
    form("AWS::KMS::ReplicaKey", "", Gives::Name, "arn:{P}:kms:{R}:{A}:key/{N}"),
    form("AWS::KMS::Alias", "AliasName", Gives::Name, "arn:{P}:kms:{R}:{A}:{N}"),
    form("AWS::S3::Bucket", "BucketName", Gives::Name, "arn:{P}:s3:::{N}"),
    form("AWS::S3::AccessPoint", "Name", Gives::Name, "arn:{P}:s3:{R}:{A}:accesspoint/{N}"),
    form("AWS::Lambda::Function", "FunctionName", Gives::Name, "arn:{P}:lambda:{R}:{A}:function:{N}"),
    form("AWS::Serverless::Function", "FunctionName", Gives::Name, "arn:{P}:lambda:{R}:{A}:function:{N}"),
    form(
        "AWS::StepFunctions::StateMachine",
        "StateMachineName",
        Gives::Arn,
        "arn:{P}:states:{R}:{A}:stateMachine:{N}",
    ),
    form("AWS::Serverless::StateMachine", "Name", Gives::Arn, "arn:{P}:states:{R}:{A}:stateMachine:{N}"),
    form("AWS::SNS::Topic", "TopicName", Gives::Arn, "arn:{P}:sns:{R}:{A}:{N}"),
    form(
        "AWS::SQS::Queue",
        "QueueName",
        Gives::Text("https://sqs.{R}.{U}/{A}/{N}"),
        "arn:{P}:sqs:{R}:{A}:{N}",
    ),
    form("AWS::DynamoDB::Table", "TableName", Gives::Name, "arn:{P}:dynamodb:{R}:{A}:table/{N}"),
    form("AWS::Logs::LogGroup", "LogGroupName", Gives::Name, "arn:{P}:logs:{R}:{A}:log-group:{N}:*"),
    form("AWS::Events::EventBus", "Name", Gives::Name, "arn:{P}:events:{R}:{A}:event-bus/{N}"),
    form("AWS::Kinesis::Stream", "Name", Gives::Name, "arn:{P}:kinesis:{R}:{A}:stream/{N}"),
    form(
        "AWS::KinesisFirehose::DeliveryStream",
        "DeliveryStreamName",
        Gives::Name,
        "arn:{P}:firehose:{R}:{A}:deliverystream/{N}",
    ),
    form("AWS::ECR::Repository", "RepositoryName", Gives::Name, "arn:{P}:ecr:{R}:{A}:repository/{N}"),
    form("AWS::ECS::Cluster", "ClusterName", Gives::Name, "arn:{P}:ecs:{R}:{A}:cluster/{N}"),
    form("AWS::EKS::Cluster", "Name", Gives::Name, "arn:{P}:eks:{R}:{A}:cluster/{N}"),
    form("AWS::CloudTrail::Trail", "TrailName", Gives::Name, "arn:{P}:cloudtrail:{R}:{A}:trail/{N}"),
    form("AWS::CodeBuild::Project", "Name", Gives::Name, "arn:{P}:codebuild:{R}:{A}:project/{N}"),
    Form { kind: "AWS::EC2::VPC", name: "", gives: Gives::Name, arn: "", prefix: "vpc-" },
    Form { kind: "AWS::EC2::VPCEndpoint", name: "", gives: Gives::Name, arn: "", prefix: "vpce-" },
    Form { kind: "AWS::EC2::Subnet", name: "", gives: Gives::Name, arn: "", prefix: "subnet-" },
    Form { kind: "AWS::EC2::SecurityGroup", name: "", gives: Gives::Name, arn: "", prefix: "sg-" },
    form("AWS::Organizations::Organization", "", Gives::Name, ""),
    form("AWS::Organizations::OrganizationalUnit", "", Gives::Name, ""),
    form("AWS::Organizations::Policy", "", Gives::Name, ""),
];

impl<'t> Machine<'t> {
    /// What a resource of a stack is called; none when there is no such resource.
    pub(super) fn physical(&mut self, stack: usize, id: &str) -> Option<Rc<Physical>> {
        let key = (stack, id.to_owned());
        match self.physical.get(&key) {
            Some(Some(known)) => return Some(Rc::clone(known)),
            Some(None) => {
                // Its own name leads back to it.
                let called = self.stacks.get(stack)?.called(id);
                let entry = self.stacks.get(stack)?.resource(id)?;
                let span = entry.key;
                let why = format!("the name of `{id}` depends on itself");
                self.complain(Problem::warning("invalid-template", span, why.clone()));
                let name = self.symbol(&called, why, span);
                return Some(Rc::new(Physical { reference: name.clone(), name, arn: None }));
            }
            None => {}
        }
        let found = self.stacks.get(stack)?;
        let Some(entry) = found.resource(id).cloned() else {
            return self.implied_role(stack, id);
        };
        self.physical.insert(key.clone(), None);
        let made = Rc::new(self.make_physical(stack, &entry));
        self.physical.insert(key, Some(Rc::clone(&made)));
        Some(made)
    }

    /// The role that SAM writes for a function without one.
    fn implied_role(&mut self, stack: usize, id: &str) -> Option<Rc<Physical>> {
        let owner = id.strip_suffix("Role")?;
        let found = self.stacks.get(stack)?;
        let entry = found.resource(owner)?;
        if !super::serverless::has_implied_role(entry) {
            return None;
        }
        let name = symbol::identity(&found.called(id));
        let arn = format!("arn:{}:iam::{}:role/{name}", found.partition(), found.account);
        Some(Rc::new(Physical { reference: name.clone(), name, arn: Some(arn) }))
    }

    fn make_physical(&mut self, stack: usize, entry: &Entry<'t>) -> Physical {
        let scope = Scope::of(stack, entry);
        let kind = entry.kind();
        let called = self.stacks.get(stack).map(|s| s.called(&entry.id)).unwrap_or_default();
        let Some(form) = FORMS.iter().find(|form| form.kind == kind) else {
            let reference = self.unlisted(&scope, entry, &called);
            return Physical { name: reference.clone(), reference, arn: None };
        };
        let mut name = self.text_property(&scope, entry, form.name);
        if kind == "AWS::KMS::ReplicaKey" {
            // A replica has the key id of its primary.
            let primary = self.text_property(&scope, entry, "PrimaryKeyArn");
            name = primary.and_then(|arn| Some(arn.split_once(":key/")?.1.to_owned()));
        }
        let name = name.unwrap_or_else(|| {
            let identity = symbol::identity(&called);
            let multi = kind == "AWS::KMS::ReplicaKey"
                || kind == "AWS::KMS::Key"
                    && self.text_property(&scope, entry, "MultiRegion").as_deref() == Some("true");
            if multi { format!("mrk-{identity}") } else { format!("{}{identity}", form.prefix) }
        });
        let path = match self.text_property(&scope, entry, "Path") {
            Some(path) if form.arn.contains("{/}") => path,
            Some(_) | None => "/".to_owned(),
        };
        let fill = |pattern: &str| self.fill(stack, pattern, &name, &path);
        let arn = (!form.arn.is_empty()).then(|| fill(form.arn));
        let reference = match (form.gives, &arn) {
            (Gives::Arn, Some(arn)) => arn.clone(),
            (Gives::Text(pattern), _) => fill(pattern),
            (Gives::Name | Gives::Arn, _) => name.clone(),
        };
        Physical { reference, name, arn }
    }

    fn fill(&self, stack: usize, pattern: &str, name: &str, path: &str) -> String {
        let Some(stack) = self.stacks.get(stack) else { return String::new() };
        pattern
            .replace("{P}", stack.partition())
            .replace("{R}", &stack.region)
            .replace("{A}", &stack.account)
            .replace("{U}", stack.url_suffix())
            .replace("{/}", path)
            .replace("{N}", name)
    }

    /// Types whose names have no form of their own here.
    fn unlisted(&mut self, scope: &Scope<'t>, entry: &Entry<'t>, called: &str) -> String {
        let partition = self.stack(scope).map_or("aws", |s| s.partition());
        let account = self.stack(scope).map(|s| s.account.clone()).unwrap_or_default();
        let region = self.stack(scope).map(|s| s.region.clone()).unwrap_or_default();
        match entry.kind() {
            "AWS::IAM::OIDCProvider" => {
                let url = self.text_property(scope, entry, "Url").unwrap_or_else(|| symbol::identity(called));
                let url = url.strip_prefix("https://").unwrap_or(&url);
                format!("arn:{partition}:iam::{account}:oidc-provider/{}", url.trim_end_matches('/'))
            }
            "AWS::SecretsManager::Secret" => {
                let name = self.text_property(scope, entry, "Name");
                let name = name.unwrap_or_else(|| symbol::identity(called));
                let suffix = symbol::identity(&format!("{called}.suffix"));
                format!("arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{suffix}")
            }
            "AWS::SSM::Parameter" => match self.text_property(scope, entry, "Name") {
                Some(name) => name,
                None => symbol::identity(called),
            },
            "AWS::CloudFormation::Stack" => {
                let id = symbol::identity(called);
                let name = symbol::identity(&format!("{called}.name"));
                format!("arn:{partition}:cloudformation:{region}:{account}:stack/{name}/{id}")
            }
            kind => {
                let why =
                    format!("what Ref gives for {} (a {kind}) is known when the stack is deployed", entry.id);
                self.symbol(called, why, entry.key)
            }
        }
    }

    /// A property that is one text.
    pub(super) fn text_property(
        &mut self,
        scope: &Scope<'t>,
        entry: &Entry<'t>,
        name: &str,
    ) -> Option<String> {
        if name.is_empty() {
            return None;
        }
        let value = self.property(scope, entry, name)?;
        Some(scalar(&value)?.into_owned())
    }

    /// A property, where whatever is open becomes a symbol.
    pub(super) fn property(&mut self, scope: &Scope<'t>, entry: &Entry<'t>, name: &str) -> Option<Node<'t>> {
        let scope = scope.settled(true);
        match self.head(&scope, entry.node.get("Properties")?).ok()? {
            Head::Written(properties) => {
                let node = properties.get(name)?;
                self.value(&scope, node)
            }
            Head::Made(properties) => {
                if super::text::is_hole(&properties) {
                    return Some(properties);
                }
                properties.get(name).cloned()
            }
            Head::Nothing => None,
        }
    }

    /// The node of a property, not evaluated yet.
    pub(super) fn property_node(
        &mut self,
        scope: &Scope<'t>,
        entry: &Entry<'t>,
        name: &str,
    ) -> Option<&'t Node<'t>> {
        let scope = scope.settled(true);
        match self.head(&scope, entry.node.get("Properties")?).ok()? {
            Head::Written(properties) => properties.get(name),
            Head::Made(_) | Head::Nothing => None,
        }
    }

    /// `Fn::GetAtt`
    pub(super) fn attribute(
        &mut self,
        scope: &Scope<'t>,
        id: &str,
        attribute: &str,
        span: Span,
    ) -> Evaluated<'t> {
        let Some(stack) = self.stack(scope) else { return Ok(None) };
        let called = stack.called(&format!("{id}.{attribute}"));
        let nested = stack.nested.get(id).copied();
        let suffix = stack.url_suffix();
        let region = stack.region.clone();
        let Some(entry) = stack.resource(id).cloned() else {
            if let Some(role) = self.physical(scope.stack, id) {
                return Ok(Some(match (attribute, &role.arn) {
                    ("Arn", Some(arn)) => string(arn.clone(), span),
                    (_, _) => string(symbol::identity(&called), span),
                }));
            }
            let known = self.stack(scope).map(|s| s.resources.iter().map(|r| r.id.to_string()).collect());
            let known: Vec<String> = known.unwrap_or_default();
            let message = format!("the template has no resource `{id}`");
            let near = did_you_mean(id, known.iter().map(String::as_str));
            self.complain(Problem::warning("invalid-template", span, message.clone()).maybe_help(near));
            return Ok(Some(self.hole(&called, message, span)));
        };
        if let Some(output) = attribute.strip_prefix("Outputs.") {
            if let Some(nested) = nested
                && let Some(value) = self.output(scope, nested, output)
            {
                return Ok(value?.map(|value| Node { span, value: value.value }));
            }
            let why = match nested {
                Some(_) => format!("the template of the nested stack {id} has no output `{output}`"),
                None => format!("it is an output of the nested stack {id}: add its template to the run"),
            };
            return Ok(Some(self.hole(&called, why, span)));
        }
        let kind = entry.kind().to_owned();
        let Some(physical) = self.physical(scope.stack, id) else { return Ok(None) };
        let name = &physical.name;
        let known = match (kind.as_str(), attribute) {
            ("AWS::IAM::ManagedPolicy", "PolicyArn") => physical.arn.clone(),
            ("AWS::IAM::OIDCProvider" | "AWS::SecretsManager::Secret", "Arn" | "Id") => {
                Some(physical.reference.clone())
            }
            (_, "Arn") if physical.arn.is_some() => physical.arn.clone(),
            ("AWS::IAM::Role", "RoleId") => Some(symbol::identity(&called)),
            ("AWS::KMS::Key" | "AWS::KMS::ReplicaKey", "KeyId") => Some(name.clone()),
            ("AWS::S3::Bucket", "DomainName") => Some(format!("{name}.s3.{suffix}")),
            ("AWS::S3::Bucket", "RegionalDomainName") => Some(format!("{name}.s3.{region}.{suffix}")),
            ("AWS::S3::Bucket", "DualStackDomainName") => {
                Some(format!("{name}.s3.dualstack.{region}.{suffix}"))
            }
            ("AWS::S3::AccessPoint", "Alias") => Some(symbol::identity(&called)),
            ("AWS::S3::AccessPoint", "Name") => Some(name.clone()),
            ("AWS::SNS::Topic", "TopicArn") => physical.arn.clone(),
            ("AWS::SNS::Topic", "TopicName") | ("AWS::SQS::Queue", "QueueName") => Some(name.clone()),
            ("AWS::SQS::Queue", "QueueUrl") => Some(physical.reference.clone()),
            ("AWS::StepFunctions::StateMachine" | "AWS::Serverless::StateMachine", "Name") => {
                Some(name.clone())
            }
            ("AWS::EC2::VPC", "VpcId")
            | ("AWS::EC2::VPCEndpoint", "Id")
            | ("AWS::EC2::SecurityGroup", "GroupId")
            | ("AWS::EC2::Subnet", "SubnetId")
            | ("AWS::Organizations::Organization" | "AWS::Organizations::OrganizationalUnit", "Id")
            | ("AWS::Organizations::Policy", "Id") => Some(physical.reference.clone()),
            // These give back what they are given.
            ("AWS::SSM::Parameter", "Value" | "Type") => self.text_property(scope, &entry, attribute),
            ("AWS::EC2::VPC", "CidrBlock") => self.text_property(scope, &entry, attribute),
            (_, _) => None,
        };
        if let Some(known) = known {
            return Ok(Some(string(known, span)));
        }
        let why = if kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource" {
            format!("the custom resource {id} answers it when the stack is deployed")
        } else {
            format!("{attribute} of {id} (a {kind}) is known when the stack is deployed")
        };
        Ok(Some(self.hole(&called, why, span)))
    }
}
