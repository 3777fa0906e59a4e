//! Conditions in words: when, unless, and requests that show both sides.

use super::answer::look;
use super::page::{Page, Tint, padded};
use crate::ask::{Answer, ConditionLine, Verdict};
use crate::logic::Subdomain;
use crate::operator::{Family, Quantifier, Written};

/// How many values of a condition are spelled out.
const VALUES: usize = 8;

/// One line for each test: “when …”, “and …”, “or when …”, “unless …”.
pub(super) fn disjunction(page: &Page, any: &[Vec<ConditionLine>]) -> Vec<String> {
    let alone = |all: &Vec<ConditionLine>| all.iter().any(|line| exception(line).is_some());
    let width = match (any.len() > 1, any.iter().any(alone)) {
        (true, true) => "or unless".len(),
        (true, false) => "or when".len(),
        (false, true) => "unless".len(),
        (false, false) => "when".len(),
    };
    let mut lines = Vec::new();
    for (i, all) in any.iter().enumerate() {
        // What must hold comes before what must not.
        let (asked, ruled_out): (Vec<&ConditionLine>, Vec<&ConditionLine>) =
            all.iter().partition(|line| exception(line).is_none());
        for (j, line) in asked.into_iter().chain(ruled_out).enumerate() {
            let word = match (i, j) {
                (0, 0) => "when",
                (_, 0) => "or when",
                (_, _) => "and",
            };
            let text = match exception(line) {
                Some(exception) if j == 0 => {
                    let word = if i == 0 { "unless" } else { "or unless" };
                    lines.push(format!("{word:>width$} {}", page.clean(&exception)));
                    continue;
                }
                Some(exception) => {
                    lines.push(format!("{:>width$} {}", "unless", page.clean(&exception)));
                    continue;
                }
                None => test(line),
            };
            lines.push(format!("{word:>width$} {}", page.clean(&text)));
        }
    }
    lines
}

/// A line that rules something out, as what it rules out: “aws:SourceIp is in 203.0.113.0/24”.
fn exception(line: &ConditionLine) -> Option<String> {
    let written = Written::parse(&line.operator)?;
    // “Not, for all” is no simple exception, and neither is one that a missing key would not escape.
    let is_absence = line.values.len() == 1 && line.values.iter().all(|v| v == "*");
    if !written.operator.negated || is_absence || written.quantifier != Quantifier::One {
        return None;
    }
    let verb = match written.operator.family {
        Family::IpAddress => "is in",
        Family::Arn => "is like",
        Family::String if written.operator.name.ends_with("Like") => "is like",
        Family::String if written.operator.name.ends_with("IgnoreCase") => "is, in any case of letters,",
        Family::Binary | Family::Bool | Family::Date | Family::Null | Family::Numeric | Family::String => {
            "is"
        }
    };
    let one_of =
        if line.values.len() > 1 && written.operator.family != Family::IpAddress { " one of" } else { "" };
    Some(format!("{} {verb}{one_of} {}", line.key, list(&line.values)))
}

/// `aws:SourceVpce StringEquals "vpce-0a1b"`.
fn test(line: &ConditionLine) -> String {
    match (line.operator.as_str(), line.values.as_slice()) {
        ("Null", [value]) if value == "true" => format!("{} is absent", line.key),
        ("Null", [value]) if value == "false" => format!("{} is present", line.key),
        ("StringLike", [value]) if value == "*" => format!("{} is present", line.key),
        ("StringNotLike", [value]) if value == "*" => format!("{} is absent", line.key),
        (_, _) => format!("{} {} {}", line.key, line.operator, list(&line.values)),
    }
}

/// One value, or several in brackets.
pub(super) fn list(values: &[String]) -> String {
    let mut quoted: Vec<String> = values.iter().take(VALUES).map(|value| format!("\"{value}\"")).collect();
    if values.len() > VALUES {
        quoted.push(format!("and {} more", values.len() - VALUES));
    }
    if quoted.len() == 1 { quoted.concat() } else { format!("[{}]", quoted.join(", ")) }
}

/// When the access exists, for which keys of objects, and requests that show both sides.
pub(super) fn conditions(page: &Page, answer: &Answer) -> String {
    let mut text = String::new();
    let lines = disjunction(page, answer.conditions.as_deref().unwrap_or_default());
    if !lines.is_empty() {
        text += &format!("\n  {}\n", page.paint(Tint::Title, "allowed"));
        text.extend(lines.into_iter().map(|line| format!("    {line}\n")));
    }
    text += &by_key(page, &answer.by_key);
    let sides =
        [("allowed", Tint::Good, &answer.witness.allowed), ("denied", Tint::Bad, &answer.witness.denied)];
    let known = sides.into_iter().filter_map(|(word, tint, keys)| Some((word, tint, keys.as_ref()?)));
    let mut title = format!("\n  {}\n", page.paint(Tint::Title, "for example"));
    for (word, tint, keys) in known {
        text += &std::mem::take(&mut title);
        let first = format!("    {}  ", page.paint(tint, &padded(word, 7)));
        text += &page.prose(&first, "             ", &request(keys));
    }
    text
}

/// What a request holds for the keys that matter.
pub(super) fn request(keys: &[(String, Option<Vec<String>>)]) -> String {
    let keys: Vec<String> = keys
        .iter()
        .map(|(key, values)| match values.as_deref() {
            None => format!("{key} absent"),
            Some(many) => format!("{key} = {}", list(many)),
        })
        .collect();
    if keys.is_empty() { "any request".to_owned() } else { keys.join(", ") }
}

/// The kinds of keys a question about many objects falls into.
fn by_key(page: &Page, parts: &[Subdomain]) -> String {
    if parts.is_empty() {
        return String::new();
    }
    let mut text = format!("\n  {}\n", page.paint(Tint::Title, "by object key"));
    for part in parts {
        let verdict = match part.holds {
            Some(true) => Verdict::Allowed,
            Some(false) => Verdict::Denied,
            None => Verdict::Conditional,
        };
        let (sign, tint) = look(verdict);
        let first = format!("    {} {}  ", page.sign(sign), page.paint(tint, &padded(verdict.as_str(), 11)));
        let keys = page.clean(&keys(&part.lines));
        text += &page.prose(&first, "                   ", &keys);
        if part.holds.is_none() {
            for line in disjunction(page, part.conditions.as_deref().unwrap_or_default()) {
                text += &format!("                   {line}\n");
            }
        }
    }
    text
}

/// Which keys: `"curated/a*" unless "*.tmp"`.
fn keys(lines: &[ConditionLine]) -> String {
    let negated = |line: &&ConditionLine| Written::parse(&line.operator).is_some_and(|w| w.operator.negated);
    let of = |wanted: bool| {
        let found = lines.iter().filter(|l| negated(l) == wanted);
        found.map(|l| list(&l.values)).collect::<Vec<_>>()
    };
    let (asked, ruled_out) = (of(false), of(true));
    let asked = if asked.is_empty() { "all".to_owned() } else { asked.join(" and ") };
    match ruled_out.is_empty() {
        true => asked,
        false => format!("{asked} unless {}", ruled_out.join(" or ")),
    }
}
