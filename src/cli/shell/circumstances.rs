//! What every question of a session is asked with.

use std::fmt;

use super::super::Failure;
use crate::diagnostic::did_you_mean;

/// Circumstances that have an option of `can` to themselves.
pub(super) const OPTIONS: [&str; 5] =
    ["from-ip", "from-endpoint", "from-vpc", "from-private-ip", "session-name"];

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Circumstance {
    /// A context key and its values.
    Key(String, Vec<String>),
    /// A context key that requests lack.
    Absent(String),
    /// An option with its value.
    Option(&'static str, String),
}

impl Circumstance {
    fn name(&self) -> &str {
        match self {
            Self::Key(name, _) | Self::Absent(name) => name,
            Self::Option(name, _) => name,
        }
    }
}

impl fmt::Display for Circumstance {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(name, values) => write!(out, "set {name} {}", values.join(" ")),
            Self::Absent(name) => write!(out, "absent {name}"),
            Self::Option(name, value) => write!(out, "{name} {value}"),
        }
    }
}

/// All of them, in the order in which they were told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct InForce(Vec<Circumstance>);

impl InForce {
    fn tell(&mut self, circumstance: Circumstance) {
        self.0.retain(|old| !old.name().eq_ignore_ascii_case(circumstance.name()));
        self.0.push(circumstance);
    }

    /// Takes a line; false where its verb is none of circumstances.
    pub(super) fn take(&mut self, words: &[&str]) -> Result<bool, Failure> {
        match words {
            ["set", key, first, more @ ..] => {
                let values = std::iter::once(first).chain(more).map(|value| (*value).to_owned());
                self.tell(Circumstance::Key((*key).to_owned(), values.collect()));
            }
            ["absent", key] => self.tell(Circumstance::Absent((*key).to_owned())),
            ["unset", "all"] => self.0.clear(),
            ["unset", name] => {
                let before = self.0.len();
                self.0.retain(|old| !old.name().eq_ignore_ascii_case(name));
                if self.0.len() == before {
                    let help = did_you_mean(name, self.0.iter().map(Circumstance::name));
                    return Err(Failure::new(format!("`{name}` is not set"))
                        .help("`ctx` shows what is set")
                        .maybe_help(help));
                }
            }
            ["set", ..] => return Err(Failure::new("set what?").help("write set KEY VALUE")),
            ["absent", ..] => return Err(Failure::new("absent what?").help("write absent KEY")),
            ["unset", ..] => {
                return Err(Failure::new("unset what?").help("write unset KEY, or unset all"));
            }
            [verb, rest @ ..] => {
                let Some(name) = OPTIONS.iter().find(|name| *name == verb) else { return Ok(false) };
                let [value] = rest else {
                    return Err(Failure::new(format!("{name} takes one value"))
                        .help(format!("write {name} VALUE; unset {name} takes it back")));
                };
                self.tell(Circumstance::Option(name, (*value).to_owned()));
            }
            [] => return Ok(false),
        }
        Ok(true)
    }

    /// As options of a command; other commands than `can` take context keys alone.
    pub(super) fn options(&self, whole: bool) -> Vec<String> {
        let mut options = Vec::new();
        for circumstance in &self.0 {
            match circumstance {
                Circumstance::Key(name, values) => {
                    for value in values {
                        options.extend(["--context".to_owned(), format!("{name}={value}")]);
                    }
                }
                Circumstance::Absent(name) => options.extend(["--absent".to_owned(), name.clone()]),
                Circumstance::Option(name, value) if whole => {
                    options.extend([format!("--{name}"), value.clone()]);
                }
                Circumstance::Option(..) => {}
            }
        }
        options
    }

    /// Each as the line that told it.
    pub(super) fn lines(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Members of a row of the manifest, in which a text is written as in JSON; none where one of them cannot stand in a row as it is.
    pub(super) fn row(&self) -> Option<Vec<String>> {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let (mut context, mut from, mut session) = (Vec::new(), Vec::new(), Vec::new());
        for circumstance in &self.0 {
            match circumstance {
                Circumstance::Key(name, values) => match values.as_slice() {
                    [one] => context.push(format!("{} = {}", quoted(name), quoted(one))),
                    many => {
                        let many: Vec<String> = many.iter().map(|value| quoted(value)).collect();
                        context.push(format!("{} = [{}]", quoted(name), many.join(", ")));
                    }
                },
                Circumstance::Absent(name) => context.push(format!("{} = \"<absent>\"", quoted(name))),
                Circumstance::Option("session-name", value) => {
                    session.push(format!("name = {}", quoted(value)))
                }
                Circumstance::Option(_, value) if value == "none" => return None,
                Circumstance::Option(name, value) => {
                    let name = name.trim_start_matches("from-").replace('-', "_");
                    let name = if name == "ip" { "source_ip".to_owned() } else { name };
                    from.push(format!("{name} = {}", quoted(value)));
                }
            }
        }
        let tables = [("from", from), ("session", session), ("context", context)];
        let tables = tables.into_iter().filter(|(_, members)| !members.is_empty());
        Some(tables.map(|(name, members)| format!("{name} = {{ {} }}", members.join(", "))).collect())
    }
}
