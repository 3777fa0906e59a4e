//! Numbers as Terraform has them: binary fractions of 512 bits, written with as few digits as tell them apart.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::{BigInt, BigUint, Sign};

/// Bits that a number keeps.
const PRECISION: u64 = 512;

/// Powers of ten and two that are read; past them nothing of AWS is.
const MAX_EXPONENT: i64 = 4000;

/// `mantissa * 2^exponent`, the mantissa odd unless it is zero.
#[derive(Clone, Debug)]
pub(super) struct Number {
    mantissa: BigInt,
    exponent: i64,
    /// Zero has a sign, which is written.
    negative_zero: bool,
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::rounded(BigInt::from(value), 0, false)
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self::from(value as u64)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::rounded(BigInt::from(value), 0, false)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.mantissa == other.mantissa && (self.is_zero() || self.exponent == other.exponent)
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b, _) = aligned(self, other);
        a.cmp(&b)
    }
}

/// Two mantissas under one exponent.
fn aligned(a: &Number, b: &Number) -> (BigInt, BigInt, i64) {
    let exponent = a.exponent.min(b.exponent);
    let shifted = |n: &Number| &n.mantissa << (n.exponent - exponent).unsigned_abs();
    (shifted(a), shifted(b), exponent)
}

impl Number {
    pub(super) fn is_zero(&self) -> bool {
        self.mantissa.sign() == Sign::NoSign
    }

    pub(super) fn is_negative(&self) -> bool {
        self.mantissa.sign() == Sign::Minus
    }

    pub(super) fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// To the nearest number of so many bits, to an even one between two. `more`: something below the last bit is lost.
    fn rounded(mantissa: BigInt, exponent: i64, more: bool) -> Self {
        let (sign, mut size) = mantissa.into_parts();
        let mut exponent = exponent;
        let bits = size.bits();
        if bits > PRECISION {
            let cut = bits - PRECISION;
            let half = BigUint::from(1_u8) << (cut - 1);
            let rest = &size & ((BigUint::from(1_u8) << cut) - 1_u8);
            size >>= cut;
            exponent += cut as i64;
            let up = match rest.cmp(&half) {
                Ordering::Greater => true,
                Ordering::Equal => more || size.bit(0),
                Ordering::Less => false,
            };
            if up {
                size += 1_u8;
            }
        }
        let zeros = size.trailing_zeros().unwrap_or(0);
        size >>= zeros;
        exponent = if size.bits() == 0 { 0 } else { exponent + zeros as i64 };
        Self { mantissa: BigInt::from_biguint(sign, size), exponent, negative_zero: false }
    }

    /// Digits, with a fraction and an exponent.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (digits, power) = match digits.split_once(['e', 'E']) {
            Some((digits, power)) => (digits, power.parse::<i64>().ok()?),
            None => (digits, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = format!("{whole}{fraction}");
        if all.is_empty() || all.len() > MAX_EXPONENT as usize || !all.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let power = power.checked_sub(fraction.len() as i64)?;
        if power.abs() > MAX_EXPONENT {
            return None;
        }
        let value = BigUint::parse_bytes(all.as_bytes(), 10)?;
        let ten = BigUint::from(10_u8).pow(power.unsigned_abs() as u32);
        let value = if power >= 0 {
            Self::rounded(BigInt::from(value * ten), 0, false)
        } else {
            Self::quotient(BigInt::from(value), &BigInt::from(ten), 0)
        };
        Some(if negative { value.negated() } else { value })
    }

    fn quotient(a: BigInt, b: &BigInt, exponent: i64) -> Self {
        let shift = (PRECISION + 8 + b.bits()).saturating_sub(a.bits());
        let a: BigInt = a << shift;
        let whole = &a / b;
        let more = &whole * b != a;
        // What is lost lies below the last bit that is kept.
        let whole = (whole << 1_u8)
            + if more { BigInt::from(i8::from(a.sign() == b.sign()) * 2 - 1) } else { BigInt::ZERO };
        Self::rounded(whole, exponent - shift as i64 - 1, more)
    }

    pub(super) fn negated(mut self) -> Self {
        self.negative_zero = self.is_zero() && !self.negative_zero;
        self.mantissa = -self.mantissa;
        self
    }

    fn is_wild(&self) -> bool {
        self.exponent.abs() > 4 * MAX_EXPONENT
    }

    fn bounded(self) -> Option<Self> {
        (!self.is_wild()).then_some(self)
    }

