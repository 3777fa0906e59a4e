//! What is said about mistakes, and that hostile text is read in bounded time.

use super::*;
use crate::diagnostic::{Code, Severity};

/// Every problem as `code: message @ what it underlines`.
fn complaints(text: &str) -> Vec<String> {
    let parsed = parse(SourceId::LONE, text);
    let underlined = |span: Span| text.get(span.start as usize..span.end as usize).unwrap();
    parsed
        .problems
        .iter()
        .map(|p| format!("{}: {} @ {}", p.code, p.message, underlined(p.span.unwrap())))
        .collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(complaints(text), expected, "in {text}");
}

/// Each mistake is told alone, and the member behind it is still read.
#[track_caller]
fn check_goes_on(text: &str, expected: &[&str]) {
    check(text, expected);
    let parsed = parse(SourceId::LONE, text);
    let last = parsed.root.as_ref().and_then(|root| root.get("last"));
    assert_eq!(last.map(|node| &node.value), Some(&Value::Bool(true)), "in {text}");
}

#[test]
fn what_is_right_is_not_complained_about() {
    for text in [
        "{}",
        "[]",
        " null ",
        "0",
        "\"\"",
        "[[],{}]",
        r#"{"a":{"b":[1,-2.5e+3,true,false,null,"x\ny"]}}"#,
        "\r\n{\t\"a\" :\n1 ,\"b\": [ 1 , 2 ] }\n\n",
        "\"\u{7f}é😀\u{2028}\"",
    ] {
        check(text, &[]);
    }
}

