//! What AWS says about context keys: one row for each key or key family, in one file for each service.
//!
//! The only copy of such facts. A new key is a row here, and the one place that knows its value.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html> for global keys,
//! and the pages on the keys of a service. Which actions have a key, and keys of services that have no row here, are in
//! the service reference ([`super::reference`]).

mod aws;
mod credentials;
mod iam;
mod kms;
mod s3;
mod sts;

pub use super::reference::KeyType;
use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::{ActionName, ConditionKey, reference, symbol};
use crate::diagnostic::Cause;

/// What is known about a context key, or about all keys of a family.
#[derive(Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// As AWS spells it. The name of a family ends in `/` or `:`, and any text follows in its keys.
    pub name: &'static str,
    /// The type of its values.
    pub value_type: KeyType,
    /// Its value is a set by definition (R43).
    pub is_multivalued: bool,
    /// Whether requests for every service may have it, or those of one.
    pub subject: Subject,
    /// Whose fact it is.
    pub origin: Origin,
    /// Which requests can have it.
    pub requests: Requests,
    /// What AWS says of it together with other keys.
    pub relation: Relation,
    /// Whether the value of the key holds callers to an account or organization.
    pub pins: Pins,
    /// Whether it is in a request that a service makes for the caller.
    pub forwarding: Forwarding,
    /// Every request has the key; an ordinary request has this value.
    pub ordinary: Option<&'static str>,
    /// What a statement that asks for the key is limited by, where people limit statements so.
    pub limit: Option<Cause>,
}

/// What a key describes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An IAM identity. Requests of services and anonymous requests do not have the key.
    Identity,
    /// The principal, whichever it is.
    Principal,
    /// The credentials that sign the request.
    Session,
    /// The network that the request comes from.
    Network,
    /// The resource for which a service makes a request of its own (R54).
    Source,
    /// Services that stand between the principal and this request (R49).
    Via,
    /// The resource, its account, and its Region.
    Resource,
    /// Headers and parameters of the request.
    Request,
    /// A point in time.
    Time,
}

/// Who makes the values of a key.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Users and customers: any text of the type, also an empty one.
    Customer,
    /// AWS: never empty.
    Aws,
    /// AWS: identifiers that it assigns. A VPC endpoint policy must not compare them by pattern or as numbers (R44).
    Identifier,
}

/// The requests that can have a key.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Requests {
    /// Requests to every service.
    All,
    /// Requests to the service of the key.
    Service,
    /// Requests for the actions that the service reference lists it for, and for these of the key's service.
    Listed(&'static [&'static str]),
    /// Requests to IAM about an identity, and requests to STS about a role.
    Identities,
    /// Requests for the actions that the service reference lists it for, for these actions of services whose keys are
    /// complete here, and any request to another service.
    Tagging(&'static [&'static str]),
}

/// What holds between a key and other keys of one request (R46).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It stands by itself.
    None,
    /// Only requests from a public address have it.
    PublicAddress,
    /// Every request through a VPC endpoint has it, and no other. Other keys of the network are present with some
    /// services only, and behind an endpoint as well.
    Endpoint,
    /// Paths in the organization whose id is this key: both are present or both are absent.
    PathsOf(&'static str),
    /// Present exactly where this other key has this value; without it that key has the other value.
    PresentWith {
        /// The key it follows from.
        key: &'static str,
        /// The value of that key with which this one has the first value,
        value: &'static str,
        /// and what it has otherwise.
        otherwise: &'static str,
    },
}

/// Whether comparing a key with fixed values keeps the public out (R102).
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Pins {
    /// It does not.
    No,
    /// The page of S3 lists the key.
    Listed,
    /// The page does not list it, but its fixed values belong to an account, an organization or a network.
    Unlisted,
}

/// What becomes of a key when a service calls another one with the principal's permissions (R2, R49–R51).
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html>
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Forwarding {
    /// Both requests have the same value.
    Kept,
    /// The forwarded request has a value of its own.
    Replaced,
    /// The forwarded request does not have it.
    Dropped,
    /// AWS does not say, or its pages contradict each other.
    Undocumented,
}

/// The rows of a service, sorted by their names in lower case.
type Rows = &'static [KeyFacts];

/// Prefixes of keys, and their rows.
const SERVICES: &[(&str, Rows)] =
    &[("aws", aws::ROWS), ("iam", iam::ROWS), ("kms", kms::ROWS), ("s3", s3::ROWS), ("sts", sts::ROWS)];

