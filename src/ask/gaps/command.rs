//! The command of the AWS CLI that tells a fact. They only read.

use super::{BucketFact, KeyFact, MissingFact, RoleFact};
use crate::estate::ObjectUri;

/// One call of the AWS CLI: what stands behind `aws`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command(pub Vec<Word>);

/// A word of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// A word as it stands.
    Text(String),
    /// What another call answers.
    AnswerOf(Command),
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

fn words(list: &[&str]) -> Command {
    Command(list.iter().map(|text| Word::from(*text)).collect())
}

impl Command {
    fn with(mut self, option: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.0.extend([Word::from(option), Word::from(value)]);
        }
        self
    }
}

/// The command that tells a fact; none where a row tells it.
pub fn command(fact: &MissingFact) -> Option<Command> {
    Some(match fact {
        MissingFact::Row(_) => return None,
        MissingFact::Organization(account) => {
            words(&["organizations", "list-parents", "--child-id", &account.to_string()])
        }
        MissingFact::ServiceControlPolicies { target } => attached(target, "SERVICE_CONTROL_POLICY"),
        MissingFact::ResourceControlPolicies { target } => attached(target, "RESOURCE_CONTROL_POLICY"),
        MissingFact::AccountPublicAccessBlock(account) => {
            words(&["s3control", "get-public-access-block", "--account-id", &account.to_string()])
        }
        MissingFact::Role(_, RoleFact::Policies) | MissingFact::User(_) => {
            words(&["iam", "get-account-authorization-details"])
        }
        MissingFact::Role(arn, RoleFact::Trust | RoleFact::Boundary | RoleFact::Tags) => {
            words(&["iam", "get-role", "--role-name", last(arn.resource())])
        }
        MissingFact::Policy { arn, .. } => {
            let version = ["iam", "get-policy", "--policy-arn", arn, "--query", "Policy.DefaultVersionId"];
            let version = words(&version).with("--output", Some("text"));
            let Command(mut call) =
                words(&["iam", "get-policy-version", "--policy-arn", arn, "--version-id"]);
            call.push(Word::AnswerOf(version));
            Command(call)
        }
        MissingFact::Bucket { name, account, region, fact } => {
            let call = words(&["s3api", of_bucket(*fact), "--bucket", name]);
            let call = call.with("--expected-bucket-owner", account.map(|a| a.to_string()).as_deref());
            match fact {
                BucketFact::Region | BucketFact::Account => call,
                BucketFact::Policy
                | BucketFact::Encryption
                | BucketFact::Ownership
                | BucketFact::PublicAccessBlock
                | BucketFact::RequesterPays
                | BucketFact::Abac
                | BucketFact::Tags => call.with("--region", region.as_deref()),
            }
        }
        MissingFact::Object { uri, region, .. } => {
            let (bucket, key) = match uri.parse::<ObjectUri>() {
                Ok(uri) => (uri.bucket.clone(), uri.literal_key().into_owned()),
                Err(_) => (String::new(), String::new()),
            };
            words(&["s3api", "head-object", "--bucket", &bucket, "--key", &key])
                .with("--region", region.as_deref())
        }
        MissingFact::Key(arn, fact) => {
            let id = last(arn.resource());
            let call = match fact {
                // An ARN, so that the answer cannot be about a key of the same id elsewhere.
                KeyFact::State => words(&["kms", "describe-key", "--key-id", arn.as_str()]),
                KeyFact::Policy => {
                    words(&["kms", "get-key-policy", "--key-id", id, "--policy-name", "default"])
                }
                KeyFact::Grants => words(&["kms", "list-grants", "--key-id", arn.as_str()]),
                KeyFact::Aliases => words(&["kms", "list-aliases", "--key-id", arn.as_str()]),
                KeyFact::Tags => words(&["kms", "list-resource-tags", "--key-id", id]),
            };
            call.with("--region", Some(arn.region()))
        }
        MissingFact::KeyBehind { reference, region, .. } => {
            words(&["kms", "describe-key", "--key-id", reference]).with("--region", region.as_deref())
        }
        MissingFact::Endpoint { id, region } => {
            words(&["ec2", "describe-vpc-endpoints", "--vpc-endpoint-ids", id])
                .with("--region", region.as_deref())
        }
    })
}

fn attached(target: &str, kind: &str) -> Command {
    words(&["organizations", "list-policies-for-target", "--target-id", target, "--filter", kind])
}

/// S3 has one operation for each setting of a bucket.
fn of_bucket(fact: BucketFact) -> &'static str {
    match fact {
        // It answers to the owner's account alone when told to expect it.
        BucketFact::Account => "head-bucket",
        BucketFact::Region => "get-bucket-location",
        BucketFact::Policy => "get-bucket-policy",
        BucketFact::Encryption => "get-bucket-encryption",
        BucketFact::Ownership => "get-bucket-ownership-controls",
        BucketFact::PublicAccessBlock => "get-public-access-block",
        BucketFact::RequesterPays => "get-bucket-request-payment",
        BucketFact::Abac => "get-bucket-abac",
        BucketFact::Tags => "get-bucket-tagging",
    }
}

fn last(resource: &str) -> &str {
    resource.rsplit('/').next().unwrap_or(resource)
}
