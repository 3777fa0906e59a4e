//! From the text of a `.tf` file to the language: `hcl-edit` parses, and a file with a mistake in it is read block by
//! block, so that one mistake costs one block.

use std::rc::Rc;

use hcl_edit::Span as _;
use hcl_edit::expr::{
    BinaryOperator, Expression, ForExpr, Object, ObjectKey, TraversalOperator, UnaryOperator,
};
use hcl_edit::parser;
use hcl_edit::structure::{self, Structure};
use hcl_edit::template::{Directive, Element, Template};

use super::blocks;
use super::number::Number;
use super::syntax::{Attribute, Block, Body, Call, Expr, For, Key, Kind, Operator, Step, Token};
use super::tokens;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};

/// What a text is read from.
struct Reader<'t> {
    source: SourceId,
    text: &'t str,
    /// Where the part that is parsed begins in the file.
    start: usize,
}

/// A file.
pub(super) fn file(source: SourceId, text: &str, problems: &mut Vec<Diagnostic>) -> Body {
    let reader = |part, start| Reader { source, text: part, start };
    if blocks::too_deep(text).is_none()
        && let Ok(body) = parser::parse_body(text)
    {
        return reader(text, 0).body(&body);
    }
    let mut out = Body::default();
    for part in blocks::top_level(text) {
        let Some(written) = text.get(part.clone()) else { continue };
        if let Some(at) = blocks::too_deep(written) {
            problems.push(too_deep(source, part.start + at));
            out.blocks.extend(blocks::header(source, written, part));
            continue;
        }
        match parser::parse_body(written) {
            Ok(body) => {
                let read = reader(written, part.start).body(&body);
                out.attributes.extend(read.attributes);
                out.blocks.extend(read.blocks);
            }
            Err(error) => {
                problems.push(problem(source, part.start, written, &error));
                out.blocks.extend(blocks::header(source, written, part));
            }
        }
    }
    out
}

/// An expression that stands by itself.
pub(super) fn expression(source: SourceId, text: &str, start: usize) -> Result<Expr, Diagnostic> {
    if let Some(at) = blocks::too_deep(text) {
        return Err(too_deep(source, start + at));
    }
    let read = parser::parse_expr(text).map_err(|error| problem(source, start, text, &error))?;
    Ok(Reader { source, text, start }.expr(&read))
}

/// A template that stands by itself, such as the text of a file.
pub(super) fn template(source: SourceId, text: &str, start: usize) -> Result<Rc<[Token]>, Diagnostic> {
    if let Some(at) = blocks::too_deep_template(text) {
        return Err(too_deep(source, start + at));
    }
    if !text.contains("${") && !text.contains("%{") {
        let at = Span::new(source, start as u32, (start + text.len()) as u32);
        return Ok([Token::Literal { text: text.to_owned(), at, exact: true }].into());
    }
    let read = parser::parse_template(text).map_err(|error| problem(source, start, text, &error))?;
    let reader = Reader { source, text, start };
    let mut raw = Vec::new();
    reader.template(&read, true, &mut raw);
    Ok(tokens::finished(raw, false))
}

fn too_deep(source: SourceId, at: usize) -> Diagnostic {
    let at = Span::new(source, at as u32, at as u32 + 1);
    let message = "this is nested too deeply, and nothing of it is read";
    Diagnostic::new(Code::NestedTooDeep, at, message).help("split it into locals")
}

