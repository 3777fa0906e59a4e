//! IAM's pattern: `*`, `?`, `${key}`, `${key, 'default'}` and the escapes `${*}` `${?}` `${$}`.
//!
//! Not a shell glob: brackets and slashes are ordinary characters. Matching keeps one place to return to (the
//! last star), so it needs no recursion and no memory whatever the pattern says.

mod resolved;

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_till1, take_until};
use nom::combinator::opt;
use nom::sequence::{delimited, preceded};
use smallvec::SmallVec;

use super::{ConditionKey, symbol};

/// A pattern, parsed where it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wild {
    /// As written; empty for a lone star.
    text: Box<str>,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    /// `*`
    Everything,
    /// No special character.
    Exact,
    /// Literal up to a final star.
    Prefix,
    /// `*` and `?`, nothing to substitute.
    Glob,
    Pieces(Box<[Piece]>),
}

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text that stands for itself.
    Lit(Box<str>),
    /// `*`: any text.
    Any,
    /// `?`: one character.
    One,
    /// A policy variable.
    Var(Variable),
}

/// `${key}` or `${key, 'default'}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The key whose value it stands for.
    pub key: ConditionKey,
    /// The text it stands for where the request does not have the key.
    pub default: Option<Box<str>>,
}

/// What the request holds for the key of a variable.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// The request holds this value.
    Value(&'a str),
    /// The request does not have the key.
    Absent,
    /// The key may hold anything, or AWS does not say what the variable means here.
    Unknown,
}

/// Whether a pattern matches.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// It matches.
    Yes,
    /// It does not match.
    No,
    /// It depends on something that is not known.
    Open,
}

impl Match {
    /// Where symbols were compared letter by letter and did not match, some of their values may.
    #[must_use]
    pub fn or_symbols(self, may_match: impl FnOnce() -> bool) -> Self {
        if self == Self::No && may_match() { Self::Open } else { self }
    }
}

impl From<bool> for Match {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// A `${` that is no variable. The offset counts bytes from the start of the text.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum VariableError {
    /// `${` without `}`; the byte it begins at.
    MissingBrace(usize),
    /// A default without its closing quote; the byte it begins at.
    MissingQuote(usize),
    /// `${}`; the byte it begins at.
    Empty(usize),
    /// White space where none is allowed; the byte it is at.
    Space(usize),
}

impl Wild {
    /// A pattern in which `*` and `?` are wildcards. Variables exist only in documents of version 2012-10-17 (R10).
    pub fn glob(text: &str, variables: bool) -> Self {
        Self::try_glob(text, variables).unwrap_or_else(|_| Self::glob(text, false))
    }

    /// As [`Wild::glob`], but tells what is wrong with a variable.
    pub fn try_glob(text: &str, variables: bool) -> Result<Self, VariableError> {
        let shape = if variables && has_variable(text) {
            Shape::Pieces(pieces(text, true)?)
        } else {
            match first_wildcard(text) {
                None => Shape::Exact,
                Some(0) if text == "*" => Shape::Everything,
                Some(at) if at + 1 == text.len() && text.ends_with('*') => Shape::Prefix,
                Some(_) => Shape::Glob,
            }
        };
        // A lone star is the most frequent pattern of all, and says what it is by its shape.
        let text = if shape == Shape::Everything { Box::default() } else { text.into() };
        Ok(Self { text, shape })
    }

    /// A pattern in which `*` and `?` are ordinary characters, as in `StringEquals` (R36).
    pub fn literal(text: &str, variables: bool) -> Self {
        Self::try_literal(text, variables).unwrap_or_else(|_| Self::literal(text, false))
    }

    /// As [`Wild::literal`], but tells what is wrong with a variable.
    pub fn try_literal(text: &str, variables: bool) -> Result<Self, VariableError> {
        let shape =
            if variables && has_variable(text) { Shape::Pieces(pieces(text, false)?) } else { Shape::Exact };
        Ok(Self { text: text.into(), shape })
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        if self.is_everything() { "*" } else { &self.text }
    }

    /// Whether the pattern has neither wildcards nor variables, so that it stands for its own text.
    pub fn is_exact(&self) -> bool {
        self.shape == Shape::Exact
    }

    /// Whether it is `*`.
    pub fn is_everything(&self) -> bool {
        self.shape == Shape::Everything
    }

