use std::borrow::Borrow;
use std::fmt;

use super::keys::{self, KeyFacts, KeyType, Origin};
use super::{reference, symbol};

/// A condition key such as `aws:SourceVpce` or `aws:PrincipalTag/team`.
///
/// Key names are case-insensitive, the part behind the slash or colon included (R34), so the name is compared
/// in lower case; it is printed as it was written.
#[derive(Clone)]
pub struct ConditionKey(Name);

/// Names that AWS spells so are met in every request: nothing is kept of them but where they stand.
#[derive(Clone)]
enum Name {
    Known(&'static keys::Spelled),
    Other {
        /// The name as written, and behind it in lower case unless it was written so.
        text: Box<str>,
        /// Where the name in lower case starts.
        folded: usize,
    },
}

impl ConditionKey {
    /// The key of this name; case does not matter (R40).
    pub fn new(written: &str) -> Self {
        if let Some(known) = keys::spelled(written) {
            return Self(Name::Known(known));
        }
        if written.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
            return Self(Name::Other { text: written.into(), folded: 0 });
        }
        let mut text = String::with_capacity(2 * written.len());
        text.push_str(written);
        if written.is_ascii() {
            text.push_str(written);
            text.get_mut(written.len()..).unwrap_or_default().make_ascii_lowercase();
        } else {
            text.push_str(&written.to_lowercase());
        }
        Self(Name::Other { text: text.into_boxed_str(), folded: written.len() })
    }

    /// The key as it was written.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Name::Known(known) => known.written,
            Name::Other { text, folded: 0 } => text,
            Name::Other { text, folded } => text.get(..*folded).unwrap_or_default(),
        }
    }

    /// A switch of the input and no key of a request: see [`crate::name::symbol`].
    pub fn is_guard(&self) -> bool {
        self.as_str().starts_with('«') && self.as_str().ends_with('»')
    }

    /// The name in lower case, the form two keys are compared in.
    pub fn folded(&self) -> &str {
        match &self.0 {
            Name::Known(known) => &known.folded,
            Name::Other { text, folded } => text.get(*folded..).unwrap_or_default(),
        }
    }

    /// The service prefix in lower case: `aws`, `s3`, `kms`; none when the name is not `service:key`.
    pub fn service(&self) -> Option<&str> {
        self.folded().split_once(':').map(|(service, _)| service)
    }

    /// What AWS says about the key.
    pub fn facts(&self) -> Option<&'static KeyFacts> {
        match &self.0 {
            Name::Known(known) => Some(known.row),
            Name::Other { .. } => keys::find(self.folded()),
        }
    }

    /// Keys whose value is a set by definition (R43).
    pub fn is_multivalued(&self) -> bool {
        match self.facts() {
            Some(facts) => facts.is_multivalued,
            None => self.listed().is_some_and(|listed| listed.is_multivalued),
        }
    }

    /// What the service reference says about a key without a row; what identity providers say is no set by definition.
    fn listed(&self) -> Option<&'static reference::Key> {
        if keys::is_of_provider(self) || symbol::is_in(self.as_str()) {
            None
        } else {
            reference::key(self.folded())
        }
    }

    /// Keys with a type of their own have it in the table of keys or in the service reference; of others their name tells
    /// an ARN, and they hold any text.
    pub fn value_type(&self) -> KeyType {
        match self.facts().map(|facts| facts.value_type).or_else(|| Some(self.listed()?.value_type)) {
            Some(value_type) => value_type,
            None if self.folded().ends_with("arn") => KeyType::Arn,
            None => KeyType::Text,
        }
    }

    /// Keys whose values AWS makes itself, and which are never empty: ids, accounts, organizations and their paths.
    pub fn is_made_by_aws(&self) -> bool {
        self.facts().is_some_and(|facts| facts.origin != Origin::Customer)
    }

    /// Whether requests of one question have values of their own for the key: it describes the resource, or only one
    /// service has it.
    pub fn is_of_one_request(&self) -> bool {
        match self.facts() {
            Some(facts) => facts.is_of_one_request(),
            None => matches!(self.service(), Some("s3" | "kms")),
        }
    }

    /// Keys that are known to hold one value. Of others, such as the claims of an identity provider, nobody knows.
    pub fn is_single_valued(&self) -> bool {
        match self.facts() {
            Some(facts) => !facts.is_multivalued,
            None => match self.listed() {
                Some(listed) => !listed.is_multivalued,
                None => self.service().is_some_and(keys::is_complete),
            },
        }
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
