//! From values to the trees that plans are read from: attributes with what is open in them, and policies.

use std::borrow::Cow;
use std::rc::Rc;

use super::choice::unwrapped;
use super::decode;
use super::machine::Machine;
use super::operate;
use super::show;
use super::value::{Text, V, Val};
use crate::json::{Member, Node, Value};
use crate::load::made;
use crate::name::symbol;
use crate::source::{Span, Spanned};

/// Tests of one statement that are written out; past them the statement is open.
const MAX_TESTS: usize = 4;

/// Values in values.
const MAX_DEPTH: usize = 64;

/// Which elements the statements of a policy have, where nothing else is known of them.
#[derive(Copy, Clone, Debug)]
pub(super) struct Shape {
    pub(super) principal: bool,
    pub(super) resource: bool,
    /// Whether `content` holds the policy, and not what an object holds.
    pub(super) content: bool,
}

/// What an attribute holds.
pub(super) enum Held {
    Unset,
    Known {
        value: Node<'static>,
        mask: Option<Node<'static>>,
    },
    /// Nothing is known of it.
    Open(Node<'static>),
}

fn string(text: impl Into<String>, at: Span) -> Node<'static> {
    made::string(text.into(), at)
}

/// A symbol for a value that is open.
fn open(graph: &dyn Machine, value: &Val) -> Node<'static> {
    let name = match &value.v {
        V::Hole(hole) | V::Rest(hole) => Rc::clone(&hole.name),
        _made => show::short(value).into(),
    };
    if let Some(hole) = value.first_hole()
        && graph.known_hole(&name).is_none()
    {
        graph.hole(Rc::clone(&name), Rc::clone(&hole.why), hole.at);
    }
    string(symbol::unknown(&name), value.at)
}

/// A text, a number, true or false; what is open is a symbol.
pub(super) fn scalar(graph: &dyn Machine, value: &Val) -> Node<'static> {
    let v = match &value.v {
        V::Null => Value::Null,
        V::Bool(value) => Value::Bool(*value),
        V::Num(number) => Value::Number(Cow::Owned(number.to_string())),
        V::Str(text) => Value::String(Cow::Owned(text.text.to_string())),
        V::Json(inner) => Value::String(Cow::Owned(show::json(inner))),
        V::Maybe(maybe) if matches!(&maybe.value.v, V::Str(text) if text.is_open()) => {
            return scalar(graph, &maybe.value);
        }
        V::Hole(_)
        | V::Rest(_)
        | V::Choice(_)
        | V::Maybe(_)
        | V::Resource(_)
        | V::Refused(_)
        | V::List(_)
        | V::Set(_)
        | V::Map(_) => return open(graph, value),
    };
    Node { span: value.at, value: v }
}

/// Attributes that hold a policy.
fn is_policy(name: &str, shape: Shape) -> bool {
    matches!(name, "policy" | "assume_role_policy") || name == "content" && shape.content
}

/// An attribute of a resource.
pub(super) fn attribute(graph: &dyn Machine, name: &str, value: &Val, shape: Shape) -> Held {
    attribute_in(graph, name, value, shape, MAX_DEPTH)
}

fn attribute_in(graph: &dyn Machine, name: &str, value: &Val, shape: Shape, depth: usize) -> Held {
    let Some(depth) = depth.checked_sub(1) else { return Held::Open(open(graph, value)) };
    let value = &value.clone().settled();
    if is_policy(name, shape) && !matches!(value.v, V::Null) {
        return policy(graph, value, shape);
    }
    match &value.v {
        V::Null => Held::Unset,
        V::Bool(_) | V::Num(_) | V::Str(_) | V::Json(_) => {
            Held::Known { value: scalar(graph, value), mask: None }
        }
        V::List(elements) | V::Set(elements) => {
            let is_blocks =
                elements.iter().any(|element| matches!(unwrapped(element.clone()).0.v, V::Map(_)));
            if is_blocks {
                return blocks(graph, value, elements, shape, depth);
            }
            let elements = elements.iter().map(|element| scalar(graph, element)).collect();
            Held::Known { value: Node { span: value.at, value: Value::Array(elements) }, mask: None }
        }
        V::Map(map) if map.rest.is_none() => {
            let (value, mask) = object(graph, value, map, shape, depth);
            Held::Known { value, mask }
        }
        V::Map(_) | V::Hole(_) | V::Rest(_) | V::Choice(_) | V::Maybe(_) | V::Resource(_) | V::Refused(_) => {
            Held::Open(open(graph, value))
        }
    }
}

