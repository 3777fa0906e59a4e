//! One answer: the verdict, the gates and who spoke at them, the statement that decides, and the change to make.

use textwrap::core::display_width;

use super::condition::{conditions, disjunction};
use super::draw::{self, View};
use super::excerpt::{self, Focus};
use super::page::{Page, Sign, Tint, padded};
use super::{brief, change, near};
use crate::ask::{
    self, Advice, Answer, Block, Change, Denial, Evidence, Fix, GateReading, GateVerdict, Leg, Verdict,
};
use crate::json;
use crate::logic::{Unknown, UnknownKind};
use crate::policy::Effect;
use crate::report::wording::{gate_name, sentence};
use crate::source::{SourceId, SourceMap, Span};

/// How many statements are drawn; the others are named in the list of gates.
const DRAWN: usize = 3;

/// Longer statement ids are cut in the list of gates, in characters.
const SID: usize = 30;

pub(super) fn draw(page: &Page, answer: &Answer, map: &SourceMap) -> String {
    let mut text = format!("{}\n", headline(page, answer));
    let lead = near::lead(answer, map);
    let reason = lead.as_deref().unwrap_or(&answer.reason);
    if !reason.is_empty() {
        text += &page.prose("  ", "  ", reason);
    }
    for advice in first(answer) {
        text += &page.prose("  ", "  ", &advice.text);
    }
    if let Some(refused) = answer.as_default.as_deref() {
        let lead = near::lead(refused, map);
        let reason = lead.as_deref().unwrap_or(&refused.reason);
        let text_of =
            format!("encrypted as the bucket's default says, it is {}: {reason}", self::verdict(refused));
        text += &page.prose("  ", "  ", &text_of);
        text += &views_and_help(page, refused, map);
    }
    let decides = views_and_help(page, answer, map);
    // Signs say what a gate says: who listens has none.
    let by_signs = is_brief(page, answer) && !page.style().narrated;
    let legs = if by_signs { brief::legs } else { legs };
    let rest = legs(page, answer, map) + &conditions(page, answer);
    // Where one line is to blame, it is what people want to see first.
    text += &if lead.is_some() { decides + &rest } else { rest + &decides };
    text + &footnotes(page, answer, map)
}

/// Advice that comes before a change: the caller may assume a role that can do it.
fn first(answer: &Answer) -> impl Iterator<Item = &Advice> {
    let denied = answer.verdict == Verdict::Denied;
    answer.advice.iter().filter(move |advice| denied && advice.action == "sts:AssumeRole")
}

/// The statements that decide, and the changes to make.
fn views_and_help(page: &Page, answer: &Answer, map: &SourceMap) -> String {
    let views = views(page, answer, map);
    let mut text = String::new();
    for view in &views {
        text.push('\n');
        text += &view.draw(page);
    }
    if let Some(help) = change::help(page, answer, map) {
        if views.is_empty() {
            text.push('\n');
        }
        text += &draw::help(page, &help);
    }
    text
}

/// A denial says what has to change; all that it rests on besides is for whoever asks.
fn is_brief(page: &Page, answer: &Answer) -> bool {
    answer.verdict == Verdict::Denied && !page.style().verbose
}

/// The verdict in one line.
fn headline(page: &Page, answer: &Answer) -> String {
    let (sign, tint) = look(answer.verdict);
    let verdict = format!("{} {}{}", page.sign(sign), answer.verdict.as_str().to_uppercase(), why(answer));
    format!("{}  {}", page.paint(tint, &verdict), page.paint(Tint::Title, &page.clean(&sentence(answer))))
}

/// The verdict in words: “denied (implicit)”.
pub(super) fn verdict(answer: &Answer) -> String {
    format!("{}{}", answer.verdict.as_str(), why(answer))
}

fn why(answer: &Answer) -> String {
    let why = answer.denial.map(Denial::as_str).or(answer.blocked_by.map(describe_block));
    why.map(|why| format!(" ({why})")).unwrap_or_default()
}

