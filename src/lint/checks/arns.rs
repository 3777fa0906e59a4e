//! Parts of ARNs in `Resource` that fit no resource of the service.

use super::arn_forms;
use crate::diagnostic::{Code, Diagnostic, Severity, did_you_mean, nearest};
use crate::name::partition::{self, is_region};
use crate::name::{AccountId, reference, symbol};
use crate::policy::{Policy, PolicyKind};
use crate::source::Span;

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    let listed = || policy.statements.iter().filter_map(|s| s.resources.as_ref()).flat_map(|r| r.listed());
    for resource in listed() {
        short(policy.kind, resource.value.as_str(), resource.span, tell);
        if let Some(parts) = Parts::read(resource.value.as_str()) {
            parts.check(policy.kind, resource.span, tell);
            parts.belongs(policy.kind, resource.span, tell);
        }
    }
    if policy.kind == PolicyKind::Bucket {
        one_bucket(listed().map(|r| (r.value.as_str(), r.span)), tell);
    }
}

/// The parts of an ARN as written.
struct Parts<'a> {
    partition: &'a str,
    service: &'a str,
    region: &'a str,
    account: &'a str,
    resource: &'a str,
}

/// How IAM's resources start.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns>
const IAM_PATHS: &[&str] = &[
    "access-report/",
    "assumed-role/",
    "delegation-request/",
    "federated-user/",
    "group/",
    "instance-profile/",
    "mfa/",
    "oidc-provider/",
    "policy/",
    "report/",
    "role-template/",
    "role/",
    "root",
    "saml-provider/",
    "server-certificate/",
    "sms-mfa/",
    "user/",
];

/// What S3 names with a Region.
const REGIONAL: &[&str] =
    &["access-grants", "accesspoint", "async-request", "bucket/", "job/", "mrap", "storage-lens"];

/// IAM looks at parts of ARNs in its own policies when it stores them.
fn refusal(kind: PolicyKind) -> Severity {
    if kind.is_iam() || kind == PolicyKind::Permissions { Severity::Error } else { Severity::Warning }
}

/// How sure it is that a value without a digit is a slip: it may be a word that stands for one.
fn unless_placeholder(finding: Diagnostic, text: &str) -> Diagnostic {
    if text.bytes().any(|b| b.is_ascii_digit()) { finding } else { finding.level(Severity::Note) }
}

/// Text that says what it says, without wildcards and variables.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(['*', '?', '$', '{', '<'])
}

