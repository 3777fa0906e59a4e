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
