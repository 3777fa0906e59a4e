//! A picture of its own: one file that a browser opens and a page embeds, without scripts and without fonts.

mod place;

use std::io;

use super::{Arrow, Box, Picture};
use crate::ask::{Layer, NodeKind, Standing};
use crate::finding::Report;
use crate::report::{Draws, Format, Style};
use crate::source::SourceMap;
use place::{Curve, Places};

pub(in crate::report) static FORMAT: Format =
    Format { name: "svg", summary: "a picture for browsers and documents", draws: Draws::Maps, render };

/// Dark where the reader's system is. Line styles and words say the same as colours.
const STYLE: &str = "\
text{font-family:system-ui,-apple-system,\"Segoe UI\",Helvetica,Arial,sans-serif;fill:#1f2328}
.page{fill:#ffffff}
.title{font-size:18px;font-weight:600}
.said{font-size:12px}
.lane{fill:#f6f8fa;stroke:#d0d7de}
.outside{fill:#fff8f0;stroke:#e0b48a}
.head{font-size:11px;font-weight:600;fill:#57606a}
.box{fill:#ffffff;stroke:#6e7781;stroke-width:1.2}
.open-to-all{stroke:#cf222e;stroke-width:2}
.many{stroke-width:3}
.target{fill:#ddf4ff;stroke:#0969da;stroke-width:2.5}
.name{font-size:12px;text-anchor:middle}
.what{font-size:10px;text-anchor:middle;fill:#57606a}
.arrow{fill:none;stroke:#57606a;stroke-width:1.3}
.if{stroke-dasharray:7 4}
.could{stroke:#bc4c00;stroke-width:2;stroke-dasharray:2 4}
.tip{fill:#57606a}
.could_tip{fill:#bc4c00}
.label{font-size:10px;fill:#424a53}
.could_label{font-size:10px;fill:#bc4c00}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}
.page{fill:#0d1117}
.lane{fill:#161b22;stroke:#30363d}
.outside{fill:#221a12;stroke:#7d5a33}
.head,.what{fill:#9198a1}
.box{fill:#0d1117;stroke:#8b949e}
.open-to-all{stroke:#ff7b72}
.target{fill:#0c2d6b;stroke:#58a6ff}
.arrow{stroke:#9198a1}
.could{stroke:#f0883e}
.tip{fill:#9198a1}
.label{fill:#c9d1d9}
.could_tip,.could_label{fill:#f0883e}
}";

/// Half of the height of a tip.
const TIP: i32 = 4;

fn render(report: &Report, _: &SourceMap, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let picture = Picture::new(super::map(report)?);
    let places = Places::new(&picture);
    let (width, height) = (places.width, places.height);
    let (title, summary) = (escaped(&picture.title), escaped(&picture.summary));
    write!(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title desc\" ")?;
    writeln!(out, "width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">")?;
    writeln!(out, "<title id=\"title\">{title}</title>\n<desc id=\"desc\">{summary}</desc>")?;
    writeln!(out, "<style>\n{STYLE}\n</style>")?;
    writeln!(out, "<defs>{}{}</defs>", tip("tip", "tip"), tip("could_tip", "could_tip"))?;
    writeln!(out, "<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>")?;
    for (line, y) in &places.title {
        text(out, "title", place::PAD, *y, line)?;
    }
    for (line, y) in &places.summary {
        text(out, "said", place::PAD, *y, line)?;
    }
    for (lane, at) in picture.lanes.iter().zip(&places.lanes) {
        let class = if lane.standing == Standing::Outside { "lane outside" } else { "lane" };
        let (x, y, w, h) = (at.x, at.y, at.width, at.height);
        writeln!(out, "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"8\"/>")?;
    }
    // Boxes cover the arrows that pass behind them.
    for (arrow, curve) in picture.arrows.iter().zip(&places.curves) {
        draw_arrow(out, arrow, curve)?;
    }
    for (node, at) in picture.boxes.iter().zip(&places.boxes) {
        draw_box(out, node, at)?;
    }
    for (arrow, curve) in picture.arrows.iter().zip(&places.curves) {
        let class = if arrow.layer == Layer::Could { "could_label" } else { "label" };
        text(out, class, curve.label.0, curve.label.1, &arrow.label)?;
    }
    for (lane, at) in picture.lanes.iter().zip(&places.lanes) {
        text(out, "head", at.x + 10, at.y + 16, &lane.title)?;
    }
    legend(out, &picture, &places)?;
    for (line, y) in &places.omitted {
        text(out, "said", place::PAD, *y, line)?;
    }
    writeln!(out, "</svg>")
}

fn tip(id: &str, class: &str) -> String {
    format!(
        "<marker id=\"{id}\" markerUnits=\"userSpaceOnUse\" markerWidth=\"10\" markerHeight=\"8\" refX=\"9\" \
         refY=\"{TIP}\" orient=\"auto\"><path class=\"{class}\" d=\"M0 0L10 {TIP}L0 8z\"/></marker>"
    )
}

fn text(out: &mut dyn io::Write, class: &str, x: i32, y: i32, words: &str) -> io::Result<()> {
    writeln!(out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(words))
}

fn draw_arrow(out: &mut dyn io::Write, arrow: &Arrow, curve: &Curve) -> io::Result<()> {
    let (class, tip) = line(arrow.layer, arrow.open);
    writeln!(out, "<path class=\"{class}\" d=\"{}\" marker-end=\"url(#{tip})\"/>", curve.path)
}

fn line(layer: Layer, open: bool) -> (&'static str, &'static str) {
    match (layer, open) {
        (Layer::Today, false) => ("arrow", "tip"),
        (Layer::Today, true) => ("arrow if", "tip"),
        (Layer::Could, _) => ("arrow could", "could_tip"),
    }
}

fn draw_box(out: &mut dyn io::Write, node: &Box, at: &place::Rect) -> io::Result<()> {
    let class = match (node.is_target, node.kind) {
        (true, _) => "box target",
        (false, NodeKind::Public | NodeKind::AnyAccount) => "box open-to-all",
        (false, NodeKind::Account | NodeKind::Organization) => "box many",
        (
            false,
            NodeKind::Role
            | NodeKind::User
            | NodeKind::Unlisted
            | NodeKind::Service
            | NodeKind::AnyService
            | NodeKind::Provider
            | NodeKind::Workload
            | NodeKind::Resource,
        ) => "box",
    };
    let round = match node.kind {
        NodeKind::Role | NodeKind::Unlisted | NodeKind::Resource => 8,
        NodeKind::User
        | NodeKind::Account
        | NodeKind::Organization
        | NodeKind::AnyAccount
        | NodeKind::Public => 18,
        NodeKind::Service | NodeKind::AnyService | NodeKind::Provider | NodeKind::Workload => 0,
    };
    let (x, y, w, h) = (at.x, at.y, at.width, at.height);
    // What a box stands for in full, where a reader points at it.
    writeln!(out, "<g><title>{}</title>", escaped(&node.full))?;
    writeln!(
        out,
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{round}\"/>"
    )?;
    let (middle, center) = (x + w / 2, y + h / 2);
    text(out, "name", middle, center - 2, &node.name)?;
    text(out, "what", middle, center + 12, &node.what)?;
    writeln!(out, "</g>")
}

fn legend(out: &mut dyn io::Write, picture: &Picture, places: &Places) -> io::Result<()> {
    let mut x = place::PAD;
    let y = places.legend;
    for (layer, open, words) in legends(picture) {
        let (class, tip) = line(layer, open);
        let to = x + 42;
        writeln!(out, "<path class=\"{class}\" d=\"M{x} {}H{to}\" marker-end=\"url(#{tip})\"/>", y - 4)?;
        text(out, "said", to + 8, y, words)?;
        x = to + 8 + place::wide(words, place::TEXT) + 24;
    }
    Ok(())
}

/// The kinds of lines that a picture has.
fn legends(picture: &Picture) -> Vec<(Layer, bool, &'static str)> {
    let has = |layer, open: Option<bool>| {
        picture.arrows.iter().any(|a| a.layer == layer && open.is_none_or(|open| a.open == open))
    };
    let mut legends = Vec::new();
    if has(Layer::Today, Some(false)) {
        legends.push((Layer::Today, false, "possible today"));
    }
    if has(Layer::Today, Some(true)) {
        legends.push((Layer::Today, true, "today, under a condition"));
    }
    if has(Layer::Could, None) {
        legends.push((Layer::Could, false, "takeover: only after a change"));
    }
    legends
}

/// Text between tags, or in quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}
