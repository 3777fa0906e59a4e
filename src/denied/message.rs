//! The grammar of messages, read leniently: line breaks, quotes and what stands around them vary (R135).

use crate::eval::Gate;

use super::{Obstacle, Reason, Refusal, Request};

/// How AWS calls the types of policies, the longer name first where one begins with another.
const TYPES: &[(&str, Gate)] = &[
    ("identity-based polic", Gate::Identity),
    ("resource-based polic", Gate::Resource),
    ("permissions boundar", Gate::Boundary),
    ("session polic", Gate::Session),
    ("service control polic", Gate::Scp),
    ("resource control polic", Gate::Rcp),
    ("vpc endpoint polic", Gate::Endpoint),
    ("role trust polic", Gate::Resource),
    ("trust polic", Gate::Resource),
];

/// Words that say that something other than a permission is missing (R138).
const OBSTACLES: &[(&str, Obstacle)] = &[
    ("disabledexception", Obstacle::KeyDisabled),
    ("kmsinvalidstateexception", Obstacle::KeyState),
    ("is pending deletion", Obstacle::KeyState),
    ("kms.notfoundexception", Obstacle::KeyNotFound),
    ("invalidobjectstate", Obstacle::Archived),
    ("require aws signature version 4", Obstacle::Signature),
    ("x-amz-server-side-encryption header is not supported", Obstacle::Signature),
    ("stored using a form of server side encryption", Obstacle::CustomerKey),
    ("encoded authorization failure message", Obstacle::Encoded),
    ("expiredtoken", Obstacle::Credentials),
    ("invalidaccesskeyid", Obstacle::Credentials),
    ("signaturedoesnotmatch", Obstacle::Credentials),
];

/// The refusal that a text tells of; `None` where it tells of none.
pub(super) fn read(text: &str) -> Option<Refusal> {
    let text = plain(text);
    let mut refusal = named(&text).or_else(|| unnamed(&text))?;
    refusal.request.operation = operation(&text);
    refusal.object = refusal.object.or_else(|| object(&text));
    Some(refusal)
}

/// Every refusal of a log that names several; else the one that a text tells of.
pub(super) fn read_all(text: &str) -> Vec<Refusal> {
    if text.matches(CALLER).nth(1).is_none() {
        return read(text).into_iter().collect();
    }
    let text = plain(text);
    let parts = text.split(CALLER).skip(1);
    // What stands behind a message belongs to the next one.
    let own = |part: &'_ str| part.split("An error occurred").next().unwrap_or(part).to_owned();
    let found: Vec<Refusal> = parts.filter_map(|part| named(&format!("{CALLER}{}", own(part)))).collect();
    if found.is_empty() { read(&text).into_iter().collect() } else { found }
}

/// What a message that names its caller begins with.
const CALLER: &str = "User: ";

/// On one line, and without the escapes of XML.
fn plain(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // What is no escape after all is left as it was written.
    let unescaped = quick_xml::escape::unescape(&one_line).map(std::borrow::Cow::into_owned);
    // A message inside a JSON string that was cut out of its document.
    unescaped.unwrap_or(one_line).replace("\\\"", "\"")
}

/// `User: … is not authorized to perform: … on resource: … <reason>`
fn named(text: &str) -> Option<Refusal> {
    let (before, after) = text.split_once(" is not authorized to perform")?;
    let principal = before.rsplit_once(CALLER).map_or(before, |(_, who)| who);
    let principal = bare(principal.rsplit(' ').next().unwrap_or(principal));
    let after = after.trim_start_matches([':', ' ']);
    let (action, rest) = after.split_once(' ').unwrap_or((after, ""));
    let (resource, tail) = resource(rest);
    let reason = reason(tail);
    Some(Refusal {
        principal: (!principal.is_empty()).then(|| principal.to_owned()),
        role: None,
        action: Some(bare(action).to_owned()).filter(|action| action.contains(':')),
        resource: resource.map(str::to_owned).filter(|resource| !resource.is_empty()),
        reason,
        policy: policy(tail),
        object: None,
        request: Request::default(),
    })
}