fn object(
    graph: &dyn Machine,
    value: &Val,
    map: &super::value::Map,
    shape: Shape,
    depth: usize,
) -> (Node<'static>, Option<Node<'static>>) {
    let (mut members, mut masks) = (Vec::new(), Vec::new());
    for (name, (at, member)) in &map.members {
        let key = Spanned::new(Cow::Owned(name.to_string()), *at);
        match attribute_in(graph, name, member, shape, depth) {
            Held::Unset => {}
            Held::Open(node) => masks.push(Member { key, value: node }),
            Held::Known { value, mask } => {
                masks.extend(mask.map(|value| Member { key: key.clone(), value }));
                members.push(Member { key, value });
            }
        }
    }
    let node = |members| Node { span: value.at, value: Value::Object(members) };
    let mask = (!masks.is_empty()).then(|| node(masks));
    (node(members), mask)
}

/// Blocks of one name. One that may not be there makes all of them open.
fn blocks(graph: &dyn Machine, value: &Val, elements: &[Val], shape: Shape, depth: usize) -> Held {
    let (mut nodes, mut masks) = (Vec::new(), Vec::new());
    for element in elements {
        let V::Map(map) = &element.v else { return Held::Open(open(graph, value)) };
        let (node, mask) = object(graph, element, map, shape, depth);
        nodes.push(node);
        masks.push(mask.unwrap_or(Node { span: element.at, value: Value::Object(Vec::new()) }));
    }
    let array = |elements| Node { span: value.at, value: Value::Array(elements) };
    Held::Known { value: array(nodes), mask: Some(array(masks)) }
}

/// An attribute that holds a policy.
fn policy(graph: &dyn Machine, value: &Val, shape: Shape) -> Held {
    let builder = Builder { graph, shape };
    match &value.v {
        V::Json(inner) => builder.held(inner),
        V::Map(_) => builder.held(value),
        V::Str(text) if text.text.trim().is_empty() => Held::Unset,
        V::Str(text) => {
            let (root, problems) = decode::tree(text, value.at);
            let is_sound = !problems.iter().any(crate::diagnostic::Diagnostic::is_error);
            graph.tell(problems);
            match root.filter(|_| is_sound) {
                Some(root) if symbol::is_unknown_in(&text.text) => builder.held(&decode::of_node(&root)),
                Some(root) => Held::Known { value: root, mask: None },
                None => {
                    let hole = graph.hole("a policy that cannot be read", "it is not JSON", value.at);
                    Held::Open(open(graph, &hole))
                }
            }
        }
        V::Choice(_) => {
            let mut statements = Vec::new();
            let mut version = None;
            builder.sides(value, &mut Vec::new(), &mut statements, &mut version);
            Held::Known { value: builder.document(value.at, version, None, statements), mask: None }
        }
        V::Maybe(maybe) => policy(graph, &maybe.value, shape),
        V::Null => Held::Unset,
        V::Bool(_)
        | V::Num(_)
        | V::List(_)
        | V::Set(_)
        | V::Hole(_)
        | V::Rest(_)
        | V::Resource(_)
        | V::Refused(_) => Held::Open(open(graph, value)),
    }
}

/// A test and the side on which something counts.
type Guard = (Rc<str>, bool);

struct Builder<'g> {
    graph: &'g dyn Machine,
    shape: Shape,
}