    /// Whether it has a wildcard.
    pub fn has_wildcard(&self) -> bool {
        match &self.shape {
            Shape::Everything | Shape::Prefix | Shape::Glob => true,
            Shape::Exact => false,
            Shape::Pieces(pieces) => pieces.iter().any(|p| matches!(p, Piece::Any | Piece::One)),
        }
    }

    /// The variables that have to be looked up.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        let pieces: &[Piece] = if let Shape::Pieces(pieces) = &self.shape { pieces } else { &[] };
        pieces.iter().filter_map(|p| if let Piece::Var(v) = p { Some(v) } else { None })
    }

    /// What the pattern is made of where no key has a value, two literals perhaps side by side; `None` when it
    /// matches nothing then, since a variable without a value matches nothing (R23).
    pub fn tokens(&self) -> Option<Tokens<'_>> {
        match &self.shape {
            Shape::Pieces(pieces) => resolve(pieces, &|_| Lookup::Absent).ok(),
            Shape::Exact => Some(SmallVec::from_iter([Token::Lit(&self.text)])),
            Shape::Everything => Some(SmallVec::from_iter([Token::Any])),
            Shape::Prefix => {
                let head = self.text.strip_suffix('*').unwrap_or(&self.text);
                Some(SmallVec::from_iter([Token::Lit(head), Token::Any]))
            }
            Shape::Glob => Some(glob_pieces(&self.text)),
        }
    }

    /// Compare with one text; `lookup` answers for the variables. Values put in for variables are literal (R25),
    /// and a variable without a value matches nothing (R23).
    pub fn matches<'l>(&self, text: &str, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Match {
        match &self.shape {
            Shape::Everything => Match::Yes,
            Shape::Exact => Match::from(*self.text == *text),
            Shape::Prefix => {
                let head = self.text.strip_suffix('*').unwrap_or(&self.text);
                Match::from(text.as_bytes().starts_with(head.as_bytes()))
            }
            Shape::Glob => Match::from(glob(self.text.as_bytes(), text.as_bytes())),
            Shape::Pieces(pieces) => match resolve(pieces, lookup) {
                Ok(tokens) => Match::from(glob_tokens(&tokens, text)),
                Err(why) => why.into(),
            },
        }
    }

    /// Whether some value of the symbols in the pattern or in the text makes them match. Without symbols: no.
    pub fn may_match<'l>(&self, text: &str, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> bool {
        self.may_meet(text, lookup, false)
    }

    /// As [`Wild::may_match`], letter case aside.
    pub fn may_match_ignoring_case<'l>(
        &self,
        text: &str,
        lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>,
    ) -> bool {
        self.may_meet(text, lookup, true)
    }

    fn may_meet<'l>(&self, text: &str, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>, folds: bool) -> bool {
        let Shape::Pieces(pieces) = &self.shape else {
            let written = self.as_str();
            let open = symbol::is_in(written) || symbol::is_in(text);
            return open && symbol::may_meet(&symbol::parts(written, self.has_wildcard()), text, folds);
        };
        let mut parts = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Lit(text) => parts.extend(symbol::parts(text, false)),
                Piece::Any => parts.push(symbol::SymbolPart::Any),
                Piece::One => parts.push(symbol::SymbolPart::One),
                Piece::Var(variable) => match (lookup(&variable.key), &variable.default) {
                    (Lookup::Value(""), Some(_)) => parts.push(symbol::SymbolPart::Any),
                    (Lookup::Value(value), _) => parts.extend(symbol::parts(value, false)),
                    (Lookup::Absent, Some(default)) => parts.extend(symbol::parts(default, false)),
                    (Lookup::Absent, None) => return false,
                    (Lookup::Unknown, _) => parts.push(symbol::SymbolPart::Any),
                },
            }
        }
        let is_open = |part: &symbol::SymbolPart<'_>| {
            matches!(part, symbol::SymbolPart::Unknown(_) | symbol::SymbolPart::Identity(_))
        };
        (parts.iter().any(is_open) || symbol::is_in(text)) && symbol::may_meet(&parts, text, folds)
    }

    /// As [`Wild::matches`], letter case aside.
    pub fn matches_ignoring_case<'l>(
        &self,
        text: &str,
        lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>,
    ) -> Match {
        match &self.shape {
            Shape::Pieces(pieces) => match resolve(pieces, lookup) {
                Ok(tokens) => {
                    let folded: Vec<String> = tokens
                        .iter()
                        .map(|t| if let Token::Lit(l) = t { l.to_lowercase() } else { String::new() })
                        .collect();
                    let tokens: SmallVec<[Token<'_>; 8]> = tokens
                        .iter()
                        .zip(&folded)
                        .map(|(t, f)| if matches!(t, Token::Lit(_)) { Token::Lit(f) } else { *t })
                        .collect();
                    Match::from(glob_tokens(&tokens, &text.to_lowercase()))
                }
                Err(why) => why.into(),
            },
            Shape::Everything | Shape::Exact | Shape::Prefix | Shape::Glob => {
                Match::from(fold_eq(self.as_str(), text))
            }
        }
    }
}

