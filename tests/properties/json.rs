//! `serde_json` judges our JSON parser: the same values from what is right, and a problem exactly where it errs.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests may fail loudly, their helpers too"
)]

use std::path::Path;

use decryptable::diagnostic::Code;
use decryptable::json::{MAX_DEPTH, Node, Value, embed, parse};
use decryptable::source::{OffsetMap, Origin, SourceId, SourceMap, Span, decode};
use proptest::prelude::*;
use serde_json::Value as Theirs;

use crate::budget::config;

fn any_json() -> impl Strategy<Value = Theirs> {
    let text = prop_oneof![
        4 => "[a-zA-Z0-9:/*_ -]{0,40}",
        1 => any::<String>(),
        1 => "[\"\\\\/\u{0}-\u{20}\u{7f}é\u{2028}中😀]{0,12}",
    ];
    let leaf = prop_oneof![
        Just(Theirs::Null),
        any::<bool>().prop_map(Theirs::from),
        any::<i64>().prop_map(Theirs::from),
        any::<u64>().prop_map(Theirs::from),
        any::<f64>().prop_map(Theirs::from),
        text.clone().prop_map(Theirs::from),
    ];
    leaf.prop_recursive(6, 80, 14, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..14).prop_map(Theirs::from),
            prop::collection::vec((text.clone(), inner), 0..16)
                .prop_map(|members| Theirs::Object(members.into_iter().collect())),
        ]
    })
}

/// Our tree as `serde_json` would hold it: of duplicates the last value counts, at the place of the first.
fn as_theirs(node: &Node<'_>) -> Theirs {
    match &node.value {
        Value::Null => Theirs::Null,
        Value::Bool(boolean) => Theirs::Bool(*boolean),
        Value::Number(text) => serde_json::from_str(text).unwrap(),
        Value::String(text) => Theirs::String(text.to_string()),
        Value::Array(elements) => elements.iter().map(as_theirs).collect(),
        Value::Object(members) => {
            members.iter().map(|member| (member.key.value.to_string(), as_theirs(&member.value))).collect()
        }
        Value::Invalid => panic!("an invalid value without a problem"),
    }
}

fn walk<'n, 's>(node: &'n Node<'s>, visit: &mut impl FnMut(&'n Node<'s>)) {
    visit(node);
    node.elements().iter().for_each(|element| walk(element, visit));
    node.members().iter().for_each(|member| walk(&member.value, visit));
}

fn cut(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).expect("a place inside the text")
}

/// Numbers no `f64` holds are JSON, but not for `serde_json`.
fn has_huge_number(node: &Node<'_>) -> bool {
    let mut huge = false;
    walk(node, &mut |node| {
        if let Value::Number(text) = &node.value {
            huge |= text.parse::<f64>().is_ok_and(f64::is_infinite);
        }
    });
    huge
}

/// The two parsers agree on whether the text is JSON, and if so on what it says.
fn check_against_serde(text: &str) {
    let ours = parse(SourceId::LONE, text);
    for problem in &ours.problems {
        let spans = problem.span.iter().chain(problem.related.iter().map(|label| &label.span));
        spans.for_each(|span| drop(cut(text, *span).to_owned()));
    }
    // Duplicate names are no error for serde_json.
    let valid = ours.problems.iter().all(|problem| problem.code == Code::DuplicateKey);
    match serde_json::from_str::<Theirs>(text) {
        Ok(theirs) => {
            assert!(valid, "only we complain about {text:?}: {:?}", ours.problems);
            assert_eq!(as_theirs(&ours.root.unwrap()), theirs);
        }
        Err(_) if valid && ours.root.as_ref().is_some_and(has_huge_number) => {}
        Err(error) => assert!(!valid, "only serde_json complains about {text:?}: {error}"),
    }
}

/// The text at the place of every value and name means that value or name.
fn check_places(text: &str) {
    let root = parse(SourceId::LONE, text).root.unwrap();
    walk(&root, &mut |node| {
        let again = parse(SourceId::LONE, cut(text, node.span));
        assert_eq!(as_theirs(&again.root.unwrap()), as_theirs(node));
        for member in node.members() {
            let key: String = serde_json::from_str(cut(text, member.key.span)).unwrap();
            assert_eq!(key, member.key.value);
        }
    });
}

