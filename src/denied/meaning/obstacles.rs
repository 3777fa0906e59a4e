//! What refuses a request that permissions do not (R138).

use crate::denied::refusal::{Obstacle, Refusal};

use super::{StatedFacts, words};

pub(super) fn said(obstacle: Obstacle, refusal: &Refusal) -> StatedFacts {
    let is_write = refusal.is_write();
    let (says, look, rules): (&str, &[&str], &'static [&'static str]) = match obstacle {
        Obstacle::KeyDisabled => (
            "permissions are not the question: the key is disabled",
            &["the key's state (`aws kms describe-key`): `aws kms enable-key` in the key's account"],
            &["R138", "R92"],
        ),
        Obstacle::KeyState if is_write => (
            "permissions are not the question: the key's state allows no use of it",
            &[
                "the key's state (`aws kms describe-key`): store under another key, or cancel the deletion and enable the key",
            ],
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
        Obstacle::KeyNotFound if is_write => (
            "KMS does not know the key that the request or the bucket's default names, in that account and Region",
            &[
                "the key id of the request, and of the bucket's default (`aws s3api get-bucket-encryption`): a bare id or an alias \
                 is looked up in the account of the caller, so across accounts it must be the key's ARN; aws/s3 is written \
                 alias/aws/s3, or left out",
                "the Region: S3 uses keys of the bucket's Region alone",
            ],
            &["R138", "R88"],
        ),
        Obstacle::KeyNotFound => (
            "KMS does not know the key under that name in that account and Region",
            &[
                "the key's ARN: a bare id or alias is looked up in the caller's account",
                "whether the key was deleted: what it encrypted cannot be read again",
            ],
            &["R138", "R88"],
        ),
        Obstacle::KeyType => (
            "permissions are not the question: the key is of a type or usage that S3 cannot encrypt with",
            &["the key's spec and usage (`aws kms describe-key`): SYMMETRIC_DEFAULT for ENCRYPT_DECRYPT"],
            &["R138", "R93"],
        ),
        Obstacle::OriginIdentity => (
            "KMS does not know the caller: this is how CloudFront's origin access identity fails on an object with SSE-KMS, and no \
             policy lets it in",
            &[
                "the distribution's origin: origin access control in place of the origin access identity",
                "the key policy: it must allow kms:Decrypt to the service principal cloudfront.amazonaws.com, with aws:SourceArn of the \
                 distribution; the bucket policy likewise s3:GetObject",
            ],
            &["R142", "R138"],
        ),
        Obstacle::Archived => (
            "permissions are not the question: the object is archived",
            &["its storage class: restore a copy (`aws s3api restore-object`), then read"],
            &["R138", "R110"],
        ),
        Obstacle::ObjectLocked => (
            "permissions are not the question: Object Lock protects this version from being deleted or overwritten",
            &["its retention and legal hold (`aws s3api get-object-retention`, `get-object-legal-hold`)"],
            &["R138"],
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
        Obstacle::CustomerKeyBlocked => (
            "permissions are not the question: the bucket takes no uploads with a key that the client provides (SSE-C)",
            &[
                "the client: SSE-KMS or SSE-S3 in place of the customer-key headers",
                "the bucket's default encryption (`aws s3api get-bucket-encryption`): BlockedEncryptionTypes, which new buckets have \
                 since April 2026",
            ],
            &["R138", "R108"],
        ),
        Obstacle::Region => (
            "the request was signed for, or sent to, another Region than the bucket's: no policy was asked",
            &[
                "the client's Region: the message or the header x-amz-bucket-region names the bucket's (`aws s3api head-bucket`)",
                "the key is in the bucket's Region too, and kms:ViaService names that one",
            ],
            &["R138", "R95"],
        ),
        Obstacle::Expired => (
            "the credentials or the signed URL are past their time: no policy was asked",
            &[
                "a signed URL: it ends with the credentials that signed it, before X-Amz-Expires says so; sign a new one",
                "the session: a new one (`aws sts get-caller-identity` shows which), and the clock of the machine",
            ],
            &["R138"],
        ),
        Obstacle::Credentials => (
            "the credentials were refused before any policy was looked at",
            &[
                "which credentials the client found (`aws sts get-caller-identity`): a deleted or inactive access key, a secret that \
                 does not belong to it, temporary credentials without their session token, a key of another partition",
                "a proxy or a client that changes headers after the request was signed",
            ],
            &["R138"],
        ),
        Obstacle::Token => (
            "STS refused the token of the identity provider before the trust policy was asked",
            &[
                "the provider in the role's account: it must be there, and its URL, its audiences (client ids) and its thumbprint must fit the token's iss and \
                 aud",
                "the token's age",
            ],
            &["R138", "R121"],
        ),
        Obstacle::Encoded => (
            "the reason is in the message, encoded",
            &[
                "`aws sts decode-authorization-message --encoded-message …` with the account's own credentials; give its answer to \
               this command",
            ],
            &["R135"],
        ),
        Obstacle::Policy => (
            "AWS did not store a policy, and refused no access",
            &[
                "the principals of the policy: each role and user must exist when it is stored; `decryptable lint` reads the document",
                "a key policy: KMS stores none that lets its caller not put the next one (kms:PutKeyPolicy)",
            ],
            &["R138", "R30", "R97"],
        ),
    };
    StatedFacts { says: says.to_owned(), look: words(look), rules }
}