/// Where the first `*` or `?` stands.
pub(super) fn first_wildcard(text: &str) -> Option<usize> {
    // By bytes: this is asked of every pattern of every policy, and both are ASCII.
    text.bytes().position(|b| matches!(b, b'*' | b'?'))
}

/// Whether a text holds a `${`.
pub fn has_variable(text: &str) -> bool {
    // Nearly no text holds a dollar sign, and a byte is found faster than a string.
    text.bytes().any(|b| b == b'$') && text.contains("${")
}

/// Equal but for letter case.
pub fn fold_eq(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        a.eq_ignore_ascii_case(b)
    } else {
        a.chars().flat_map(char::to_lowercase).eq(b.chars().flat_map(char::to_lowercase))
    }
}

/// A part of a pattern in which nothing is left to look up.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// Text that stands for itself.
    Lit(&'a str),
    /// Any text.
    Any,
    /// One character.
    One,
}

/// The parts of a pattern, in order.
pub type Tokens<'a> = SmallVec<[Token<'a>; 8]>;

/// The tokens to match with, or what stands in the way.
type Resolved<'a> = Result<Tokens<'a>, Unresolved>;

/// Why a pattern's variables cannot be put in.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// One stands for nothing, so the pattern matches nothing (R23).
    Absent,
    /// It may stand for any text.
    Unknown,
}

impl From<Unresolved> for Match {
    fn from(why: Unresolved) -> Self {
        match why {
            Unresolved::Absent => Self::No,
            Unresolved::Unknown => Self::Open,
        }
    }
}

fn resolve<'a, 'l: 'a>(pieces: &'a [Piece], lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Resolved<'a> {
    let mut tokens = SmallVec::new();
    let mut unknown = false;
    for piece in pieces {
        tokens.push(match piece {
            Piece::Lit(text) => Token::Lit(text),
            Piece::Any => Token::Any,
            Piece::One => Token::One,
            Piece::Var(variable) => match (lookup(&variable.key), &variable.default) {
                // Whether the default stands for a key that is there and empty is not documented (R24).
                (Lookup::Value(""), Some(_)) => {
                    unknown = true;
                    Token::Any
                }
                (Lookup::Value(value), _) => Token::Lit(value),
                (Lookup::Absent, Some(default)) => Token::Lit(default),
                (Lookup::Absent, None) => return Err(Unresolved::Absent),
                (Lookup::Unknown, _) => {
                    unknown = true;
                    Token::Any
                }
            },
        });
    }
    if unknown { Err(Unresolved::Unknown) } else { Ok(tokens) }
}

/// The parts of a pattern without variables.
fn glob_pieces(text: &str) -> Tokens<'_> {
    let mut tokens = Tokens::new();
    let mut rest = text;
    while let Some(at) = first_wildcard(rest) {
        let (lit, tail) = rest.split_at(at);
        if !lit.is_empty() {
            tokens.push(Token::Lit(lit));
        }
        tokens.push(if tail.starts_with('*') { Token::Any } else { Token::One });
        rest = tail.get(1..).unwrap_or("");
    }
    if !rest.is_empty() {
        tokens.push(Token::Lit(rest));
    }
    tokens
}

