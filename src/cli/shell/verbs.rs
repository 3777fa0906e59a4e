//! What a session understands beside the commands of the program.

/// A verb, its form, and what it does.
pub(super) struct Verb {
    pub(super) name: &'static str,
    pub(super) form: &'static str,
    pub(super) about: &'static str,
}

const fn verb(name: &'static str, form: &'static str, about: &'static str) -> Verb {
    Verb { name, form, about }
}

/// In the order of `help`.
pub(super) const VERBS: &[Verb] = &[
    verb(
        "can",
        "can ROLE [OPERATION|ACTION] TARGET…",
        "ask; every command of the program can be written like this",
    ),
    verb("as", "as ROLE", "the last question, of another principal"),
    verb("again", "again", "the last question once more"),
    verb("why", "why [ACTION]", "what each gate of the last answer rests on"),
    verb("open", "open N", "the text of what `why` or `fix` lists"),
    verb("next", "next", "the text behind it"),
    verb("back", "back", "the text before it"),
    verb("need", "need allow|deny", "which requests are allowed, or denied"),
    verb("set", "set KEY VALUE", "a context key of every request; `set aws:SourceVpce vpce-0a1b2c3d`"),
    verb("absent", "absent KEY", "a context key that no request has"),
    verb("unset", "unset KEY|all", "take a circumstance back"),
    verb(
        "from-ip",
        "from-ip IP",
        "also from-endpoint, from-vpc, from-private-ip and session-name, as options of can",
    ),
    verb("ctx", "ctx", "the circumstances in force"),
    verb("what-if", "what-if EDIT", "edit in memory and ask again: docs/what-if.md lists the edits"),
    verb("fix", "fix [N]", "the changes that the last answer proposes; with a number, make it in memory"),
    verb("undo", "undo", "take the last edit back"),
    verb("redo", "redo", "make it again"),
    verb("edits", "edits", "the edits in force"),
    verb("patch", "patch [FILE]", "the edits as a unified diff of the files, for `git apply`"),
    verb("save", "save [now]", "what the edits would write into the files; `save now` writes it"),
    verb("record", "record", "append the last question and its verdict to the manifest as an [[expect]] row"),
    verb("load", "load FILE", "read this file too; edits are kept"),
    verb("reload", "reload", "read the files again; edits are kept"),
    verb("help", "help [VERB]", "this list, or one verb"),
    verb("quit", "quit", "leave; the end of the input does too"),
];

/// The first words of lines.
pub(super) fn names() -> impl Iterator<Item = &'static str> + Clone {
    VERBS.iter().map(|verb| verb.name)
}
