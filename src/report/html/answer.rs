//! One answer: what decides, gate by gate, what nearly fits, the change to make, and what it rests on.

use std::io;

use super::{escaped, excerpt, place};
use crate::ask::{Answer, ConditionLine, Evidence, GateReading, GateVerdict, Leg, Verdict};
use crate::finding::{Checked, Report};
use crate::policy::Effect;
use crate::report::wording::gate_name;
use crate::report::{Style, patch};
use crate::source::{SourceMap, Span};

/// Statements of one answer that are shown with their lines.
const EXCERPTS: usize = 3;

pub(super) fn write(
    checked: &Checked,
    map: &SourceMap,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let answer = &checked.answer;
    if let Some(expected) = checked.expected {
        writeln!(out, "<p>Expected: {}. It is {}.</p>", expected.as_str(), answer.verdict.as_str())?;
    }
    if !answer.reason.is_empty() {
        writeln!(out, "<p>{}</p>", escaped(&answer.reason))?;
    }
    for leg in &answer.legs {
        gates(leg, map, out)?;
    }
    if let Some(any) = &answer.conditions {
        writeln!(out, "<h3>Allowed when</h3>\n<ul>")?;
        for all in any {
            writeln!(out, "<li>{}</li>", escaped(&lines(all)))?;
        }
        writeln!(out, "</ul>")?;
    }
    if answer.verdict != Verdict::Allowed {
        near(answer, map, out)?;
        change(checked, map, style, out)?;
        for at in decisive(answer).into_iter().take(EXCERPTS) {
            excerpt::write(at, map, out)?;
        }
    }
    let rests: Vec<(&str, Vec<String>)> = vec![
        (
            "It depends on",
            answer.depends_on.iter().map(|unknown| format!("{}: {}", unknown.name, unknown.why)).collect(),
        ),
        ("Assumed", answer.assumptions.iter().map(|one| format!("{}: {}", one.what, one.because)).collect()),
        ("Worth knowing", answer.advice.iter().map(|advice| advice.text.clone()).collect()),
    ];
    for (title, listed) in rests.into_iter().filter(|(_, listed)| !listed.is_empty()) {
        writeln!(out, "<h3>{title}</h3>\n<ul>")?;
        for line in listed {
            writeln!(out, "<li>{}</li>", escaped(&line))?;
        }
        writeln!(out, "</ul>")?;
    }
    Ok(())
}

/// A table for a leg: what each gate says, and which statements speak at it.
fn gates(leg: &Leg, map: &SourceMap, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(
        out,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">",
        escaped(&leg.action)
    )?;
    writeln!(
        out,
        "<table>\n<caption><code>{}</code> on <code>{}</code>: {}</caption>",
        escaped(&leg.action),
        escaped(&leg.resource),
        leg.verdict.as_str()
    )?;
    writeln!(
        out,
        "<thead><tr><th scope=\"col\">gate</th><th scope=\"col\">says</th><th scope=\"col\">statements</th></tr></thead>\n<tbody>"
    )?;
    for gate in leg.gates.iter().filter(|gate| gate.verdict != GateVerdict::NotApplicable) {
        let class = match gate.verdict {
            GateVerdict::Allowed => "good",
            GateVerdict::Denied => "bad",
            GateVerdict::Conditional | GateVerdict::NotApplicable => "open",
        };
        let says = match gate.denial {
            Some(denial) => format!("{} ({})", gate.verdict.as_str(), denial.as_str()),
            None => gate.verdict.as_str().to_owned(),
        };
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"{class}\">{says}</td><td>{}</td></tr>",
            gate_name(gate.gate, leg),
            statements(gate, map)
        )?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>")
}

fn statements(gate: &GateReading, map: &SourceMap) -> String {
    let spoken = gate.evidence.iter().map(|evidence| statement(evidence, map));
    let note = gate.note.iter().map(|note| escaped(note));
    spoken.chain(note).collect::<Vec<String>>().join("<br>")
}

fn statement(evidence: &Evidence, map: &SourceMap) -> String {
    let effect = match evidence.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    let sid = evidence.sid.as_ref().map_or_else(String::new, |sid| format!(" #{}", escaped(sid)));
    format!("{effect}{sid} {}", place(Some(evidence.span), map))
}

/// Statements that were meant to let the request pass, and what does not fit.
fn near(answer: &Answer, map: &SourceMap, out: &mut dyn io::Write) -> io::Result<()> {
    let all: Vec<_> = answer.legs.iter().flat_map(|leg| &leg.gates).flat_map(|gate| &gate.near).collect();
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h3>Nearly fits</h3>\n<ul>")?;
    for near in all {
        let sid = near.sid.as_deref().map_or_else(|| "a statement".to_owned(), |sid| format!("#{sid}"));
        let why: Vec<&str> = near.misses.iter().map(|miss| miss.why.as_str()).collect();
        writeln!(
            out,
            "<li>{} {}, but {}</li>",
            escaped(&sid),
            place(Some(near.span), map),
            escaped(&why.join("; "))
        )?;
    }
    writeln!(out, "</ul>")
}

/// The change to make, as a diff.
fn change(checked: &Checked, map: &SourceMap, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let changes = checked.answer.changes();
    if changes.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h3>What to change</h3>\n<ul>")?;
    for fix in changes {
        writeln!(out, "<li>{}</li>", escaped(&fix.why))?;
    }
    writeln!(out, "</ul>")?;
    let mut diff = Vec::new();
    let report = Report { answers: vec![checked.clone()], ..Report::default() };
    (patch::FORMAT.render)(&report, map, style, &mut diff)?;
    let diff = String::from_utf8_lossy(&diff);
    if !diff.trim().is_empty() {
        writeln!(out, "<pre class=\"diff\">{}</pre>", escaped(&diff))?;
    }
    Ok(())
}

/// The statements to look at: those that deny, else those that nearly fit.
fn decisive(answer: &Answer) -> Vec<Span> {
    let gates = || answer.legs.iter().flat_map(|leg| &leg.gates);
    let denying = gates().flat_map(|gate| &gate.evidence).filter(|evidence| evidence.effect == Effect::Deny);
    let mut places: Vec<Span> = denying.map(|evidence| evidence.span).collect();
    places.extend(gates().filter_map(|gate| gate.near.first()).map(|near| near.span));
    let mut told: Vec<Span> = Vec::new();
    for place in places {
        if !told.contains(&place) {
            told.push(place);
        }
    }
    told
}

fn lines(all: &[ConditionLine]) -> String {
    let shown = |line: &ConditionLine| format!("{} {} {}", line.key, line.operator, line.values.join(" or "));
    all.iter().map(shown).collect::<Vec<String>>().join(" and ")
}