/// Match `*` and `?` over bytes; `?` takes one character, however many bytes it has.
pub(super) fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (pattern, text);
    let mut star: Option<(&[u8], &[u8])> = None;
    loop {
        match (p.split_first(), t.split_first()) {
            (Some((b'*', rest)), _) => {
                if rest.is_empty() {
                    return true;
                }
                p = rest;
                star = Some((p, t));
                continue;
            }
            (Some((b'?', rest)), Some(_)) => {
                p = rest;
                t = skip_char(t);
                continue;
            }
            (Some((a, p_rest)), Some((b, t_rest))) if a == b => {
                p = p_rest;
                t = t_rest;
                continue;
            }
            (None, None) => return true,
            (None | Some(_), None | Some(_)) => {}
        }
        match star {
            Some((after, from)) if !from.is_empty() => {
                let from = skip_char(from);
                (p, t) = (after, from);
                star = Some((after, from));
            }
            Some(_) | None => return false,
        }
    }
}

fn skip_char(text: &[u8]) -> &[u8] {
    let Some((_, mut rest)) = text.split_first() else { return text };
    // Continuation bytes of UTF-8 belong to the character just skipped.
    while let Some((b, next)) = rest.split_first() {
        if b & 0xC0 != 0x80 {
            break;
        }
        rest = next;
    }
    rest
}

