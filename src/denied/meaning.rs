//! What a refusal means, and where to look, before any file is read.

mod obstacles;
mod proof;
mod set_up;

use crate::eval::Gate;

use super::refusal::{Leg, OperationKind, PublicAccessSetting, Reason, Refusal};
use super::services;

/// A refusal in other words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// `None` where the message does not tell.
    pub leg: Option<Leg>,
    /// What was refused, in a few words.
    pub head: String,
    /// One sentence.
    pub says: String,
    /// What the refusal itself proves: sentences that need no file.
    pub proves: Vec<String>,
    /// Where to look, the likeliest place first.
    pub look: Vec<String>,
    /// The pages behind it.
    pub rules: &'static [&'static str],
}

/// What is said of a refusal by its reason alone.
struct StatedFacts {
    says: String,
    look: Vec<String>,
    rules: &'static [&'static str],
}

impl Refusal {
    /// What the message means, where to look, and which rules say so.
    pub fn meaning(&self) -> Meaning {
        let leg = self.leg();
        let action = self.action.as_deref().or(self.request.operation.as_deref()).unwrap_or("the call");
        let mut said = match self.reason {
            Reason::Missing(_) if self.principal.as_deref() == Some("anonymous") => anonymous(self, action),
            Reason::Missing(gate) => missing(self, leg, gate, action),
            Reason::Explicit(gate) => explicit(self, leg, gate, action),
            Reason::KeyOutOfSight => out_of_sight(self),
            Reason::PublicAccessBlock(setting) => public_access(setting, self, action),
            Reason::NoAccessGrant => no_access_grant(),
            Reason::LakeFormation => lake_formation(),
            Reason::NotSaid if self.request.by_kms => by_kms(self),
            Reason::NotSaid if leg == Some(Leg::Role) => not_assumed(self, action),
            Reason::NotSaid => StatedFacts {
                says: format!("{action} was refused{}, and the message does not say by what", on(self)),
                look: words(&[
                    "AWS names the policy type where caller and resource are in one account or organization; across \
                     organizations, look at both sides: the caller's policies and the resource's",
                ]),
                rules: &["R135", "R137"],
            },
            Reason::Bare => bare(self),
            Reason::Setup(setup) => set_up::said(setup, self),
            Reason::Other(obstacle) => obstacles::said(obstacle, self),
        };
        self.add(leg, action, &mut said);
        Meaning {
            leg,
            head: self.head(leg),
            says: said.says,
            proves: proof::sentences(self),
            look: said.look,
            rules: said.rules,
        }
    }

    /// What the call, the service and the policy add to what the reason says.
    fn add(&self, leg: Option<Leg>, action: &str, said: &mut StatedFacts) {
        let is_obstacle = matches!(self.reason, Reason::Other(_) | Reason::Setup(_));
        if leg == Some(Leg::Kms) && self.is_write() && !is_obstacle {
            let kind = if self.kind() == Some(OperationKind::Copy) {
                "this was a copy: it needs kms:Decrypt on the key of the source, and kms:GenerateDataKey on the key of the \
                 destination, which a copy in parts must also decrypt with"
            } else if self.kind() == Some(OperationKind::Replicate) {
                "this was a replication: its role needs kms:Decrypt on the key of the source, and kms:Encrypt on that of the \
                 destination, each with the bucket's ARN as encryption context where a Bucket Key is used"
            } else {
                "this was a write: it needs kms:GenerateDataKey, and an upload in parts kms:Decrypt beside it, on the key the \
                 bucket or the request names"
            };
            said.look.insert(0, kind.to_owned());
            said.rules =
                if self.kind() == Some(OperationKind::Copy) { &["R134", "R135"] } else { &["R133", "R135"] };
        }
        if action == "s3:ListBucket" {
            said.look.insert(
                0,
                "whether the object exists: S3 asks for s3:ListBucket to tell a missing object (404) from a forbidden one (403); \
                 the permission is on the bucket's own ARN, with s3:prefix in its conditions"
                    .to_owned(),
            );
            said.rules = &["R101", "R135"];
        }
        let asks_kms = self.is_beside_s3() && leg == Some(Leg::Kms) && !is_obstacle;
        let service = self.service().filter(|_| asks_kms);
        if let Some(row) = service.and_then(services::find).filter(|row| !row.key.is_empty()) {
            said.look.insert(0, row.key.to_owned());
        }
        if self.request.is_simulated {
            set_up::simulated(self, said);
        }
        if let Some(id) = &self.request.authorization_id {
            said.look.push(format!(
                "how AWS decided, for a day: `aws iam-toolbox get-request-authorization-details --authorization-id {id}`; give its \
                 answer to this command"
            ));
        }
        if let Some(policy) = &self.policy {
            said.look.insert(0, named_policy(policy));
        }
    }