/// The resource and what follows it. Keys may hold blanks and quotes: S3 quotes them, and where it did not, the
/// resource ends where the reason begins.
fn resource(rest: &str) -> (Option<&str>, &str) {
    let Some(behind) = rest.strip_prefix("on resource:") else { return (None, rest) };
    let behind = behind.trim_start();
    let begins = REASONS.iter().filter_map(|words| behind.find(words)).min();
    let (resource, tail) = begins.and_then(|at| behind.split_at_checked(at)).unwrap_or_else(|| match behind
        .strip_prefix('"')
        .and_then(|quoted| quoted.find('"'))
    {
        Some(end) => behind.split_at_checked(end + 2).unwrap_or((behind, "")),
        None => behind.split_once(' ').unwrap_or((behind, "")),
    });
    (Some(bare(resource.trim())), tail)
}

/// What a reason begins with.
const REASONS: &[&str] = &["\" because ", "\" with an explicit deny", " because ", " with an explicit deny"];

fn reason(tail: &str) -> Reason {
    let folded = tail.to_lowercase();
    // Form (c) speaks of an explicit deny among other things it does not tell apart.
    if folded.contains("resource does not exist in this region")
        || folded.contains("no resource-based policies allow access")
    {
        return Reason::KeyOutOfSight;
    }
    if folded.contains("block public access") {
        return Reason::PublicAccessBlock;
    }
    if let Some((_, deny)) = folded.split_once("explicit deny") {
        let named = deny.trim_start_matches(" in");
        let named = ["an ", "a ", "the "].iter().find_map(|article| named.trim_start().strip_prefix(article));
        return Reason::Explicit(named.and_then(kind));
    }
    match folded.split_once("because no ").and_then(|(_, missing)| kind(missing)) {
        Some(gate) => Reason::Missing(gate),
        None => Reason::NotSaid,
    }
}

fn kind(text: &str) -> Option<Gate> {
    TYPES.iter().find(|(name, _)| text.starts_with(name)).map(|(_, gate)| *gate)
}

/// The policy that refused, which some messages name at their end.
fn policy(tail: &str) -> Option<String> {
    let (_, rest) = tail.split_once("arn:")?;
    let arn = rest.split([' ', ',']).next().unwrap_or(rest);
    Some(format!("arn:{}", arn.trim_end_matches(['"', '\'', '.', ')', '<', ';'])))
}

/// Messages that name neither caller nor action.
fn unnamed(text: &str) -> Option<Refusal> {
    let folded = text.to_lowercase();
    let kms = |reason| Refusal {
        action: Some("kms:Decrypt".to_owned()),
        resource: key(text),
        reason,
        ..Refusal::default()
    };
    if folded.contains("customer master key that does not exist") || folded.contains("ciphertext refers to a")
    {
        return Some(kms(Reason::KeyOutOfSight));
    }
    if let Some((_, obstacle)) = OBSTACLES.iter().find(|(words, _)| folded.contains(words)) {
        let reason = Reason::Other(*obstacle);
        return Some(match obstacle {
            Obstacle::KeyDisabled | Obstacle::KeyState | Obstacle::KeyNotFound => kms(reason),
            Obstacle::Archived
            | Obstacle::Signature
            | Obstacle::CustomerKey
            | Obstacle::Credentials
            | Obstacle::Encoded => Refusal { reason, ..Refusal::default() },
        });
    }
    let bare = folded.contains("access denied")
        || folded.contains("accessdenied")
        || (folded.contains("403") && folded.contains("forbidden"));
    bare.then(|| Refusal { reason: Reason::Bare, ..Refusal::default() })
}

/// `when calling the GetObject operation`, as the AWS CLI and boto3 write it.
fn operation(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("when calling the ")?;
    rest.split_once(" operation").map(|(name, _)| name.to_owned()).filter(|name| !name.contains(' '))
}

