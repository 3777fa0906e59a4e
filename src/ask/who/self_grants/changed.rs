//! What a question is asked of after a change: the estate without what cannot matter, with one thing changed.

use crate::estate::{
    Bucket, Estate, Grant, Identity, Key, Known, Role, SharedPolicy, User, allow_everything,
};
use crate::policy::PolicyKind;
use crate::trust::escalation::{BucketChange, KeyChange};

/// After a change of a key.
pub(super) fn after_key(estate: &Estate, key: &Key, change: KeyChange, by: &str) -> Estate {
    let mut changed = key.clone();
    match change {
        KeyChange::Policy => changed.policy = Known::Provided(allow_everything(PolicyKind::Key)),
        KeyChange::Grant => {
            let mut grants = key.grants.provided().cloned().unwrap_or_default();
            grants.push(Grant {
                id: None,
                grantee: by.to_owned(),
                operations: vec!["Decrypt".to_owned()],
                constraints: Vec::new(),
                key: None,
                span: key.arn.span,
                pointer: String::new(),
            });
            changed.grants = Known::Provided(grants);
        }
        // Whatever tags and aliases policies ask for.
        KeyChange::Tags => changed.tags = Known::NotProvided,
        KeyChange::Aliases => changed.aliases = Known::NotProvided,
    }
    let mut rest = without_identities(estate);
    let same = |other: &Key| other.arn.value == key.arn.value;
    if let Some(other) = rest.keys.called_mut(key.arn.value.as_str(), same) {
        *other = changed;
    }
    rest
}

/// After a change of a bucket's policy.
pub(super) fn after_bucket(estate: &Estate, bucket: &Bucket, change: BucketChange) -> Estate {
    let written = (change == BucketChange::Policy).then(|| allow_everything(PolicyKind::Bucket));
    let mut rest = without_identities(estate);
    if let Some(other) = rest.buckets.called_mut(&bucket.name, |other| other.name == bucket.name) {
        other.policy = Known::Provided(written);
    }
    rest
}

/// What a read is decided by, apart from whoever reads.
fn without_identities(estate: &Estate) -> Estate {
    Estate {
        accounts: estate.accounts.clone(),
        organizations: estate.organizations.clone(),
        keys: estate.keys.clone(),
        buckets: estate.buckets.clone(),
        objects: estate.objects.clone(),
        endpoints: estate.endpoints.clone(),
        access_points: estate.access_points.clone(),
        from_snapshot: estate.from_snapshot.clone(),
        symbols: estate.symbols.clone(),
        has_symbols: estate.has_symbols,
        granted: estate.granted.clone(),
        ..Estate::default()
    }
}

/// A role or user of its own.
pub(super) enum Owned {
    Role(Box<Role>),
    User(Box<User>),
}

impl Owned {
    pub(super) fn as_identity(&self) -> Identity<'_> {
        match self {
            Self::Role(role) => Identity::Role(role),
            Self::User(user) => Identity::User(user),
        }
    }
}

pub(super) fn with_policies(identity: Identity<'_>, policies: Vec<SharedPolicy>) -> Owned {
    let policies = Known::Provided(policies);
    match identity {
        Identity::Role(role) => Owned::Role(Box::new(Role { policies, ..role.clone() })),
        Identity::User(user) => Owned::User(Box::new(User { policies, ..user.clone() })),
    }
}

pub(super) fn without_boundary(identity: Identity<'_>) -> Owned {
    let boundary = Known::Provided(None);
    match identity {
        Identity::Role(role) => Owned::Role(Box::new(Role { boundary, ..role.clone() })),
        Identity::User(user) => Owned::User(Box::new(User { boundary, ..user.clone() })),
    }
}
