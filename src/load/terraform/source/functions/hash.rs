//! Digests of texts: MD5, SHA-1, SHA-256 and SHA-512, as RFC 1321 and FIPS 180-4 say.

/// The message with its length behind it, in blocks.
fn padded(bytes: &[u8], block: usize, length: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out.push(0x80);
    while !(out.len() + length.len()).is_multiple_of(block) {
        out.push(0);
    }
    out.extend_from_slice(length);
    out
}

fn word32(bytes: &[u8], big: bool) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(bytes.get(..4).unwrap_or(&[0; 4]));
    if big { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
}

/// The digits behind the point of the roots of the first primes, which the constants are.
fn primes() -> impl Iterator<Item = u64> {
    (2_u64..).filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0))
}

/// The first 64 bits behind the point of the square or cube root of a number.
fn root_fraction(number: u64, power: u32) -> u64 {
    use num_bigint::BigUint;
    let shifted = BigUint::from(number) << (64 * power);
    let root = if power == 2 { shifted.sqrt() } else { shifted.cbrt() };
    let mask = BigUint::from(u64::MAX);
    u64::try_from(root & mask).unwrap_or(0)
}

pub(super) fn md5(bytes: &[u8]) -> Vec<u8> {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let length = (bytes.len() as u64).wrapping_mul(8).to_le_bytes();
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded(bytes, 64, &length).chunks(64) {
        let words: Vec<u32> = block.chunks(4).map(|word| word32(word, false)).collect();
        let [mut a, mut b, mut c, mut d] = state;
        for i in 0..64_u32 {
            let (f, index) = match i / 16 {
                0 => ((b & c) | (!b & d), i),
                1 => ((d & b) | (!d & c), (5 * i + 1) % 16),
                2 => (b ^ c ^ d, (3 * i + 5) % 16),
                _last => (c ^ (b | !d), (7 * i) % 16),
            };
            let constant = (f64::from(i + 1).sin().abs() * 4_294_967_296.0) as u32;
            let word = words.get(index as usize).copied().unwrap_or(0);
            let sum = a.wrapping_add(f).wrapping_add(constant).wrapping_add(word);
            let shift =
                SHIFTS.get((i / 16) as usize).and_then(|row| row.get((i % 4) as usize)).copied().unwrap_or(0);
            (a, d, c) = (d, c, b);
            b = b.wrapping_add(sum.rotate_left(shift));
        }
        for (slot, value) in state.iter_mut().zip([a, b, c, d]) {
            *slot = slot.wrapping_add(value);
        }
    }
    state.iter().flat_map(|word| word.to_le_bytes()).collect()
}

pub(super) fn sha1(bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u64).wrapping_mul(8).to_be_bytes();
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in padded(bytes, 64, &length).chunks(64) {
        let mut words: Vec<u32> = block.chunks(4).map(|word| word32(word, true)).collect();
        for i in 16..80_usize {
            let back = |n: usize| words.get(i - n).copied().unwrap_or(0);
            words.push((back(3) ^ back(8) ^ back(14) ^ back(16)).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (i, word) in words.iter().enumerate() {
            let (f, k) = match i / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _last => (b ^ c ^ d, 0xca62_c1d6_u32),
            };
            let sum = a.rotate_left(5).wrapping_add(f).wrapping_add(e).wrapping_add(k).wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, sum);
        }
        for (slot, value) in state.iter_mut().zip([a, b, c, d, e]) {
            *slot = slot.wrapping_add(value);
        }
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

pub(super) fn sha256(bytes: &[u8]) -> Vec<u8> {
    let constants: Vec<u32> = primes().take(64).map(|prime| (root_fraction(prime, 3) >> 32) as u32).collect();
    let mut state: Vec<u32> = primes().take(8).map(|prime| (root_fraction(prime, 2) >> 32) as u32).collect();
    let length = (bytes.len() as u64).wrapping_mul(8).to_be_bytes();
    for block in padded(bytes, 64, &length).chunks(64) {
        let mut words: Vec<u32> = block.chunks(4).map(|word| word32(word, true)).collect();
        for i in 16..64_usize {
            let back = |n: usize| words.get(i - n).copied().unwrap_or(0);
            let s0 = back(15).rotate_right(7) ^ back(15).rotate_right(18) ^ (back(15) >> 3);
            let s1 = back(2).rotate_right(17) ^ back(2).rotate_right(19) ^ (back(2) >> 10);
            words.push(back(16).wrapping_add(s0).wrapping_add(back(7)).wrapping_add(s1));
        }
        let mut now = state.clone();
        for (word, constant) in words.iter().zip(&constants) {
            let [a, b, c, d, e, f, g, h] = now.as_slice() else { continue };
            let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & f) ^ (!e & g);
            let t1 = h.wrapping_add(s1).wrapping_add(choice).wrapping_add(*constant).wrapping_add(*word);
            let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let t2 = s0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            now = vec![t1.wrapping_add(t2), *a, *b, *c, d.wrapping_add(t1), *e, *f, *g];
        }
        state.iter_mut().zip(now).for_each(|(slot, value)| *slot = slot.wrapping_add(value));
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

pub(super) fn sha512(bytes: &[u8]) -> Vec<u8> {
    let constants: Vec<u64> = primes().take(80).map(|prime| root_fraction(prime, 3)).collect();
    let mut state: Vec<u64> = primes().take(8).map(|prime| root_fraction(prime, 2)).collect();
    let length = (bytes.len() as u128).wrapping_mul(8).to_be_bytes();
    for block in padded(bytes, 128, &length).chunks(128) {
        let word = |bytes: &[u8]| {
            (u64::from(word32(bytes, true)) << 32)
                | u64::from(word32(bytes.get(4..).unwrap_or_default(), true))
        };
        let mut words: Vec<u64> = block.chunks(8).map(word).collect();
        for i in 16..80_usize {
            let back = |n: usize| words.get(i - n).copied().unwrap_or(0);
            let s0 = back(15).rotate_right(1) ^ back(15).rotate_right(8) ^ (back(15) >> 7);
            let s1 = back(2).rotate_right(19) ^ back(2).rotate_right(61) ^ (back(2) >> 6);
            words.push(back(16).wrapping_add(s0).wrapping_add(back(7)).wrapping_add(s1));
        }
        let mut now = state.clone();
        for (word, constant) in words.iter().zip(&constants) {
            let [a, b, c, d, e, f, g, h] = now.as_slice() else { continue };
            let s1 = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
            let choice = (e & f) ^ (!e & g);
            let t1 = h.wrapping_add(s1).wrapping_add(choice).wrapping_add(*constant).wrapping_add(*word);
            let s0 = a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39);
            let t2 = s0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            now = vec![t1.wrapping_add(t2), *a, *b, *c, d.wrapping_add(t1), *e, *f, *g];
        }
        state.iter_mut().zip(now).for_each(|(slot, value)| *slot = slot.wrapping_add(value));
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_abc() {
        assert_eq!(hex(&md5(b"abc")), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hex(&sha1(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(hex(&sha512(b"abc")).starts_with("ddaf35a193617abacc417349ae204131"));
    }
}
