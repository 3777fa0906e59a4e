//! The tools: a row each, from which both its schema and the command line follow.

use serde_json::{Map, Value, json};

/// How an argument becomes words of a command line.
enum Kind {
    /// A word by itself.
    Word,
    /// Several of them.
    Words,
    /// An option with a value.
    Option(&'static str),
    /// The same, as often as there are values.
    Options(&'static str),
    /// An option without a value.
    Switch(&'static str),
    /// Context keys: a text or a list of texts each, null for a key that requests lack.
    Context,
}

/// An argument of a tool.
struct Argument {
    name: &'static str,
    kind: Kind,
    is_required: bool,
    about: &'static str,
}

/// A command as a tool.
pub(super) struct Tool {
    name: &'static str,
    about: &'static str,
    command: &'static [&'static str],
    arguments: &'static [Argument],
}

const fn needed(name: &'static str, kind: Kind, about: &'static str) -> Argument {
    Argument { name, kind, is_required: true, about }
}

const fn maybe(name: &'static str, kind: Kind, about: &'static str) -> Argument {
    Argument { name, kind, is_required: false, about }
}

const CONTEXT: Argument =
    maybe("context", Kind::Context, "context keys of the request, null for one that it lacks");
const WHAT_IF: Argument =
    maybe("what_if", Kind::Options("--what-if"), "edits to assume, such as `drop kms/lake.json#Readers`");
const INPUT: Argument = maybe("input", Kind::Options("--input"), "files or directories to read too");
const STRICT: Argument =
    maybe("strict", Kind::Switch("--strict"), "what was not supplied makes the answer conditional");
const PATHS: Argument =
    maybe("paths", Kind::Words, "files or directories to read in place of the manifest's");
const OPERATION: Argument = maybe(
    "operation",
    Kind::Word,
    "read (when left out), list, write, multipart, delete, copy, replicate, deliver, or an action such as kms:Decrypt",
);

/// Sorted by what people ask first.
pub(super) const TOOLS: &[Tool] = &[
    Tool {
        name: "can",
        about: "Whether a principal can do something with an object or resource: each gate, the statement that decides, \
                statements that nearly fit, and the change to make",
        command: &["can", "--format=json"],
        arguments: &[
            needed("role", Kind::Word, "name or ARN of a role, a user, a session, service:NAME or anonymous"),
            OPERATION,
            needed(
                "targets",
                Kind::Words,
                "s3://BUCKET/KEY, in which * and ? stand for many, or the resource of an action",
            ),
            CONTEXT,
            maybe("headers", Kind::Options("--header"), "headers of the request as NAME=VALUE"),
            WHAT_IF,
            INPUT,
            STRICT,
        ],
    },
    Tool {
        name: "who",
        about: "Every principal that can do something with an object or resource, directly or by assuming roles",
        command: &["who", "--format=json"],
        arguments: &[
            OPERATION,
            needed("target", Kind::Word, "s3://BUCKET/KEY, or the resource of an action"),
            maybe("direct", Kind::Switch("--direct"), "only without assuming a role first"),
            CONTEXT,
            WHAT_IF,
            INPUT,
            STRICT,
        ],
    },
    Tool {
        name: "trust",
        about: "Who can assume a role, over other roles too",
        command: &["trust", "--format=json"],
        arguments: &[
            maybe("role", Kind::Word, "name or ARN of the role; every role when left out"),
            maybe("by", Kind::Option("--by"), "ask about this principal alone"),
            CONTEXT,
            WHAT_IF,
            INPUT,
            STRICT,
        ],
    },
    Tool {
        name: "matrix",
        about: "What every role may do with every bucket, as a table",
        command: &["matrix", "--format=json"],
        arguments: &[
            maybe("roles", Kind::Options("--role"), "only these; * and ? stand for many"),
            maybe("targets", Kind::Options("--target"), "in place of every bucket"),
            maybe("operations", Kind::Options("--operation"), "in place of list, read, write and delete"),
            CONTEXT,
            WHAT_IF,
            STRICT,
        ],
    },
    Tool {
        name: "check",
        about: "Asks every expectation of decryptable.toml, and lints the policies",
        command: &["check", "--format=json"],
        arguments: &[PATHS, WHAT_IF, STRICT],
    },
    Tool {
        name: "lint",
        about: "What AWS would refuse in policy documents, and what is probably not meant",
        command: &["lint", "--format=json"],
        arguments: &[needed("paths", Kind::Words, "files or directories")],
    },
    Tool {
        name: "diff",
        about: "Who gains and who loses what between two directories, each with a request that shows it",
        command: &["diff", "--format=json"],
        arguments: &[
            needed("old", Kind::Word, "the directory before"),
            needed("new", Kind::Word, "the directory after"),
        ],
    },
    Tool {
        name: "inputs",
        about: "Which file was read as what, and which facts the questions miss",
        command: &["inputs"],
        arguments: &[PATHS],
    },
    Tool {
        name: "explain",
        about: "The page behind a rule such as R69, a code of a finding, an operation, or a word",
        command: &["explain"],
        arguments: &[needed("about", Kind::Word, "what to explain")],
    },
    Tool {
        name: "explain_denied",
        about: "What an AccessDenied message or a CloudTrail record means, and which statement it comes from",
        command: &["explain", "--format=json"],
        arguments: &[needed("message", Kind::Option("--denied"), "the message"), INPUT],
    },
];

pub(super) fn find(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name == name)
}

impl Argument {
    fn schema(&self) -> Value {
        let texts = json!({"type": "array", "items": {"type": "string"}});
        let mut schema = match self.kind {
            Kind::Word | Kind::Option(_) => json!({"type": "string"}),
            Kind::Words | Kind::Options(_) => texts,
            Kind::Switch(_) => json!({"type": "boolean"}),
            Kind::Context => json!({
                "type": "object",
                "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "null"}, texts]},
            }),
        };
        if let Some(members) = schema.as_object_mut() {
            members.insert("description".to_owned(), self.about.into());
        }
        schema
    }

