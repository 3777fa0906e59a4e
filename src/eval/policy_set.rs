//! What policies grant by themselves, whatever the request: a formula over an action, a resource and a principal that
//! nobody named yet, and over all context keys.
//!
//! Action, resource and principal are variables like any context key. Whoever compares two documents asks one solver
//! about both formulas; a request it finds is then put to the statements themselves by [`PolicySet::lets`].

mod anonymous;
mod new_access;
mod principal;
mod request;
mod scope;

use std::collections::BTreeSet;

use crate::estate::SharedPolicy;
use crate::logic::{Assignment, Atom, Cond, Tri, Truth, Unknown, UnknownKind};
use crate::name::{ConditionKey, Variable, keys};
use crate::policy::{Effect, Policy, PolicyKind, Statement, Test};

use super::context::{Context, ContextValue, OpenKey};
use super::{Kleene, Symbolic, principals, statement};

pub use new_access::{ActionClass, Beyond};
pub use principal::{PRINCIPAL, SESSION, some_identity, some_session};
pub use request::Asked;
pub use scope::{ACTION, RESOURCE, any_of_actions, any_of_resources, some_resource};

/// The policies of one principal, or of one resource, by themselves.
#[derive(Clone, Debug)]
pub struct PolicySet<'p> {
    policies: &'p [SharedPolicy],
    /// Keys whose values are known of every request.
    facts: Vec<(ConditionKey, ContextValue)>,
    /// Whatever is not known of the request stays open.
    context: Context,
    /// Something beside the policies allows everything, so that they only limit.
    beside_an_allow: bool,
    has_principals: bool,
    /// What must let a request pass too: a permissions boundary.
    limit: Option<Box<PolicySet<'p>>>,
}

impl<'p> PolicySet<'p> {
    /// `facts` are keys whose values are known of every request.
    pub fn new(policies: &'p [SharedPolicy], facts: &[(ConditionKey, ContextValue)]) -> Self {
        let has_principals = policies.iter().any(|p| p.kind.has_principals());
        let mut context = Context::new("", open(true)).for_some_action();
        for (key, _) in keys::always_present() {
            context.set(key.name, open(false));
        }
        for (key, slot) in facts {
            context.insert(key.clone(), slot.clone());
        }
        // Resource control policies stand beside RCPFullAWSAccess, which cannot be detached (R78).
        let beside_an_allow = policies.iter().any(|p| p.kind == PolicyKind::Rcp);
        Self { policies, facts: facts.to_vec(), context, beside_an_allow, has_principals, limit: None }
    }

    /// The same policies within a permissions boundary.
    #[must_use]
    pub fn within(self, limit: Option<PolicySet<'p>>) -> Self {
        Self { limit: limit.map(Box::new), ..self }
    }

    /// The same policies where more is known of every request.
    #[must_use]
    pub fn knowing(&self, facts: &[(ConditionKey, ContextValue)]) -> Self {
        let all: Vec<(ConditionKey, ContextValue)> = self.facts.iter().chain(facts).cloned().collect();
        let limit = self.limit.as_ref().map(|limit| Box::new(limit.knowing(facts)));
        Self { beside_an_allow: self.beside_an_allow, limit, ..Self::new(self.policies, &all) }
    }

    /// The same policies where something beside them allows everything.
    #[must_use]
    pub fn beside_an_allow(mut self) -> Self {
        self.beside_an_allow = true;
        self
    }

    /// Whether the policies say who they are about.
    pub fn has_principals(&self) -> bool {
        self.has_principals
    }

    /// Whether a request that nobody signed can reach the resource: KMS and STS know their callers.
    pub fn lets_anonymous(&self) -> bool {
        let signed = |p: &SharedPolicy| matches!(p.kind, PolicyKind::Key | PolicyKind::Trust);
        self.has_principals && !self.policies.iter().all(signed)
    }

