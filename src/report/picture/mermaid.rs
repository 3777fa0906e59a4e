//! The language that GitHub, GitLab and many wikis draw where they find it in a text.

use std::io;

use super::Picture;
use crate::ask::{Layer, NodeKind};
use crate::finding::Report;
use crate::report::{Draws, Format, Style};
use crate::source::SourceMap;

pub(in crate::report) static FORMAT: Format =
    Format { name: "mermaid", summary: "a graph for Markdown pages", draws: Draws::Maps, render };

fn render(report: &Report, _: &SourceMap, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let picture = Picture::new(super::map(report)?);
    writeln!(out, "flowchart LR")?;
    writeln!(out, "  accTitle: {}", spoken(&picture.title))?;
    writeln!(out, "  accDescr: {}", spoken(&picture.summary))?;
    for (at, lane) in picture.lanes.iter().enumerate() {
        writeln!(out, "  subgraph g{at}[\"{}\"]", escaped(&lane.title))?;
        for (id, node) in picture.boxes.iter().enumerate().filter(|(_, node)| node.lane == at) {
            let (open, close) = match node.kind {
                NodeKind::Role | NodeKind::Unlisted => ("(", ")"),
                NodeKind::User | NodeKind::Account | NodeKind::Organization => ("[", "]"),
                NodeKind::AnyAccount | NodeKind::Public => ("{{", "}}"),
                NodeKind::Service | NodeKind::AnyService | NodeKind::Provider | NodeKind::Workload => {
                    ("[[", "]]")
                }
                NodeKind::Resource => ("[(", ")]"),
            };
            let (name, what) = (escaped(&node.name), escaped(&node.what));
            let target = if node.is_target { ":::target" } else { "" };
            writeln!(out, "    n{id}{open}\"{name}<br/>{what}\"{close}{target}")?;
        }
        writeln!(out, "  end")?;
    }
    for arrow in &picture.arrows {
        let line = match (arrow.layer, arrow.open) {
            (Layer::Today, false) => "-->",
            (Layer::Today, true) | (Layer::Could, _) => "-.->",
        };
        writeln!(out, "  n{} {line}|\"{}\"| n{}", arrow.from, escaped(&arrow.label), arrow.to)?;
    }
    let could = |(at, arrow): (usize, &super::Arrow)| (arrow.layer == Layer::Could).then(|| at.to_string());
    let could: Vec<String> = picture.arrows.iter().enumerate().filter_map(could).collect();
    if !could.is_empty() {
        let look = "stroke:#bc4c00,stroke-width:2px,stroke-dasharray:2 4,color:#bc4c00";
        writeln!(out, "  linkStyle {} {look}", could.join(","))?;
    }
    if !picture.omitted.is_empty() {
        let text: Vec<String> = picture.omitted.iter().map(|text| escaped(text)).collect();
        writeln!(out, "  omitted>\"{}\"]", text.join("<br/>"))?;
    }
    if picture.boxes.iter().any(|node| node.is_target) {
        writeln!(out, "  classDef target stroke:#0969da,stroke-width:3px")?;
    }
    Ok(())
}

/// Text to the end of the line, where there are neither quotes nor numbers for letters.
fn spoken(text: &str) -> String {
    let plain = |c: char| match c {
        ';' => ',',
        '"' | '#' | '&' | '<' | '>' | '\\' | '`' | '{' | '}' | '%' => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(plain).collect()
}

/// Labels are HTML, and what HTML leaves alone may be Mermaid's or Markdown's: such letters are written as numbers.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '#' | '&' | '<' | '>' | '\\' | '`' | '*' | '~' | '|' | ';' | '{' | '}' | '%' => {
                escaped.push_str(&format!("#{};", u32::from(c)));
            }
            c => escaped.push(c),
        }
    }
    escaped
}
