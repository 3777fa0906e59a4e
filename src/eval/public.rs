//! When a bucket policy or an access point policy counts as public (R102).
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>

use super::applicable::{ResourceSide, Side};
use super::statement::Request;
use super::{CallerKind, Evaluation};
use crate::estate::{Known, SharedPolicy};
use crate::logic::{Atom, FactId, Truth, Unknown, UnknownKind};
use crate::name::keys::{KeyFacts, Pins, Subject};
use crate::name::{KeyType, symbol};
use crate::operator::{Family, Operand, Quantifier};
use crate::policy::{Effect, Policy, PolicyKind, PrincipalKind, PrincipalPattern, Scope, Statement, Test};
use crate::source::Spanned;

/// Whether a policy counts as public.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Publicity {
    Not,
    Perhaps(Doubt),
    Public,
}

/// What decides whether a policy counts as public.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Doubt {
    /// What the input leaves open.
    Unresolved,
    /// How S3 reads it, which no page of AWS says.
    Undocumented(&'static str),
}

const OTHER_KEY: Doubt = Doubt::Undocumented(
    "a statement lets in everyone under a condition on who calls or from where, and the key is not among those that S3 lists as making a policy non-public",
);
const LITERAL_WILDCARD: Doubt = Doubt::Undocumented(
    "AWS does not say whether a `*` that is compared letter by letter counts as a wildcard",
);
const SHUT_BY_DENY: Doubt = Doubt::Undocumented(
    "AWS does not say whether a Deny that shuts outsiders out keeps a policy from counting as public",
);

/// Whether any Allow is, or may be, pinned neither to fixed principals nor to fixed values.
pub fn is_public(policy: &Policy) -> bool {
    publicity(policy) != Publicity::Not
}

/// One Allow that is not pinned makes the whole policy public.
fn publicity(policy: &Policy) -> Publicity {
    let allows = policy.statements.iter().filter(|s| s.effect.value == Effect::Allow);
    let found = allows.map(|statement| of_statement(statement, policy.kind)).max().unwrap_or(Publicity::Not);
    if found == Publicity::Public && policy.statements.iter().any(shuts_outsiders_out) {
        return Publicity::Perhaps(SHUT_BY_DENY);
    }
    found
}

fn of_statement(statement: &Statement, kind: PolicyKind) -> Publicity {
    let mut found = match &statement.principals {
        Some(Scope::In(list)) => {
            let of = |p: &Spanned<PrincipalPattern>| match p.value.kind {
                // The page has a federated principal as its example of a policy that is public.
                PrincipalKind::Everyone | PrincipalKind::Federated => Publicity::Public,
                PrincipalKind::Unresolved => Publicity::Perhaps(Doubt::Unresolved),
                PrincipalKind::Account(_)
                | PrincipalKind::Role
                | PrincipalKind::User
                | PrincipalKind::Session
                | PrincipalKind::FederatedUser
                | PrincipalKind::UniqueId
                | PrincipalKind::Service
                | PrincipalKind::Canonical
                | PrincipalKind::OriginAccess => Publicity::Not,
            };
            list.iter().map(of).max().unwrap_or(Publicity::Not)
        }
        Some(Scope::NotIn(_)) => Publicity::Public,
        None => Publicity::Not,
    };
    for test in &statement.tests {
        found = found.min(left_by(test, kind));
    }
    found
}

/// How public a statement for everyone still is under a test.
fn left_by(test: &Test, kind: PolicyKind) -> Publicity {
    if symbol::is_in(test.key.value.as_str()) || test.values.iter().any(|v| symbol::is_unknown_in(v.text())) {
        return Publicity::Perhaps(Doubt::Unresolved);
    }
    // A missing key satisfies `IfExists` and `ForAllValues`, and `Not…` names what is left out, not who is let in.
    if test.operator.negated || test.if_exists || test.quantifier == Quantifier::All || test.values.is_empty()
    {
        return Publicity::Public;
    }
    match test.key.value.facts() {
        Some(key) if key.pins == Pins::Listed => {
            let compares = match test.operator.family {
                Family::IpAddress => key.value_type == KeyType::Address,
                Family::String | Family::Arn => key.value_type != KeyType::Address,
                Family::Binary | Family::Bool | Family::Date | Family::Null | Family::Numeric => false,
            };
            let values = test.values.iter().map(|v| of_value(key, kind, &v.operand, v.text()));
            values.max().filter(|_| compares).unwrap_or(Publicity::Public)
        }
        Some(key) if is_about_the_caller(key) => Publicity::Perhaps(OTHER_KEY),
        Some(_) | None => Publicity::Public,
    }
}

