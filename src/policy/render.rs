//! A statement written out as JSON, as it stands or with changes.

use serde_json::{Map, Value, json};

use super::{Effect, PrincipalKind, PrincipalPattern, Scope, Statement};
use crate::source::{Span, Spanned};

/// What to write in the place of a value, an operator or a key: `None` for what is there.
pub trait Changes {
    /// What to write in place of the value at `at`, where the document does not hold it as text.
    fn value(&self, at: Span) -> Option<String>;
    /// The operator of the line whose key is at this place.
    fn operator(&self, key: Span) -> Option<String>;
    /// What to write in place of the member name at `at`, where the document does not hold it as text.
    fn key(&self, at: Span) -> Option<String>;
    /// A value to write behind the one at this place.
    fn also(&self, at: Span) -> Option<String>;
}

/// Nothing changes.
impl Changes for () {
    fn value(&self, _: Span) -> Option<String> {
        None
    }

    fn operator(&self, _: Span) -> Option<String> {
        None
    }

    fn key(&self, _: Span) -> Option<String> {
        None
    }

    fn also(&self, _: Span) -> Option<String> {
        None
    }
}

/// The statement as JSON, its elements in the usual order.
pub fn render(statement: &Statement, changes: &dyn Changes) -> Value {
    let mut out = Map::new();
    if let Some(sid) = &statement.sid {
        out.insert("Sid".to_owned(), json!(sid.value));
    }
    let effect = match statement.effect.value {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    out.insert("Effect".to_owned(), json!(effect));
    if let Some(scope) = &statement.principals {
        out.insert(element("Principal", scope), principals(scope, changes));
    }
    let actions =
        statement.actions.listed().iter().flat_map(|a| written(a.span, &a.value.written(), changes));
    out.insert(element("Action", &statement.actions), one_or_all(actions.collect()));
    if let Some(scope) = &statement.resources {
        let resources = scope.listed().iter().flat_map(|r| written(r.span, r.value.as_str(), changes));
        out.insert(element("Resource", scope), one_or_all(resources.collect()));
    }
    if !statement.tests.is_empty() {
        out.insert("Condition".to_owned(), conditions(statement, changes));
    }
    Value::Object(out)
}

/// A value as it stands or changed, and what comes behind it.
fn written(at: Span, own: &str, changes: &dyn Changes) -> impl Iterator<Item = Value> + use<> {
    let value = changes.value(at).unwrap_or_else(|| own.to_owned());
    std::iter::once(value).chain(changes.also(at)).map(Value::String)
}

fn element<P>(name: &str, scope: &Scope<P>) -> String {
    if scope.is_negated() { format!("Not{name}") } else { name.to_owned() }
}

/// One value stands by itself.
fn one_or_all(mut values: Vec<Value>) -> Value {
    match values.as_mut_slice() {
        [only] => only.take(),
        _ => Value::Array(values),
    }
}

fn principals(scope: &Scope<PrincipalPattern>, changes: &dyn Changes) -> Value {
    let everyone = |p: &Spanned<PrincipalPattern>| p.value.kind == PrincipalKind::Everyone;
    if let [only] = scope.listed()
        && everyone(only)
        && changes.value(only.span).is_none()
    {
        return json!("*");
    }
    let mut members: Vec<(&str, Vec<Value>)> = Vec::new();
    for pattern in scope.listed() {
        let member = match pattern.value.kind {
            PrincipalKind::Service => "Service",
            PrincipalKind::Federated => "Federated",
            PrincipalKind::Canonical => "CanonicalUser",
            PrincipalKind::Everyone
            | PrincipalKind::Account(_)
            | PrincipalKind::Role
            | PrincipalKind::User
            | PrincipalKind::Session
            | PrincipalKind::FederatedUser
            | PrincipalKind::UniqueId
            | PrincipalKind::OriginAccess
            | PrincipalKind::Unresolved => "AWS",
        };
        let values = written(pattern.span, &pattern.value.text, changes);
        match members.iter_mut().find(|(name, _)| *name == member) {
            Some((_, all)) => all.extend(values),
            None => members.push((member, values.collect())),
        }
    }
    Value::Object(members.into_iter().map(|(name, values)| (name.to_owned(), one_or_all(values))).collect())
}

fn conditions(statement: &Statement, changes: &dyn Changes) -> Value {
    let mut blocks = Map::new();
    for test in &statement.tests {
        let operator = changes.operator(test.key.span).unwrap_or_else(|| test.written().spelling());
        let key = changes.key(test.key.span).unwrap_or_else(|| test.key.value.as_str().to_owned());
        let values = test.values.iter();
        let values = values.flat_map(|value| written(value.span, &value.written_for(test.operator), changes));
        let values = one_or_all(values.collect());
        let block = blocks.entry(operator).or_insert_with(|| json!({}));
        if let Some(keys) = block.as_object_mut() {
            keys.insert(key, values);
        }
    }
    Value::Object(blocks)
}
