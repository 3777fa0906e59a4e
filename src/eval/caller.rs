use super::ContextValue;
use crate::name::{self, AccountId, Arn};

/// Who makes the request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What kind of principal it is.
    pub kind: CallerKind,
    /// The account it is in; `None` for services and anonymous callers.
    pub account: Option<AccountId>,
    /// The partition of its ARN: `aws`, `aws-cn`, `aws-us-gov` and others.
    pub partition: Box<str>,
    /// The ARN statements name: of the role for its sessions, with the path; of the user; of the session of a
    /// federated user. For a service its name, for a federated identity the ARN of its provider.
    pub name: Box<str>,
    /// `AROA…` or `AIDA…`, when told.
    pub id: Option<Box<str>>,
    /// The name of a role is known to be whole: the ARN of a session lacks the path (R28).
    pub has_path: bool,
    /// For sessions of a role.
    pub session: SessionName,
    /// It stands for the principals of its account, or of all accounts, that nobody named.
    pub unnamed: bool,
    /// Where it is unnamed: the organization that its account is in.
    pub organization: Option<Box<str>>,
    /// A Deny with `NotPrincipal` always hits a principal that has a permissions boundary (R32).
    pub has_boundary: bool,
}

/// The kinds of principals that make requests.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum CallerKind {
    /// A session of a role.
    Role,
    /// An IAM user.
    User,
    /// The root user of an account.
    Root,
    /// A session of GetFederationToken.
    FederatedUser,
    /// An AWS service, with its own permissions.
    Service,
    /// An identity of a web or SAML provider, before it has a role.
    Federated,
    /// Whom S3 alone knows: an origin access identity of CloudFront, or whoever has a canonical user id.
    KnownToS3,
    /// A request without a signature.
    Anonymous,
}

/// Providers that trust policies name without an ARN, besides [`COGNITO`].
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
const WEB_PROVIDERS: &[&str] = &["accounts.google.com", "graph.facebook.com", "www.amazon.com"];

/// How a caller is written of whom only the S3 canonical user id is known.
pub(crate) const CANONICAL: &str = "canonical:";

/// A provider that is a service elsewhere.
const COGNITO: &str = "cognito-identity.amazonaws.com";

/// Whether trust policies name this provider of web identities without an ARN.
pub fn is_web_provider(name: &str) -> bool {
    name == COGNITO || WEB_PROVIDERS.contains(&name)
}

/// The name of a role session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionName {
    /// The name is known.
    Known(Box<str>),
    /// Only known when the role is assumed.
    Unknown,
    /// Chosen in this earlier request of the question.
    ChosenIn(&'static str),
}

impl SessionName {
    /// The request that chooses it.
    pub(crate) fn request(&self) -> &'static str {
        match self {
            Self::ChosenIn(request) => request,
            Self::Known(_) | Self::Unknown => "session",
        }
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a caller: write the ARN of a role, user or session, a service such as ec2.amazonaws.com, or `anonymous`"
)]
/// What is wrong with the name of a caller.
pub struct CallerError(pub String);

impl Caller {
    /// Read who calls from an ARN or a service name.
    pub fn parse(text: &str) -> Result<Self, CallerError> {
        let wrong = || CallerError(text.to_owned());
        if text == "anonymous" {
            return Ok(Self::plain(CallerKind::Anonymous, "anonymous"));
        }
        if name::is_origin_access_identity(text) || text.starts_with(CANONICAL) {
            return Ok(Self::plain(CallerKind::KnownToS3, text));
        }
        let Ok(arn) = text.parse::<Arn>() else {
            if WEB_PROVIDERS.contains(&text) {
                return Ok(Self::plain(CallerKind::Federated, text));
            }
            let service = text.contains('.') && !text.contains([':', '/', ' ', '*']);
            return if service { Ok(Self::plain(CallerKind::Service, text)) } else { Err(wrong()) };
        };
        let account = arn.account();
        let resource = arn.resource();
        let kind_of_resource = resource.split('/').next().unwrap_or("");
        let mut caller = Self::plain(CallerKind::Role, text);
        caller.partition = arn.partition().into();
        caller.account = account;
        match (arn.service(), kind_of_resource) {
            ("iam", "root") if resource == "root" => caller.kind = CallerKind::Root,
            ("iam", "role") if resource.len() > "role/".len() => {}
            ("iam", "user") if resource.len() > "user/".len() => caller.kind = CallerKind::User,
            ("sts", "assumed-role") => {
                let (role, session) =
                    arn.resource_of("assumed-role").and_then(|r| r.split_once('/')).ok_or_else(wrong)?;
                if role.is_empty() || session.is_empty() {
                    return Err(wrong());
                }
                // A session's ARN lacks the path of its role (R28).
                caller.name =
                    Arn::of(arn.partition(), "iam", "", arn.account_text(), &format!("role/{role}"))
                        .as_str()
                        .into();
                caller.has_path = false;
                caller.session = SessionName::Known(session.into());
            }
            ("sts", "federated-user") => caller.kind = CallerKind::FederatedUser,
            ("iam", "oidc-provider" | "saml-provider") => caller.kind = CallerKind::Federated,
            (_, _) => return Err(wrong()),
        }
        if account.is_none() {
            return Err(wrong());
        }
        Ok(caller)
    }