/// Whether a key says who makes a request, for whom, or from where. What S3 makes of one that is not in its list is not
/// documented.
fn is_about_the_caller(key: &KeyFacts) -> bool {
    key.pins != Pins::No
        || match key.subject {
            Subject::Identity | Subject::Principal | Subject::Network | Subject::Source => {
                key.value_type != KeyType::Flag
            }
            Subject::Session | Subject::Via | Subject::Resource | Subject::Request | Subject::Time => false,
        }
}

/// A fixed value holds neither wildcards nor variables. The ARN of an access point may have a wildcard in its name, where
/// a bucket policy asks for it.
fn of_value(key: &KeyFacts, kind: PolicyKind, operand: &Operand, text: &str) -> Publicity {
    let wild = match operand {
        Operand::Text(wild) => wild.has_wildcard(),
        Operand::Arn(arn) => arn.has_wildcard(),
        Operand::Network(_) if is_some_network(operand) => return Publicity::Not,
        Operand::Number(_)
        | Operand::Date(_)
        | Operand::Flag(_)
        | Operand::Network(_)
        | Operand::Bytes(_)
        | Operand::Symbol
        | Operand::Unreadable => return Publicity::Public,
    };
    if text.contains("${") {
        return Publicity::Public;
    }
    // Of the keys that S3 lists, only that of the access point is an ARN on the side of the resource.
    let is_point = key.subject == Subject::Resource && key.value_type == KeyType::Arn;
    match wild {
        true if is_point && kind != PolicyKind::AccessPoint && has_fixed_account(text) => Publicity::Not,
        true => Publicity::Public,
        false if text.contains(['*', '?']) => Publicity::Perhaps(LITERAL_WILDCARD),
        false => Publicity::Not,
    }
}

fn has_fixed_account(arn: &str) -> bool {
    let account = arn.split(':').nth(4).unwrap_or("");
    account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())
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

/// A Deny for everyone but some: those of a list of principals, or those for whom a key of the caller holds some value.
fn shuts_outsiders_out(statement: &Statement) -> bool {
    if statement.effect.value != Effect::Deny {
        return false;
    }
    let about_caller =
        |test: &Test| test.operator.negated && test.key.value.facts().is_some_and(is_about_the_caller);
    match &statement.principals {
        Some(Scope::NotIn(_)) => true,
        Some(Scope::In(list)) => {
            list.iter().any(|p| p.value.kind == PrincipalKind::Everyone)
                && statement.tests.iter().any(about_caller)
        }
        None => false,
    }
}

/// RestrictPublicBuckets shuts out other accounts when the policy is public (R102).
pub(super) fn shuts_out<'a, W: Evaluation<'a>>(
    world: &mut W,
    side: &ResourceSide<'a>,
    request: &Request<'_>,
    same: &W::T,
) -> W::T {
    let of = |side: Option<&Side<'a>>| -> &'a [SharedPolicy] {
        match side {
            Some(Side::Policies(policies)) => policies,
            Some(Side::LeftOut | Side::Nothing | Side::NotProvided { .. }) | None => &[],
        }
    };
    let point = side.access_point.as_ref().filter(|_| !side.access_point_is_private);
    let policies = [of(Some(&side.policy)), of(point)];
    if request.caller.kind == CallerKind::Service
        || same.is_true()
        || side.restrict_public == Known::Provided(false)
    {
        return W::T::known(false);
    }
    let public = policies.into_iter().flatten().map(|p| publicity(p)).max();
    let public = match public.unwrap_or(Publicity::Not) {
        Publicity::Not => return W::T::known(false),
        Publicity::Perhaps(Doubt::Undocumented(why)) => {
            world.open(|| Atom::Opaque(Unknown::undocumented("whether the policy is public", why)))
        }
        Publicity::Perhaps(Doubt::Unresolved) => world.open(|| {
            let why = "whether the bucket policy counts as public depends on it";
            Atom::Opaque(Unknown::new(UnknownKind::Unresolved, "bucket policy", why))
        }),
        Publicity::Public => W::T::known(true),
    };
    let on = match side.restrict_public {
        Known::Provided(on) => W::T::known(on),
        Known::NotProvided => world.open(|| {
            Atom::Opaque(Unknown::missing(
                FactId::RestrictPublicBuckets,
                "the bucket policy counts as public; with this setting on, other accounts are shut out",
            ))
        }),
    };
    public.and(on).and(same.clone().not())
}

