//! How principals come to the objects of a bucket: by their own policies, or by what stands on the bucket's side. A role that
//! neither lets through is not asked about.

use super::candidates::ActionOnResource;
use crate::ask::does::point_called;
use crate::ask::{DoesQuestion, Doing};
use crate::estate::{Bucket, Estate, Known, ObjectUri, Role};
use crate::name::{ActionName, Arn};
use crate::operation::Operation;
use crate::policy::{Effect, Policy, PrincipalKind, Statement};
use crate::service::{LetsIn, Resource as _, S3Target, partition_of};
use crate::work;

/// What a question about objects begins with, and whom the side of the bucket lets in.
#[derive(Debug)]
pub(in crate::ask) struct Entrance<'e> {
    pub(super) on: ActionOnResource,
    pub(super) side: LetsIn<'e>,
}

impl<'e> Entrance<'e> {
    /// The way to the objects of a question.
    pub(super) fn of_objects(
        estate: &'e Estate,
        bucket: &'e Bucket,
        asked: &DoesQuestion,
        strict: bool,
    ) -> Self {
        Self::of(estate, bucket, &asked.doing, &asked.object, strict)
    }

    /// The same, without a principal.
    pub(in crate::ask) fn of(
        estate: &'e Estate,
        bucket: &'e Bucket,
        doing: &Doing,
        object: &ObjectUri,
        strict: bool,
    ) -> Self {
        let (key, is_whole) = object.known_start();
        let is_of_bucket = doing.row().is_some_and(Operation::is_of_bucket);
        let partition = partition_of(bucket).unwrap_or("aws");
        // Through an access point, policies of principals name the access point (R22).
        let point = point_called(estate, &object.bucket).filter(|_| bucket.name != object.bucket);
        let target = S3Target::new(estate, bucket, Some(&object.key), point, partition).of_bucket();
        let on = ActionOnResource {
            actions: first_actions(doing),
            resource: match (is_of_bucket, point) {
                (true, _) => target.arn().to_owned(),
                (false, None) => format!("{}/{key}", target.arn()),
                (false, Some(_)) => format!("{}/object/{key}", target.arn()),
            },
            is_open: !is_of_bucket && !is_whole,
            owner: bucket.account.provided().copied(),
        };
        let side = S3Target::new(estate, bucket, Some(&object.key), None, partition).lets_in(estate, strict);
        Self { on, side }
    }

    /// Whether a role comes into question: its own policies may allow it and the bucket may let its account in, or the bucket
    /// may let in the role by itself. Where this is false the operation fails at its first authorization.
    pub(in crate::ask) fn may_let_in(&self, role: &Role) -> bool {
        work::did(1);
        let account = role.arn.value.account();
        let is_own = self.on.owner.is_none() || self.on.owner == account;
        // Within one account either side is enough, and where a side is not known it may be.
        if self.side.is_open || account.is_none() || (is_own && self.may_by_itself(role)) {
            return true;
        }
        let policies = self.side.policies.iter().flat_map(|policy| policy.statements.iter());
        policies.filter(|statement| self.allows(statement)).any(|statement| self.names(statement, role))
    }

    fn allows(&self, statement: &Statement) -> bool {
        statement.effect.value == Effect::Allow && self.on.is_about(statement)
    }

    /// Whether the policies of a role may allow it.
    fn may_by_itself(&self, role: &Role) -> bool {
        let Known::Provided(list) = &role.policies else { return true };
        let allows = |policy: &Policy| policy.statements.iter().any(|statement| self.allows(statement));
        list.iter().any(|policy| allows(policy))
    }

    /// Whether a statement of the bucket may mean a role, or its account.
    fn names(&self, statement: &Statement, role: &Role) -> bool {
        let Some(scope) = &statement.principals else { return false };
        if scope.is_negated() {
            return true;
        }
        let own = role.arn.value.account();
        scope.listed().iter().any(|principal| match principal.value.kind {
            PrincipalKind::Account(account) => Some(account) == own,
            PrincipalKind::Role | PrincipalKind::User => *principal.value.text == *role.arn.value.as_str(),
            PrincipalKind::Session => {
                principal.value.text.parse::<Arn>().is_ok_and(|arn: Arn| arn.account() == own)
            }
            PrincipalKind::Everyone
            | PrincipalKind::UniqueId
            | PrincipalKind::FederatedUser
            | PrincipalKind::Canonical
            | PrincipalKind::Federated
            | PrincipalKind::Unresolved => true,
            PrincipalKind::Service | PrincipalKind::OriginAccess => false,
        })
    }
}

/// What the operation begins with: a principal that cannot do that is not asked about.
fn first_actions(doing: &Doing) -> Vec<ActionName> {
    let first = doing.row().and_then(|row| row.legs.first());
    first.and_then(|leg| ActionName::new(&leg.action)).into_iter().collect()
}
