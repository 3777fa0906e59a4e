//! The language of Graphviz, which many other programs read.

use std::io;

use super::Picture;
use crate::ask::{Layer, NodeKind};
use crate::finding::Report;
use crate::report::{Draws, Format, Style};
use crate::source::SourceMap;

pub(in crate::report) static FORMAT: Format =
    Format { name: "dot", summary: "a graph for Graphviz", draws: Draws::Maps, render };

fn render(report: &Report, _: &SourceMap, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let picture = Picture::new(super::map(report)?);
    let title = lines(&[&picture.title, &picture.summary]);
    writeln!(out, "digraph decryptable {{")?;
    writeln!(out, "  graph [rankdir=LR, label={title}, labelloc=t, fontname=\"Helvetica\", fontsize=12];")?;
    writeln!(
        out,
        "  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=11, margin=\"0.18,0.08\"];"
    )?;
    writeln!(out, "  edge [fontname=\"Helvetica\", fontsize=9];")?;
    for (at, lane) in picture.lanes.iter().enumerate() {
        writeln!(out, "  subgraph cluster_{at} {{")?;
        writeln!(out, "    label={};", lines(&[&lane.title]))?;
        for (id, node) in picture.boxes.iter().enumerate().filter(|(_, node)| node.lane == at) {
            let label = lines(&[&node.name, &node.what]);
            let shape = match node.kind {
                NodeKind::Role | NodeKind::Unlisted => "",
                NodeKind::User | NodeKind::Account | NodeKind::Organization => ", style=solid",
                NodeKind::AnyAccount | NodeKind::Public => ", style=bold",
                NodeKind::Service | NodeKind::AnyService | NodeKind::Provider | NodeKind::Workload => {
                    ", shape=component"
                }
                NodeKind::Resource => ", shape=folder",
            };
            let target = if node.is_target { ", penwidth=3, color=\"#0969da\"" } else { "" };
            writeln!(out, "    n{id} [label={label}, tooltip={}{shape}{target}];", lines(&[&node.full]))?;
        }
        writeln!(out, "  }}")?;
    }
    for arrow in &picture.arrows {
        let look = match (arrow.layer, arrow.open) {
            (Layer::Today, false) => "",
            (Layer::Today, true) => ", style=dashed",
            (Layer::Could, _) => ", style=dotted, color=\"#bc4c00\", fontcolor=\"#bc4c00\", penwidth=2",
        };
        writeln!(out, "  n{} -> n{} [label={}{look}];", arrow.from, arrow.to, lines(&[&arrow.label]))?;
    }
    if !picture.omitted.is_empty() {
        let text: Vec<&str> = picture.omitted.iter().map(String::as_str).collect();
        writeln!(out, "  omitted [shape=note, style=solid, label={}];", lines(&text))?;
    }
    writeln!(out, "}}")
}

/// A string of the language. Graphviz reads escapes and entities in labels.
fn lines(lines: &[&str]) -> String {
    let mut text = String::from("\"");
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            text.push_str("\\n");
        }
        for c in line.chars() {
            match c {
                '"' => text.push_str("\\\""),
                '\\' => text.push_str("\\\\"),
                '&' => text.push_str("&amp;"),
                c => text.push(c),
            }
        }
    }
    text.push('"');
    text
}
