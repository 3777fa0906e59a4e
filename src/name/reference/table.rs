//! What the reference lists of one service.

use std::sync::OnceLock;

use super::ArnForm;
use super::compare;

/// What the values of a key are.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// Text.
    Text,
    /// An ARN.
    Arn,
    /// A number.
    Number,
    /// A date.
    Date,
    /// `true` or `false`.
    Flag,
    /// An IP address or a range of them.
    Address,
}

/// One service: its keys, resource types and actions, each sorted by name in lower case.
#[derive(Debug)]
pub struct Service {
    /// The prefix of its actions, such as `s3`.
    pub prefix: &'static str,
    /// Its condition keys, sorted by name.
    pub keys: Vec<Key>,
    /// The types of its resources, sorted by name.
    pub resources: Vec<ResourceType>,
    /// Its actions, sorted by name.
    pub actions: Vec<Action>,
    /// Which of the keys are families.
    families: Vec<usize>,
}

/// A context key, or a family of them.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// As AWS spells it. A family ends in `/` or `:`; in some names the part that customers choose stands as `${…}`.
    pub name: &'static str,
    /// The type of the values.
    pub value_type: KeyType,
    /// Whether the key is a set.
    pub is_multivalued: bool,
}

/// A kind of resource that actions are asked on.
#[derive(Debug)]
pub struct ResourceType {
    /// The name in the service authorization reference, such as `object`.
    pub name: &'static str,
    /// With `${…}` for what differs.
    pub arn: &'static str,
    keys: Numbers,
    /// Parsed from `arn` at the first comparison.
    form: OnceLock<Option<ArnForm>>,
}

impl ResourceType {
    /// The ARN in parts; none where `arn` is not an ARN.
    pub fn form(&self) -> Option<&ArnForm> {
        self.form.get_or_init(|| ArnForm::read(self.arn)).as_ref()
    }
}

/// An action.
#[derive(Debug)]
pub struct Action {
    /// The name, without the prefix of the service.
    pub name: &'static str,
    /// What the action does.
    pub level: Level,
    keys: Numbers,
    on: &'static str,
}

/// A kind of resource that an action is asked on.
#[derive(Copy, Clone, Debug)]
pub struct OnResource {
    resource: u16,
    /// Whether a request has to name a resource of the type.
    pub is_required: bool,
    /// Keys of requests for this action on this kind alone.
    keys: Numbers,
}

/// Numbers of keys as they are written: most of them are never asked for.
#[derive(Copy, Clone, Debug)]
struct Numbers(&'static str);

/// What an action does, as the reference groups them.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Level {
    /// It lists.
    List,
    /// It reads.
    Read,
    /// It writes.
    Write,
    /// It changes tags.
    Tagging,
    /// It changes permissions.
    Permissions,
}

impl Service {
    /// The columns of a row tell what it is; what does not fit is left out.
    pub(super) fn read(prefix: &'static str, text: &'static str) -> Self {
        let (keys, resources, actions, families) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut service = Self { prefix, keys, resources, actions, families };
        for row in parts(text, b'\n').filter(|row| !row.is_empty()) {
            let mut columns = parts(row, b'\t');
            let columns = [columns.next(), columns.next(), columns.next(), columns.next()];
            match columns {
                [Some(name), Some(kind), None, None] => service.keys.push(Key::read(name, kind)),
                [Some(name), Some(arn), Some(keys), None] => {
                    service.resources.push(ResourceType {
                        name,
                        arn,
                        keys: Numbers(keys),
                        form: OnceLock::new(),
                    });
                }
                [Some(name), Some(level), Some(keys), Some(on)] => {
                    service.actions.push(Action { name, level: Level::read(level), keys: Numbers(keys), on });
                }
                [_, _, _, _] => {}
            }
        }
        let is_family = |(at, key): (usize, &Key)| key.family().map(|_| at);
        service.families = service.keys.iter().enumerate().filter_map(is_family).collect();
        service
    }

    /// An action by its name in lower case.
    pub fn action(&self, folded: &str) -> Option<&Action> {
        self.actions.get(self.actions.binary_search_by(|action| compare(action.name, folded)).ok()?)
    }

    /// The actions that a pattern in lower case covers, whose wildcards are `*` and `?`.
    pub fn actions_like<'a>(&'a self, folded: &'a str) -> impl Iterator<Item = &'a Action> {
        let head = folded.split(['*', '?']).next().unwrap_or_default();
        // Behind the first action that is not before the literal start, all with that start follow.
        let from = self.actions.partition_point(|action| compare(action.name, head).is_lt());
        let starts = move |action: &&Action| {
            let start = action.name.as_bytes().get(..head.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(head.as_bytes()))
        };
        let rest = self.actions.get(from..).unwrap_or_default();
        rest.iter()
            .take_while(starts)
            .filter(move |action| glob_folded(folded.as_bytes(), action.name.as_bytes()))
    }

