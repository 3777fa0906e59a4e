//! How the condition of an answer compares with the one its row names.

use super::condition::request;
use super::page::{Page, Tint};
use crate::ask::{Difference, Exactness};
use crate::source::SourceMap;

/// Nothing for a condition that is exact.
pub(super) fn draw(page: &Page, exactness: &Exactness, map: &SourceMap) -> String {
    let sides = [
        ("wider than expected", &exactness.wider, "allowed, and should not be", "whether more is allowed"),
        (
            "narrower than expected",
            &exactness.narrower,
            "denied, and should be allowed",
            "whether less is allowed",
        ),
    ];
    let mut text = String::new();
    let mut open = Vec::new();
    for (title, difference, what, question) in sides {
        match difference {
            Difference::None => {}
            Difference::Shown(keys) => {
                let first = format!("  {}  ", page.paint(Tint::Bad, title));
                text += &page.prose(&first, "    ", &format!("{what}: {}", request(keys)));
            }
            Difference::Open => open.push(question),
        }
    }
    if !open.is_empty() {
        let first = format!("  {}  ", page.paint(Tint::Maybe, "not known"));
        let on = if exactness.depends_on.is_empty() { "" } else { "; it depends on" };
        text += &page.prose(&first, "    ", &format!("{} than expected{on}", open.join(" or ")));
        for unknown in &exactness.depends_on {
            let place = unknown.at.map(|at| format!(" ({})", super::place(map, at))).unwrap_or_default();
            text += &page.prose("    ", "      ", &format!("{}: {}{place}", unknown.name, unknown.why));
        }
    }
    text
}
