//! What to say where a text is no YAML.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// A part of what the scanner complains of, in our words, and the way out.
const WORDS: &[(&str, &str, &str)] = &[
    ("tab", "a tab indents this line", "indent with spaces: YAML takes no tabs there"),
    ("unexpected end of stream", "this text in quotes does not end", "close the quotes"),
    ("unexpected document indicator", "this text in quotes does not end", "close the quotes"),
    (
        "indentation in quoted",
        "this text in quotes does not end, or goes on in a line that is not indented",
        "close the quotes, and indent all lines of the text",
    ),
    (
        "after double-quoted",
        "something follows the text in quotes",
        "put all of the text into the quotes, or a comma between two values",
    ),
    (
        "escape",
        "a backslash and what follows mean nothing here",
        "write `\\\\` for a backslash, or put the text in single quotes, where it is an ordinary character",
    ),
    (
        "hexadecimal",
        "the number of a character is cut off",
        "write all its hexadecimal digits: two behind `\\x`, four behind `\\u`",
    ),
    (
        "mapping values are not allowed",
        "there is a second `: ` in this line",
        "put text that holds `: ` in quotes, or begin a new line and indent it",
    ),
    (
        "illegal placement",
        "a key in brackets ends in another line than it began",
        "close the brackets above, or put key and `:` into one line",
    ),
    ("simple key", "this line has no value", "write `key: value`, with a blank behind the colon"),
    ("unknown anchor", "nothing above is named so", "write `&name` before the value that `*name` repeats"),
    ("handle wasn't declared", "this kind of tag is not declared", "write the tag as `!Name`"),
    (
        "block sequence entries are not allowed",
        "a list cannot begin here",
        "begin a new line for the first `-`",
    ),
    ("mapping keys are not allowed", "a key cannot begin here", "begin a new line for it"),
    (
        "did not find expected key",
        "this line does not belong to the mapping above",
        "indent it as the keys of the same mapping are",
    ),
    (
        "expected '-' indicator",
        "this line does not belong to the list above",
        "indent it as the other items are and begin it with `- `",
    ),
    ("flow mapping, did not find", "there is no `,` or `}` where one must be", "close the braces"),
    ("flow sequence, expected", "there is no `,` or `]` where one must be", "close the brackets"),
    ("misplaced bracket", "nothing is open that this closes", "take it out, or put the text in quotes"),
    ("unexpected character", "plain text cannot begin with this character", "put the text in quotes"),
    (
        "block scalar",
        "the head or the indentation of this block of text is wrong",
        "write `|` or `>` alone, and indent all lines below alike",
    ),
    ("comment intercepting", "a comment interrupts a text of several lines", "move it before the text"),
    ("indentation", "this line is not indented enough", "indent it further than the line it belongs to"),
    ("recursion limit", "brackets are nested too deeply", "nest less deeply"),
    ("unprintable", "this character cannot be in YAML", "take it out"),
    ("byte order mark", "a byte-order mark is inside the text", "take it out"),
    ("a tag", "this is not a tag", "write `!Name`, with a blank behind it"),
    ("anchor or alias", "this has no name", "put text that begins with `*` or `&` in quotes"),
    ("<document start>", "something follows the end of the document", "begin another document with `---`"),
    ("document end marker", "something follows `...`", "begin a new line"),
    ("directive", "this is not a directive", "put text that begins with `%` in quotes"),
    (
        "did not find expected node content",
        "a value is expected here",
        "write the value, or take out what announces it",
    ),
];

/// What the scanner said of the place where it gave up.
pub(super) fn syntax(span: Span, info: &str, found: Option<u8>) -> Diagnostic {
    if found == Some(b'!') && info.contains("expected node content") {
        return Diagnostic::new(Code::YamlSyntax, span, "one value cannot have two tags")
            .help("write the outer function in its long form: `Fn::Base64: !Sub …`");
    }
    let known = WORDS.iter().find(|(part, _, _)| info.contains(part));
    let (message, help) = known.map_or(
        (
            "this is not YAML",
            "put text with special characters in quotes, and indent what belongs together alike",
        ),
        |(_, message, help)| (*message, *help),
    );
    Diagnostic::new(Code::YamlSyntax, span, message).help(help)
}

pub(super) fn complex_key(span: Span) -> Diagnostic {
    Diagnostic::new(Code::YamlSyntax, span, "a mapping, list or tag cannot be the name of a member")
        .help("put the key in quotes if it is text that begins with one of `[ { ! *`")
}

pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(Code::JsonTooDeep, span, "nested too deeply, so what is inside was not read")
        .help("no template and no manifest needs so many levels")
}

pub(super) fn unknown_alias(span: Span) -> Diagnostic {
    Diagnostic::new(Code::YamlSyntax, span, "this repeats something that is not complete before it")
        .help("an alias stands behind its anchor, in the same document, and outside of what it repeats")
}

pub(super) fn too_much(span: Span) -> Diagnostic {
    Diagnostic::new(Code::YamlSyntax, span, "all aliases together repeat too much, so this one was not read")
        .help("write out what is meant, without aliases of aliases")
}