    /// The policies, those of the limit among them.
    pub fn policies(&self) -> Vec<&'p SharedPolicy> {
        let limit = self.limit.iter().flat_map(|limit| limit.policies());
        self.policies.iter().chain(limit).collect()
    }

    /// The statements of the policies themselves.
    fn own(&self) -> impl Iterator<Item = (&'p Policy, &'p Statement)> + use<'p> {
        self.policies.iter().flat_map(|p| p.statements.iter().map(move |s| (&**p, s)))
    }

    /// All statements.
    fn statements(&self) -> impl Iterator<Item = (&'p Policy, &'p Statement)> + use<'p> {
        self.policies().into_iter().flat_map(|p| p.statements.iter().map(move |s| (&**p, s)))
    }

    /// No statement allows anything, and some deny.
    pub fn only_denies(&self) -> bool {
        let mut statements = self.own().peekable();
        statements.peek().is_some() && statements.all(|(_, s)| s.effect.value == Effect::Deny)
    }

    /// There is no statement.
    pub fn says_nothing(&self) -> bool {
        self.own().next().is_none()
    }

    /// The keys that variables of the policies stand for and that are open, each once.
    pub fn open_variables(&self) -> Vec<ConditionKey> {
        let mut out: Vec<ConditionKey> = Vec::new();
        let mut note = |variable: &Variable| {
            if matches!(self.context.get(&variable.key), ContextValue::Open(_))
                && !out.contains(&variable.key)
            {
                out.push(variable.key.clone());
            }
        };
        for (_, statement) in self.statements() {
            let resources = statement.resources.iter().flat_map(|r| r.listed());
            resources.flat_map(|r| r.value.variables()).for_each(&mut note);
            let values = statement.tests.iter().flat_map(|t| t.values.iter());
            values.flat_map(|v| v.operand.variables()).for_each(&mut note);
        }
        out
    }

    /// When the policies let a request pass: some Allow speaks, and no Deny does.
    pub fn grants(&self) -> Cond {
        let (mut allows, mut denies) = (Cond::Known(self.beside_an_allow), Cond::Known(false));
        for (_, statement) in self.own() {
            let matched = self.matches_when(statement);
            match statement.effect.value {
                Effect::Allow => allows = allows.or(matched),
                Effect::Deny => denies = denies.or(matched),
            }
        }
        let own = allows.and(denies.not());
        match &self.limit {
            Some(limit) => own.and(limit.grants()),
            None => own,
        }
    }

    /// When one statement speaks.
    fn matches_when(&self, statement: &Statement) -> Cond {
        scope::action(&statement.actions).and(self.rest(statement))
    }

    /// When one statement speaks to an action of its own.
    fn rest(&self, statement: &Statement) -> Cond {
        let mut all = Cond::Known(true);
        if let Some(resources) = &statement.resources {
            all = all.and(scope::resource(resources, &self.context));
        }
        if let Some(principals) = &statement.principals {
            all = all.and(principal::covered(principals));
        }
        all.and(self.when(statement))
    }

    /// When the conditions of one statement hold.
    pub fn when(&self, statement: &Statement) -> Cond {
        statement.tests.iter().fold(Cond::Known(true), |all, test| all.and(self.condition(test)))
    }

    fn condition(&self, test: &Test) -> Cond {
        let is_open = matches!(self.context.get(&test.key.value), ContextValue::Open(_));
        let identity = if is_open { principal::of_identity(test, self.has_principals) } else { None };
        identity.unwrap_or_else(|| statement::condition(&mut Symbolic, test, &self.context))
    }

    /// What holds of every request there can be, as far as a formula speaks of it.
    ///
    /// Nobody reaches what lies in another partition, so all is in those that this document or the other one names.
    pub fn possible(&self, cond: &Cond, beside: Option<&PolicySet<'_>>) -> Cond {
        let atoms = cond.atoms();
        let keys = atoms.iter().filter_map(|a| match a {
            Atom::Key(test) => Some(&test.key),
            Atom::Opaque(_) => None,
        });
        principal::possible(keys, self.has_principals, self.lets_anonymous(), &self.partitions(beside))
    }

    /// Keys that every request has and a condition asks for, with an ordinary value, beside those that are named.
    pub fn ordinary(&self, keys: &Assignment) -> Assignment {
        let mut tests = Vec::new();
        for (_, statement) in self.statements() {
            tests.extend(statement.tests.iter().map(|t| &t.key.value));
        }
        request::ordinary(keys, |key| tests.contains(&key))
    }

    /// The partitions of the ARNs that the policies name, and those of another document.
    fn partitions(&self, beside: Option<&PolicySet<'_>>) -> BTreeSet<String> {
        let mut out: BTreeSet<String> = BTreeSet::new();
        for document in [Some(self), beside].into_iter().flatten() {
            for (_, statement) in document.statements() {
                let resources = statement.resources.iter().flat_map(|r| r.listed()).map(|r| r.value.as_str());
                let principals = statement.principals.iter().flat_map(|p| p.listed()).map(|p| &*p.value.text);
                let values = statement.tests.iter().flat_map(|t| t.values.iter()).map(|v| v.text());
                let named = resources.chain(principals).chain(values).filter_map(principal::partition);
                out.extend(named.map(str::to_owned));
            }
        }
        if out.is_empty() {
            out.insert("aws".to_owned());
        }
        out
    }

    /// Whether the policies let one request pass, by the statements themselves.
    pub fn lets(&self, asked: &Asked) -> Tri {
        let (mut allows, mut denies) = (Tri::known(self.beside_an_allow), Tri::False);
        for (_, statement) in self.own() {
            let matched = self.matches_request(statement, asked);
            match statement.effect.value {
                Effect::Allow => allows = allows.or(matched),
                Effect::Deny => denies = denies.or(matched),
            }
        }
        let own = allows.and(denies.not());
        match &self.limit {
            Some(limit) => own.and(limit.lets(asked)),
            None => own,
        }
    }

    /// The statements of an effect that speak to one request.
    pub fn matched(&self, asked: &Asked, effect: Effect) -> Vec<(&'p Policy, &'p Statement)> {
        self.statements()
            .filter(|(_, s)| s.effect.value == effect && self.matches_request(s, asked).is_true())
            .collect()
    }

    fn matches_request(&self, statement: &'p Statement, asked: &Asked) -> Tri {
        let context = asked.context(&self.facts);
        let matched = statement::matches(&mut Kleene, statement, &asked.request(&context));
        match &statement.principals {
            None => matched,
            Some(scope) => match asked.outsider() {
                Some(named) => Tri::known(principal::names(scope, named)).and(matched),
                None => principals::covered(&mut Kleene, scope, &asked.caller).any().and(matched),
            },
        }
    }
}

/// A key that only the request knows.
fn open(may_be_absent: bool) -> ContextValue {
    let because = Unknown::new(UnknownKind::ContextKey, "", "the request says");
    ContextValue::Open(OpenKey::any(may_be_absent, because))
}