#[derive(Clone, Debug)]
enum Edit {
    Delete(prop::sample::Index, usize),
    Insert(prop::sample::Index, &'static str),
    Replace(prop::sample::Index, &'static str),
    Double(prop::sample::Index, usize),
    Truncate(prop::sample::Index),
}

const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "'",
    "/",
    "//",
    "/*",
    "#",
    "-",
    "+",
    ".",
    "0",
    "1",
    "e",
    "E",
    "u",
    "t",
    "true",
    "null",
    "False",
    "NaN",
    "\\u",
    "\\ud800",
    "\\udc00",
    "\\ud83d\\ude00",
    "\\u0000",
    " ",
    "\n",
    "\t",
    "\r\n",
    "\u{0}",
    "\u{1f}",
    "\u{7f}",
    "\u{a0}",
    "\u{feff}",
    "é",
    "“",
    "1e999",
    "-0",
    "\"a\":",
    "{}",
    "[[[[[[[[",
    "]]]]",
    "=",
    ";",
    "\\\"",
    "\"\"",
];

fn any_edit() -> impl Strategy<Value = Edit> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), 1usize..4).prop_map(|(at, n)| Edit::Delete(at, n)),
        (at(), prop::sample::select(PIECES)).prop_map(|(at, piece)| Edit::Insert(at, piece)),
        (at(), prop::sample::select(PIECES)).prop_map(|(at, piece)| Edit::Replace(at, piece)),
        (at(), 1usize..9).prop_map(|(at, n)| Edit::Double(at, n)),
        at().prop_map(Edit::Truncate),
    ]
}

fn apply(text: &str, edit: &Edit) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let len = chars.len();
    let place = |at: &prop::sample::Index| at.index(len + 1);
    match edit {
        Edit::Delete(at, n) => drop(chars.drain(place(at)..(place(at) + n).min(len))),
        Edit::Insert(at, piece) => drop(chars.splice(place(at)..place(at), piece.chars())),
        Edit::Replace(at, piece) => drop(chars.splice(place(at)..(place(at) + 1).min(len), piece.chars())),
        Edit::Double(at, n) => {
            let end = (place(at) + n).min(len);
            let copy = chars[place(at)..end].to_vec();
            drop(chars.splice(end..end, copy));
        }
        Edit::Truncate(at) => chars.truncate(place(at)),
    }
    chars.into_iter().collect()
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn we_read_what_serde_json_writes(value in any_json()) {
        for text in [serde_json::to_string(&value).unwrap(), serde_json::to_string_pretty(&value).unwrap()] {
            let ours = parse(SourceId::LONE, &text);
            prop_assert_eq!(&ours.problems, &[]);
            let root = ours.root.unwrap();
            prop_assert_eq!(&as_theirs(&root), &serde_json::from_str::<Theirs>(&text).unwrap());
            // Numbers are kept as they are written, members in their order.
            let mut written = Vec::new();
            walk(&root, &mut |node| match &node.value {
                Value::Number(number) => written.push((cut(&text, node.span).to_owned(), number.to_string())),
                Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) | Value::Invalid => {}
            });
            written.into_iter().for_each(|(written, kept)| assert_eq!(written, kept));
            check_places(&text);
        }
    }

    #[test]
    fn we_complain_exactly_when_serde_json_does(
        value in any_json(),
        pretty: bool,
        edits in prop::collection::vec(any_edit(), 1..4),
    ) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let mut text = text.unwrap();
        for edit in &edits {
            text = apply(&text, edit);
            check_against_serde(&text);
        }
    }

    #[test]
    fn we_agree_on_rubbish(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12)) {
        check_against_serde(&pieces.concat());
    }

    #[test]
    fn places_in_embedded_documents_lead_to_the_file(inner in any_json(), pretty: bool, percent: bool) {
        let inner = if pretty { serde_json::to_string_pretty(&inner) } else { serde_json::to_string(&inner) };
        let innermost = Theirs::Array(vec![serde_json::from_str(&inner.unwrap()).unwrap(), Theirs::Null]).to_string();
        let encoded = if percent { percent_encode(&innermost) } else { innermost.clone() };
        let middle = serde_json::json!({"before": "é\"", "document": encoded}).to_string();
        let outer = ascii_only(&serde_json::to_string_pretty(&serde_json::json!(["\n", {"response": middle}])).unwrap());

        let mut map = SourceMap::new();
        let file = map.add("file.json", outer.as_str().into(), Origin::File { bytes: OffsetMap::identity() });
        let parsed = parse(file, &outer);
        let response = embed(&mut map, parsed.root.as_ref().unwrap().elements()[1].get("response").unwrap(), "response").unwrap();
        let parsed = parse(response.source, &response.text);
        let document = embed(&mut map, parsed.root.as_ref().unwrap().get("document").unwrap(), "document").unwrap();
        prop_assert_eq!(&*document.text, &innermost);
        let parsed = parse(document.source, &document.text);
        prop_assert_eq!(&parsed.problems, &[]);

        walk(&parsed.root.unwrap(), &mut |node| {
            let host = map.host(node.span);
            assert_eq!(host.source, file);
            // Undo the outer two layers by hand: what stands in the file must mean what stands here.
            let once: String = serde_json::from_str(&format!("\"{}\"", map.text(host))).unwrap();
            let twice: String = serde_json::from_str(&format!("\"{once}\"")).unwrap();
            let meant = if percent { percent_decode(&twice) } else { twice };
            assert_eq!(meant, map.text(node.span));
        });
        prop_assert_eq!(map.depth(document.source), 2);
    }
}