    /// Adds the words of a value; those that stand by themselves come behind all options.
    fn add(&self, value: &Value, options: &mut Vec<String>, words: &mut Vec<String>) -> Result<(), String> {
        let wrong = |shape: &str| format!("`{}` is {shape}", self.name);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let texts = || {
            let list = value.as_array().ok_or_else(|| wrong("a list of texts"))?;
            list.iter()
                .map(|value| text(value).ok_or_else(|| wrong("a list of texts")))
                .collect::<Result<Vec<_>, _>>()
        };
        match self.kind {
            Kind::Word => words.push(text(value).ok_or_else(|| wrong("a text"))?),
            Kind::Words => words.append(&mut texts()?),
            Kind::Option(name) => {
                options.push(format!("{name}={}", text(value).ok_or_else(|| wrong("a text"))?));
            }
            Kind::Options(name) => {
                options.extend(texts()?.into_iter().map(|value| format!("{name}={value}")))
            }
            Kind::Switch(name) => {
                if value.as_bool().ok_or_else(|| wrong("true or false"))? {
                    options.push(name.to_owned());
                }
            }
            Kind::Context => {
                for (key, value) in value.as_object().ok_or_else(|| wrong("an object of context keys"))? {
                    match value {
                        Value::Null => options.push(format!("--absent={key}")),
                        Value::String(value) => options.push(format!("--context={key}={value}")),
                        Value::Array(values) => {
                            for value in values {
                                let value = text(value).ok_or_else(|| wrong("an object of texts"))?;
                                options.push(format!("--context={key}={value}"));
                            }
                        }
                        Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                            return Err(wrong("an object of texts"));
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

impl Tool {
    /// As `tools/list` shows it.
    pub(super) fn described(&self) -> Value {
        let properties: Map<String, Value> =
            self.arguments.iter().map(|argument| (argument.name.to_owned(), argument.schema())).collect();
        let required: Vec<&str> = self
            .arguments
            .iter()
            .filter(|argument| argument.is_required)
            .map(|argument| argument.name)
            .collect();
        json!({
            "name": self.name,
            "description": self.about,
            "inputSchema": {
                "type": "object",
                "properties": properties,
                "required": required,
                "additionalProperties": false,
            },
            "annotations": {"readOnlyHint": true, "openWorldHint": false},
        })
    }

    /// The command line of a call.
    pub(super) fn words(&self, given: &Map<String, Value>) -> Result<Vec<String>, String> {
        if let Some(name) = given.keys().find(|name| self.arguments.iter().all(|known| known.name != *name)) {
            let known: Vec<&str> = self.arguments.iter().map(|argument| argument.name).collect();
            return Err(format!("{} takes no `{name}`; it takes {}", self.name, known.join(", ")));
        }
        let (mut options, mut words) = (vec!["decryptable".to_owned()], Vec::new());
        options.extend(self.command.iter().map(|word| (*word).to_owned()));
        for argument in self.arguments {
            match given.get(argument.name) {
                Some(Value::Null) | None if argument.is_required => {
                    return Err(format!("{} needs `{}`: {}", self.name, argument.name, argument.about));
                }
                Some(Value::Null) | None => {}
                Some(value) => argument.add(value, &mut options, &mut words)?,
            }
        }
        // A name that begins with a hyphen is a name all the same.
        if !words.is_empty() {
            options.push("--".to_owned());
        }
        options.append(&mut words);
        Ok(options)
    }
}
