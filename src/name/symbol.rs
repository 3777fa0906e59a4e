//! Names for values that a template or plan leaves open, written into ordinary text.
//!
//! `‹aws_kms_key.lake›` is an identity: a name AWS will choose, equal to itself alone and to nothing anybody wrote.
//! `«var.key_arn»` is any text at all; the same symbol is the same text wherever it stands. Both are literal
//! characters to the matchers, so what matches with them matches whatever they stand for. Only where nothing
//! matches does [`may_match`] have to say whether some value would.

use std::collections::BTreeSet;

/// The account nobody told.
pub const ACCOUNT: &str = "account";

/// The Region nobody told.
pub const REGION: &str = "region";

/// A name AWS will choose.
pub fn identity(name: &str) -> String {
    format!("‹{}›", plain(name))
}

/// Any text at all.
pub fn unknown(name: &str) -> String {
    format!("«{}»", plain(name))
}

/// The name as it stands inside a symbol: what would take an ARN apart or read as a wildcard is put aside.
pub fn plain(name: &str) -> String {
    let put_aside = |c| match c {
        ':' | '/' | '*' | '?' | '$' | '‹' | '›' | '«' | '»' => '.',
        // Names stand in JSON, too.
        '\\' => '∖',
        c if c.is_control() => ' ',
        c => c,
    };
    name.chars().map(put_aside).collect()
}

/// Whether a text holds a symbol of either kind.
pub fn is_in(text: &str) -> bool {
    // Nearly every text is ASCII, and that is found out many bytes at a time.
    !text.is_ascii() && text.contains(['‹', '«'])
}

/// Whether a text holds a symbol that may stand for anything.
pub fn is_unknown_in(text: &str) -> bool {
    !text.is_ascii() && text.contains('«')
}

/// The name of the first symbol that may stand for anything, else of the first identity.
pub fn first_in(text: &str) -> Option<&str> {
    let inside = |open, close| Some(text.split_once(open)?.1.split_once(close)?.0);
    inside('«', '»').or_else(|| inside('‹', '›'))
}

