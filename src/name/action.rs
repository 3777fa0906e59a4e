use std::fmt;

use super::symbol;
use super::wild::{first_wildcard, glob};

/// One API action as IAM names it, `service:Name`. Compared without case (R11).
#[derive(Clone)]
pub struct ActionName {
    written: Box<str>,
    folded: Box<str>,
    colon: u32,
}

impl ActionName {
    /// None when the text is not `service:name` or holds a wildcard.
    pub fn new(text: &str) -> Option<Self> {
        let (service, name) = text.split_once(':')?;
        let plain =
            |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !plain(service) || !plain(name) {
            return None;
        }
        Some(Self {
            written: text.into(),
            folded: text.to_ascii_lowercase().into_boxed_str(),
            colon: service.len() as u32,
        })
    }

    /// An action this program names itself.
    pub fn of(service: &'static str, name: &'static str) -> Self {
        let written = format!("{service}:{name}");
        Self {
            folded: written.to_ascii_lowercase().into_boxed_str(),
            written: written.into_boxed_str(),
            colon: service.len() as u32,
        }
    }

    /// The action as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The action in lower case: IAM compares actions so (R14).
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// The service prefix in lower case.
    pub fn service(&self) -> &str {
        self.folded.get(..self.colon as usize).unwrap_or("")
    }

    /// The name behind the prefix, in lower case.
    pub fn name(&self) -> &str {
        self.folded.get(self.colon as usize + 1..).unwrap_or("")
    }
}

impl PartialEq for ActionName {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for ActionName {}

impl fmt::Display for ActionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl fmt::Debug for ActionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// An entry of `Action` or `NotAction`: `*`, or `service:name` with `*` and `?` in the name (R17).
#[derive(Clone, Debug)]
pub struct ActionPattern {
    folded: Box<str>,
    /// Which of the first 64 bytes are capital letters where it is written.
    capitals: u64,
    shape: Shape,
}

impl PartialEq for ActionPattern {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for ActionPattern {}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Shape {
    Everything,
    Exact,
    /// `service:*` or `service:Get*`: everything up to the final star is literal.
    Prefix,
    Glob,
    /// It holds a value that the input leaves open.
    Symbol,
    /// A wildcard in front of the colon, which no page describes (R17).
    WildService,
}

impl ActionPattern {
    /// The pattern of a text such as `s3:Get*`.
    pub fn new(text: &str) -> Self {
        let folded = text.to_ascii_lowercase().into_boxed_str();
        let colon = text.bytes().position(|b| b == b':').unwrap_or(text.len());
        let shape = match first_wildcard(text) {
            _ if symbol::is_in(text) => Shape::Symbol,
            None => Shape::Exact,
            Some(0) if text.bytes().all(|b| b == b'*') => Shape::Everything,
            Some(at) if at < colon => Shape::WildService,
            Some(at) if at + 1 == text.len() && text.ends_with('*') => Shape::Prefix,
            Some(_) => Shape::Glob,
        };
        let capitals = text.bytes().take(64).enumerate().filter(|(_, byte)| byte.is_ascii_uppercase());
        let capitals = capitals.fold(0, |all, (at, _)| all | 1 << at);
        Self { folded, capitals, shape }
    }

    /// As it is written; of an endless one the rest is in lower case.
    pub fn written(&self) -> String {
        let capital = |at: usize| at < 64 && self.capitals & 1 << at != 0;
        let letter = |(at, c): (usize, char)| if capital(at) { c.to_ascii_uppercase() } else { c };
        self.folded.char_indices().map(letter).collect()
    }

    /// Whether the pattern covers the action; `None` where AWS does not say (a wildcard in the service prefix).
    pub fn covers(&self, action: &ActionName) -> Option<bool> {
        self.covers_folded(&action.folded)
    }

    /// The same for an action in lower case.
    pub fn covers_folded(&self, action: &str) -> Option<bool> {
        let text: &str = &self.folded;
        match self.shape {
            Shape::Everything => Some(true),
            Shape::Exact => Some(text == action),
            // What stands here is open, so it may be this action.
            Shape::Symbol => {
                if symbol::may_match(text, true, action) {
                    None
                } else {
                    Some(false)
                }
            }
            Shape::Prefix => {
                let head = text.strip_suffix('*').unwrap_or(text);
                Some(action.as_bytes().starts_with(head.as_bytes()))
            }
            Shape::Glob => Some(glob(text.as_bytes(), action.as_bytes())),
            Shape::WildService => {
                if glob(text.as_bytes(), action.as_bytes()) {
                    None
                } else {
                    Some(false)
                }
            }
        }
    }

    /// Whether it is `*`.
    pub fn is_everything(&self) -> bool {
        self.shape == Shape::Everything
    }

    /// The service prefix in lower case; none for `*` and for wildcards in front of the colon.
    pub fn service(&self) -> Option<&str> {
        match self.shape {
            Shape::Everything | Shape::WildService | Shape::Symbol => None,
            Shape::Exact | Shape::Prefix | Shape::Glob => {
                self.folded.split_once(':').map(|(service, _)| service)
            }
        }
    }

    /// The pattern in lower case.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Whether it holds a value that the input leaves open.
    pub fn is_symbolic(&self) -> bool {
        self.shape == Shape::Symbol
    }

    /// Whether the part before the colon has a wildcard.
    pub fn has_wild_service(&self) -> bool {
        self.shape == Shape::WildService
    }

    /// Whether it has a wildcard.
    pub fn has_wildcard(&self) -> bool {
        self.shape != Shape::Exact
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(pattern: &str, action: &str) -> Option<bool> {
        ActionPattern::new(pattern).covers(&ActionName::new(action).unwrap())
    }

    #[test]
    fn wildcards_stand_anywhere_in_the_name_and_case_does_not_matter() {
        for pattern in ["*", "s3:*", "S3:getobject", "s3:Get*", "s3:*Object", "s3:Ge?Object", "s3:G*O*t"] {
            assert_eq!(covers(pattern, "s3:GetObject"), Some(true), "{pattern}");
        }
        for pattern in ["s3:GetObjec", "s3:Get", "s3:?GetObject", "kms:*", "s3express:*", "s3:GetObject?"] {
            assert_eq!(covers(pattern, "s3:GetObject"), Some(false), "{pattern}");
        }
    }

    #[test]
    fn a_wildcard_in_the_service_prefix_is_left_open() {
        assert_eq!(covers("*:GetObject", "s3:GetObject"), None);
        assert_eq!(covers("*:PutObject", "s3:GetObject"), Some(false));
    }

    #[test]
    fn names_are_plain_words() {
        for text in ["s3", "s3:", ":x", "s3:Get*", "s3:Get Object", ""] {
            assert!(ActionName::new(text).is_none(), "{text}");
        }
    }
}