/// The facts of a key, by its name in lower case.
pub fn find(folded: &str) -> Option<&'static KeyFacts> {
    let (service, rest) = folded.split_once(':')?;
    let name = match rest.find(['/', ':']) {
        // The part behind the first separator is chosen by customers.
        Some(at) => folded.get(..service.len() + at + 2)?,
        None => folded,
    };
    index().by_folded.get(name).copied()
}

/// A name as AWS spells it, and in lower case.
#[derive(Debug)]
pub(super) struct Spelled {
    pub(super) written: &'static str,
    pub(super) folded: Box<str>,
    pub(super) row: &'static KeyFacts,
}

/// The name of a key that has a row, if it is spelled as AWS spells it.
pub(super) fn spelled(written: &str) -> Option<&'static Spelled> {
    index().by_name.get(written)
}

/// The rows by their names.
struct Index {
    by_name: FxHashMap<&'static str, Spelled>,
    by_folded: FxHashMap<Box<str>, &'static KeyFacts>,
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let spelled = |row: &'static KeyFacts| Spelled {
            written: row.name,
            folded: row.name.to_ascii_lowercase().into_boxed_str(),
            row,
        };
        // A family is not a key.
        let keys = all().filter(|row| !row.is_family());
        Index {
            by_name: keys.map(|row| (row.name, spelled(row))).collect(),
            by_folded: all().map(|row| (spelled(row).folded, row)).collect(),
        }
    })
}

/// All rows.
pub fn all() -> impl Iterator<Item = &'static KeyFacts> {
    SERVICES.iter().flat_map(|(_, rows)| *rows).chain(credentials::ROWS)
}

/// The keys that describe something.
pub fn about(subject: Subject) -> impl Iterator<Item = &'static KeyFacts> {
    all().filter(move |key| key.subject == subject)
}

/// The keys that only requests through a VPC endpoint can have.
pub fn endpoint() -> impl Iterator<Item = &'static KeyFacts> {
    about(Subject::Network).filter(|key| key.relation != Relation::PublicAddress)
}

/// The keys that every request has.
pub fn always_present() -> impl Iterator<Item = (&'static KeyFacts, &'static str)> {
    all().filter_map(|key| Some((key, key.ordinary?)))
}

/// Whether every key of a service has a row here, so that another name is not a key.
pub fn is_complete(service: &str) -> bool {
    rows_of(service).is_some()
}

/// Whether a request for an action can have a key. Where a key has no row, the service reference says which actions have
/// it; a key that it does not list is absent, not unknown (R46).
pub fn can_be_in(key: &ConditionKey, action: &ActionName) -> bool {
    match (find(key.folded()), key.service()) {
        (Some(facts), _) => facts.can_be_in(key, action),
        // Not the name of a key.
        (None, None) => true,
        // A name that is open may be that of any key.
        (None, Some(_)) if symbol::is_in(key.as_str()) => true,
        (None, Some(prefix)) if is_claim(prefix) => true,
        (None, Some(prefix)) if is_unlisted(key) => prefix == "aws" || prefix == action.service(),
        (None, Some(prefix)) => is_listed(key, action).unwrap_or_else(|| !is_complete(prefix)),
    }
}

/// Whether the service reference lists a key for an action, if it knows the action.
fn is_listed(key: &ConditionKey, action: &ActionName) -> Option<bool> {
    reference::lists(action.service(), action.name(), key.folded())
}

/// Whether there is such a key: one of these rows, one that the service reference lists, or what an identity provider says.
pub fn exists(key: &ConditionKey) -> bool {
    let Some(prefix) = key.service() else { return false };
    let folded = key.folded();
    find(folded).is_some() || is_claim(prefix) || is_unlisted(key) || reference::key(folded).is_some()
}

/// Whether a service that is known has no key of this name.
pub fn is_misspelt(key: &ConditionKey) -> bool {
    let is_of = |prefix: &str| is_complete(prefix) || reference::service(prefix).is_some();
    key.service().is_some_and(is_of) && !exists(key)
}

/// Keys that managed policies of AWS test and that no page lists: nobody can say which requests lack them.
const UNLISTED: &[&str] = &[
    "aws:principalorgmasteraccountid",
    "deepracer:multiuser",
    "deepracer:usertoken",
    "lakeformation:gluearn",
];

/// Whether managed policies of AWS test a key that no page lists.
pub fn is_unlisted(key: &ConditionKey) -> bool {
    UNLISTED.contains(&key.folded())
}