    /// Whether a pattern in lower case covers an action.
    pub fn has_action_like(&self, folded: &str) -> bool {
        self.actions_like(folded).next().is_some()
    }

    /// A key by its name in lower case.
    pub fn key(&self, folded: &str) -> Option<&Key> {
        self.keys_called(folded).next().and_then(|at| self.keys.get(at))
    }

    /// The keys that a name in lower case may be: the one of that name, and families.
    fn keys_called(&self, folded: &str) -> impl Iterator<Item = usize> {
        let exact = self.keys.binary_search_by(|key| compare(key.name, folded)).ok();
        let of = move |at: &usize| self.keys.get(*at).is_some_and(|key| key.is_family_of(folded));
        let families = self.families.iter().copied().filter(of);
        exact.into_iter().chain(families.filter(move |at| Some(*at) != exact))
    }

    /// Whether requests for an action can have a key, by its name in lower case.
    pub fn lists(&self, action: &Action, folded: &str) -> bool {
        self.keys_called(folded).any(|at| {
            let of = |on: OnResource| self.resource(&on).is_some_and(|resource| resource.keys.have(at));
            action.keys.have(at) || action.resources().any(|on| on.keys.have(at) || of(on))
        })
    }

    /// The kind of resource that an action is asked on.
    pub fn resource(&self, on: &OnResource) -> Option<&ResourceType> {
        self.resources.get(usize::from(on.resource))
    }
}

impl Key {
    fn read(name: &'static str, kind: &str) -> Self {
        let base = kind.strip_suffix('*');
        let value_type = match base.unwrap_or(kind) {
            "arn" => KeyType::Arn,
            "number" => KeyType::Number,
            "date" => KeyType::Date,
            "flag" => KeyType::Flag,
            "address" => KeyType::Address,
            _ => KeyType::Text,
        };
        Self { name, value_type, is_multivalued: base.is_some() }
    }

    /// Where the part begins that customers choose.
    pub fn family(&self) -> Option<&'static str> {
        match self.name.find("${") {
            Some(at) => self.name.get(..at),
            None => Some(self.name).filter(|name| name.ends_with(['/', ':'])),
        }
    }

    fn is_family_of(&self, folded: &str) -> bool {
        self.family().is_some_and(|start| {
            let begun = folded.as_bytes().get(..start.len());
            begun.is_some_and(|begun| begun.eq_ignore_ascii_case(start.as_bytes()))
        })
    }
}

impl Level {
    fn read(text: &str) -> Self {
        match text {
            "L" => Self::List,
            "R" => Self::Read,
            "T" => Self::Tagging,
            "P" => Self::Permissions,
            _ => Self::Write,
        }
    }
}

impl Action {
    /// The kinds of resources that it is asked on; none where that is `*` alone.
    pub fn resources(&self) -> impl Iterator<Item = OnResource> + use<> {
        parts(self.on, b';').filter_map(OnResource::read)
    }

    /// It is asked on `*` alone.
    pub fn has_no_resources(&self) -> bool {
        self.resources().next().is_none()
    }
}

impl OnResource {
    fn read(text: &'static str) -> Option<Self> {
        let (resource, keys) = text.split_once(':').unwrap_or((text, ""));
        let number = resource.strip_suffix('*');
        let resource_at = number.unwrap_or(resource).parse().ok()?;
        Some(Self { resource: resource_at, is_required: number.is_some(), keys: Numbers(keys) })
    }
}

/// Whether a pattern in lower case covers a name, whatever its capitals are.
fn glob_folded(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut of) = (0, 0);
    // Where the last star stands, and how much of the name it took so far.
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = name.get(of) {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, of));
                at += 1;
            }
            Some(wanted) if *wanted == b'?' || wanted.eq_ignore_ascii_case(letter) => {
                at += 1;
                of += 1;
            }
            Some(_) | None => {
                let Some((back, taken)) = star else { return false };
                star = Some((back, taken + 1));
                at = back + 1;
                of = taken + 1;
            }
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|rest| *rest == b'*')
}

impl Numbers {
    fn have(self, wanted: usize) -> bool {
        parts(self.0, b' ').any(|number| number.parse() == Ok(wanted))
    }
}

/// The parts of a text between one byte and the next. They are short: a search that prepares itself costs more than it finds.
pub(super) fn parts(text: &'static str, by: u8) -> impl Iterator<Item = &'static str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let whole = rest?;
        let end = whole.bytes().position(|byte| byte == by);
        let (part, behind) = match end {
            Some(end) => (whole.get(..end)?, whole.get(end + 1..)),
            None => (whole, None),
        };
        rest = behind;
        Some(part)
    })
}
