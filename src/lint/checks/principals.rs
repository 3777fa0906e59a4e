//! Principals that a kind of policy does not take, or that are trusted with too little said.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use super::pins::pins;
use crate::diagnostic::{Code, Diagnostic};
use crate::lint::allows;
use crate::name::keys::Subject;
use crate::name::{partition, symbol};
use crate::policy::{Policy, PolicyKind, PrincipalKind, PrincipalPattern, Scope, Statement, Test};
use crate::source::{Span, Spanned};

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for statement in &policy.statements {
        let Some(scope) = &statement.principals else { continue };
        for principal in scope.listed() {
            form(policy.kind, principal, tell);
        }
    }
    for statement in allows(policy) {
        let Some(Scope::In(principals)) = &statement.principals else { continue };
        if policy.kind == PolicyKind::Trust {
            trusted(statement, principals, tell);
        } else if matches!(
            policy.kind,
            PolicyKind::Bucket | PolicyKind::AccessPoint | PolicyKind::Key | PolicyKind::Resource
        ) {
            confused_deputy(statement, principals, tell);
        }
    }
    foreign_actions(policy, tell);
}

/// A variable by the name of a context key; others are those of templates.
fn variable(text: &str, at: Span, tell: &mut dyn FnMut(Diagnostic)) {
    let inside = text.split_once("${").and_then(|(_, rest)| rest.split_once('}'));
    if inside.is_some_and(|(name, _)| name.contains(':') && !name.contains("::")) {
        let message = "no policy variable works in `Principal`";
        tell(
            Diagnostic::new(Code::VariableUnsupportedInElement, at, message)
                .help("name the principal, or trust its account and test the variable in `Condition`"),
        );
    }
}

fn form(kind: PolicyKind, principal: &Spanned<PrincipalPattern>, tell: &mut dyn FnMut(Diagnostic)) {
    let text = &*principal.value.text;
    if symbol::is_in(text) || text.contains("${") {
        variable(text, principal.span, tell);
        return;
    }
    match principal.value.kind {
        PrincipalKind::Federated if kind != PolicyKind::Trust => {
            let message = format!("a {} takes no principals of kind Federated", kind.describe());
            tell(
                Diagnostic::new(Code::FederatedPrincipalNotSupported, principal.span, message)
                    .help("name the role that the federated user becomes"),
            );
        }
        PrincipalKind::Federated if !is_provider(text) => {
            let message = format!("`{text}` is neither the domain of a provider nor the ARN of one");
            tell(Diagnostic::new(
                Code::InvalidFederatedPrincipalSyntaxInRoleTrustPolicy,
                principal.span,
                message,
            )
            .help("write arn:aws:iam::ACCOUNT:saml-provider/NAME or arn:aws:iam::ACCOUNT:oidc-provider/HOST"));
        }
        PrincipalKind::Service if partition::without_suffix(text).is_none() => {
            let message = format!("`{text}` is not the name of a service principal");
            tell(
                Diagnostic::new(Code::InvalidServicePrincipalFormat, principal.span, message)
                    .help("service principals end in amazonaws.com, such as ec2.amazonaws.com"),
            );
        }
        PrincipalKind::Service
        | PrincipalKind::Federated
        | PrincipalKind::Everyone
        | PrincipalKind::Account(_)
        | PrincipalKind::Role
        | PrincipalKind::User
        | PrincipalKind::Session
        | PrincipalKind::FederatedUser
        | PrincipalKind::UniqueId
        | PrincipalKind::Canonical
        | PrincipalKind::OriginAccess
        | PrincipalKind::Unresolved => {}
    }
}

/// The domain of a public provider, or the ARN of one of the account.
fn is_provider(text: &str) -> bool {
    if text.starts_with("arn:") {
        return text.contains(":saml-provider/") || text.contains(":oidc-provider/");
    }
    let label = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let host = text.split('/').next().unwrap_or_default();
    host.contains('.') && host.split('.').all(label)
}

fn lists(statement: &Statement, folded: &str) -> bool {
    let listed =
        statement.actions.listed().iter().any(|action| action.value.covers_folded(folded) == Some(true));
    listed != statement.actions.is_negated()
}

