//! What if a document said something else? An edit of what was loaded, as a line of text.
//!
//! An edit changes facts in memory, as if the file had been written that way; no file is touched. The lines are the same
//! for `--what-if` and for every front end:
//!
//! | line | what it does |
//! |---|---|
//! | `add DOCUMENT STATEMENT` | a statement more, as JSON |
//! | `drop DOCUMENT#SID` | the statement is gone; `#2` is the second one |
//! | `replace DOCUMENT with FILE` | the document of the file stands in its place |
//! | `attach PRINCIPAL POLICY` | a role or user has a policy more: a file, or the ARN of a managed one |
//! | `detach PRINCIPAL POLICY` | it has it no longer |
//! | `grant PRINCIPAL on KEY OPERATION…` | a grant more on a key |
//! | `state KEY STATE` | the key is in this state |
//! | `encrypt s3://BUCKET/KEY with KEY` | the object is encrypted under a key; `AES256` and `none` say how without one |
//!
//! A document is named as reports name it, `FILE:LINE` tells apart what one file holds, and the resource policy of a
//! bucket or key also by its owner: `s3://lake`, `alias/lake`, the address of a plan.

mod apply;
mod attached;
mod find;

use std::fmt;

use crate::diagnostic::did_you_mean;
use crate::estate::{EncryptionType, KeyState};

pub use apply::apply;

/// A change of what was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Edit {
    /// A statement more in a document.
    Add {
        /// The document.
        document: String,
        /// The statement, as JSON.
        statement: String,
    },
    /// A statement less.
    Drop {
        /// The document.
        document: String,
        /// Its Sid, or its number from 1.
        statement: String,
    },
    /// Another document in the place of one.
    Replace {
        /// The document.
        document: String,
        /// The file to read.
        file: String,
    },
    /// A policy more for a role or user.
    Attach {
        /// The role or user.
        principal: String,
        /// A file, or the ARN of a managed policy.
        policy: String,
    },
    /// A policy less.
    Detach {
        /// The role or user.
        principal: String,
        /// A file, or the ARN of a managed policy.
        policy: String,
    },
    /// A grant more on a key.
    Grant {
        /// The grantee.
        principal: String,
        /// The key.
        key: String,
        /// What it allows: `Decrypt`.
        operations: Vec<String>,
    },
    /// A key in another state.
    State {
        /// The key.
        key: String,
        /// The state.
        state: KeyState,
    },
    /// Objects that are encrypted otherwise.
    Encrypt {
        /// `s3://BUCKET/KEY`, wildcards allowed.
        objects: String,
        /// How.
        kind: EncryptionType,
        /// Under which key, where it is one of KMS.
        key: Option<String>,
    },
}

/// Why an edit cannot be made, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EditError {
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl EditError {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

/// A verb with what follows it.
struct Verb {
    name: &'static str,
    shape: &'static str,
}

const VERBS: &[Verb] = &[
    Verb { name: "add", shape: "add DOCUMENT STATEMENT" },
    Verb { name: "drop", shape: "drop DOCUMENT#SID" },
    Verb { name: "replace", shape: "replace DOCUMENT with FILE" },
    Verb { name: "attach", shape: "attach PRINCIPAL POLICY" },
    Verb { name: "detach", shape: "detach PRINCIPAL POLICY" },
    Verb { name: "grant", shape: "grant PRINCIPAL on KEY OPERATION" },
    Verb { name: "state", shape: "state KEY STATE" },
    Verb { name: "encrypt", shape: "encrypt s3://BUCKET/KEY with KEY" },
];

/// The first words of edits.
pub fn verbs() -> impl Iterator<Item = &'static str> {
    VERBS.iter().map(|verb| verb.name)
}

impl Edit {
    /// Reads a line.
    ///
    /// # Errors
    ///
    /// When the line is no edit; the help shows the form that was meant.
    pub fn parse(line: &str) -> Result<Self, EditError> {
        let line = line.trim();
        let (verb, rest) = word(line);
        let Some(known) = VERBS.iter().find(|known| known.name == verb) else {
            let all = || format!("edits are {}", verbs().collect::<Vec<_>>().join(", "));
            let message = if verb.is_empty() {
                "there is no edit".to_owned()
            } else {
                format!("`{verb}` is not an edit")
            };
            return Err(EditError::new(message, did_you_mean(&verb, verbs()).unwrap_or_else(all)));
        };
        Self::of(known, rest)
    }

