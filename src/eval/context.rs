use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::KnownPrefix;
use crate::logic::{Domain, DomainValues, Unknown};
use crate::name::{ActionName, ConditionKey, Lookup, Wild, keys, symbol};

/// What a request holds for one key. Absent, unknown and bound to nothing are three different things (R45).
#[derive(Clone, Debug)]
pub enum ContextValue {
    /// Nearly every key has one value, which then needs no list.
    Known {
        /// The values, as they are in the request.
        items: SmallVec<[Box<str>; 1]>,
        /// Whether the key is a set, so that operators without a set prefix are not defined for it (R43).
        multivalued: bool,
    },
    /// Only the start of the value is known.
    Prefix(KnownPrefix),
    /// The request does not have the key.
    Absent,
    /// The value is one of a domain, and known only when the request is made.
    Open(OpenKey),
    /// What an earlier request holds for a key of its own: session tags, a source identity.
    Inherited(Arc<InheritedValue>),
    /// One of two, by a choice that whoever asks has made.
    Choice(Arc<Choice>),
}

/// A value that an earlier request has given to the session.
#[derive(Clone, Debug)]
pub struct InheritedValue {
    /// What is known of the value.
    pub open: OpenKey,
    /// The start of the key's name here, and what stands in its place there.
    pub here: &'static str,
    /// The start of the key's name in the earlier request.
    pub there: &'static str,
    /// The earlier request.
    pub request: &'static str,
}

/// Two values, and what decides between them.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Made for each key by itself.
    pub choice: Unknown,
    /// The value on the one side of the choice,
    pub chosen: ContextValue,
    /// and on the other.
    pub otherwise: ContextValue,
}

impl Choice {
    /// The choice for one key.
    pub fn choice_for(&self, key: &ConditionKey) -> Unknown {
        let mut choice = self.choice.clone();
        choice.name = format!("{} of {}", key.as_str(), choice.name).into();
        choice
    }
}

impl InheritedValue {
    /// The key of the earlier request.
    pub fn key(&self, here: &ConditionKey) -> ConditionKey {
        let rest = here.as_str().get(self.here.len()..).unwrap_or("");
        ConditionKey::new(&format!("{}{rest}", self.there))
    }
}

/// A key whose value is only known when the request is made.
#[derive(Clone, Debug)]
pub struct OpenKey {
    /// What it may be.
    pub domain: Domain,
    /// The name is filled in from the key that is asked for.
    pub because: Unknown,
}

impl OpenKey {
    /// Any value.
    pub fn any(may_be_absent: bool, because: Unknown) -> Self {
        Self { domain: Domain { may_be_absent, values: DomainValues::Any }, because }
    }

    /// One of a few values, `None` for absence.
    pub fn one_of<S: Into<Box<str>>>(options: impl IntoIterator<Item = Option<S>>, because: Unknown) -> Self {
        let (mut may_be_absent, mut values) = (false, Vec::new());
        for option in options {
            match option {
                Some(value) => values.push(value.into()),
                None => may_be_absent = true,
            }
        }
        Self { domain: Domain { may_be_absent, values: DomainValues::OneOf(values.into()) }, because }
    }

    /// A set that holds these values and perhaps others.
    pub fn superset(items: impl Into<Arc<[Box<str>]>>, because: Unknown) -> Self {
        Self {
            domain: Domain { may_be_absent: false, values: DomainValues::Superset(items.into()) },
            because,
        }
    }

    /// A value that fits a pattern.
    pub fn matching(like: Wild, because: Unknown) -> Self {
        let values = DomainValues::Matching(Arc::new(like));
        Self { domain: Domain { may_be_absent: false, values }, because }
    }

    /// The same where every request has the key.
    #[must_use]
    pub fn always_there(mut self) -> Self {
        self.domain.may_be_absent = false;
        self
    }
}

impl ContextValue {
    /// The known start, where the rest of the value is open.
    pub fn prefix(&self) -> Option<&KnownPrefix> {
        match self {
            Self::Prefix(prefix) => Some(prefix),
            Self::Known { .. } | Self::Absent | Self::Open(_) | Self::Inherited(_) | Self::Choice(_) => None,
        }
    }

    /// One value.
    pub fn one(value: impl Into<Box<str>>) -> Self {
        Self::Known { items: smallvec![value.into()], multivalued: false }
    }

    /// A set of values.
    pub fn many<S: Into<Box<str>>>(values: impl IntoIterator<Item = S>) -> Self {
        Self::Known { items: values.into_iter().map(Into::into).collect(), multivalued: true }
    }
}