    /// A principal of some account that nobody named.
    pub(crate) fn unnamed(name: Box<str>) -> Self {
        Self { unnamed: true, ..Self::plain(CallerKind::Role, &name) }
    }

    fn plain(kind: CallerKind, name: &str) -> Self {
        Self {
            kind,
            account: None,
            partition: "aws".into(),
            name: name.into(),
            id: None,
            has_path: true,
            session: SessionName::Unknown,
            unnamed: false,
            organization: None,
            has_boundary: false,
        }
    }

    /// The value of aws:PrincipalType.
    pub fn principal_type(&self) -> Option<&'static str> {
        Some(match self.kind {
            CallerKind::Role => "AssumedRole",
            CallerKind::User => "User",
            CallerKind::Root => "Account",
            CallerKind::FederatedUser => "FederatedUser",
            CallerKind::Anonymous => "Anonymous",
            CallerKind::Service | CallerKind::Federated | CallerKind::KnownToS3 => return None,
        })
    }

    /// The context keys that follow from who calls, whatever is called (R46).
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
    pub fn keys(&self) -> impl Iterator<Item = (&'static str, ContextValue)> + '_ {
        let identity = self.has_identity().then(|| {
            let account =
                self.account.map(|account| ("aws:PrincipalAccount", ContextValue::one(account.to_string())));
            // The name a user has; roles and sessions have none.
            let name = match self.kind {
                CallerKind::User => ContextValue::one(self.short_name()),
                CallerKind::Role
                | CallerKind::Root
                | CallerKind::FederatedUser
                | CallerKind::Service
                | CallerKind::Federated
                | CallerKind::KnownToS3
                | CallerKind::Anonymous => ContextValue::Absent,
            };
            [
                Some(("aws:PrincipalArn", ContextValue::one(&*self.name))),
                account,
                Some(("aws:username", name)),
            ]
        });
        let kind = self.principal_type().map(|kind| ("aws:PrincipalType", ContextValue::one(kind)));
        let service = match self.kind {
            CallerKind::Service => Some(ContextValue::one("true")),
            CallerKind::Anonymous => Some(ContextValue::Absent),
            // AWS does not say which keys the requests of an origin access identity have.
            CallerKind::KnownToS3 => None,
            CallerKind::Role
            | CallerKind::User
            | CallerKind::Root
            | CallerKind::FederatedUser
            | CallerKind::Federated => Some(ContextValue::one("false")),
        };
        let service = service.map(|slot| ("aws:PrincipalIsAWSService", slot));
        let nobody = (self.kind == CallerKind::Anonymous)
            .then(|| ("aws:PrincipalAccount", ContextValue::one("anonymous")));
        identity.into_iter().flatten().flatten().chain(kind).chain(nobody).chain(service)
    }

    /// The part of the ARN behind the last slash: the name of the role or user.
    pub fn short_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// A session of a role that a service alone uses; neither SCPs nor RCPs limit it (R76, R79, R86). The ARN of a
    /// session lacks the path of its role, whose name then tells: IAM keeps it for these roles.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html>
    pub fn is_service_linked(&self) -> bool {
        let name = self.name.split_once(":role/").map_or("", |(_, name)| name);
        let lacks_path = !self.has_path && !name.contains('/');
        self.kind == CallerKind::Role
            && (name.starts_with("aws-service-role/")
                || (lacks_path && name.starts_with("AWSServiceRoleFor")))
    }

    /// Whether a unique id may be the caller's, whose own is not known: those of roles and of users start differently.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes>
    pub(crate) fn may_have_id(&self, id: &str) -> bool {
        let start = match self.kind {
            CallerKind::Role => "AROA",
            CallerKind::User => "AIDA",
            CallerKind::Root
            | CallerKind::FederatedUser
            | CallerKind::Service
            | CallerKind::Federated
            | CallerKind::KnownToS3
            | CallerKind::Anonymous => return false,
        };
        self.id.is_none() && !self.unnamed && id.starts_with(start)
    }

    /// Whether permissions come from policies attached to an identity in an account.
    pub fn has_identity(&self) -> bool {
        match self.kind {
            CallerKind::Role | CallerKind::User | CallerKind::Root | CallerKind::FederatedUser => true,
            CallerKind::Service | CallerKind::Federated | CallerKind::KnownToS3 | CallerKind::Anonymous => {
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_without_a_name_calls_nobody() {
        for resource in [
            "role/",
            "user/",
            "rootx",
            "root/x",
            "group/x",
            "assumed-role/a",
            "assumed-role//s",
            "assumed-role/a/",
        ] {
            let service = if resource.starts_with("assumed") { "sts" } else { "iam" };
            let text = format!("arn:aws:{service}::111111111111:{resource}");
            assert!(Caller::parse(&text).is_err(), "{text}");
        }
        for (text, kind) in [
            ("arn:aws:iam::111111111111:root", CallerKind::Root),
            ("arn:aws:iam::111111111111:role/a", CallerKind::Role),
            ("arn:aws:iam::111111111111:role/path/a", CallerKind::Role),
            ("arn:aws:iam::111111111111:user/a", CallerKind::User),
            ("arn:aws:sts::111111111111:assumed-role/a/s", CallerKind::Role),
            ("s3.amazonaws.com", CallerKind::Service),
            ("anonymous", CallerKind::Anonymous),
        ] {
            assert_eq!(Caller::parse(text).unwrap().kind, kind, "{text}");
        }
    }
}