    fn of(verb: &Verb, rest: &str) -> Result<Self, EditError> {
        let wrong = || {
            let line = if rest.is_empty() { verb.name.to_owned() } else { format!("{} {rest}", verb.name) };
            EditError::new(format!("`{line}` is not a whole edit"), format!("write {}", verb.shape))
        };
        let words = words(rest);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match (verb.name, words.as_slice()) {
            ("add", [_, _, ..]) => {
                let (document, statement) = word(rest);
                let statement = unquoted(statement);
                Ok(Self::Add { document, statement })
            }
            // Blanks may be in a Sid, so it goes to the end of the line.
            ("drop", [_, ..]) => {
                let whole = if rest.starts_with(['\'', '"']) { word(rest).0 } else { rest.to_owned() };
                let (document, statement) = whole.rsplit_once('#').ok_or_else(wrong)?;
                Ok(Self::Drop { document: document.to_owned(), statement: statement.to_owned() })
            }
            ("replace", [document, "with", file]) => {
                Ok(Self::Replace { document: (*document).to_owned(), file: (*file).to_owned() })
            }
            ("attach", [principal, policy]) => {
                Ok(Self::Attach { principal: (*principal).to_owned(), policy: (*policy).to_owned() })
            }
            ("detach", [principal, policy]) => {
                Ok(Self::Detach { principal: (*principal).to_owned(), policy: (*policy).to_owned() })
            }
            ("grant", [principal, "on", key, operations @ ..]) if !operations.is_empty() => {
                let operations = operations.iter().map(|name| operation(name)).collect();
                Ok(Self::Grant { principal: (*principal).to_owned(), key: (*key).to_owned(), operations })
            }
            ("state", [key, state]) => {
                let known = KeyState::parse(state).ok_or_else(|| {
                    let all = || format!("states are {}", KeyState::NAMES.join(", "));
                    let near = did_you_mean(state, KeyState::NAMES.iter().copied());
                    EditError::new(format!("`{state}` is not a state of a key"), near.unwrap_or_else(all))
                })?;
                Ok(Self::State { key: (*key).to_owned(), state: known })
            }
            ("encrypt", [objects, "with", by]) => {
                let objects = (*objects).to_owned();
                Ok(match EncryptionType::parse(by).filter(|kind| !kind.uses_kms()) {
                    Some(kind) => Self::Encrypt { objects, kind, key: None },
                    None if *by == "none" => Self::Encrypt { objects, kind: EncryptionType::None, key: None },
                    None => {
                        let key = Some((*by).to_owned());
                        Self::Encrypt { objects, kind: EncryptionType::SseKms, key }
                    }
                })
            }
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add { document, statement } => write!(out, "add {} {statement}", quoted(document)),
            Self::Drop { document, statement } => {
                write!(out, "drop {document}#{statement}")
            }
            Self::Replace { document, file } => {
                write!(out, "replace {} with {}", quoted(document), quoted(file))
            }
            Self::Attach { principal, policy } => {
                write!(out, "attach {} {}", quoted(principal), quoted(policy))
            }
            Self::Detach { principal, policy } => {
                write!(out, "detach {} {}", quoted(principal), quoted(policy))
            }
            Self::Grant { principal, key, operations } => {
                write!(out, "grant {} on {} {}", quoted(principal), quoted(key), operations.join(" "))
            }
            Self::State { key, state } => write!(out, "state {} {}", quoted(key), state.as_str()),
            Self::Encrypt { objects, kind, key } => {
                let plain = if *kind == EncryptionType::SseS3 { "AES256" } else { kind.as_str() };
                let by = key.as_deref().unwrap_or(plain);
                write!(out, "encrypt {} with {}", quoted(objects), quoted(by))
            }
        }
    }
}

/// KMS names operations of grants without its prefix.
fn operation(text: &str) -> String {
    text.strip_prefix("kms:").unwrap_or(text).trim_end_matches(',').to_owned()
}

/// The first word of a line, and the rest. A word in quotes may hold blanks.
fn word(line: &str) -> (String, &str) {
    let line = line.trim_start();
    if let Some(quote) = line.chars().next().filter(|c| ['\'', '"'].contains(c))
        && let Some((inside, rest)) = line.get(1..).and_then(|rest| rest.split_once(quote))
    {
        return (inside.to_owned(), rest.trim_start());
    }
    let end = line.find(char::is_whitespace).unwrap_or(line.len());
    let (first, rest) = line.split_at_checked(end).unwrap_or((line, ""));
    (first.to_owned(), rest.trim_start())
}

/// The words of a line; one in quotes may hold blanks.
pub fn words(line: &str) -> Vec<String> {
    let (mut rest, mut words) = (line.trim(), Vec::new());
    while !rest.is_empty() {
        let (first, next) = word(rest);
        words.push(first);
        rest = next;
    }
    words
}

/// What stands between quotes that hold the whole text.
fn unquoted(text: &str) -> String {
    let inside = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    inside.unwrap_or(text).to_owned()
}

fn quoted(text: &str) -> String {
    if text.contains(char::is_whitespace) { format!("'{text}'") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_written_back() {
        for line in [
            r#"add kms/lake.json {"Effect": "Allow", "Action": "kms:Decrypt"}"#,
            "drop kms/lake.json#Readers",
            "drop kms/lake.json:4#2",
            "drop kms/my lake.json#Lake readers",
            "replace 'a b.json' with c.json",
            "attach etl arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
            "detach etl iam/etl.json",
            "grant etl on alias/lake Decrypt DescribeKey",
            "state alias/lake Disabled",
            "encrypt s3://lake/raw/* with alias/lake",
            "encrypt s3://lake/raw/* with AES256",
            "encrypt s3://lake/raw/* with none",
        ] {
            assert_eq!(Edit::parse(line).unwrap().to_string(), line);
        }
        let spaced = Edit::parse("  grant etl on k  kms:Decrypt, DescribeKey ").unwrap();
        assert_eq!(spaced.to_string(), "grant etl on k Decrypt DescribeKey");
    }

    #[test]
    fn a_line_that_is_no_edit_shows_the_form() {
        for (line, help) in [
            ("", "edits are add"),
            ("dorp x", "drop"),
            ("drop kms/lake.json", "write drop DOCUMENT#SID"),
            ("add kms/lake.json", "write add DOCUMENT STATEMENT"),
            ("replace a b", "write replace DOCUMENT with FILE"),
            ("state k Disabld", "Disabled"),
            ("grant r on k", "write grant PRINCIPAL on KEY OPERATION"),
        ] {
            let error = Edit::parse(line).unwrap_err();
            assert!(error.help.contains(help), "{line}: {error:?}");
        }
    }
}