fn trusted(
    statement: &Statement,
    principals: &[Spanned<PrincipalPattern>],
    tell: &mut dyn FnMut(Diagnostic),
) {
    for principal in principals {
        let text = &*principal.value.text;
        match principal.value.kind {
            PrincipalKind::Everyone => {
                let message = "everyone may ask for this role: any account, and what is in it";
                tell(
                    Diagnostic::new(
                        Code::RoleTrustPolicyUnsupportedWildcardInPrincipal,
                        principal.span,
                        message,
                    )
                    .help("name the accounts, roles or services that may assume it"),
                );
            }
            PrincipalKind::Federated => mismatched(statement, text, principal.span, tell),
            PrincipalKind::Service if text == "rolesanywhere.amazonaws.com" => {
                let needed = ["sts:assumerole", "sts:setsourceidentity", "sts:tagsession"];
                if !needed.iter().all(|action| lists(statement, action)) {
                    let message =
                        "IAM Roles Anywhere needs three actions to open a session, and not all are here";
                    tell(
                        Diagnostic::new(
                            Code::MissingActionForRolesAnywhereTrustPolicy,
                            principal.span,
                            message,
                        )
                        .help("allow sts:AssumeRole, sts:SetSourceIdentity and sts:TagSession"),
                    );
                }
            }
            PrincipalKind::Session => {
                let mut parts = text.splitn(6, ':');
                let (account, session) = (parts.nth(4).unwrap_or_default(), parts.next().unwrap_or_default());
                let role = session.split('/').nth(1).unwrap_or_default();
                let is_role = |other: &&Spanned<PrincipalPattern>| {
                    other.value.kind == PrincipalKind::Role
                        && other.value.text.split(':').nth(4) == Some(account)
                        && other.value.text.rsplit('/').next() == Some(role)
                };
                if let Some(other) = principals.iter().find(is_role) {
                    let message = "the role beside it covers all its sessions, this one too";
                    tell(
                        Diagnostic::new(Code::RedundantPrincipalInRoleTrustPolicy, principal.span, message)
                            .because(other.span, "the role")
                            .help("remove the session"),
                    );
                }
            }
            PrincipalKind::Account(_)
            | PrincipalKind::Role
            | PrincipalKind::User
            | PrincipalKind::FederatedUser
            | PrincipalKind::UniqueId
            | PrincipalKind::Service
            | PrincipalKind::Canonical
            | PrincipalKind::OriginAccess
            | PrincipalKind::Unresolved => {}
        }
    }
    let people = principals.iter().find(|p| {
        matches!(p.value.kind, PrincipalKind::Account(_) | PrincipalKind::Role | PrincipalKind::User)
    });
    if let Some(principal) = people
        && let Some(action) = statement.actions.listed().iter().find(|action| {
            matches!(action.value.folded(), "sts:assumerolewithsaml" | "sts:assumerolewithwebidentity")
        })
        && !principals.iter().any(|p| p.value.kind == PrincipalKind::Federated)
        && !statement.actions.is_negated()
    {
        let message = format!("{} comes with no token of a provider", principal.value.text);
        tell(
            Diagnostic::new(Code::MismatchedActionForPrincipal, action.span, message)
                .because(principal.span, "the principal")
                .help("write sts:AssumeRole"),
        );
    }
}

/// Users of a SAML provider and of an OIDC provider come with different calls.
fn mismatched(statement: &Statement, provider: &str, at: Span, tell: &mut dyn FnMut(Diagnostic)) {
    let (own, others) = if provider.contains(":saml-provider/") {
        ("sts:AssumeRoleWithSAML", ["sts:assumerolewithwebidentity", "sts:assumerole"])
    } else {
        ("sts:AssumeRoleWithWebIdentity", ["sts:assumerolewithsaml", "sts:assumerole"])
    };
    if statement.actions.is_negated() {
        return;
    }
    if let Some(action) =
        statement.actions.listed().iter().find(|action| others.contains(&action.value.folded()))
    {
        let message = format!("users of this provider come with {own}, not with {}", action.value.written());
        tell(
            Diagnostic::new(Code::MismatchedActionForPrincipal, action.span, message)
                .because(at, "the provider")
                .help(format!("write {own}")),
        );
    }
}

