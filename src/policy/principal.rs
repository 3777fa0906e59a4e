use crate::name::{AccountId, Arn, symbol};

/// An entry of `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalPattern {
    /// What it names.
    pub kind: PrincipalKind,
    /// As written.
    pub text: Box<str>,
}

/// What kind of principal an entry names; it decides what else can limit the access it gives (R26, R65).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// `*`: everyone, anonymous callers included (R31).
    Everyone,
    /// An account, which may delegate to its principals (R27).
    Account(AccountId),
    /// A role.
    Role,
    /// A user.
    User,
    /// One session of a role, by its exact name (R29).
    Session,
    /// A session of GetFederationToken.
    FederatedUser,
    /// What IAM shows in place of a principal that was deleted (R30).
    UniqueId,
    /// An AWS service.
    Service,
    /// An identity provider.
    Federated,
    /// An account, or an origin access identity, by its S3 canonical user id.
    Canonical,
    /// An origin access identity of CloudFront, in the form that S3 stores under `AWS`.
    OriginAccess,
    /// The input leaves open who it is.
    Unresolved,
}

/// Why a principal is refused.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum PrincipalError {
    /// A wildcard inside a principal; only a lone `*` is allowed (R31).
    Wildcard,
    /// Nothing AWS would take for a principal.
    Format,
}

/// How many digits the account of a principal has, where it is not an account id: eleven, thirteen, or twelve with dashes between.
pub(super) fn account_digits(text: &str) -> Option<usize> {
    let account = match text.strip_prefix("arn:") {
        Some(rest) => rest.split(':').nth(3)?,
        None => text,
    };
    let digits = account.chars().filter(char::is_ascii_digit).count();
    let is_number =
        !account.is_empty() && account.chars().all(|c| c.is_ascii_digit() || c == '-' || c == ' ');
    (is_number && digits > 0 && account.parse::<AccountId>().is_err()).then_some(digits)
}

impl PrincipalPattern {
    /// The principal `*`.
    pub fn everyone() -> Self {
        Self { kind: PrincipalKind::Everyone, text: "*".into() }
    }

    /// An entry under `AWS`.
    pub(super) fn aws(text: &str) -> Result<Self, PrincipalError> {
        let kind = if text == "*" {
            PrincipalKind::Everyone
        } else if let Some(unresolved) = unresolved(text) {
            unresolved
        } else if text.contains(['*', '?']) {
            return Err(PrincipalError::Wildcard);
        } else if let Ok(account) = text.parse() {
            PrincipalKind::Account(account)
        } else if is_unique_id(text) {
            PrincipalKind::UniqueId
        } else {
            Self::arn_kind(text).ok_or(PrincipalError::Format)?
        };
        Ok(Self { kind, text: text.into() })
    }

    fn arn_kind(text: &str) -> Option<PrincipalKind> {
        if crate::name::is_origin_access_identity(text) {
            return Some(PrincipalKind::OriginAccess);
        }
        let arn: Arn = text.parse().ok()?;
        let account = arn.account()?;
        match (arn.service(), arn.resource().split('/').next().unwrap_or("")) {
            ("iam", "root") => Some(PrincipalKind::Account(account)),
            ("iam", "role") => Some(PrincipalKind::Role),
            ("iam", "user") => Some(PrincipalKind::User),
            // The session name must be there: it cannot be left out or matched by a pattern.
            ("sts", "assumed-role") if arn.resource().split('/').count() == 3 => Some(PrincipalKind::Session),
            ("sts", "federated-user") => Some(PrincipalKind::FederatedUser),
            (_, _) => None,
        }
    }

    pub(super) fn service(text: &str) -> Result<Self, PrincipalError> {
        if text.contains(['*', '?']) {
            return Err(PrincipalError::Wildcard);
        }
        if !text.contains('.') && !symbol::is_in(text) {
            return Err(PrincipalError::Format);
        }
        Ok(Self { kind: PrincipalKind::Service, text: text.into() })
    }

    pub(super) fn federated(text: &str) -> Result<Self, PrincipalError> {
        if text.contains(['*', '?']) {
            return Err(PrincipalError::Wildcard);
        }
        if text.is_empty() {
            return Err(PrincipalError::Format);
        }
        Ok(Self { kind: PrincipalKind::Federated, text: text.into() })
    }

    pub(super) fn canonical(text: &str) -> Result<Self, PrincipalError> {
        if text.contains(['*', '?']) {
            return Err(PrincipalError::Wildcard);
        }
        Ok(Self { kind: PrincipalKind::Canonical, text: text.into() })
    }
}

/// A text of which too much is open to say what kind of principal it names.
fn unresolved(text: &str) -> Option<PrincipalKind> {
    let open = symbol::is_unknown_in(text);
    let kind = PrincipalPattern::arn_kind(text);
    (open && kind.is_none() && text.parse::<AccountId>().is_err()).then_some(PrincipalKind::Unresolved)
}

/// `AROA…`, `AIDA…` and their kin: four letters that name the kind, then letters and digits.
fn is_unique_id(text: &str) -> bool {
    let prefix = text.get(..4).unwrap_or("");
    let known = matches!(prefix, "AROA" | "AIDA" | "AGPA" | "AIPA" | "ANPA" | "ASIA" | "AKIA");
    known && text.len() >= 8 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
