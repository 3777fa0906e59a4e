//! Functions of times.

use jiff::{SignedDuration, Timestamp, tz::Offset};

use super::super::fault::Read;
use super::super::number::Number;
use super::super::value::Val;
use super::{Context, Fault, fault};

fn time(context: &Context<'_>, arguments: &[Val], index: usize) -> Result<Timestamp, Fault> {
    let text = context.text(arguments, index)?;
    text.parse().or_else(|_| fault(format!("`{text}` is not a time as RFC 3339 writes it"), context.at))
}

/// A duration as Go writes it: `1h30m`.
fn duration(text: &str) -> Option<SignedDuration> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let len = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at_checked(len)?;
        let number: f64 = number.parse().ok()?;
        let units =
            [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("h", 3600.0), ("m", 60.0), ("s", 1.0)];
        let (behind, unit) =
            units.iter().find_map(|(name, unit)| Some((behind.strip_prefix(name)?, unit)))?;
        seconds += number * unit;
        rest = behind;
    }
    SignedDuration::try_from_secs_f64(sign * seconds).ok()
}

pub(super) fn add(context: &Context<'_>, arguments: &[Val]) -> Read {
    let (start, text) = (time(context, arguments, 0)?, context.text(arguments, 1)?);
    let Some(duration) = duration(&text) else {
        return context.refuse(format!("`{text}` is not a duration"));
    };
    match start.checked_add(duration) {
        Ok(end) => context.made(end.to_string()),
        Err(_) => context.refuse("there is no such time"),
    }
}

pub(super) fn compare(context: &Context<'_>, arguments: &[Val]) -> Read {
    let (a, b) = (time(context, arguments, 0)?, time(context, arguments, 1)?);
    context.num(Number::from(a.cmp(&b) as i64))
}

pub(super) fn format_date(context: &Context<'_>, arguments: &[Val]) -> Read {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let (spec, at) = (context.text(arguments, 0)?, time(context, arguments, 1)?);
    let at = Offset::UTC.to_datetime(at);
    let month = MONTHS.get(usize::try_from(at.month() - 1).unwrap_or(0)).copied().unwrap_or_default();
    let day = DAYS
        .get(usize::try_from(at.weekday().to_monday_zero_offset()).unwrap_or(0))
        .copied()
        .unwrap_or_default();
    let short = |name: &str| name.chars().take(3).collect::<String>();
    let twelve = match at.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let mut out = String::new();
    let mut rest = &*spec;
    while let Some(c) = rest.chars().next() {
        if let Some(quoted) = rest.strip_prefix('\'') {
            let Some((text, behind)) = quoted.split_once('\'') else {
                return context.refuse("a quotation is not closed");
            };
            out.push_str(text);
            rest = behind;
            continue;
        }
        let len = rest.chars().take_while(|next| *next == c).count();
        let (run, behind) = rest.split_at_checked(len * c.len_utf8()).unwrap_or((rest, ""));
        rest = behind;
        let text = match run {
            "YYYY" => format!("{:04}", at.year()),
            "YY" => format!("{:02}", at.year().rem_euclid(100)),
            "MMMM" => month.to_owned(),
            "MMM" => short(month),
            "MM" => format!("{:02}", at.month()),
            "M" => at.month().to_string(),
            "DD" => format!("{:02}", at.day()),
            "D" => at.day().to_string(),
            "EEEE" => day.to_owned(),
            "EEE" => short(day),
            "hh" => format!("{:02}", at.hour()),
            "h" => at.hour().to_string(),
            "HH" => format!("{twelve:02}"),
            "H" => twelve.to_string(),
            "AA" => if at.hour() < 12 { "AM" } else { "PM" }.to_owned(),
            "aa" => if at.hour() < 12 { "am" } else { "pm" }.to_owned(),
            "mm" => format!("{:02}", at.minute()),
            "m" => at.minute().to_string(),
            "ss" => format!("{:02}", at.second()),
            "s" => at.second().to_string(),
            "ZZZZZ" => "+00:00".to_owned(),
            "ZZZZ" => "+0000".to_owned(),
            "ZZZ" => "UTC".to_owned(),
            "Z" => "Z".to_owned(),
            other if c.is_ascii_alphabetic() => {
                return context.refuse(format!("`{other}` is not part of a date"));
            }
            other => other.to_owned(),
        };
        out.push_str(&text);
    }
    context.made(out)
}
