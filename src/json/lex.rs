//! The smallest parts of JSON, as nom parsers over bytes.
//!
//! They follow RFC 8259 to the letter, which nom's own number and string parsers do not: those take `01`, `.5`,
//! `+1`, `1.` and raw control characters.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while_m_n};
use nom::character::complete::{char, digit1, one_of};
use nom::combinator::{map_opt, opt, recognize, verify};
use nom::sequence::preceded;
use nom::{IResult, Parser as _};

use crate::work;

pub(super) type Input<'a> = &'a [u8];
/// What was expected is known to the caller, who also knows the place: the error says nothing.
pub(super) type Lexed<'a, T> = IResult<Input<'a>, T, ()>;

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// White space, which may be missing; gives back what follows it.
pub(super) fn skip_blank(input: Input<'_>) -> Input<'_> {
    match input {
        // Mostly there is no white space, or one blank, or a line break and a run of blanks.
        [b'!'..=u8::MAX, ..] | [] => input,
        [b' ', rest @ ..] if matches!(rest, [b'!'..=u8::MAX, ..]) => rest,
        _ => {
            let mut rest = input;
            while let [first, tail @ ..] = rest {
                work::did(1);
                if !is_blank(*first) {
                    break;
                }
                rest = tail;
                while let Some((b"        ", tail)) = rest.split_first_chunk::<8>() {
                    work::did(8);
                    rest = tail;
                }
            }
            rest
        }
    }
}

/// A number.
pub(super) fn number(input: Input<'_>) -> Lexed<'_, Input<'_>> {
    let integer = (opt(char('-')), alt((tag(&b"0"[..]), digit1)));
    let fraction = (char('.'), digit1);
    let exponent = (one_of("eE"), opt(one_of("+-")), digit1);
    let (rest, number) = recognize((integer, opt(fraction), opt(exponent))).parse(input)?;
    work::did(number.len());
    Ok((rest, number))
}

/// Whether a byte behind a number or a word makes it something else.
pub(super) fn continues_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'+' | b'-' | b'$') || !byte.is_ascii()
}

/// What stands in a string for itself: everything before a quote, a backslash or a control character.
///
/// Gives the number of bytes, since the caller holds the text they are in.
pub(super) fn plain(input: Input<'_>) -> (Input<'_>, usize) {
    let mut rest = input;
    // Eight bytes at a time; a position in a little-endian word is that of its lowest marked byte.
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        let marks = special(u64::from_le_bytes(*chunk));
        if marks != 0 {
            let rest = rest.get((marks.trailing_zeros() / 8) as usize..).unwrap_or_default();
            work::did(input.len() - rest.len() + 1);
            return (rest, input.len() - rest.len());
        }
        rest = tail;
    }
    while let [first, tail @ ..] = rest {
        if matches!(first, b'"' | b'\\' | 0..0x20) {
            break;
        }
        rest = tail;
    }
    work::did(input.len() - rest.len() + 1);
    (rest, input.len() - rest.len())
}

/// As [`plain`], and copies what it passes over, escaped quotes included: a policy that is a JSON string has one
/// every few bytes, so a whole word written and cut back is faster than a copy of the right length.
pub(super) fn copy_plain<'a>(input: Input<'a>, into: &mut Vec<u8>) -> Input<'a> {
    let mut rest = input;
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        work::did(chunk.len());
        into.extend_from_slice(chunk);
        let marks = special(u64::from_le_bytes(*chunk));
        if marks == 0 {
            rest = tail;
            continue;
        }
        let len = (marks.trailing_zeros() / 8) as usize;
        into.truncate(into.len() - (8 - len));
        match rest.get(len..).unwrap_or_default() {
            [b'\\', b'"', behind @ ..] => {
                into.push(b'"');
                rest = behind;
            }
            special => return special,
        }
    }
    let (end, len) = plain(rest);
    into.extend_from_slice(rest.get(..len).unwrap_or_default());
    end
}

/// Marks the quotes, backslashes and control characters of eight bytes. Bytes above the lowest marked one may
/// be marked wrongly (a borrow runs upwards), so only the lowest counts.
fn special(word: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    let zero = |w: u64| w.wrapping_sub(ONES) & !w;
    (zero(quote) | zero(backslash) | control) & HIGH
}

/// An escape, behind its backslash.
#[inline]
pub(super) fn escape(input: Input<'_>) -> Lexed<'_, char> {
    let (c, rest) = match input {
        [c @ (b'"' | b'\\' | b'/'), rest @ ..] => (*c, rest),
        [b'n', rest @ ..] => (b'\n', rest),
        [b't', rest @ ..] => (b'\t', rest),
        [b'r', rest @ ..] => (b'\r', rest),
        [b'b', rest @ ..] => (0x08, rest),
        [b'f', rest @ ..] => (0x0c, rest),
        _ => return unicode(input),
    };
    Ok((rest, c.into()))
}

/// `u` and four hexadecimal digits, or two such escapes for one character beyond U+FFFF.
fn unicode(input: Input<'_>) -> Lexed<'_, char> {
    let pair = (high_surrogate, preceded(char('\\'), low_surrogate));
    let pair =
        map_opt(pair, |(high, low)| char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)));
    alt((map_opt(code_unit, char::from_u32), pair)).parse(input)
}

