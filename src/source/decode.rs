//! From the bytes of a file to text: gzip, byte-order marks, UTF-16, and bytes that are no text at all.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use super::{OffsetMap, Text};

/// How large a compressed file may become.
const MAX_INFLATED: u64 = 1 << 30;

/// The text of a file.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The text.
    pub text: Text,
    /// From offsets in the text to the bytes of the file. Of a gzip file, to its bytes when uncompressed: a
    /// place inside a compressed stream helps nobody.
    pub bytes: OffsetMap,
    /// The text is not all there: every bad sequence was replaced by U+FFFD, so that reading can go on.
    pub problem: Option<Malformed>,
}

impl Decoded {
    /// UTF-8 that may hold bad bytes; `skipped` bytes of the file come before it.
    pub(crate) fn lossy_utf8(bytes: &[u8], skipped: u32) -> Self {
        let mut map = OffsetMap::shift(skipped);
        let mut text = String::with_capacity(bytes.len());
        let mut problem = None;
        let mut host = skipped;
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            host = host.saturating_add(chunk.valid().len() as u32);
            if !chunk.invalid().is_empty() {
                let at = text.len() as u32;
                problem.get_or_insert(Malformed { encoding: "UTF-8", byte: host, text: at });
                text.push(char::REPLACEMENT_CHARACTER);
                host = host.saturating_add(chunk.invalid().len() as u32);
                map.push(text.len() as u32, host);
            }
        }
        Self { text: text.into(), bytes: map, problem }
    }
}

/// The first bytes that are no text in the encoding of the file.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {byte} is not valid {encoding}")]
pub struct Malformed {
    /// The name of the encoding.
    pub encoding: &'static str,
    /// Offset in the file.
    pub byte: u32,
    /// Offset in the text: where the first U+FFFD stands for bytes that could not be read.
    pub text: u32,
}

/// Why bytes give no text at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not valid gzip; the reason.
    #[error("the gzip stream is damaged or cut off: {0}")]
    Gzip(String),
    /// The text is larger than what is read, once inflated.
    #[error("more than {} MiB when uncompressed", MAX_INFLATED >> 20)]
    Inflated,
    /// The bytes are more than what is read.
    #[error("larger than 4 GiB")]
    TooLarge,
}

/// The text in the bytes of a file or of standard input.
pub fn decode(bytes: Vec<u8>) -> Result<Decoded, DecodeError> {
    decode_limited(bytes, MAX_INFLATED)
}

fn decode_limited(bytes: Vec<u8>, inflated: u64) -> Result<Decoded, DecodeError> {
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) { inflate(&bytes, inflated)? } else { bytes };
    if u32::try_from(bytes.len()).is_err() {
        return Err(DecodeError::TooLarge);
    }
    let decoded = match bytes.as_slice() {
        [0xef, 0xbb, 0xbf, ..] => utf8(bytes, 3),
        [0xff, 0xfe, rest @ ..] => utf16(rest, 2, u16::from_le_bytes, "UTF-16LE"),
        [0xfe, 0xff, rest @ ..] => utf16(rest, 2, u16::from_be_bytes, "UTF-16BE"),
        // No text we read begins with a NUL or has one behind its first character.
        [1..=0x7f, 0, ..] => utf16(&bytes, 0, u16::from_le_bytes, "UTF-16LE"),
        [0, 1..=0x7f, ..] => utf16(&bytes, 0, u16::from_be_bytes, "UTF-16BE"),
        _ => utf8(bytes, 0),
    };
    // UTF-16 and U+FFFD make text longer than its bytes.
    if u32::try_from(decoded.text.len()).is_err() { Err(DecodeError::TooLarge) } else { Ok(decoded) }
}

fn inflate(bytes: &[u8], limit: u64) -> Result<Vec<u8>, DecodeError> {
    let mut inflated = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(limit.saturating_add(1))
        .read_to_end(&mut inflated)
        .map_err(|error| DecodeError::Gzip(error.to_string()))?;
    if inflated.len() as u64 > limit { Err(DecodeError::Inflated) } else { Ok(inflated) }
}

/// UTF-8 behind a mark of `skipped` bytes, in the memory it was read into.
fn utf8(mut bytes: Vec<u8>, skipped: u8) -> Decoded {
    bytes.drain(..usize::from(skipped).min(bytes.len()));
    let skipped = u32::from(skipped);
    match String::from_utf8(bytes) {
        Ok(text) => Decoded { text: text.into(), bytes: OffsetMap::shift(skipped), problem: None },
        Err(error) => Decoded::lossy_utf8(error.as_bytes(), skipped),
    }
}