    /// Whose refusal it is, and of what.
    fn head(&self, leg: Option<Leg>) -> String {
        if self.request.is_simulated {
            return "The policy simulator says no; nothing was refused".to_owned();
        }
        let service = self.service().map(services::name);
        let kind = self.kind().unwrap_or(OperationKind::Action).noun();
        match (leg, self.reason) {
            (_, Reason::LakeFormation) => "Lake Formation refused, with permissions of its own".to_owned(),
            (_, Reason::Setup(setup)) => setup.head.to_owned(),
            (_, Reason::NoAccessGrant) => "S3 Access Grants refused".to_owned(),
            (Some(Leg::Kms), _) if self.service() == Some("kms") => {
                "KMS refused a call made to it directly".to_owned()
            }
            (Some(Leg::Kms), _) if self.is_beside_s3() => {
                format!("KMS refused a call of {}", service.unwrap_or("another service"))
            }
            (Some(Leg::Kms), _) => match self.kind() {
                Some(OperationKind::Read) | None => "The KMS leg was refused".to_owned(),
                Some(_) => format!("The KMS leg of {kind} was refused"),
            },
            (Some(Leg::S3), _) => match self.kind() {
                Some(OperationKind::Read) | None => "The S3 leg was refused".to_owned(),
                Some(OperationKind::Write | OperationKind::Multipart | OperationKind::Copy) => {
                    format!("The S3 leg of {kind} was refused")
                }
                Some(_) => format!("S3 refused {kind}"),
            },
            (Some(Leg::Role), _) => "Assuming the role was refused".to_owned(),
            (Some(Leg::Other), _) => format!("{} refused a call", service.unwrap_or("Another service")),
            (None, Reason::Other(_)) => "The request failed, and no permission is missing".to_owned(),
            (None, _) => match self.kind() {
                Some(OperationKind::Action) | None => "The request was refused".to_owned(),
                Some(_) => {
                    let mut letters = kind.chars();
                    let first = letters.next().map(|first| first.to_ascii_uppercase());
                    format!("{}{} was refused", first.unwrap_or_default(), letters.as_str())
                }
            },
        }
    }
}

/// The policy that refused, and how to see it.
fn named_policy(arn: &str) -> String {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    if name.starts_with("AWSCompromisedKeyQuarantine") {
        return format!(
            "the policy that the message names: {arn}; AWS attaches it to a user whose access key was found in public: replace the \
             key, then detach the policy"
        );
    }
    let command = if arn.contains(":organizations::") {
        format!("`aws organizations describe-policy --policy-id {name}` in the management account shows it")
    } else {
        format!(
            "`aws iam get-policy --policy-arn {arn}` tells its default version, and get-policy-version shows it"
        )
    };
    format!("the policy that the message names: {arn}; {command}")
}

fn words(look: &[&str]) -> Vec<String> {
    look.iter().map(|text| (*text).to_owned()).collect()
}