impl Builder<'_> {
    fn held(&self, document: &Val) -> Held {
        match &document.v {
            V::Map(map) if map.members.contains_key("Statement") => {
                let get = |name: &str| map.members.get(name).map(|(_, value)| value);
                let mut statements = Vec::new();
                if let Some(list) = get("Statement") {
                    self.statements(list, &mut Vec::new(), &mut statements);
                }
                let version = get("Version").filter(|version| version.is_known()).map(|v| self.leaf(v));
                let id = get("Id").filter(|id| id.is_known()).map(|id| self.leaf(id));
                Held::Known { value: self.document(document.at, version, id, statements), mask: None }
            }
            V::Map(map) if map.rest.is_none() => Held::Known { value: self.plain(document), mask: None },
            V::Choice(_) => {
                let (mut statements, mut version) = (Vec::new(), None);
                self.sides(document, &mut Vec::new(), &mut statements, &mut version);
                Held::Known { value: self.document(document.at, version, None, statements), mask: None }
            }
            V::Null => Held::Unset,
            V::Str(text) if !is_whole_symbol(text) => {
                Held::Known { value: string(&*text.text, document.at), mask: None }
            }
            _open => Held::Open(open(self.graph, document)),
        }
    }

    /// The statements of both sides of a document that is one of two.
    fn sides(
        &self,
        value: &Val,
        guards: &mut Vec<Guard>,
        out: &mut Vec<Node<'static>>,
        version: &mut Option<Node<'static>>,
    ) {
        match &value.v {
            V::Choice(choice) if guards.len() <= MAX_TESTS => {
                for (inner, side) in [(&choice.yes, true), (&choice.no, false)] {
                    guards.push((Rc::clone(&choice.test), side));
                    self.sides(inner, guards, out, version);
                    guards.pop();
                }
            }
            V::Json(inner) => self.sides(inner, guards, out, version),
            V::Map(map) => {
                if let Some((_, statements)) = map.members.get("Statement") {
                    self.statements(statements, guards, out);
                }
                let own = map.members.get("Version").map(|(_, value)| self.leaf(value));
                *version = version.take().or(own);
            }
            V::Str(text) if !text.text.trim().is_empty() => match decode::value(text, value.at) {
                Ok(inner) if matches!(inner.v, V::Map(_)) => self.sides(&inner, guards, out, version),
                _other => self.open_statement(value, guards, out),
            },
            V::Str(_) | V::Null | V::Refused(_) => {}
            V::Bool(_)
            | V::Num(_)
            | V::List(_)
            | V::Set(_)
            | V::Hole(_)
            | V::Choice(_)
            | V::Maybe(_)
            | V::Rest(_)
            | V::Resource(_) => self.open_statement(value, guards, out),
        }
    }

    fn document(
        &self,
        at: Span,
        version: Option<Node<'static>>,
        id: Option<Node<'static>>,
        statements: Vec<Node<'static>>,
    ) -> Node<'static> {
        let statements = Node { span: at, value: Value::Array(statements) };
        let members = [("Version", version), ("Id", id), ("Statement", Some(statements))];
        let members = members.into_iter().filter_map(|(name, value)| {
            let value = value?;
            Some(Member { key: Spanned::new(Cow::Borrowed(name), value.span), value })
        });
        Node { span: at, value: Value::Object(members.collect()) }
    }

    fn statements(&self, value: &Val, guards: &mut Vec<Guard>, out: &mut Vec<Node<'static>>) {
        match &value.v {
            V::List(elements) | V::Set(elements) => {
                elements.iter().for_each(|element| self.statements(element, guards, out));
            }
            V::Maybe(maybe) => {
                guards.push((Rc::clone(&maybe.test), maybe.side));
                self.statements(&maybe.value, guards, out);
                guards.pop();
            }
            V::Choice(choice) if guards.len() <= MAX_TESTS => {
                let (yes, no) = (choice.yes.elements(), choice.no.elements());
                // What is there on both sides does not depend on the test.
                let both = |element: &Val| {
                    let is_in = |list: &Rc<Vec<Val>>| {
                        list.iter().any(|other| other.at == element.at && operate::same(other, element))
                    };
                    yes.is_some_and(is_in) && no.is_some_and(is_in)
                };
                for element in yes.iter().flat_map(|list| list.iter()).filter(|element| both(element)) {
                    self.statements(element, guards, out);
                }
                for (inner, side) in [(&choice.yes, true), (&choice.no, false)] {
                    guards.push((Rc::clone(&choice.test), side));
                    let alone = match inner.elements() {
                        Some(list) => {
                            Val::list(list.iter().filter(|e| !both(e)).cloned().collect(), inner.at)
                        }
                        None => inner.clone(),
                    };
                    self.statements(&alone.on_side(&choice.test, side), guards, out);
                    guards.pop();
                }
            }
            V::Map(map) if map.rest.is_none() => self.statement(value, guards, out),
            V::Refused(_) => {}
            V::Null | V::Bool(_) | V::Num(_) => out.push(self.leaf(value)),
            V::Str(text) if !is_whole_symbol(text) => out.push(self.leaf(value)),
            V::Str(_) | V::Json(_) | V::Map(_) | V::Hole(_) | V::Choice(_) | V::Rest(_) | V::Resource(_) => {
                self.open_statement(value, guards, out);
            }
        }
    }

    fn statement(&self, value: &Val, guards: &mut Vec<Guard>, out: &mut Vec<Node<'static>>) {
        if let Some(test) = value.first_test() {
            if guards.len() > MAX_TESTS {
                self.open_statement(value, guards, out);
                return;
            }
            for side in [true, false] {
                let known = guards.iter().find(|(own, _)| *own == test).map(|(_, own)| *own);
                if known.is_none_or(|own| own == side) {
                    guards.push((Rc::clone(&test), side));
                    self.statement(&value.on_side(&test, side), guards, out);
                    guards.pop();
                }
            }
            return;
        }
        let Some(map) = value.as_map() else { return };
        let at = value.at;
        let (mut members, mut lines) = (Vec::new(), Vec::new());
        let mut effect_is_open = None;
        for (name, (key_at, member)) in &map.members {
            let is_open = matches!(&member.v, V::Hole(_) | V::Rest(_))
                || matches!(&member.v, V::Str(text) if is_whole_symbol(text) && is_structure(name))
                || matches!(&member.v, V::Map(map) if map.rest.is_some());
            let key = Spanned::new(Cow::Owned(name.to_string()), *key_at);
            match (&**name, is_open) {
                ("Principal" | "NotPrincipal" | "Condition", true) => {
                    let switch = open(self.graph, member);
                    lines.push(Member {
                        key: Spanned::new(switch.value_text().into(), member.at),
                        value: string("true", member.at),
                    });
                    if name.starts_with("Condition") {
                        // What is known of it holds beside what is not.
                        if let V::Map(known) = &member.v {
                            let inner = Val::new(
                                V::Map(Rc::new(super::value::Map {
                                    members: known.members.clone(),
                                    rest: None,
                                })),
                                member.at,
                            );
                            members.push(Member { key, value: self.plain(&inner) });
                        }
                    } else {
                        let key = Spanned::new(Cow::Borrowed("Principal"), *key_at);
                        members.push(Member { key, value: string("*", member.at) });
                    }
                }
                ("Principal" | "NotPrincipal" | "Condition", false) if member.is_null() => {}
                ("Effect", true) => effect_is_open = Some(open(self.graph, member)),
                ("Sid", _) if !member.is_known() => {}
                (_, _) => members.push(Member { key, value: self.plain(member) }),
            }
        }
        let with = |effect: Option<(&str, &Node<'static>)>| {
            let mut members = members.clone();
            let mut lines = lines.clone();
            if let Some((effect, switch)) = effect {
                let key = Spanned::new(Cow::Borrowed("Effect"), switch.span);
                members.push(Member { key, value: string(effect, switch.span) });
                let side = if effect == "Allow" { "allows" } else { "denies" };
                let key = Spanned::new(Cow::Owned(switch.value_text()), switch.span);
                lines.push(Member { key, value: string(side, switch.span) });
            }
            self.guarded(Node { span: at, value: Value::Object(members) }, guards, lines)
        };
        match &effect_is_open {
            None => out.push(with(None)),
            Some(switch) => out.extend(["Allow", "Deny"].map(|effect| with(Some((effect, switch))))),
        }
    }

    fn guarded(
        &self,
        mut statement: Node<'static>,
        guards: &[Guard],
        lines: Vec<Member<'static>>,
    ) -> Node<'static> {
        let at = statement.span;
        let mut told: Vec<&Guard> = Vec::new();
        for guard in guards {
            if !told.contains(&guard) {
                told.push(guard);
            }
        }
        let mut all: Vec<Member<'static>> = told
            .into_iter()
            .map(|(test, side)| {
                if self.graph.known_hole(test).is_none() {
                    self.graph.hole(Rc::clone(test), "it depends on a value that is not known", at);
                }
                made::line(symbol::unknown(test), if *side { "true" } else { "false" }, at)
            })
            .collect();
        all.extend(lines);
        if !all.is_empty() {
            made::guard(&mut statement, all, at);
        }
        statement
    }

    /// A statement of which nothing is known: it may allow anything, or deny it.
    fn open_statement(&self, value: &Val, guards: &[Guard], out: &mut Vec<Node<'static>>) {
        let at = value.at;
        let switch = open(self.graph, value);
        for (effect, side) in [("Allow", "allows"), ("Deny", "denies")] {
            let mut members = vec![("Effect", effect), ("Action", "*")];
            if self.shape.principal {
                members.push(("Principal", "*"));
            }
            if self.shape.resource {
                members.push(("Resource", "*"));
            }
            let members = members.into_iter().map(|(name, text)| Member {
                key: Spanned::new(Cow::Borrowed(name), at),
                value: string(text, at),
            });
            let statement = Node { span: at, value: Value::Object(members.collect()) };
            let key = Spanned::new(Cow::Owned(switch.value_text()), at);
            let line = Member { key, value: string(side, at) };
            out.push(self.guarded(statement, guards, vec![line]));
        }
    }

    fn leaf(&self, value: &Val) -> Node<'static> {
        scalar(self.graph, value)
    }

    /// A value as it is, holes as symbols.
    fn plain(&self, value: &Val) -> Node<'static> {
        match &value.v {
            V::List(elements) | V::Set(elements) => {
                let elements = elements.iter().map(|element| self.plain(element)).collect();
                Node { span: value.at, value: Value::Array(elements) }
            }
            V::Map(map) => {
                let members = map.members.iter().map(|(name, (at, member))| Member {
                    key: Spanned::new(Cow::Owned(name.to_string()), *at),
                    value: self.plain(member),
                });
                Node { span: value.at, value: Value::Object(members.collect()) }
            }
            V::Null
            | V::Bool(_)
            | V::Num(_)
            | V::Str(_)
            | V::Hole(_)
            | V::Json(_)
            | V::Choice(_)
            | V::Maybe(_)
            | V::Rest(_)
            | V::Resource(_)
            | V::Refused(_) => self.leaf(value),
        }
    }
}

/// Elements of a statement that are not plain text where they are open.
fn is_structure(name: &str) -> bool {
    matches!(name, "Principal" | "NotPrincipal" | "Condition" | "Effect")
}

/// Whether a text is one symbol that may stand for anything.
fn is_whole_symbol(text: &Text) -> bool {
    let inside = text.text.strip_prefix('«').and_then(|rest| rest.strip_suffix('»'));
    inside.is_some_and(|name| !name.contains(['«', '»']))
}

trait Written {
    fn value_text(&self) -> String;
}

impl Written for Node<'_> {
    fn value_text(&self) -> String {
        self.as_str().unwrap_or_default().to_owned()
    }
}
