use crate::diagnostic::Code;
use proptest::prelude::*;

use super::*;
use crate::json::{Node, Value, parse, parse_at};
use crate::work;

const LONE: SourceId = SourceId::LONE;

fn whole(text: &str) -> Span {
    Span::new(LONE, 0, text.len() as u32)
}

fn cut(text: &str, at: Span) -> &str {
    text.get(at.start as usize..at.end as usize).unwrap()
}

/// Skimming level by level comes to the same names, values and places as the tree.
fn check(text: &str, node: &Node<'_>, at: Span) {
    assert_eq!(at, node.span);
    let again = parse_at(text, at);
    assert_eq!(again.root.as_ref(), Some(node));
    assert_eq!(string(text, at).as_deref(), node.as_str());
    match &node.value {
        Value::Object(theirs) => {
            let ours: Vec<_> = members(text, at).unwrap().map(Result::unwrap).collect();
            assert_eq!(ours.len(), theirs.len());
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert_eq!((ours.key.span, &ours.key.value), (theirs.key.span, &theirs.key.value));
                check(text, &theirs.value, ours.value);
                assert_eq!(member(text, at, &theirs.key.value), node.get(&theirs.key.value).map(|n| n.span));
            }
            assert!(elements(text, at).is_err());
        }
        Value::Array(theirs) => {
            let ours: Vec<_> = elements(text, at).unwrap().map(Result::unwrap).collect();
            assert_eq!(ours.len(), theirs.len());
            ours.iter().zip(theirs).for_each(|(ours, theirs)| check(text, theirs, *ours));
            assert!(members(text, at).is_err());
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Invalid => {
            assert!(members(text, at).is_err() && elements(text, at).is_err());
        }
    }
}

fn check_root(text: &str) {
    let parsed = parse(LONE, text);
    assert!(parsed.problems.iter().all(|problem| problem.code == Code::DuplicateKey), "{text:?}");
    check(text, &parsed.root.unwrap(), root(LONE, text).unwrap());
}

#[test]
fn agrees_with_the_tree() {
    for text in [
        "{}",
        " [ ] ",
        r#"{"a": 1, "b": [true, null, -1.5e3, "x\"]}\\"], "a": {"c\u00e9": {}}}"#,
        "\n[[], [[]], {\"\": \"\"}, \"\u{1f600}\"]\r\n",
        "\"\\\\\"",
        "0",
    ] {
        check_root(text);
    }
}

#[test]
fn broken_levels_are_seen() {
    for text in [
        "{\"a\" 1}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":x}",
        "{\"a\":1",
        "{\"a\":{]",
        "{\"a\":{]}",
        "{\"a\":\"}",
        "{\"a\":\"\n\"}",
        "{\"\\x\":1}",
        "{,}",
        "{\"a\":[}",
        "{\"a\":[}]}",
    ] {
        let last = members(text, whole(text)).unwrap().last();
        assert!(matches!(last, Some(Err(_))), "{text}: {last:?}");
        assert_eq!(member(text, whole(text), "a"), None);
    }
    for text in ["[1 2]", "[1,]", "[,]", "[1", "[tru]", "[truex]", "[[}", "[\"a\\\"]"] {
        let last = elements(text, whole(text)).unwrap().last();
        assert!(matches!(last, Some(Err(_))), "{text}: {last:?}");
    }
    for text in ["{} {}", "{\"a\":1}]", "{}x"] {
        assert!(members(text, root(LONE, text).unwrap()).unwrap().any(|member| member.is_err()), "{text}");
        assert_eq!(member(text, whole(text), "a"), None);
    }
    assert_eq!(string("\"a\" b", whole("\"a\" b")), None);
    assert_eq!(members("{} ", Span::new(LONE, 2, 9)).unwrap_err(), Broken { at: 2 });
    assert_eq!((root(LONE, ""), root(LONE, " \n")), (None, None));
}

#[test]
fn several_members_are_picked_at_once() {
    let text = r#"{"a": 1, "\u0062": [2], "a": 3, "d": {}}"#;
    let texts = |found: Option<Span>| found.map(|at| cut(text, at));
    assert_eq!(pick(text, whole(text), ["b", "a", "c"]).unwrap().map(texts), [Some("[2]"), Some("3"), None]);
    assert!(pick(text, Span::new(LONE, 0, 20), ["a"]).is_err());
}

