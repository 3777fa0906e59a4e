//! One request, named in full.

use crate::eval::{Caller, CallerKind, Context, ContextValue, Request, SessionName};
use crate::logic::Assignment;
use crate::name::{ActionName, Arn, ConditionKey, keys};

/// The keys that a principal as a variable settles; the others of a caller are variables of their own.
const OF_PRINCIPAL: [&str; 2] = ["aws:PrincipalArn", "aws:PrincipalAccount"];

/// A request that a document can be asked about.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The action of the request.
    pub action: ActionName,
    /// The ARN, or `*` for actions that have none.
    pub resource: String,
    pub(super) caller: Caller,
    /// A caller that is no identity of an account, by what policies call it.
    other: Option<String>,
    /// All other keys; one that is not listed is absent.
    pub keys: Assignment,
}

impl Asked {
    /// By an identity of an account; `session` is the name of a role's session.
    pub fn by_identity(
        action: ActionName,
        resource: String,
        arn: &str,
        session: Option<&str>,
    ) -> Option<Self> {
        let mut caller = Caller::parse(arn).ok().filter(Caller::has_identity)?;
        if let Some(name) = session {
            caller.session = SessionName::Known(name.into());
        }
        Some(Self { action, resource, caller, other: None, keys: Assignment::new() })
    }

    /// By a service, a provider, or what else has no ARN in an account; nothing stands for an anonymous caller.
    pub fn by_other(action: ActionName, resource: String, name: Option<&str>) -> Option<Self> {
        let anonymous = || Caller::parse("anonymous").ok();
        let caller = match name {
            Some(name) => Caller::parse(name).ok().filter(|c| !c.has_identity()).or_else(anonymous)?,
            None => anonymous()?,
        };
        Some(Self { action, resource, caller, other: name.map(str::to_owned), keys: Assignment::new() })
    }

    /// How to call the one who asks: an ARN, a name, or `anonymous`.
    pub fn caller(&self) -> String {
        match (&self.other, &self.caller.session) {
            (Some(other), _) => other.clone(),
            (None, SessionName::Known(session)) if self.caller.kind == CallerKind::Role => {
                let account = self.caller.account.map_or_else(String::new, |a| a.to_string());
                let resource = format!("assumed-role/{}/{session}", self.caller.short_name());
                Arn::of(&self.caller.partition, "sts", "", &account, &resource).as_str().to_owned()
            }
            (None, SessionName::Known(_) | SessionName::Unknown | SessionName::ChosenIn(_)) => {
                self.caller.name.to_string()
            }
        }
    }

    /// The ARN of the role whose session asks, which the session's own ARN tells without its path (R28).
    pub fn role_of_session(&self) -> Option<&str> {
        let session =
            self.caller.kind == CallerKind::Role && matches!(self.caller.session, SessionName::Known(_));
        (session && self.other.is_none()).then_some(&*self.caller.name)
    }

    pub(super) fn outsider(&self) -> Option<&str> {
        self.other.as_deref()
    }

    pub(super) fn request<'r>(&'r self, context: &'r Context) -> Request<'r> {
        Request {
            caller: &self.caller,
            action: &self.action,
            resource: &self.resource,
            within: None,
            resource_account: None,
            context,
        }
    }

    /// The keys of the request. What is known of every request of the document stands behind what is named.
    pub(super) fn context(&self, facts: &[(ConditionKey, ContextValue)]) -> Context {
        let mut context = Context::new("", ContextValue::Absent);
        for (key, value) in keys::always_present() {
            context.set(key.name, ContextValue::one(value));
        }
        if self.caller.has_identity() {
            for (key, slot) in self.caller.keys().filter(|(key, _)| OF_PRINCIPAL.contains(key)) {
                context.set(key, slot);
            }
            if let Some(account) = self.caller.account {
                context.set("kms:CallerAccount", ContextValue::one(account.to_string()));
            }
        }
        for (key, slot) in facts {
            context.insert(key.clone(), slot.clone());
        }
        for (name, values) in &self.keys {
            let key = ConditionKey::new(name);
            let slot = match values.as_deref() {
                None => ContextValue::Absent,
                Some([only]) if !key.is_multivalued() => ContextValue::one(only.as_str()),
                Some(many) => ContextValue::many(many.iter().map(String::as_str)),
            };
            context.insert(key, slot);
        }
        context
    }
}

/// Keys that every request has and a document asks for, with an ordinary value, where nothing says more of them.
pub(super) fn ordinary(keys: &Assignment, asks_for: impl Fn(&ConditionKey) -> bool) -> Assignment {
    let missing = keys::always_present().filter(|(key, _)| {
        let key = ConditionKey::new(key.name);
        asks_for(&key) && !keys.iter().any(|(name, _)| ConditionKey::new(name) == key)
    });
    missing.map(|(key, value)| (key.name.to_owned(), Some(vec![value.to_owned()]))).collect()
}
