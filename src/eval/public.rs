//! When a bucket policy counts as public (R102).
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>

use crate::name::keys::{KeyFacts, Pins, Relation};
use crate::name::{KeyType, symbol};
use crate::operator::{Family, Operand, Quantifier};
use crate::policy::{Effect, Policy, PrincipalKind, PrincipalPattern, Scope, Statement, Test};
use crate::source::Spanned;

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
                | PrincipalKind::Canonical
                | PrincipalKind::OriginAccess => Publicity::Not,
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
    pins_to_fixed_values(test)
}

/// Whether a test compares a key that can keep the public out with fixed values, whichever way it counts.
pub(super) fn pins_to_fixed_values(test: &Test) -> bool {
    let Some(key) = test.key.value.facts().filter(|key| key.pins != Pins::No) else { return false };
    match (key.value_type, test.operator.family) {
        (KeyType::Address, Family::IpAddress) => test.values.iter().all(|v| is_some_network(&v.operand)),
        (KeyType::Address, _) => false,
        (_, Family::String | Family::Arn) => test.values.iter().all(|v| is_fixed(key, &v.operand, v.text())),
        (_, _) => false,
    }
}

/// Blocks wider than these count as the whole internet.
fn is_some_network(operand: &Operand) -> bool {
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
fn is_fixed(key: &KeyFacts, operand: &Operand, text: &str) -> bool {
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
    match (key.value_type, key.relation) {
        (KeyType::Arn, _) => {
            let account = text.split(':').nth(4).unwrap_or("");
            account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())
        }
        (_, Relation::PathsOf(_)) => {
            text.split('/').next().is_some_and(|id| id.starts_with("o-") && !id.contains(['*', '?']))
        }
        // `AROAEXAMPLE:*` pins one role.
        (_, _) if key.name == "aws:userid" => {
            text.split(':').next().is_some_and(|id| !id.is_empty() && !id.contains(['*', '?']))
        }
        (_, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::publicity;
    use crate::json;
    use crate::policy::{PolicyKind, lower};
    use crate::source::SourceId;

    fn is_public(condition: &str) -> bool {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":"s3:PutObject",
            "Resource":"arn:aws:s3:::lake/*","Condition":{condition}}}]}}"#
        );
        let parsed = json::parse(SourceId::LONE, &text);
        let mut problems = parsed.problems;
        let policy = lower(&parsed.root.unwrap(), PolicyKind::Bucket, "", &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        publicity(&policy) != super::Publicity::Not
    }

    #[test]
    fn fixed_values_of_listed_keys_keep_the_public_out() {
        const KEY: &str = "arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let encrypted = "s3:x-amz-server-side-encryption-aws-kms-key-id";
        for (condition, public) in [
            (format!(r#"{{"StringEquals":{{"{encrypted}":"{KEY}"}}}}"#), false),
            (format!(r#"{{"ArnEquals":{{"{encrypted}":"{KEY}"}}}}"#), false),
            (format!(r#"{{"StringNotEquals":{{"{encrypted}":"{KEY}"}}}}"#), true),
            (r#"{"StringEquals":{"s3:x-amz-acl":"private"}}"#.to_owned(), true),
            (r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#.to_owned(), false),
            (r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}"#.to_owned(), true),
            (r#"{"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/24"}}"#.to_owned(), true),
            (r#"{"StringLike":{"aws:userid":"AROAEXAMPLE:*"}}"#.to_owned(), false),
            (r#"{"StringLike":{"aws:userid":"*:session"}}"#.to_owned(), true),
            (r#"{"StringLike":{"aws:PrincipalOrgID":"o-*"}}"#.to_owned(), true),
            (r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-abcdefghij/*"}}"#.to_owned(), false),
            (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:111111111111:*"}}"#.to_owned(), false),
            (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:*:topic"}}"#.to_owned(), true),
        ] {
            assert_eq!(is_public(&condition), public, "{condition}");
        }
    }
}