fn high_surrogate(input: Input<'_>) -> Lexed<'_, u32> {
    verify(code_unit, |unit| (0xd800..0xdc00).contains(unit)).parse(input)
}

fn low_surrogate(input: Input<'_>) -> Lexed<'_, u32> {
    verify(code_unit, |unit| (0xdc00..0xe000).contains(unit)).parse(input)
}

/// `u` and four hexadecimal digits, half a pair included.
pub(super) fn code_unit(input: Input<'_>) -> Lexed<'_, u32> {
    let digits = take_while_m_n(4, 4, |byte: u8| byte.is_ascii_hexdigit());
    let unit = |digits: Input<'_>| {
        digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
    };
    preceded(char('u'), map_opt(digits, unit)).parse(input)
}

/// A string with its quotes, for looking ahead; nothing is decoded and no escape is checked. False when it is
/// not closed on its line; then it ends with the line.
pub(super) fn skip_string(input: Input<'_>) -> Lexed<'_, bool> {
    let (mut rest, _) = char('"').parse(input)?;
    loop {
        rest = match plain(rest).0 {
            [b'"', rest @ ..] => return Ok((rest, true)),
            rest @ ([b'\n', ..] | []) => return Ok((rest, false)),
            [b'\\', b' '..=u8::MAX, rest @ ..] | [_, rest @ ..] => rest,
        };
    }
}

/// Everything up to white space or punctuation: a word that is no JSON, or a string without its quotes.
/// Between brackets a colon belongs to the word (`kms:Decrypt`), before a value it ends the name.
pub(super) fn word(input: Input<'_>, colon: bool) -> Lexed<'_, Input<'_>> {
    let inside = |byte: u8| match byte {
        0..=b' ' | b',' | b'{' | b'}' | b'[' | b']' | b'"' | b'\'' => false,
        b':' | b'=' => colon,
        _ => true,
    };
    let (rest, word) = take_while(inside).parse(input)?;
    work::did(word.len() + 1);
    Ok((rest, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_rfc() {
        for good in ["0", "-0", "12", "1.5", "0.0", "1e5", "1E-5", "-1.25e+10", "9999999999999999999999"] {
            assert_eq!(number(good.as_bytes()), Ok((&b""[..], good.as_bytes())));
        }
        for bad in ["", "-", "+1", ".5", "a", "-a", "NaN"] {
            assert!(number(bad.as_bytes()).is_err(), "{bad}");
        }
        // What is left over makes them wrong.
        for (bad, rest) in
            [("01", "1"), ("1.", "."), ("1e", "e"), ("1.e5", ".e5"), ("0x10", "x10"), ("1_0", "_0")]
        {
            let (left, _) = number(bad.as_bytes()).unwrap();
            assert_eq!(left, rest.as_bytes());
            assert!(continues_word(left[0]));
        }
    }

    #[test]
    fn plain_stops_at_the_first_special_byte_wherever_it_stands() {
        for special in (0..0x20).chain([b'"', b'\\']) {
            for at in 0..40 {
                for filler in [b'a', b'!', b'#', b'[', b']', 0x20, 0x7f, 0x80, 0xff] {
                    let mut bytes = vec![filler; 40];
                    bytes[at] = special;
                    assert_eq!(plain(&bytes).1, at, "{special:#x} after {filler:#x}");
                    bytes[at..].fill(special);
                    assert_eq!(plain(&bytes).1, at);
                }
            }
        }
        assert_eq!(plain(&[b'a'; 23]).1, 23);
    }

    #[test]
    fn escapes() {
        for (written, c) in [
            ("n", '\n'),
            ("\"", '"'),
            ("/", '/'),
            ("b", '\u{8}'),
            ("u0041", 'A'),
            ("u00e9", 'é'),
            ("uD83d\\uDe00", '😀'),
            ("uffff", '\u{ffff}'),
        ] {
            assert_eq!(escape(written.as_bytes()), Ok((&b""[..], c)));
        }
        for bad in ["", "x", "u", "u12", "u12g4", "ud800", "udc00", "ud800\\ud800", "ud800\\n", "U0041", "'"]
        {
            assert!(escape(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn blanks() {
        for (text, rest) in [
            ("", ""),
            (" ", ""),
            ("x ", "x "),
            (" x", "x"),
            ("\n                 \t x", "x"),
            ("         ", ""),
            ("\u{b}", "\u{b}"),
            (" \u{b}", "\u{b}"),
            ("\u{a0} ", "\u{a0} "),
        ] {
            assert_eq!(skip_blank(text.as_bytes()), rest.as_bytes());
        }
    }
}
