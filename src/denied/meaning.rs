//! What a refusal means, and where to look, before any file is read.

use crate::eval::Gate;

use super::{Obstacle, Reason, Refusal};

/// Which authorization refused (R1).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Leg {
    S3,
    Kms,
    /// Becoming the role, before any read.
    Role,
    /// No part of reading an object.
    Other,
}

impl Leg {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Kms => "kms",
            Self::Role => "role",
            Self::Other => "other",
        }
    }

    pub(super) fn of(action: &str) -> Self {
        match action.split_once(':') {
            Some(("s3" | "s3-object-lambda", _)) => Self::S3,
            Some(("kms", _)) => Self::Kms,
            Some(("sts", name)) if name.starts_with("Assume") || name == "TagSession" => Self::Role,
            Some(_) | None => Self::Other,
        }
    }
}

/// A refusal in other words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// `None` where the message does not tell.
    pub leg: Option<Leg>,
    /// One sentence.
    pub says: String,
    /// Where to look, the likeliest place first.
    pub look: Vec<String>,
    /// The pages behind it.
    pub rules: &'static [&'static str],
}

impl Refusal {
    pub fn meaning(&self) -> Meaning {
        let leg = self.action.as_deref().map(Leg::of);
        let action = self.action.as_deref().unwrap_or("the call");
        let mut meaning = match self.reason {
            Reason::Missing(gate) => missing(self, leg, gate, action),
            Reason::Explicit(gate) => explicit(self, leg, gate, action),
            Reason::KeyOutOfSight => out_of_sight(),
            Reason::PublicAccessBlock => Meaning {
                leg,
                says: format!(
                    "Block Public Access refused {action}: the bucket policy that would allow it counts as public"
                ),
                look: words(&[
                    "RestrictPublicBuckets of the bucket, its access point and its account: with a public policy, only the \
                     account itself and services of AWS get in",
                    "the bucket policy: name the principals, or hold it to a fixed account, organization, endpoint or address",
                ]),
                rules: &["R102", "R135"],
            },
            Reason::NotSaid => Meaning {
                leg,
                says: format!("{action} was refused, and the message does not say by what"),
                look: words(&[
                    "AWS names the policy type where caller and resource are in one account or organization; across \
                     organizations, look at both sides: the caller's policies and the resource's",
                ]),
                rules: &["R135", "R137"],
            },
            Reason::Bare => bare(self),
            Reason::Other(obstacle) => other(obstacle, leg),
        };
        if let Some(policy) = &self.policy {
            meaning.look.insert(0, format!("the policy that the message names: {policy}"));
        }
        if leg == Some(Leg::Kms) && self.is_write() {
            meaning.look.insert(
                0,
                "this was a write: it needs kms:GenerateDataKey, and an upload in parts kms:Decrypt beside it, on the key the \
                 bucket or the request names"
                    .to_owned(),
            );
            meaning.rules = &["R133", "R135"];
        }
        if action == "s3:ListBucket" {
            meaning.look.insert(
                0,
                "whether the object exists: S3 asks for s3:ListBucket to tell a missing object (404) from a forbidden one (403)"
                    .to_owned(),
            );
            meaning.rules = &["R101", "R135"];
        }
        meaning
    }
}