pub(super) fn look(verdict: Verdict) -> (Sign, Tint) {
    match verdict {
        Verdict::Allowed => (Sign::Yes, Tint::Good),
        Verdict::Denied => (Sign::No, Tint::Bad),
        Verdict::Conditional => (Sign::Maybe, Tint::Maybe),
        Verdict::Blocked => (Sign::Unknown, Tint::Bad),
        Verdict::Unsupported => (Sign::Unknown, Tint::Maybe),
    }
}

fn describe_block(block: Block) -> &'static str {
    match block {
        Block::KeyState => "key state",
        Block::Archived => "archived",
        Block::Region => "region",
        Block::KeyType => "key type",
        Block::Replication => "replication",
        Block::RequesterPays => "Requester Pays",
        Block::Encryption => "encryption",
        Block::Acl => "ACL",
    }
}

/// The legs of an answer and their gates, in columns.
fn legs(page: &Page, answer: &Answer, map: &SourceMap) -> String {
    let titles: Vec<(String, String)> = answer.legs.iter().map(|leg| title(page, leg)).collect();
    let actions = answer.legs.iter().map(|leg| display_width(&leg.action)).max().unwrap_or(0);
    let words = titles.iter().map(|(plain, _)| display_width(plain)).max().unwrap_or(0);
    let resources = answer.legs.iter().map(|leg| display_width(&leg.resource)).max().unwrap_or(0);
    let one_line = 2 + actions + 2 + words + 5 + resources <= page.style().width;
    let columns = Columns::of(page, answer, map);
    let mut text = String::new();
    for (leg, (plain, painted)) in answer.legs.iter().zip(&titles) {
        let action = page.paint(Tint::Title, &padded(&page.clean(&leg.action), actions));
        let resource = page.clean(&leg.resource);
        text += &format!("\n  {action}  {painted}");
        if one_line {
            text += &" ".repeat(words.saturating_sub(display_width(plain)));
            text += &format!("  {}\n", page.paint(Tint::Dim, &format!("on {resource}")));
        } else {
            text += &format!("\n    {}\n", page.paint(Tint::Dim, &format!("on {resource}")));
        }
        for reading in in_play(leg) {
            text += &columns.gate(page, leg, reading, map);
        }
        if !is_brief(page, answer) {
            text += &not_in_play(page, leg);
        }
    }
    text
}

/// What came of a leg, plain and in colour.
fn title(page: &Page, leg: &Leg) -> (String, String) {
    let (sign, tint) = look(leg.verdict);
    let mut verdict = format!("{} {}", page.sign(sign), leg.verdict.as_str());
    let denial = leg.denial.map(|denial| format!("{}, ", denial.as_str())).unwrap_or_default();
    let side = format!(" ({denial}{})", if leg.same_account { "same account" } else { "cross-account" });
    let painted = format!("{}{}", page.paint(tint, &verdict), page.paint(Tint::Dim, &side));
    verdict += &side;
    (verdict, painted)
}

pub(super) fn in_play(leg: &Leg) -> impl Iterator<Item = &GateReading> {
    leg.gates.iter().filter(|reading| reading.verdict != GateVerdict::NotApplicable)
}

/// The gates nobody has to think about, in one go.
fn not_in_play(page: &Page, leg: &Leg) -> String {
    let closed: Vec<String> = leg
        .gates
        .iter()
        .filter(|reading| reading.verdict == GateVerdict::NotApplicable)
        .map(|reading| {
            let name = gate_name(reading.gate, leg);
            match &reading.note {
                Some(note) if !note.is_empty() => format!("{name} ({note})"),
                Some(_) | None => name.to_owned(),
            }
        })
        .collect();
    if closed.is_empty() {
        return String::new();
    }
    let first = format!("    {} not in play: ", page.sign(Sign::Nothing));
    let list = page.prose(&first, "      ", &closed.join(", "));
    list.lines().map(|line| format!("{}\n", page.paint(Tint::Dim, line))).collect()
}

