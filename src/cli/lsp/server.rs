//! The loop: what the editor says changes the texts, and what it asks is answered from them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lsp_server::{Connection, ErrorCode, Message, Notification, ProtocolError, Request, Response};
use serde_json::{Value, json};

use super::context::{Context, word};
use super::definition::{self, Target};
use super::documents::{Document, Documents};
use super::position::{Encoding, Lines};
use super::world::World;
use super::{actions, complete, hover, lenses, publish, uri};
use crate::cli::Run;
use crate::load::disk;

/// How long the editor has to be quiet before everything is looked at again.
const QUIET: Duration = Duration::from_millis(40);

pub(super) struct Server<'r> {
    run: &'r Run,
    connection: &'r Connection,
    encoding: Encoding,
    /// Whether the editor supports `workspace/codeLens/refresh`.
    refreshes_lenses: bool,
    documents: Documents,
    world: World,
    /// Files that something was shown in.
    shown: BTreeSet<PathBuf>,
    /// When to look at the texts again, if they have changed.
    stale: Option<Instant>,
    /// Requests of our own, for their numbers.
    asked: i32,
}

impl<'r> Server<'r> {
    /// For an editor that said what it can; the program runs where the editor's folder is.
    pub(super) fn new(run: &'r Run, connection: &'r Connection, asked: &Value) -> Self {
        let folder = asked.pointer("/workspaceFolders/0/uri").or_else(|| asked.get("rootUri"));
        if let Some(folder) = folder.and_then(Value::as_str).and_then(uri::path)
            && !run.directory
        {
            // A folder that is not there has no manifest either.
            let _ = std::env::set_current_dir(folder);
        }
        let capabilities = asked.get("capabilities").unwrap_or(&Value::Null);
        let refreshes = capabilities.pointer("/workspace/codeLens/refreshSupport").and_then(Value::as_bool);
        Self {
            run,
            connection,
            encoding: Encoding::of(capabilities),
            refreshes_lenses: refreshes.unwrap_or(false),
            documents: Documents::default(),
            world: World::default(),
            shown: BTreeSet::new(),
            stale: None,
            asked: 0,
        }
    }

    pub(super) fn can(&self) -> Value {
        json!({
            "capabilities": {
                "positionEncoding": self.encoding.name(),
                "textDocumentSync": {"openClose": true, "change": 2, "save": {}},
                "hoverProvider": true,
                "completionProvider": {"triggerCharacters": ["\"", ":"]},
                "definitionProvider": true,
                "codeLensProvider": {},
                "codeActionProvider": {"codeActionKinds": ["quickfix"]},
            },
            "serverInfo": {"name": "decryptable", "version": env!("CARGO_PKG_VERSION")},
        })
    }

    /// Until the editor shuts the server down, or is gone.
    pub(super) fn serve(mut self) -> Result<(), ProtocolError> {
        loop {
            let message = match self.stale {
                Some(due) if Instant::now() >= due => {
                    self.look_again();
                    continue;
                }
                Some(due) => match self.connection.receiver.recv_deadline(due) {
                    Ok(message) => message,
                    Err(error) if error.is_timeout() => continue,
                    Err(_) => return Ok(()),
                },
                None => match self.connection.receiver.recv() {
                    Ok(message) => message,
                    Err(_) => return Ok(()),
                },
            };
            match message {
                Message::Request(request) => {
                    if self.connection.handle_shutdown(&request)? {
                        return Ok(());
                    }
                    let answer = self.answer(request);
                    self.send(Message::Response(answer));
                }
                Message::Notification(told) => self.hear(&told),
                Message::Response(_) => {}
            }
        }
    }

    /// An editor that is gone is noticed where its messages are read.
    fn send(&self, message: Message) {
        let _ = self.connection.sender.send(message);
    }

    fn hear(&mut self, told: &Notification) {
        match told.method.as_str() {
            "textDocument/didOpen" => self.documents.open(&told.params),
            "textDocument/didChange" => self.documents.change(&told.params, self.encoding),
            "textDocument/didClose" => {
                self.documents.close(&told.params);
            }
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => {}
            _ => return,
        }
        self.stale = Some(Instant::now() + QUIET);
    }

