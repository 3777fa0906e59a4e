//! Sessions as they are: a role with a tag or none. From each, every step that a single question allows.

use std::collections::{BTreeMap, BTreeSet};

use decryptable::ask::{self, BecomesQuestion, Circumstances, DoesQuestion, Given, Session, Verdict};
use decryptable::config::DEFAULT_PROFILE;
use decryptable::estate::{Estate, Known};
use decryptable::name::{ActionName, ConditionKey};
use decryptable::policy::{Effect, PrincipalKind, Scope};

pub(super) const TAG: &str = "team";
const VALUES: [&str; 2] = ["a", "b"];

/// A session of a role: the tag it was given, and whether that goes on to the next one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    role: String,
    tag: Option<&'static str>,
    goes_on: bool,
}

pub(super) struct Walk<'e> {
    estate: &'e Estate,
    /// Answers to single questions, by what was asked.
    asked: BTreeMap<String, bool>,
    becomes: BTreeMap<String, BTreeSet<String>>,
}

impl<'e> Walk<'e> {
    pub(super) fn new(estate: &'e Estate) -> Self {
        Self { estate, asked: BTreeMap::new(), becomes: BTreeMap::new() }
    }

    /// Everyone whom questions can be asked of.
    pub(super) fn principals(&self) -> Vec<String> {
        let roles = self.estate.roles.iter().map(|role| role.arn.value.to_string());
        let users = self.estate.users.iter().map(|user| user.arn.value.to_string());
        let trusted = self.estate.roles.iter().filter_map(|role| role.trust.provided());
        let scopes = trusted.flat_map(|t| t.statements.iter()).filter_map(|s| s.principals.as_ref());
        let services: BTreeSet<String> = scopes
            .flat_map(Scope::listed)
            .filter(|p| p.value.kind == PrincipalKind::Service)
            .map(|p| format!("service:{}", p.value.text))
            .collect();
        roles.chain(users).chain(services).collect()
    }

    fn circumstances(tag: Option<&str>, pass: Option<&str>) -> Circumstances {
        let given = |value: Option<&str>| match value {
            Some(value) => Given::Values(vec![value.to_owned()]),
            None => Given::Absent,
        };
        let tags = tag.map(|tag| (TAG.to_owned(), tag.to_owned())).into_iter().collect();
        Circumstances {
            session: Session { tags: Known::Provided(tags), ..Session::default() },
            context: vec![(ConditionKey::new("aws:RequestTag/team"), given(pass))],
            ..Circumstances::default()
        }
    }

    /// Services are listed where a trust policy names them.
    fn names(&self, service: &str, role: &str) -> bool {
        let trust = self.estate.role(role).unwrap().trust.provided().unwrap();
        let mut all = trust.statements.iter().filter_map(|s| s.principals.as_ref()).flat_map(Scope::listed);
        all.any(|p| service.strip_prefix("service:") == Some(&*p.value.text))
    }

    /// Whether some trust policy lets in everyone, whoever it names besides.
    pub(super) fn trusts_everyone(&self) -> bool {
        let trusts = self.estate.roles.iter().filter_map(|role| role.trust.provided());
        let scopes = trusts.flat_map(|t| t.statements.iter()).filter_map(|s| s.principals.as_ref());
        scopes.flat_map(Scope::listed).any(|p| p.value.kind == PrincipalKind::Everyone)
    }

    /// One call to STS.
    fn steps(&mut self, by: &str, tag: Option<&str>, role: &str, pass: Option<&str>, tags: bool) -> bool {
        let key = format!("{by} {tag:?} {role} {pass:?} {tags}");
        if let Some(known) = self.asked.get(&key) {
            return *known;
        }
        if by.starts_with("service:") && !self.names(by, role) {
            return false;
        }
        let question = BecomesQuestion {
            role: role.to_owned(),
            by: by.to_owned(),
            action: None,
            also: if tags { vec!["sts:TagSession".to_owned()] } else { Vec::new() },
            circumstances: Self::circumstances(tag, pass),
            strict: false,
        };
        let allowed = ask::assume(self.estate, &question).unwrap().verdict != Verdict::Denied;
        self.asked.insert(key, allowed);
        allowed
    }

