//! Patterns over ARNs: what `Resource` means, and what `ArnLike` means. They are not the same.

use super::ConditionKey;
use super::wild::{Lookup, Match, Unresolved, VariableError, Wild, first_wildcard, glob, has_variable};

/// Which rules a `Resource` entry is read by.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Syntax {
    /// Version 2012-10-17: `${…}` is a variable.
    pub variables: bool,
    /// Identity-based policies complete an ARN of fewer than six parts with `*` (R19).
    pub completes: bool,
}

/// An entry of `Resource` or `NotResource` (R19–R25).
///
/// Pattern and ARN are compared part by part; a star that ends a part may run on over the colons behind it, so
/// `arn:aws:kms:*` is a prefix. Where only a star in the middle of one of the first five parts would have to
/// cross a colon, AWS does not say what happens, and the match is left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePattern {
    whole: Wild,
    /// Only for patterns that a comparison with the whole text cannot decide.
    parts: Option<Box<Parts>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    /// The five parts in front of the resource; missing ones are `*` where the syntax completes.
    head: [Box<str>; 5],
    /// The account, where it is written with a variable: the guide says that variables in front of the fifth colon are not
    /// replaced, and a policy that AWS manages relies on it (R144).
    account: Option<Wild>,
    tail: Wild,
    /// How the whole pattern is compared when it has no six parts of its own.
    loose: Loose,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Loose {
    /// Every wildcard in the first five parts ends its part: running over colons is documented.
    Documented,
    Undocumented,
    /// The tail has variables; the loose comparison is not made.
    Never,
}

impl ResourcePattern {
    /// The pattern of a text; what is not a policy variable stands for itself.
    pub fn new(text: &str, syntax: Syntax) -> Self {
        Self::try_new(text, syntax).unwrap_or_else(|_| Self::plain(Wild::glob(text, false)))
    }

    fn plain(whole: Wild) -> Self {
        Self { whole, parts: None }
    }

    /// The pattern of a text; a variable that is not well formed is an error.
    pub fn try_new(text: &str, syntax: Syntax) -> Result<Self, VariableError> {
        let wild_at = first_wildcard(text);
        let has_variables = syntax.variables && has_variable(text);
        let prefix = wild_at.is_some_and(|at| at + 1 == text.len() && text.ends_with('*'));
        let six = text.bytes().filter(|b| *b == b':').count() >= 5;
        // A literal or a prefix means the same compared as a whole, except that completing adds to it.
        if !has_variables
            && (wild_at.is_none() || prefix)
            && (six || prefix || !syntax.completes || text == "*")
        {
            return Ok(Self::plain(Wild::glob(text, false)));
        }
        // The colons inside `${…}` belong to the name of the variable.
        let mut parts = if has_variables {
            split_outside_variables(text).into_iter().take(5).collect::<Vec<_>>().into_iter()
        } else {
            text.splitn(6, ':').take(5).collect::<Vec<_>>().into_iter()
        };
        let mut missing = false;
        let mut head: [Box<str>; 5] = [(); 5].map(|()| match parts.next() {
            Some(part) => Box::from(part),
            None => {
                missing = true;
                Box::from("*")
            }
        });
        let tail_text = if has_variables { tail_from_sixth(text) } else { text.splitn(6, ':').nth(5) };
        if missing && !syntax.completes {
            // An incomplete pattern is compared as a whole only.
            head = [(); 5].map(|()| Box::from(""));
        }
        let [.., account] = &head;
        let account =
            (has_variables && has_variable(account)).then(|| Wild::try_glob(account, true)).transpose()?;
        let tail = match tail_text {
            Some(tail) => Wild::try_glob(tail, syntax.variables)?,
            None if syntax.completes => Wild::glob("*", false),
            None => Wild::literal("", false),
        };
        let inner = head.iter().any(|part| part.trim_end_matches('*').contains(['*', '?']));
        let loose = match (has_variables, inner) {
            (true, _) => Loose::Never,
            (false, true) => Loose::Undocumented,
            (false, false) => Loose::Documented,
        };
        Ok(Self {
            whole: Wild::glob(text, false),
            parts: Some(Box::new(Parts { head, account, tail, loose })),
        })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        self.whole.as_str()
    }

    /// Whether it is `*`.
    pub fn is_everything(&self) -> bool {
        self.whole.is_everything()
    }

    /// Whether the pattern names one resource and nothing else.
    pub fn is_exact(&self) -> bool {
        self.parts.is_none() && self.whole.is_exact()
    }

