//! `.tf.json`: the same language as JSON, in which texts are templates.

use std::rc::Rc;

use super::number::Number;
use super::parse;
use super::syntax::{Attribute, Block, Body, Expr, Key, Kind, Token};
use crate::diagnostic::{Code, Diagnostic};
use crate::json::{self, Node, Value};
use crate::source::{SourceId, Span};

/// How many labels the blocks at the top have.
const LABELS: &[(&str, usize)] = &[
    ("check", 1),
    ("data", 2),
    ("ephemeral", 2),
    ("locals", 0),
    ("module", 1),
    ("output", 1),
    ("provider", 1),
    ("resource", 2),
    ("terraform", 0),
    ("variable", 1),
];

/// Members that are blocks wherever they stand, also where they look like attributes.
const BLOCKS: &[&str] = &["lifecycle", "provisioner", "connection", "dynamic", "backend", "content"];

struct Reader<'p> {
    source: SourceId,
    problems: &'p mut Vec<Diagnostic>,
    text: &'p str,
}

/// A file of JSON.
pub(super) fn file(source: SourceId, text: &str, problems: &mut Vec<Diagnostic>) -> Body {
    let mut parsed = json::parse(source, text);
    problems.append(&mut parsed.problems);
    let mut body = Body::default();
    let Some(root) = parsed.root else { return body };
    let mut reader = Reader { source, problems, text };
    for object in each(&root) {
        for member in object.members() {
            let labels = LABELS.iter().find(|(kind, _)| *kind == member.key.value).map(|(_, labels)| *labels);
            let Some(labels) = labels else { continue };
            reader.blocks(&member.key.value, labels, &mut Vec::new(), &member.value, &mut body.blocks);
        }
    }
    body
}

/// An object, or each object of a list.
fn each<'n, 's>(node: &'n Node<'s>) -> impl Iterator<Item = &'n Node<'s>> {
    node.is_object().then_some(node).into_iter().chain(node.elements().iter().filter(|node| node.is_object()))
}

impl Reader<'_> {
    fn blocks(
        &mut self,
        kind: &str,
        labels: usize,
        known: &mut Vec<Rc<str>>,
        node: &Node<'_>,
        out: &mut Vec<Block>,
    ) {
        for object in each(node) {
            if labels == known.len() {
                let body = self.body(kind, object);
                out.push(Block {
                    kind: kind.into(),
                    labels: known.clone(),
                    at: object.span,
                    head: object.span,
                    body,
                });
                continue;
            }
            for member in object.members() {
                known.push((&*member.key.value).into());
                self.blocks(kind, labels, known, &member.value, out);
                known.pop();
            }
        }
    }

    fn body(&mut self, kind: &str, object: &Node<'_>) -> Body {
        let mut body = Body::default();
        for member in object.members() {
            let name: &str = &member.key.value;
            if name == "//" {
                continue;
            }
            if name == "dynamic" {
                for inner in each(&member.value) {
                    self.blocks("dynamic", 1, &mut Vec::new(), inner, &mut body.blocks);
                }
                continue;
            }
            if BLOCKS.contains(&name) && !matches!(kind, "locals" | "variable") {
                self.blocks(
                    name,
                    usize::from(name == "backend"),
                    &mut Vec::new(),
                    &member.value,
                    &mut body.blocks,
                );
                continue;
            }
            // Types of variables, and names of providers, are references that are written as texts.
            let is_reference = matches!((kind, name), ("variable", "type") | (_, "provider" | "iterator"));
            let value = if is_reference { self.reference(&member.value) } else { self.expr(&member.value) };
            body.attributes.push(Attribute { name: name.into(), name_at: member.key.span, value });
        }
        body
    }

    fn reference(&mut self, node: &Node<'_>) -> Expr {
        match node.as_str().map(|text| parse::expression(self.source, text, node.span.start as usize + 1)) {
            Some(Ok(expr)) => expr,
            Some(Err(_)) | None => self.expr(node),
        }
    }

    fn expr(&mut self, node: &Node<'_>) -> Expr {
        let kind = match &node.value {
            Value::Null | Value::Invalid => Kind::Null,
            Value::Bool(value) => Kind::Bool(*value),
            Value::Number(number) => Number::parse(number).map_or(Kind::Broken, Kind::Number),
            Value::String(text) => self.template(text, node.span),
            Value::Array(elements) => Kind::List(elements.iter().map(|element| self.expr(element)).collect()),
            Value::Object(members) => Kind::Object(
                members
                    .iter()
                    .filter(|member| member.key.value != "//")
                    .map(|member| {
                        let key = if member.key.value.contains("${") {
                            let kind = self.template(&member.key.value, member.key.span);
                            Key::Computed(Expr::new(member.key.span, kind))
                        } else {
                            Key::Name((&*member.key.value).into(), member.key.span)
                        };
                        (key, self.expr(&member.value))
                    })
                    .collect(),
            ),
        };
        Expr::new(node.span, kind)
    }

    fn template(&mut self, text: &str, at: Span) -> Kind {
        if !text.contains("${") && !text.contains("%{") {
            return Kind::Text(text.into());
        }
        let inside = Span { start: at.start + 1, end: at.end.saturating_sub(1), ..at };
        let exact = self.text.get(inside.start as usize..inside.end as usize) == Some(text);
        match parse::template(self.source, text, inside.start as usize) {
            Ok(tokens) if exact => Kind::Template(tokens),
            // With escapes, places inside the text are those of the whole.
            Ok(tokens) => Kind::Template(
                tokens
                    .iter()
                    .map(|token| match token {
                        Token::Literal { text, .. } => {
                            Token::Literal { text: text.clone(), at, exact: false }
                        }
                        Token::Value(_)
                        | Token::If(_)
                        | Token::Else
                        | Token::EndIf
                        | Token::For { .. }
                        | Token::EndFor => token.clone(),
                    })
                    .collect(),
            ),
            Err(problem) => {
                let place = if exact { problem.span.unwrap_or(at) } else { at };
                self.problems.push(
                    Diagnostic::new(Code::TerraformSyntax, place, problem.message).maybe_help(problem.help),
                );
                Kind::Broken
            }
        }
    }
}
