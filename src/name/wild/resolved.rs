//! A pattern with what its variables stand for put in, and what is left of it behind a text that is known.

use super::{Lookup, Piece, Shape, Unresolved, Wild};
use crate::name::ConditionKey;

impl Wild {
    /// Put in what the variables stand for; such values are literal, whatever they contain (R25).
    pub fn resolved<'l>(&self, lookup: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Result<Self, Unresolved> {
        let Shape::Pieces(pieces) = &self.shape else { return Ok(self.clone()) };
        let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Lit(text) => push_literal(&mut out, text),
                Piece::Any | Piece::One => out.push(piece.clone()),
                Piece::Var(variable) => match (lookup(&variable.key), &variable.default) {
                    // Whether the default stands for a key that is there and empty is not documented (R24).
                    (Lookup::Value(""), Some(_)) => return Err(Unresolved::Unknown),
                    (Lookup::Value(value), _) => push_literal(&mut out, value),
                    (Lookup::Absent, Some(default)) => push_literal(&mut out, default),
                    (Lookup::Absent, None) => return Err(Unresolved::Absent),
                    (Lookup::Unknown, _) => return Err(Unresolved::Unknown),
                },
            }
        }
        Ok(Self::of_pieces(out))
    }

    /// A pattern of literals and wildcards.
    pub(in crate::name) fn of_pieces(pieces: Vec<Piece>) -> Self {
        match pieces.as_slice() {
            [] => Self { text: Box::default(), shape: Shape::Exact },
            [Piece::Lit(text)] => Self { text: text.clone(), shape: Shape::Exact },
            [Piece::Any] => Self { text: Box::default(), shape: Shape::Everything },
            _ => {
                let text: String = pieces.iter().map(written).collect();
                let plain = |p: &Piece| !matches!(p, Piece::Lit(l) if l.contains(['*', '?']));
                if pieces.iter().all(plain) {
                    return Self::glob(&text, false);
                }
                Self { text: text.into_boxed_str(), shape: Shape::Pieces(pieces.into_boxed_slice()) }
            }
        }
    }

    /// Every text that starts with this one, taken as it stands.
    pub fn starting(text: &str) -> Self {
        Self::of_pieces(vec![Piece::Lit(text.into()), Piece::Any])
    }

    /// The pattern as a row of literals and wildcards; variables that were not put in are left out.
    pub fn pieces(&self) -> Vec<Piece> {
        let mut out = Vec::new();
        match &self.shape {
            Shape::Everything => out.push(Piece::Any),
            Shape::Exact => push_literal(&mut out, &self.text),
            Shape::Prefix | Shape::Glob => {
                let mut rest = &*self.text;
                while let Some(at) = super::first_wildcard(rest) {
                    let (head, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
                    push_literal(&mut out, head);
                    match tail.chars().next() {
                        Some('?') => out.push(Piece::One),
                        Some(_) if out.last() != Some(&Piece::Any) => out.push(Piece::Any),
                        Some(_) | None => {}
                    }
                    rest = tail.get(1..).unwrap_or("");
                }
                push_literal(&mut out, rest);
            }
            Shape::Pieces(pieces) => {
                out.extend(pieces.iter().filter(|p| !matches!(p, Piece::Var(_))).cloned())
            }
        }
        out
    }

    /// What is left of the pattern behind a known text: all the ways the rest may go on, none when the text
    /// does not fit. Variables must have been put in.
    pub fn behind(&self, known: &str) -> Vec<Self> {
        let pieces = self.pieces();
        behind(&pieces, known).into_iter().map(Self::of_pieces).collect()
    }

    /// The pattern as it is written where `*` and `?` are wildcards.
    pub fn as_glob(&self) -> String {
        match &self.shape {
            Shape::Exact => written(&Piece::Lit(self.text.clone())),
            Shape::Everything | Shape::Prefix | Shape::Glob | Shape::Pieces(_) => self.as_str().to_owned(),
        }
    }
}