    pub(super) fn add(&self, other: &Self) -> Option<Self> {
        let (a, b, exponent) = aligned(self, other);
        Self::rounded(a + b, exponent, false).bounded()
    }

    pub(super) fn subtract(&self, other: &Self) -> Option<Self> {
        let (a, b, exponent) = aligned(self, other);
        Self::rounded(a - b, exponent, false).bounded()
    }

    pub(super) fn multiply(&self, other: &Self) -> Option<Self> {
        let product = Self::rounded(&self.mantissa * &other.mantissa, self.exponent + other.exponent, false);
        product.signed_zero(self.has_sign() != other.has_sign()).bounded()
    }

    pub(super) fn divide(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        let quotient = Self::quotient(self.mantissa.clone(), &other.mantissa, self.exponent - other.exponent);
        quotient.signed_zero(self.has_sign() != other.has_sign()).bounded()
    }

    pub(super) fn modulo(&self, other: &Self) -> Option<Self> {
        // What is left of a division that has no result is the number itself.
        if other.is_zero() {
            return Some(self.clone());
        }
        // By way of the quotient, whose last bits are rounded: 1 % 0.1 is 0.
        let whole = self.divide(other)?.truncated();
        self.subtract(&other.multiply(&whole)?)
    }

    fn has_sign(&self) -> bool {
        self.is_negative() || self.negative_zero
    }

    fn signed_zero(mut self, negative: bool) -> Self {
        self.negative_zero = self.is_zero() && negative;
        self
    }

    /// Without what stands behind the point.
    pub(super) fn truncated(&self) -> Self {
        if self.is_integer() {
            return self.clone();
        }
        let (sign, size) = self.mantissa.clone().into_parts();
        Self::rounded(BigInt::from_biguint(sign, size >> self.exponent.unsigned_abs()), 0, false)
    }

    pub(super) fn floor(&self) -> Self {
        let whole = self.truncated();
        if self.is_negative() && !self.is_integer() {
            return whole.subtract(&Self::from(1_u64)).unwrap_or(whole);
        }
        whole.without_sign_of_zero()
    }

    /// Zero that was rounded to, or of which the sign was taken away.
    pub(super) fn without_sign_of_zero(mut self) -> Self {
        self.negative_zero = false;
        self
    }

    pub(super) fn ceil(&self) -> Self {
        let whole = self.truncated();
        if !self.is_negative() && !self.is_integer() {
            return whole.add(&Self::from(1_u64)).unwrap_or(whole);
        }
        whole.without_sign_of_zero()
    }

    pub(super) fn to_i64(&self) -> Option<i64> {
        if !self.is_integer() || self.exponent > 64 {
            return None;
        }
        i64::try_from(&self.mantissa << self.exponent.unsigned_abs()).ok()
    }

    pub(super) fn to_usize(&self) -> Option<usize> {
        usize::try_from(self.to_i64()?).ok()
    }

    pub(super) fn to_f64(&self) -> Option<f64> {
        self.to_string().parse().ok()
    }

    pub(super) fn of_f64(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let bits = value.to_bits();
        let power = ((bits >> 52) & 0x7ff) as i64;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) =
            if power == 0 { (fraction, -1074) } else { (fraction | (1 << 52), power - 1075) };
        let number = Self::rounded(BigInt::from(mantissa), exponent, false);
        Some(if value.is_sign_negative() { number.negated() } else { number })
    }

    /// An integer in another base.
    pub(super) fn to_radix(&self, base: u32) -> Option<String> {
        let whole = self.is_integer().then(|| &self.mantissa << self.exponent.unsigned_abs())?;
        (2..=36).contains(&base).then(|| whole.to_str_radix(base))
    }

    pub(super) fn of_radix(text: &str, base: u32) -> Option<Self> {
        if !(2..=36).contains(&base) || text.len() > MAX_EXPONENT as usize {
            return None;
        }
        Some(Self::rounded(BigInt::parse_bytes(text.as_bytes(), base)?, 0, false))
    }

    /// All decimal digits, and how many of them stand behind the point.
    fn digits(&self) -> (String, usize) {
        let size = self.mantissa.magnitude();
        if self.exponent >= 0 {
            return ((size << self.exponent.unsigned_abs()).to_string(), 0);
        }
        let power = self.exponent.unsigned_abs();
        ((size * BigUint::from(5_u8).pow(power as u32)).to_string(), power as usize)
    }

    /// With so many digits behind the point.
    pub(super) fn fixed(&self, places: usize) -> String {
        let (digits, point) = self.digits();
        let whole_len = digits.len() as i64 - point as i64;
        let (digits, whole_len) = round(&digits, whole_len, whole_len + places as i64);
        format!("{}{}", if self.is_negative() { "-" } else { "" }, placed(&digits, whole_len, places))
    }
}

