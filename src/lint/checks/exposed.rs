//! Accounts that are let in as a whole, and conditions that hold for more requests than they seem to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::pins::restricts;
use crate::diagnostic::{Code, Diagnostic};
use crate::lint::{allows, covers};
use crate::name::AccountId;
use crate::operator::{Family, Operand};
use crate::policy::{Effect, Policy, PolicyKind, PrincipalKind, Scope, Statement, Test};

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for statement in &policy.statements {
        for test in &statement.tests {
            every_address(test, tell);
        }
        without_mfa(statement, tell);
    }
    if matches!(
        policy.kind,
        PolicyKind::Bucket
            | PolicyKind::AccessPoint
            | PolicyKind::Key
            | PolicyKind::Resource
            | PolicyKind::Trust
    ) {
        whole_account(policy, tell);
    }
}

/// The account that a policy belongs to, where its text tells.
fn own_account(policy: &Policy) -> Option<AccountId> {
    let account = |arn: &str| arn.split(':').nth(4).and_then(|account| account.parse::<AccountId>().ok());
    for statement in &policy.statements {
        let of_resource = || {
            let listed = statement.resources.iter().flat_map(|resources| resources.listed());
            listed.filter(|_| policy.kind != PolicyKind::Bucket).find_map(|r| account(r.value.as_str()))
        };
        let principals = || statement.principals.iter().flat_map(|principals| principals.listed());
        // Identity providers are trusted in their own account alone, and a key is managed from its own.
        let of_provider = || {
            principals()
                .filter(|p| policy.kind == PolicyKind::Trust && p.value.kind == PrincipalKind::Federated)
                .find_map(|p| account(&p.value.text))
        };
        let manages = || {
            let gives = policy.kind == PolicyKind::Key && statement.effect.value == Effect::Allow;
            let all = gives && covers(statement, "kms:putkeypolicy");
            principals().filter(|_| all).find_map(|p| {
                let of_arn = matches!(p.value.kind, PrincipalKind::Role | PrincipalKind::User);
                named(&p.value.kind).or_else(|| account(&p.value.text).filter(|_| of_arn))
            })
        };
        if let Some(found) = of_resource().or_else(of_provider).or_else(manages) {
            return Some(found);
        }
    }
    None
}

fn named(kind: &PrincipalKind) -> Option<AccountId> {
    if let PrincipalKind::Account(account) = kind { Some(*account) } else { None }
}

/// An account stands for everyone whom its administrators let.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html>
fn whole_account(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    let own = own_account(policy);
    for statement in allows(policy).filter(|statement| !statement.tests.iter().any(narrows)) {
        let Some(Scope::In(principals)) = &statement.principals else { continue };
        for principal in principals {
            let Some(account) = named(&principal.value.kind).filter(|named| Some(named) != own.as_ref())
            else {
                continue;
            };
            let message =
                format!("every principal of account {account} that its own policies let can use this");
            let help = if policy.kind == PolicyKind::Trust {
                "name a role, or test `sts:ExternalId` for another company, `aws:PrincipalOrgID` for your own"
            } else {
                "name a role, or test `aws:PrincipalOrgID` or `aws:PrincipalArn`"
            };
            tell(Diagnostic::new(Code::WholeAccountWithoutCondition, principal.span, message).help(help));
        }
    }
}

/// Whether a line leaves out some callers of an account.
fn narrows(test: &Test) -> bool {
    restricts(test)
        && test.operator.family != Family::Date
        && test.key.value.folded() != "aws:securetransport"
}

/// Requests with long-term credentials have no such key, and `IfExists` holds without it.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent>
fn without_mfa(statement: &Statement, tell: &mut dyn FnMut(Diagnostic)) {
    if statement.effect.value != Effect::Allow {
        return;
    }
    for test in &statement.tests {
        let key = test.key.value.folded();
        let is_false = || test.values.iter().all(|value| value.text().eq_ignore_ascii_case("false"));
        if test.operator.family == Family::Bool
            && key == "aws:multifactorauthpresent"
            && !test.values.is_empty()
            && is_false()
        {
            let message = "this lets in requests without MFA, and none with it";
            tell(
                Diagnostic::new(Code::MfaTestPassesWithoutMfa, test.key.span, message)
                    .help("ask for `true` in an Allow, or deny with `BoolIfExists` and `false`"),
            );
        }
        if !test.if_exists {
            continue;
        }
        let is_true = || test.values.iter().all(|value| value.text().eq_ignore_ascii_case("true"));
        let present =
            test.operator.family == Family::Bool && key == "aws:multifactorauthpresent" && is_true();
        if present || (test.operator.family == Family::Numeric && key == "aws:multifactorauthage") {
            let message = format!(
                "requests with access keys have no `{}`, and `IfExists` lets them in without MFA",
                test.key.value
            );
            tell(
                Diagnostic::new(Code::MfaTestPassesWithoutMfa, test.key.span, message)
                    .help("drop `IfExists` in an Allow, or deny with `BoolIfExists` and `false`"),
            );
        }
    }
}

const LOW_V4: Ipv4Addr = Ipv4Addr::UNSPECIFIED;
const LOW_V6: Ipv6Addr = Ipv6Addr::UNSPECIFIED;

/// A range of all addresses, or two halves of it.
fn every_address(test: &Test, tell: &mut dyn FnMut(Diagnostic)) {
    if test.operator.family != Family::IpAddress {
        return;
    }
    let networks = || {
        test.values.iter().filter_map(|value| {
            if let Operand::Network(net) = &value.operand { Some((net, value.span)) } else { None }
        })
    };
    let halves = |v6: bool| {
        let of = |high: bool| {
            networks().any(|(net, _)| {
                let starts_low = net.network() == if v6 { IpAddr::V6(LOW_V6) } else { IpAddr::V4(LOW_V4) };
                net.prefix_len() == 1 && net.network().is_ipv6() == v6 && starts_low != high
            })
        };
        of(false) && of(true)
    };
    let whole = networks().find(|(net, _)| net.prefix_len() == 0).map(|(_, at)| at);
    let parted = networks().next().map(|(_, at)| at).filter(|_| halves(false) || halves(true));
    if let Some(at) = whole.or(parted) {
        let result = if test.operator.negated { "excludes every address" } else { "holds for every address" };
        let message = format!("this {result}, so the line does not say where requests come from");
        tell(
            Diagnostic::new(Code::EveryAddress, at, message)
                .help("write the ranges that are meant, or remove the line"),
        );
    }
}