/// As Python and Terraform write JSON: everything beyond ASCII as `\u` escapes.
fn ascii_only(json: &str) -> String {
    let mut units = [0; 2];
    let escape = |c: char| match c {
        c if c.is_ascii() => c.to_string(),
        c => c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
    };
    json.chars().map(escape).collect::<Vec<_>>().concat()
}

fn percent_encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn percent_decode(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn the_limits_of_depth_agree() {
    for depth in MAX_DEPTH - 3..MAX_DEPTH + 3 {
        check_against_serde(&("[".repeat(depth) + &"]".repeat(depth)));
        check_against_serde(&("{\"a\":[".repeat(depth / 2) + "0" + &"]}".repeat(depth / 2)));
    }
}

#[test]
fn of_duplicates_the_last_one_counts() {
    let parsed = parse(SourceId::LONE, r#"{"Effect": "Allow", "Effect": "Deny"}"#);
    assert_eq!(parsed.problems[0].code, Code::DuplicateKey);
    assert_eq!(parsed.root.unwrap().get("Effect").and_then(Node::as_str), Some("Deny"));
}

/// Tests about public files that are not part of the repository.
mod needs_shared {
    use super::*;

    #[test]
    #[ignore = "needs ../shared"]
    fn the_test_suite_of_nst() {
        let suite =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/G_malformed/nst+JSONTestSuite");
        let folder = std::fs::read_dir(suite.join("test_parsing")).unwrap();
        let mut seen = 0;
        for file in folder.map(|file| file.unwrap()) {
            let name = file.file_name().into_string().unwrap();
            let bytes = std::fs::read(file.path()).unwrap();
            if let Ok(text) = std::str::from_utf8(&bytes) {
                check_against_serde(text);
            }
            let decoded = decode(bytes).unwrap();
            let parsed = parse(SourceId::LONE, &decoded.text);
            // The suite has objects with duplicate names among its good documents.
            let errors = parsed.problems.iter().filter(|problem| problem.code != Code::DuplicateKey).count();
            let fine = decoded.problem.is_none() && errors == 0;
            match name.as_bytes()[0] {
                b'y' => assert!(fine, "{name}: {:?} {:?}", decoded.problem, parsed.problems),
                b'n' => assert!(!fine, "{name} was taken"),
                _ => {}
            }
            seen += 1;
        }
        assert!(seen > 100, "only {seen} files");
    }
}
