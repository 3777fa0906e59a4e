//! Examples people can read. The solver picks any value of a class; where an action, resource or principal people know
//! is in the same class, it says the same of every test.

use std::collections::BTreeMap;

use super::actions::{KNOWN, RESOURCES};
use super::find::held;
use crate::ask::ConditionLine;
use crate::eval::policy_set::{ACTION, Asked, PRINCIPAL, PolicySet, RESOURCE, SESSION};
use crate::logic::{Assignment, Atom, Cond, KeyTest};
use crate::name::{ActionName, ConditionKey, keys, reference};
use crate::operator::{Actual, Outcome};
use crate::policy::{PrincipalKind, Statement};
use crate::source::SourceMap;

const IDENTITY: &str = "aws:PrincipalArn";
/// Accounts that stand for any other.
const STRANGERS: &[&str] = &["999999999999", "888888888888", "777777777777", "666666666666"];
/// The account of the caller where nothing is said of it.
const SOMEBODY: &str = "arn:aws:iam::111111111111:role/example";
/// How many values of one kind are tried.
const MOST: usize = 400;

/// What the documents themselves name.
pub(super) struct Likely {
    /// From lower case to the spelling of the documents.
    actions: BTreeMap<String, String>,
    /// In the order of the documents.
    literals: Vec<String>,
    resources: Vec<String>,
    identities: Vec<String>,
    accounts: Vec<String>,
    has_principals: bool,
    /// Callers without a name are possible.
    anonymous: bool,
}

impl Likely {
    pub(super) fn new(
        yes: &PolicySet<'_>,
        no: Option<&PolicySet<'_>>,
        among: &[String],
        sources: &SourceMap,
    ) -> Self {
        let mut likely = Self {
            actions: BTreeMap::new(),
            literals: Vec::new(),
            resources: among
                .iter()
                .map(|pattern| filled(&pattern.replace("arn:aws*:", "arn:aws:")))
                .collect(),
            identities: Vec::new(),
            accounts: Vec::new(),
            has_principals: yes.has_principals() || no.is_some_and(PolicySet::has_principals),
            anonymous: false,
        };
        for document in [Some(yes), no].into_iter().flatten() {
            likely.anonymous |= document.lets_anonymous();
            for statement in document.policies().iter().flat_map(|p| &p.statements) {
                likely.note(statement, sources);
            }
        }
        likely
    }

    fn note(&mut self, statement: &Statement, sources: &SourceMap) {
        for pattern in statement.actions.listed() {
            let folded = pattern.value.folded();
            let written = sources.text(pattern.span).trim_matches('"');
            let written = if written.eq_ignore_ascii_case(folded) { written } else { folded };
            self.actions.entry(folded.to_owned()).or_insert_with(|| written.to_owned());
            if !pattern.value.has_wildcard() {
                self.literals.push(written.to_owned());
            }
        }
        let resources = statement.resources.iter().flat_map(|r| r.listed());
        self.resources
            .extend(resources.map(|r| filled(r.value.as_str())).filter(|r| r.starts_with("arn:")).take(MOST));
        for principal in statement.principals.iter().flat_map(|p| p.listed()) {
            match principal.value.kind {
                PrincipalKind::Account(account) => self.accounts.push(account.to_string()),
                PrincipalKind::Role | PrincipalKind::User | PrincipalKind::FederatedUser => {
                    self.identities.push(principal.value.text.to_string());
                }
                PrincipalKind::Everyone
                | PrincipalKind::Session
                | PrincipalKind::UniqueId
                | PrincipalKind::Service
                | PrincipalKind::Federated
                | PrincipalKind::Canonical
                | PrincipalKind::OriginAccess
                | PrincipalKind::Unresolved => {}
            }
        }
    }

