//! What readers of manifests, requests and AWS answers share: taking members by name and type, and saying what
//! does not fit.

use super::{Member, Node, Value};
use crate::diagnostic::{Code, Diagnostic, did_you_mean, nearest};
use crate::source::{Span, Spanned};

/// Reads objects and notes what does not fit.
///
/// A strict reader is for documents people write for us: an unknown member is a slip, and `null` is not a value.
/// A lax one is for documents AWS and other tools write: they hold much we have no use for, and `null` where
/// they have nothing to say.
#[derive(Debug)]
pub struct Reader<'p> {
    problems: &'p mut Vec<Diagnostic>,
    strict: bool,
}

impl<'p> Reader<'p> {
    /// A reader that reports members that are not read.
    pub fn strict(problems: &'p mut Vec<Diagnostic>) -> Self {
        Self { problems, strict: true }
    }

    /// A reader that ignores members that are not read.
    pub fn lax(problems: &'p mut Vec<Diagnostic>) -> Self {
        Self { problems, strict: false }
    }

    /// The members of an object, which is `what` (with its article: “a role”). `known` are all the names it may
    /// have; a lax reader does not look at them. `None`, and a problem, when the node is no object.
    pub fn object<'n, 's>(
        self,
        node: &'n Node<'s>,
        what: &'static str,
        known: &'static [&'static str],
    ) -> Option<Members<'n, 's, 'p>> {
        if !node.is_object() {
            self.problems.extend(mismatch(node, &format!("an object for {what}")));
            return None;
        }
        let members = Members { reader: self, node, what, known };
        if members.reader.strict {
            for member in node.members() {
                if !known.contains(&&*member.key.value) {
                    members.reader.problems.push(unknown(member, what, known));
                }
            }
        }
        Some(members)
    }
}

/// An object being read. A getter gives `None` when there is no such member, or when it is not of the type asked
/// for and a problem says so.
#[derive(Debug)]
pub struct Members<'n, 's, 'p> {
    reader: Reader<'p>,
    node: &'n Node<'s>,
    what: &'static str,
    known: &'static [&'static str],
}

