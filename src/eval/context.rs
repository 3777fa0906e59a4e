use crate::logic::Unknown;
use crate::name::{ConditionKey, Lookup};

/// What a request holds for one key. Absent, unknown and bound to nothing are three different things (R45).
#[derive(Clone, Debug)]
pub enum Slot {
    Bound {
        items: Box<[Box<str>]>,
        multivalued: bool,
    },
    /// Bound to a value that stands for many: an ARN whose object key was left open in the question.
    Pattern(Box<str>),
    /// A set that holds these values and perhaps others.
    AtLeast(Box<[Box<str>]>, OpenKey),
    Absent,
    Open(OpenKey),
}

/// A key whose value is only known when the request is made.
#[derive(Clone, Debug)]
pub struct OpenKey {
    pub may_be_absent: bool,
    /// The name is filled in from the key that is asked for.
    pub because: Unknown,
}

impl Slot {
    pub fn one(value: impl Into<Box<str>>) -> Self {
        Self::Bound { items: Box::new([value.into()]), multivalued: false }
    }

    pub fn many<S: Into<Box<str>>>(values: impl IntoIterator<Item = S>) -> Self {
        Self::Bound { items: values.into_iter().map(Into::into).collect(), multivalued: true }
    }
}

/// The context keys of one request.
#[derive(Clone, Debug)]
pub struct Context {
    /// Sorted by key.
    exact: Vec<(ConditionKey, Slot)>,
    /// What holds for every other key that starts like this; the longest start wins.
    families: Vec<(Box<str>, Slot)>,
    /// What holds for every key not named.
    otherwise: Slot,
    /// Which of the requests of one question this is.
    pub request: &'static str,
}

impl Context {
    pub fn new(request: &'static str, otherwise: Slot) -> Self {
        Self { exact: Vec::new(), families: Vec::new(), otherwise, request }
    }

    /// The last value set for a key wins.
    pub fn set(&mut self, key: impl Into<Box<str>>, slot: Slot) {
        let key = ConditionKey::new(key);
        match self.exact.binary_search_by(|(k, _)| k.cmp(&key)) {
            Ok(at) => {
                if let Some(entry) = self.exact.get_mut(at) {
                    entry.1 = slot;
                }
            }
            Err(at) => self.exact.insert(at, (key, slot)),
        }
    }

    /// Set a key unless it is there already.
    pub fn set_default(&mut self, key: &'static str, slot: impl FnOnce() -> Slot) {
        if !self.has(key) {
            self.set(key, slot());
        }
    }

    /// Whether a key was set by name.
    pub fn has(&self, key: &str) -> bool {
        let folded = key.to_ascii_lowercase();
        self.exact.binary_search_by(|(k, _)| k.folded().cmp(&folded)).is_ok()
    }

    /// Whether a key was set by name.
    pub fn is_set(&self, key: &ConditionKey) -> bool {
        self.exact.binary_search_by(|(k, _)| k.cmp(key)).is_ok()
    }

    /// What holds for all keys with this start that are not set by name.
    pub fn set_family(&mut self, start: &str, slot: Slot) {
        let start = start.to_ascii_lowercase().into_boxed_str();
        self.families.retain(|(s, _)| *s != start);
        self.families.push((start, slot));
        self.families.sort_by_key(|(s, _)| std::cmp::Reverse(s.len()));
    }

    pub fn get(&self, key: &ConditionKey) -> &Slot {
        self.get_folded(key.folded())
    }

    fn get_folded(&self, folded: &str) -> &Slot {
        if let Ok(at) = self.exact.binary_search_by(|(k, _)| k.folded().cmp(folded))
            && let Some((_, slot)) = self.exact.get(at)
        {
            return slot;
        }
        self.families
            .iter()
            .find(|(start, _)| folded.starts_with(&**start))
            .map_or(&self.otherwise, |(_, slot)| slot)
    }

    /// The keys set by name that start like this, as written.
    pub fn starting<'a>(&'a self, start: &'a str) -> impl Iterator<Item = (&'a ConditionKey, &'a Slot)> {
        self.exact.iter().filter(move |(k, _)| k.folded().starts_with(start)).map(|(k, s)| (k, s))
    }

    /// What holds for keys with this start that are not set by name.
    pub fn family(&self, start: &str) -> &Slot {
        self.families.iter().find(|(s, _)| start.starts_with(&**s)).map_or(&self.otherwise, |(_, slot)| slot)
    }

    /// The value a policy variable stands for. Only single values can be substituted (R23).
    pub fn lookup(&self, key: &ConditionKey) -> Lookup<'_> {
        match self.get(key) {
            Slot::Bound { items, multivalued: false } => match &**items {
                [only] => Lookup::Value(only),
                [] => Lookup::Absent,
                [_, ..] => Lookup::Unknown,
            },
            Slot::Absent => Lookup::Absent,
            Slot::Bound { multivalued: true, .. } | Slot::Pattern(_) | Slot::AtLeast(..) | Slot::Open(_) => {
                Lookup::Unknown
            }
        }
    }
}