    /// A request of which the solver's says the same; `plain` takes its own values.
    pub(super) fn request(&self, found: &Assignment, all: &Cond, plain: bool) -> Option<Asked> {
        let pick = |key: &str, value: &str, candidates: &mut dyn Iterator<Item = String>| match plain {
            true => value.to_owned(),
            false => alike(all, key, value, candidates).unwrap_or_else(|| value.to_owned()),
        };
        let pseudo = [ACTION, RESOURCE, PRINCIPAL, SESSION, IDENTITY];
        let is_pseudo = |key: &str| pseudo.iter().any(|p| key.eq_ignore_ascii_case(p));
        let present = found.iter().filter(|(key, values)| values.is_some() && !is_pseudo(key));
        let present: Vec<ConditionKey> = present.map(|(key, _)| ConditionKey::new(key)).collect();
        // Requests for it can have the keys that this one has.
        let suits = |name: &String| {
            ActionName::new(name)
                .is_some_and(|action| present.iter().all(|key| keys::can_be_in(key, &action)))
        };
        let action = match held(found, ACTION) {
            Some(value) => {
                let service = value.split_once(':').map_or("", |(service, _)| service);
                let suited = self.likely_actions().chain(listed_actions(service)).filter(suits);
                pick(ACTION, value, &mut suited.chain(self.likely_actions()))
            }
            None => {
                let suited = self.likely_actions().find(suits);
                suited.or_else(|| self.likely_actions().next()).unwrap_or_default()
            }
        };
        let action = ActionName::new(&action)?;
        let named = found.iter().find(|(key, _)| key == RESOURCE);
        let resource = match (named, held(found, RESOURCE)) {
            (_, Some(value)) => pick(RESOURCE, value, &mut self.likely_resources(action.service(), value)),
            (Some(_), None) => "*".to_owned(),
            (None, None) => self.likely_resources(action.service(), "").next().unwrap_or_default(),
        };
        let mut asked = match (held(found, IDENTITY), held(found, PRINCIPAL)) {
            (Some(value), _) => {
                let arn = pick(IDENTITY, value, &mut self.likely_identities(value));
                Asked::by_identity(action, resource, &arn, held(found, SESSION))?
            }
            (None, Some(name)) => Asked::by_other(action, resource, Some(name))?,
            (None, None) => {
                let is_absent = found.iter().any(|(key, _)| key.eq_ignore_ascii_case(IDENTITY));
                if self.has_principals && (self.anonymous || is_absent) {
                    Asked::by_other(action, resource, None)?
                } else {
                    Asked::by_identity(action, resource, SOMEBODY, None)?
                }
            }
        };
        asked.keys = found.iter().filter(|(key, _)| !is_pseudo(key)).cloned().collect();
        Some(asked)
    }

    /// An action people know that is one of some.
    pub(super) fn action(&self, is_one: impl Fn(&str) -> bool) -> Option<String> {
        self.likely_actions().find(|name| is_one(name))
    }

    fn likely_actions(&self) -> impl Iterator<Item = String> {
        self.literals.iter().cloned().chain(KNOWN.iter().map(|known| (*known).to_owned()))
    }

    fn likely_resources(&self, service: &str, value: &str) -> impl Iterator<Item = String> {
        let of_service: Vec<String> =
            RESOURCES.iter().filter(|(s, _)| *s == service).map(|(_, arn)| (*arn).to_owned()).collect();
        let any = format!("arn:aws:{service}:us-east-1:111111111111:example");
        let repaired = value.replacen("arn:x:", "arn:aws:", 1);
        let start = |arn: &&String| arn.split(':').nth(2) == Some(service);
        let (own, foreign): (Vec<&String>, Vec<&String>) = self.resources.iter().partition(start);
        let own: Vec<String> = own.into_iter().cloned().collect();
        let foreign: Vec<String> = foreign.into_iter().cloned().collect();
        own.into_iter().chain(of_service).chain([any]).chain(foreign).chain([repaired])
    }

    fn likely_identities(&self, value: &str) -> impl Iterator<Item = String> {
        let told = |account: &str| self.accounts.iter().any(|a| a == account);
        let mut accounts = self.accounts.clone();
        accounts.extend(STRANGERS.iter().filter(|s| !told(s)).map(|s| (*s).to_owned()));
        let mut out = Vec::new();
        // The value itself, with an account that is one.
        let parts: Vec<&str> = value.splitn(6, ':').collect();
        let partition = parts.get(1).copied().unwrap_or("aws");
        // Only digits make an account: a pattern may leave the others open.
        let account = parts.get(4).copied().unwrap_or_default();
        accounts.push(account.chars().map(|c| if c.is_ascii_digit() { c } else { '0' }).collect());
        for account in &accounts {
            for resource in ["role/example", "user/example", "root"] {
                out.push(format!("arn:{partition}:iam::{account}:{resource}"));
            }
            if let [_, _, service, _, _, rest] = parts.as_slice() {
                out.push(format!("arn:{partition}:{service}::{account}:{rest}example"));
                out.push(format!("arn:{partition}:{service}::{account}:{rest}"));
            }
        }
        self.identities.clone().into_iter().chain(out)
    }

    /// An action as the documents spell it, or else as AWS does.
    fn spelled(&self, folded: &str) -> String {
        if let Some(written) = self.actions.get(folded) {
            return written.clone();
        }
        let head = folded.split(['*', '?']).next().unwrap_or_default();
        let known = KNOWN.iter().find_map(|known| {
            let (start, _) = known.split_at_checked(head.len())?;
            start.eq_ignore_ascii_case(head).then_some(start)
        });
        match known {
            Some(start) => format!("{start}{}", folded.get(head.len()..).unwrap_or_default()),
            None => folded.to_owned(),
        }
    }
}

/// The actions of a service that AWS lists.
fn listed_actions(prefix: &str) -> impl Iterator<Item = String> {
    let service = reference::service(prefix);
    service.into_iter().flat_map(|s| s.actions.iter().map(|action| format!("{}:{}", s.prefix, action.name)))
}

