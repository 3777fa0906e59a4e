//! Value classes: every value is in exactly one, and its witness is a shortest value of it.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails loudly")]

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::net::IpAddr;

use decryptable::logic::classes::{Class, Fit, ItemTest, TextKind, TooComplex, classes};
use decryptable::name::{ConditionKey, Lookup};
use decryptable::operator::{Comparison, Dialect, Operand, Operator, TestValue, Written};
use decryptable::source::{SourceId, Span};
use ipnet::IpNet;
use jiff::Timestamp;
use proptest::prelude::*;
use regex_automata::meta::Regex;

use crate::budget::config;

/// A test, owned.
#[derive(Clone, Debug)]
struct Own {
    operator: &'static Operator,
    texts: Vec<String>,
    values: Vec<TestValue>,
}

fn own(operator: &str, texts: &[impl AsRef<str>]) -> Own {
    let operator = Written::parse(operator).unwrap().operator;
    let value = |text: &str| {
        let operand = (operator.parse)(text, Dialect { variables: true }).unwrap_or(Operand::Unreadable);
        TestValue::new(operand, text, Span::new(SourceId::LONE, 0, 0))
    };
    Own {
        operator,
        texts: texts.iter().map(|t| t.as_ref().to_owned()).collect(),
        values: texts.iter().map(|t| value(t.as_ref())).collect(),
    }
}

fn cut(tests: &[Own], kind: TextKind, with_empty: bool) -> Result<Vec<Class>, TooComplex> {
    let items: Vec<ItemTest<'_>> =
        tests.iter().map(|t| ItemTest { operator: t.operator, values: &t.values }).collect();
    classes(&items, kind, with_empty)
}

/// What the tests say to a value, by the operators' own rules.
fn row(tests: &[Own], value: &str) -> Vec<Fit> {
    fn none(_: &ConditionKey) -> Lookup<'static> {
        Lookup::Absent
    }
    let fit = |test: &Own| {
        let said: Vec<Comparison> =
            test.values.iter().map(|v| (test.operator.compare)(&v.operand, value, &none)).collect();
        if said.contains(&Comparison::Yes) {
            Fit::Yes
        } else if said.contains(&Comparison::Mistyped) {
            Fit::Mistyped
        } else {
            Fit::No
        }
    };
    tests.iter().map(fit).collect()
}

/// Rows are distinct, and every witness has its own. Returns the classes by their rows.
fn by_row(tests: &[Own], found: &[Class]) -> BTreeMap<Vec<Fit>, String> {
    let mut out = BTreeMap::new();
    for class in found {
        assert_eq!(row(tests, &class.witness), *class.fits, "{:?} of {tests:?}", class.witness);
        let before = out.insert(class.fits.to_vec(), class.witness.to_string());
        assert_eq!(before, None, "two classes with {:?}: {tests:?}", class.fits);
    }
    out
}

fn witnesses(tests: &[Own], kind: TextKind) -> Vec<String> {
    let found = cut(tests, kind, false).unwrap();
    by_row(tests, &found);
    found.into_iter().map(|c| c.witness.into_string()).collect()
}

/// How little a character tells a reader; written down once more, to check the order.
fn rank(c: char) -> usize {
    let classes: [fn(char) -> bool; 7] = [
        |c| c == 'x',
        |c| c.is_ascii_lowercase(),
        |c| c.is_ascii_digit(),
        |c| c.is_ascii_uppercase(),
        |c| "-./_".contains(c),
        |c| c.is_ascii_graphic(),
        |c| c == ' ',
    ];
    classes.iter().position(|in_class| in_class(c)).unwrap_or(if c.is_control() {
        9
    } else if c.is_alphanumeric() {
        7
    } else {
        8
    })
}

fn better(a: &str, b: &str) -> Ordering {
    let key = |text: &str| {
        (text.chars().count(), text.chars().map(|c| (rank(c), c)).collect::<Vec<(usize, char)>>())
    };
    key(a).cmp(&key(b))
}