fn utf16(bytes: &[u8], skipped: u32, unit: fn([u8; 2]) -> u16, encoding: &'static str) -> Decoded {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut map = OffsetMap::identity();
    let mut text = String::with_capacity(pairs.len());
    let mut problem = None;
    let mut host = skipped;
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let at = text.len() as u32;
        let c = decoded.unwrap_or_else(|_| {
            problem.get_or_insert(Malformed { encoding, byte: host, text: at });
            char::REPLACEMENT_CHARACTER
        });
        map.push_strided(at, host, if c.is_ascii() { 2 } else { 1 });
        text.push(c);
        host = host.saturating_add(2 * c.len_utf16() as u32);
    }
    map.push_strided(text.len() as u32, host, 2);
    if !odd.is_empty() {
        problem.get_or_insert(Malformed { encoding, byte: host, text: text.len() as u32 });
        text.push(char::REPLACEMENT_CHARACTER);
        map.push(text.len() as u32, host.saturating_add(1));
    }
    Decoded { text: text.into(), bytes: map, problem }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn le(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn be(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_be_bytes).collect()
    }

    /// Every character of the text maps to where it stands in the file.
    fn check_map(decoded: &Decoded, skipped: u32, size: fn(char) -> usize) {
        let mut host = skipped;
        for (at, c) in decoded.text.char_indices() {
            assert_eq!(decoded.bytes.map(at as u32), host, "at {at}");
            host += size(c) as u32;
        }
        assert_eq!(decoded.bytes.map(decoded.text.len() as u32), host);
    }

    const TEXT: &str = "{\"é中😀\": \"plain\", \"x\":1}";

    #[test]
    fn utf8_with_and_without_a_mark() {
        let plain = decode(TEXT.into()).unwrap();
        assert_eq!(&*plain.text, TEXT);
        check_map(&plain, 0, char::len_utf8);
        let marked = decode([b"\xef\xbb\xbf", TEXT.as_bytes()].concat()).unwrap();
        assert_eq!(&*marked.text, TEXT);
        check_map(&marked, 3, char::len_utf8);
    }

    #[test]
    fn utf16_with_and_without_a_mark() {
        for (bytes, skipped) in [
            (le(TEXT), 0),
            (be(TEXT), 0),
            ([vec![0xff, 0xfe], le(TEXT)].concat(), 2),
            ([vec![0xfe, 0xff], be(TEXT)].concat(), 2),
        ] {
            let decoded = decode(bytes).unwrap();
            assert_eq!(&*decoded.text, TEXT);
            assert_eq!(decoded.problem, None);
            check_map(&decoded, skipped, |c| 2 * c.len_utf16());
        }
    }

    #[test]
    fn bad_bytes_are_replaced_and_named() {
        let decoded = decode(b"{\"a\xff\": \"\xe4\xb8\"}".to_vec()).unwrap();
        assert_eq!(&*decoded.text, "{\"a\u{fffd}\": \"\u{fffd}\"}");
        assert_eq!(decoded.problem, Some(Malformed { encoding: "UTF-8", byte: 3, text: 3 }));
        assert_eq!(decoded.bytes.map(decoded.text.len() as u32), 12);
        let cut = decode([le("{}"), vec![b'x']].concat()).unwrap();
        assert_eq!(&*cut.text, "{}\u{fffd}");
        assert_eq!(cut.problem, Some(Malformed { encoding: "UTF-16LE", byte: 4, text: 2 }));
        assert_eq!(cut.bytes.map(5), 5);
    }

    #[test]
    fn gzip_streams() {
        assert_eq!(&*decode(gzip(TEXT.as_bytes())).unwrap().text, TEXT);
        assert_eq!(&*decode([gzip(b"[1,"), gzip(b"2]")].concat()).unwrap().text, "[1,2]");
        let whole = gzip(&[b' '; 10_000]);
        assert!(matches!(decode(whole[..whole.len() / 2].to_vec()), Err(DecodeError::Gzip(_))));
        assert!(matches!(decode(vec![0x1f, 0x8b]), Err(DecodeError::Gzip(_))));
        assert_eq!(decode_limited(whole.clone(), 9_999).unwrap_err(), DecodeError::Inflated);
        assert_eq!(decode_limited(whole, 10_000).unwrap().text.len(), 10_000);
    }

    #[test]
    fn nothing_at_all() {
        assert_eq!(&*decode(Vec::new()).unwrap().text, "");
    }
}
