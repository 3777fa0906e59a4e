//! Context entries, and the keys that follow from caller and resource.

use smallvec::SmallVec;

use crate::eval::{Caller, CallerKind, Context, ContextValue, OpenKey};
use crate::json::{Node, Value};
use crate::logic::{Unknown, UnknownKind};
use crate::name::keys::{self, Subject};
use crate::name::{AccountId, ActionName, Arn, ConditionKey};

/// How many keys follow from caller and resource at most.
const DERIVED: usize = 8;

/// The keys the request gives. In open mode every other key is unknown, otherwise it is absent.
pub(super) fn read<'n, 's>(
    entries: Option<&'n Node<'s>>,
    open: bool,
) -> Result<Context, (&'n Node<'s>, String)> {
    let otherwise = if open {
        let because = Unknown::new(UnknownKind::ContextKey, "", "the request does not say");
        ContextValue::Open(OpenKey::any(true, because))
    } else {
        ContextValue::Absent
    };
    let mut context = Context::new("", otherwise);
    let Some(entries) = entries.filter(|e| e.value != Value::Null) else { return Ok(context) };
    let Value::Array(list) = &entries.value else {
        return Err((entries, format!("`ContextEntries` is {}, not an array", entries.kind())));
    };
    for entry in list {
        let Some(name) = entry.get("ContextKeyName").and_then(Node::as_str) else {
            return Err((entry, "a context entry has a `ContextKeyName`".to_owned()));
        };
        let typed_list = entry.get("ContextKeyType").and_then(Node::as_str).is_some_and(|t| {
            t.len() > 4 && t.get(t.len() - 4..).is_some_and(|e| e.eq_ignore_ascii_case("list"))
        });
        let Some(values) = entry.get("ContextKeyValues") else {
            return Err((entry, format!("the context entry `{name}` has no `ContextKeyValues`")));
        };
        let key = ConditionKey::new(name);
        let mut items: SmallVec<[Box<str>; 1]> = SmallVec::new();
        let nodes = match &values.value {
            Value::Array(list) => list.as_slice(),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_)
            | Value::Invalid => std::slice::from_ref(values),
        };
        for value in nodes {
            items.push(match &value.value {
                Value::String(text) => text.as_ref().into(),
                Value::Number(text) => text.as_ref().into(),
                Value::Bool(flag) => if *flag { "true" } else { "false" }.into(),
                Value::Null | Value::Array(_) | Value::Object(_) | Value::Invalid => {
                    return Err((value, format!("a value of `{name}` is {}", value.kind())));
                }
            });
        }
        let multivalued = typed_list || items.len() > 1 || key.is_multivalued();
        // Two names that differ only in case: AWS does not say which one counts (R34).
        let spelled_otherwise = context.spelling(&key).is_some_and(|other| other != key.as_str());
        let slot = if spelled_otherwise {
            let why = "the request holds this key twice, in different case";
            ContextValue::Open(OpenKey::any(false, Unknown::undocumented(name.to_owned(), why)))
        } else {
            ContextValue::Known { items, multivalued }
        };
        context.insert(key, slot);
    }
    Ok(context)
}

/// What the given keys tell about the caller that its ARN does not: the role's path, the unique id.
pub(super) fn complete_caller(caller: &mut Caller, given: &Context) {
    let one = |folded: &'static str| match given.get(&ConditionKey::new(folded)) {
        ContextValue::Known { items, .. } => items.first().cloned(),
        ContextValue::Absent
        | ContextValue::Open(_)
        | ContextValue::Prefix(_)
        | ContextValue::Inherited(_)
        | ContextValue::Choice(_) => None,
    };
    if caller.kind == CallerKind::Role
        && let Some(arn) = one("aws:principalarn").and_then(|a| a.parse::<Arn>().ok())
        && arn.service() == "iam"
        && arn.resource().starts_with("role/")
        && arn.account() == caller.account
        && arn.resource().rsplit('/').next() == Some(caller.short_name())
    {
        caller.name = arn.as_str().into();
        caller.has_path = true;
    }
    if caller.id.is_none()
        && let Some(userid) = one("aws:userid")
    {
        caller.id = userid.split(':').next().filter(|id| id.starts_with('A')).map(Into::into);
    }
}

/// The context of one action on one resource: what was given, and what follows.
pub(super) fn derive(
    given: &Context,
    caller: Option<&Caller>,
    action: &ActionName,
    resource_account: Option<AccountId>,
    open: bool,
) -> Context {
    let mut context = given.with_room(DERIVED);
    if open {
        context = context.without_misspelt();
    }
    if let Some(caller) = caller {
        for (key, slot) in caller.keys() {
            context.set_default(key, || slot);
        }
        if let Some(account) = caller.account.filter(|_| caller.has_identity() && action.service() == "kms") {
            context.set_default("kms:CallerAccount", || ContextValue::one(account.to_string()));
        }
    }
    if let Some(account) = resource_account {
        let text = account.to_string();
        context.set_default("aws:ResourceAccount", || ContextValue::one(text.as_str()));
        if action.service() == "s3" {
            context.set_default("s3:ResourceAccount", || ContextValue::one(text.as_str()));
        }
    }
    context
}

/// The same without the keys that no request of such a caller for the action has, unless it is said to (R46, R54).
pub(super) fn possible(context: &Context, caller: Option<&Caller>, action: &ActionName) -> Context {
    let mut context = context.clone().for_action(action);
    if let Some(caller) = caller {
        leave_out(&mut context, caller);
    }
    context
}

fn leave_out(context: &mut Context, caller: &Caller) {
    let mut subjects = Vec::new();
    if caller.kind != CallerKind::Service {
        subjects.push(Subject::Source);
    }
    if !caller.has_identity() && caller.kind != CallerKind::KnownToS3 {
        subjects.push(Subject::Identity);
    }
    if caller.kind == CallerKind::Anonymous {
        subjects.push(Subject::Session);
    }
    for key in subjects.into_iter().flat_map(keys::about) {
        if key.is_family() {
            context.set_family(key.name, ContextValue::Absent);
        } else {
            context.set_default(key.name, || ContextValue::Absent);
        }
    }
    if !caller.has_identity() && caller.kind != CallerKind::Federated {
        context.without_provider();
    }
}