    /// Whether a resource matches, where `lookup` says what variables stand for.
    pub fn matches<'l>(&self, resource: &str, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Match {
        let Some(parts) = &self.parts else { return self.whole.matches(resource, lookup) };
        match parts.matches(resource, lookup) {
            Match::No if parts.loose != Loose::Never => match self.whole.matches(resource, lookup) {
                Match::Yes if parts.loose == Loose::Undocumented => Match::Open,
                found @ (Match::Yes | Match::No | Match::Open) => found,
            },
            found @ (Match::Yes | Match::No | Match::Open) => found,
        }
    }

    /// Whether some value of the symbols in the pattern or in the resource makes them match.
    pub fn may_match<'l>(&self, resource: &str, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> bool {
        let Some(parts) = &self.parts else { return self.whole.may_match(resource, lookup) };
        let text = self.as_str();
        let variables = parts.loose == Loose::Never;
        // An ARN that is completed goes on with anything.
        let completes = parts.head.last().is_some_and(|part| &**part == "*") && !text.ends_with('*');
        let completed = || Wild::glob(&format!("{text}:*"), variables);
        Wild::glob(text, variables).may_match(resource, lookup)
            || completes && completed().may_match(resource, lookup)
    }

    /// What is left of the pattern behind the known start of an ARN, which holds its first five parts.
    pub fn behind<'l>(
        &self,
        known: &str,
        lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>,
    ) -> Result<Behind, Unresolved> {
        let Some(parts) = &self.parts else {
            return Ok(Behind { sure: self.whole.behind(known), disputed: Vec::new() });
        };
        let tail = parts.tail.resolved(lookup)?;
        let mut out = Behind::default();
        let mut split = known.splitn(6, ':');
        let found = parts.head_matches(&mut split, lookup);
        let rests = || tail.behind(known.splitn(6, ':').nth(5).unwrap_or_default());
        match found {
            Match::Yes => out.sure = rests(),
            Match::Open => out.disputed = rests(),
            Match::No => {}
        }
        match parts.loose {
            Loose::Documented => {
                for rest in self.whole.behind(known) {
                    if !out.sure.contains(&rest) {
                        out.sure.push(rest);
                    }
                }
            }
            Loose::Undocumented => out.disputed = self.whole.behind(known),
            Loose::Never => {}
        }
        Ok(out)
    }

    /// What the pattern says of a resource that nobody named yet; `None` when a variable stands for nothing, so that
    /// it fits none (R23).
    pub fn readings<'l>(&self, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Option<Readings> {
        let Some(parts) = &self.parts else {
            return Some(Readings { whole: Some(self.whole.clone()), ..Readings::default() });
        };
        let (tail, open) = match parts.tail.resolved(lookup) {
            Ok(tail) => (tail.as_glob(), false),
            Err(Unresolved::Absent) => return None,
            Err(Unresolved::Unknown) => (without_variables(&parts.tail.as_glob()), true),
        };
        // What is incomplete and stays so has no parts.
        let has_parts = parts.head.iter().any(|part| !part.is_empty());
        let head = parts.head.join(":");
        let (head, open) = match &parts.account {
            Some(_) => (without_variables(&head), true),
            None => (head, open),
        };
        let text = format!("{head}:{tail}");
        let parts_alone = has_parts.then(|| ArnPattern::try_new(&text, has_variable(&tail)).ok()).flatten();
        let whole = |loose: Loose| (parts.loose == loose).then(|| self.whole.clone());
        Some(Readings {
            whole: whole(Loose::Documented),
            parts: parts_alone,
            disputed: whole(Loose::Undocumented),
            open,
        })
    }

    /// The variables that have to be looked up.
    pub fn variables(&self) -> impl Iterator<Item = &super::Variable> {
        let patterns = self.parts.iter().flat_map(|parts| parts.account.iter().chain([&parts.tail]));
        patterns.flat_map(Wild::variables)
    }
}

/// A pattern taken apart into comparisons of which one must fit.
#[derive(Clone, Debug, Default)]
pub struct Readings {
    /// Compared with the text as a whole.
    pub whole: Option<Wild>,
    /// Compared part by part.
    pub parts: Option<ArnPattern>,
    /// Fits only where a star in the middle of a part runs over a colon, of which AWS says nothing.
    pub disputed: Option<Wild>,
    /// A variable that is not known was read as `*`, so whatever fits may still not do.
    pub open: bool,
}

/// A text in which every `${…}` is a star.
fn without_variables(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once("${") {
        out.push_str(head);
        out.push('*');
        rest = tail.split_once('}').map_or("", |(_, behind)| behind);
    }
    out.push_str(rest);
    out
}

/// What may follow a known start for a pattern to match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Behind {
    /// Patterns that certainly follow.
    pub sure: Vec<Wild>,
    /// Only where a star in the middle of a part runs over a colon, of which AWS says nothing.
    pub disputed: Vec<Wild>,
}

