//! JSON judges the YAML reader: a JSON text means the same to both. And public templates, where they are at hand.

#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "tests may fail loudly")]

use std::fs;
use std::path::{Path, PathBuf};

use decryptable::diagnostic::Diagnostic;
use decryptable::json::{self, Node, Value};
use decryptable::source::{SourceId, Span, decode};
use decryptable::yaml;
use proptest::prelude::*;

use crate::budget::config;

fn walk<'n, 's>(node: &'n Node<'s>, visit: &mut impl FnMut(Span)) {
    visit(node.span);
    node.elements().iter().for_each(|element| walk(element, visit));
    for member in node.members() {
        visit(member.key.span);
        walk(&member.value, visit);
    }
}

/// Every place is inside the text and on whole characters.
fn check(text: &str) -> yaml::Parsed<'_> {
    let parsed = yaml::parse(SourceId::LONE, text);
    let mut inside = |span: Span| {
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} in {text:?}");
    };
    for problem in &parsed.problems {
        inside(problem.span.unwrap());
        problem.related.iter().for_each(|label| inside(label.span));
    }
    parsed.documents.iter().for_each(|document| walk(document, &mut inside));
    parsed
}

fn same(yaml: &Node<'_>, json: &Node<'_>) -> bool {
    yaml.span == json.span
        && match (&yaml.value, &json.value) {
            (Value::Array(a), Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
            }
            (Value::Object(a), Value::Object(b)) => {
                a.len() == b.len()
                    && a.iter().zip(b).all(|(a, b)| {
                        (&a.key.value, a.key.span) == (&b.key.value, b.key.span) && same(&a.value, &b.value)
                    })
            }
            (a, b) => a == b,
        }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let text = prop_oneof![4 => "[a-zA-Z0-9:/*_ #!&{},-]{0,40}", 1 => "[\"\\\\/\u{20}-\u{7e}é中😀]{0,12}"];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        text.clone().prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(6, 60, 10, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..10).prop_map(serde_json::Value::from),
            prop::collection::vec((text.clone(), inner), 0..16)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Pieces that YAML gives a meaning.
fn any_pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "- ",
        "-",
        "a",
        "b: ",
        ": ",
        ":",
        "? ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "&x ",
        "*x ",
        "*x",
        "!Ref ",
        "!!str ",
        "!",
        "!<",
        ">",
        "|",
        "|-\n",
        ">2\n",
        "'",
        "\"",
        "\\",
        "#",
        " # c",
        "\n",
        "\n ",
        "\n  ",
        "\n    ",
        "\r\n",
        "\t",
        "---\n",
        "...\n",
        "%TAG ! !\n",
        "%YAML 1.2\n",
        "<<: ",
        "é",
        "😀",
        "\u{feff}",
        "\0",
        "\u{85}",
        "\u{2028}",
        "12",
        "~",
        "@",
        "`",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn json_means_the_same(value in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let ours = check(&text);
        prop_assert_eq!(&ours.problems, &[], "{}", text);
        let theirs = json::parse(SourceId::LONE, &text).root.unwrap();
        prop_assert_eq!(ours.documents.len(), 1);
        prop_assert!(same(&ours.documents[0], &theirs), "{}\n{:#?}", text, ours.documents);
    }

    #[test]
    fn no_text_is_too_odd(text in prop_oneof![any_pieces(), any::<String>()]) {
        check(&text);
    }

    #[test]
    fn nor_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes));
    }
}

/// Tests about public files that are not part of the repository.
mod needs_shared {
    use super::*;

    #[test]
    #[ignore = "needs ../shared"]
    fn public_templates_are_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/C_cloudformation");
        let mut open: Vec<PathBuf> = vec![root];
        let mut read = 0;
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
                let decoded = decode(fs::read(&path).unwrap()).unwrap();
                let problems: Vec<Diagnostic> = check(&decoded.text).problems;
                assert!(problems.is_empty(), "{}: {problems:#?}", path.display());
                read += 1;
            }
        }
        assert!(read > 50, "{read}");
    }
}