/// Which keys a request can have at all.
#[derive(Clone, Debug, Default)]
struct Possible {
    /// The action that is asked for, where the keys that its requests cannot have are known to be absent.
    action: Option<ActionName>,
    only_keys: bool,
    no_misspelt: bool,
    no_provider: bool,
}

impl Possible {
    fn has(&self, key: &ConditionKey) -> bool {
        // A name that is open may be that of any key.
        if symbol::is_in(key.as_str()) {
            return true;
        }
        self.action.as_ref().is_none_or(|action| keys::can_be_in(key, action))
            && !(self.no_provider && keys::is_of_provider(key))
            && (!self.only_keys || keys::exists(key))
            && !(self.no_misspelt && keys::is_misspelt(key))
    }
}

/// The context keys of one request.
#[derive(Clone, Debug)]
pub struct Context {
    /// Sorted by key.
    exact: Vec<(ConditionKey, ContextValue)>,
    /// What holds for every other key that starts like this; the longest start wins.
    families: Vec<(Box<str>, ContextValue)>,
    /// What holds for every key not named.
    otherwise: ContextValue,
    /// Which of the requests of one question this is.
    pub request: &'static str,
    /// The estate holds values that its input leaves open: see [`crate::name::symbol`].
    pub symbols: bool,
    /// None of its keys is shared with other requests of the question, whatever their names.
    pub alone: bool,
    /// Keys, in lower case, of which this request holds a value of its own, where other requests of the question share one.
    own: &'static [&'static str],
    possible: Possible,
    /// What holds where nothing above says otherwise: many requests of one caller share it.
    below: Option<Arc<Context>>,
}

static ABSENT: ContextValue = ContextValue::Absent;

impl Context {
    /// A context in which keys without a value of their own have `otherwise`. `request` sets its keys apart from
    /// those of other requests of one question; empty for none.
    pub fn new(request: &'static str, otherwise: ContextValue) -> Self {
        let (exact, families) = (Vec::new(), Vec::new());
        let (symbols, alone, own, below) = (false, false, &[][..], None);
        let possible = Possible::default();
        Self { exact, families, otherwise, request, symbols, alone, own, possible, below }
    }

    /// A request that holds all that another one holds, until it is told otherwise.
    pub fn over(below: &Arc<Self>) -> Self {
        Self {
            exact: Vec::new(),
            families: Vec::new(),
            otherwise: below.otherwise.clone(),
            request: below.request,
            symbols: below.symbols,
            alone: below.alone,
            own: below.own,
            possible: below.possible.clone(),
            below: Some(Arc::clone(below)),
        }
    }

    /// A copy with room for some more keys.
    #[must_use]
    pub fn with_room(&self, more: usize) -> Self {
        let mut exact = Vec::with_capacity(self.exact.len() + more);
        exact.extend_from_slice(&self.exact);
        let (families, otherwise) = (self.families.clone(), self.otherwise.clone());
        let (request, symbols, alone) = (self.request, self.symbols, self.alone);
        let (own, possible, below) = (self.own, self.possible.clone(), self.below.clone());
        Self { exact, families, otherwise, request, symbols, alone, own, possible, below }
    }

    /// The same request with every key missing that is not set by name.
    #[must_use]
    pub fn closed(mut self) -> Self {
        self.below = self.below.map(|below| Arc::new(Self::clone(&below).closed()));
        self.families.clear();
        self.otherwise = ContextValue::Absent;
        self
    }

    /// The same as a request for an action: keys that requests for it cannot have are absent, unless they are set by name
    /// (R46, R55).
    #[must_use]
    pub fn for_action(mut self, action: &ActionName) -> Self {
        self.possible.action = Some(action.clone());
        self
    }