fn glob_tokens(tokens: &[Token<'_>], text: &str) -> bool {
    let (mut p, mut t) = (tokens, text);
    let mut star: Option<(&[Token<'_>], &str)> = None;
    loop {
        match p.split_first() {
            Some((Token::Any, rest)) => {
                p = rest;
                star = Some((p, t));
                continue;
            }
            Some((Token::One, rest)) => {
                let mut chars = t.chars();
                if chars.next().is_some() {
                    (p, t) = (rest, chars.as_str());
                    continue;
                }
            }
            Some((Token::Lit(lit), rest)) => {
                if let Some(tail) = t.strip_prefix(lit) {
                    (p, t) = (rest, tail);
                    continue;
                }
            }
            None if t.is_empty() => return true,
            None => {}
        }
        match star {
            Some((after, from)) => {
                let mut chars = from.chars();
                if chars.next().is_none() {
                    return false;
                }
                (p, t) = (after, chars.as_str());
                star = Some((after, t));
            }
            None => return false,
        }
    }
}

/// Take a text apart into literals, wildcards and variables.
fn pieces(text: &str, wildcards: bool) -> Result<Box<[Piece]>, VariableError> {
    let mut out: Vec<Piece> = Vec::new();
    let mut lit = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("${") {
            let at = text.len() - rest.len();
            let (tail, piece) = variable(rest, at)?;
            match piece {
                Piece::Lit(escaped) => lit.push_str(&escaped),
                piece @ (Piece::Any | Piece::One | Piece::Var(_)) => {
                    flush(&mut lit, &mut out);
                    out.push(piece);
                }
            }
            rest = tail;
            continue;
        }
        match c {
            '*' | '?' if wildcards => {
                flush(&mut lit, &mut out);
                // Two stars in a row mean what one means.
                if c == '?' {
                    out.push(Piece::One);
                } else if out.last() != Some(&Piece::Any) {
                    out.push(Piece::Any);
                }
            }
            c => lit.push(c),
        }
        rest = rest.get(c.len_utf8()..).unwrap_or("");
    }
    flush(&mut lit, &mut out);
    Ok(out.into_boxed_slice())
}

fn flush(lit: &mut String, out: &mut Vec<Piece>) {
    if !lit.is_empty() {
        out.push(Piece::Lit(std::mem::take(lit).into_boxed_str()));
    }
}

/// One `${…}`, which stands at the start of `input`.
fn variable(input: &str, at: usize) -> Result<(&str, Piece), VariableError> {
    type Parsed<'a, T> = nom::IResult<&'a str, T>;
    let escape: Parsed<'_, &str> =
        delimited(tag("${"), alt((tag("*"), tag("?"), tag("$"))), tag("}")).parse(input);
    if let Ok((rest, character)) = escape {
        return Ok((rest, Piece::Lit(character.into())));
    }
    let body: Parsed<'_, &str> = preceded(tag("${"), take_until("}")).parse(input);
    if body.is_err() {
        return Err(VariableError::MissingBrace(at));
    }
    let name: Parsed<'_, &str> = preceded(tag("${"), take_till1(|c| c == '}' || c == ',')).parse(input);
    let Ok((rest, name)) = name else { return Err(VariableError::Empty(at)) };
    if name.trim().is_empty() {
        return Err(VariableError::Empty(at));
    }
    if name.trim() != name {
        return Err(VariableError::Space(at));
    }
    let default: Parsed<'_, Option<&str>> =
        opt(preceded((tag(","), opt(tag(" "))), delimited(tag("'"), take_until("'"), tag("'")))).parse(rest);
    let (rest, default) = default.unwrap_or((rest, None));
    match rest.strip_prefix('}') {
        Some(rest) => {
            let variable = Variable { key: ConditionKey::new(name), default: default.map(Into::into) };
            Ok((rest, Piece::Var(variable)))
        }
        None if rest.starts_with(',') => Err(VariableError::MissingQuote(at)),
        None => Err(VariableError::MissingBrace(at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(key: &ConditionKey) -> Lookup<'static> {
        match key.folded() {
            "aws:principaltag/team" => Lookup::Value("red*"),
            "aws:username" => Lookup::Unknown,
            _ => Lookup::Absent,
        }
    }

    fn matches(pattern: &str, text: &str) -> Match {
        Wild::glob(pattern, true).matches(text, &lookup)
    }

    #[test]
    fn wildcards() {
        for (pattern, text) in [
            ("*", ""),
            ("a*c", "abc"),
            ("a?c", "aéc"),
            ("*a*b", "xaab"),
            ("a*", "a"),
            ("**", "x"),
            ("a*b*c", "a b b c"),
        ] {
            assert_eq!(matches(pattern, text), Match::Yes, "{pattern} {text}");
        }
        for (pattern, text) in [("a?c", "ac"), ("a*c", "ab"), ("", "a"), ("a", ""), ("?", ""), ("a[b]", "ab")]
        {
            assert_eq!(matches(pattern, text), Match::No, "{pattern} {text}");
        }
    }

    #[test]
    fn variables_are_put_in_literally() {
        assert_eq!(matches("x/${aws:PrincipalTag/team}/*", "x/red*/1"), Match::Yes);
        assert_eq!(matches("x/${aws:PrincipalTag/team}/*", "x/redder/1"), Match::No);
        assert_eq!(matches("x-${aws:PrincipalTag/none, 'shared'}", "x-shared"), Match::Yes);
        assert_eq!(matches("x-${aws:PrincipalTag/none}", "x-"), Match::No);
        assert_eq!(matches("x-${aws:username}", "x-a"), Match::Open);
    }

    #[test]
    fn escapes_stand_for_the_character() {
        assert_eq!(matches("a${*}b", "a*b"), Match::Yes);
        assert_eq!(matches("a${*}b", "axb"), Match::No);
        assert_eq!(matches("a${?}${$}*", "a?$xyz"), Match::Yes);
        assert_eq!(Wild::glob("a${*}b", false).matches("a${x}b", &lookup), Match::Yes);
    }

    #[test]
    fn tokens_are_what_is_compared() {
        use Token::{Any, Lit, One};
        for (pattern, expected) in [
            ("*", vec![Any]),
            ("a*", vec![Lit("a"), Any]),
            ("*a?b", vec![Any, Lit("a"), One, Lit("b")]),
            ("a${*}*", vec![Lit("a*"), Any]),
            ("a${aws:PrincipalTag/t, 'b'}", vec![Lit("a"), Lit("b")]),
        ] {
            assert_eq!(Wild::glob(pattern, true).tokens().unwrap().to_vec(), expected, "{pattern}");
        }
        assert!(Wild::glob("a${aws:PrincipalTag/t}", true).tokens().is_none());
    }

    #[test]
    fn says_what_is_wrong_with_a_variable() {
        assert_eq!(Wild::try_glob("a${aws:x", true), Err(VariableError::MissingBrace(1)));
        assert_eq!(Wild::try_glob("${}", true), Err(VariableError::Empty(0)));
        assert_eq!(Wild::try_glob("${aws:x, y}", true), Err(VariableError::MissingQuote(0)));
        assert_eq!(Wild::try_glob("${ aws:x}", true), Err(VariableError::Space(0)));
    }

    #[test]
    fn hostile_patterns_end() {
        let pattern = "*a".repeat(2_000) + "b";
        assert_eq!(matches(&pattern, &"a".repeat(4_000)), Match::No);
    }
}
