//! Snippets by hand: what they mean as JSON, and which text each place points to.

use super::*;
use crate::diagnostic::Code;
use crate::json::{self, Value};
use crate::work;

fn at(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).unwrap_or_else(|| panic!("{span:?} in {text:?}"))
}

/// The values of a tree, on one line.
fn shown(node: &Node<'_>) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text) => text.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::Array(elements) => {
            format!("[{}]", elements.iter().map(shown).collect::<Vec<_>>().join(","))
        }
        Value::Object(members) => {
            let member = |m: &json::Member<'_>| format!("{:?}:{}", m.key.value, shown(&m.value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
        Value::Invalid => "?".to_owned(),
    }
}

fn values(text: &str) -> String {
    let parsed = parse(SourceId::LONE, text);
    parsed.documents.iter().map(shown).collect::<Vec<_>>().join(" ")
}

/// Every node's text in the order of the tree, keys before their values.
fn places<'t>(text: &'t str, node: &Node<'_>, out: &mut Vec<&'t str>) {
    out.push(at(text, node.span));
    node.elements().iter().for_each(|element| places(text, element, out));
    for member in node.members() {
        out.push(at(text, member.key.span));
        places(text, &member.value, out);
    }
}

fn underlined(text: &str) -> Vec<&str> {
    let parsed = parse(SourceId::LONE, text);
    assert_eq!(parsed.problems, [], "{text:?}");
    let mut out = Vec::new();
    parsed.documents.iter().for_each(|document| places(text, document, &mut out));
    out
}

/// Code, place and message of every problem.
fn told(text: &str) -> Vec<(Code, &str, String)> {
    let told = |problem: Diagnostic| {
        assert!(problem.help.is_some(), "{}", problem.message);
        (problem.code, at(text, problem.span.unwrap()), problem.message)
    };
    parse(SourceId::LONE, text).problems.into_iter().map(told).collect()
}