impl<'a> Parts<'a> {
    fn read(text: &'a str) -> Option<Self> {
        if symbol::is_unknown_in(text) {
            return None;
        }
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        let parts = Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        };
        // The colon of a variable parts nothing.
        let is_parted =
            [parts.partition, parts.service, parts.region, parts.account].iter().all(|p| !p.contains('$'));
        is_parted.then_some(parts)
    }

    /// A part that says what to write in its place, such as `<ACCOUNT_ID>`.
    fn placeholder(&self, at: Span, tell: &mut dyn FnMut(Diagnostic)) {
        let parts = [
            (self.account, Code::InvalidArnAccount),
            (self.region, Code::InvalidArnRegion),
            (self.resource, Code::InvalidArnResource),
        ];
        for (part, code) in parts {
            let Some((_, rest)) = part.split_once('<') else { continue };
            let Some((name, _)) = rest.split_once('>') else { continue };
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.');
            if name.chars().all(is_name) && name.chars().any(|c| c.is_ascii_alphabetic()) {
                let message = format!("`<{name}>` stands where a value belongs, so this matches nothing");
                let finding = Diagnostic::new(code, at, message).level(Severity::Note);
                tell(finding.help("fill in the value"));
                return;
            }
        }
    }

    fn check(&self, kind: PolicyKind, at: Span, tell: &mut dyn FnMut(Diagnostic)) {
        self.placeholder(at, tell);
        if is_plain(self.partition) && partition::find(self.partition).is_none() {
            let near = did_you_mean(self.partition, partition::ALL.iter().map(|known| known.id));
            let help = near.unwrap_or_else(|| "partitions are aws, aws-cn, aws-us-gov and others".to_owned());
            let message = format!("`{}` is not a partition of AWS", self.partition);
            tell(Diagnostic::new(Code::InvalidPartition, at, message).level(refusal(kind)).help(help));
            return;
        }
        if self.service.is_empty() {
            let message = "this ARN names no service";
            let finding = Diagnostic::new(Code::MissingArnField, at, message).level(refusal(kind));
            tell(finding.help("write arn:partition:service:region:account:resource"));
            return;
        }
        if !is_plain(self.service) {
            return;
        }
        let starts = |starts: &[&str]| starts.iter().any(|start| self.resource.starts_with(start));
        let is_open = self.resource.starts_with(['*', '?', '$']);
        // A star also stands for nothing.
        let is_written = |part: &str| part.bytes().any(|b| b != b'*');
        if self.service == "iam" && !is_open && !starts(IAM_PATHS) {
            let message = format!("`{}` names nothing of IAM", self.resource);
            let help = "write `*`, or begin with the type: role/, user/, policy/, group/, …";
            tell(Diagnostic::new(Code::InvalidArnResource, at, message).level(refusal(kind)).help(help));
            return;
        }
        let is_global = self.service == "iam" || (self.service == "s3" && !is_open && !starts(REGIONAL));
        if is_global && is_written(self.region) {
            let message =
                format!("the ARN of this resource of {} has no Region, so this matches none", self.service);
            let help = format!(
                "write `arn:{}:{}::{}:{}`",
                self.partition, self.service, self.account, self.resource
            );
            tell(Diagnostic::new(Code::ArnRegionNotAllowed, at, message).level(refusal(kind)).help(help));
            return;
        }
        if self.service.bytes().any(|b| b.is_ascii_uppercase()) {
            let help = format!("write `{}`", self.service.to_ascii_lowercase());
            let message = format!("the service of an ARN is in lower case, so `{}` fits none", self.service);
            tell(Diagnostic::new(Code::InvalidArnServiceCase, at, message).help(help));
            return;
        }
        let Some(forms) = arn_forms::forms(self.service, self.resource) else {
            if reference::service(self.service).is_none() && !arn_forms::has_forms(self.service) {
                let message = format!("no service has ARNs with `{}`, so this names nothing", self.service);
                let near = did_you_mean(self.service, reference::prefixes());
                let date = reference::date();
                let help = near.unwrap_or_else(|| format!("services are known as of {date}"));
                tell(Diagnostic::new(Code::InvalidService, at, message).help(help));
            }
            return;
        };
        if forms.is_empty() {
            // Recovery points have ARNs of other services.
            if !self.resource.is_empty() && self.service != "backup" {
                let message = format!(
                    "`{}` is not a resource of {}, as AWS writes their ARNs",
                    self.resource, self.service
                );
                let help = format!(
                    "resource types and their ARNs are in the service authorization reference, as of {}",
                    reference::date()
                );
                tell(Diagnostic::new(Code::InvalidArnResource, at, message).help(help));
            }
            return;
        }
        let (service, partition) = (self.service, self.partition);
        let mut says = |code, message: String, help: String| {
            let finding = Diagnostic::new(code, at, message).help(help);
            tell(if code == Code::InvalidArnAccount {
                unless_placeholder(finding, self.account)
            } else if code == Code::InvalidArnRegion {
                unless_placeholder(finding, self.region)
            } else {
                finding
            });
        };
        if is_written(self.region) && forms.iter().all(|form| form.region.is_empty()) {
            says(
                Code::ArnRegionNotAllowed,
                format!("ARNs of this resource of {service} have no Region, so this matches none"),
                format!("write `arn:{partition}:{service}::{}:{}`", self.account, self.resource),
            );
        } else if self.region.is_empty() && forms.iter().all(|form| form.region == "${Region}") {
            says(
                Code::MissingArnRegion,
                format!("ARNs of this resource of {service} name a Region, so this matches none"),
                format!("write `arn:{partition}:{service}:*:{}:{}`", self.account, self.resource),
            );
        } else if is_plain(self.region) && self.region != "aws" && !is_region(self.region) {
            let near = nearest(self.region, partition::regions());
            let help = near.map_or_else(
                || "write a Region such as eu-west-1, or `*`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            says(Code::InvalidArnRegion, format!("`{}` is not a Region", self.region), help);
        } else if is_plain(self.region)
            && is_plain(partition)
            && partition::of_region(self.region).id != partition
        {
            let of = partition::of_region(self.region).id;
            says(
                Code::InvalidArnRegion,
                format!("`{}` is a Region of the partition {of}, and this names {partition}", self.region),
                format!("write `arn:{of}:{service}:{}:…`", self.region),
            );
        }
        let has_account = |text: &str| forms.iter().any(|form| form.account == text);
        if is_written(self.account) && forms.iter().all(|form| form.account.is_empty()) {
            says(
                Code::ArnAccountNotAllowed,
                format!("ARNs of this resource of {service} name no account, so this matches none"),
                format!("write `arn:{partition}:{service}:{}::{}`", self.region, self.resource),
            );
        } else if self.account.is_empty()
            && forms.iter().all(|form| form.account == "${Account}")
            // Documents and parameters that AWS publishes are of no account.
            && service != "ssm"
        {
            says(
                Code::MissingArnAccount,
                format!("ARNs of this resource of {service} name an account, so this matches none"),
                "write the twelve digits of the account, or `*`".to_owned(),
            );
        } else if is_plain(self.account)
            && !has_account(self.account)
            && !matches!(self.account, "aws" | "amazon" | "cloudfront" | "aws-marketplace" | "third-party")
            && self.account.parse::<AccountId>().is_err()
        {
            says(
                Code::InvalidArnAccount,
                format!("`{}` is not the id of an account", self.account),
                "an account id has twelve digits".to_owned(),
            );
        }
    }

    /// Whether the resource can be the one that the policy is attached to.
    fn belongs(&self, kind: PolicyKind, at: Span, tell: &mut dyn FnMut(Diagnostic)) {
        let own: &[&str] = match kind {
            PolicyKind::Bucket => &["s3", "s3express"],
            PolicyKind::AccessPoint => &["s3", "s3express", "s3-outposts", "s3-object-lambda"],
            PolicyKind::Key => &["kms"],
            PolicyKind::Identity
            | PolicyKind::Boundary
            | PolicyKind::Session
            | PolicyKind::Trust
            | PolicyKind::Scp
            | PolicyKind::Rcp
            | PolicyKind::Endpoint
            | PolicyKind::Resource
            | PolicyKind::Permissions => return,
        };
        if is_plain(self.service) && !own.contains(&self.service) {
            let message = format!("a {} is about no resource of {}", kind.describe(), self.service);
            let help = "name the resource that the policy is attached to";
            tell(Diagnostic::new(Code::UnsupportedResourceArnInPolicy, at, message).help(help));
        }
    }
}