#[cfg(test)]
mod tests {
    use super::{Publicity, publicity};
    use crate::json;
    use crate::policy::{PolicyKind, lower};
    use crate::source::SourceId;

    fn judge(condition: &str) -> &'static str {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":"s3:PutObject",
            "Resource":"arn:aws:s3:::lake/*","Condition":{condition}}}]}}"#
        );
        let parsed = json::parse(SourceId::LONE, &text);
        let mut problems = parsed.problems;
        let policy = lower(&parsed.root.unwrap(), PolicyKind::Bucket, "", &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        match publicity(&policy) {
            Publicity::Not => "no",
            Publicity::Perhaps(_) => "perhaps",
            Publicity::Public => "yes",
        }
    }

    #[test]
    fn fixed_values_of_listed_keys_keep_the_public_out() {
        const KEY: &str = "arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let encrypted = "s3:x-amz-server-side-encryption-aws-kms-key-id";
        for (condition, public) in [
            (format!(r#"{{"StringEquals":{{"{encrypted}":"{KEY}"}}}}"#), "no"),
            (format!(r#"{{"ArnEquals":{{"{encrypted}":"{KEY}"}}}}"#), "no"),
            (format!(r#"{{"StringNotEquals":{{"{encrypted}":"{KEY}"}}}}"#), "yes"),
            (r#"{"StringEquals":{"s3:x-amz-acl":"private"}}"#.to_owned(), "yes"),
            (r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#.to_owned(), "no"),
            (r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}"#.to_owned(), "yes"),
            (r#"{"IpAddress":{"aws:SourceIp":"12.0.0.0/8"}}"#.to_owned(), "no"),
            (r#"{"IpAddress":{"aws:SourceIp":"12.0.0.0/7"}}"#.to_owned(), "yes"),
            (r#"{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}"#.to_owned(), "no"),
            (r#"{"IpAddress":{"aws:SourceIp":"2001:db8::/31"}}"#.to_owned(), "yes"),
            (r#"{"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/24"}}"#.to_owned(), "perhaps"),
            (r#"{"StringLike":{"aws:userid":"AROAEXAMPLE:*"}}"#.to_owned(), "yes"),
            (r#"{"StringEquals":{"aws:userid":"AROAEXAMPLE:etl"}}"#.to_owned(), "no"),
            (r#"{"StringEquals":{"aws:userid":"AROAEXAMPLE:*"}}"#.to_owned(), "perhaps"),
            (r#"{"StringEquals":{"aws:PrincipalTag/team":"lake"}}"#.to_owned(), "perhaps"),
            (r#"{"Bool":{"aws:SecureTransport":"true"}}"#.to_owned(), "yes"),
            (r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-abcdefghij"}}"#.to_owned(), "yes"),
            (r#"{"StringLike":{"aws:userid":"*:session"}}"#.to_owned(), "yes"),
            (r#"{"StringLike":{"aws:PrincipalOrgID":"o-*"}}"#.to_owned(), "yes"),
            (
                r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-abcdefghij/*"}}"#.to_owned(),
                "perhaps",
            ),
            (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:111111111111:*"}}"#.to_owned(), "yes"),
            (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:*:topic"}}"#.to_owned(), "yes"),
        ] {
            assert_eq!(judge(&condition), public, "{condition}");
        }
    }
}
