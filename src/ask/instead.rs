//! A role that may not read may be meant to assume one that does: said before anybody opens a bucket for it.

use std::sync::Arc;

use super::short_answer::ShortAnswer;
use super::{Advice, Answer, Circumstances, DoesQuestion, Verdict, assume, does};
use crate::estate::{Estate, Identity, Role};
use crate::policy::{Effect, PrincipalKind};
use crate::request::{DecisionContext, Requester};

/// More trust policies are not looked at beside an answer.
const MOST_ROLES: usize = 4_096;

/// Roles that are told; one says what to do.
const TOLD: usize = 3;

/// Tells of the roles that the requester of a denied read may assume and that read.
pub(super) fn tell(estate: &Estate, question: &DoesQuestion, answer: &mut Answer) {
    if answer.verdict != Verdict::Denied || estate.roles.len() > MOST_ROLES {
        return;
    }
    let Ok(requester) = estate.role(&question.role) else { return };
    let others =
        estate.roles.iter().filter(|role| role.arn.value != requester.arn.value && trusts(role, requester));
    // Only verdicts are needed here. A question with the other role gives the reasons.
    let anywhere = Circumstances::default();
    let to_assume = DecisionContext::new(estate, &anywhere, false);
    let to_read = Arc::new(DecisionContext::new(estate, &question.circumstances, question.strict));
    let Ok(by) = Requester::of(Identity::Role(requester)) else { return };
    let is_allowed = |short: ShortAnswer| short.verdict == Verdict::Allowed;
    let reads = |role: &&Role| {
        assume::verdict(&to_assume, &by, role) == Verdict::Allowed
            && Requester::of(Identity::Role(role))
                .is_ok_and(|role| does::short_for(&to_read, question, role).is_ok_and(is_allowed))
    };
    for role in others.filter(reads).take(TOLD) {
        answer.advice.push(Advice {
            action: "sts:AssumeRole".to_owned(),
            text: format!(
                "{} may assume {}, which can read this: ask with that role",
                requester.name(),
                role.arn.value
            ),
        });
    }
}

/// Whether the trust policy of a role names another one, or its account: a look, and no decision.
fn trusts(role: &Role, other: &Role) -> bool {
    let Some(trust) = role.trust.provided() else { return false };
    let allowing = trust.statements.iter().filter(|s| s.effect.value == Effect::Allow);
    let named = allowing.filter_map(|s| s.principals.as_ref()).flat_map(|scope| scope.listed());
    named.into_iter().any(|principal| match principal.value.kind {
        PrincipalKind::Everyone => true,
        PrincipalKind::Account(account) => other.arn.value.account() == Some(account),
        PrincipalKind::Role => *principal.value.text == *other.arn.value.as_str(),
        PrincipalKind::User
        | PrincipalKind::Session
        | PrincipalKind::FederatedUser
        | PrincipalKind::UniqueId
        | PrincipalKind::Service
        | PrincipalKind::Federated
        | PrincipalKind::Canonical
        | PrincipalKind::OriginAccess
        | PrincipalKind::Unresolved => false,
    })
}