/// IAM completes an ARN that ends early, where it names a service and leaves no part empty on the way.
fn short(kind: PolicyKind, text: &str, at: Span, tell: &mut dyn FnMut(Diagnostic)) {
    let parts = text.splitn(6, ':').count();
    if !kind.completes_arns() || !text.starts_with("arn:") || parts == 6 || symbol::is_unknown_in(text) {
        return;
    }
    let message = format!("`{text}` has {parts} of the six parts of an ARN");
    let help = "write arn:partition:service:region:account:resource; parts may be empty";
    if text.split(':').nth(2).is_none_or(str::is_empty) || text.contains("::") {
        tell(Diagnostic::new(Code::MissingArnField, at, message).help(help));
    } else if !text.ends_with('*') {
        let message = format!("{message}, and IAM fills in `*` for the others");
        tell(Diagnostic::new(Code::MissingArnField, at, message).level(Severity::Warning).help(help));
    }
}

/// A bucket policy is about one bucket.
fn one_bucket<'a>(resources: impl Iterator<Item = (&'a str, Span)>, tell: &mut dyn FnMut(Diagnostic)) {
    let mut first: Option<(&str, Span)> = None;
    for (text, at) in resources {
        let Some(parts) = Parts::read(text).filter(|parts| parts.service == "s3") else { continue };
        let bucket = parts.resource.split('/').next().unwrap_or_default();
        if !is_plain(bucket) {
            continue;
        }
        match first {
            None => first = Some((bucket, at)),
            Some((other, there)) if other != bucket => {
                let message = format!("one bucket policy names the buckets {other} and {bucket}");
                let finding = Diagnostic::new(Code::UnsupportedResourceArnInPolicy, at, message);
                tell(
                    finding
                        .because(there, "the other bucket")
                        .help("a bucket policy is about its own bucket alone"),
                );
                return;
            }
            Some(_) => {}
        }
    }
}