    fn look_again(&mut self) {
        self.stale = None;
        self.world = World::of(self.run, &self.documents);
        let mut shown = BTreeSet::new();
        let open = self.documents.iter().map(|(path, _)| path.to_owned());
        let rows = self.world.report.answers.iter().filter_map(|checked| checked.row);
        let rows = rows.map(|row| super::world::file_of(&self.world.map, row));
        let files: BTreeSet<PathBuf> = self.world.by_file.keys().cloned().chain(open).chain(rows).collect();
        for path in files {
            let diagnostics = publish::diagnostics(&self.world, &path, self.encoding, &self.documents);
            let is_empty = diagnostics.is_empty();
            // Of files that are not open only those with findings are worth a message.
            if !is_empty || self.shown.contains(&path) || self.documents.get(&path).is_some() {
                self.show(&path, &diagnostics);
            }
            if !is_empty {
                shown.insert(path);
            }
        }
        for path in self.shown.difference(&shown) {
            if !self.world.by_file.contains_key(path) {
                self.show(path, &[]);
            }
        }
        self.shown = shown;
        if self.refreshes_lenses {
            self.asked += 1;
            let method = "workspace/codeLens/refresh".to_owned();
            self.send(Message::Request(Request::new(self.asked.into(), method, Value::Null)));
        }
    }

    fn show(&self, path: &Path, diagnostics: &[Value]) {
        let mut parameters =
            json!({"uri": publish::called(path, &self.documents), "diagnostics": diagnostics});
        if let (Some(document), Some(members)) = (self.documents.get(path), parameters.as_object_mut()) {
            members.insert("version".to_owned(), document.version.clone());
        }
        let method = "textDocument/publishDiagnostics".to_owned();
        self.send(Message::Notification(Notification::new(method, parameters)));
    }

    fn answer(&mut self, request: Request) -> Response {
        let of_rows = matches!(request.method.as_str(), "textDocument/codeLens" | "textDocument/codeAction");
        if of_rows && self.stale.is_some() {
            self.look_again();
        }
        let Request { id, method, params } = request;
        let result = match method.as_str() {
            "textDocument/hover" => self.hover(&params),
            "textDocument/completion" => self.complete(&params),
            "textDocument/definition" => self.define(&params),
            "textDocument/codeLens" => self.lenses(&params),
            "textDocument/codeAction" => self.actions(&params),
            _ => {
                let message = format!("`{method}` is not answered here");
                return Response::new_err(id, ErrorCode::MethodNotFound as i32, message);
            }
        };
        Response::new_ok(id, result.unwrap_or(Value::Null))
    }

    fn at<'d>(&self, document: &'d Document, parameters: &Value) -> (Lines<'d>, usize) {
        let lines = Lines::new(&document.text, self.encoding);
        let offset = lines.offset(parameters.get("position").unwrap_or(&Value::Null));
        (lines, offset)
    }

    fn hover(&self, parameters: &Value) -> Option<Value> {
        let (_, document) = self.documents.of(parameters)?;
        let (lines, offset) = self.at(document, parameters);
        let word = word(&document.text, offset);
        let text = hover::about(word.text, &self.world.estate)?;
        let range = lines.range(word.start, word.end);
        Some(json!({"contents": {"kind": "markdown", "value": text}, "range": range}))
    }

    fn complete(&self, parameters: &Value) -> Option<Value> {
        let (path, document) = self.documents.of(parameters)?;
        let (lines, offset) = self.at(document, parameters);
        let word = word(&document.text, offset);
        let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let context = Context::of(&document.text, offset);
        let range = lines.range(word.start, word.end);
        let items = complete::items(file, &context, word, &range, &self.world.estate);
        Some(json!({"isIncomplete": false, "items": items}))
    }

    fn define(&self, parameters: &Value) -> Option<Value> {
        let (path, document) = self.documents.of(parameters)?;
        let (_, offset) = self.at(document, parameters);
        let word = word(&document.text, offset);
        Some(match definition::of(word.text, &path, &self.world)? {
            Target::Place(span) => publish::location(&self.world.map, span, self.encoding, &self.documents),
            Target::File(file) => {
                let start = json!({"line": 0, "character": 0});
                let uri = publish::called(&file, &self.documents);
                json!({"uri": uri, "range": {"start": start, "end": start}})
            }
        })
    }

    fn lenses(&self, parameters: &Value) -> Option<Value> {
        let uri = parameters.pointer("/textDocument/uri").and_then(Value::as_str)?;
        let path = disk::identity(&uri::path(uri)?);
        Some(Value::Array(lenses::lenses(&self.world, &path, self.encoding)))
    }

    fn actions(&self, parameters: &Value) -> Option<Value> {
        let (path, document) = self.documents.of(parameters)?;
        let lines = Lines::new(&document.text, self.encoding);
        let end = |name: &str| {
            parameters.pointer(&format!("/range/{name}")).map_or(0, |position| lines.offset(position))
        };
        let (start, stop) = (end("start"), end("end"));
        let word = word(&document.text, start);
        let context = Context::of(&document.text, word.start);
        let range = lines.range(word.start, word.end);
        let mut offered: Vec<Value> =
            actions::spelling(&context, word, &document.uri, &range).into_iter().collect();
        offered.extend(actions::proposed(&self.world, &path, (start, stop), self.encoding, &self.documents));
        Some(Value::Array(offered))
    }
}