    /// The sessions that somebody can start from a session, or as a user or a service.
    fn next(&mut self, by: &str, tag: Option<&'static str>, goes_on: bool) -> BTreeSet<State> {
        let roles: Vec<String> = self.estate.roles.iter().map(|role| role.arn.value.to_string()).collect();
        let mut found = BTreeSet::new();
        for role in roles {
            let passes: Vec<Option<&'static str>> = match by.starts_with("service:") {
                // EC2 and the like pass no tags of anybody's choice.
                true => vec![None],
                false => std::iter::once(None).chain(VALUES.map(Some)).collect(),
            };
            for pass in passes {
                if !self.steps(by, tag, &role, pass, goes_on || pass.is_some()) {
                    continue;
                }
                let start = |tag, goes_on| State { role: role.clone(), tag, goes_on };
                if goes_on {
                    // A tag that goes on stays what it was.
                    found.insert(start(tag, true));
                } else {
                    found.insert(start(pass, false));
                    found.extend(pass.map(|_| start(pass, true)));
                }
            }
        }
        found
    }

    /// The sessions that somebody begins with: those of a role may have been given what its trust policy lets anybody give.
    fn begin(&self, id: &str) -> Vec<(Option<&'static str>, bool)> {
        let action = ActionName::new("sts:TagSession").unwrap();
        let role = self.estate.roles.iter().find(|role| role.arn.value.as_str() == id);
        let tagged = role.and_then(|role| role.trust.provided()).is_some_and(|trust| {
            trust.statements.iter().any(|statement| {
                let covers = statement.actions.listed().iter().any(|a| a.value.covers(&action) == Some(true));
                statement.effect.value == Effect::Allow && covers
            })
        });
        let mut all = vec![(None, false)];
        if tagged {
            all.extend(VALUES.iter().flat_map(|value| [(Some(*value), false), (Some(*value), true)]));
        }
        all
    }

    /// Every session that somebody gets to, in a step or more.
    fn reached(&mut self, id: &str) -> BTreeSet<State> {
        let mut open: Vec<(String, Option<&'static str>, bool)> =
            self.begin(id).into_iter().map(|(tag, goes_on)| (id.to_owned(), tag, goes_on)).collect();
        let mut found: BTreeSet<State> = BTreeSet::new();
        while let Some((by, tag, goes_on)) = open.pop() {
            for state in self.next(&by, tag, goes_on) {
                if found.insert(state.clone()) {
                    open.push((state.role, state.tag, state.goes_on));
                }
            }
        }
        found
    }

    /// Who becomes a role. A role becomes itself in one step alone.
    pub(super) fn who_becomes(&mut self, target: &str) -> BTreeSet<String> {
        if let Some(known) = self.becomes.get(target) {
            return known.clone();
        }
        let mut found = BTreeSet::new();
        for id in self.principals() {
            let gets_there = if id == target {
                let begin = self.begin(&id);
                begin.into_iter().any(|(tag, on)| self.next(&id, tag, on).iter().any(|s| s.role == target))
            } else {
                self.reached(&id).iter().any(|state| state.role == target)
            };
            if gets_there {
                found.insert(id);
            }
        }
        self.becomes.insert(target.to_owned(), found.clone());
        found
    }

    fn reads(&mut self, role: &str, tag: Option<&str>) -> bool {
        let key = format!("{role} {tag:?} reads");
        if let Some(known) = self.asked.get(&key) {
            return *known;
        }
        let allowed = reads(self.estate, role, Self::circumstances(tag, None));
        self.asked.insert(key, allowed);
        allowed
    }

    /// Roles that read, those who become them, and services that the bucket lets in.
    pub(super) fn who_reads(&mut self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for id in self.principals() {
            let is_reader = id.starts_with("arn:");
            let own = self.begin(&id).into_iter().any(|(tag, _)| is_reader && self.reads(&id, tag));
            if own || self.reached(&id).iter().any(|state| self.reads(&state.role, state.tag)) {
                found.insert(id);
            }
        }
        found
    }
}

/// Whether a role reads the object.
pub(super) fn reads(estate: &Estate, role: &str, circumstances: Circumstances) -> bool {
    let question = DoesQuestion {
        doing: ask::Doing::default(),
        role: role.to_owned(),
        object: "s3://lake/x".parse().unwrap(),
        version_id: None,
        access_point: None,
        profile: DEFAULT_PROFILE.to_owned(),
        circumstances,
        strict: false,
    };
    ask::read(estate, &question).unwrap().verdict != Verdict::Denied
}
