//! What policies grant by themselves, whatever the request: a formula over an action, a resource and a principal that
//! nobody named yet, and over all context keys.
//!
//! Action, resource and principal are variables like any context key. Whoever compares two documents asks one solver
//! about both formulas; a request it finds is then put to the statements themselves by [`Document::lets`].

mod principal;
mod request;
mod scope;

use crate::estate::SharedPolicy;
use crate::logic::{Atom, Cond, Tri, Truth, Unknown, UnknownKind};
use crate::name::{ConditionKey, Variable};
use crate::policy::{Effect, Policy, PolicyKind, Statement};

use super::context::{Context, OpenKey, Slot};
use super::{Kleene, Symbolic, principals, statement};

pub use principal::{PRINCIPAL, SESSION};
pub use request::Asked;
pub use scope::{ACTION, RESOURCE, any_action, any_resource};

/// Keys that every request has, and what an ordinary one holds.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const ALWAYS: &[(&str, &str)] = &[
    ("aws:CurrentTime", "2027-01-01T00:00:00Z"),
    ("aws:EpochTime", "1798761600"),
    ("aws:PrincipalIsAWSService", "false"),
    ("aws:RequestedRegion", "us-east-1"),
    ("aws:SecureTransport", "true"),
    ("aws:ViaAWSService", "false"),
];

/// The policies of one principal, or of one resource, by themselves.
#[derive(Clone, Debug)]
pub struct Document<'p> {
    policies: &'p [SharedPolicy],
    /// Whatever is not known of the request stays open.
    context: Context,
    /// Something beside the policies allows everything, so that they only limit.
    beside_an_allow: bool,
    has_principals: bool,
}

impl<'p> Document<'p> {
    /// `facts` are keys whose values are known of every request.
    pub fn new(policies: &'p [SharedPolicy], facts: &[(ConditionKey, Slot)]) -> Self {
        let has_principals = policies.iter().any(|p| p.kind.has_principals());
        let mut context = Context::new("", open(true));
        for (key, _) in ALWAYS {
            context.set(key, open(false));
        }
        for (key, slot) in facts {
            context.insert(key.clone(), slot.clone());
        }
        // Resource control policies stand beside RCPFullAWSAccess, which cannot be detached (R78).
        let beside_an_allow = policies.iter().any(|p| p.kind == PolicyKind::Rcp);
        Self { policies, context, beside_an_allow, has_principals }
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

    pub fn policies(&self) -> &'p [SharedPolicy] {
        self.policies
    }

    fn statements(&self) -> impl Iterator<Item = (&'p Policy, &'p Statement)> + use<'p> {
        self.policies.iter().flat_map(|p| p.statements.iter().map(move |s| (&**p, s)))
    }

    /// No statement allows anything, and some deny.
    pub fn only_denies(&self) -> bool {
        let mut statements = self.statements().peekable();
        statements.peek().is_some() && statements.all(|(_, s)| s.effect.value == Effect::Deny)
    }

    /// Whether the variables of the policies are open; the keys they stand for, each once.
    pub fn open_variables(&self) -> Vec<ConditionKey> {
        let mut out: Vec<ConditionKey> = Vec::new();
        let mut note = |variable: &Variable| {
            if matches!(self.context.get(&variable.key), Slot::Open(_)) && !out.contains(&variable.key) {
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
        for (_, statement) in self.statements() {
            let speaks = self.speaks(statement);
            match statement.effect.value {
                Effect::Allow => allows = allows.or(speaks),
                Effect::Deny => denies = denies.or(speaks),
            }
        }
        allows.and(denies.not())
    }

    /// When one statement speaks.
    fn speaks(&self, statement: &Statement) -> Cond {
        let mut all = scope::action(&statement.actions);
        if let Some(resources) = &statement.resources {
            all = all.and(scope::resource(resources, &self.context));
        }
        if let Some(principals) = &statement.principals {
            all = all.and(principal::covered(principals));
        }
        for test in &statement.tests {
            let holds = match principal::by_account(test) {
                Some(test) => self.condition(&test),
                None => self.condition(test),
            };
            all = all.and(holds);
        }
        all
    }

    fn condition(&self, test: &crate::policy::Test) -> Cond {
        statement::condition(&mut Symbolic, test, &self.context)
    }

    /// What holds of every request there can be, as far as a formula speaks of it.
    pub fn possible(&self, cond: &Cond) -> Cond {
        let atoms = cond.atoms();
        let keys = atoms.iter().filter_map(|a| match a {
            Atom::Key(test) => Some(&test.key),
            Atom::Opaque(_) => None,
        });
        let anonymous = !self.policies.iter().all(|p| matches!(p.kind, PolicyKind::Key | PolicyKind::Trust));
        let mut all = principal::possible(keys, self.has_principals, anonymous, &self.context);
        if atoms.iter().any(|a| matches!(a, Atom::Key(test) if test.key.folded() == ACTION)) {
            all = all.and(any_action());
        }
        all
    }

    /// Whether the policies let one request pass, by the statements themselves.
    pub fn lets(&self, asked: &Asked) -> Tri {
        let (mut allows, mut denies) = (Tri::known(self.beside_an_allow), Tri::False);
        for (_, statement) in self.statements() {
            let speaks = self.fires(statement, asked);
            match statement.effect.value {
                Effect::Allow => allows = allows.or(speaks),
                Effect::Deny => denies = denies.or(speaks),
            }
        }
        allows.and(denies.not())
    }

    /// The statements of an effect that speak to one request.
    pub fn speaking(&self, asked: &Asked, effect: Effect) -> Vec<(&'p Policy, &'p Statement)> {
        self.statements()
            .filter(|(_, s)| s.effect.value == effect && self.fires(s, asked).is_true())
            .collect()
    }

    fn fires(&self, statement: &'p Statement, asked: &Asked) -> Tri {
        let context = asked.context(&self.context);
        let fires = statement::fires(&mut Kleene, statement, &asked.request(&context));
        match &statement.principals {
            None => fires,
            Some(scope) => match asked.outsider() {
                Some(named) => Tri::known(principal::names(scope, named)).and(fires),
                None => principals::covered(&mut Kleene, scope, &asked.caller).any().and(fires),
            },
        }
    }
}

/// A key that only the request knows.
fn open(may_be_absent: bool) -> Slot {
    Slot::Open(OpenKey { may_be_absent, because: Unknown::new(UnknownKind::ContextKey, "", "the request says") })
}
