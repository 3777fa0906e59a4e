use std::borrow::Borrow;
use std::fmt;

/// A condition key such as `aws:SourceVpce` or `aws:PrincipalTag/team`.
///
/// Key names are case-insensitive, the part behind the slash or colon included (R34), so the name is compared
/// in lower case; it is printed as it was written.
#[derive(Clone)]
pub struct ConditionKey {
    /// The name as written, and behind it in lower case unless it was written so.
    text: Box<str>,
    /// Where the name in lower case starts.
    folded: usize,
}

impl ConditionKey {
    pub fn new(written: &str) -> Self {
        if written.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
            return Self { text: written.into(), folded: 0 };
        }
        let mut text = String::with_capacity(2 * written.len());
        text.push_str(written);
        if written.is_ascii() {
            text.push_str(written);
            text.get_mut(written.len()..).unwrap_or_default().make_ascii_lowercase();
        } else {
            text.push_str(&written.to_lowercase());
        }
        Self { text: text.into_boxed_str(), folded: written.len() }
    }

    pub fn as_str(&self) -> &str {
        if self.folded == 0 { &self.text } else { self.text.get(..self.folded).unwrap_or_default() }
    }

    /// A switch of the input and no key of a request: see [`crate::name::symbol`].
    pub fn is_guard(&self) -> bool {
        self.as_str().starts_with('«') && self.as_str().ends_with('»')
    }

    /// The name in lower case, the form two keys are compared in.
    pub fn folded(&self) -> &str {
        self.text.get(self.folded..).unwrap_or_default()
    }

    /// The service prefix in lower case: `aws`, `s3`, `kms`; none when the name is not `service:key`.
    pub fn service(&self) -> Option<&str> {
        self.folded().split_once(':').map(|(service, _)| service)
    }

    /// Keys whose value is a set by definition (R43).
    pub fn is_multivalued(&self) -> bool {
        matches!(
            self.folded(),
            "aws:calledvia"
                | "aws:principalorgpaths"
                | "aws:resourceorgpaths"
                | "aws:sourceorgpaths"
                | "aws:vpceorgpaths"
                | "aws:tagkeys"
                | "aws:principalservicenameslist"
                | "kms:encryptioncontextkeys"
                | "kms:resourcealiases"
                | "kms:grantoperations"
                | "sts:transitivetagkeys"
        )
    }
}

/// What the values of a key are.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html> and the key
/// tables of S3, KMS and STS in the Service Authorization Reference.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum KeyType {
    Text,
    Arn,
    Number,
    Date,
    Flag,
    Address,
}

impl ConditionKey {
    /// Keys that no page describes hold any text.
    pub fn value_type(&self) -> KeyType {
        match self.folded() {
            "aws:sourceip" | "aws:vpcsourceip" => KeyType::Address,
            "aws:securetransport"
            | "aws:viaawsservice"
            | "aws:multifactorauthpresent"
            | "aws:principalisawsservice"
            | "aws:assumedroot"
            | "kms:multiregion"
            | "kms:grantisforawsresource"
            | "kms:bypasspolicylockoutsafetycheck"
            | "iam:fidofips-140-2-certification" => KeyType::Flag,
            "aws:multifactorauthage"
            | "ec2:roledelivery"
            | "s3:max-keys"
            | "s3:signatureage"
            | "s3:tlsversion"
            | "s3:object-lock-remaining-retention-days"
            | "kms:rotationperiodindays"
            | "kms:schedulekeydeletionpendingwindowindays"
            | "sts:durationseconds" => KeyType::Number,
            "aws:currenttime" | "aws:tokenissuetime" | "s3:object-lock-retain-until-date" | "kms:validto" => {
                KeyType::Date
            }
            folded if folded.ends_with("arn") => KeyType::Arn,
            _ => KeyType::Text,
        }
    }

    /// Keys whose values AWS makes itself, and which are never empty: ids, accounts, organizations and their paths.
    pub fn is_identifier(&self) -> bool {
        matches!(
            self.folded(),
            "aws:sourcevpce"
                | "aws:sourcevpc"
                | "aws:vpceaccount"
                | "aws:vpceorgid"
                | "aws:vpceorgpaths"
                | "aws:principalaccount"
                | "aws:principalorgid"
                | "aws:principalorgpaths"
                | "aws:principaltype"
                | "aws:resourceaccount"
                | "aws:resourceorgid"
                | "aws:resourceorgpaths"
                | "aws:sourceaccount"
                | "aws:sourceorgid"
                | "aws:sourceorgpaths"
                | "aws:userid"
                | "aws:username"
                | "aws:requestedregion"
                | "kms:calleraccount"
                | "kms:viaservice"
                | "s3:authtype"
                | "s3:resourceaccount"
        )
    }

    /// Keys that are known to hold one value: all that AWS describes and does not call multivalued. Of others,
    /// such as the claims of an identity provider, nobody knows.
    pub fn is_single_valued(&self) -> bool {
        matches!(self.service(), Some("aws" | "s3" | "kms" | "sts" | "iam" | "ec2")) && !self.is_multivalued()
    }
}

impl PartialEq for ConditionKey {
    fn eq(&self, other: &Self) -> bool {
        self.folded() == other.folded()
    }
}

impl Eq for ConditionKey {}

impl PartialOrd for ConditionKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ConditionKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded().cmp(other.folded())
    }
}

impl std::hash::Hash for ConditionKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.folded().hash(state);
    }
}

impl Borrow<str> for ConditionKey {
    fn borrow(&self) -> &str {
        self.folded()
    }
}

impl fmt::Display for ConditionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ConditionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
