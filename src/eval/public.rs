//! When a bucket policy counts as public (R102).
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>

use crate::name::symbol;
use crate::operator::{Family, Operand, Quantifier};
use crate::policy::{Effect, Policy, PrincipalKind, PrincipalPattern, Scope, Statement, Test};
use crate::source::Spanned;

/// Keys that pin a statement when they are compared with fixed values.
pub(super) const PINNING: &[&str] = &[
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
];

/// Whether a policy counts as public.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Publicity {
    Not,
    /// It depends on what the input leaves open.
    Perhaps,
    Public,
}

/// Whether any Allow is, or may be, pinned neither to fixed principals nor to fixed values.
pub fn is_public(policy: &Policy) -> bool {
    publicity(policy) != Publicity::Not
}

/// One Allow that is not pinned makes the whole policy public.
pub(super) fn publicity(policy: &Policy) -> Publicity {
    let allows = policy.statements.iter().filter(|s| s.effect.value == Effect::Allow);
    allows.map(of_statement).max().unwrap_or(Publicity::Not)
}

fn of_statement(statement: &Statement) -> Publicity {
    let open_to_all = match &statement.principals {
        Some(Scope::In(list)) => {
            let of = |p: &Spanned<PrincipalPattern>| match p.value.kind {
                PrincipalKind::Everyone => Publicity::Public,
                PrincipalKind::Unresolved => Publicity::Perhaps,
                PrincipalKind::Account(_)
                | PrincipalKind::Role
                | PrincipalKind::User
                | PrincipalKind::Session
                | PrincipalKind::FederatedUser
                | PrincipalKind::UniqueId
                | PrincipalKind::Service
                | PrincipalKind::Federated
                | PrincipalKind::Canonical => Publicity::Not,
            };
            list.iter().map(of).max().unwrap_or(Publicity::Not)
        }
        Some(Scope::NotIn(_)) => Publicity::Public,
        None => Publicity::Not,
    };
    let is_open = |test: &Test| {
        symbol::is_in(test.key.value.as_str()) || test.values.iter().any(|v| symbol::is_unknown_in(v.text()))
    };
    // A value that is open may be no fixed one.
    if statement.tests.iter().any(|test| pins(test) && !is_open(test)) {
        return Publicity::Not;
    }
    if statement.tests.iter().any(is_open) { open_to_all.min(Publicity::Perhaps) } else { open_to_all }
}

fn pins(test: &Test) -> bool {
    // A missing key satisfies `IfExists` and `ForAllValues`, and `Not…` names what is left out, not who is let in.
    if test.operator.negated || test.if_exists || test.quantifier == Quantifier::All || test.values.is_empty()
    {
        return false;
    }
    let key = test.key.value.folded();
    if key == "aws:sourceip" && test.operator.family == Family::IpAddress {
        return test.values.iter().all(|v| is_some_network(&v.operand));
    }
    PINNING.contains(&key)
        && matches!(test.operator.family, Family::String | Family::Arn)
        && test.values.iter().all(|v| is_fixed(key, &v.operand, v.text()))
}

/// Blocks wider than these count as the whole internet.
pub(super) fn is_some_network(operand: &Operand) -> bool {
    match operand {
        Operand::Network(ipnet::IpNet::V4(net)) => net.prefix_len() >= 8,
        Operand::Network(ipnet::IpNet::V6(net)) => net.prefix_len() >= 32,
        Operand::Text(_)
        | Operand::Arn(_)
        | Operand::Number(_)
        | Operand::Date(_)
        | Operand::Flag(_)
        | Operand::Bytes(_)
        | Operand::Symbol
        | Operand::Unreadable => false,
    }
}

/// A fixed value holds neither wildcards nor variables; an ARN may have wildcards where its account is fixed.
pub(super) fn is_fixed(key: &str, operand: &Operand, text: &str) -> bool {
    if text.contains("${") {
        return false;
    }
    let wild = match operand {
        Operand::Text(wild) => wild.has_wildcard(),
        Operand::Arn(arn) => arn.has_wildcard(),
        Operand::Number(_)
        | Operand::Date(_)
        | Operand::Flag(_)
        | Operand::Network(_)
        | Operand::Bytes(_)
        | Operand::Symbol
        | Operand::Unreadable => return false,
    };
    if !wild {
        return true;
    }
    match key {
        "aws:principalarn" | "aws:sourcearn" | "s3:dataaccesspointarn" | "aws:sourcevpcarn" => {
            let account = text.split(':').nth(4).unwrap_or("");
            account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())
        }
        // `AROAEXAMPLE:*` pins one role.
        "aws:userid" => text.split(':').next().is_some_and(|id| !id.is_empty() && !id.contains(['*', '?'])),
        "aws:principalorgpaths" | "aws:sourceorgpaths" | "aws:vpceorgpaths" => {
            text.split('/').next().is_some_and(|id| id.starts_with("o-") && !id.contains(['*', '?']))
        }
        _ => false,
    }
}