/// An object that the text around the message names.
fn object(text: &str) -> Option<String> {
    let (at, scheme) = ["s3://", "s3a://", "s3n://"].iter().find_map(|s| Some((text.find(s)?, s)))?;
    let rest = text.get(at + scheme.len()..)?;
    let end = rest.find([' ', '"', '\'', '<', '>', ')']).unwrap_or(rest.len());
    let name = rest.get(..end)?.trim_end_matches([':', ',', '.', ';']);
    name.split_once('/').filter(|(_, key)| !key.is_empty()).map(|_| format!("s3://{name}"))
}

/// The key whose ARN the text names.
fn key(text: &str) -> Option<String> {
    text.split([' ', '"', '\'', ',', '<', '>', '('])
        .find(|word| word.starts_with("arn:") && word.contains(":kms:"))
        .map(|word| word.trim_end_matches(['.', ':', ';', ')']).to_owned())
}

fn bare(word: &str) -> &str {
    word.trim_matches(['"', '\'', ',', '`'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(text: &str) -> Refusal {
        read(text).unwrap()
    }

    #[test]
    fn the_documented_forms() {
        let said = who("An error occurred (AccessDenied) when calling the GetObject operation: User: \
            arn:aws:sts::111111111111:assumed-role/IAM_CLUSTER/i-0abc is not authorized to perform: s3:GetObject on \
            resource: \"arn:aws:s3:::lake/curated/a b.parquet\" because no identity-based policy allows the \
            s3:GetObject action");
        assert_eq!(
            said.principal.as_deref(),
            Some("arn:aws:sts::111111111111:assumed-role/IAM_CLUSTER/i-0abc")
        );
        assert_eq!(said.action.as_deref(), Some("s3:GetObject"));
        assert_eq!(said.resource.as_deref(), Some("arn:aws:s3:::lake/curated/a b.parquet"));
        assert_eq!(said.reason, Reason::Missing(Gate::Identity));
        assert_eq!(said.request.operation.as_deref(), Some("GetObject"));

        let types = [
            ("identity-based policy", Gate::Identity),
            ("resource-based policy", Gate::Resource),
            ("permissions boundary", Gate::Boundary),
            ("session policy", Gate::Session),
            ("service control policy", Gate::Scp),
            ("resource control policy", Gate::Rcp),
            ("VPC endpoint policy", Gate::Endpoint),
            ("role trust policy", Gate::Resource),
        ];
        for (name, gate) in types {
            let start = "User: arn:aws:iam::111111111111:user/u is not authorized to perform: kms:Decrypt on resource: \
                arn:aws:kms:us-east-1:222222222222:key/k";
            let missing = who(&format!("{start} because no {name} allows the kms:Decrypt action"));
            assert_eq!(missing.reason, Reason::Missing(gate), "{name}");
            for article in ["a", "an", "the"] {
                let denied = who(&format!("{start} with an explicit deny in {article} {name}"));
                assert_eq!(denied.reason, Reason::Explicit(Some(gate)), "{name}");
                assert_eq!(denied.resource.as_deref(), Some("arn:aws:kms:us-east-1:222222222222:key/k"));
                assert_eq!(denied.policy, None);
            }
        }
    }

    #[test]
    fn a_policy_at_the_end() {
        for end in [
            ": arn:aws:organizations::999999999999:policy/o-x/service_control_policy/p-1",
            ", with policy ARN: \
            \"arn:aws:organizations::999999999999:policy/o-x/service_control_policy/p-1\".",
        ] {
            let said = who(&format!(
                "User: arn:aws:iam::111111111111:role/r is not authorized to perform: s3:GetObject on \
                resource: \"arn:aws:s3:::lake/k\" with an explicit deny in a service control policy{end}"
            ));
            assert_eq!(said.reason, Reason::Explicit(Some(Gate::Scp)));
            assert_eq!(
                said.policy.as_deref(),
                Some("arn:aws:organizations::999999999999:policy/o-x/service_control_policy/p-1")
            );
        }
    }

    #[test]
    fn messages_that_hide_the_key() {
        let said = who(
            "User: arn:aws:sts::111111111111:assumed-role/r/s is not authorized to perform: kms:Decrypt on the \
            resource associated with this ciphertext because the resource does not exist in this Region, no resource-based \
            policies allow access, or a resource-based policy explicitly denies access",
        );
        assert_eq!((said.reason, said.resource), (Reason::KeyOutOfSight, None));
        let old = who(
            "The ciphertext refers to a customer master key that does not exist, does not exist in this region, \
            or you are not allowed to access.",
        );
        assert_eq!((old.reason, old.action.as_deref()), (Reason::KeyOutOfSight, Some("kms:Decrypt")));
    }

    #[test]
    fn wrapped_escaped_and_inside_other_text() {
        let said = who(
            "<Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::111111111111:role/r is not\n  authorized \
            to perform: s3:GetObject on resource:\n &quot;arn:aws:s3:::lake/a&amp;b&quot; because no resource-based policy \
            allows the s3:GetObject action</Message></Error>",
        );
        assert_eq!(said.resource.as_deref(), Some("arn:aws:s3:::lake/a&b"));
        assert_eq!(said.reason, Reason::Missing(Gate::Resource));
        let hadoop = who(
            "java.nio.file.AccessDeniedException: s3a://lake/curated/x.parquet: getFileStatus on \
            s3a://lake/curated/x.parquet: com.amazonaws.services.s3.model.AmazonS3Exception: Forbidden (Service: Amazon S3; \
            Status Code: 403; Error Code: 403 Forbidden)",
        );
        assert_eq!(
            (hadoop.reason, hadoop.object.as_deref()),
            (Reason::Bare, Some("s3://lake/curated/x.parquet"))
        );
    }

    #[test]
    fn what_is_no_question_of_permissions() {
        let disabled =
            who("An error occurred (KMS.DisabledException) when calling the GetObject operation: \
            arn:aws:kms:us-east-1:222222222222:key/k is disabled.");
        assert_eq!(disabled.reason, Reason::Other(Obstacle::KeyDisabled));
        assert_eq!(disabled.resource.as_deref(), Some("arn:aws:kms:us-east-1:222222222222:key/k"));
        let archived = who(
            "An error occurred (InvalidObjectState) when calling the GetObject operation: The operation is \
            not valid for the object's storage class",
        );
        assert_eq!(archived.reason, Reason::Other(Obstacle::Archived));
    }

    #[test]
    fn a_log_with_several() {
        let line = |name: &str| {
            format!(
                "2026-11-01 WARN An error occurred (AccessDenied) when calling the GetObject operation: User: \
                arn:aws:iam::111111111111:role/{name} is not authorized to perform: s3:GetObject on resource: \
                \"arn:aws:s3:::lake/{name}\" because no session policy allows the s3:GetObject action\n"
            )
        };
        let found = read_all(&[line("a"), "User: nobody\n".to_owned(), line("b")].concat());
        let resources: Vec<_> = found.iter().map(|one| one.resource.as_deref().unwrap()).collect();
        assert_eq!(resources, ["arn:aws:s3:::lake/a", "arn:aws:s3:::lake/b"]);
        assert!(found.iter().all(|one| one.reason == Reason::Missing(Gate::Session) && one.policy.is_none()));
        assert_eq!(read_all(&line("a")).len(), 1);
        assert_eq!(read_all("User: x. User: y. Access Denied").len(), 1);
    }

    #[test]
    fn what_is_no_refusal() {
        for text in ["", "all is well", "NoSuchKey: The specified key does not exist.", "403"] {
            assert_eq!(read(text), None, "{text}");
        }
        // Cut off anywhere, it is read as far as it goes.
        let whole = "User: arn:aws:iam::111111111111:role/r is not authorized to perform: s3:GetObject on resource: \
            \"arn:aws:s3:::lake/é k\" with an explicit deny in a session policy: arn:aws:iam::111111111111:policy/p";
        for (end, _) in whole.char_indices() {
            let _ = read(whole.get(..end).unwrap());
        }
    }
}