/// The widths that all gates of an answer share.
struct Columns {
    name: usize,
    verdict: usize,
    /// Evidence does not fit behind the verdict and goes below it.
    stacked: bool,
}

impl Columns {
    fn of(page: &Page, answer: &Answer, map: &SourceMap) -> Self {
        let readings = || answer.legs.iter().flat_map(|leg| in_play(leg).map(move |reading| (leg, reading)));
        let name = readings().map(|(leg, reading)| gate_name(reading.gate, leg).len()).max().unwrap_or(0);
        let verdict = readings().map(|(_, reading)| reading.verdict.as_str().len()).max().unwrap_or(0);
        let evidence = readings()
            .flat_map(|(_, reading)| &reading.evidence)
            .map(|evidence| display_width(&speaker(page, evidence, map)))
            .max()
            .unwrap_or(0);
        Self { name, verdict, stacked: 4 + 2 + name + 2 + verdict + 2 + evidence > page.style().width }
    }

    fn gate(&self, page: &Page, leg: &Leg, reading: &GateReading, map: &SourceMap) -> String {
        let (sign, tint) = match reading.verdict {
            GateVerdict::Allowed => (Sign::Yes, Tint::Good),
            GateVerdict::Denied => (Sign::No, Tint::Bad),
            GateVerdict::Conditional => (Sign::Maybe, Tint::Maybe),
            GateVerdict::NotApplicable => (Sign::Nothing, Tint::Dim),
        };
        let name = padded(gate_name(reading.gate, leg), self.name);
        let verdict = padded(reading.verdict.as_str(), self.verdict);
        let mut lines = Vec::new();
        for evidence in &reading.evidence {
            lines.push(speaker(page, evidence, map));
            let when = evidence.when.as_deref().map(|when| disjunction(page, when)).unwrap_or_default();
            lines.extend(when.into_iter().map(|line| page.paint(Tint::Dim, &format!("  {line}"))));
        }
        let near = near::notes(page, reading, map);
        let note = reading.note.as_deref().filter(|note| !note.is_empty());
        // A statement that does not fit says more than that none does.
        let note = note.or_else(|| silence(reading)).filter(|_| near.is_empty());
        let indent = if self.stacked { 8 } else { 4 + 2 + self.name + 2 + self.verdict + 2 };
        for note in near.iter().map(String::as_str).chain(note) {
            let room = page.style().width.saturating_sub(24);
            let wrapped = page.block(indent.min(room), note);
            lines.extend(wrapped.lines().map(|line| page.paint(Tint::Dim, line)));
        }
        let start =
            format!("    {} {name}  {}", page.paint(tint, page.sign(sign)), page.paint(tint, &verdict));
        let indent = " ".repeat(indent);
        let mut text = if self.stacked { format!("{}\n", start.trim_end()) } else { start };
        for (i, line) in lines.iter().enumerate() {
            let lead = if i == 0 && !self.stacked { "  " } else { &*indent };
            text += &format!("{lead}{line}\n");
        }
        if lines.is_empty() && !self.stacked {
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text
    }
}

/// What a gate without evidence means.
pub(super) fn silence(reading: &GateReading) -> Option<&'static str> {
    if !reading.evidence.is_empty() {
        return None;
    }
    match (reading.verdict, reading.denial) {
        (GateVerdict::Denied, Some(Denial::Implicit)) => Some("nothing allows it"),
        (GateVerdict::Denied, Some(Denial::Explicit) | None)
        | (GateVerdict::Allowed | GateVerdict::Conditional | GateVerdict::NotApplicable, _) => None,
    }
}

/// Who spoke: `iam/cluster-s3.json:4 #Read allows`.
pub(super) fn speaker(page: &Page, evidence: &Evidence, map: &SourceMap) -> String {
    let verb = match evidence.effect {
        Effect::Allow => "allows",
        Effect::Deny => "denies",
    };
    format!("{} {verb}", place(page, evidence, map))
}