#[test]
fn snippets_mean_what_they_mean() {
    for (text, expected) in [
        ("", ""),
        ("# nothing\n\n", ""),
        ("a: b", r#"{"a":"b"}"#),
        ("a:\nb: ~\nc: null\nd: ''\n", r#"{"a":null,"b":null,"c":null,"d":""}"#),
        (
            "[true, False, TRUE, yes, no, on, off, y, tRUE]",
            r#"[true,false,true,"yes","no","on","off","y","tRUE"]"#,
        ),
        ("[012345678901, 111122223333, 1e3, -1.50, 0]", "[012345678901,111122223333,1e3,-1.50,0]"),
        (
            "[0x1F, +1, 1_000, .5, 1., .inf, 1.2.3, 1e]",
            r#"["0x1F","+1","1_000",".5","1.",".inf","1.2.3","1e"]"#,
        ),
        ("Version: 2012-10-17\nTime: 12:30:45", r#"{"Version":"2012-10-17","Time":"12:30:45"}"#),
        ("- a\n- - b\n  - c\n-\n- d: e\n  f: g\n", r#"["a",["b","c"],null,{"d":"e","f":"g"}]"#),
        ("a:\n- b\n- c\nd: e", r#"{"a":["b","c"],"d":"e"}"#),
        ("a: !Ref b", r#"{"a":{"Ref":"b"}}"#),
        (
            "- !Condition c\n- !GetAtt a.b\n- !GetAtt [a, b]",
            r#"[{"Condition":"c"},{"Fn::GetAtt":"a.b"},{"Fn::GetAtt":["a","b"]}]"#,
        ),
        ("a: !Base64\n  Fn::Sub: |\n    x ${y}\n", r#"{"a":{"Fn::Base64":{"Fn::Sub":"x ${y}\n"}}}"#),
        ("Fn::Base64: !Sub 'x'", r#"{"Fn::Base64":{"Fn::Sub":"x"}}"#),
        ("a: !Join ['', [!Sub 'x', !Ref y]]", r#"{"a":{"Fn::Join":["",[{"Fn::Sub":"x"},{"Ref":"y"}]]}}"#),
        ("Fn::If: [c, !Ref a, !Ref b]", r#"{"Fn::If":["c",{"Ref":"a"},{"Ref":"b"}]}"#),
        (
            "!If\n- c\n- !Ref a\n- x: !Ref 'AWS::NoValue'",
            r#"{"Fn::If":["c",{"Ref":"a"},{"x":{"Ref":"AWS::NoValue"}}]}"#,
        ),
        ("!Own\n a: b", r#"{"Fn::Own":{"a":"b"}}"#),
        ("!Ref", r#"{"Ref":null}"#),
        (
            "[!!str 12, !!str true, !!str , !!int 3, !!binary aGk=, ! 5, !!set {a: b}]",
            r#"["12","true","",3,"aGk=","5",{"a":"b"}]"#,
        ),
        ("!<tag:yaml.org,2002:str> 12", r#""12""#),
        ("%TAG !e! !\n--- !e!Ref x\n", r#"{"Ref":"x"}"#),
        ("a: &x 1\nb: *x\nc: [*x, &y {z: *x}, *y]", r#"{"a":1,"b":1,"c":[1,{"z":1},{"z":1}]}"#),
        ("&k a: b\nc: *k\nd: {*k : e}", r#"{"a":"b","c":"a","d":{"a":"e"}}"#),
        ("b: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3\n", r#"{"b":{"x":1,"y":2},"c":{"x":1,"y":3}}"#),
        (
            "- &a {x: 1, z: 1}\n- &b {x: 2, y: 2}\n- q: 0\n  <<: [*a, *b]",
            r#"[{"x":1,"z":1},{"x":2,"y":2},{"x":1,"z":1,"y":2,"q":0}]"#,
        ),
        ("'<<': {a: 1}", r#"{"<<":{"a":1}}"#),
        (
            "a: |\n  x\n   y\n\n  z\nb: >-\n  p\n  q\n\nc: |+\n  k\n\n",
            r#"{"a":"x\n y\n\nz\n","b":"p q","c":"k\n\n"}"#,
        ),
        ("a: plain text\n  goes on\nb: \"two\n  lines\"", r#"{"a":"plain text goes on","b":"two lines"}"#),
        (
            r#"["\u00e9\n\"", 'it''s', "\
   x"]"#,
            r#"["é\n\"","it's","x"]"#,
        ),
        ("a: b # c\n# d\ne: f#g\nh: http://i:j", r#"{"a":"b","e":"f#g","h":"http://i:j"}"#),
        ("---\na: 1\n---\nb: 2\n...\n---\n", r#"{"a":1} {"b":2} null"#),
        ("{a: 1, b, c: , \"d\":2}", r#"{"a":1,"b":null,"c":null,"d":2}"#),
        ("[a: 1, b]", r#"[{"a":1},"b"]"#),
        ("? a\n: b\n? c\n", r#"{"a":"b","c":null}"#),
        ("\u{feff}a: 1", r#"{"a":1}"#),
        ("a: 1\r\nb:\r\n  - x\r\n", r#"{"a":1,"b":["x"]}"#),
        ("123: a\ntrue: b\n~: c", r#"{"123":"a","true":"b","~":"c"}"#),
    ] {
        assert_eq!(values(text), expected, "{text:?}");
        assert_eq!(told(text), [], "{text:?}");
    }
}

#[test]
fn places_are_the_written_text() {
    for (text, expected) in [
        ("a: b", &["a: b", "a", "b"][..]),
        (
            "é: 'ü''x' # ö\n中: \"\\\"😀\"  # c\n",
            &["é: 'ü''x' # ö\n中: \"\\\"😀\"", "é", "'ü''x'", "中", "\"\\\"😀\""],
        ),
        (
            "a:   b c \t\r\nd: [ x ,\ty ]  # z\r\n",
            &["a:   b c \t\r\nd: [ x ,\ty ]", "a", "b c", "d", "[ x ,\ty ]", "x", "y"],
        ),
        (
            "# | first\n- |  # > head\n  é\n  b  \n\n- c\n",
            &["- |  # > head\n  é\n  b  \n\n- c", "|  # > head\n  é\n  b  ", "c"],
        ),
        ("k: >-\n\n   a\n\n   b\n# c\n", &["k: >-\n\n   a\n\n   b", "k", ">-\n\n   a\n\n   b"]),
        ("a: |\nb: |+\n\n", &["a: |\nb: |+", "a", "|", "b", "|+"]),
        ("--- |\n x\n---\n> \n y", &["|\n x", "> \n y"]),
        (
            "- !Sub |\n  x\n- &a !Ref  b\n- !Ref &c d",
            &[
                "- !Sub |\n  x\n- &a !Ref  b\n- !Ref &c d",
                "!Sub |\n  x",
                "!Sub",
                "|\n  x",
                "!Ref  b",
                "!Ref",
                "b",
                "!Ref &c d",
                "!Ref",
                "d",
            ],
        ),
        (
            "x: !If\n  - c\n  - d\ny: !Foo {a: }",
            &[
                "x: !If\n  - c\n  - d\ny: !Foo {a: }",
                "x",
                "!If\n  - c\n  - d",
                "!If",
                "- c\n  - d",
                "c",
                "d",
                "y",
                "!Foo {a: }",
                "!Foo",
                "{a: }",
                "a",
                "",
            ],
        ),
        (
            "a:\n  b:\n    - c:\n# z\nd:",
            &["a:\n  b:\n    - c:\n# z\nd:", "a", "b:\n    - c:", "b", "- c:", "c:", "c", "", "d", ""],
        ),
        ("\u{feff}a: {b: [c]}", &["a: {b: [c]}", "a", "{b: [c]}", "b", "[c]", "c"]),
        ("[a: b, !!str 'q' ]", &["[a: b, !!str 'q' ]", "a: b", "a", "b", "!!str 'q'"]),
        ("- &x é\n- *x", &["- &x é\n- *x", "é", "é"]),
        (
            "a: one\n  two\n\nb: 'x\n\n  y'",
            &["a: one\n  two\n\nb: 'x\n\n  y'", "a", "one\n  two", "b", "'x\n\n  y'"],
        ),
    ] {
        assert_eq!(underlined(text), expected, "{text:?}");
    }
}

#[test]
fn an_empty_value_is_behind_what_announces_it() {
    let parsed = parse(SourceId::LONE, "a:\nb: [x: ]\n? c\n");
    let ends: Vec<_> = parsed.documents[0].members().iter().map(|m| m.value.span.start).collect();
    assert_eq!(ends, [2, 6, 15]);
}

#[test]
fn digits_of_an_account_id_are_kept() {
    let parsed = parse(SourceId::LONE, "[012345678901, '012345678901', 111122223333, True, null, []]");
    let texts: Vec<_> = parsed.documents[0].elements().iter().map(Node::as_text).collect();
    let id = Some("012345678901");
    assert_eq!(texts, [id, id, Some("111122223333"), Some("true"), None, None]);
}

#[test]
fn mistakes_have_a_place_and_a_way_out() {
    for (text, code, place) in [
        ("a: 1\nb: 2\na: 3", Code::DuplicateKey, "a"),
        ("é: b: c", Code::YamlSyntax, ":"),
        ("a: [1, 2\nb: 3", Code::YamlSyntax, ":"),
        ("a: 'x", Code::YamlSyntax, "'"),
        ("a:\n\tb: c", Code::YamlSyntax, "b"),
        ("a: *b", Code::YamlSyntax, "*"),
        ("a: &b [*b]", Code::YamlSyntax, "*b"),
        ("- &b x\n---\n*b ", Code::YamlSyntax, "*b"),
        ("? [a, b]\n: c", Code::YamlSyntax, "[a, b]"),
        ("!Ref a: b", Code::YamlSyntax, "!Ref a"),
        ("<<: 3", Code::YamlSyntax, "3"),
        ("a: %b", Code::YamlSyntax, "%"),
        ("a: \"\\q\"", Code::YamlSyntax, "\""),
        ("a: }", Code::YamlSyntax, "}"),
        ("a: !Base64 !Sub b", Code::YamlSyntax, "!"),
    ] {
        let told = told(text);
        assert_eq!(told.len(), 1, "{text:?}: {told:?}");
        assert_eq!((told[0].0, &told[0].1), (code, &place), "{text:?}: {}", told[0].2);
        assert_ne!(told[0].2, "this is not YAML", "{text:?}");
    }
}

#[test]
fn what_was_read_before_a_mistake_stays() {
    assert_eq!(values("a: 1\nb:\n  - x\n  - y: 'z"), r#"{"a":1,"b":["x",{"y":?}]}"#);
    assert_eq!(values("a: 1\n---\nb: c: d"), r#"{"a":1} {"b":"c"}"#);
    assert_eq!(values("? {a: b}\n: c\nd: e"), r#"{"d":"e"}"#);
}

#[test]
fn aliases_of_aliases_end() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let names = vec![format!("*a{}", i - 1); 9].join(", ");
        text += &format!("a{i}: &a{i} [{names}]\n");
    }
    let told = told(&text);
    assert!(told.iter().any(|(_, place, message)| place.starts_with('*') && message.contains("too much")));
    let parsed = parse(SourceId::LONE, &text);
    assert_eq!(parsed.documents[0].members().len(), 12);
    // A long text is not free of charge only because it is one node.
    let long = format!("a: &a \"{}\\n\"\nb: [{}]", "x".repeat(1 << 20), vec!["*a"; 1000].join(", "));
    assert!(parse(SourceId::LONE, &long).problems.iter().any(|p| p.message.contains("too much")));
}

#[test]
fn depth_is_bounded_whichever_way_it_comes_about() {
    fn depth(node: &Node<'_>) -> usize {
        let below = node.elements().iter().chain(node.members().iter().map(|m| &m.value)).map(depth).max();
        usize::from(matches!(node.value, Value::Array(_) | Value::Object(_))) + below.unwrap_or(0)
    }
    let aliases: String = (1..60)
        .map(|i| format!("- &a{i} [[[[*a{}]]]]\n", i - 1))
        .fold("- &a0 [x]\n".to_owned(), |a, b| a + &b);
    let block: String = (0..1000).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    for text in [
        format!("{}x", "- ".repeat(50_000)),
        format!("{}x{}", "[".repeat(200), "]".repeat(200)),
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        format!("{}x{}", "!A [".repeat(200), "]".repeat(200)),
        aliases,
        block,
    ] {
        let parsed = parse(SourceId::LONE, &text);
        assert!(parsed.problems.iter().any(|p| p.message.contains("too deep")), "{:.20}", text);
        assert!(parsed.documents.iter().all(|document| depth(document) < json::MAX_DEPTH), "{:.20}", text);
    }
    let fits = format!("{}x{}", "[".repeat(127), "]".repeat(127));
    assert_eq!(parse(SourceId::LONE, &fits).problems, []);
    assert_eq!(json::parse(SourceId::LONE, &fits.replace('x', "1")).problems, []);
}

#[test]
fn reading_goes_on_behind_what_is_too_deep() {
    let text = format!("a:\n  {}|\n{}x\nb: |\n  y\n", "- ".repeat(130), " ".repeat(300));
    let parsed = parse(SourceId::LONE, &text);
    assert_eq!(parsed.problems.len(), 1);
    let b = parsed.documents[0].get("b").unwrap();
    assert_eq!(at(&text, b.span), "|\n  y");
}

/// The specification wants every line of a quoted scalar indented; the readers of templates do not, and public
/// templates close their JSON in quotes at the left.
#[test]
fn quoted_lines_may_stand_further_left() {
    let text = "é:\n  b:\n    - c: '{\n  \"x\":\n\n 1 }'\n      d: \"p\nq\\\n r\" # z\n  e: |\n    f\n";
    assert_eq!(values(text), r#"{"é":{"b":[{"c":"{ \"x\":\n1 }","d":"p qr"}],"e":"f\n"}}"#);
    let c = "'{\n  \"x\":\n\n 1 }'";
    let d = "\"p\nq\\\n r\"";
    let b = format!("- c: {c}\n      d: {d}");
    let whole = format!("b:\n    {b} # z\n  e: |\n    f");
    let all = format!("é:\n  {whole}");
    assert_eq!(
        underlined(text),
        [&*all, "é", &*whole, "b", &*b, b.trim_start_matches("- "), "c", c, "d", d, "e", "|\n    f"]
    );
    // One that does not end is told where it begins.
    let text = "a:\n  b:\n    c: 'x\n  d: y\n  e: 'z'\n";
    assert_eq!(told(text)[0].1, "'");
    // However many there are, and however far to the right they begin.
    let many: String = (0..3000).map(|i| format!("k{i}:\n  a:\n    'x\n y'\n")).collect();
    check_ends(&many);
    check_ends(&format!("a:\n  b: {}'{}'", "? ".repeat(100), "\n x".repeat(100_000)));
}

#[test]
fn brackets_may_close_further_left() {
    let text = "a:\n  b: {\n  \"é\": [\n 'x]',\n{c: don't}, # ]\n!Sub 'y}'\n]\n}\n  d: 1";
    assert_eq!(told(text), []);
    assert_eq!(values(text), r#"{"a":{"b":{"é":["x]",{"c":"don't"},{"Fn::Sub":"y}"}]},"d":1}}"#);
    let parsed = parse(SourceId::LONE, text);
    let b = parsed.documents[0].get("a").unwrap().get("b").unwrap();
    assert!(at(text, b.span).starts_with("{\n") && at(text, b.span).ends_with("]\n}"));
    assert_eq!(at(text, b.get("é").unwrap().elements()[2].span), "!Sub 'y}'");
    assert_eq!(values("- - [a,\nb]\n  - c"), r#"[["#.to_owned() + r#"["a","b"],"c"]]"#);
    // Nothing that is not inside brackets is moved.
    assert_eq!(told("a:\n  b: [x, 'y\nc: ']'\n").len(), 1);
    assert_eq!(told("a:\n  b: [x,\nc: d\n").len(), 1);
}

fn check_ends(text: &str) {
    for problem in parse(SourceId::LONE, text).problems {
        at(text, problem.span.unwrap());
    }
}

#[test]
fn hostile_text_ends() {
    for piece in [
        "- ",
        "-\n",
        "[",
        "[a, ",
        "{",
        "{a: ",
        "? ",
        "?\n",
        ": ",
        "'",
        "\"",
        "\"\\",
        "'\n",
        "|\n",
        "- |\n x\n",
        "&a ",
        "- &a\n",
        "- &a b\n- *a\n",
        "!a ",
        "- !a\n",
        "!!",
        "<<: {a: b}\n",
        "<<: 1\n",
        "a:\n",
        "a: b\n",
        "é: b\n",
        "#\n",
        "---\n",
        "...\n",
        "--- a\n",
        "%TAG ! x\n",
        " ",
        "\n",
        "\t",
        "- [\n]\n",
        " - {\n}\n",
        "a: b\n c\n",
        "[a]: b\n",
        "\u{feff}",
        "[]",
        "a,",
    ] {
        work::assert_linear(&format!("{piece:?}"), 500, |n| check_ends(&piece.repeat(n)));
        work::assert_linear(&format!("brackets and {piece:?}"), 500, |n| {
            check_ends(&format!("a:\n  - [{}", piece.repeat(n)));
        });
    }
}