/// All texts over an alphabet, the empty one not among them.
fn all_texts(alphabet: &[char], longest: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut last = vec![String::new()];
    for _ in 0..longest {
        last = last.iter().flat_map(|t| alphabet.iter().map(move |c| format!("{t}{c}"))).collect();
        out.extend(last.iter().cloned());
    }
    out
}

/// Every text is in a class, whose witness is at least as good.
fn complete(tests: &[Own], kind: TextKind, texts: &[String]) -> Result<(), TestCaseError> {
    let found = cut(tests, kind, false).unwrap();
    let by_row = by_row(tests, &found);
    let only_arns = kind == TextKind::Typed && tests.iter().any(|t| t.operator.name.starts_with("Arn"));
    for text in texts.iter().filter(|t| !only_arns || t.matches(':').count() >= 5) {
        let Some(witness) = by_row.get(&row(tests, text)) else {
            return Err(TestCaseError::fail(format!("{text:?} is in no class of {found:?}")));
        };
        prop_assert!(!witness.is_empty(), "{:?} is better than nothing", text);
        prop_assert!(better(witness, text) != Ordering::Greater, "{:?} is better than {:?}", text, witness);
    }
    if !only_arns {
        prop_assert!(by_row.contains_key(&row(tests, "")), "the empty text is in no class");
    }
    Ok(())
}

fn some_text(letters: &'static [char], longest: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(letters), 0..=longest).prop_map(|c| c.into_iter().collect())
}

fn some_tests(
    operators: &'static [&'static str],
    letters: &'static [char],
    longest: usize,
) -> impl Strategy<Value = Vec<Own>> {
    let texts = prop::collection::vec(some_text(letters, longest), 0..4);
    let test = (prop::sample::select(operators), texts).prop_map(|(o, texts)| own(o, &texts));
    prop::collection::vec(test, 0..4)
}