/// A pattern with something in the place of its wildcards and variables.
fn filled(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((head, tail)) = rest.split_once("${") {
        out.push_str(head);
        out.push_str("example");
        rest = tail.split_once('}').map_or("", |(_, behind)| behind);
    }
    out.push_str(rest);
    out.replace('*', "example").replace('?', "x")
}

/// As [`alike`], for a text that goes on as people would expect.
pub(super) fn longer(all: &Cond, key: &str, value: &str) -> String {
    let more = format!("{value}example");
    alike(all, key, value, &mut std::iter::once(more)).unwrap_or_else(|| value.to_owned())
}

/// The first of some values that no test of a key tells from another value.
pub(super) fn alike(
    all: &Cond,
    key: &str,
    value: &str,
    candidates: &mut dyn Iterator<Item = String>,
) -> Option<String> {
    let atoms = all.atoms();
    let tests: Vec<&KeyTest> = atoms
        .iter()
        .filter_map(|a| match a {
            Atom::Key(test) if test.key.folded() == key.to_ascii_lowercase() => Some(test),
            Atom::Key(_) | Atom::Opaque(_) => None,
        })
        .collect();
    if tests.is_empty() {
        return None;
    }
    let says = |test: &KeyTest, text: &str| -> Outcome {
        let folded = if key == ACTION { text.to_ascii_lowercase() } else { text.to_owned() };
        let item: Box<str> = folded.into();
        test.apply(Actual::Values { items: std::slice::from_ref(&item), multivalued: false })
    };
    let wanted: Vec<Outcome> = tests.iter().map(|t| says(t, value)).collect();
    // The trait object itself has no `find`; a reference to it has.
    let mut candidates = candidates;
    Iterator::find(&mut candidates, |c| tests.iter().zip(&wanted).all(|(t, w)| says(t, c) == *w))
}

/// Lines as people would write them: actions in AWS's spelling, accounts by their number.
pub(super) fn respell(any: Vec<Vec<ConditionLine>>, likely: &Likely) -> Vec<Vec<ConditionLine>> {
    let mut out: Vec<Vec<ConditionLine>> = any
        .into_iter()
        .map(|all| {
            let mut all: Vec<ConditionLine> =
                all.into_iter().map(|line| respell_line(line, likely)).collect();
            all.sort_by_key(|line| (rank(&line.key), line.clone()));
            all
        })
        .collect();
    out.sort_by_key(|all| all.iter().map(|l| (rank(&l.key), l.clone())).collect::<Vec<_>>());
    out
}

/// What is asked for comes first, then who asks.
fn rank(key: &str) -> usize {
    [ACTION, RESOURCE, PRINCIPAL, IDENTITY, "aws:PrincipalAccount"]
        .iter()
        .position(|k| *k == key)
        .unwrap_or(9)
}

fn respell_line(mut line: ConditionLine, likely: &Likely) -> ConditionLine {
    match line.key.as_str() {
        ACTION => line.values = line.values.iter().map(|v| likely.spelled(v)).collect(),
        RESOURCE if line.operator == "Null" && line.values == ["true"] => {
            (line.operator, line.values) = ("StringEquals".to_owned(), vec!["*".to_owned()]);
        }
        IDENTITY => by_account(&mut line),
        _ => {}
    }
    let pseudo = [ACTION, RESOURCE, PRINCIPAL].contains(&line.key.as_str());
    let plain = line.values.iter().all(|v| !v.contains(['*', '?']));
    if pseudo && plain && matches!(line.operator.as_str(), "StringLike" | "ArnLike") {
        line.operator = "StringEquals".to_owned();
    } else if pseudo && plain && matches!(line.operator.as_str(), "StringNotLike" | "ArnNotLike") {
        line.operator = "StringNotEquals".to_owned();
    }
    line
}

/// All ARNs of an account are the account.
fn by_account(line: &mut ConditionLine) {
    let account = |value: &String| -> Option<String> {
        let account = value.strip_prefix("arn:*:*:*:")?;
        let account = account.strip_suffix(":*")?;
        (!account.is_empty() && account.bytes().all(|b| b.is_ascii_digit())).then(|| account.to_owned())
    };
    let accounts: Option<Vec<String>> = line.values.iter().map(account).collect();
    let operator = match line.operator.as_str() {
        "ArnLike" | "ArnEquals" => "StringEquals",
        "ArnNotLike" | "ArnNotEquals" => "StringNotEquals",
        _ => return,
    };
    if line.values.iter().all(|v| !v.contains(['*', '?'])) {
        line.operator = line.operator.replace("Like", "Equals");
    }
    if let Some(accounts) = accounts {
        line.key = "aws:PrincipalAccount".to_owned();
        line.operator = operator.to_owned();
        line.values = accounts;
    }
}