fn problem(source: SourceId, start: usize, text: &str, error: &parser::Error) -> Diagnostic {
    let mut offset = error.location().offset().min(text.len());
    while offset > 0 && !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let len = text.get(offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let at = Span::new(source, (start + offset) as u32, (start + offset + len) as u32);
    let first = error.message().lines().next().unwrap_or_default().replace("; ", ", ");
    let message = if first.is_empty() {
        "this is not Terraform's language".to_owned()
    } else {
        format!("this is not Terraform's language: {first}")
    };
    Diagnostic::new(Code::TerraformSyntax, at, message)
        .help("run `terraform fmt`, which names the line; the other blocks of the file are read")
}

impl Reader<'_> {
    fn span(&self, range: Option<std::ops::Range<usize>>) -> Span {
        let range = range.unwrap_or(0..self.text.len());
        Span::new(self.source, (self.start + range.start) as u32, (self.start + range.end) as u32)
    }

    fn body(&self, body: &structure::Body) -> Body {
        let mut out = Body::default();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => out.attributes.push(Attribute {
                    name: attribute.key.as_str().into(),
                    name_at: self.span(attribute.key.span()),
                    value: self.expr(&attribute.value),
                }),
                Structure::Block(block) => {
                    let kind = self.span(block.ident.span());
                    let last = block.labels.last().map_or(kind, |label| self.span(label.span()));
                    out.blocks.push(Block {
                        kind: block.ident.as_str().into(),
                        labels: block.labels.iter().map(|label| Rc::from(label.as_str())).collect(),
                        at: self.span(block.span()),
                        head: kind.to(last),
                        body: self.body(&block.body),
                    });
                }
            }
        }
        out
    }

    fn exprs<'e>(&self, list: impl IntoIterator<Item = &'e Expression>) -> Vec<Expr> {
        list.into_iter().map(|expression| self.expr(expression)).collect()
    }

    fn expr(&self, expression: &Expression) -> Expr {
        let at = self.span(expression.span());
        let kind = match expression {
            Expression::Null(_) => Kind::Null,
            Expression::Bool(value) => Kind::Bool(*value.value()),
            // The digits as they are written: the parser's own number has not all of them.
            Expression::Number(_) => {
                Number::parse(self.written(expression.span()).trim()).map_or(Kind::Broken, Kind::Number)
            }
            Expression::String(text) => Kind::Text(text.value().as_str().into()),
            Expression::Array(array) => Kind::List(self.exprs(array)),
            Expression::Object(object) => Kind::Object(self.object(object)),
            Expression::StringTemplate(template) => {
                let mut raw = Vec::new();
                for element in template {
                    self.element(element, false, &mut raw);
                }
                Kind::Template(tokens::finished(raw, false))
            }
            Expression::HeredocTemplate(heredoc) => {
                let mut raw = Vec::new();
                self.template(&heredoc.template, true, &mut raw);
                let flush = self.written(expression.span()).starts_with("<<-");
                Kind::Template(tokens::finished(raw, flush))
            }
            Expression::Parenthesis(inner) => return Expr { at, ..self.expr(inner.inner()) },
            Expression::Variable(name) => Kind::Name(name.value().as_str().into()),
            Expression::Conditional(c) => Kind::Conditional(Box::new([
                self.expr(&c.cond_expr),
                self.expr(&c.true_expr),
                self.expr(&c.false_expr),
            ])),
            Expression::FuncCall(call) => {
                let namespace = call.name.namespace.iter().map(|part| part.as_str());
                let parts: Vec<&str> = namespace.chain([call.name.name.as_str()]).collect();
                Kind::Call(Box::new(Call {
                    name: parts.join("::").into(),
                    arguments: self.exprs(call.args.iter()),
                    spreads: call.args.expand_final(),
                }))
            }
            Expression::Traversal(traversal) => {
                let steps = traversal.operators.iter().map(|operator| {
                    let at = self.span(operator.span());
                    match operator.value() {
                        TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => Step::Splat,
                        TraversalOperator::GetAttr(name) => Step::Attribute(name.as_str().into(), at),
                        TraversalOperator::Index(index) => Step::Index(self.expr(index)),
                        TraversalOperator::LegacyIndex(index) => {
                            Step::Index(Expr::new(at, Kind::Number(Number::from(*index.value()))))
                        }
                    }
                });
                Kind::Traversal(Box::new(self.expr(&traversal.expr)), steps.collect())
            }
            Expression::UnaryOp(operation) => {
                let inner = Box::new(self.expr(&operation.expr));
                match operation.operator.value() {
                    UnaryOperator::Neg => Kind::Negative(inner),
                    UnaryOperator::Not => Kind::Not(inner),
                }
            }
            Expression::BinaryOp(operation) => {
                let sides = [self.expr(&operation.lhs_expr), self.expr(&operation.rhs_expr)];
                Kind::Binary(operator(*operation.operator.value()), Box::new(sides))
            }
            Expression::ForExpr(each) => Kind::For(Box::new(self.for_expr(each))),
        };
        Expr::new(at, kind)
    }

    fn written(&self, range: Option<std::ops::Range<usize>>) -> &str {
        range.and_then(|range| self.text.get(range)).unwrap_or_default()
    }

    fn object(&self, object: &Object) -> Vec<(Key, Expr)> {
        let items = object.iter().map(|(key, value)| {
            let key = match key {
                ObjectKey::Ident(name) => Key::Name(name.value().as_str().into(), self.span(name.span())),
                ObjectKey::Expression(expression) => Key::Computed(self.expr(expression)),
            };
            (key, self.expr(value.expr()))
        });
        items.collect()
    }

    fn for_expr(&self, each: &ForExpr) -> For {
        For {
            key_name: each.intro.key_var.as_ref().map(|name| name.as_str().into()),
            value_name: each.intro.value_var.as_str().into(),
            collection: self.expr(&each.intro.collection_expr),
            key: each.key_expr.as_ref().map(|key| self.expr(key)),
            value: self.expr(&each.value_expr),
            groups: each.grouping,
            condition: each.cond.as_ref().map(|condition| self.expr(&condition.expr)),
        }
    }

    fn template(&self, template: &Template, lines: bool, out: &mut Vec<tokens::Raw>) {
        for element in template {
            self.element(element, lines, out);
        }
    }

    /// `lines`: the literals are texts of several lines without escapes of strings.
    fn element(&self, element: &Element, lines: bool, out: &mut Vec<tokens::Raw>) {
        match element {
            Element::Literal(literal) => {
                let at = self.span(literal.span());
                if lines {
                    tokens::lines(self.written(literal.span()), at, out);
                } else {
                    let text = literal.as_str().to_owned();
                    let exact = text == self.written(literal.span());
                    out.push(tokens::Raw::of(Token::Literal { text, at, exact }));
                }
            }
            Element::Interpolation(value) => {
                out.push(tokens::Raw::stripping(Token::Value(self.expr(&value.expr)), &value.strip));
            }
            Element::Directive(directive) => match directive.as_ref() {
                Directive::If(each) => {
                    let condition = Token::If(self.expr(&each.if_expr.cond_expr));
                    out.push(tokens::Raw::stripping(condition, &each.if_expr.strip));
                    self.template(&each.if_expr.template, lines, out);
                    if let Some(other) = &each.else_expr {
                        out.push(tokens::Raw::stripping(Token::Else, &other.strip));
                        self.template(&other.template, lines, out);
                    }
                    out.push(tokens::Raw::stripping(Token::EndIf, &each.endif_expr.strip));
                }
                Directive::For(each) => {
                    let intro = Token::For {
                        key_name: each.for_expr.key_var.as_ref().map(|name| name.as_str().into()),
                        value_name: each.for_expr.value_var.as_str().into(),
                        collection: self.expr(&each.for_expr.collection_expr),
                    };
                    out.push(tokens::Raw::stripping(intro, &each.for_expr.strip));
                    self.template(&each.for_expr.template, lines, out);
                    out.push(tokens::Raw::stripping(Token::EndFor, &each.endfor_expr.strip));
                }
            },
        }
    }
}

fn operator(operator: BinaryOperator) -> Operator {
    match operator {
        BinaryOperator::Eq => Operator::Equal,
        BinaryOperator::NotEq => Operator::NotEqual,
        BinaryOperator::LessEq => Operator::LessOrEqual,
        BinaryOperator::GreaterEq => Operator::GreaterOrEqual,
        BinaryOperator::Less => Operator::Less,
        BinaryOperator::Greater => Operator::Greater,
        BinaryOperator::Plus => Operator::Add,
        BinaryOperator::Minus => Operator::Subtract,
        BinaryOperator::Mul => Operator::Multiply,
        BinaryOperator::Div => Operator::Divide,
        BinaryOperator::Mod => Operator::Modulo,
        BinaryOperator::And => Operator::And,
        BinaryOperator::Or => Operator::Or,
    }
}