/// Where a statement stands: `iam/cluster-s3.json:4 #Read`.
pub(super) fn place(page: &Page, evidence: &Evidence, map: &SourceMap) -> String {
    let place = map.place(evidence.span);
    let inner = map.name(evidence.span.source).strip_prefix(&*place.document).unwrap_or_default();
    let called = map.called(evidence.span);
    let inner = called.map_or_else(|| inner.to_owned(), |name| format!(" › {name}"));
    let pointer = match called {
        // Who has the name of the resource needs no way through what a tool wrote.
        Some(_) => within_policy(&evidence.pointer),
        None => &evidence.pointer,
    };
    let statement = statement_name(evidence.sid.as_deref(), pointer);
    page.clean(&format!("{}:{}{inner}{statement}", place.document, place.start.line))
}

/// The way to a statement from its policy on.
pub(super) fn within_policy(pointer: &str) -> &str {
    let from = pointer.rfind("/Statement").unwrap_or_default();
    pointer.get(from..).unwrap_or_default()
}

/// ` #Read`, or the place in the document, with the blank in front of it.
pub(super) fn statement_name(sid: Option<&str>, pointer: &str) -> String {
    match sid {
        Some(sid) if sid.contains(' ') => format!(" \"{}\"", shortened(sid)),
        Some(sid) => format!(" #{}", shortened(sid)),
        None if pointer.is_empty() => String::new(),
        None => format!(" {pointer}"),
    }
}

/// The beginning of a long name; the place beside it finds the rest.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(SID) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default().trim_end()),
        None => name.to_owned(),
    }
}

/// The statements that decide, drawn.
fn views(page: &Page, answer: &Answer, map: &SourceMap) -> Vec<View> {
    let shut = answer.legs.iter().flat_map(|l| &l.gates).any(|g| g.verdict == GateVerdict::Denied);
    let open = |reading: &GateReading, evidence: &Evidence| {
        reading.verdict == GateVerdict::Conditional && evidence.when.is_some()
    };
    let views: Vec<View> = match (answer.verdict, answer.denial) {
        // Conditions that cannot hold together: each of the statements alone would let the request pass.
        (Verdict::Denied, _) if !shut => speaking(page, answer, map, &|_| true, open),
        (Verdict::Denied, Some(Denial::Implicit)) => {
            let near = near::views(page, answer, map);
            let missing = || answer.fix.iter().filter_map(|fix| missing(page, answer, fix, map));
            if near.is_empty() { missing().take(DRAWN).collect() } else { near }
        }
        (Verdict::Denied, Some(Denial::Explicit) | None) => {
            let decides = |reading: &GateReading, evidence: &Evidence| {
                reading.verdict == GateVerdict::Denied && evidence.effect == Effect::Deny
            };
            speaking(page, answer, map, &|verdict| verdict == Verdict::Denied, decides)
        }
        (Verdict::Conditional, _) => {
            speaking(page, answer, map, &|verdict| verdict == Verdict::Conditional, open)
        }
        (Verdict::Allowed | Verdict::Blocked | Verdict::Unsupported, _) => Vec::new(),
    };
    views
}

/// The statements that speak on the legs with some verdicts, each drawn once.
fn speaking(
    page: &Page,
    answer: &Answer,
    map: &SourceMap,
    verdicts: &dyn Fn(Verdict) -> bool,
    decides: impl Fn(&GateReading, &Evidence) -> bool,
) -> Vec<View> {
    let mut drawn: Vec<Span> = Vec::new();
    let mut views = Vec::new();
    for leg in answer.legs.iter().filter(|leg| verdicts(leg.verdict)) {
        for reading in in_play(leg) {
            for evidence in reading.evidence.iter().filter(|evidence| decides(reading, evidence)) {
                if views.len() < DRAWN && !drawn.contains(&evidence.span) {
                    drawn.push(evidence.span);
                    views.extend(statement(page, leg, reading, evidence, map));
                }
            }
        }
    }
    views
}

