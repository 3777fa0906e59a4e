//! Expressions, as `terraform console` gives them: <https://developer.hashicorp.com/terraform/language/expressions>.

use decryptable::load::terraform::source::console;

#[test]
fn expressions_have_their_values() {
    for (expression, expected) in [
        // Operators, conversions and numbers.
        ("[7 / 2, 9 % 4, -9 % 4, 3 * 4 - 2]", "[3.5,1,-1,10]"),
        ("2 / 3 == 1 / 3 + 1 / 3", "true"),
        ("[1 % 0.1, 7 % 0, -3 * 0]", "[0,7,-0]"),
        ("0.1 + 0.2 > 0.3 - 0.0000001", "true"),
        ("!(1 > 2) || false && true", "true"),
        ("\"5\" + 1", "6"),
        ("1 == \"1\"", "false"),
        ("[tobool(\"1\"), tobool(\"0\"), abs(0 / -3), ceil(-0.5)]", "[true,false,0,0]"),
        ("[true || tonumber(\"x\") > 1, false && regex(\"a\", \"b\") == \"\"]", "[true,false]"),
        ("format(\"%q\", \"<a>\")", "\"\\\"\\\\u003ca\\\\u003e\\\"\""),
        ("substr(\"abcd\", -3, 0)", "\"bcd\""),
        (
            "[[1] == [1], [1] == [2], tolist([1]) == [2], toset([\"a\"]) == toset([\"a\"])]",
            "[true,false,false,true]",
        ),
        ("false ? 1 : \"b\"", "\"b\""),
        ("true ? 7 : \"b\"", "\"7\""),
        // Templates and heredocs.
        ("\"a-${1 + 1}-${upper(\"x\")}\"", "\"a-2-X\""),
        ("\"$${aws:username} %%{ x }\"", "\"${aws:username} %{ x }\""),
        ("\"%{ for x in [1, 2] }<${x}>%{ endfor }\"", "\"\\u003c1\\u003e\\u003c2\\u003e\""),
        ("<<-END\n    a\n      b ${2}\n    END\n", "\"a\\n  b 2\\n\""),
        ("<<-END\n  x\n    %{ if true ~}\n    yes\n    %{ endif ~}\n  END\n", "\"x\\n      yes\\n  \""),
        ("\"${[true]}\"", "[true]"),
        // Collections.
        ("[for k, v in { b = 2, a = 1 } : \"${k}=${v}\" if v < 2]", "[\"a=1\"]"),
        ("{ for s in [\"ab\", \"cd\"] : substr(s, 0, 1) => s }", "{\"a\":\"ab\",\"c\":\"cd\"}"),
        (
            "{ for s in [\"aa\", \"ab\", \"b\"] : substr(s, 0, 1) => s... }",
            "{\"a\":[\"aa\",\"ab\"],\"b\":[\"b\"]}",
        ),
        ("[{ n = 1 }, { n = 2 }].*.n", "[1,2]"),
        ("{ n = [5, 6] }.n[1]", "6"),
        ("\"x\"[*]", "[\"x\"]"),
        ("merge({ a = 1 }, null, { b = 2, a = 3 })", "{\"a\":3,\"b\":2}"),
        ("concat([1], [\"b\"], [])", "[1,\"b\"]"),
        ("flatten([[1, [2]], [3]])", "[1,2,3]"),
        ("toset([3, \"3\", 1])", "[\"1\",\"3\"]"),
        ("setproduct([\"a\", \"b\"], [1, 2])", "[[\"a\",1],[\"a\",2],[\"b\",1],[\"b\",2]]"),
        ("zipmap([\"x\", \"y\"], [1, 2])", "{\"x\":1,\"y\":2}"),
        ("try(tonumber(\"no\"), lookup({}, \"k\"), \"last\")", "\"last\""),
        ("[can({ a = 1 }.b), can(1 + 1)]", "[false,true]"),
        ("one([]) == null", "true"),
        ("coalescelist([], [1])", "[1]"),
        ("chunklist([1, 2, 3], 2)", "[[1,2],[3]]"),
        ("slice([1, 2, 3], 1, 3)", "[2,3]"),
        ("transpose({ a = [\"x\"], b = [\"x\"] })", "{\"x\":[\"a\",\"b\"]}"),
        // Texts.
        (
            "format(\"%03d|%-4s|%+d|%.1f|%v|%q\", 7, \"ab\", 5, 2.25, true, \"x\")",
            "\"007|ab  |+5|2.2|true|\\\"x\\\"\"",
        ),
        ("formatlist(\"arn:aws:s3:::%s/*\", [\"a\", \"b\"])", "[\"arn:aws:s3:::a/*\",\"arn:aws:s3:::b/*\"]"),
        ("split(\",\", \"a,b\")", "[\"a\",\"b\"]"),
        ("replace(\"https://oidc.example/x\", \"https://\", \"\")", "\"oidc.example/x\""),
        ("replace(\"a1b22\", \"/[0-9]+/\", \"#\")", "\"a#b#\""),
        ("regex(\"^arn:(?P<partition>[a-z-]+):\", \"arn:aws:s3:::b\").partition", "\"aws\""),
        (
            "[trimprefix(\"xxa\", \"x\"), trimsuffix(\"a.b\", \".b\"), trim(\"--a-\", \"-\")]",
            "[\"xa\",\"a\",\"a\"]",
        ),
        ("title(\"hello big world\")", "\"Hello Big World\""),
        (
            "[startswith(\"abc\", \"ab\"), endswith(\"abc\", \"b\"), strcontains(\"abc\", \"bc\")]",
            "[true,false,true]",
        ),
        // Encodings, networks and times.
        (
            "jsonencode({ Resource = \"*\", Action = [\"s3:*\"] })",
            "\"{\\\"Action\\\":[\\\"s3:*\\\"],\\\"Resource\\\":\\\"*\\\"}\"",
        ),
        ("jsondecode(\"{\\\"a\\\":[1,null]}\")", "{\"a\":[1,null]}"),
        (
            "yamldecode(\"a: [1, two]\\nb: 2020-02-03\\n\")",
            "{\"a\":[1,\"two\"],\"b\":\"2020-02-03T00:00:00Z\"}",
        ),
        ("base64decode(base64encode(\"ü\"))", "\"ü\""),
        ("md5(\"acme\")", "\"53bce4f1dfa0fe8e7ca126f91b35d3a6\""),
        ("cidrhost(\"10.1.0.0/16\", 5)", "\"10.1.0.5\""),
        ("cidrnetmask(\"10.0.0.0/12\")", "\"255.240.0.0\""),
        ("timeadd(\"2024-02-28T23:00:00Z\", \"1h30m\")", "\"2024-02-29T00:30:00Z\""),
        ("formatdate(\"DD MMM YYYY hh:mm ZZZ\", \"2024-05-06T07:08:09Z\")", "\"06 May 2024 07:08 UTC\""),
        ("csvdecode(\"a,b\\n1,\\\"x,y\\\"\\n\")", "[{\"a\":\"1\",\"b\":\"x,y\"}]"),
    ] {
        assert_eq!(console(expression).as_deref(), Ok(expected), "{expression}");
    }
}

#[test]
fn what_terraform_refuses_is_refused() {
    for expression in [
        "1 / 0",
        "[1][3]",
        "{ a = 1 }.b",
        "range(1000000000)",
        "tonumber(\"x\")",
        "lookup({}, \"a\")",
        "nobody(1)",
        "var.x",
        "null + 1",
        "signum(0.5)",
        "tobool(null) && true",
    ] {
        assert!(console(expression).is_err(), "{expression}");
    }
}

#[test]
fn what_is_hostile_ends() {
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    assert!(console(&deep).unwrap_err().contains("nested"));
    for text in ["", "\"", "${", "<<A\n", "a[", "{", "(((", "\u{0}", "%{ if", "\"${\"${\"${"] {
        let _ = console(text);
    }
}

/// A list is never equal to a tuple of the same elements, and which one a value is is not kept.
#[test]
fn equal_lists_may_have_other_types() {
    assert!(console("tolist([1]) == [1]").unwrap().contains('«'));
    assert!(console("tomap({ a = 1 }) != { a = 1 }").unwrap().contains('«'));
}
