//! Messages over standard input and output. A message that is none is answered as JSON-RPC wants it, and ends nothing; where it
//! is not clear any more where the next one begins, the session ends.
//!
//! Sources: <https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#baseProtocol>,
//! <https://www.jsonrpc.org/specification#error_object>

use std::io::{self, BufRead, Read as _};
use std::thread::{self, JoinHandle};

use lsp_server::{Connection, ErrorCode, Message};
use serde_json::{Value, json};

use crate::cli::output::to_stdout;

/// A longer message is not read: editors send whole files, and no file that is read may be longer.
const LONGEST: u64 = 512 << 20;

/// Longer lines are no headers.
const LONGEST_LINE: u64 = 4 << 10;

/// What carries messages.
pub(super) struct Transport {
    reader: JoinHandle<io::Result<()>>,
    writer: JoinHandle<()>,
}

impl Transport {
    /// Begins to read and write.
    pub(super) fn stdio() -> (Connection, Self) {
        let (server, editor) = Connection::memory();
        let Connection { sender, receiver } = editor;
        let reader =
            thread::spawn(move || read(&mut io::stdin().lock(), |message| sender.send(message).is_ok()));
        let writer = thread::spawn(move || {
            for message in receiver {
                // An editor that is gone is noticed where its messages are read.
                let _ = to_stdout(|mut out| message.write(&mut out));
            }
        });
        (server, Self { reader, writer })
    }

    /// Waits until everything was written. What was wrong with the input ended the session.
    pub(super) fn join(self) -> io::Result<()> {
        let gone = || io::Error::other("a part of the program has stopped");
        let read = self.reader.join().map_err(|_| gone())?;
        self.writer.join().map_err(|_| gone())?;
        read
    }
}

/// Hands on message after message, until the input ends or the editor says so.
fn read(input: &mut impl BufRead, mut hand_on: impl FnMut(Message) -> bool) -> io::Result<()> {
    while let Some(text) = next(input)? {
        match serde_json::from_slice::<Message>(&text) {
            Ok(message) => {
                let is_last = matches!(&message, Message::Notification(told) if told.method == "exit");
                if !hand_on(message) || is_last {
                    break;
                }
            }
            Err(error) => {
                let answer = refusal(&text, &error);
                let sent = to_stdout(|out| write!(out, "Content-Length: {}\r\n\r\n{answer}", answer.len()));
                if sent.is_err() {
                    break;
                }
            }
        }
    }
    Ok(())
}

/// The answer to what is no message. Which request it was to be is not known.
fn refusal(text: &[u8], error: &serde_json::Error) -> String {
    let (code, message) = match serde_json::from_slice::<Value>(text) {
        Ok(_) => {
            (ErrorCode::InvalidRequest, "this is not a request, a response or a notification".to_owned())
        }
        Err(_) => (ErrorCode::ParseError, format!("this is not JSON: {error}")),
    };
    json!({"jsonrpc": "2.0", "id": null, "error": {"code": code as i32, "message": message}}).to_string()
}

/// The text of the next message; none where the input ends between two of them.
fn next(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let wrong = |what: String| Err(io::Error::new(io::ErrorKind::InvalidData, what));
    let mut length: Option<u64> = None;
    let mut is_first = true;
    loop {
        let mut line = Vec::new();
        if input.take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return if is_first { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        is_first = false;
        let Some(header) = line.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok()) else {
            return wrong("a header is a line of ASCII".to_owned());
        };
        let header = header.trim_end_matches('\r');
        if header.is_empty() {
            break;
        }
        let Some((name, value)) = header.split_once(':') else {
            return wrong(format!("`{header}` is not a header"));
        };
        if name.trim().eq_ignore_ascii_case("content-length") {
            let Ok(number) = value.trim().parse() else {
                return wrong(format!("`{}` is not a length", value.trim()));
            };
            length = Some(number);
        }
    }
    let Some(length) = length else { return wrong("there is no Content-Length".to_owned()) };
    if length > LONGEST {
        return wrong(format!("a message of {length} bytes is longer than {} MiB", LONGEST >> 20));
    }
    // Grown as it is read: a length costs nothing before the bytes are there.
    let mut text = Vec::new();
    if input.take(length).read_to_end(&mut text)? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(text))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails loudly")]
mod tests {
    use super::*;

    fn all(input: &str) -> (Vec<String>, Option<String>) {
        let (mut input, mut texts) = (input.as_bytes(), Vec::new());
        loop {
            match next(&mut input) {
                Ok(Some(text)) => texts.push(String::from_utf8(text).unwrap()),
                Ok(None) => return (texts, None),
                Err(error) => return (texts, Some(error.to_string())),
            }
        }
    }

    #[test]
    fn messages_are_taken_apart() {
        let two = "Content-Length: 2\r\n\r\n{}content-length:3\nContent-Type: x\n\n[1]";
        assert_eq!(all(two), (vec!["{}".to_owned(), "[1]".to_owned()], None));
        for (input, error) in [
            ("hello\n\n", "`hello` is not a header"),
            ("Content-Length: x\r\n\r\n", "`x` is not a length"),
            ("Content-Length: -1\r\n\r\n", "`-1` is not a length"),
            ("Content-Type: x\r\n\r\n", "there is no Content-Length"),
            (
                "Content-Length: 999999999999\r\n\r\n{}",
                "a message of 999999999999 bytes is longer than 512 MiB",
            ),
            ("Content-Length: 9\r\n\r\n{}", "unexpected end of file"),
            ("Content-Length: 9\r\n", "unexpected end of file"),
        ] {
            assert_eq!(all(input), (Vec::new(), Some(error.to_owned())), "{input:?}");
        }
        let long = "x".repeat(1 << 20);
        assert_eq!(all(&long).1.unwrap(), "a header is a line of ASCII");
    }

    #[test]
    fn what_is_no_message_is_refused_as_json_rpc_wants_it() {
        let code = |text: &str| {
            let error = serde_json::from_str::<Message>(text).err().unwrap();
            let answer: Value = serde_json::from_str(&refusal(text.as_bytes(), &error)).unwrap();
            (answer.get("id").cloned(), answer.pointer("/error/code").and_then(Value::as_i64))
        };
        assert_eq!(code("{nope"), (Some(Value::Null), Some(-32700)));
        assert_eq!(code("[]"), (Some(Value::Null), Some(-32600)));
        assert_eq!(code(&"[".repeat(100_000)), (Some(Value::Null), Some(-32700)));
    }
}