/// A part of a text that may hold symbols.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum SymbolPart<'t> {
    Lit(char),
    One,
    Any,
    Unknown(&'t str),
    Identity(&'t str),
}

/// Whether a pattern would match a text for some values of the symbols in both. `wild`: `*` and `?` are wildcards
/// in the pattern. An identity is met by itself, or where a wildcard takes in some of it.
pub fn may_match(pattern: &str, wild: bool, text: &str) -> bool {
    may_meet(&parts(pattern, wild), text, false)
}

/// As [`may_match`], for a pattern that was taken apart. `folds`: letter case does not count.
pub(super) fn may_meet(pattern: &[SymbolPart<'_>], text: &str, folds: bool) -> bool {
    let same = |own: char, c: char| own == c || folds && own.to_lowercase().eq(c.to_lowercase());
    let mut reached = BTreeSet::from([0]);
    skip(pattern, &mut reached);
    for part in parts(text, false) {
        let mut next = BTreeSet::new();
        match part {
            SymbolPart::Unknown(name) => {
                for at in &reached {
                    next.insert(*at);
                    for (here, theirs) in pattern.iter().enumerate().skip(*at) {
                        if matches!(theirs, SymbolPart::Lit(':' | '/')) && is_one_part(name) {
                            break;
                        }
                        next.insert(here + 1);
                        if matches!(theirs, SymbolPart::Any | SymbolPart::Unknown(_)) {
                            next.insert(here);
                        }
                    }
                }
            }
            SymbolPart::Identity(name) => {
                for at in &reached {
                    let runs = pattern.iter().enumerate().skip(*at);
                    // As long as nothing but literals was taken in, the identity has not been met.
                    let mut met = false;
                    for (here, theirs) in runs {
                        match theirs {
                            SymbolPart::Identity(own) => {
                                if here == *at && *own == name {
                                    next.insert(here + 1);
                                }
                                break;
                            }
                            // No name that AWS chooses runs over a part of an ARN.
                            SymbolPart::Lit(':' | '/') => break,
                            SymbolPart::Lit(_) => {}
                            SymbolPart::Any | SymbolPart::Unknown(_) => {
                                next.insert(here);
                                met = true;
                            }
                            SymbolPart::One => met = true,
                        }
                        if met {
                            next.insert(here + 1);
                        }
                    }
                }
            }
            SymbolPart::Lit(c) => {
                for at in &reached {
                    match pattern.get(*at) {
                        Some(SymbolPart::Lit(own)) if same(*own, c) => drop(next.insert(at + 1)),
                        Some(SymbolPart::One) => drop(next.insert(at + 1)),
                        Some(SymbolPart::Unknown(name)) if matches!(c, ':' | '/') && is_one_part(name) => {}
                        Some(SymbolPart::Any | SymbolPart::Unknown(_)) => drop(next.insert(*at)),
                        Some(SymbolPart::Lit(_) | SymbolPart::Identity(_)) | None => {}
                    }
                }
            }
            SymbolPart::One | SymbolPart::Any => {}
        }
        skip(pattern, &mut next);
        if next.is_empty() {
            return false;
        }
        reached = next;
    }
    reached.contains(&pattern.len())
}

/// The names of the symbols in a text that may stand for anything.
pub(crate) fn parts_that_may_be_anything(text: &str) -> impl Iterator<Item = &str> {
    text.split('«').skip(1).map(|rest| rest.split('»').next().unwrap_or_default())
}

/// Whether a symbol of that name stands for an account or a Region, which no ARN takes apart.
pub(crate) fn is_one_part_of_an_arn(name: &str) -> bool {
    is_one_part(name)
}

/// Whatever account or Region it is, it does not run over a part of an ARN.
fn is_one_part(name: &str) -> bool {
    name == REGION || account_number(name).is_some()
}

/// Which of the accounts that are not known a symbol stands for: `account` is 0, `account 2` is 1.
pub(crate) fn account_number(name: &str) -> Option<u32> {
    match name.strip_prefix(ACCOUNT)? {
        "" => Some(0),
        number => number.strip_prefix(' ')?.parse::<u32>().ok()?.checked_sub(1).filter(|number| *number > 0),
    }
}

/// What may stand for nothing is passed.
fn skip(pattern: &[SymbolPart<'_>], reached: &mut BTreeSet<usize>) {
    let mut open: Vec<usize> = reached.iter().copied().collect();
    while let Some(at) = open.pop() {
        if matches!(pattern.get(at), Some(SymbolPart::Any | SymbolPart::Unknown(_))) && reached.insert(at + 1)
        {
            open.push(at + 1);
        }
    }
}

pub(super) fn parts(text: &str, wild: bool) -> Vec<SymbolPart<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let tail = rest.strip_prefix(c).unwrap_or_default();
        let symbol = |close| tail.split_once(close);
        let (part, behind) = match c {
            '‹' => symbol('›')
                .map_or((SymbolPart::Lit(c), tail), |(name, behind)| (SymbolPart::Identity(name), behind)),
            '«' => symbol('»')
                .map_or((SymbolPart::Lit(c), tail), |(name, behind)| (SymbolPart::Unknown(name), behind)),
            '*' if wild => (SymbolPart::Any, tail),
            '?' if wild => (SymbolPart::One, tail),
            c => (SymbolPart::Lit(c), tail),
        };
        out.push(part);
        rest = behind;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_in_texts() {
        assert_eq!(identity("aws_kms_key.lake"), "‹aws_kms_key.lake›");
        assert_eq!(unknown("module.a[\"x/y\"].b:c"), "«module.a[\"x.y\"].b.c»");
        assert!(is_in("arn:aws:kms:«region»:1:key/‹k›") && !is_in("arn:aws:s3:::é"));
        assert_eq!(first_in("a‹b›c«d»"), Some("d"));
        assert_eq!(first_in("a‹b›c"), Some("b"));
    }

    #[test]
    fn what_some_value_would_match() {
        for (pattern, text, expected) in [
            ("key/‹k›", "key/‹k›", true),
            ("key/‹k›", "key/‹other›", false),
            ("key/1234abcd", "key/‹k›", false),
            ("key/mrk-*", "key/‹k›", true),
            ("key/1*", "key/‹k›", true),
            ("arn:*:key/1234", "arn:aws:kms:key/‹k›", false),
            ("arn:*:key/1234", "arn:«region»:key/1234", true),
            ("arn:us-east-1:key/*", "arn:«region»:key/‹k›", true),
            ("arn:us-east-1:alias/*", "arn:«region»:key/‹k›", false),
            ("«v»", "anything", true),
            ("«v»/*", "bucket/a", true),
            ("«v»/*", "bucket", false),
            ("arn:aws:s3:::«v»", "arn:aws:s3:::lake", true),
            ("arn:aws:s3:::«v»", "arn:aws:kms:::lake", false),
            ("«v»", "‹k›", true),
            ("lake-*", "lake-‹b›", true),
            ("lake-2", "lake-‹b›", false),
            ("lake-?", "lake-‹b›", true),
            ("", "«v»", true),
            ("", "‹k›", false),
        ] {
            assert_eq!(may_match(pattern, true, text), expected, "{pattern} {text}");
        }
        assert!(!may_match("key/*", false, "key/‹k›"));
    }
}
