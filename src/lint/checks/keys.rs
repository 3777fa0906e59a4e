//! Condition keys that are old, that the caller sets, or that say little without another key.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::operator::Family;
use crate::policy::{Effect, Policy, PolicyKind, Statement, Test};

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for statement in &policy.statements {
        for test in &statement.tests {
            old(test, tell);
            spoofed(test, statement, tell);
            alone(test, statement, tell);
            pointless(test, policy.kind, tell);
            of_prefix(test, statement, tell);
        }
        attributes(statement, tell);
    }
}

fn says(code: Code, test: &Test, message: String, help: &str) -> Diagnostic {
    Diagnostic::new(code, test.key.span, message).help(help)
}

/// `aws:ARN` is a name of before `aws:PrincipalArn` and `aws:SourceArn`.
fn old(test: &Test, tell: &mut dyn FnMut(Diagnostic)) {
    if test.key.value.folded() != "aws:arn" {
        return;
    }
    let help =
        "write `aws:PrincipalArn` for the caller, `aws:SourceArn` for the resource that a service acts for";
    let message = "requests no longer have the key `aws:ARN`";
    tell(says(Code::UnsupportedGlobalConditionKey, test, message.to_owned(), help));
    tell(says(Code::DeprecatedGlobalConditionKey, test, "`aws:ARN` is deprecated".to_owned(), help));
}

/// Headers and parameters that every caller writes as it likes.
const OF_THE_CALLER: &[&str] = &["aws:referer", "aws:useragent"];

fn spoofed(test: &Test, statement: &Statement, tell: &mut dyn FnMut(Diagnostic)) {
    let key = &test.key.value;
    if test.operator.family == Family::Null || !OF_THE_CALLER.contains(&key.folded()) {
        return;
    }
    let message = format!("callers set `{key}` to any value, so it does not keep callers out");
    let alone = statement.tests.iter().all(|other| OF_THE_CALLER.contains(&other.key.value.folded()));
    let finding = says(
        Code::UntrustworthyConditionKey,
        test,
        message,
        "test what AWS sets, such as `aws:SourceVpce`, `aws:SourceArn` or `aws:PrincipalOrgID`",
    );
    tell(if alone { finding } else { finding.level(Severity::Note) });
}

/// Keys whose values mean little without another key: private addresses are the same in every VPC.
const PAIRED: &[(&str, &[&str])] = &[
    ("aws:vpcsourceip", &["aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn"]),
    ("aws:ec2instancesourceprivateipv4", &["aws:ec2instancesourcevpc"]),
];

fn alone(test: &Test, statement: &Statement, tell: &mut dyn FnMut(Diagnostic)) {
    let Some((_, partners)) = PAIRED.iter().find(|(key, _)| *key == test.key.value.folded()) else { return };
    if statement.tests.iter().any(|other| partners.contains(&other.key.value.folded())) {
        return;
    }
    let with =
        if partners.len() > 1 { "`aws:SourceVpc` or `aws:SourceVpce`" } else { "`aws:Ec2InstanceSourceVpc`" };
    let message = format!("addresses of `{}` are private: any VPC has the same ones", test.key.value);
    tell(
        says(Code::MissingPairedConditionKeys, test, message, "")
            .help(format!("test {with} in the same condition")),
    );
}

/// Keys about the resource say nothing new in the policy of that resource.
const OF_THE_RESOURCE: &[&str] =
    &["aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"];

fn pointless(test: &Test, kind: PolicyKind, tell: &mut dyn FnMut(Diagnostic)) {
    let of_one = matches!(
        kind,
        PolicyKind::Bucket
            | PolicyKind::AccessPoint
            | PolicyKind::Key
            | PolicyKind::Trust
            | PolicyKind::Resource
    );
    let asks_only = test.values.iter().any(|value| value.text().contains("${"));
    if of_one && !asks_only && OF_THE_RESOURCE.contains(&test.key.value.folded()) {
        let message = format!("`{}` is the same in every request that this policy decides", test.key.value);
        tell(says(Code::IrrelevantConditionKeyInPolicy, test, message, "remove the line"));
    }
}

/// A caller may list with a shorter prefix than the one that is excluded.
fn of_prefix(test: &Test, statement: &Statement, tell: &mut dyn FnMut(Diagnostic)) {
    if test.key.value.folded() != "s3:prefix" || test.operator.family != Family::String {
        return;
    }
    let excludes = (statement.effect.value == Effect::Deny) != test.operator.negated;
    if excludes {
        let message = "a request with a shorter prefix lists the same names and is not excluded".to_owned();
        tell(says(
            Code::S3PrefixInNegativeContext,
            test,
            message,
            "allow the prefixes that may be listed, with `StringLike` in an Allow",
        ));
    }
}

/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html>
fn attributes(statement: &Statement, tell: &mut dyn FnMut(Diagnostic)) {
    let of = |key: &str| statement.tests.iter().find(|test| test.key.value.folded() == key);
    let Some(test) = of("dynamodb:attributes") else { return };
    let gives = statement.effect.value == Effect::Allow && of("dynamodb:select").is_none();
    // Only reads return attributes that a request does not name.
    const READS: &[&str] = &["dynamodb:query", "dynamodb:scan", "dynamodb:getitem", "dynamodb:batchgetitem"];
    let reads = statement
        .actions
        .listed()
        .iter()
        .any(|a| READS.iter().any(|read| a.value.covers_folded(read) == Some(true)));
    if gives && (reads || statement.actions.is_negated()) {
        let message = "a read that names no attributes returns them all".to_owned();
        tell(says(
            Code::DynamodbAttributesWithoutSelect,
            test,
            message,
            "add {\"StringEqualsIfExists\": {\"dynamodb:Select\": \"SPECIFIC_ATTRIBUTES\"}}",
        ));
    }
}