/// Who, in a sentence: the role's or user's name.
fn who(refusal: &Refusal) -> String {
    let arn = refusal.role.as_deref().or(refusal.principal.as_deref());
    let Some((_, resource)) = arn.and_then(|arn| arn.rsplit_once(':')) else {
        return refusal.principal.clone().unwrap_or_else(|| "the caller".to_owned());
    };
    let mut parts = resource.split('/');
    let kind = parts.next().unwrap_or(resource);
    let name = if kind == "assumed-role" { parts.next() } else { parts.next_back() };
    name.unwrap_or(resource).to_owned()
}

fn on(refusal: &Refusal) -> String {
    refusal.resource.as_ref().map_or_else(String::new, |resource| format!(" on {resource}"))
}

/// A request without credentials.
fn anonymous(refusal: &Refusal, action: &str) -> StatedFacts {
    StatedFacts {
        says: format!(
            "nothing lets everyone use {action}{}: the request carried no credentials",
            on(refusal)
        ),
        look: words(&[
            "the client: it found no credentials, or does not sign (`--no-sign-request`, an address in a browser); with them, the \
             policies of their owner count",
            "a bucket policy with Principal \"*\" for everyone, which Block Public Access must let count",
            "SSE-KMS: an anonymous request reads no such object",
        ]),
        rules: &["R102", "R135"],
    }
}

fn missing(refusal: &Refusal, leg: Option<Leg>, gate: Gate, action: &str) -> StatedFacts {
    let (who, on) = (who(refusal), on(refusal));
    let kms = leg == Some(Leg::Kms);
    let (says, look): (String, Vec<String>) = match gate {
        Gate::Identity => (
            format!("no identity policy of {who} allows {action}{on}"),
            vec![
                format!("the policies of {who}: is there an Allow for {action}, and does its Resource fit {}", refusal.resource.as_deref().unwrap_or("what was asked for")),
                "the conditions of that Allow: one that the request does not meet reads as if there were no statement".to_owned(),
                if kms && !refusal.is_beside_s3() {
                    "Resource must name the key's ARN: an alias ARN never fits kms:Decrypt, and a bucket's or an object's ARN \
                     belongs in the encryption context (with a Bucket Key it is the bucket's)"
                } else {
                    "in the resource's own account, its policy could allow the role instead; across accounts both must"
                }
                .to_owned(),
            ],
        ),
        Gate::Resource if kms => (
            format!("the key policy does not let {who} use {action}{on}"),
            words(&[
                "the key policy, in the key's account: it must name the role, or the role's account (`:root`), for \
                 kms:Decrypt; a grant does as well",
                "the conditions there: kms:ViaService, kms:CallerAccount and the encryption context must fit the call that the \
                 service makes",
            ]),
        ),
        Gate::Resource if leg == Some(Leg::Role) => (
            format!("the trust policy of the role does not let {who} in{on}"),
            words(&[
                "the role's trust policy: its Principal must name the caller or the caller's account",
                "its conditions: sts:ExternalId, the session's tags and name, the token's audience and subject",
                "from the role's own account only with the account as Principal does the caller's own policy count too",
            ]),
        ),
        Gate::Resource if leg != Some(Leg::S3) => (
            format!("the resource's policy does not allow {who} {action}{on}"),
            words(&["the policy of that resource, in its account: it must name the caller or the caller's account"]),
        ),
        Gate::Resource => (
            format!("the resource's policy does not allow {who} {action}{on}"),
            words(&[
                "the bucket policy (or the access point's), in the bucket's account: it must name the role or its account",
                "Resource there: objects are arn:aws:s3:::BUCKET/*, the bucket's own ARN holds none of them",
            ]),
        ),
        Gate::Boundary => (
            format!("the permissions boundary of {who} does not allow {action}{on}"),
            words(&["the boundary: it grants nothing, and what it leaves out no other policy can give; add the action there too"]),
        ),
        Gate::Session => (
            format!("the session policy that was passed when {who} was assumed does not allow {action}{on}"),
            words(&["the caller of AssumeRole (a broker, a scheduler, a data platform): the policy it passes must allow this too"]),
        ),
        Gate::Scp => (
            format!("no service control policy allows {action}{on} at some level between the root and {who}'s account"),
            words(&["the SCPs of the root, of every OU on the way and of the account: at each level one must allow it, as \
                     FullAWSAccess does"]),
        ),
        Gate::Rcp => (
            format!("no resource control policy allows {action}{on} at some level above the resource's account"),
            words(&["the RCPs above the resource's account: RCPFullAWSAccess cannot be detached, so this should not happen"]),
        ),
        Gate::Endpoint => (
            format!("the policy of the VPC endpoint does not allow {who} {action}{on}"),
            words(&["the endpoint policy, in the account of the VPC: it must allow principal, action and resource; it sees the \
                     S3 request only"]),
        ),
        Gate::Grant | Gate::Ownership | Gate::PublicAccess => {
            (format!("{} does not allow {action}{on}", gate.describe()), Vec::new())
        }
    };
    StatedFacts { says, look, rules: if kms { &["R135", "R136"] } else { &["R135"] } }
}

