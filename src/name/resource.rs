//! Patterns over ARNs: what `Resource` means, and what `ArnLike` means. They are not the same.

use super::ConditionKey;
use super::wild::{Lookup, Match, VariableError, Wild, first_wildcard, glob, has_variable};

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
    pub fn new(text: &str, syntax: Syntax) -> Self {
        Self::try_new(text, syntax).unwrap_or_else(|_| Self::plain(Wild::glob(text, false)))
    }

    fn plain(whole: Wild) -> Self {
        Self { whole, parts: None }
    }

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
        let mut parts = text.splitn(6, ':');
        let mut missing = false;
        let mut head: [Box<str>; 5] = [(); 5].map(|()| match parts.next() {
            Some(part) => Box::from(part),
            None => {
                missing = true;
                Box::from("*")
            }
        });
        let tail_text = parts.next();
        if missing && !syntax.completes {
            // An incomplete pattern is compared as a whole only.
            head = [(); 5].map(|()| Box::from(""));
        }
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
        Ok(Self { whole: Wild::glob(text, false), parts: Some(Box::new(Parts { head, tail, loose })) })
    }

    pub fn as_str(&self) -> &str {
        self.whole.as_str()
    }

    pub fn is_everything(&self) -> bool {
        self.whole.is_everything()
    }

    /// Whether the pattern names one resource and nothing else.
    pub fn is_exact(&self) -> bool {
        self.parts.is_none() && self.whole.is_exact()
    }

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

    /// Compare with all resources that a question's own `*` and `?` stand for: `Yes` when the pattern covers every
    /// one of them, `No` when it covers none.
    pub fn matches_all_of<'l>(&self, many: &str, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Match {
        if !many.contains(['*', '?']) {
            return self.matches(many, lookup);
        }
        if self.is_everything() {
            return Match::Yes;
        }
        // Characters no policy holds stand for “any”, in runs of every length that the pattern's own `?` could
        // tell apart.
        let lengths = self.as_str().matches('?').count() + 2;
        let one_star = many.matches('*').count() <= 1;
        let sample = |n: usize| many.replace('*', &"\u{F8FF}".repeat(n)).replace('?', "\u{F8FF}");
        if one_star && (0..=lengths).all(|n| self.matches(&sample(n), lookup) == Match::Yes) {
            return Match::Yes;
        }
        let head = many.split(['*', '?']).next().unwrap_or("");
        let plain_prefix = self.parts.is_none()
            && self
                .as_str()
                .strip_suffix('*')
                .is_some_and(|p| !p.contains(['*', '?']) && head.starts_with(p));
        if plain_prefix {
            return Match::Yes;
        }
        let disjoint = if self.variables().next().is_some() {
            // Only what stands in front of the first variable is certain.
            let own = self.as_str().split(['*', '?', '$']).next().unwrap_or("");
            !own.starts_with(head) && !head.starts_with(own)
        } else {
            !intersect(self.as_str(), many)
        };
        if disjoint { Match::No } else { Match::Open }
    }

    /// The variables that have to be looked up.
    pub fn variables(&self) -> impl Iterator<Item = &super::Variable> {
        self.parts.iter().flat_map(|parts| parts.tail.variables())
    }
}

/// Whether two patterns have a text in common. Follows all positions of the second pattern at once.
fn intersect(a: &str, b: &str) -> bool {
    let b: Vec<char> = b.chars().collect();
    let close = |live: &mut Vec<bool>| {
        for (at, c) in b.iter().enumerate() {
            if *c == '*'
                && live.get(at).copied().unwrap_or(false)
                && let Some(next) = live.get_mut(at + 1)
            {
                *next = true;
            }
        }
    };
    let mut live = vec![false; b.len() + 1];
    if let Some(first) = live.first_mut() {
        *first = true;
    }
    close(&mut live);
    for c in a.chars() {
        let mut next = vec![false; b.len() + 1];
        if c == '*' {
            // Any run: every position at or behind a live one.
            let mut seen = false;
            for (slot, was) in next.iter_mut().zip(&live) {
                seen |= *was;
                *slot = seen;
            }
        } else {
            for (at, other) in b.iter().enumerate() {
                if !live.get(at).copied().unwrap_or(false) {
                    continue;
                }
                let to = match *other {
                    '*' => at,
                    '?' => at + 1,
                    o if c == '?' || o == c => at + 1,
                    _ => continue,
                };
                if let Some(slot) = next.get_mut(to) {
                    *slot = true;
                }
            }
            close(&mut next);
        }
        live = next;
        if !live.contains(&true) {
            return false;
        }
    }
    live.last().copied().unwrap_or(false)
}

impl Parts {
    fn matches<'l>(&self, resource: &str, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Match {
        let mut rest = resource;
        for pattern in &self.head {
            let Some((part, tail)) = rest.split_once(':') else { return Match::No };
            if !glob(pattern.as_bytes(), part.as_bytes()) {
                return Match::No;
            }
            rest = tail;
        }
        self.tail.matches(rest, lookup)
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

    pub fn as_str(&self) -> &str {
        self.whole.as_str()
    }

    pub fn is_complete(&self) -> bool {
        self.parts.is_some()
    }

    pub fn has_wildcard(&self) -> bool {
        self.whole.has_wildcard()
    }

    pub fn variables(&self) -> impl Iterator<Item = &super::Variable> {
        self.whole.variables()
    }

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
        let all = |p: &str, many: &str| ResourcePattern::new(p, RESOURCE).matches_all_of(many, &none);
        let many = "arn:aws:s3:::lake/curated/*";
        for covers in [
            "*",
            "arn:aws:s3:::lake/*",
            "arn:aws:s3:::lake/curated/*",
            "arn:aws:s3:::l*",
            "arn:*:s3:::*/cur*",
        ] {
            assert_eq!(all(covers, many), Match::Yes, "{covers}");
        }
        for part in [
            "arn:aws:s3:::lake/curated/a*",
            "arn:aws:s3:::lake/*.parquet",
            "arn:aws:s3:::lake/curated/?*",
            "arn:aws:s3:::lake/curated/x",
        ] {
            assert_eq!(all(part, many), Match::Open, "{part}");
        }
        for apart in ["arn:aws:s3:::lake/raw/*", "arn:aws:s3:::lake", "arn:aws:kms:*", "arn:aws:s3:::pond/*"]
        {
            assert_eq!(all(apart, many), Match::No, "{apart}");
        }
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
