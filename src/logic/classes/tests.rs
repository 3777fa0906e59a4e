//! However many tests there are, and however hostile: the classes are found with so many steps, or given up.

use super::*;
use crate::operator::{Dialect, Written};
use crate::source::{SourceId, Span};
use crate::work;

/// A test, owned.
struct Own {
    operator: &'static Operator,
    values: Vec<TestValue>,
}

fn own(operator: &str, texts: &[impl AsRef<str>]) -> Own {
    let operator = Written::parse(operator).unwrap().operator;
    let value = |text: &str| {
        let operand = (operator.parse)(text, Dialect { variables: true }).unwrap_or(Operand::Unreadable);
        TestValue::new(operand, text, Span::new(SourceId::LONE, 0, 0))
    };
    Own { operator, values: texts.iter().map(|t| value(t.as_ref())).collect() }
}

/// How many classes there are. Each answers its tests as the operators do, and all took no more steps than one call may.
fn count(tests: &[Own]) -> Result<usize, TooComplex> {
    let items: Vec<ItemTest<'_>> =
        tests.iter().map(|t| ItemTest { operator: t.operator, values: &t.values }).collect();
    let mut found = Err(TooComplex);
    let steps = work::steps_of(|| found = classes(&items, TextKind::Text, true));
    assert!(steps > 0 && steps <= 3 * MOST_STEPS as u64, "{steps} steps, {:?}", found.as_ref().map(Vec::len));
    found.map(|found| {
        for class in &found {
            let fits: Vec<Fit> = items.iter().map(|test| test_matrix::fit(test, &class.witness)).collect();
            assert_eq!(fits, *class.fits);
        }
        found.len()
    })
}

#[test]
fn literals_prefixes_and_blocks_take_linear_time() {
    let steps = |operator: &str, size: usize, text: &dyn Fn(usize) -> String| {
        work::assert_linear(operator, size, |size| count(&[own(operator, &numbered(size, text))]));
    };
    steps("StringEquals", 200, &|n| format!("arn:aws:iam::{n:012}:role/some-role-{n}"));
    steps("StringLike", 200, &|n| format!("prefix-{n}/*"));
    steps("ArnLike", 200, &|n| format!("arn:aws:iam::{n:012}:role/some-role-{n}"));
    steps("StringEqualsIgnoreCase", 50, &|n| format!("Name-{n:06}"));
    steps("IpAddress", 200, &|n| format!("10.{}.{}.0/24", n / 256, n % 256));
}

fn numbered(count: usize, text: impl Fn(usize) -> String) -> Vec<String> {
    (0..count).map(text).collect()
}

#[test]
fn many_literals_and_prefixes() {
    let literals = numbered(500, |n| format!("arn:aws:iam::{n:012}:role/some-role-{n}"));
    let prefixes = numbered(500, |n| format!("prefix-{n}/*"));
    assert_eq!(count(&[own("StringLike", &literals)]), Ok(3));
    assert_eq!(count(&[own("ArnLike", &literals)]), Ok(4));
    assert_eq!(count(&[own("StringLike", &prefixes)]), Ok(3));
    assert_eq!(count(&[own("StringEqualsIgnoreCase", &literals)]), Ok(3));
    // One infix pattern, and no short cut helps.
    assert_eq!(count(&[own("StringEquals", &literals), own("StringLike", &["*role-4*"])]), Ok(5));
    let apart: Vec<Own> = literals.chunks(3).map(|l| own("StringEquals", l)).take(200).collect();
    assert_eq!(count(&apart), Ok(apart.len() + 2));
    let with_globs: Vec<Own> = literals
        .chunks(3)
        .map(|l| own("ArnLike", l))
        .chain([own("ArnLike", &["arn:*:iam::*:role/x*"])])
        .collect();
    assert_eq!(count(&with_globs), Ok(with_globs.len() + 3));
}

#[test]
fn many_numbers_and_blocks() {
    let numbers: Vec<Own> = (0..300).map(|n| own("NumericLessThan", &[n.to_string()])).collect();
    assert_eq!(count(&numbers), Ok(303));
    let blocks = numbered(1_000, |n| format!("10.{}.{}.0/24", n / 256, n % 256));
    assert_eq!(count(&[own("IpAddress", &blocks)]), Ok(4));
    let apart: Vec<Own> = blocks.chunks(5).map(|b| own("IpAddress", b)).collect();
    assert_eq!(count(&apart), Ok(apart.len() + 3));
}

#[test]
fn patterns_that_overlap() {
    let infix = numbered(40, |n| format!("*{}*", char::from_u32(0x100 + u32::try_from(n).unwrap()).unwrap()));
    assert_eq!(count(&[own("StringLike", &infix)]), Ok(3));
    let apart: Vec<Own> = infix.iter().map(|p| own("StringLike", &[p])).collect();
    assert_eq!(count(&apart), Err(TooComplex));
    let suffixes: Vec<Own> = (0..40).map(|n| own("StringLike", &[format!("*.{n:02}")])).collect();
    assert_eq!(count(&suffixes), Ok(42));
}

#[test]
fn hostile_patterns() {
    assert_eq!(count(&[own("StringLike", &["a".repeat(10_000)])]), Ok(3));
    assert_eq!(count(&[own("StringLike", &["a?".repeat(5_000)])]), Ok(3));
    assert_eq!(count(&[own("StringLike", &["*a".repeat(5_000)])]), Ok(3));
    assert_eq!(count(&[own("StringLike", &["*a".repeat(5_000) + "*"])]), Ok(3));
    assert_eq!(count(&[own("ArnLike", &["*a*a:*a*a:*:*?*:*a:".to_owned() + &"*a".repeat(2_000)])]), Ok(4));
    // Whoever remembers twenty characters needs a million states.
    assert_eq!(count(&[own("StringLike", &["*a".to_owned() + &"?".repeat(20)])]), Err(TooComplex));
}
