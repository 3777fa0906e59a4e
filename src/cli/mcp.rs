//! `mcp`: the commands that only read, as tools for agents: one message of JSON-RPC a line, over standard input and output.
//!
//! Source: <https://modelcontextprotocol.io/specification/2025-11-25/basic>

mod tools;

use std::io::{self, BufRead, Read as _};

use clap::{Args as ClapArgs, CommandFactory as _, FromArgMatches as _};
use serde_json::{Map, Value, json};

use super::output::{captured, to_stdout};
use super::{Cli, Command, Exit, Failure, Run};

/// Answer the questions of agents, as tools over standard input and output
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable -C infra mcp      what an agent is given as the command of a server

The tools are can, who, trust, matrix, check, lint, diff, inputs, explain and explain_denied. They read what the
commands read, and write nothing.")]
pub(super) struct Args {}

/// The version of the protocol that is spoken where a client asks for one that is not known.
const LATEST: &str = "2025-11-25";

/// Versions whose messages are the same for what is done here.
const VERSIONS: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", LATEST];

/// A longer line is not read: a question fits in far less.
const LONGEST: u64 = 16 << 20;

/// Errors of JSON-RPC: <https://www.jsonrpc.org/specification#error_object>.
const NOT_JSON: i32 = -32700;
const NOT_A_REQUEST: i32 = -32600;
const NO_METHOD: i32 = -32601;
const WRONG_PARAMETERS: i32 = -32602;

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        run.outputs.refuse("mcp")?;
        let mut input = io::stdin().lock();
        while let Some(line) = next(&mut input)? {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            if let Some(answer) = answer(&line) {
                to_stdout(|out| writeln!(out, "{answer}"))?;
            }
        }
        Ok(Exit::Ok)
    }
}

/// The next line; none behind the last one. Of one that is too long only the start is kept, which is no JSON.
fn next(input: &mut impl BufRead) -> Result<Option<Vec<u8>>, Failure> {
    let unread = |error: io::Error| {
        Failure::new(format!("cannot read standard input: {error}")).help("a client writes a message a line")
    };
    let mut line = Vec::new();
    if input.by_ref().take(LONGEST).read_until(b'\n', &mut line).map_err(unread)? == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') && line.len() as u64 == LONGEST {
        input.skip_until(b'\n').map_err(unread)?;
    }
    Ok(Some(line))
}

/// The answer to a message; none to one that wants none.
fn answer(line: &[u8]) -> Option<Value> {
    let failed = |id: Value, code: i32, message: &str| {
        Some(json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}))
    };
    let Ok(message) = serde_json::from_slice::<Value>(line) else {
        return failed(Value::Null, NOT_JSON, "the line is not JSON");
    };
    let id = message.get("id").cloned();
    let Some(method) = message.get("method").and_then(Value::as_str) else {
        // An answer of the client to a question that was not asked.
        let is_answer = message.get("result").is_some() || message.get("error").is_some();
        return if is_answer {
            None
        } else {
            failed(id.unwrap_or_default(), NOT_A_REQUEST, "there is no method")
        };
    };
    // What has no id is a notification.
    let id = id?;
    let nothing = Map::new();
    let parameters = message.get("params").and_then(Value::as_object).unwrap_or(&nothing);
    let result = match method {
        "initialize" => initialize(parameters),
        "ping" => json!({}),
        "tools/list" => json!({"tools": tools::TOOLS.iter().map(tools::Tool::described).collect::<Vec<_>>()}),
        "tools/call" => match call(parameters) {
            Ok(result) => result,
            Err(message) => return failed(id, WRONG_PARAMETERS, &message),
        },
        _ => return failed(id, NO_METHOD, &format!("there is no method `{method}`")),
    };
    Some(json!({"jsonrpc": "2.0", "id": id, "result": result}))
}

fn initialize(parameters: &Map<String, Value>) -> Value {
    let asked = parameters.get("protocolVersion").and_then(Value::as_str);
    json!({
        "protocolVersion": asked.filter(|version| VERSIONS.contains(version)).unwrap_or(LATEST),
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "decryptable", "version": env!("CARGO_PKG_VERSION")},
        "instructions": "Ask whether a principal can read or write S3 objects under KMS keys, who can, and why not. \
                         Facts come from decryptable.toml and the files that it names; `inputs` shows what was read. \
                         `what_if` asks of edited policies without an edit.",
    })
}

/// One call of a tool. What is wrong with its arguments, or what the command has to complain of, is its result: an error of the
/// protocol would not reach the agent, which can mend it.
///
/// Source: <https://modelcontextprotocol.io/specification/2025-11-25/server/tools#error-handling>
fn call(parameters: &Map<String, Value>) -> Result<Value, String> {
    let name = parameters.get("name").and_then(Value::as_str).unwrap_or_default();
    let tool = tools::find(name).ok_or_else(|| format!("there is no tool `{name}`"))?;
    let nothing = Map::new();
    let arguments = match parameters.get("arguments") {
        None | Some(Value::Null) => &nothing,
        Some(given) => given.as_object().ok_or("`arguments` is an object")?,
    };
    let parsed = |words: Vec<String>| {
        let matches = Cli::command().try_get_matches_from(&words);
        let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches));
        cli.map_err(|error| error.render().to_string())
    };
    let (is_error, text) = match tool.words(arguments).and_then(parsed) {
        Err(error) => (true, error),
        Ok(cli) => shown(cli),
    };
    let mut result = json!({"content": [{"type": "text", "text": text}], "isError": is_error});
    let structured = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object);
    if let (Some(structured), Some(members)) = (structured, result.as_object_mut()) {
        members.insert("structuredContent".to_owned(), structured);
    }
    Ok(result)
}

/// What a command prints, and whether nothing was decided.
fn shown(cli: Cli) -> (bool, String) {
    let command: Command = cli.command;
    let run = Run::new(cli.global, None);
    let (ended, text) = captured(|| command.run(&run));
    let text = String::from_utf8_lossy(&text).into_owned();
    match ended {
        Ok(exit) => (matches!(exit, Exit::Error | Exit::NoInputs), text),
        Err(failure) => {
            let help = failure.help.map_or_else(String::new, |help| format!("\nhelp: {help}"));
            (true, format!("{text}error: {}{help}", failure.message))
        }
    }
}
