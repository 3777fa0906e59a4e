//! Values that their key never has: ids, Regions, key ARNs and service names in another form.

use crate::diagnostic::{Code, Diagnostic, Severity, nearest};
use crate::name::partition::{self, is_region};
use crate::name::{AccountId, KeyType, reference, symbol};
use crate::operator::Family;
use crate::policy::{Policy, Test, TestValue};

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for test in policy.statements.iter().flat_map(|statement| &statement.tests) {
        if test.operator.family == Family::Null {
            continue;
        }
        let form = Form::of(test);
        let is_arn = test.key.value.facts().is_some_and(|facts| facts.value_type == KeyType::Arn);
        for value in test.values.iter() {
            if let Some(form) = form {
                form.check(test, value, tell);
            }
            if is_arn {
                account_of_arn(test, value, tell);
            }
        }
    }
}

/// The account of an ARN that a key is compared with.
fn account_of_arn(test: &Test, value: &TestValue, tell: &mut dyn FnMut(Diagnostic)) {
    let text = value.text();
    let account = text.split(':').nth(4).unwrap_or_default();
    let is_plain = !account.is_empty() && !account.contains(['*', '?', '$', '{', '<']);
    // Managed policies and images of AWS have a word there.
    if !is_plain || account == "aws" || symbol::is_unknown_in(text) || account.parse::<AccountId>().is_ok() {
        return;
    }
    let message =
        format!("`{account}` is not the id of an account, so no request has this `{}`", test.key.value);
    let finding = Diagnostic::new(Code::InvalidArnAccount, value.span, message);
    let is_word = !account.bytes().any(|b| b.is_ascii_digit());
    let finding = finding.help("an account id has twelve digits");
    tell(if is_word { finding.level(Severity::Note) } else { finding });
}

/// Whether a path begins with an organization, a root and units, in that order, as far as it is written out.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed-view-data-orgs.html#access_policies_last-accessed-viewing-orgs-entity-path>
fn is_path(text: &str) -> bool {
    let written = text.split(['*', '?']).next().unwrap_or_default();
    let whole = written.len() == text.len();
    let mut parts = written.split('/').collect::<Vec<_>>();
    let rest = parts.pop().unwrap_or_default();
    // Without a wildcard a path ends in a slash.
    (!whole || rest.is_empty())
        && parts.iter().enumerate().all(|(at, part)| match at {
            0 => part.starts_with("o-"),
            1 => part.starts_with("r-"),
            _ => part.starts_with("ou-"),
        })
}

/// What the values of a key look like.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Form {
    Account,
    Endpoint,
    KmsKey,
    Organization,
    Path,
    Principal,
    Region,
    Service,
    Vpc,
}

impl Form {
    fn of(test: &Test) -> Option<Self> {
        Some(match test.key.value.folded() {
            "aws:principalaccount"
            | "aws:resourceaccount"
            | "aws:sourceaccount"
            | "aws:sourceowner"
            | "aws:vpceaccount"
            | "kms:calleraccount"
            | "s3:resourceaccount" => Self::Account,
            "aws:principalarn" => Self::Principal,
            "aws:principalorgid" | "aws:resourceorgid" | "aws:sourceorgid" | "aws:vpceorgid" => {
                Self::Organization
            }
            "aws:principalorgpaths" | "aws:resourceorgpaths" | "aws:sourceorgpaths" | "aws:vpceorgpaths" => {
                Self::Path
            }
            "aws:requestedregion" | "ec2:region" => Self::Region,
            "aws:sourcevpc" | "aws:ec2instancesourcevpc" => Self::Vpc,
            "aws:sourcevpce" => Self::Endpoint,
            "kms:viaservice" => Self::Service,
            "s3:x-amz-server-side-encryption-aws-kms-key-id" => Self::KmsKey,
            _ => return None,
        })
    }

