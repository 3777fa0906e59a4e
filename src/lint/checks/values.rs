//! Values that their key never has: ids, Regions, key ARNs and service names in another form.

use crate::diagnostic::{Code, Diagnostic, Severity, nearest};
use crate::name::partition::{self, is_region};
use crate::name::{AccountId, reference, symbol};
use crate::operator::Family;
use crate::policy::{Policy, Test, TestValue};

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for test in policy.statements.iter().flat_map(|statement| &statement.tests) {
        if test.operator.family == Family::Null {
            continue;
        }
        let Some(form) = Form::of(test) else { continue };
        for value in test.values.iter() {
            form.check(test, value, tell);
        }
    }
}

/// What the values of a key look like.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Form {
    Account,
    Endpoint,
    KmsKey,
    Organization,
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
                        format!("`{text}` is not what `{key}` holds: the name of a service in a Region");
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
