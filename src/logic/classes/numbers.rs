//! Readable numbers: whole ones near zero first.

/// Above this many characters an exponent reads better.
const MOST_DIGITS: usize = 20;
/// More decimals than a number of this kind can tell apart.
const MOST_DECIMALS: usize = 17;

pub(super) fn text(number: f64) -> String {
    if number.is_infinite() {
        // A decimal that is too large to hold; the word `inf` is no number to the operators.
        return if number > 0.0 { "1e999".to_owned() } else { "-1e999".to_owned() };
    }
    let plain = format!("{number}");
    if plain.len() <= MOST_DIGITS {
        return plain;
    }
    let short = format!("{number:e}");
    if short.len() < plain.len() { short } else { plain }
}

/// The most readable number between two, neither of them included; `None` for a bound is no bound.
pub(super) fn between(low: Option<f64>, high: Option<f64>) -> Option<String> {
    let inside = |n: f64| low.is_none_or(|l| n > l) && high.is_none_or(|h| n < h);
    let whole = [Some(0.0), low.map(|l| l.floor() + 1.0), high.map(|h| h.ceil() - 1.0)];
    let near_zero = |a: &f64, b: &f64| a.abs().total_cmp(&b.abs());
    if let Some(found) = whole.into_iter().flatten().filter(|n| inside(*n)).min_by(near_zero) {
        return Some(text(found));
    }
    if let (Some(low), Some(_)) = (low, high) {
        let decimals = (1..=MOST_DECIMALS).map(|digits| step_up(low, digits));
        if let Some(found) = decimals.into_iter().find(|t| t.parse().is_ok_and(inside)) {
            return Some(found);
        }
    }
    // Beyond what has decimals: halves, then the ends of the row.
    let (from, to) = (low.unwrap_or(f64::MIN).max(f64::MIN), high.unwrap_or(f64::MAX).min(f64::MAX));
    let ends = [from / 2.0 + to / 2.0, from.next_up(), f64::MAX, f64::MIN, f64::INFINITY, f64::NEG_INFINITY];
    ends.into_iter().find(|n| inside(*n)).map(text)
}

/// The next larger number of so many decimals.
fn step_up(low: f64, decimals: usize) -> String {
    let scale = 10_f64.powi(i32::try_from(decimals).unwrap_or(i32::MAX));
    format!("{:.*}", decimals, ((low * scale).floor() + 1.0) / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_near_zero_first() {
        for (low, high, expected) in [
            (None, None, "0"),
            (Some(0.0), None, "1"),
            (None, Some(0.0), "-1"),
            (Some(300.0), Some(3600.0), "301"),
            (Some(-7.5), Some(-3.0), "-4"),
            (Some(1.0), Some(2.0), "1.1"),
            (Some(1.2), Some(1.21), "1.201"),
            (Some(-1.0), Some(0.5), "0"),
            (None, Some(3600.0), "0"),
        ] {
            assert_eq!(between(low, high).as_deref(), Some(expected), "{low:?} {high:?}");
        }
    }

    #[test]
    fn nothing_between_neighbours() {
        assert_eq!(between(Some(1.0), Some(1.0_f64.next_up())), None);
        assert_eq!(between(Some(f64::INFINITY), None), None);
        assert_eq!(between(Some(f64::MAX), None).as_deref(), Some("1e999"));
        let far = between(Some(1e300), Some(2e300)).unwrap().parse::<f64>().unwrap();
        assert!(far > 1e300 && far < 2e300);
        assert!(between(Some(1.0), Some(1.0_f64.next_up().next_up())).is_some());
        assert!(between(Some(f64::MAX.next_down().next_down()), Some(f64::MAX)).is_some());
    }

    #[test]
    fn numbers_are_written_in_the_shorter_way() {
        for (number, expected) in [
            (-2.5, "-2.5"),
            (1e19, "10000000000000000000"),
            (1e30, "1e30"),
            (-1e-30, "-1e-30"),
            // Both are as long.
            (-0.001_234_567_890_123_457, "-0.001234567890123457"),
            (f64::INFINITY, "1e999"),
            (f64::NEG_INFINITY, "-1e999"),
        ] {
            assert_eq!(text(number), expected);
        }
    }

    #[test]
    fn texts_are_read_back() {
        for number in [0.0, -2.5, 1e21, 1e-9, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(text(number).parse::<f64>(), Ok(number));
        }
    }
}
