//! Who may own what is asked for, and what follows from each (R63, R100).
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html>

use super::Evaluation;
use super::applicable::ResourceSide;
use super::decide::same_account_as;
use super::statement::Request;
use crate::estate::Known;
use crate::logic::{Atom, FactId, Truth, Unknown};
use crate::name::AccountId;

/// Whether the bucket policy can give access to the object (R100).
#[derive(Clone, Debug, Default)]
pub enum Ownership {
    /// The bucket owner owns the object, or ACLs are off.
    #[default]
    Covered,
    /// Another account owns it: only its ACL counts, and lets the caller's account read or not.
    Foreign {
        /// The account that owns the object.
        owner: AccountId,
        /// Whether the object's ACL lets the caller read.
        acl_lets_read: Known<bool>,
    },
    /// The bucket owner owns it, and its ACL lets the caller's account read besides the bucket policy.
    CoveredByAcl,
    /// Nobody said who owns the object: the bucket's account, the caller's, or another.
    NotProvided {
        /// Why the owner is not known.
        unknown: Unknown,
        /// Whether the object's ACL lets the caller read, should the owner be foreign.
        acl_lets_read: Known<bool>,
    },
}

/// One who may own it.
pub(super) struct Owner<T> {
    /// When it is this one.
    when: T,
    /// It is of the caller's account.
    pub(super) same: T,
    /// What the bucket policy allows covers it.
    pub(super) covers: T,
    /// Its ACL lets the caller's account read.
    pub(super) acl: T,
}

/// All who may own it: one who is known, or three.
type Owners<T> = [Option<Owner<T>>; 3];

/// All who may own it; `of_bucket`: the bucket is of the caller's account.
pub(super) fn owners<'a, W: Evaluation<'a>>(
    world: &mut W,
    side: &ResourceSide<'a>,
    request: &Request<'_>,
    of_bucket: &W::T,
) -> Owners<W::T> {
    let (yes, no) = (|| W::T::known(true), || W::T::known(false));
    match &side.ownership {
        Ownership::Covered => known(Owner { when: yes(), same: of_bucket.clone(), covers: yes(), acl: no() }),
        Ownership::CoveredByAcl => {
            known(Owner { when: yes(), same: of_bucket.clone(), covers: yes(), acl: yes() })
        }
        Ownership::Foreign { owner, acl_lets_read } => {
            let same = same_account_as(world, Some(*owner), None, request);
            let acl = acl(world, acl_lets_read);
            known(Owner { when: yes(), same, covers: no(), acl })
        }
        Ownership::NotProvided { unknown, acl_lets_read } => {
            let bucket = world.open(|| Atom::Opaque(unknown.clone()));
            let acl = acl(world, acl_lets_read);
            let by_acl = if *acl_lets_read == Known::Provided(true) { yes() } else { no() };
            let other = bucket.clone().not();
            let of_bucket_account =
                Owner { when: bucket, same: of_bucket.clone(), covers: yes(), acl: by_acl };
            let caller = request.caller;
            let has_account = caller.account.is_some() || caller.unnamed;
            let caller_owns = if !has_account || of_bucket.is_true() {
                no()
            } else {
                world.open(|| {
                    let why = "an object that the caller's own account owns needs no more than the account's own policies";
                    Atom::Opaque(Unknown { why: why.into(), ..unknown.clone() })
                })
            };
            let of_caller = Owner {
                when: other.clone().and(caller_owns.clone()),
                same: yes(),
                covers: no(),
                acl: acl.clone(),
            };
            let of_caller = (!caller_owns.is_false()).then_some(of_caller);
            let of_another = Owner { when: other.and(caller_owns.not()), same: no(), covers: no(), acl };
            [Some(of_bucket_account), of_caller, Some(of_another)]
        }
    }
}

fn known<T>(owner: Owner<T>) -> Owners<T> {
    [Some(owner), None, None]
}

fn acl<'a, W: Evaluation<'a>>(world: &mut W, lets_read: &Known<bool>) -> W::T {
    match lets_read {
        Known::Provided(lets) => W::T::known(*lets),
        Known::NotProvided => world.open(|| {
            Atom::Opaque(Unknown::missing(
                FactId::ObjectAcl,
                "where another account owns the object, only its ACL can let others read it",
            ))
        }),
    }
}

/// What holds whoever owns it, and what depends on that.
pub(super) fn for_each<T: Truth, const N: usize>(
    owners: &Owners<T>,
    mut of: impl FnMut(&Owner<T>) -> [T; N],
) -> [T; N] {
    if let [Some(only), None, None] = owners {
        return of(only);
    }
    let mut any: [T; N] = std::array::from_fn(|_| T::known(false));
    let mut all: [T; N] = std::array::from_fn(|_| T::known(true));
    for owner in owners.iter().flatten() {
        for ((any, all), value) in any.iter_mut().zip(&mut all).zip(of(owner)) {
            *any = any.clone().or(owner.when.clone().and(value.clone()));
            *all = all.clone().and(value);
        }
    }
    let mut all = all.into_iter();
    any.map(|any| all.next().map_or_else(|| any.clone(), |all| any.clone().or(all)))
}
