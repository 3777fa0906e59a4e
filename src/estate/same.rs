//! Whether parts of two estates are equal. Their places do not count.
//!
//! Every comparison takes its two sides apart by name, so that the compiler asks about each new field.

use rustc_hash::FxHashMap;

use super::{
    AccessPoint, Account, Attached, Bucket, Encryption, Endpoint, Estate, Grant, Key, KeyReference, Known,
    Object, Organization, Replication, Role, SharedPolicy, Target,
};
use crate::name::AccountId;
use crate::source::SourceId;

/// Comparisons of two estates. A pair of policies that many owners share is compared once.
#[derive(Debug, Default)]
pub(crate) struct Same {
    /// By the addresses of both, whose estates are borrowed while they are compared.
    policies: FxHashMap<(usize, usize), bool>,
}

/// Whether both are known and the same, or both are unknown.
fn known_alike<T>(this: &Known<T>, that: &Known<T>, same: impl FnOnce(&T, &T) -> bool) -> bool {
    match (this, that) {
        (Known::Provided(this), Known::Provided(that)) => same(this, that),
        (Known::NotProvided, Known::NotProvided) => true,
        (Known::Provided(_), Known::NotProvided) | (Known::NotProvided, Known::Provided(_)) => false,
    }
}

/// Whether two lists are the same, one by one.
fn all<T>(these: &[T], those: &[T], mut same: impl FnMut(&T, &T) -> bool) -> bool {
    these.len() == those.len() && these.iter().zip(those).all(|(this, that)| same(this, that))
}