impl Parts {
    fn matches<'l>(&self, resource: &str, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Match {
        let mut split = resource.splitn(6, ':');
        let head = self.head_matches(&mut split, lookup);
        match (head, split.next()) {
            (Match::No, _) | (_, None) => Match::No,
            (Match::Yes, Some(rest)) => self.tail.matches(rest, lookup),
            (Match::Open, Some(rest)) => match self.tail.matches(rest, lookup) {
                Match::No => Match::No,
                Match::Yes | Match::Open => Match::Open,
            },
        }
    }

    /// The five parts in front of the resource.
    fn head_matches<'p, 'l>(
        &self,
        parts: &mut impl Iterator<Item = &'p str>,
        lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>,
    ) -> Match {
        let mut found = Match::Yes;
        for (at, pattern) in self.head.iter().enumerate() {
            let Some(part) = parts.next() else { return Match::No };
            match self.account.as_ref().filter(|_| at == 4) {
                Some(account) if account.matches(part, lookup) != Match::No => found = Match::Open,
                Some(_) => return Match::No,
                None if glob(pattern.as_bytes(), part.as_bytes()) => {}
                None => return Match::No,
            }
        }
        found
    }
}

/// A value of `ArnLike` or `ArnEquals`: six parts, each a pattern of its own, and no star spans a colon (R37).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArnPattern {
    whole: Wild,
    /// None when the pattern has no six parts: it then never matches.
    parts: Option<Box<[Wild; 6]>>,
}

impl ArnPattern {
    /// The pattern of a text; with `variables`, `${…}` is a policy variable, which may be an error.
    pub fn try_new(text: &str, variables: bool) -> Result<Self, VariableError> {
        let whole = Wild::try_glob(text, variables)?;
        let mut split = split_outside_variables(text).into_iter();
        let mut complete = true;
        let mut parts = [(); 6].map(|()| match split.next() {
            Some(part) => Wild::glob(part, variables),
            None => {
                complete = false;
                Wild::literal("", false)
            }
        });
        // The sixth part keeps its colons.
        if let Some(tail) = tail_from_sixth(text) {
            let [.., last] = &mut parts;
            *last = Wild::glob(tail, variables);
        }
        Ok(Self { whole, parts: complete.then(|| Box::new(parts)) })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        self.whole.as_str()
    }

    /// Whether it has the six parts of an ARN.
    pub fn is_complete(&self) -> bool {
        self.parts.is_some()
    }

    /// The text that was read, as one pattern. Its stars span colons, those of the parts do not.
    pub fn whole(&self) -> &Wild {
        &self.whole
    }

    /// The six parts; `None` when there are fewer.
    pub fn parts(&self) -> Option<&[Wild; 6]> {
        self.parts.as_deref()
    }

    /// Whether it has a wildcard.
    pub fn has_wildcard(&self) -> bool {
        self.whole.has_wildcard()
    }

    /// The policy variables in it.
    pub fn variables(&self) -> impl Iterator<Item = &super::Variable> {
        self.whole.variables()
    }

    /// The pattern with what its variables stand for put in.
    pub fn resolved<'l>(&self, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Result<Self, Unresolved> {
        let whole = self.whole.resolved(lookup)?;
        if self.whole.variables().next().is_none() {
            return Ok(self.clone());
        }
        // A value may bring the colons that the text lacks, so the whole is taken apart anew.
        let text = whole.as_glob();
        Ok(Self::try_new(&text, true).unwrap_or(Self { whole, parts: None }))
    }

    /// What is left of the pattern behind the known start of an ARN.
    pub fn behind(&self, known: &str) -> Vec<Wild> {
        let (Some(parts), Some(tail)) = (&self.parts, known.splitn(6, ':').nth(5)) else { return Vec::new() };
        let [head @ .., last] = &**parts;
        let fits = |(pattern, part): (&Wild, &str)| pattern.matches(part, &|_| Lookup::Absent) == Match::Yes;
        if head.iter().zip(known.splitn(6, ':')).all(fits) { last.behind(tail) } else { Vec::new() }
    }

    /// Whether an ARN matches, where `lookup` says what variables stand for.
    pub fn matches<'l>(&self, arn: &str, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Match {
        let Some(parts) = &self.parts else {
            // A variable may bring the colons that the text lacks.
            return if self.whole.variables().next().is_some() {
                self.whole.matches(arn, lookup)
            } else {
                Match::No
            };
        };
        let mut split = arn.splitn(6, ':');
        let mut found = Match::Yes;
        for pattern in parts.iter() {
            let Some(part) = split.next() else { return Match::No };
            match pattern.matches(part, lookup) {
                Match::Yes => {}
                Match::No => return Match::No,
                Match::Open => found = Match::Open,
            }
        }
        found
    }
}