/// The first `keep` digits, rounded; the second number is where the point stands.
fn round(digits: &str, point: i64, keep: i64) -> (String, i64) {
    let Ok(len) = usize::try_from(keep) else { return (String::new(), point) };
    if len >= digits.len() {
        return (digits.to_owned(), point);
    }
    let (kept, rest) = digits.split_at_checked(len).unwrap_or((digits, ""));
    let mut bytes: Vec<u8> = kept.bytes().collect();
    let is_half = rest.strip_prefix('5').is_some_and(|rest| rest.bytes().all(|b| b == b'0'));
    let odd = bytes.last().is_some_and(|b| b % 2 == 1);
    let up = rest.bytes().next().is_some_and(|b| b >= b'5') && (!is_half || odd);
    let mut point = point;
    if up {
        let mut at = bytes.len();
        loop {
            let Some(before) = at.checked_sub(1) else {
                bytes.insert(0, b'1');
                point += 1;
                break;
            };
            at = before;
            match bytes.get_mut(at) {
                Some(b) if *b == b'9' => *b = b'0',
                Some(b) => {
                    *b += 1;
                    break;
                }
                None => break,
            }
        }
    }
    (String::from_utf8(bytes).unwrap_or_default(), point)
}

/// Digits with a point, and at least so many places behind it.
fn placed(digits: &str, point: i64, places: usize) -> String {
    let mut text = String::new();
    let (whole, fraction) = match usize::try_from(point) {
        Ok(at) if at > 0 => digits.split_at_checked(at).map_or_else(
            || (format!("{digits}{}", "0".repeat(at - digits.len())), String::new()),
            |(whole, fraction)| (whole.to_owned(), fraction.to_owned()),
        ),
        _ => ("0".to_owned(), format!("{}{digits}", "0".repeat(point.unsigned_abs() as usize))),
    };
    text.push_str(&whole);
    if !fraction.is_empty() || places > 0 {
        text.push('.');
        text.push_str(&fraction);
        text.push_str(&"0".repeat(places.saturating_sub(fraction.len())));
    }
    text
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str(if self.negative_zero { "-0" } else { "0" });
        }
        if self.is_negative() {
            f.write_str("-")?;
        }
        let (digits, point) = self.digits();
        if self.is_integer() && digits.len() <= 150 {
            return f.write_str(&digits);
        }
        let whole = digits.len() as i64 - point as i64;
        let size = Self { mantissa: BigInt::from(self.mantissa.magnitude().clone()), ..self.clone() };
        let mut shown = (digits.clone(), whole);
        // The fewest digits that no other number of this precision is nearer to.
        for keep in 1..digits.len().min(160) {
            let (few, at) = round(&digits, whole, keep as i64);
            let power = at - few.len() as i64;
            if Self::parse(&format!("{few}e{power}")).is_some_and(|read| read == size) {
                shown = (few, at);
                break;
            }
        }
        let (digits, point) = shown;
        let trimmed = if point < digits.len() as i64 {
            let keep = digits.trim_end_matches('0').len().max(usize::try_from(point).unwrap_or(0));
            digits.get(..keep).unwrap_or(&digits).to_owned()
        } else {
            digits
        };
        f.write_str(&placed(&trimmed, point, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn numbers_are_written_with_the_digits_that_count() {
        for (text, expected) in [
            ("1.50", "1.5"),
            ("1e21", "1000000000000000000000"),
            ("0.1", "0.1"),
            ("1e-9", "0.000000001"),
            ("-0", "-0"),
            ("100", "100"),
            ("12345678901234567890", "12345678901234567890"),
            ("0.000001", "0.000001"),
            ("-2.75", "-2.75"),
        ] {
            assert_eq!(number(text).to_string(), expected);
        }
    }

    #[test]
    fn a_third_has_512_bits() {
        let third = number("1").divide(&number("3")).unwrap().to_string();
        assert_eq!(third.len(), 157);
        assert!(third.starts_with("0.3333") && third.ends_with("3335"));
        assert_eq!(number("-7").modulo(&number("3")).unwrap(), number("-1"));
        assert_eq!(number("3.14159").fixed(2), "3.14");
        assert_eq!(number("-2.5").floor(), number("-3"));
        assert_eq!(number("2.1").ceil(), number("3"));
    }
}