    fn check(self, test: &Test, value: &TestValue, tell: &mut dyn FnMut(Diagnostic)) {
        let text = value.text();
        if text.contains("${") || symbol::is_unknown_in(text) || text == "*" {
            return;
        }
        let wild = text.contains(['*', '?']);
        let key = &test.key.value;
        let mut says = |code, message: String, help: &str| {
            let finding = Diagnostic::new(code, value.span, message).help(help);
            // A value without a digit may be a word that stands for one.
            let may_stand = matches!(self, Self::Account | Self::Organization | Self::Region);
            let is_word = may_stand && !text.bytes().any(|b| b.is_ascii_digit());
            tell(if is_word { finding.level(Severity::Note) } else { finding });
        };
        match self {
            Self::Vpc | Self::Endpoint => {
                let (start, code, what, other) = if self == Self::Vpc {
                    ("vpc-", Code::InvalidVpcFormat, "VPC", "aws:SourceVpce")
                } else {
                    ("vpce-", Code::InvalidVpceFormat, "VPC endpoint", "aws:SourceVpc")
                };
                if !wild && !is_id(text, start) {
                    let is_other =
                        ["vpc-", "vpce-"].iter().any(|kind| *kind != start && text.starts_with(kind));
                    let help = if is_other {
                        format!("test `{other}` with it")
                    } else {
                        format!("it is `{start}` and 8 or 17 characters of 0-9 and a-f")
                    };
                    says(
                        code,
                        format!("`{text}` is not the id of a {what}, so no request has it as `{key}`"),
                        &help,
                    );
                }
            }
            Self::Region => {
                if !wild && !is_region(text) && text != "aws-global" {
                    let near = nearest(text, partition::regions());
                    let help = near.map_or_else(
                        || "write a Region such as eu-west-1".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    );
                    says(Code::InvalidRegion, format!("`{text}` is not a Region"), &help);
                }
            }
            Self::Account => {
                if !wild && text.parse::<AccountId>().is_err() {
                    let message =
                        format!("`{text}` is not the id of an account, so no request has it as `{key}`");
                    says(Code::InvalidAccountId, message, "an account id has twelve digits");
                }
            }
            Self::Organization => {
                let id = text.strip_prefix("o-").unwrap_or_default();
                let fits = (10..=32).contains(&id.len())
                    && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
                if !wild && !fits {
                    let message =
                        format!("`{text}` is not the id of an organization, so no request has it as `{key}`");
                    says(
                        Code::InvalidOrganizationId,
                        message,
                        "it is `o-` and 10 to 32 lower case letters and digits",
                    );
                }
            }
            Self::Path => {
                if !is_path(text) {
                    let message =
                        format!("`{text}` is not the path of a unit, so no request has it as `{key}`");
                    let help = "write o-ID/r-ID/ou-ID/ with the slash at its end, or o-ID/r-ID/ou-ID/* for all below";
                    says(Code::InvalidOrganizationId, message, help);
                }
            }
            Self::KmsKey => {
                let is_key = text.starts_with("arn:") && text.contains(":kms:") && text.contains(":key/");
                if !wild && !is_key {
                    let message = format!("`{text}` is not the ARN of a KMS key, which `{key}` holds");
                    says(Code::InvalidKmsKeyValue, message, "write arn:aws:kms:REGION:ACCOUNT:key/ID");
                }
            }
            Self::Principal => {
                if text.starts_with("arn:") && text.contains(":assumed-role/") {
                    let message = "`aws:PrincipalArn` of a session is the ARN of its role, which this is not";
                    says(
                        Code::SessionArnInPrincipalArn,
                        message.to_owned(),
                        "write arn:aws:iam::ACCOUNT:role/NAME, or test `aws:userid` for one session",
                    );
                }
            }
            Self::Service => {
                if !wild && !is_via_service(text) {
                    let message =
                        format!("`{key}` holds the name of a service in a Region, and `{text}` is not one");
                    says(
                        Code::InvalidServicePrincipalFormat,
                        message,
                        "write service.region.amazonaws.com, such as s3.eu-west-1.amazonaws.com",
                    );
                }
            }
        }
    }
}

/// An id as EC2 gives it: 8 hexadecimal digits, or 17.
fn is_id(text: &str, start: &str) -> bool {
    let Some(id) = text.strip_prefix(start) else { return false };
    matches!(id.len(), 8 | 17) && id.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
}

/// `service.region` in front of a DNS suffix, or of the suffix that KMS writes in every partition.
fn is_via_service(text: &str) -> bool {
    let Some((service, region)) = partition::without_suffix(text).and_then(|name| name.rsplit_once('.'))
    else {
        return false;
    };
    is_region(region) && !service.is_empty() && !reference::prefixes().any(|prefix| prefix == region)
}