impl<'n, 's> Members<'n, 's, '_> {
    /// The place of the object.
    pub fn span(&self) -> Span {
        self.node.span
    }

    /// All members, known or not: for objects whose names are data.
    pub fn all(&self) -> &'n [Member<'s>] {
        self.node.members()
    }

    /// Where to note what else is wrong.
    pub fn problems(&mut self) -> &mut Vec<Diagnostic> {
        self.reader.problems
    }

    /// A reader as strict as this one, for objects inside this one.
    pub fn reader(&mut self) -> Reader<'_> {
        Reader { problems: self.reader.problems, strict: self.reader.strict }
    }

    /// An object inside this one, from [`table`](Self::table), [`tables`](Self::tables) or [`node`](Self::node).
    pub fn child<'m>(
        &mut self,
        node: &'m Node<'s>,
        what: &'static str,
        known: &'static [&'static str],
    ) -> Option<Members<'m, 's, '_>> {
        self.reader().object(node, what, known)
    }

    /// A value of any type.
    pub fn node(&mut self, name: &str) -> Option<&'n Node<'s>> {
        let node = self.node.get(name)?;
        // Nothing at all, or something the parser has complained about.
        let absent = node.value == Value::Invalid || (!self.reader.strict && node.value == Value::Null);
        (!absent).then_some(node)
    }

    /// The text of a member; another type is a problem.
    pub fn text(&mut self, name: &str) -> Option<Spanned<&'n str>> {
        self.typed(name, "a string", Node::as_str)
    }

    /// The value of a member that is `true` or `false`; another type is a problem.
    pub fn boolean(&mut self, name: &str) -> Option<Spanned<bool>> {
        self.typed(name, "true or false", Node::as_bool)
    }

    /// A whole number that fits 64 bits.
    pub fn integer(&mut self, name: &str) -> Option<Spanned<i64>> {
        self.typed(name, "a whole number", Node::as_integer)
    }

    /// One string, or an array of strings. Elements of another type are left out, and a problem says so.
    pub fn texts(&mut self, name: &str) -> Option<Vec<Spanned<&'n str>>> {
        let node = self.node(name)?;
        if let Some(text) = node.as_str() {
            return Some(vec![Spanned::new(text, node.span)]);
        }
        let elements = self.array(node, name, "a string or an array of strings")?;
        Some(self.each(elements, name, "a string", Node::as_str))
    }

    /// An object.
    pub fn table(&mut self, name: &str) -> Option<&'n Node<'s>> {
        Some(self.typed(name, "an object", |node| node.is_object().then_some(node))?.value)
    }

    /// An array of objects. Elements of another type are left out, and a problem says so.
    pub fn tables(&mut self, name: &str) -> Option<Vec<&'n Node<'s>>> {
        let node = self.node(name)?;
        let elements = self.array(node, name, "an array of objects")?;
        let tables = self.each(elements, name, "an object", |node| node.is_object().then_some(node));
        Some(tables.into_iter().map(|table| table.value).collect())
    }

    /// The value of a member; its absence is a problem.
    pub fn required_node(&mut self, name: &str) -> Option<&'n Node<'s>> {
        self.require(name);
        self.node(name)
    }

    /// The text of a member; its absence or another type is a problem.
    pub fn required_text(&mut self, name: &str) -> Option<Spanned<&'n str>> {
        self.require(name);
        self.text(name)
    }

    /// The value of a member that is `true` or `false`; its absence or another type is a problem.
    pub fn required_boolean(&mut self, name: &str) -> Option<Spanned<bool>> {
        self.require(name);
        self.boolean(name)
    }

    /// The value of a member that is an integer; its absence or another type is a problem.
    pub fn required_integer(&mut self, name: &str) -> Option<Spanned<i64>> {
        self.require(name);
        self.integer(name)
    }

    /// The texts of a member that is a list of them; its absence or another type is a problem.
    pub fn required_texts(&mut self, name: &str) -> Option<Vec<Spanned<&'n str>>> {
        self.require(name);
        self.texts(name)
    }

    /// The value of a member that is an object; its absence or another type is a problem.
    pub fn required_table(&mut self, name: &str) -> Option<&'n Node<'s>> {
        self.require(name);
        self.table(name)
    }

    /// The objects of a member that is a list of them; its absence or another type is a problem.
    pub fn required_tables(&mut self, name: &str) -> Option<Vec<&'n Node<'s>>> {
        self.require(name);
        self.tables(name)
    }

    fn require(&mut self, name: &str) {
        let absent = match self.node.get(name) {
            None => true,
            Some(node) => !self.reader.strict && node.value == Value::Null,
        };
        if absent && !self.is_misspelt(name) {
            let message = format!("{} needs `{name}`", self.what);
            let problem = Diagnostic::new(Code::MissingKey, self.node.span, message);
            self.reader.problems.push(problem.help(format!("add `{name}`")));
        }
    }

    /// Whether an unknown member, which was complained of, is probably this one.
    pub fn is_misspelt(&self, name: &str) -> bool {
        let mut unknown = self.node.members().iter().filter(|m| !self.known.contains(&&*m.key.value));
        self.reader.strict && unknown.any(|m| nearest(&m.key.value, self.known.iter().copied()) == Some(name))
    }

    fn typed<T>(
        &mut self,
        name: &str,
        expected: &str,
        get: impl Fn(&'n Node<'s>) -> Option<T>,
    ) -> Option<Spanned<T>> {
        let node = self.node(name)?;
        let value = get(node);
        if value.is_none() {
            self.reader.problems.extend(mismatch(node, &format!("{expected} for `{name}`")));
        }
        value.map(|value| Spanned::new(value, node.span))
    }

    fn array(&mut self, node: &'n Node<'s>, name: &str, expected: &str) -> Option<&'n [Node<'s>]> {
        if let Value::Array(elements) = &node.value {
            return Some(elements);
        }
        self.reader.problems.extend(mismatch(node, &format!("{expected} for `{name}`")));
        None
    }

    fn each<T>(
        &mut self,
        elements: &'n [Node<'s>],
        name: &str,
        expected: &str,
        get: impl Fn(&'n Node<'s>) -> Option<T>,
    ) -> Vec<Spanned<T>> {
        let mut values = Vec::with_capacity(elements.len());
        for element in elements {
            match get(element) {
                Some(value) => values.push(Spanned::new(value, element.span)),
                None => self.reader.problems.extend(mismatch(element, &format!("{expected} in `{name}`"))),
            }
        }
        values
    }
}

