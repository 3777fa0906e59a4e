//! Values in a row: the constants of the tests, and what lies between them.

use jiff::Timestamp;
use smallvec::SmallVec;

use super::alphabet::Word;
use super::collect::{Answers, Collector};
use super::numbers;
use super::test_matrix::{Columns, Item};
use super::{MOST_STEPS, TextKind, TooComplex};
use crate::operator::Operand;
use crate::work;

/// A kind of values that stand in a row.
pub(super) trait Point: Copy + PartialOrd {
    fn of(operand: &Operand) -> Option<Self>;
    /// As a request would hold it.
    fn text(self) -> String;
    /// A readable value between two, neither of them included; `None` for a bound is no bound.
    fn between(low: Option<Self>, high: Option<Self>) -> Option<String>;
}

pub(super) fn classes<P: Point>(columns: &Columns<'_>, kind: TextKind) -> Result<Collector, TooComplex> {
    let mut found = Collector::new(columns);
    let mut points: Vec<P> = columns.items.iter().filter_map(|i| P::of(i.operand)).collect();
    points.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    points.dedup();
    if points.len().saturating_mul(2 * columns.items.len()) > MOST_STEPS {
        return Err(TooComplex);
    }
    let mut regions = regions(&points);
    for item in &columns.items {
        let Some(value) = P::of(item.operand) else { continue };
        mark(columns, item, 2 * points.partition_point(|p| *p < value) + 1, &mut regions);
    }
    for region in regions {
        if let Some(witness) = region.witness {
            found.offer(Answers { yes: region.yes, odd: false }, Word::from(&*witness))?;
        }
    }
    if kind == TextKind::Text {
        found.offer_unless_found(Answers::none(true), "x")?;
    }
    Ok(found)
}

/// A constant, or an open interval.
struct Region {
    /// Nothing lies between neighbours of the finest kind.
    witness: Option<String>,
    yes: SmallVec<[u32; 4]>,
}

/// Intervals at even places, constants at odd ones.
fn regions<P: Point>(points: &[P]) -> Vec<Region> {
    let region = |witness| Region { witness, yes: SmallVec::new() };
    let mut regions = Vec::with_capacity(2 * points.len() + 1);
    let mut low = None;
    for point in points {
        regions.push(region(P::between(low, Some(*point))));
        regions.push(region(Some(point.text())));
        low = Some(*point);
    }
    regions.push(region(P::between(low, None)));
    regions
}

/// Write down where one operand fits. It treats all below its constant alike, and all above.
fn mark(columns: &Columns<'_>, item: &Item<'_>, at: usize, regions: &mut [Region]) {
    let (below, rest) = regions.split_at_mut_checked(at).unwrap_or_default();
    let (own, above) = rest.split_at_mut_checked(1).unwrap_or_default();
    for side in [below, own, above] {
        work::did(side.len());
        let Some(sample) = side.iter().find_map(|r| r.witness.as_deref()) else { continue };
        if !columns.fits(item, sample) {
            continue;
        }
        for region in side.iter_mut().filter(|r| r.yes.last() != Some(&item.test)) {
            region.yes.push(item.test);
        }
    }
}

impl Point for f64 {
    fn of(operand: &Operand) -> Option<Self> {
        // Zero has one sign here.
        if let Operand::Number(number) = operand { Some(number + 0.0) } else { None }
    }

    fn text(self) -> String {
        numbers::text(self)
    }

    fn between(low: Option<Self>, high: Option<Self>) -> Option<String> {
        numbers::between(low, high)
    }
}

/// A day, a second, and ever finer parts of one, in nanoseconds.
const STEPS: [i128; 11] = [
    86_400_000_000_000,
    1_000_000_000,
    100_000_000,
    10_000_000,
    1_000_000,
    100_000,
    10_000,
    1_000,
    100,
    10,
    1,
];
/// 2027-01-01, where nothing else is asked for.
const SOME_DAY: i128 = 1_798_761_600_000_000_000;

impl Point for Timestamp {
    fn of(operand: &Operand) -> Option<Self> {
        if let Operand::Date(date) = operand { Some(*date) } else { None }
    }

    fn text(self) -> String {
        self.to_string()
    }

    /// A midnight if there is one, else a whole second, else as few decimals as will do.
    fn between(low: Option<Self>, high: Option<Self>) -> Option<String> {
        let nearest = |step: &i128| match (low, high) {
            (Some(low), _) => (low.as_nanosecond().div_euclid(*step) + 1) * step,
            (None, Some(high)) => (high.as_nanosecond() - 1).div_euclid(*step) * step,
            (None, None) => SOME_DAY,
        };
        let inside = |t: &Self| low.is_none_or(|l| *t > l) && high.is_none_or(|h| *t < h);
        let mut texts = STEPS.iter().map(nearest).filter_map(|n| Self::from_nanosecond(n).ok());
        texts.find(inside).map(Self::text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(low: Option<&str>, high: Option<&str>) -> Option<String> {
        let date = |t: &str| t.parse::<Timestamp>().unwrap();
        Timestamp::between(low.map(date), high.map(date))
    }

    #[test]
    fn dates_between_dates() {
        let new_year = "2027-01-01T00:00:00Z";
        assert_eq!(between(None, None).as_deref(), Some(new_year));
        assert_eq!(between(None, Some(new_year)).as_deref(), Some("2026-12-31T00:00:00Z"));
        assert_eq!(between(Some(new_year), None).as_deref(), Some("2027-01-02T00:00:00Z"));
        assert_eq!(
            between(Some(new_year), Some("2027-01-01T12:00:00Z")).as_deref(),
            Some("2027-01-01T00:00:01Z")
        );
        assert_eq!(
            between(Some(new_year), Some("2027-01-01T00:00:01Z")).as_deref(),
            Some("2027-01-01T00:00:00.1Z")
        );
        assert_eq!(between(Some(new_year), Some("2027-01-01T00:00:00.000000001Z")), None);
        assert_eq!(Timestamp::between(Some(Timestamp::MAX), None), None);
        assert_eq!(Timestamp::between(None, Some(Timestamp::MIN)), None);
        assert!(
            Timestamp::between(None, Some(Timestamp::MIN.checked_add(jiff::Span::new().seconds(1)).unwrap()))
                .is_some()
        );
    }
}
