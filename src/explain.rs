//! The pages behind rule ids and message codes, embedded in the binary.
//!
//! Rules live in `docs/rules`, one file a part; every code has a page of its own in `docs/lints`, and every cause of a near
//! miss in `docs/causes`. The words of the program are in `docs/glossary.md`.

mod glossary;
mod search;

pub use search::{Hit, search};

use crate::diagnostic::{Cause, Code};

/// A part of the rules: one file of `docs/rules`.
#[derive(Debug)]
pub struct Part {
    /// The name of the file under `docs/rules`.
    pub file: &'static str,
    text: &'static str,
}

macro_rules! parts {
    ($($file:literal),+ $(,)?) => {
        &[$(Part { file: $file, text: include_str!(concat!("../docs/rules/", $file)) }),+]
    };
}

/// In the order of the rules.
pub static PARTS: &[Part] = parts![
    "0-model.md",
    "A-policy-language.md",
    "B-conditions.md",
    "C-context-keys.md",
    "D-evaluation.md",
    "E-kms-keys.md",
    "F-s3.md",
    "G-becoming-the-role.md",
    "H-least-privilege-and-errors.md",
    "I-newer-features.md",
];

impl Part {
    /// The heading of the file.
    pub fn title(&self) -> &'static str {
        title(self.text)
    }

    /// Id and title of every rule in it.
    pub fn rules(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.text.lines().filter_map(|line| line.strip_prefix("## ")?.split_once(' '))
    }

    fn rule(&self, id: &str) -> Option<&'static str> {
        self.text.split("\n## ").skip(1).find(|section| section.split(' ').next() == Some(id))
    }
}

fn title(text: &'static str) -> &'static str {
    text.lines().next().map_or("", |line| line.trim_start_matches('#').trim())
}

/// What a page says in one line.
pub fn summary(text: &'static str) -> &'static str {
    text.lines().skip(1).find(|line| !line.trim().is_empty()).unwrap_or("")
}

/// What a page says before its examples: the summary and what follows from it.
pub fn overview(text: &'static str) -> &'static str {
    let body = text.split_once('\n').map_or("", |(_, body)| body);
    body.split("\n## ").next().unwrap_or(body).trim()
}

/// How a finding with this page counts among security findings, from 0.1 to 10.0: none where it does not concern
/// security.
pub fn security_severity(text: &'static str) -> Option<&'static str> {
    let line = text.lines().find_map(|line| line.strip_prefix("**Severity.** "))?;
    let (_, rest) = line.split_once([',', '.'])?;
    rest.trim_start().split_once(" of 10 ").map(|(score, _)| score)
}

/// The page of AWS behind a page of ours: the one it links to, else the first of the first rule that it names.
pub fn source(text: &'static str) -> Option<&'static str> {
    fn link(text: &str) -> Option<&str> {
        let (_, rest) = text.split_once("](https://")?;
        let end = rest.find(')')?;
        // From the scheme on, which was cut off.
        let start = text.len().checked_sub(rest.len() + "https://".len())?;
        text.get(start..text.len().checked_sub(rest.len())? + end)
    }
    let own = text.split_once("**Page.** ").and_then(|(_, rest)| link(rest));
    own.or_else(|| {
        let (_, named) = text.rsplit_once("See also ")?;
        let ids = named.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.starts_with('R'));
        ids.filter_map(|id| PARTS.iter().find_map(|part| part.rule(id))).find_map(link)
    })
}

/// The page of a rule, a code, a cause or a word of the glossary; capitals do not matter.
pub fn find(name: &str) -> Option<String> {
    let name = name.trim();
    let rule = name.to_ascii_uppercase();
    if let Some(section) = PARTS.iter().find_map(|part| part.rule(&rule)) {
        return Some(format!("## {}\n", section.trim_end()));
    }
    let code = name.to_ascii_lowercase().replace('_', "-");
    let cause = || Cause::from_name(&code).map(Cause::page);
    Code::from_name(&code).map(Code::page).or_else(cause).map(str::to_owned).or_else(|| glossary::find(name))
}

/// Every name there is a page for: rules first.
pub fn ids() -> impl Iterator<Item = &'static str> + Clone {
    let rules = PARTS.iter().flat_map(|part| part.text.lines()).filter_map(|line| {
        let (id, _) = line.strip_prefix("## ")?.split_once(' ')?;
        Some(id)
    });
    let causes = Cause::ALL.iter().map(|cause| cause.as_str());
    rules.chain(Code::ALL.iter().map(|code| code.as_str())).chain(causes)
}
