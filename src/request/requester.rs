//! Who makes a request, and what the estate holds of them.

use std::fmt;
use std::sync::Arc;

use crate::estate::{Estate, Identity, Known, SharedPolicy, Tags};
use crate::eval::{Caller, CallerError, CallerKind, Context, Session, SessionName};
use crate::name::{AccountId, symbol};

/// A caller, and the role or user behind it where the estate holds one.
#[derive(Clone, Debug)]
pub(crate) struct Requester<'e> {
    pub(crate) caller: Caller,
    pub(crate) identity: Option<Identity<'e>>,
    /// What its session was given when it was started.
    pub(crate) inherited: Option<Inherited>,
}

/// What a session was given when it was started: it is laid over the keys that its role has by itself.
#[derive(Clone)]
pub(crate) struct Inherited(Arc<dyn Fn(&mut Context) + Send + Sync>);

impl Inherited {
    pub(crate) fn new(lay_over: impl Fn(&mut Context) + Send + Sync + 'static) -> Self {
        Self(Arc::new(lay_over))
    }

    pub(super) fn lay_over(&self, context: &mut Context) {
        (self.0)(context);
    }
}

impl fmt::Debug for Inherited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inherited")
    }
}

impl<'e> Requester<'e> {
    /// Who is meant by an ARN, by another name of the estate, by `service:NAME` or `federated:ARN`.
    pub(crate) fn find(estate: &'e Estate, by: &str, session: &Session) -> Result<Self, CallerError> {
        let text = by.strip_prefix("service:").or_else(|| by.strip_prefix("federated:")).unwrap_or(by);
        let text = estate.identity_called(text).map_or(text, |arn| arn.as_str());
        let mut caller = Caller::parse(text)?;
        if by.starts_with("federated:") {
            caller.kind = CallerKind::Federated;
        }
        let identity = behind(estate, &caller);
        if let Some(identity) = identity {
            caller.name = identity.arn().as_str().into();
            caller.has_path = true;
            caller.id = identity.id().map(Into::into);
            caller.has_boundary = matches!(identity.boundary(), Known::Provided(Some(_)));
        }
        Ok(Self { caller, identity, inherited: None }.in_session(session))
    }

    /// The same in a session of which the name may be known.
    pub(crate) fn in_session(mut self, session: &Session) -> Self {
        if let Some(name) = &session.name
            && self.caller.session == SessionName::Unknown
        {
            self.caller.session = SessionName::Known(name.as_str().into());
        }
        self
    }

    /// A role or user of the estate.
    pub(crate) fn of(identity: Identity<'e>) -> Result<Self, CallerError> {
        let mut caller = Caller::parse(identity.arn().as_str())?;
        caller.id = identity.id().map(Into::into);
        caller.has_boundary = matches!(identity.boundary(), Known::Provided(Some(_)));
        Ok(Self { caller, identity: Some(identity), inherited: None })
    }

    /// Somebody whom nobody named: in this account, or in any.
    pub(crate) fn open(account: Option<AccountId>, partition: &str) -> Self {
        let name = match account {
            Some(account) => {
                format!("arn:{partition}:iam::{account}:role/{}", symbol::identity("another principal"))
            }
            None => symbol::identity("a principal of another account"),
        };
        let mut caller = Caller::unnamed(name.into());
        caller.partition = partition.into();
        caller.account = account;
        Self { caller, identity: None, inherited: None }
    }

    /// Somebody whom nobody named, in some account of this organization.
    pub(crate) fn of_organization(id: &str, partition: &str) -> Self {
        let mut requester = Self::open(None, partition);
        requester.caller.organization = Some(id.into());
        requester
    }

    /// A service that nobody named.
    pub(crate) fn any_service() -> Self {
        let mut caller = Caller::unnamed(symbol::identity("an AWS service").into());
        caller.kind = CallerKind::Service;
        Self { caller, identity: None, inherited: None }
    }

    /// What to call it in a sentence.
    pub(crate) fn name(&self) -> String {
        if !self.caller.unnamed {
            return self.caller.name.to_string();
        }
        match (self.caller.kind, self.caller.account, &self.caller.organization) {
            (CallerKind::Service, _, _) => "AWS services".to_owned(),
            (_, Some(account), _) => format!("other principals of account {account}"),
            (_, None, Some(organization)) => {
                format!("principals of other accounts of organization {organization}")
            }
            (_, None, None) => "principals of other accounts".to_owned(),
        }
    }

    /// The name of the role or user without its path.
    pub(crate) fn short_name(&self) -> String {
        if self.caller.unnamed { self.name() } else { self.caller.short_name().to_owned() }
    }

    pub(crate) fn is_service_linked(&self) -> bool {
        self.identity.map_or_else(|| self.caller.is_service_linked(), Identity::is_service_linked)
    }

    pub(crate) fn policies(&self) -> &'e Known<Vec<SharedPolicy>> {
        self.identity.map_or(&Known::NotProvided, Identity::policies)
    }

    pub(crate) fn boundary(&self) -> &'e Known<Option<SharedPolicy>> {
        self.identity.map_or(&Known::NotProvided, Identity::boundary)
    }

    pub(crate) fn tags(&self) -> &'e Known<Tags> {
        self.identity.map_or(&Known::NotProvided, Identity::tags)
    }
}

/// A session's ARN lacks the path of its role, which is then found by its name.
fn behind<'e>(estate: &'e Estate, caller: &Caller) -> Option<Identity<'e>> {
    match caller.kind {
        CallerKind::Role => estate
            .roles
            .maybe_called_either(&caller.name, caller.short_name())
            .into_iter()
            .find(|role| {
                role.arn.value.as_str() == &*caller.name
                    || (matches!(caller.session, SessionName::Known(_))
                        && role.arn.value.account() == caller.account
                        && role.name() == caller.short_name())
            })
            .map(Identity::Role),
        CallerKind::User => estate.user(&caller.name).map(Identity::User),
        CallerKind::Root
        | CallerKind::FederatedUser
        | CallerKind::Service
        | CallerKind::Federated
        | CallerKind::KnownToS3
        | CallerKind::Anonymous => None,
    }
}