#[test]
fn what_lies_deeper_is_only_passed_over() {
    let text = "{\"a\": [nonsense, {\"b\" 1}], \"c\": 2}";
    assert_eq!(cut(text, member(text, whole(text), "a").unwrap()), "[nonsense, {\"b\" 1}]");
    assert_eq!(member(text, whole(text), "c").map(|at| cut(text, at)), Some("2"));
}

#[test]
fn a_part_is_parsed_in_place() {
    let text = "log {\"a\": [1, 2,]} {";
    let at = Span::new(LONE, 4, 18);
    let parsed = parse_at(text, at);
    assert_eq!(parsed.root.unwrap().span, at);
    assert_eq!(parsed.problems[0].span.map(|span| span.start), Some(15));
    assert_eq!(parsed.problems.len(), 1);
    for (start, end) in [(3, 4), (4, 4), (18, 99), (99, 99)] {
        let parsed = parse_at(text, Span::new(LONE, start, end));
        assert_eq!(parsed.root, None);
        assert_eq!(parsed.problems[0].code, Code::JsonEmpty);
    }
    let cut_off = parse_at(text, Span::new(LONE, 4, 10));
    assert_eq!(cut_off.problems[0].span, Some(Span::new(LONE, 4, 5)));
}

fn found(text: &str) -> (Vec<&str>, Vec<&str>, Option<&str>) {
    let documents = documents(LONE, text);
    let texts = |spans: &[Span]| spans.iter().map(|at| cut(text, *at)).collect();
    (texts(&documents.values), texts(&documents.others), documents.unclosed.map(|at| cut(text, at)))
}

#[test]
fn several_documents() {
    let none = Vec::<&str>::new();
    assert_eq!(found(""), (none.clone(), none.clone(), None));
    assert_eq!(found(" {\"a\": 1}\n"), (vec!["{\"a\": 1}"], none.clone(), None));
    assert_eq!(
        found("{}{}\n[1]\"x\"\r\n{ } []"),
        (vec!["{}", "{}", "[1]", "\"x\"", "{ }", "[]"], none.clone(), None)
    );
    assert_eq!(found("\u{feff}{}\n\u{1e}{}\n\u{feff}[]"), (vec!["{}", "{}", "[]"], none.clone(), None));
    assert_eq!(found("12\ntrue"), (none.clone(), vec!["12\ntrue"], None));
    assert_eq!(found("{\"a\": [1"), (none.clone(), none.clone(), Some("{\"a\": [1")));
    assert_eq!(found("{}\n[\n"), (vec!["{}"], none, Some("[\n")));
}

#[test]
fn logs_around_documents() {
    let text = "Acquiring state lock. This may take a few moments...\n\u{1b}[0m\u{1b}[1mNote:\u{1b}[0m {x}\n\
        [INFO] ready\n[2026] \"late\"\n\"lake\" is deprecated\n\u{1b}[32m{\"a\": \"\n\"}\u{1b}[0m\nReleasing it\n[1,\n2]  \nbye {}\n";
    let (values, others, unclosed) = found(text);
    assert_eq!(values, ["{\"a\": \"\n\"}", "[1,\n2]"]);
    assert_eq!(others.len(), 3);
    assert!(others[0].starts_with("Acquiring") && others[0].ends_with("is deprecated"));
    assert_eq!(others[1..], ["Releasing it", "bye {}"]);
    assert_eq!(unclosed, None);
    assert_eq!(found("{\"a\":1} trailing\n"), (vec!["{\"a\":1}"], vec!["trailing"], None));
}

#[test]
fn hostile_text_takes_linear_time() {
    let shapes: [fn(usize) -> String; 17] = [
        |n| "[".repeat(n),
        |n| "{\"a\":".repeat(n),
        |n| "[".repeat(n) + &"]".repeat(n),
        |n| "[\n".repeat(n),
        |n| "\"".repeat(n),
        |n| "\"a\n".repeat(n),
        |n| format!("\"{}", "\\".repeat(n)),
        |n| "{}".repeat(n),
        |n| "[1]x\n".repeat(n),
        |n| "[1] ".repeat(n),
        |n| "\u{1b}[".repeat(n),
        |n| format!("\u{1b}[{}", "0;".repeat(n)).repeat(2),
        |n| "x".repeat(n),
        |n| " ".repeat(n),
        |n| "{\"\n".repeat(n),
        |n| format!("[{}x", "1".repeat(n)),
        |n| format!("[{}x", "\n".repeat(n)),
    ];
    for shape in shapes {
        let what = format!("{:?}", shape(8));
        work::assert_linear(&what, 2_000, |n| {
            let text = shape(n);
            let places = documents(LONE, &text);
            let at = root(LONE, &text).unwrap_or(whole(&text));
            let level = elements(&*text, at).map_or(0, |items| items.filter(Result::is_ok).count());
            let one = only(LONE, &text);
            let ends = Ends::of(&text, at);
            let indexed = Indexed { text: &text, ends: ends.as_ref() };
            let levels = elements(indexed, at).map_or(0, Iterator::count);
            assert!(levels >= level && one.is_none_or(|(one, _)| one == at));
            let found = [places.values, places.others].concat();
            assert!(found.iter().all(|at| at.end as usize <= text.len()));
            level
        });
    }
}