/// Whether there is something on both sides that is the same, or nothing on either.
fn maybe<T>(this: Option<&T>, that: Option<&T>, same: impl FnOnce(&T, &T) -> bool) -> bool {
    match (this, that) {
        (Some(this), Some(that)) => same(this, that),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

impl Same {
    pub(crate) fn policy(&mut self, this: &SharedPolicy, that: &SharedPolicy) -> bool {
        let at = |policy: &SharedPolicy| std::ptr::from_ref(&**policy).addr();
        let pair = (at(this), at(that));
        pair.0 == pair.1 || *self.policies.entry(pair).or_insert_with(|| this.says_the_same(that))
    }

    pub(crate) fn policies(&mut self, these: &[SharedPolicy], those: &[SharedPolicy]) -> bool {
        all(these, those, |this, that| self.policy(this, that))
    }

    fn limit(&mut self, this: &Known<Option<SharedPolicy>>, that: &Known<Option<SharedPolicy>>) -> bool {
        known_alike(this, that, |this, that| {
            maybe(this.as_ref(), that.as_ref(), |this, that| self.policy(this, that))
        })
    }

    /// Whether two estates of the same files agree in all that an edit can change, in whatever order it is told.
    #[cfg(feature = "cli")]
    pub(crate) fn editable(&mut self, this: &Estate, that: &Estate) -> bool {
        let (these, those) = (this.policies_by_owner(), that.policies_by_owner());
        let sorted = |estate: &Estate| {
            let mut keys: Vec<Key> = estate.keys.iter().cloned().collect();
            let mut roles: Vec<Role> = estate.roles.iter().cloned().collect();
            keys.sort_by(|a, b| a.arn.value.as_str().cmp(b.arn.value.as_str()));
            roles.sort_by(|a, b| a.arn.value.as_str().cmp(b.arn.value.as_str()));
            (keys, roles)
        };
        let (this_sorted, that_sorted) = (sorted(this), sorted(that));
        all(&these, &those, |this, that| self.policy(this, that))
            && all(&this_sorted.0, &that_sorted.0, |this, that| self.key(this, that))
            && all(&this_sorted.1, &that_sorted.1, |this, that| self.role(this, that))
            && this.objects.len() == that.objects.len()
            && this.objects.iter().zip(that.objects.iter()).all(|(this, that)| this.tells_the_same(that))
    }

    pub(crate) fn role(&mut self, this: &Role, that: &Role) -> bool {
        let Role { arn, id, trust, policies, boundary, tags, instance_profile } = this;
        *arn == that.arn
            && *id == that.id
            && *tags == that.tags
            && *instance_profile == that.instance_profile
            && known_alike(policies, &that.policies, |these, those| self.policies(these, those))
            && self.limit(boundary, &that.boundary)
            && known_alike(trust, &that.trust, |this, that| self.policy(this, that))
    }

    pub(crate) fn key(&mut self, this: &Key, that: &Key) -> bool {
        let Key {
            arn,
            manager,
            state,
            policy,
            aliases,
            grants,
            tags,
            spec,
            usage,
            origin,
            multi_region,
            multi_region_type,
            usable_if,
        } = this;
        *arn == that.arn
            && *manager == that.manager
            && *state == that.state
            && *aliases == that.aliases
            && *tags == that.tags
            && *spec == that.spec
            && *usage == that.usage
            && *origin == that.origin
            && *multi_region == that.multi_region
            && *multi_region_type == that.multi_region_type
            && *usable_if == that.usable_if
            && known_alike(grants, &that.grants, |these, those| all(these, those, grant))
            && known_alike(policy, &that.policy, |this, that| {
                // What was not written anywhere may stand for the fixed policy of a key that AWS manages.
                let is_made = |policy: &SharedPolicy| policy.span.source == SourceId::LONE;
                is_made(this) == is_made(that) && self.policy(this, that)
            })
    }

    pub(crate) fn bucket(&mut self, this: &Bucket, that: &Bucket) -> bool {
        let Bucket {
            name,
            account,
            region,
            policy,
            encryption,
            is_new,
            ownership,
            public_access_block,
            requester_pays,
            abac,
            tags,
            blocked_encryption,
            replication,
            span: _,
        } = this;
        *name == that.name
            && *account == that.account
            && *region == that.region
            && known_alike(encryption, &that.encryption, is_encrypted_alike)
            && *is_new == that.is_new
            && *ownership == that.ownership
            && *public_access_block == that.public_access_block
            && *requester_pays == that.requester_pays
            && *abac == that.abac
            && *tags == that.tags
            && *blocked_encryption == that.blocked_encryption
            && known_alike(replication, &that.replication, |these, those| all(these, those, replicates_alike))
            && self.limit(policy, &that.policy)
    }

    pub(crate) fn endpoint(&mut self, this: &Endpoint, that: &Endpoint) -> bool {
        let Endpoint { id, kind, vpc, account, policy, span: _ } = this;
        *id == that.id
            && *kind == that.kind
            && *vpc == that.vpc
            && *account == that.account
            && self.limit(policy, &that.policy)
    }

    pub(crate) fn access_point(&mut self, this: &AccessPoint, that: &AccessPoint) -> bool {
        let AccessPoint { name, account, bucket, region, policy, alias, vpc, public_access_block, span: _ } =
            this;
        *name == that.name
            && *account == that.account
            && *bucket == that.bucket
            && *region == that.region
            && *alias == that.alias
            && *vpc == that.vpc
            && *public_access_block == that.public_access_block
            && self.limit(policy, &that.policy)
    }

    /// Whether one account is the same in two estates: itself, its organization, and the policies above it.
    pub(crate) fn account(&mut self, (this, that): (&Estate, &Estate), id: AccountId) -> bool {
        maybe(this.account(id), that.account(id), account)
            && known_alike(&this.organization_of(id), &that.organization_of(id), |this, that| {
                maybe(this.as_ref(), that.as_ref(), |this, that| self.way_to(this, that, id))
            })
    }

    /// The way from the root of an organization to an account.
    fn way_to(&mut self, this: &Organization, that: &Organization, account: AccountId) -> bool {
        let Organization { id, management_account, s3_policy, targets: _, span: _ } = this;
        let ((these, is_whole), (those, is_other_whole)) =
            (this.known_path(account), that.known_path(account));
        *id == that.id
            && *management_account == that.management_account
            && *s3_policy == that.s3_policy
            && is_whole == is_other_whole
            && all(&these, &those, |this, that| self.target(this, that))
    }

    fn target(&mut self, this: &Target, that: &Target) -> bool {
        let Target { id, parent, scps, rcps, span: _ } = this;
        let mut attached = |this: &Known<Attached>, that: &Known<Attached>| {
            known_alike(this, that, |this, that| match (this, that) {
                (Attached::Policies(these), Attached::Policies(those)) => self.policies(these, those),
                (Attached::Off, Attached::Off) => true,
                (Attached::Policies(_), Attached::Off) | (Attached::Off, Attached::Policies(_)) => false,
            })
        };
        *id == that.id && *parent == that.parent && attached(scps, &that.scps) && attached(rcps, &that.rcps)
    }
}

fn account(this: &Account, that: &Account) -> bool {
    let Account { id, name: _, organization, public_access_block, regions, span: _ } = this;
    *id == that.id
        && *organization == that.organization
        && *public_access_block == that.public_access_block
        && *regions == that.regions
}

fn grant(this: &Grant, that: &Grant) -> bool {
    let Grant { id: _, grantee, operations, constraints, key, span: _, pointer: _ } = this;
    *grantee == that.grantee
        && *operations == that.operations
        && *constraints == that.constraints
        && *key == that.key
}

fn is_encrypted_alike(this: &Encryption, that: &Encryption) -> bool {
    let Encryption { kind, key, bucket_key, span: _ } = this;
    *kind == that.kind && *key == that.key && *bucket_key == that.bucket_key
}

fn replicates_alike(this: &Replication, that: &Replication) -> bool {
    let Replication { to, prefix, tags, excludes, sse_kms_objects, key, role, owner_override } = this;
    *to == that.to
        && *prefix == that.prefix
        && *tags == that.tags
        && *excludes == that.excludes
        && *sse_kms_objects == that.sse_kms_objects
        && *key == that.key
        && *role == that.role
        && *owner_override == that.owner_override
}

impl Object {
    /// Whether it tells the same as another one.
    pub(crate) fn tells_the_same(&self, that: &Self) -> bool {
        let Self { uri, encryption, as_default, owner, acl_read, tags, storage_class, restored } = self;
        *uri == that.uri
            && maybe(encryption.as_ref(), that.encryption.as_ref(), is_encrypted_alike)
            && *as_default == that.as_default
            && *owner == that.owner
            && *acl_read == that.acl_read
            && *tags == that.tags
            && *storage_class == that.storage_class
            && *restored == that.restored
    }
}

impl Bucket {
    /// The keys that its settings name.
    pub(crate) fn key_references(&self) -> impl Iterator<Item = &KeyReference> {
        let replicas = self.replication.provided().into_iter().flatten().filter_map(|rule| rule.key.as_ref());
        self.encryption.provided().and_then(|default| default.key.as_ref()).into_iter().chain(replicas)
    }
}