/// The colons inside `${…}` belong to the variable's name.
fn colons_outside_variables(text: &str) -> impl Iterator<Item = usize> {
    let mut depth = false;
    let mut before = ' ';
    text.char_indices().filter_map(move |(at, c)| {
        match c {
            '{' if before == '$' => depth = true,
            '}' => depth = false,
            _ => {}
        }
        before = c;
        (c == ':' && !depth).then_some(at)
    })
}

fn split_outside_variables(text: &str) -> Vec<&str> {
    let mut out = Vec::with_capacity(6);
    let mut start = 0;
    for at in colons_outside_variables(text) {
        out.extend(text.get(start..at));
        start = at + 1;
    }
    out.extend(text.get(start..));
    out
}

fn tail_from_sixth(text: &str) -> Option<&str> {
    colons_outside_variables(text).nth(4).and_then(|at| text.get(at + 1..))
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDENTITY: Syntax = Syntax { variables: true, completes: true };
    const RESOURCE: Syntax = Syntax { variables: true, completes: false };
    const KEY: &str = "arn:aws:kms:us-east-1:222222222222:key/k";

    fn none(_: &ConditionKey) -> Lookup<'static> {
        Lookup::Absent
    }

    fn matches(pattern: &str, syntax: Syntax, resource: &str) -> Match {
        ResourcePattern::new(pattern, syntax).matches(resource, &none)
    }

    #[test]
    fn a_star_that_ends_a_part_runs_over_the_colons() {
        for pattern in [
            "*",
            "arn:aws:kms:*",
            "arn:aws:kms:*:222222222222:key/*",
            "arn:aws:kms:us-east-1:*",
            "arn:*",
            "arn:aws:kms:*:key/k",
        ] {
            assert_eq!(matches(pattern, RESOURCE, KEY), Match::Yes, "{pattern}");
        }
        assert_eq!(matches("arn:aws:s3:::da*", RESOURCE, "arn:aws:s3:::data/a:b"), Match::Yes);
    }

    #[test]
    fn a_star_inside_a_part_stays_there_or_is_left_open() {
        assert_eq!(matches("arn:aws:kms:us-*-1:222222222222:key/k", RESOURCE, KEY), Match::Yes);
        assert_eq!(matches("arn:aws:kms:u*1:222222222222:key/z", RESOURCE, KEY), Match::No);
        assert_eq!(matches("arn:aws:kms:us*2:key/k", RESOURCE, KEY), Match::Open);
    }

    #[test]
    fn identity_policies_complete_short_arns() {
        assert_eq!(matches("arn:aws:kms", IDENTITY, KEY), Match::Yes);
        assert_eq!(matches("arn:aws:kms", RESOURCE, KEY), Match::No);
        assert_eq!(matches("arn:aws:kms:us-east-1", IDENTITY, KEY), Match::Yes);
    }

    #[test]
    fn a_wildcard_action_has_the_resource_star() {
        assert_eq!(matches("*", IDENTITY, "*"), Match::Yes);
        assert_eq!(matches("arn:aws:s3:::x", IDENTITY, "*"), Match::No);
    }

    #[test]
    fn a_question_about_many_keys() {
        let behind = |p: &str| {
            let behind = ResourcePattern::new(p, RESOURCE).behind("arn:aws:s3:::lake/", &none).unwrap();
            behind.sure.iter().map(Wild::as_glob).collect::<Vec<_>>()
        };
        for (pattern, rests) in [
            ("*", vec!["*"]),
            ("arn:aws:s3:::lake/*", vec!["*"]),
            ("arn:aws:s3:::lake/curated/a*", vec!["curated/a*"]),
            ("arn:aws:s3:::lake/*.parquet", vec!["*.parquet"]),
            ("arn:aws:s3:::lake", vec![]),
            ("arn:aws:s3:::pond/*", vec![]),
            ("arn:aws:kms:*", vec![]),
        ] {
            assert_eq!(behind(pattern), rests, "{pattern}");
        }
        assert!(behind("arn:*:s3:::*/cur*").contains(&"cur*".to_owned()));
    }

    #[test]
    fn arn_operators_never_cross_a_colon() {
        let arn = "arn:aws:iam::111111111111:role/reader";
        let like = |p: &str| ArnPattern::try_new(p, true).unwrap().matches(arn, &none);
        assert_eq!(like("arn:aws:iam::*:role/reader"), Match::Yes);
        assert_eq!(like("arn:aws:iam::*:role/*"), Match::Yes);
        assert_eq!(like("arn:aws:iam::*"), Match::No);
        assert_eq!(like("*"), Match::No);
        assert_eq!(like("arn:*:*:*:*:*"), Match::Yes);
    }
}