/// The same, a byte at a time.
fn behind_slowly(text: &str) -> Option<&str> {
    let (mut depth, mut braces, mut string, mut escaped) = (0, 0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        // A backslash outside of strings is no JSON; it takes a quote with it there too, but no bracket.
        let taken = std::mem::take(&mut escaped);
        match byte {
            b'\\' => escaped = !taken,
            b'"' => string ^= !taken,
            b'{' | b'[' if !string => {
                depth += 1;
                braces += i32::from(byte == b'{');
            }
            b'}' | b']' if !string => {
                depth -= 1;
                braces -= i32::from(byte == b'}');
                if depth == 0 {
                    return if braces == 0 { text.get(at + 1..) } else { None };
                }
            }
            _ => {}
        }
    }
    None
}

#[test]
fn brackets_are_matched_wherever_the_blocks_begin() {
    for inside in
        ["{}", "[{}]", "\"]\"", "\"\\\"]\"", "\"\\\\\"", "\"\\\\\\\"]\"", "[[[]]],[]", "\"", "}", "{"]
    {
        for before in 0..140 {
            for after in [0, 1, 61, 62, 63, 64, 65] {
                let text = format!("[{}{inside}{}]{{}}", " ".repeat(before), "é".repeat(after));
                let ours = brackets::behind(text.as_bytes());
                assert_eq!(ours, behind_slowly(&text).map(str::as_bytes), "{text:?}");
            }
        }
    }
}

fn any_json() -> impl Strategy<Value = String> {
    let blank = || prop_oneof![Just(""), Just(" "), Just("\n        "), Just("\r\n\t"), Just("         ")];
    let text = || {
        let part = prop_oneof![
            "[a-z{}\\[\\]:, é😀]{0,9}",
            "[a-z]{60,70}",
            prop::sample::select(&["\\\"", "\\\\", "\\n", "\\u00e9", "\\ud83d\\ude00", "\\/"][..])
                .prop_map(str::to_owned),
        ];
        prop::collection::vec(part, 0..5).prop_map(|parts| format!("\"{}\"", parts.concat()))
    };
    let leaf = prop_oneof![
        prop::sample::select(&["null", "true", "false", "0", "-1", "12.50", "1e9"][..])
            .prop_map(str::to_owned),
        text(),
    ];
    let value = leaf.prop_recursive(6, 60, 8, move |inner| {
        let spaced = (blank(), inner, blank()).prop_map(|(a, value, b)| format!("{a}{value}{b}"));
        let member = (blank(), text(), blank(), spaced.clone())
            .prop_map(|(a, key, b, value)| format!("{a}{key}{b}:{value}"));
        prop_oneof![
            prop::collection::vec(spaced, 0..8).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(member, 0..8).prop_map(|items| format!("{{{}}}", items.join(","))),
        ]
    });
    (blank(), value, blank()).prop_map(|(a, value, b)| format!("{a}{value}{b}"))
}

/// Text that looks like JSON as long as nobody looks closely.
fn almost_json() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(
        &[
            "{",
            "}",
            "[",
            "]",
            "\"",
            "\\",
            ":",
            ",",
            "\n",
            " ",
            "a",
            "é",
            "1",
            "\u{1b}[0m",
            "\u{feff}",
            "\"a\":",
            "{}",
        ][..],
    );
    prop::collection::vec(piece, 0..200).prop_map(|pieces| pieces.concat())
}