/// Whether a key holds what an identity provider says of its user, which a session keeps (R121, R123).
pub fn is_of_provider(key: &ConditionKey) -> bool {
    key.service().is_some_and(is_claim)
}

fn is_claim(prefix: &str) -> bool {
    prefix == "saml" || prefix.contains('.')
}

fn rows_of(service: &str) -> Option<Rows> {
    SERVICES.iter().find(|(name, _)| *name == service).map(|(_, rows)| *rows)
}

impl KeyFacts {
    /// Whether the row is about all keys that start with its name.
    pub fn is_family(&self) -> bool {
        self.name.ends_with(['/', ':'])
    }

    /// The prefix of the key, such as `aws` or `s3`.
    pub fn service(&self) -> &'static str {
        self.name.split_once(':').map_or("", |(service, _)| service)
    }

    /// Whether a request for an action can have the key.
    fn can_be_in(&self, key: &ConditionKey, action: &ActionName) -> bool {
        let lists =
            |actions: &[&str]| actions.iter().any(|listed| listed.eq_ignore_ascii_case(action.name()));
        // Of an action that the reference does not know nobody can say what its requests lack.
        let is_listed = || is_listed(key, action).unwrap_or(true);
        match self.requests {
            Requests::All => true,
            Requests::Service => self.service() == action.service(),
            Requests::Listed(beside) => self.service() == action.service() && (lists(beside) || is_listed()),
            Requests::Identities => matches!(action.service(), "iam" | "sts"),
            Requests::Tagging(beside) => !is_complete(action.service()) || lists(beside) || is_listed(),
        }
    }

    /// Whether requests of one question have values of their own for the key: it describes the resource, or only one
    /// service has it.
    pub fn is_of_one_request(&self) -> bool {
        self.subject == Subject::Resource || matches!(self.service(), "s3" | "kms")
    }
}

/// A row with what holds for most keys; what differs follows in calls.
const fn key(name: &'static str, value_type: KeyType, subject: Subject) -> KeyFacts {
    let forwarding = match subject {
        Subject::Identity | Subject::Principal | Subject::Session | Subject::Time => Forwarding::Kept,
        Subject::Via | Subject::Resource => Forwarding::Replaced,
        Subject::Network | Subject::Source | Subject::Request => Forwarding::Dropped,
    };
    let limit = match subject {
        Subject::Network => Some(Cause::Network),
        Subject::Time => Some(Cause::DatePassed),
        Subject::Identity
        | Subject::Principal
        | Subject::Session
        | Subject::Source
        | Subject::Via
        | Subject::Resource
        | Subject::Request => None,
    };
    KeyFacts {
        name,
        value_type,
        is_multivalued: false,
        subject,
        origin: Origin::Customer,
        requests: Requests::Service,
        relation: Relation::None,
        pins: Pins::No,
        forwarding,
        ordinary: None,
        limit,
    }
}

/// What rows say beside their name, type and subject.
impl KeyFacts {
    const fn limits(mut self, limit: Cause) -> Self {
        self.limit = Some(limit);
        self
    }

    const fn set(mut self) -> Self {
        self.is_multivalued = true;
        self
    }

    const fn made_by_aws(mut self) -> Self {
        self.origin = Origin::Aws;
        self
    }

    const fn identifier(mut self) -> Self {
        self.origin = Origin::Identifier;
        self
    }

    const fn in_all(mut self) -> Self {
        self.requests = Requests::All;
        self
    }

    const fn listed(self) -> Self {
        self.listed_and(&[])
    }

    const fn listed_and(mut self, actions: &'static [&'static str]) -> Self {
        self.requests = Requests::Listed(actions);
        self
    }

    const fn of_identities(mut self) -> Self {
        self.requests = Requests::Identities;
        self
    }

    const fn tagging(mut self, actions: &'static [&'static str]) -> Self {
        self.requests = Requests::Tagging(actions);
        self
    }

    const fn relation(mut self, relation: Relation) -> Self {
        self.relation = relation;
        self
    }

    const fn pins(mut self, pins: Pins) -> Self {
        self.pins = pins;
        self
    }

    const fn forwarded(mut self, forwarding: Forwarding) -> Self {
        self.forwarding = forwarding;
        self
    }

    const fn always(mut self, ordinary: &'static str) -> Self {
        self.ordinary = Some(ordinary);
        self
    }
}

#[cfg(test)]
mod tests;