fn explicit(refusal: &Refusal, leg: Option<Leg>, gate: Option<Gate>, action: &str) -> StatedFacts {
    let on = on(refusal);
    let place = match (gate, leg) {
        (Some(Gate::Resource), Some(Leg::Kms)) => "the key policy",
        (Some(Gate::Resource), Some(Leg::Role)) => "the role's trust policy",
        (Some(Gate::Resource), _) => "the resource's policy",
        (Some(Gate::Identity), _) => "an identity policy of the caller",
        (Some(Gate::Boundary), _) => "the caller's permissions boundary",
        (Some(Gate::Session), _) => "the session policy passed when the role was assumed",
        (Some(Gate::Scp), _) => "a service control policy above the caller's account",
        (Some(Gate::Rcp), _) => "a resource control policy above the resource's account",
        (Some(Gate::Endpoint), _) => "the policy of the VPC endpoint",
        (Some(Gate::Grant | Gate::Ownership | Gate::PublicAccess) | None, _) => "some policy",
    };
    let mut look =
        vec![format!("the Deny statements of {place} that fit {action}: no Allow anywhere undoes one")];
    look.push(
        "their conditions: negated operators (StringNotEquals, NotIpAddress) and those with IfExists also fit a request that \
         lacks the key; `can` shows which requests a statement catches"
            .to_owned(),
    );
    if leg == Some(Leg::Kms) && gate == Some(Gate::Resource) {
        look.push(
            "keys of the client's network (aws:SourceIp, aws:SourceVpce) in a key policy: KMS sees the call of S3, not the client's"
                .to_owned(),
        );
    }
    let is_root = refusal.principal.as_deref().is_some_and(|arn| arn.ends_with(":root"));
    if is_root && leg == Some(Leg::S3) && gate == Some(Gate::Resource) {
        look.push(
            "a bucket policy that shuts its own account out: the root user may still delete it (`aws s3api delete-bucket-policy`)"
                .to_owned(),
        );
    }
    look.push(
        "other policies that deny too: AWS names one type of policy even where several deny".to_owned(),
    );
    StatedFacts {
        says: format!("a Deny statement in {place} refused {action}{on}"),
        look,
        rules: &["R62", "R135"],
    }
}

fn out_of_sight(refusal: &Refusal) -> StatedFacts {
    let action = refusal.action.as_deref().unwrap_or("the call");
    if refusal.is_beside_s3() {
        return StatedFacts {
            says: format!(
                "KMS refused {action} without naming the key: as a rule it is in another account or Region and its policy does not \
                 let the caller in, or it is gone"
            ),
            look: words(&[
                "the key policy in the key's account: it must let the caller or the caller's account in, and must not deny it",
                "the key's Region and state: a ciphertext goes with the key and the Region that made it",
            ]),
            rules: &["R136", "R69"],
        };
    }
    let find = if refusal.is_write() {
        "the key that the request or the bucket's default names: `aws s3api get-bucket-encryption`; its account is in the ARN"
    } else {
        "the object's key: `aws s3api head-object` shows it (SSEKMSKeyId); its account is in the ARN"
    };
    StatedFacts {
        says: format!(
            "KMS refused {action} without naming the key: as a rule it is in another account and its policy does not let the \
             caller in, or it is gone"
        ),
        look: words(&[
            find,
            "the key policy in that account: it must let the role or the role's account in, and must not deny it",
            "the AWS managed key aws/s3: its policy lets in its own account only, and cannot be changed; store the object again \
             under a customer managed key",
            "the key's Region and whether it still exists: it is in the bucket's Region, and a deleted key decrypts nothing",
        ]),
        rules: &["R136", "R69"],
    }
}

