//! JUnit XML: one test case for each expectation, and one for each finding and problem.
//!
//! Source: <https://github.com/testmoapp/junitxml>

use std::collections::BTreeMap;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::question;
use super::results::{Reported, results};
use super::wording::in_one_line;
use super::{Draws, Format, Style};
use crate::ask::Verdict;
use crate::diagnostic::{Code, Severity};
use crate::finding::{Checked, Outcome, Report};
use crate::source::{SourceMap, Span};

pub(super) static FORMAT: Format = Format {
    name: "junit",
    summary: "JUnit XML: one test case for each expectation",
    draws: Draws::Results,
    render,
};

fn render(report: &Report, map: &SourceMap, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let all = results(report);
    let of = |code: Code| all.iter().filter(|result| result.code == code).count();
    let (failed, open) = (of(Code::ExpectationFailed), of(Code::ExpectationOpen));
    let others: Vec<&Reported<'_>> = all.iter().filter(|e| !e.is_expectation()).collect();
    let errors = others.iter().filter(|result| result.severity == Severity::Error).count();
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let totals = [
        ("name", "decryptable".to_owned()),
        ("tests", (report.answers.len() + others.len()).to_string()),
        ("failures", (failed + errors).to_string()),
        ("errors", open.to_string()),
    ];
    let mut not_held = all.iter().filter(|e| e.is_expectation());
    element(&mut xml, "testsuites", &totals, |xml| {
        let attributes = suite("expectations", report.answers.len(), failed, open);
        element(xml, "testsuite", &attributes, |xml| {
            let mut names = Names::default();
            for checked in &report.answers {
                let held = match checked.outcome() {
                    Some(outcome) => outcome == Outcome::Held,
                    None => checked.answer.verdict == Verdict::Allowed,
                };
                let result = if held { None } else { not_held.next() };
                expectation(xml, checked, names.next(checked), result, map)?;
            }
            Ok(())
        })?;
        let attributes = suite("findings", others.len(), errors, 0);
        element(xml, "testsuite", &attributes, |xml| {
            others.iter().try_for_each(|result| finding(xml, result, map))
        })
    })?;
    writeln!(xml.into_inner())
}

/// Names of test cases. What keeps the history of a test finds it by its name, so the name says what is asked and not
/// what the answer is; a question that is asked twice is counted.
#[derive(Default)]
struct Names(BTreeMap<String, usize>);

impl Names {
    fn next(&mut self, checked: &Checked) -> String {
        let name = question::name(&checked.answer.subject, &checked.circumstances);
        let times = self.0.entry(name.clone()).or_insert(0);
        *times += 1;
        if *times == 1 { name } else { format!("{name} ({times})") }
    }
}

type Xml<'w> = Writer<&'w mut dyn io::Write>;

fn suite(name: &str, tests: usize, failures: usize, errors: usize) -> [(&'static str, String); 4] {
    [
        ("name", name.to_owned()),
        ("tests", tests.to_string()),
        ("failures", failures.to_string()),
        ("errors", errors.to_string()),
    ]
}

fn expectation(
    xml: &mut Xml<'_>,
    checked: &Checked,
    name: String,
    result: Option<&Reported<'_>>,
    map: &SourceMap,
) -> io::Result<()> {
    let mut attributes = vec![("name", name)];
    attributes.extend(place(checked.row, map));
    element(xml, "testcase", &attributes, |xml| {
        let Some(result) = result else { return Ok(()) };
        let kind = if result.code == Code::ExpectationOpen { "error" } else { "failure" };
        told(xml, kind, result, map)
    })
}

fn finding(xml: &mut Xml<'_>, result: &Reported<'_>, map: &SourceMap) -> io::Result<()> {
    let mut attributes = vec![("name", in_one_line(&format!("{}: {}", result.code, result.message)))];
    attributes.extend(place(result.span, map));
    element(xml, "testcase", &attributes, |xml| match result.severity {
        Severity::Error => told(xml, "failure", result, map),
        // Worth reading, and no reason for a test to fail.
        Severity::Warning | Severity::Note => {
            element(xml, "system-out", &[], |xml| text(xml, &body(result, map)))
        }
    })
}

fn told(xml: &mut Xml<'_>, element_name: &str, result: &Reported<'_>, map: &SourceMap) -> io::Result<()> {
    let attributes = [("type", result.code.to_string()), ("message", in_one_line(&result.message))];
    element(xml, element_name, &attributes, |xml| text(xml, &body(result, map)))
}

/// Where, by whom, and the way out; a line each.
fn body(result: &Reported<'_>, map: &SourceMap) -> String {
    let shown = |span: Span| {
        let place = map.place(span);
        format!("{}:{}:{}", in_one_line(&place.document), place.start.line, place.start.column)
    };
    let mut lines: Vec<String> = result.span.map(shown).into_iter().collect();
    let line = |span: Span, text: &str| format!("{} {}", shown(span), in_one_line(text));
    lines.extend(result.evidence().iter().map(|(span, text)| line(*span, text)));
    lines.extend(result.related.iter().map(|label| line(label.span, &label.text)));
    lines.extend(result.help.as_ref().map(|help| format!("help: {}", in_one_line(help))));
    lines.join("\n")
}

fn place(span: Option<Span>, map: &SourceMap) -> Vec<(&'static str, String)> {
    let Some(place) = span.map(|span| map.place(span)) else {
        return vec![("classname", "decryptable".to_owned())];
    };
    let path = place.path();
    vec![("classname", in_one_line(&path)), ("file", path), ("line", place.start.line.to_string())]
}

fn element(
    xml: &mut Xml<'_>,
    name: &str,
    attributes: &[(&str, String)],
    inside: impl FnOnce(&mut Xml<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let attributes: Vec<(&str, String)> =
        attributes.iter().map(|(key, value)| (*key, characters(value))).collect();
    let start = xml
        .create_element(name)
        .with_attributes(attributes.iter().map(|(key, value)| (*key, value.as_str())));
    start.write_inner_content(inside)?;
    Ok(())
}

fn text(xml: &mut Xml<'_>, text: &str) -> io::Result<()> {
    xml.write_event(Event::Text(BytesText::new(&characters(text))))
}

/// Only characters that XML 1.0 can hold.
fn characters(text: &str) -> String {
    let holds = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if holds(c) { c } else { '\u{fffd}' }).collect()
}