fn is_of(test: &Test, wanted: &[Subject]) -> bool {
    test.key.value.facts().is_some_and(|facts| wanted.contains(&facts.subject))
}

/// Keys that hold a service to resources of an account, in words of the service.
const OTHER_LIMITS: &[&str] = &["aws:sourceowner", "kms:calleraccount", "kms:viaservice"];

/// A service acts for everyone who asks it to.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
fn confused_deputy(
    statement: &Statement,
    principals: &[Spanned<PrincipalPattern>],
    tell: &mut dyn FnMut(Diagnostic),
) {
    let only_services = principals.iter().all(|p| p.value.kind == PrincipalKind::Service);
    let Some(service) = principals.iter().find(|p| p.value.kind == PrincipalKind::Service) else { return };
    let limits = |test: &&Test| !test.operator.negated;
    let tests = || statement.tests.iter().filter(limits);
    let mut sources = tests()
        .filter(|test| is_of(test, &[Subject::Source]) && test.key.value.folded() != "aws:sourceowner")
        .peekable();
    if let Some(first) = sources.peek().copied() {
        if !sources.any(pins) {
            let message = format!(
                "{} acts for every account that asks it to, and this `{}` leaves the account open",
                service.value.text, first.key.value
            );
            tell(
                Diagnostic::new(Code::RestrictAccessToServicePrincipal, first.key.span, message)
                    .because(service.span, "the service")
                    .help("name the account, in the ARN or with `aws:SourceAccount`, and drop `IfExists`"),
            );
        }
        return;
    }
    let personal =
        tests().find(|test| !test.if_exists && is_of(test, &[Subject::Identity, Subject::Session]));
    if let Some(test) = personal.filter(|_| only_services) {
        let message = format!("a service has no `{}`, so this lets none in", test.key.value);
        tell(
            Diagnostic::new(Code::UnsupportedConditionKeyForServicePrincipal, test.key.span, message)
                .because(service.span, "the service")
                .help("test `aws:SourceArn`, `aws:SourceAccount` or `aws:SourceOrgID`"),
        );
        return;
    }
    // The context that a service gives names the resource that it acts for.
    if tests().any(|test| test.key.value.folded().starts_with("kms:encryptioncontext:aws:")) {
        return;
    }
    let help = "test `aws:SourceArn` or `aws:SourceAccount`, or `aws:SourceOrgID` for all accounts of an organization";
    let other = tests().find(|test| {
        OTHER_LIMITS.contains(&test.key.value.folded())
            || test.key.value.folded().starts_with("kms:encryptioncontext:")
    });
    if let Some(test) = other {
        let message = format!(
            "`{}` says less of whom {} acts for than the keys made for it",
            test.key.value, service.value.text
        );
        tell(
            Diagnostic::new(Code::RecommendedConditionKeyForServicePrincipal, test.key.span, message)
                .help(help),
        );
        return;
    }
    let message = format!(
        "{} acts for every account that asks it to, and no line says for which one",
        service.value.text
    );
    tell(Diagnostic::new(Code::RestrictAccessToServicePrincipal, service.span, message).help(help));
}

/// Actions that are never asked of the resource which a policy is attached to.
fn foreign_actions(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    let own: &[&str] = match policy.kind {
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
    for action in policy.statements.iter().flat_map(|statement| statement.actions.listed()) {
        let Some(service) = action.value.service() else { continue };
        // These are asked of an account, before there is a bucket.
        let of_account =
            matches!(action.value.folded(), "s3:listallmybuckets" | "kms:createkey" | "kms:listkeys");
        if !own.contains(&service) || of_account {
            let message = format!(
                "`{}` does not apply to the resource of a {}",
                action.value.written(),
                policy.kind.describe()
            );
            tell(
                Diagnostic::new(Code::UnsupportedActionInPolicy, action.span, message)
                    .level(crate::diagnostic::Severity::Warning)
                    .help("allow it in the policy of the identity"),
            );
        }
    }
}