/// STS gives its reasons inside one account or organization alone.
fn not_assumed(refusal: &Refusal, action: &str) -> StatedFacts {
    let mut look = words(&[
        "the role's trust policy: its Principal must name the caller, the caller's account or the token's provider; its conditions \
         (sts:ExternalId, the token's aud and sub, tags, the session's name) must fit the call",
        "the caller's own policies: from another account they must allow it too",
    ]);
    // Source: <https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html>
    if refusal.request.operation.as_deref() == Some("AssumeRoleForPodIdentity") {
        look = words(&[
            "the role's trust policy: it must let pods.eks.amazonaws.com make sts:AssumeRole and sts:TagSession, since EKS passes \
             session tags unless the association switches them off; conditions on aws:RequestTag must fit the cluster, the \
             namespace and the service account",
            "the association: the role is in the cluster's account",
        ]);
    }
    if action != "sts:AssumeRole" && action.contains("AssumeRoleWith") {
        look.truncate(1);
    }
    StatedFacts {
        says: format!("{action} was refused{}, and the message does not say by what", on(refusal)),
        look,
        rules: &["R117", "R135"],
    }
}

fn by_kms(refusal: &Refusal) -> StatedFacts {
    let action = refusal.action.as_deref().map_or_else(String::new, |action| format!(" {action}"));
    let mut look = words(&[
        "the key policy, and the caller's own policies where the key policy lets the account in: kms:Decrypt to read, \
         kms:GenerateDataKey to store",
        "CloudTrail of the key's account: the record of KMS has the whole message, the key and the encryption context",
    ]);
    if refusal.service().is_none_or(|service| service == "s3") {
        look.push("the object's key: `aws s3api head-object` shows it (SSEKMSKeyId)".to_owned());
    }
    StatedFacts {
        says: format!("KMS refused{action}, and the service that called it passes on no reason"),
        look,
        rules: &["R136"],
    }
}

fn public_access(setting: Option<PublicAccessSetting>, refusal: &Refusal, action: &str) -> StatedFacts {
    // A setting that keeps policies from being stored refuses nothing else: a read met the one beside it.
    let stores = action.contains("Policy");
    let is_other =
        setting == Some(PublicAccessSetting::BlockPublicPolicy) && !stores && refusal.action.is_some();
    let setting = setting.filter(|_| !is_other);
    let (says, look): (String, &[&str]) = match setting {
        Some(PublicAccessSetting::BlockPublicPolicy) => (
            format!(
                "Block Public Access refused {action}: the policy would make the bucket public, and BlockPublicPolicy forbids that"
            ),
            &[
                "the new policy: name the principals, or hold it to a fixed account, organization, endpoint or address; or BlockPublicPolicy \
               of the bucket and of its account",
            ],
        ),
        Some(PublicAccessSetting::BlockPublicAcls) => (
            format!(
                "Block Public Access refused {action}: the ACL is public, and BlockPublicAcls forbids that"
            ),
            &["the ACL of the request: leave it out; a bucket policy says more precisely who reads"],
        ),
        Some(PublicAccessSetting::IgnorePublicAcls) => (
            format!(
                "Block Public Access refused {action}: only a public ACL would allow it, and IgnorePublicAcls makes it count for nothing"
            ),
            &["the bucket policy: let the callers in there, by name"],
        ),
        Some(PublicAccessSetting::RestrictPublicBuckets) | None => (
            format!(
                "Block Public Access refused {action}: the bucket policy that would allow it counts as public"
            ),
            &[
                "RestrictPublicBuckets of the bucket, its access point and its account: with a public policy, only the account itself \
                 and services of AWS get in",
                "the bucket policy: name the principals, or hold it to a fixed account, organization, endpoint or address",
            ],
        ),
    };
    StatedFacts { says, look: words(look), rules: &["R102", "R135"] }
}