/// The rows of pieces that may follow once `known` was read.
fn behind(pieces: &[Piece], known: &str) -> Vec<Vec<Piece>> {
    // A position: which piece, and how many bytes of it were read.
    let mut live: Vec<(usize, usize)> = Vec::new();
    enter(pieces, (0, 0), &mut live);
    for c in known.chars() {
        let mut next = Vec::new();
        for (piece, read) in live {
            match pieces.get(piece) {
                Some(Piece::Any) => enter(pieces, (piece, 0), &mut next),
                Some(Piece::One) => enter(pieces, (piece + 1, 0), &mut next),
                Some(Piece::Lit(text)) if text.get(read..).is_some_and(|rest| rest.starts_with(c)) => {
                    let read = read + c.len_utf8();
                    let to = if read == text.len() { (piece + 1, 0) } else { (piece, read) };
                    enter(pieces, to, &mut next);
                }
                Some(Piece::Lit(_) | Piece::Var(_)) | None => {}
            }
        }
        live = next;
    }
    let rest = |(piece, read): (usize, usize)| -> Option<Vec<Piece>> {
        let mut out: Vec<Piece> = pieces.get(piece..)?.to_vec();
        if let (Some(Piece::Lit(text)), true) = (out.first_mut(), read > 0) {
            *text = text.get(read..)?.into();
        }
        Some(out)
    };
    // Behind a star the pattern without the star is covered by the one with it.
    let covered = |at: (usize, usize)| {
        at.1 == 0
            && at.0 > 0
            && matches!(pieces.get(at.0 - 1), Some(Piece::Any))
            && live.contains(&(at.0 - 1, 0))
    };
    live.iter().copied().filter(|at| !covered(*at)).filter_map(rest).collect()
}

/// Stand at a position, and behind the star there: a star may be empty.
fn enter(pieces: &[Piece], at: (usize, usize), live: &mut Vec<(usize, usize)>) {
    if !live.contains(&at) {
        live.push(at);
    }
    if let Some(Piece::Any) = pieces.get(at.0) {
        enter_behind(at.0 + 1, live);
    }
}

/// Two stars never follow each other, so one step is enough.
fn enter_behind(piece: usize, live: &mut Vec<(usize, usize)>) {
    if !live.contains(&(piece, 0)) {
        live.push((piece, 0));
    }
}

fn push_literal(out: &mut Vec<Piece>, text: &str) {
    if text.is_empty() {
        return;
    }
    match out.last_mut() {
        Some(Piece::Lit(last)) => *last = format!("{last}{text}").into_boxed_str(),
        Some(Piece::Any | Piece::One | Piece::Var(_)) | None => out.push(Piece::Lit(text.into())),
    }
}

/// A piece as a policy writes it.
fn written(piece: &Piece) -> String {
    match piece {
        Piece::Any => "*".to_owned(),
        Piece::One => "?".to_owned(),
        Piece::Var(variable) => format!("${{{}}}", variable.key),
        Piece::Lit(text) => {
            let mut out = String::with_capacity(text.len());
            for c in text.chars() {
                match c {
                    '*' | '?' => out.extend(["${", c.encode_utf8(&mut [0; 4]), "}"]),
                    c => out.push(c),
                }
            }
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(pattern: &str, known: &str) -> Vec<String> {
        Wild::glob(pattern, true).behind(known).iter().map(Wild::as_glob).collect()
    }

    #[test]
    fn what_is_left_behind_a_known_text() {
        assert_eq!(behind("lake/curated/*", "lake/"), ["curated/*"]);
        assert_eq!(behind("*", "lake/"), ["*"]);
        assert_eq!(behind("la*/x*", "lake/"), ["*/x*", "x*"]);
        assert_eq!(behind("lake/?b", "lake/"), ["?b"]);
        assert_eq!(behind("lake/", "lake/"), [""]);
        assert!(behind("raw/*", "lake/").is_empty());
    }

    #[test]
    fn what_is_put_in_is_literal() {
        let team = |_: &ConditionKey| Lookup::Value("a*");
        let resolved = Wild::glob("x/${aws:PrincipalTag/team}/*", true).resolved(&team).unwrap();
        assert_eq!(resolved.as_str(), "x/a${*}/*");
        assert_eq!(Wild::glob(resolved.as_str(), true).pieces(), resolved.pieces());
        assert_eq!(Wild::literal("${aws:PrincipalTag/team}", true).resolved(&team).unwrap().as_str(), "a*");
    }
}