impl Refusal {
    /// Whether the caller was storing an object.
    pub(super) fn is_write(&self) -> bool {
        let writes = ["Put", "Upload", "Copy", "CreateMultipart", "CompleteMultipart"];
        let operation = self.request.operation.as_deref().unwrap_or_default();
        writes.iter().any(|start| operation.starts_with(start))
            || self.action.as_deref() == Some("kms:GenerateDataKey")
    }
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

fn missing(refusal: &Refusal, leg: Option<Leg>, gate: Gate, action: &str) -> Meaning {
    let (who, on) = (who(refusal), on(refusal));
    let kms = leg == Some(Leg::Kms);
    let (says, look): (String, Vec<String>) = match gate {
        Gate::Identity => (
            format!("no identity policy of {who} allows {action}{on}"),
            vec![
                format!("the policies of {who}: is there an Allow for {action}, and does its Resource fit {}", refusal.resource.as_deref().unwrap_or("what was asked for")),
                "the conditions of that Allow: one that the request does not meet reads as if there were no statement".to_owned(),
                if kms {
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
                "the conditions there: kms:ViaService, kms:CallerAccount and the encryption context must fit the call that S3 makes",
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
    Meaning { leg, says, look, rules: if kms { &["R135", "R136"] } else { &["R135"] } }
}

fn explicit(refusal: &Refusal, leg: Option<Leg>, gate: Option<Gate>, action: &str) -> Meaning {
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
    look.push(
        "other policies that deny too: AWS names one type of policy even where several deny".to_owned(),
    );
    Meaning {
        leg,
        says: format!("a Deny statement in {place} refused {action}{on}"),
        look,
        rules: &["R62", "R135"],
    }
}

fn out_of_sight() -> Meaning {
    Meaning {
        leg: Some(Leg::Kms),
        says: "KMS refused kms:Decrypt without naming the key: as a rule it is in another account and its policy does not let \
               the caller in, or it is gone"
            .to_owned(),
        look: words(&[
            "the object's key: `aws s3api head-object` shows it (SSEKMSKeyId); its account is in the ARN",
            "the key policy in that account: it must let the role or the role's account in, and must not deny it",
            "the AWS managed key aws/s3: its policy lets in its own account only, and cannot be changed; store the object again \
             under a customer managed key",
            "the key's Region and whether it still exists: it is in the bucket's Region, and a deleted key decrypts nothing",
        ]),
        rules: &["R136", "R69"],
    }
}

fn bare(refusal: &Refusal) -> Meaning {
    let head = refusal.request.operation.as_deref() == Some("HeadObject");
    let mut look = Vec::new();
    if head {
        look.push(
            "the same with get-object: the answer to a HEAD has no body, so S3 cannot say why there"
                .to_owned(),
        );
    }
    look.extend(words(&[
        "whether the object exists: without s3:ListBucket a missing object answers 403 instead of 404",
        "policies across organizations: S3 names a reason only inside one account or organization; look at the caller's policies \
         and the bucket policy",
        "who owns the object: where ACLs count, the bucket policy does not reach objects of other accounts",
        "the policy of the VPC endpoint: across accounts S3 does not name it",
        "Requester Pays: the request must say that it pays",
        "the KMS leg: older messages do not name it",
    ]));
    Meaning {
        leg: refusal.action.as_deref().map(Leg::of),
        says: "S3 refused, and does not say why; that it does not is a hint in itself".to_owned(),
        look,
        rules: &["R137", "R101"],
    }
}

fn other(obstacle: Obstacle, leg: Option<Leg>) -> Meaning {
    let (says, look, rules): (&str, &[&str], &'static [&'static str]) = match obstacle {
        Obstacle::KeyDisabled => (
            "permissions are not the question: the key is disabled",
            &["the key's state (`aws kms describe-key`): `aws kms enable-key` in the key's account"],
            &["R138", "R92"],
        ),
        Obstacle::KeyState => (
            "permissions are not the question: the key's state allows no decryption",
            &[
                "the key's state (`aws kms describe-key`): a deletion that is pending can be cancelled, after which the key is \
               disabled until it is enabled",
            ],
            &["R138", "R92"],
        ),
        Obstacle::KeyNotFound => (
            "KMS does not know the key under that name in that account and Region",
            &[
                "the key's ARN: a bare id or alias is looked up in the caller's account",
                "whether the key was deleted: what it encrypted cannot be read again",
            ],
            &["R138", "R88"],
        ),
        Obstacle::Archived => (
            "permissions are not the question: the object is archived",
            &["its storage class: restore a copy (`aws s3api restore-object`), then read"],
            &["R138", "R110"],
        ),
        Obstacle::Signature => (
            "S3 could not use the request: how it was signed, or its headers, do not go with SSE-KMS",
            &[
                "the client: SSE-KMS needs Signature Version 4 and TLS, so no anonymous request and no old SDK",
                "encryption headers: they belong to writing; a read that carries them is refused",
            ],
            &["R138"],
        ),
        Obstacle::CustomerKey => (
            "the object is encrypted with a key that the client provides (SSE-C): IAM has no part in that key",
            &["the client must send the same key it wrote with; cluster platforms do not"],
            &["R138", "R108"],
        ),
        Obstacle::Credentials => (
            "the credentials were refused before any policy was looked at",
            &[
                "the session's age, the clock, and which credentials the client found (`aws sts get-caller-identity`)",
            ],
            &["R138"],
        ),
        Obstacle::Encoded => (
            "the reason is in the message, encoded",
            &[
                "`aws sts decode-authorization-message --encoded-message …` with the account's own credentials; give its answer to \
               this command",
            ],
            &["R135"],
        ),
    };
    Meaning { leg, says: says.to_owned(), look: words(look), rules }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denied::read;

    #[test]
    fn every_rule_that_is_named_exists() {
        let reasons =
            Gate::ALL.into_iter().flat_map(|gate| [Reason::Missing(gate), Reason::Explicit(Some(gate))]);
        let obstacles = [
            Obstacle::KeyDisabled,
            Obstacle::KeyState,
            Obstacle::KeyNotFound,
            Obstacle::Archived,
            Obstacle::Signature,
            Obstacle::CustomerKey,
            Obstacle::Credentials,
            Obstacle::Encoded,
        ];
        let others = [
            Reason::Explicit(None),
            Reason::KeyOutOfSight,
            Reason::PublicAccessBlock,
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