fn no_access_grant() -> StatedFacts {
    StatedFacts {
        says: "S3 Access Grants found no grant for this caller that covers the prefix with this permission"
            .to_owned(),
        look: words(&[
            "the grants (`aws s3control list-access-grants`): grantee, scope and permission of one must cover the request; for a \
             directory user the session must carry the identity",
            "the policy of the Access Grants instance across accounts: it must allow s3:GetDataAccess",
            "behind a grant stands the role of its location: that one needs s3:GetObject and, for SSE-KMS, kms:Decrypt",
        ]),
        rules: &["R113", "R135"],
    }
}

fn lake_formation() -> StatedFacts {
    StatedFacts {
        says: "Lake Formation refused: its permissions on databases, tables and locations are granted there, and no IAM policy gives \
               them"
            .to_owned(),
        look: words(&[
            "the grants of Lake Formation (`aws lakeformation list-permissions`) for the principal, on the catalog, the database, the \
             table or the data location that the message names",
            "the caller's own policies: they must allow lakeformation:GetDataAccess, and the Glue call",
            "the role that the location is registered with: it reads the objects, and needs s3:GetObject and kms:Decrypt",
        ]),
        rules: &["R135"],
    }
}

fn bare(refusal: &Refusal) -> StatedFacts {
    let other = refusal.service().filter(|service| *service != "s3" && *service != "athena");
    if let Some(service) = other {
        let call = refusal.request.operation.as_deref().map_or_else(String::new, |name| format!(" {name}"));
        return StatedFacts {
            says: format!("{} refused{call}, and does not say why", services::name(service)),
            look: words(&[
                "the caller's policies for the action of this call",
                "CloudTrail: the record of the call may say more than the client printed",
            ]),
            rules: &["R135"],
        };
    }
    let head = refusal.request.operation.as_deref() == Some("HeadObject");
    let mut look = Vec::new();
    if refusal.service() == Some("athena") {
        look.push(
            "Athena reads and writes with the caller's permissions: the data, and the location of the results in its bucket, with \
             both keys"
                .to_owned(),
        );
    }
    if head {
        look.push(
            "the same with get-object: the answer to a HEAD has no body, so S3 cannot say why there"
                .to_owned(),
        );
    }
    match refusal.kind() {
        Some(OperationKind::Write | OperationKind::Multipart) => look.extend(words(&[
            "s3:PutObject in the caller's policies and the bucket policy; what the bucket policy denies unless the request has it: \
             encryption headers, TLS, an ACL",
            "kms:GenerateDataKey on the bucket's key, and kms:Decrypt for an upload in parts: older messages do not name it",
        ])),
        Some(OperationKind::Copy) => look.push(
            "both ends: s3:GetObject (and its tags) on the source, s3:PutObject on the destination, and both keys".to_owned(),
        ),
        Some(OperationKind::Delete) => look.push("s3:DeleteObject on the object, or s3:DeleteObjectVersion where a version is named".to_owned()),
        // It is said of the action already.
        Some(OperationKind::List) if refusal.action.is_some() => {}
        Some(OperationKind::List) => look.push("s3:ListBucket on the bucket's own ARN; conditions on s3:prefix".to_owned()),
        Some(OperationKind::Read | OperationKind::Replicate | OperationKind::Assume | OperationKind::Action) | None => look.push(
            "whether the object exists: without s3:ListBucket a missing object answers 403 instead of 404".to_owned(),
        ),
    }
    look.push(
        "policies across organizations: S3 names a reason only inside one account or organization; look at the caller's policies \
         and the bucket policy"
            .to_owned(),
    );
    if matches!(refusal.kind(), Some(OperationKind::Read) | None) {
        look.push(
            "who owns the object: where ACLs count, the bucket policy does not reach objects of other accounts".to_owned(),
        );
    }
    look.extend(words(&[
        "the policy of the VPC endpoint: across accounts S3 does not name it",
        "Requester Pays: the request must say that it pays",
    ]));
    if matches!(refusal.kind(), Some(OperationKind::Read) | None) {
        look.push("the KMS leg: older messages do not name it".to_owned());
    }
    StatedFacts {
        says: match refusal.service() {
            Some(_) => "S3 refused, and does not say why; that it does not is a hint in itself",
            None => "the message says neither who refused nor why; of S3 that is a hint in itself",
        }
        .to_owned(),
        look,
        rules: &["R137", "R101"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denied::{Obstacle, read};

    #[test]
    fn every_rule_that_is_named_exists() {
        let reasons =
            Gate::ALL.into_iter().flat_map(|gate| [Reason::Missing(gate), Reason::Explicit(Some(gate))]);
        let obstacles = [
            Obstacle::KeyDisabled,
            Obstacle::KeyState,
            Obstacle::KeyNotFound,
            Obstacle::Archived,
            Obstacle::KeyType,
            Obstacle::OriginIdentity,
            Obstacle::ObjectLocked,
            Obstacle::Signature,
            Obstacle::CustomerKey,
            Obstacle::CustomerKeyBlocked,
            Obstacle::Region,
            Obstacle::Expired,
            Obstacle::Credentials,
            Obstacle::Token,
            Obstacle::Encoded,
            Obstacle::Policy,
        ];
        let others = [
            Reason::Explicit(None),
            Reason::KeyOutOfSight,
            Reason::PublicAccessBlock(None),
            Reason::PublicAccessBlock(Some(PublicAccessSetting::BlockPublicPolicy)),
            Reason::NoAccessGrant,
            Reason::LakeFormation,
            Reason::NotSaid,
            Reason::Bare,
        ];
        for reason in reasons.chain(obstacles.map(Reason::Other)).chain(others) {
            for action in
                ["s3:GetObject", "s3:ListBucket", "kms:Decrypt", "sts:AssumeRole", "ec2:RunInstances"]
            {
                let refusal = Refusal { reason, action: Some(action.to_owned()), ..Refusal::default() };
                let meaning = refusal.meaning();
                assert!(!meaning.says.is_empty());
                for rule in meaning.rules {
                    assert!(crate::explain::find(rule).is_some(), "{rule}");
                }
            }
        }
    }

    #[test]
    fn writes_decrypt_too() {
        let call = |operation: &str| {
            let text = format!(
                "An error occurred (AccessDenied) when calling the {operation} operation: User: arn:aws:iam::111111111111:role/r \
                is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:111111111111:key/k because no \
                identity-based policy allows the kms:Decrypt action"
            );
            read(&text).pop().unwrap().0.meaning()
        };
        assert!(call("UploadPart").look.first().is_some_and(|look| look.starts_with("this was a write")));
        assert!(!call("GetObject").look.iter().any(|look| look.starts_with("this was a write")));
    }

    #[test]
    fn names_of_callers() {
        let name = |arn: &str| {
            let text = format!("User: {arn} is not authorized to perform: s3:GetObject");
            who(&read(&text).pop().unwrap().0)
        };
        assert_eq!(name("arn:aws:sts::111111111111:assumed-role/app-reader/i-0abc"), "app-reader");
        assert_eq!(name("arn:aws:iam::111111111111:user/team/ann"), "ann");
        assert_eq!(name("arn:aws:iam::111111111111:root"), "root");
        assert_eq!(name("anonymous"), "anonymous");
    }
}