/// A value of the wrong type; nothing when the parser has complained about it.
fn mismatch(node: &Node<'_>, expected: &str) -> Option<Diagnostic> {
    let message = format!("expected {expected}, found {}", node.kind());
    (node.value != Value::Invalid).then(|| Diagnostic::new(Code::DataTypeMismatch, node.span, message))
}

fn unknown(member: &Member<'_>, what: &str, known: &[&'static str]) -> Diagnostic {
    let key = &member.key;
    let names = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let names = format!("{what} may have {names}");
    let help = match did_you_mean(&key.value, known.iter().copied()) {
        Some(guess) => format!("{guess} {names}"),
        None => names,
    };
    Diagnostic::new(Code::UnknownKey, key.span, format!("{what} has no `{}`", key.value)).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;
    use crate::source::SourceId;

    const TEXT: &str = r#"{
        "name": "reader", "count": 12, "half": 1.5, "on": true, "none": null,
        "one": "a", "many": ["a", "b", 3], "table": {"x": 1}, "tables": [{"x": 1}, 2], "nmae": []
    }"#;
    const KNOWN: &[&str] = &["name", "count", "half", "on", "none", "one", "many", "table", "tables"];

    fn messages(problems: &[Diagnostic]) -> Vec<String> {
        let text =
            |p: &Diagnostic| TEXT.get(p.span.unwrap().start as usize..p.span.unwrap().end as usize).unwrap();
        problems.iter().map(|p| format!("{}: {} @ {:.12}", p.code, p.message, text(p))).collect()
    }

    #[test]
    fn values_of_the_right_type() {
        let root = parse(SourceId::LONE, TEXT).root.unwrap();
        let mut problems = Vec::new();
        let mut members = Reader::lax(&mut problems).object(&root, "a thing", &[]).unwrap();
        assert_eq!(members.text("name").unwrap().value, "reader");
        assert_eq!(members.integer("count").unwrap().value, 12);
        assert!(members.required_boolean("on").unwrap().value);
        assert_eq!(members.texts("one").unwrap().len(), 1);
        assert_eq!(members.text("none"), None);
        assert_eq!(members.text("absent"), None);
        let table = members.required_table("table").unwrap();
        assert_eq!(members.child(table, "a part", &["x"]).unwrap().integer("x").unwrap().value, 1);
        assert_eq!(problems, []);
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let root = parse(SourceId::LONE, TEXT).root.unwrap();
        let mut problems = Vec::new();
        let mut members = Reader::strict(&mut problems).object(&root, "a thing", KNOWN).unwrap();
        assert_eq!(members.text("count"), None);
        assert_eq!(members.integer("half"), None);
        assert_eq!(members.text("none"), None);
        assert_eq!(members.texts("many").unwrap().len(), 2);
        assert_eq!(members.tables("tables").unwrap().len(), 1);
        assert_eq!(members.required_text("absent"), None);
        let one = members.node("one").unwrap();
        assert!(members.child(one, "a part", &[]).is_none());
        assert_eq!(
            messages(&problems),
            [
                "unknown-key: a thing has no `nmae` @ \"nmae\"",
                "data-type-mismatch: expected a string for `count`, found a number @ 12",
                "data-type-mismatch: expected a whole number for `half`, found a number @ 1.5",
                "data-type-mismatch: expected a string for `none`, found null @ null",
                "data-type-mismatch: expected a string in `many`, found a number @ 3",
                "data-type-mismatch: expected an object in `tables`, found a number @ 2",
                "missing-key: a thing needs `absent` @ {\n        \"n",
                "data-type-mismatch: expected an object for a part, found a string @ \"a\"",
            ]
        );
        let help = problems[0].help.as_deref().unwrap();
        assert!(help.starts_with("did you mean `name`? a thing may have `name`, `count`"), "{help}");
    }
}