/// A statement with a label on what matters in it.
fn statement(
    page: &Page,
    leg: &Leg,
    reading: &GateReading,
    evidence: &Evidence,
    map: &SourceMap,
) -> Option<View> {
    let (sign, verb) = match evidence.effect {
        Effect::Allow => (Sign::Maybe, "allows"),
        Effect::Deny if evidence.when.is_some() => (Sign::Maybe, "denies"),
        Effect::Deny => (Sign::No, "denies"),
    };
    let condition = member(map, evidence.span, &["Condition", "Constraints"]);
    let at = condition.or_else(|| member(map, evidence.span, &["Effect", "GranteePrincipal"]));
    let label = match (condition, &evidence.when) {
        (Some(_), Some(_)) => format!("{verb} {} when this holds", leg.action),
        (Some(_), None) => format!("holds for this request: {verb} {}", leg.action),
        (None, _) => format!("{verb} {}", leg.action),
    };
    let labels = [(at.unwrap_or(evidence.span), &*label)];
    let focus = Focus { frame: Some(evidence.span), labels: &labels, pointer: &evidence.pointer };
    let excerpt = excerpt::excerpt(page, map, focus)?;
    let caption = match &evidence.when {
        Some(_) => format!("this statement of the {} decides", gate_name(reading.gate, leg)),
        None => format!("this statement of the {} {verb} {}", gate_name(reading.gate, leg), leg.action),
    };
    Some(View::captioned(page, sign, &caption, excerpt))
}

/// The place of a document where something is missing.
fn missing(page: &Page, answer: &Answer, fix: &Fix, map: &SourceMap) -> Option<View> {
    let document = fix.document?;
    let grows = matches!(fix.change, Change::Add(_) | Change::Create { .. });
    let action = match fix.change.statement().and_then(|statement| statement.get("Action")) {
        Some(serde_json::Value::String(action)) => Some(action.as_str()),
        Some(serde_json::Value::Array(actions)) => actions.first().and_then(serde_json::Value::as_str),
        Some(_) | None => None,
    };
    let denied = answer.legs.iter().find(|leg| leg.verdict == Verdict::Denied).map(|leg| leg.action.as_str());
    let action = action.or(denied).unwrap_or("it");
    let (caption, label) = if grows {
        let name = map.called(document).unwrap_or_else(|| map.name(document.source));
        (format!("{name} does not allow this {action}"), "no statement here allows it")
    } else {
        (fix.why.clone(), "to change")
    };
    let at = pointed(map, document, &fix.pointer).unwrap_or(document);
    let labels = [(at, label)];
    // The whole document would take the room of the change.
    let frame = page.style().verbose.then_some(document);
    let excerpt = excerpt::excerpt(page, map, Focus { frame, labels: &labels, pointer: "" })?;
    Some(View::captioned(page, Sign::No, &caption, excerpt))
}

/// The first of the named members of the object at a place.
fn member(map: &SourceMap, object: Span, names: &[&str]) -> Option<Span> {
    let node = parsed(map, object)?;
    let member = names
        .iter()
        .find_map(|name| node.members().iter().find(|member| member.key.value.eq_ignore_ascii_case(name)))?;
    let shift = |offset: u32| object.start.saturating_add(offset);
    Some(Span::new(object.source, shift(member.key.span.start), shift(member.value.span.end)))
}

/// The JSON at a place, with places counted from its start.
fn parsed(map: &SourceMap, span: Span) -> Option<json::Node<'_>> {
    if span.len() > excerpt::PARSED { None } else { json::parse(SourceId::LONE, map.text(span)).root }
}