fn anything(text: &str, start: u32, end: u32) {
    let at = Span::new(LONE, start, end);
    let _ = members(text, at).map(Iterator::count);
    let _ = elements(text, at).map(Iterator::count);
    let _ = (member(text, at, "a"), string(text, at), parse_at(text, at));
    let _ = root(LONE, text);
    let places = documents(LONE, text);
    let mut spans = [places.values.clone(), places.others, places.unclosed.into_iter().collect()].concat();
    spans.sort();
    assert!(
        spans.iter().all(|at| text.get(at.start as usize..at.end as usize).is_some_and(|t| !t.is_empty()))
    );
    assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start), "{spans:?}");
    for at in places.values {
        let parsed = parse_at(text, at);
        if parsed.problems.is_empty() {
            assert_eq!(parsed.root.map(|root| root.span), Some(at), "{text:?}");
        }
    }
}

/// Everything that is found on all levels, broken or not.
fn walk(text: Indexed<'_>, at: Span, depth: usize, found: &mut Vec<Result<Span, Broken>>) {
    let inside: Vec<_> = match (members(text, at), elements(text, at)) {
        (Ok(members), _) => members.map(|member| member.map(|member| member.value)).collect(),
        (_, Ok(elements)) => elements.collect(),
        (Err(broken), Err(_)) => vec![Err(broken)],
    };
    found.extend(&inside);
    for at in inside.into_iter().flatten().filter(|_| depth < 8) {
        walk(text, at, depth + 1, found);
    }
}

/// With the ends known, the same is found as without, in the document and in any part of it.
fn ends_change_nothing(text: &str, at: Span) {
    let ends = Ends::find(text, at, |_| std::ops::ControlFlow::Continue(())).unwrap();
    let indexed = Indexed { text, ends: Some(&ends) };
    let cut_short = Span::new(LONE, at.start, at.end.saturating_sub(3));
    for at in [at, cut_short].into_iter().filter(|at| text.is_char_boundary(at.end as usize)) {
        let [mut ours, mut theirs] = [Vec::new(), Vec::new()];
        walk(indexed, at, 0, &mut ours);
        walk(text.into(), at, 0, &mut theirs);
        assert_eq!(ours, theirs, "{text:?}");
    }
}

#[test]
fn one_document_is_found_with_its_ends() {
    let long = "x".repeat(2_000);
    let whole = format!("\n {{\"a\": [\"{long}\"]}}\n");
    let (at, _) = only(LONE, &whole).unwrap();
    assert_eq!((at, documents(LONE, &whole).only()), (Span::new(LONE, 2, whole.len() as u32 - 1), Some(at)));
    for text in [
        format!("{{\"a\": \"{long}\"}} {{}}"),
        format!("log\n{{\"a\": \"{long}\"}}"),
        format!("{{\"a\": [\"{long}\"}}"),
        format!("{{\"a\": \"{long}\"}}]"),
        format!("[INFO] {long}"),
        format!("\"{long}\""),
        "{}".to_owned(),
    ] {
        assert!(only(LONE, &text).is_none(), "{text}");
    }
}

proptest! {
    #[test]
    fn ends_agree_with_going_there(text in any_json(), almost in almost_json()) {
        ends_change_nothing(&text, whole(&text));
        if let Some(at) = root(LONE, &almost) {
            ends_change_nothing(&almost, at);
        }
    }

    #[test]
    fn any_json_agrees_with_the_tree(text in any_json()) {
        check_root(&text);
    }

    #[test]
    fn documents_are_found_again(texts in prop::collection::vec(any_json(), 1..5), between in "(\n[ \n]{0,3})?") {
        let texts: Vec<_> = texts.iter().map(|text| text.trim()).collect();
        let text = texts.join(&between);
        prop_assume!(texts.iter().all(|text| text.starts_with(['{', '[', '"'])));
        prop_assert_eq!(found(&text).0, texts);
    }

    #[test]
    fn blocks_agree_with_bytes(inside in "[\\[\\]{}\"\\\\a]{0,300}", open in "[\\[{]") {
        let text = open + &inside;
        prop_assert_eq!(brackets::behind(text.as_bytes()), behind_slowly(&text).map(str::as_bytes));
    }

    #[test]
    fn any_text_is_survived(text in any::<String>(), start in 0u32..40, end in 0u32..40) {
        anything(&text, start, end);
    }

    #[test]
    fn almost_json_is_survived(text in almost_json(), start in 0u32..40, end in 0u32..200) {
        anything(&text, start, end);
    }
}
