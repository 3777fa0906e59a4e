//! The pages behind rule ids and message codes, embedded in the binary.
//!
//! Rules live in `docs/rules`, one file a part; every code has a page of its own in `docs/lints`.

use crate::problem::Severity;

/// A part of the rules: one file of `docs/rules`.
#[derive(Debug)]
pub struct Part {
    pub file: &'static str,
    text: &'static str,
}

macro_rules! parts {
    ($($file:literal),+ $(,)?) => {
        &[$(Part { file: $file, text: include_str!(concat!("../docs/rules/", $file)) }),+]
    };
}

macro_rules! codes {
    ($($code:literal),+ $(,)?) => {
        &[$(($code, include_str!(concat!("../docs/lints/", $code, ".md")))),+]
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

/// Every code that a message may carry, sorted.
pub static CODES: &[(&str, &str)] = codes![
    "alias-arn-for-key-action",
    "allow-not-action",
    "allow-with-not-principal",
    "ambiguous-path",
    "broad-oidc-subject",
    "bucket-arn-for-objects",
    "conflicting-facts",
    "data-type-mismatch",
    "duplicate-key",
    "duplicate-table",
    "empty-array-action",
    "empty-array-condition",
    "empty-array-principal",
    "empty-array-resource",
    "empty-object-condition",
    "empty-object-principal",
    "empty-sid-value",
    "empty-variable",
    "endpoint-key-in-key-policy",
    "endpoint-policy-numeric-id",
    "endpoint-policy-partial-account",
    "endpoint-policy-short-pattern",
    "endpoint-policy-wildcard-id",
    "expectation-failed",
    "expectation-open",
    "expired-ignore",
    "file-not-found",
    "file-too-large",
    "for-all-values-with-encryption-context",
    "forallvalues-with-single-valued-key",
    "incomplete-plan",
    "invalid-action",
    "invalid-arn",
    "invalid-arn-prefix",
    "invalid-condition-key-format",
    "invalid-condition-operator",
    "invalid-effect",
    "invalid-encoding",
    "invalid-glob",
    "invalid-input",
    "invalid-policy-element",
    "invalid-principal-format",
    "invalid-principal-key",
    "invalid-principal-value",
    "invalid-role-reference",
    "invalid-template",
    "invalid-user-reference",
    "invalid-value",
    "invalid-variable-for-operator",
    "invalid-version",
    "json-empty",
    "json-syntax",
    "json-too-deep",
    "json-trailing-comma",
    "json-trailing-text",
    "missing-action",
    "missing-arn-field",
    "missing-boundary",
    "missing-brace-in-variable",
    "missing-condition-key-for-oidc-principal",
    "missing-effect",
    "missing-key",
    "missing-parent",
    "missing-policy",
    "missing-principal",
    "missing-qualifier",
    "missing-quote-in-variable",
    "missing-resource",
    "missing-statement",
    "missing-version",
    "nested-too-deep",
    "no-match",
    "no-policy",
    "not-default-version",
    "not-in-estate",
    "nothing-asked",
    "null-with-if-exists",
    "object-arn-only-encryption-context",
    "partial-policies",
    "policy-size-exceeds-identity-policy-quota",
    "policy-size-exceeds-rcp-quota",
    "policy-size-exceeds-resource-policy-quota",
    "policy-size-exceeds-role-trust-policy-quota",
    "policy-size-exceeds-scp-quota",
    "policy-size-exceeds-session-policy-quota",
    "rcp-action-star",
    "rcp-allow",
    "rcp-not-action",
    "rcp-principal",
    "reader-can-be-taken-over",
    "role-reachable-from-outside",
    "sorted-statements",
    "source-key-for-principals",
    "toml-syntax",
    "truncated-input",
    "trust-policy-resource",
    "type-mismatch-boolean",
    "type-mismatch-date",
    "type-mismatch-ip-range",
    "type-mismatch-number",
    "type-mismatch-string",
    "unconditional-outside-trust",
    "unexpected-answer",
    "unique-sids-recommended",
    "unique-sids-required",
    "unknown-encryption",
    "unknown-input",
    "unknown-key",
    "unknown-key-state",
    "unknown-parent",
    "unknown-profile",
    "unknown-version",
    "unreadable-file",
    "unresolved-template",
    "unsupported-action-in-policy",
    "unsupported-element",
    "unsupported-element-combination",
    "unsupported-principal",
    "unsupported-sid",
    "unsupported-space-in-variable",
    "unsupported-wildcard-in-principal",
    "unused-baseline",
    "unused-ignore",
    "unused-key",
    "unused-object",
    "unused-trusted-service",
    "variable-unsupported-in-element",
    "variable-unsupported-in-version",
    "wildcard-in-service-name",
    "wildcard-without-like-operator",
    "write-header-on-reads",
    "yaml-syntax",
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

/// The page of a code.
pub fn page(code: &str) -> Option<&'static str> {
    CODES.iter().find(|(id, _)| *id == code).map(|(_, text)| *text)
}

/// What a page says before its examples: the summary and what follows from it.
pub fn overview(text: &'static str) -> &'static str {
    let body = text.split_once('\n').map_or("", |(_, body)| body);
    body.split("\n## ").next().unwrap_or(body).trim()
}

/// How bad a finding with this page usually is, and how it counts among security findings, from 0.1 to 10.0: none
/// where it does not concern security.
pub fn rating(text: &'static str) -> Option<(Severity, Option<&'static str>)> {
    let line = text.lines().find_map(|line| line.strip_prefix("**Severity.** "))?;
    let (word, rest) = line.split_once([',', '.'])?;
    let severity = match word {
        "Error" => Severity::Error,
        "Warning" => Severity::Warning,
        "Note" => Severity::Note,
        _ => return None,
    };
    Some((severity, rest.trim_start().split_once(" of 10 ").map(|(score, _)| score)))
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

/// The page of a rule or a code; capitals do not matter.
pub fn find(name: &str) -> Option<String> {
    let name = name.trim();
    let rule = name.to_ascii_uppercase();
    if let Some(section) = PARTS.iter().find_map(|part| part.rule(&rule)) {
        return Some(format!("## {}\n", section.trim_end()));
    }
    let code = name.to_ascii_lowercase().replace('_', "-");
    page(&code).map(str::to_owned)
}

/// Every name there is a page for: rules first.
pub fn ids() -> impl Iterator<Item = &'static str> + Clone {
    let rules = PARTS.iter().flat_map(|part| part.text.lines()).filter_map(|line| {
        let (id, _) = line.strip_prefix("## ")?.split_once(' ')?;
        Some(id)
    });
    rules.chain(CODES.iter().map(|(code, _)| *code))
}
