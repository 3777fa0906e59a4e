//! Codes and sentences that say that something other than a permission is missing (R138).
//!
//! Sources: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>,
//! <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>,
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html>

use super::refusal::{Obstacle, PublicAccessSetting};

/// What S3 says of an upload with a key of the client's, in a bucket that takes none.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html>
pub(super) const BLOCKED_UPLOAD: &str = "blocked upload requests";

/// In lower case; what is more particular stands in front.
const OBSTACLES: &[(&str, Obstacle)] = &[
    ("kms.unrecognizedclientexception", Obstacle::OriginIdentity),
    ("no account found for the given parameters", Obstacle::OriginIdentity),
    ("kms.disabledexception", Obstacle::KeyDisabled),
    ("kmsdisabledexception", Obstacle::KeyDisabled),
    ("kmsdisabled)", Obstacle::KeyDisabled),
    ("disabledexception", Obstacle::KeyDisabled),
    ("because the kms key is disabled", Obstacle::KeyDisabled),
    ("invalidkmskey.invalidstate", Obstacle::KeyState),
    ("kmsinvalidstate", Obstacle::KeyState),
    ("is pending deletion", Obstacle::KeyState),
    ("is pending import", Obstacle::KeyState),
    ("kms.keyunavailable", Obstacle::KeyState),
    ("keyunavailableexception", Obstacle::KeyState),
    ("invalidkeyusage", Obstacle::KeyType),
    ("incorrectkeyexception", Obstacle::KeyType),
    ("asymmetric cmks are not supported", Obstacle::KeyType),
    ("asymmetric kms keys are not supported", Obstacle::KeyType),
    ("kms.notfoundexception", Obstacle::KeyNotFound),
    ("kmsnotfound", Obstacle::KeyNotFound),
    ("kmskeydisabled", Obstacle::KeyDisabled),
    ("kms.model.notfoundexception", Obstacle::KeyNotFound),
    ("kms.notfound", Obstacle::KeyNotFound),
    ("invalid keyid", Obstacle::KeyNotFound),
    ("invalidobjectstate", Obstacle::Archived),
    ("not valid for the object's storage class", Obstacle::Archived),
    ("protected by object lock", Obstacle::ObjectLocked),
    ("require aws signature version 4", Obstacle::Signature),
    ("please use aws4-hmac-sha256", Obstacle::Signature),
    ("x-amz-server-side-encryption header is not supported", Obstacle::Signature),
    ("must be made over a secure connection", Obstacle::Signature),
    (BLOCKED_UPLOAD, Obstacle::CustomerKeyBlocked),
    ("stored using a form of server side encryption", Obstacle::CustomerKey),
    ("encryption parameters are not applicable", Obstacle::CustomerKey),
    ("authorizationheadermalformed", Obstacle::Region),
    ("authorization header is malformed; the region", Obstacle::Region),
    ("authorizationqueryparameterserror", Obstacle::Region),
    ("permanentredirect", Obstacle::Region),
    ("must be addressed using the specified endpoint", Obstacle::Region),
    ("request has expired", Obstacle::Expired),
    ("expiredtoken", Obstacle::Expired),
    ("provided token has expired", Obstacle::Expired),
    ("security token included in the request is expired", Obstacle::Expired),
    ("requesttimetooskewed", Obstacle::Expired),
    ("request time and the current time is too large", Obstacle::Expired),
    ("requestexpired", Obstacle::Expired),
    ("invalididentitytoken", Obstacle::Token),
    ("idprejectedclaim", Obstacle::Token),
    ("idpcommunicationerror", Obstacle::Token),
    ("no openidconnect provider found", Obstacle::Token),
    ("incorrect token audience", Obstacle::Token),
    ("invalidaccesskeyid", Obstacle::Credentials),
    ("access key id you provided does not exist", Obstacle::Credentials),
    ("signaturedoesnotmatch", Obstacle::Credentials),
    ("request signature we calculated does not match", Obstacle::Credentials),
    ("invalidclienttokenid", Obstacle::Credentials),
    ("unrecognizedclientexception", Obstacle::Credentials),
    ("security token included in the request is invalid", Obstacle::Credentials),
    ("missingauthenticationtoken", Obstacle::Credentials),
    ("unable to locate credentials", Obstacle::Credentials),
    ("authfailure", Obstacle::Credentials),
    ("encoded authorization failure message", Obstacle::Encoded),
    ("malformedpolicydocument", Obstacle::Policy),
    ("malformedpolicy", Obstacle::Policy),
    ("invalid principal in policy", Obstacle::Policy),
];

/// What stands in the way, in a text in lower case.
pub(super) fn obstacle(folded: &str) -> Option<Obstacle> {
    OBSTACLES.iter().find(|(words, _)| folded.contains(words)).map(|(_, obstacle)| *obstacle)
}

/// What a text that refuses nothing says, where it is one of the errors that are often taken for a refusal.
pub fn hint(text: &str) -> Option<&'static str> {
    let folded = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| folded.contains(word));
    if says(&["evaldecision"]) {
        Some(
            "the policy simulator allowed all of it; it looks at neither key policies nor bucket policies of other accounts, RCPs and \
             VPC endpoints: `decryptable can ROLE s3://BUCKET/KEY` asks about all of them",
        )
    } else if says(&["nosuchkey", "specified key does not exist", "no such key"]) {
        Some("the object does not exist, and the caller may list the bucket: else the answer were 403 (R101)")
    } else if says(&["nosuchbucket", "specified bucket does not exist"]) {
        Some("the bucket does not exist under this name")
    } else if says(&["accesscontrollistnotsupported", "does not allow acls"]) {
        Some("the bucket's Object Ownership is BucketOwnerEnforced: leave the ACL out of the request (R100)")
    } else if says(&["slowdown", "throttl", "rate exceeded", "toomanyrequests", "reduce your request rate"]) {
        Some("AWS asks for fewer requests: nothing was refused for good")
    } else if says(&[
        "could not connect",
        "timed out",
        "timeout",
        "name or service not known",
        "connection refused",
    ]) {
        Some("no answer of AWS is in it: the network, DNS or a VPC endpoint stands in the way")
    } else {
        None
    }
}

/// The setting of S3 Block Public Access that a text in lower case names.
pub(super) fn setting(folded: &str) -> Option<PublicAccessSetting> {
    let names = [
        ("blockpublicacls", PublicAccessSetting::BlockPublicAcls),
        ("ignorepublicacls", PublicAccessSetting::IgnorePublicAcls),
        ("blockpublicpolicy", PublicAccessSetting::BlockPublicPolicy),
        ("restrictpublicbuckets", PublicAccessSetting::RestrictPublicBuckets),
    ];
    names.iter().find(|(name, _)| folded.contains(name)).map(|(_, setting)| *setting)
}

/// Whether a text in lower case refuses at all, where it names no more.
pub(super) fn is_bare(folded: &str) -> bool {
    let words = [
        "access denied",
        "accessdenied",
        "access is denied",
        "access was denied",
        "access_denied",
        "permissionerror: forbidden",
        "unauthorizedoperation",
        "you are not authorized to perform this operation",
        "permission denied on s3 path",
        "sufficient permissions",
        "allaccessdisabled",
        "client error on launch",
    ];
    words.iter().any(|words| folded.contains(words))
        || (folded.contains("403")
            && ["forbidden", "(403)", "amazonaws.com", "s3://"].iter().any(|word| folded.contains(word)))
}