#[test]
fn places_cover_tokens() {
    let text = r#"{"a": ["x\"y", 12], "b": {}}"#;
    let root = parse(SourceId::LONE, text).root.unwrap();
    let at = |span: Span| text.get(span.start as usize..span.end as usize).unwrap();
    assert_eq!(at(root.span), text);
    assert_eq!(at(root.members()[0].key.span), r#""a""#);
    let array = root.get("a").unwrap();
    assert_eq!(at(array.span), r#"["x\"y", 12]"#);
    assert_eq!(at(array.elements()[0].span), r#""x\"y""#);
    assert_eq!(at(array.elements()[1].span), "12");
    assert_eq!(at(root.get("b").unwrap().span), "{}");
    assert!(matches!(&root.members()[0].key.value, Cow::Borrowed("a")));
    assert!(matches!(&array.elements()[0].value, Value::String(Cow::Owned(text)) if text == "x\"y"));
}

#[test]
fn nothing_to_read() {
    check("", &["json-empty: the document is empty @ "]);
    check(" \n", &["json-empty: the document holds no value @  \n"]);
    assert_eq!(parse(SourceId::LONE, "").root, None);
}

#[test]
fn commas() {
    check_goes_on(
        r#"{"a": [1, 2,], "last": true,}"#,
        &[
            "json-trailing-comma: a comma behind the last element of an array @ ,",
            "json-trailing-comma: a comma behind the last member of an object @ ,",
        ],
    );
    check_goes_on(
        r#"{"a": 1 "last": true}"#,
        &["json-syntax-error: a comma is missing between two members @ "],
    );
    check_goes_on(
        r#"{"a": ["x" "y" 3], "last": true}"#,
        &[
            "json-syntax-error: a comma is missing between two elements @ ",
            "json-syntax-error: a comma is missing between two elements @ ",
        ],
    );
    check_goes_on(
        r#"{,"a": [,1,,2],, "last": true}"#,
        &[
            "json-syntax-error: expected a member, found `,` @ ,",
            "json-syntax-error: expected a value, found `,` @ ,",
            "json-syntax-error: expected a value, found `,` @ ,",
            "json-syntax-error: expected a member, found `,` @ ,",
        ],
    );
    check_goes_on(r#"{"a": 1; "last": true}"#, &["json-syntax-error: a `;` where a `,` belongs @ ;"]);
}

#[test]
fn names_and_colons() {
    check_goes_on(r#"{"a" 1, "last": true}"#, &["json-syntax-error: a colon is missing behind `a` @ "]);
    check_goes_on(
        r#"{"a" = 1, "last" => true}"#,
        &[
            "json-syntax-error: expected `:`, found `=` @ =",
            "json-syntax-error: expected `:`, found `=>` @ =>",
        ],
    );
    check_goes_on(r#"{"a", "last": true}"#, &["json-syntax-error: `a` has no value @ \"a\""]);
    check_goes_on(r#"{"a":, "last": true}"#, &["json-syntax-error: expected a value, found `,` @ ,"]);
    check_goes_on(
        r#"{a: 1, last: true}"#,
        &[
            "json-syntax-error: the name `a` is not in double quotes @ a",
            "json-syntax-error: the name `last` is not in double quotes @ last",
        ],
    );
    check_goes_on(
        r#"{1: 1, "last": true}"#,
        &["json-syntax-error: the name `1` is not in double quotes @ 1"],
    );
    check_goes_on(r#"{: 1, "last": true}"#, &["json-syntax-error: the name before this `:` is missing @ :"]);
    check_goes_on(
        r#"{{"a": [1]}, "last": true}"#,
        &["json-syntax-error: expected the name of a member, found an object @ {"],
    );
    check_goes_on(
        r#"{nothing, "last": true}"#,
        &["json-syntax-error: expected the name of a member in double quotes, found `nothing` @ nothing"],
    );
    check_goes_on(
        r#"{"a": ["b": 1], "last": true}"#,
        &["json-syntax-error: the elements of an array have no names @ :"],
    );
    check_goes_on(r#"{"a":: 1, "last": true}"#, &["json-syntax-error: unexpected `:` @ :"]);
}

#[test]
fn quotes() {
    check_goes_on(
        r#"{'a': 'b', "last": true}"#,
        &[
            "json-syntax-error: `'` does not begin a JSON string @ 'a'",
            "json-syntax-error: `'` does not begin a JSON string @ 'b'",
        ],
    );
    check_goes_on("{“a”: 1, \"last\": true}", &["json-syntax-error: `“` does not begin a JSON string @ “a”"]);
    check_goes_on(
        r#"{"a": "say "hello" to", "last": true}"#,
        &["json-syntax-error: expected `,` or `}`, found `hello` @ hello"],
    );
    check_goes_on(
        "{\"Effect: \"Allow\",\n\"last\": true}",
        &["json-syntax-error: expected `:` behind `Effect: `, found `Allow` @ Allow"],
    );
    check_goes_on(
        "{\"a\": \"Allow,\n \"last\": true}",
        &["json-syntax-error: this string is never closed @ \"Allow"],
    );
    check_goes_on(
        "{\"a\": [\"b, \n \"c\"],\r\n \"last\": true}",
        &["json-syntax-error: this string is never closed @ \"b"],
    );
    check_goes_on(
        "{\"a\": \"one\n two\nthree\", \"last\": true}",
        &["json-syntax-error: a line break inside a string @ \n"],
    );
    check("{\"a\": \"b", &["json-syntax-error: this string is never closed @ \""]);
    check(r#"{"a": "b\"#, &["json-syntax-error: this string is never closed @ \""]);
    check(
        r#"{\"a\": \"b\", \"c\": [\"d\"]}"#,
        &[r#"json-syntax-error: a backslash outside of a string @ \""#],
    );
}

#[test]
fn words() {
    check_goes_on(
        r#"{"a": True, "b": None, "c": NaN, "d": undefined, "e": kms:Decrypt, "f": *, "last": true}"#,
        &[
            "json-syntax-error: `True` is not a JSON value @ True",
            "json-syntax-error: `None` is not a JSON value @ None",
            "json-syntax-error: JSON has no `NaN` @ NaN",
            "json-syntax-error: JSON has no `undefined` @ undefined",
            "json-syntax-error: expected a value, found `kms:Decrypt` @ kms:Decrypt",
            "json-syntax-error: expected a value, found `*` @ *",
        ],
    );
    check("truex", &["json-syntax-error: expected a value, found `truex` @ truex"]);
    check("hello world", &["json-syntax-error: expected a value, found `hello` @ hello"]);
    check("]", &["json-syntax-error: expected a value, found `]` @ ]"]);
}

#[test]
fn numbers() {
    check_goes_on(
        r#"{"a": [01, 1., .5, +1, -, 1e, 0x1F, 2012-10-17, 012345678901, 1.e5], "last": true}"#,
        &[
            "json-syntax-error: a number has no leading zeros: `01` @ 01",
            "json-syntax-error: a number has a digit behind its decimal point: `1.` @ 1.",
            "json-syntax-error: a number has a digit before its decimal point: `.5` @ .5",
            "json-syntax-error: a number has no leading `+`: `+1` @ +1",
            "json-syntax-error: `-` alone is not a number: `-` @ -",
            "json-syntax-error: the exponent of this number has no digits: `1e` @ 1e",
            "json-syntax-error: this is not a JSON number: `0x1F` @ 0x1F",
            "json-syntax-error: this is not a JSON number: `2012-10-17` @ 2012-10-17",
            "json-syntax-error: a number has no leading zeros: `012345678901` @ 012345678901",
            "json-syntax-error: a number has a digit behind its decimal point: `1.e5` @ 1.e5",
        ],
    );
}

#[test]
fn comments_and_foreign_blanks() {
    check_goes_on(
        "// one\n{ /* two */ \"a\" /*3*/ : # four\n 1 // five\n, \"last\": true } // six",
        &[
            "json-syntax-error: JSON has no comments @ // one",
            "json-syntax-error: JSON has no comments @ /* two */",
            "json-syntax-error: JSON has no comments @ /*3*/",
            "json-syntax-error: JSON has no comments @ # four",
            "json-syntax-error: JSON has no comments @ // five",
            "json-syntax-error: JSON has no comments @ // six",
        ],
    );
    check_goes_on(
        "\u{feff}{\u{a0}\"last\": true}",
        &[
            "json-syntax-error: U+FEFF is not white space in JSON @ \u{feff}",
            "json-syntax-error: U+00A0 is not white space in JSON @ \u{a0}",
        ],
    );
    check("{ /* never", &["json-syntax-error: this comment is never closed @ /*"]);
}

#[test]
fn escapes_and_control_characters() {
    check_goes_on(
        "{\"a\": [\"\\x\", \"C:\\dir\", \"\\u12\", \"\\ud800\", \"\\udc00\", \"a\tb\tc\", \"\u{1}\", \"it\\'s\"], \"last\": true}",
        &[
            "json-syntax-error: `\\x` is not a JSON escape @ \\x",
            "json-syntax-error: `\\d` is not a JSON escape @ \\d",
            "json-syntax-error: `\\u` needs four hexadecimal digits @ \\u12",
            "json-syntax-error: `\\ud800` is half of a character @ \\ud800",
            "json-syntax-error: `\\udc00` is half of a character @ \\udc00",
            "json-syntax-error: a tab inside a string @ \t",
            "json-syntax-error: the control character U+0001 inside a string @ \u{1}",
            "json-syntax-error: `\\'` is not a JSON escape @ \\'",
        ],
    );
}

#[test]
fn brackets() {
    check(r#"{"a": [1, {"b": 2"#, &["json-syntax-error: this object is never closed @ {"]);
    let parsed = parse(SourceId::LONE, r#"{"a": [1, {"b": 2"#);
    assert_eq!(parsed.problems[0].help.as_deref(), Some("add `}]}` at the end of the document"));
    check("[1,", &["json-syntax-error: this array is never closed @ ["]);
    check("{\"a\":", &["json-syntax-error: this object is never closed @ {"]);
    check("{\"a\"", &["json-syntax-error: this object is never closed @ {"]);
    check(r#"{"a": 1}}"#, &["json-trailing-text: this `}` closes nothing @ }"]);
    check(r#"[{"a": 1], 2]"#, &["json-syntax-error: expected `}`, found `]` @ ]"]);
    check_goes_on(r#"{"a": 1], "last": true}"#, &["json-syntax-error: this `]` closes nothing @ ]"]);
    check("[1}, 2]", &["json-syntax-error: this `}` closes nothing @ }"]);
    check(r#"{"a": [1, 2}"#, &["json-syntax-error: expected `]`, found `}` @ }"]);
}

#[test]
fn text_behind_the_document() {
    check("{}\n{}", &["json-trailing-text: a second document begins here @ {"]);
    check("{}, 1", &["json-trailing-text: text behind the end of the document @ ,"]);
    check("1 hello world", &["json-trailing-text: text behind the end of the document @ hello"]);
    check("{} é", &["json-trailing-text: text behind the end of the document @ é"]);
}

#[test]
fn duplicate_names() {
    let text = r#"{"a": 1, "b": 2, "\u0061": 3, "a": 4}"#;
    check(
        text,
        &[
            "duplicate-key: `a` is written twice in one object @ \"\\u0061\"",
            "duplicate-key: `a` is written twice in one object @ \"a\"",
        ],
    );
    let parsed = parse(SourceId::LONE, text);
    for problem in &parsed.problems {
        assert_eq!(
            (problem.related[0].span, &*problem.related[0].text),
            (Span::new(SourceId::LONE, 1, 4), "first written here")
        );
    }
    assert_eq!(parsed.root.unwrap().members().len(), 4);
    let many: Vec<String> =
        (0..40).chain([7, 7]).map(|i| format!("\"k{i}\": {{\"x\": 0, \"x\": 1}}")).collect();
    let text = format!("{{{}}}", many.join(","));
    let parsed = parse(SourceId::LONE, &text);
    let twice =
        |name: &str| parsed.problems.iter().filter(|p| p.message.contains(&format!("`{name}`"))).count();
    assert_eq!((twice("x"), twice("k7")), (42, 2));
    let k7: Vec<_> =
        parsed.problems.iter().filter(|p| p.message.contains("k7")).map(|p| p.related[0].span).collect();
    assert_eq!(k7[0], k7[1]);
    // In the order of the text, though `k7` was found last.
    assert!(parsed.problems.is_sorted_by_key(|p| p.span));
}

#[test]
fn depth() {
    let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
    assert_eq!(complaints(&nested(MAX_DEPTH - 1)), [""; 0]);
    let text = nested(MAX_DEPTH);
    let deep = parse(SourceId::LONE, &text);
    assert_eq!(deep.problems.len(), 1);
    assert_eq!(deep.problems[0].code, Code::JsonTooDeep);
    let deep = format!("{{\"a\": {}, \"last\": true}}", nested(1000).replace("][", "]\"]]]\"["));
    assert_eq!(complaints(&deep), ["json-too-deep: more than 127 brackets inside each other @ ["]);
    assert!(parse(SourceId::LONE, &deep).root.unwrap().get("last").is_some());
}

#[test]
fn only_so_many_problems() {
    let text = format!("[{}]", "x,".repeat(1000));
    let parsed = parse(SourceId::LONE, &text);
    assert_eq!(parsed.problems.len(), MAX_PROBLEMS + 1);
    let last = parsed.problems.last().unwrap();
    assert_eq!(last.severity, Severity::Note);
    assert_eq!(last.span.unwrap().start, 1 + 2 * MAX_PROBLEMS as u32);
    assert_eq!(parsed.root.unwrap().elements().len(), 1000);
}

#[test]
fn hostile_text_takes_linear_time() {
    const N: usize = 500;
    for piece in [
        "[", "{", "]", "}", "\"\\", "\"", "\\", "{\"a\":", "[{\"a\":", "'", "“", "x,", "x ", "\"\n",
        "\"a\n'", "/*", "//\n", "#", ",", ":", "\"\":", "{,", "[1}", "{1]", "\u{a0}", "\u{a0} ", "-", "1 ",
        "\"a\" ", "\\u", "\t", "\"\t", "a\"\n", "=", "[/*", "'“", ";", "[;", "{;", "{\"a\";", "{\"\"\n",
        "\"\\\n", "[\"a,\n", "\"\\\"\n", "{a:", "{a ",
    ] {
        for prefix in ["", "[", "{", "{\"a\":", "\"", "[[{\"b\":["] {
            let what = format!("{prefix:?} and {piece:?}");
            work::assert_linear(&what, N, |n| {
                parse(SourceId::LONE, &(prefix.to_owned() + &piece.repeat(n))).problems.len()
            });
        }
    }
    work::assert_linear("a string of many lines that is closed in the end", N, |n| {
        parse(SourceId::LONE, &format!("[\"{}\"]", "\n".repeat(n))).problems.len()
    });
    work::assert_linear("names written twice", N, |n| {
        let members: String = (0..n).map(|i| format!("\"{i}\": 0,")).collect();
        parse(SourceId::LONE, &format!("{{{members}{members}}}")).problems.len()
    });
}

/// However long it is: nothing recurses with the text.
#[test]
fn long_hostile_text_is_survived() {
    const N: usize = 1_000_000;
    for piece in ["[", "{\"a\":", "\"\\", "x ", "\"a\n'"] {
        assert!(!parse(SourceId::LONE, &piece.repeat(N)).problems.is_empty());
    }
}