/// The member a JSON pointer names, key and all. Pointers count from the file; where `document` is only a part
/// of it, the leading steps lead to that part.
fn pointed(map: &SourceMap, document: Span, pointer: &str) -> Option<Span> {
    let root = parsed(map, document)?;
    let steps: Vec<String> =
        pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    (0..steps.len().max(1)).find_map(|skip| {
        let steps = steps.get(skip..).filter(|steps| !steps.is_empty()).unwrap_or_default();
        let mut node = &root;
        let mut span = None;
        for step in steps {
            if let Some(member) = node.members().iter().find(|member| member.key.value == *step) {
                span = Some((member.key.span.start, member.value.span.end));
                node = &member.value;
            } else {
                node = step.parse().ok().and_then(|index: usize| node.elements().get(index))?;
                span = Some((node.span.start, node.span.end));
            }
        }
        let (start, end) = span?;
        let shift = |offset: u32| document.start.saturating_add(offset);
        Some(Span::new(document.source, shift(start), shift(end)))
    })
}

/// What the answer rests on.
fn footnotes(page: &Page, answer: &Answer, map: &SourceMap) -> String {
    let mut text = String::new();
    let depends = answer.depends_on.iter().map(|unknown| {
        let place = unknown.at.map(|at| format!(" ({})", super::place(map, at))).unwrap_or_default();
        (unknown.name.to_string(), format!("{}{place}", describe(unknown)))
    });
    text += &table(page, "depends on", depends.collect());
    if is_brief(page, answer) && !answer.assumptions.is_empty() {
        let what: Vec<&str> = answer.assumptions.iter().map(|assumption| assumption.what.as_str()).collect();
        let title = format!("  {} ", page.paint(Tint::Title, "assumed"));
        let line = page.prose("  assumed  ", "           ", &format!("{} (why: --verbose)", what.join(", ")));
        text.push('\n');
        text += &line.replacen("  assumed ", &title, 1);
        let rules = ask::rules(answer);
        if !rules.is_empty() {
            text += &format!(
                "  {}    {} (decryptable explain RULE)\n",
                page.paint(Tint::Title, "rules"),
                rules.join(", ")
            );
        }
    } else if !answer.assumptions.is_empty() {
        text += &format!("\n  {}\n", page.paint(Tint::Title, "assumptions"));
        for assumption in &answer.assumptions {
            text += &page.prose("    ", "      ", &format!("{}: {}", assumption.what, assumption.because));
        }
    }
    let told: Vec<&Advice> = first(answer).collect();
    let advice = answer.advice.iter().filter(|advice| !told.iter().any(|one| std::ptr::eq(*one, *advice)));
    let advice = advice.map(|advice| (advice.action.clone(), advice.text.clone()));
    text + &table(page, "advice", advice.collect())
}

/// What kind of unknown it is, and why it is one where that says more.
pub(super) fn describe(unknown: &Unknown) -> String {
    let kind = describe_kind(unknown.kind);
    if unknown.why.starts_with(kind) { unknown.why.to_string() } else { format!("{kind}: {}", unknown.why) }
}

fn describe_kind(kind: UnknownKind) -> &'static str {
    match kind {
        UnknownKind::ContextKey => "known per request",
        UnknownKind::NotSupplied => "not provided",
        UnknownKind::Unresolved => "not resolved",
        UnknownKind::Undocumented => "not documented",
        UnknownKind::TooComplex => "too complex",
    }
}

/// Names and what to say about them, in two columns; what does not fit beside a long name goes below it.
fn table(page: &Page, title: &str, rows: Vec<(String, String)>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = rows.into_iter().map(|(name, what)| (page.clean(&name), what)).collect();
    let limit = page.style().width / 3;
    let widths = rows.iter().map(|(name, _)| display_width(name)).filter(|width| *width <= limit);
    let width = widths.max().unwrap_or(2);
    let indent = " ".repeat(4 + width + 2);
    let mut text = format!("\n  {}\n", page.paint(Tint::Title, title));
    for (name, what) in rows {
        if display_width(&name) > width {
            text += &format!("    {name}\n{}", page.prose(&indent, &indent, &what));
        } else {
            text += &page.prose(&format!("    {}  ", padded(&name, width)), &indent, &what);
        }
    }
    text
}