    /// Of these keys, written in lower case, the request holds a value of its own.
    pub fn keep_to_itself(&mut self, keys: &'static [&'static str]) {
        self.own = keys;
    }

    /// Whether the other requests of the question may hold another value for a key that they usually share.
    pub fn keeps_to_itself(&self, key: &ConditionKey) -> bool {
        self.alone || self.own.contains(&key.folded())
    }

    /// The same as a request for some action: what is no key of any is absent, unless it is set by name (R46).
    #[must_use]
    pub fn for_some_action(mut self) -> Self {
        self.possible.only_keys = true;
        self
    }

    /// A key that no known service has is absent, unless it is set by name (R46).
    #[must_use]
    pub fn without_misspelt(mut self) -> Self {
        self.possible.no_misspelt = true;
        self
    }

    /// The session was not started by an identity provider: what providers say of their users is absent, unless it is
    /// set by name.
    pub fn without_provider(&mut self) {
        self.possible.no_provider = true;
    }

    /// The request and what it lies over, from the top.
    fn layers(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |layer| layer.below.as_deref())
    }

    /// The last value set for a key wins.
    pub fn set(&mut self, key: impl AsRef<str>, slot: ContextValue) {
        self.insert(ConditionKey::new(key.as_ref()), slot);
    }

    /// As [`Context::set`], for a key that was read already.
    pub fn insert(&mut self, key: ConditionKey, slot: ContextValue) {
        match self.find(key.folded()) {
            Ok(at) => {
                if let Some(entry) = self.exact.get_mut(at) {
                    entry.1 = slot;
                }
            }
            Err(at) => self.exact.insert(at, (key, slot)),
        }
    }

    /// Set a key unless it is there already.
    pub fn set_default(&mut self, key: &'static str, slot: impl FnOnce() -> ContextValue) {
        let key = ConditionKey::new(key);
        if self.below.as_ref().is_some_and(|below| below.is_set(&key)) {
            return;
        }
        if let Err(at) = self.find(key.folded()) {
            self.exact.insert(at, (key, slot()));
        }
    }

    fn find(&self, folded: &str) -> Result<usize, usize> {
        self.exact.binary_search_by(|(k, _)| k.folded().cmp(folded))
    }

    fn entry(&self, folded: &str) -> Option<&(ConditionKey, ContextValue)> {
        self.layers().find_map(|layer| layer.exact.get(layer.find(folded).ok()?))
    }

    /// Whether this request, and not one that it lies over, sets such a key by name.
    pub fn sets(&self, is_such: impl Fn(&ConditionKey) -> bool) -> bool {
        self.exact.iter().any(|(key, _)| is_such(key))
    }

    /// How a key that was set by name is spelled.
    pub fn spelling(&self, key: &ConditionKey) -> Option<&str> {
        self.entry(key.folded()).map(|(key, _)| key.as_str())
    }

    /// Whether a key was set by name.
    pub fn is_set(&self, key: &ConditionKey) -> bool {
        self.entry(key.folded()).is_some()
    }

    /// What holds for all keys with this start that are not set by name.
    pub fn set_family(&mut self, start: &str, slot: ContextValue) {
        let start = start.to_ascii_lowercase().into_boxed_str();
        self.families.retain(|(s, _)| *s != start);
        self.families.push((start, slot));
        self.families.sort_by_key(|(s, _)| std::cmp::Reverse(s.len()));
    }

    /// What the request holds for a key.
    pub fn get(&self, key: &ConditionKey) -> &ContextValue {
        match self.entry(key.folded()) {
            Some((_, slot)) => slot,
            None if !self.possible.has(key) => &ABSENT,
            None => self.family(key.folded()),
        }
    }

    /// The keys set by name that start like this, as written.
    pub fn starting<'a>(
        &'a self,
        start: &'a str,
    ) -> impl Iterator<Item = (&'a ConditionKey, &'a ContextValue)> {
        let of =
            move |layer: &'a Self| layer.exact.iter().filter(move |(k, _)| k.folded().starts_with(start));
        // A key that is set again above hides the one below.
        self.layers().enumerate().flat_map(move |(depth, layer)| {
            of(layer)
                .filter(move |(k, _)| !self.layers().take(depth).any(|above| above.find(k.folded()).is_ok()))
                .map(|(k, s)| (k, s))
        })
    }

    /// What holds for keys with this start that are not set by name: the longest start, above before below.
    pub fn family(&self, start: &str) -> &ContextValue {
        let found =
            self.layers().find_map(|layer| layer.families.iter().find(|(s, _)| start.starts_with(&**s)));
        found.map_or(&self.otherwise, |(_, slot)| slot)
    }

    /// The value a policy variable stands for. Only single values can be substituted (R23).
    pub fn lookup(&self, key: &ConditionKey) -> Lookup<'_> {
        match self.get(key) {
            ContextValue::Known { items, multivalued: false } => match &**items {
                [only] => Lookup::Value(only),
                [] => Lookup::Absent,
                [_, ..] => Lookup::Unknown,
            },
            // A key whose very name is open may be one that is there.
            ContextValue::Absent if symbol::is_in(key.as_str()) => Lookup::Unknown,
            ContextValue::Absent => Lookup::Absent,
            ContextValue::Known { multivalued: true, .. }
            | ContextValue::Prefix(_)
            | ContextValue::Open(_)
            | ContextValue::Inherited(_)
            | ContextValue::Choice(_) => Lookup::Unknown,
        }
    }
}
