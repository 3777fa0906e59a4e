//! Numbers as policies hold them.

use std::borrow::Cow;

/// A plain form longer than this is not a number anybody meant.
const LONGEST: usize = 64;

/// The text AWS compares with when a policy holds a bare number, such as `"aws:MultiFactorAuthAge": 3600`.
///
/// An integer is given back as written, digit for digit, however long it is. A fraction or an exponent is
/// turned into plain decimal digits without zeros at their end (`1.50` is `1.5`, `2.0` and `2e0` are `2`), exactly:
/// no binary fraction comes between. What would take more than 64 characters (`1e999`, which `serde_json`
/// refuses to hold) stays as written, and so does text that is no number.
pub fn canonical_number(written: &str) -> Cow<'_, str> {
    if !written.contains(['.', 'e', 'E']) {
        return Cow::Borrowed(written);
    }
    plain(written).map_or(Cow::Borrowed(written), Cow::Owned)
}

fn plain(written: &str) -> Option<String> {
    let (sign, unsigned) = written.strip_prefix('-').map_or(("", written), |rest| ("-", rest));
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    let significant = digits.trim_start_matches('0');
    let point = exponent.parse::<i64>().ok()?.checked_add(i64::try_from(whole.len()).ok()?)?;
    // Where the decimal point stands, counted from the first digit that is not zero.
    let point = point.checked_sub(i64::try_from(digits.len() - significant.len()).ok()?)?;
    let significant = significant.trim_end_matches('0');
    if significant.is_empty() {
        return Some("0".to_owned());
    }
    let behind = usize::try_from(point.unsigned_abs()).ok()?;
    if significant.len().checked_add(behind)? > LONGEST {
        return None;
    }
    Some(match usize::try_from(point).ok().filter(|point| *point > 0) {
        None => format!("{sign}0.{}{significant}", "0".repeat(behind)),
        Some(point) => match significant.split_at_checked(point) {
            Some((whole, "")) => format!("{sign}{whole}"),
            Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
            None => format!("{sign}{significant}{}", "0".repeat(point - significant.len())),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_digits() {
        for (written, text) in [
            ("0", "0"),
            ("-0", "-0"),
            ("3600", "3600"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("1.50", "1.5"),
            ("2.0", "2"),
            ("2e0", "2"),
            ("-2.5E1", "-25"),
            ("1e3", "1000"),
            ("12.34e1", "123.4"),
            ("1.5e-3", "0.0015"),
            ("0.10", "0.1"),
            ("0.001e2", "0.1"),
            ("0.001e3", "1"),
            ("0e5", "0"),
            ("-0.0", "0"),
            ("1e999", "1e999"),
            ("1e99999999999999999999", "1e99999999999999999999"),
            ("9e-9223372036854775808", "9e-9223372036854775808"),
            ("none", "none"),
        ] {
            assert_eq!(canonical_number(written), text, "{written}");
        }
    }

    #[test]
    fn the_value_stays_what_serde_json_holds() {
        for written in ["1.50", "12.34e1", "1.5e-3", "0.001e3", "-2.5E1", "6.02214076e23", "1e-20"] {
            let ours: f64 = canonical_number(written).parse().unwrap();
            let theirs: serde_json::Value = serde_json::from_str(written).unwrap();
            assert_eq!(Some(ours), theirs.as_f64());
        }
    }
}