const STRINGS: &[&str] =
    &["StringEquals", "StringLike", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"];
const LETTERS: &[char] = &['a', 'b', 'B', 'x', 'é', '*', '*', '?'];

proptest! {
    #![proptest_config(config(1_500))]

    #[test]
    fn no_text_is_forgotten_and_none_is_better(tests in some_tests(STRINGS, LETTERS, 4)) {
        complete(&tests, TextKind::Text, &all_texts(&['a', 'b', 'B', 'x', 'é', '*'], 3))?;
    }

    #[test]
    fn literals_among_patterns(tests in some_tests(&["StringEquals", "StringEquals", "StringLike"], &['a', 'x', 'x', '*'], 5)) {
        complete(&tests, TextKind::Text, &all_texts(&['a', 'b', 'x'], 5))?;
    }

    #[test]
    fn longer_patterns(
        tests in some_tests(STRINGS, LETTERS, 12),
        texts in prop::collection::vec(some_text(LETTERS, 14), 60),
    ) {
        let texts: Vec<String> = texts.into_iter().filter(|t| !t.is_empty()).collect();
        match cut(&tests, TextKind::Text, false) {
            Ok(_) => complete(&tests, TextKind::Text, &texts)?,
            Err(TooComplex) => prop_assert!(false, "{:?}", tests),
        }
    }

    #[test]
    fn literals_and_prefixes_as_many_as_there_are(
        texts in prop::collection::vec((some_text(&['a', 'b', 'x'], 3), any::<bool>(), 0..3_usize), 0..30),
    ) {
        let mut tests = vec![own("StringLike", &[""; 0]); 3];
        for (text, open, test) in &texts {
            let text = if *open { format!("{text}*") } else { text.clone() };
            let mut all = tests[*test].texts.clone();
            all.push(text);
            tests[*test] = own("StringLike", &all);
        }
        complete(&tests, TextKind::Text, &all_texts(&['a', 'b', 'c', 'x'], 4))?;
    }

    #[test]
    fn escapes_and_unset_variables(tests in some_tests(STRINGS, &['a', '*', '?', '§', '$', '%', '&'], 4)) {
        let written = |text: &String| {
            text.replace('$', "${$}")
                .replace('§', "${*}")
                .replace('%', "${aws:PrincipalTag/t}")
                .replace('&', "${aws:PrincipalTag/t, 'a*'}")
        };
        let tests: Vec<Own> = tests
            .iter()
            .map(|t| own(t.operator.name, &t.texts.iter().map(written).collect::<Vec<_>>()))
            .collect();
        complete(&tests, TextKind::Text, &all_texts(&['a', '*', '$', 'x', '?'], 4))?;
    }

    #[test]
    fn the_empty_text_on_demand(tests in some_tests(STRINGS, &['a', '*', '?'], 2)) {
        let found = cut(&tests, TextKind::Text, true).unwrap();
        let (last, others) = found.split_last().unwrap();
        prop_assert_eq!(&*last.witness, "");
        prop_assert_eq!(&*last.fits, &*row(&tests, ""));
        let rows = by_row(&tests, others);
        prop_assert!(others.iter().all(|c| !c.witness.is_empty()));
        // Without the wish, the others are the same, and the empty text is among them.
        let plain = cut(&tests, TextKind::Text, false).unwrap();
        prop_assert!(plain.iter().filter(|c| !c.witness.is_empty()).eq(others));
        prop_assert_eq!(plain.len() - others.len(), usize::from(!rows.contains_key(&*last.fits)));
    }

    #[test]
    fn numbers(
        tests in prop::collection::vec((0..6_usize, prop::collection::vec(-6_i32..6, 0..4)), 0..5),
        typed in any::<bool>(),
    ) {
        let names = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
        let says: [fn(f64, f64) -> bool; 6] =
            [|a, b| a == b, |a, b| a == b, |a, b| a < b, |a, b| a <= b, |a, b| a > b, |a, b| a >= b];
        let constant = |n: &i32| f64::from(*n) / 2.0;
        let owned: Vec<Own> = tests
            .iter()
            .map(|(name, numbers)| {
                let texts: Vec<String> = numbers.iter().map(|n| constant(n).to_string()).collect();
                own(&format!("Numeric{}", names[*name]), &texts)
            })
            .collect();
        let kind = if typed { TextKind::Typed } else { TextKind::Text };
        let found = if owned.is_empty() { Vec::new() } else { cut(&owned, kind, false).unwrap() };
        let by_row = by_row(&owned, &found);
        for quarter in -20..20 {
            if owned.is_empty() {
                break;
            }
            let value = f64::from(quarter) / 4.0;
            let fits = tests.iter().map(|(name, numbers)| {
                if numbers.iter().any(|n| says[*name](value, constant(n))) { Fit::Yes } else { Fit::No }
            });
            let witness = &by_row[&fits.collect::<Vec<_>>()];
            let is_better = value.to_string().len() < witness.len();
            prop_assert!(!is_better, "{} is better than {}", value, witness);
        }
        let odd = found.iter().any(|c| &*c.witness == "x");
        prop_assert_eq!(odd, !typed && tests.iter().any(|t| !t.1.is_empty()));
    }

    #[test]
    fn dates(tests in prop::collection::vec((0..5_usize, prop::collection::vec(0_i64..8, 1..4)), 1..5)) {
        // Days, seconds and nanoseconds apart.
        let instants = [0, 1, 1_000_000_000, 1_000_000_001, 43_200_000_000_000, 86_400_000_000_000, 1 << 60, 1 << 61];
        let names = ["Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
        let says: [fn(i128, i128) -> bool; 5] =
            [|a, b| a == b, |a, b| a < b, |a, b| a <= b, |a, b| a > b, |a, b| a >= b];
        let text = |n: i128| Timestamp::from_nanosecond(n).unwrap().to_string();
        let owned: Vec<Own> = tests
            .iter()
            .map(|(name, days)| {
                let texts: Vec<String> = days.iter().map(|d| text(instants[*d as usize])).collect();
                own(&format!("Date{}", names[*name]), &texts)
            })
            .collect();
        let found = cut(&owned, TextKind::Text, false).unwrap();
        let by_row = by_row(&owned, &found);
        for value in instants.iter().flat_map(|n| [n - 1, *n, n + 1, n + 500]) {
            let fits = tests.iter().map(|(name, days)| {
                let any = days.iter().any(|d| says[*name](value, instants[*d as usize]));
                if any { Fit::Yes } else { Fit::No }
            });
            let fits: Vec<Fit> = fits.collect();
            prop_assert!(by_row.contains_key(&fits), "{}", text(value));
            prop_assert!(by_row[&fits].len() <= text(value).len().max(20), "{}", by_row[&fits]);
        }
        prop_assert_eq!(&*found.last().unwrap().witness, "x");
    }

    #[test]
    fn addresses(
        tests in prop::collection::vec(prop::collection::vec((0_u8..32, 0_u8..7, any::<bool>()), 0..5), 1..5),
        typed in any::<bool>(),
    ) {
        // Blocks of a tiny part of each Internet, and all of it.
        let net = |(bits, wide, six): &(u8, u8, bool)| match (six, wide) {
            (false, 6) => "0.0.0.0/0".to_owned(),
            (true, 6) => "::/0".to_owned(),
            (false, wide) => format!("10.0.0.{bits}/{}", 32 - wide),
            (true, wide) => format!("2001:db8::{bits:x}/{}", 128 - wide),
        };
        let owned: Vec<Own> =
            tests.iter().map(|t| own("IpAddress", &t.iter().map(net).collect::<Vec<_>>())).collect();
        let kind = if typed { TextKind::Typed } else { TextKind::Text };
        let found = cut(&owned, kind, false).unwrap();
        let by_row = by_row(&owned, &found);
        let low = (0..=34).flat_map(|n| [format!("10.0.0.{n}"), format!("2001:db8::{n:x}")]);
        let far = ["0.0.0.0", "255.255.255.255", "::", "ffff::1"].map(str::to_owned);
        let mut possible = Vec::new();
        for text in low.chain(far) {
            let address: IpAddr = text.parse().unwrap();
            let inside = |t: &Own| t.texts.iter().any(|n| n.parse::<IpNet>().unwrap().contains(&address));
            let fits: Vec<Fit> =
                owned.iter().map(|t| if inside(t) { Fit::Yes } else { Fit::No }).collect();
            prop_assert!(by_row.contains_key(&fits), "{}", text);
            possible.push(fits);
        }
        // No class without a member: this part and what is around it are all there is.
        for class in &found {
            let odd = class.fits.contains(&Fit::Mistyped);
            prop_assert!(odd || possible.contains(&class.fits.to_vec()), "{:?}", class);
        }
        let odd = found.iter().any(|c| &*c.witness == "x");
        prop_assert_eq!(odd, !typed && tests.iter().any(|t| !t.is_empty()));
    }

    #[test]
    fn bytes(tests in prop::collection::vec(prop::collection::vec("[xy]{4}|", 0..4), 1..4)) {
        let owned: Vec<Own> = tests.iter().map(|t| own("BinaryEquals", t)).collect();
        let found = cut(&owned, TextKind::Text, false).unwrap();
        let by_row = by_row(&owned, &found);
        for text in ["", "xxxx", "xxxy", "xyxy", "yyyy", "eA==", "abcd"] {
            prop_assert!(by_row.contains_key(&row(&owned, text)), "{}", text);
        }
        for text in tests.iter().flatten().filter(|t| !t.is_empty()) {
            prop_assert!(by_row[&row(&owned, text)].len() <= text.len());
        }
    }
}

/// A pattern as a regular expression.
fn regex(operator: &str, text: &str) -> Regex {
    let mut out = String::from(if operator.ends_with("IgnoreCase") { r"(?si)\A" } else { r"(?s)\A" });
    for c in text.chars() {
        match c {
            '*' if operator.contains("Like") => out.push_str(".*"),
            '?' if operator.contains("Like") => out.push('.'),
            c => out.push_str(&format!(r"\u{{{:x}}}", c as u32)),
        }
    }
    out.push_str(r"\z");
    Regex::new(&out).unwrap()
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn arns(tests in some_tests(
        &["ArnLike", "ArnEquals", "StringLike", "StringEquals"],
        &[':', ':', ':', ':', 'a', '*', '?'],
        9,
    )) {
        let texts = all_texts(&[':', 'a', 'x'], 7);
        complete(&tests, TextKind::Text, &texts)?;
        complete(&tests, TextKind::Typed, &texts)?;
    }

    #[test]
    fn arns_of_six_parts(tests in some_tests(
        &["ArnLike", "StringLike"],
        &['a', 'b', '*', '?', ':'],
        7,
    ), kind in prop::sample::select(vec![TextKind::Text, TextKind::Typed])) {
        let six = |text: &String| {
            let mut text = text.clone();
            let missing = 5_usize.saturating_sub(text.matches(':').count());
            text.insert_str(text.len() / 2, &":".repeat(missing));
            text
        };
        let tests: Vec<Own> = tests
            .iter()
            .map(|t| own(t.operator.name, &t.texts.iter().map(six).collect::<Vec<_>>()))
            .collect();
        complete(&tests, kind, &all_texts(&[':', 'a', 'b'], 7))?;
    }

    #[test]
    fn regular_expressions_agree(
        tests in some_tests(STRINGS, LETTERS, 6),
        texts in prop::collection::vec(some_text(LETTERS, 8), 50),
    ) {
        let found = cut(&tests, TextKind::Text, false).unwrap();
        let by_row = by_row(&tests, &found);
        let compiled: Vec<Vec<Regex>> = tests
            .iter()
            .map(|t| t.texts.iter().map(|text| regex(t.operator.name, text)).collect())
            .collect();
        let says = |text: &str| -> Vec<Fit> {
            let any = |r: &Vec<Regex>| r.iter().any(|r| r.is_match(text));
            compiled.iter().map(|r| if any(r) { Fit::Yes } else { Fit::No }).collect()
        };
        for class in &found {
            prop_assert_eq!(&*says(&class.witness), &*class.fits, "{}", class.witness);
        }
        for text in &texts {
            prop_assert!(by_row.contains_key(&says(text)), "{} of {:?}", text, tests);
        }
    }
}

#[test]
fn what_a_reader_expects() {
    let text = |tests: &[Own]| witnesses(tests, TextKind::Text);
    assert_eq!(text(&[]), ["x"]);
    assert_eq!(text(&[own("StringEquals", &["vpce-1", "vpce-2"])]), ["vpce-1", "x"]);
    let (one, two) = (own("StringEquals", &["vpce-1"]), own("StringNotEquals", &["vpce-2"]));
    assert_eq!(text(&[one, two]), ["vpce-1", "vpce-2", "x"]);
    let (red, reds) = (own("StringEquals", &["red"]), own("StringLike", &["r*"]));
    assert_eq!(text(&[red, reds]), ["red", "r", "x"]);
    assert_eq!(text(&[own("StringLike", &["*"])]), ["x"]);
    assert_eq!(text(&[own("StringLike", &["s3.*.amazonaws.com"])]), ["s3..amazonaws.com", "x"]);
    assert_eq!(text(&[own("StringEquals", &["x"])]), ["x", "a"]);
    assert_eq!(text(&[own("StringEquals", &[""])]), ["", "x"]);
    assert_eq!(text(&[own("StringEqualsIgnoreCase", &["TAG"])]), ["tag", "x"]);
    assert_eq!(text(&[own("Bool", &["True"])]), ["true", "false", "x"]);
    assert_eq!(text(&[own("NumericLessThan", &["3600"])]), ["0", "3600", "x"]);
    assert_eq!(
        text(&[own("DateLessThan", &["2027-01-01T00:00:00Z"])]),
        ["2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z", "x"]
    );
    assert_eq!(text(&[own("BinaryEquals", &["eHh4"])]), ["eHh4", "xxxx", "x"]);
}

#[test]
fn what_a_reader_expects_of_arns() {
    let role = "arn:aws:iam::111111111111:role/reader";
    let exact = own("ArnEquals", &[role]);
    let many = own("ArnLike", &["arn:aws:iam::*:role/r*"]);
    assert_eq!(witnesses(std::slice::from_ref(&exact), TextKind::Typed), [role, ":::::"]);
    assert_eq!(witnesses(std::slice::from_ref(&exact), TextKind::Text), [role, ":::::", "x"]);
    assert_eq!(witnesses(&[exact, many], TextKind::Typed), [role, "arn:aws:iam:::role/r", ":::::"]);
    // A text among ARNs that is none; a pattern without six parts says the same to all.
    let (short, any) = (own("ArnLike", &["arn:aws:iam"]), own("StringLike", &["arn:*"]));
    assert_eq!(witnesses(&[short, any], TextKind::Text), ["arn:", "x"]);
}

#[test]
fn what_a_reader_expects_of_addresses() {
    let of = |blocks: &[&[&str]]| {
        let tests: Vec<Own> = blocks.iter().map(|b| own("IpAddress", b)).collect();
        witnesses(&tests, TextKind::Typed)
    };
    assert_eq!(of(&[&["203.0.113.0/24"]]), ["203.0.113.1", "198.51.100.1"]);
    assert_eq!(
        of(&[&["203.0.113.0/24"], &["203.0.113.0/25"]]),
        ["203.0.113.1", "203.0.113.128", "198.51.100.1"]
    );
    assert_eq!(of(&[&["10.0.0.7"], &["10.0.0.0/8"]]), ["10.0.0.7", "10.0.0.1", "198.51.100.1"]);
    assert_eq!(of(&[&["0.0.0.0/0"]]), ["198.51.100.1", "2001:db8::1"]);
    assert_eq!(of(&[&["0.0.0.0/0", "::/0"]]), ["198.51.100.1"]);
    assert_eq!(of(&[&["::/0"]]), ["2001:db8::1", "198.51.100.1"]);
    assert_eq!(of(&[&["2001:db8::/32"]]), ["2001:db8::1", "198.51.100.1"]);
    assert_eq!(of(&[&["198.51.100.0/24", "192.0.2.1"]]), ["192.0.2.1", "203.0.113.1"]);
    // Halves cover the whole, so nothing is only in the whole.
    let (halves, whole): (&[&str], &[&str]) = (&["10.0.0.0/9", "10.128.0.0/9"], &["10.0.0.0/8"]);
    assert_eq!(of(&[halves, whole]), ["10.0.0.1", "198.51.100.1"]);
}

/// The Kelvin sign is a k, and one letter is two when it is small.
#[test]
fn letters_with_odd_cases() {
    let any = own("StringEqualsIgnoreCase", &["k"]);
    let both = own("StringEquals", &["k", "K"]);
    assert_eq!(witnesses(&[any, both], TextKind::Text), ["k", "\u{212a}", "x"]);
    let dotted = own("StringEqualsIgnoreCase", &["i\u{307}"]);
    assert_eq!(witnesses(&[dotted], TextKind::Text), ["İ", "x"]);
    let sharp = own("StringEqualsIgnoreCase", &["STRASSE", "straẞe", "ΣΑΣ"]);
    assert_eq!(witnesses(&[sharp], TextKind::Text).len(), 2);
}

#[test]
fn what_cannot_be_read_says_so() {
    let broken = own("NumericEquals", &["many", "3"]);
    let fits = |tests: &[Own]| -> Vec<(String, Vec<Fit>)> {
        let found = cut(tests, TextKind::Text, false).unwrap();
        by_row(tests, &found);
        found.into_iter().map(|c| (c.witness.into_string(), c.fits.into_vec())).collect()
    };
    assert_eq!(fits(&[broken]), [("3".to_owned(), vec![Fit::Yes]), ("0".to_owned(), vec![Fit::Mistyped])]);
    let hopeless = own("IpAddress", &["here"]);
    assert_eq!(cut(&[hopeless], TextKind::Typed, false).unwrap().len(), 1);
}

#[test]
fn families_do_not_mix() {
    let mixed = [own("StringEquals", &["a"]), own("Bool", &["true"])];
    assert_eq!(cut(&mixed, TextKind::Text, false), Err(TooComplex));
    assert_eq!(cut(&[own("Null", &["true"])], TextKind::Text, false), Err(TooComplex));
}
