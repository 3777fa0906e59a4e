//! The language as it is evaluated: expressions, templates and bodies, each with its place.

use std::rc::Rc;

use super::number::Number;
use crate::source::Span;

/// An expression and its place.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub(super) at: Span,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    Text(Rc<str>),
    Template(Rc<[Token]>),
    List(Vec<Expr>),
    Object(Vec<(Key, Expr)>),
    /// A name that begins a reference.
    Name(Rc<str>),
    Conditional(Box<[Expr; 3]>),
    Call(Box<Call>),
    Traversal(Box<Expr>, Vec<Step>),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Binary(Operator, Box<[Expr; 2]>),
    For(Box<For>),
    /// What cannot be read; a problem says why.
    Broken,
}

/// The key of an item of an object.
#[derive(Clone, Debug)]
pub(super) enum Key {
    Name(Rc<str>, Span),
    Computed(Expr),
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    /// With its namespace, such as `provider::aws::arn_parse`.
    pub(super) name: Rc<str>,
    pub(super) arguments: Vec<Expr>,
    /// The last argument is a list of arguments.
    pub(super) spreads: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Attribute(Rc<str>, Span),
    Index(Expr),
    /// `[*]`, or `.*`: what follows is asked of every element.
    Splat,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

#[derive(Clone, Debug)]
pub(super) struct For {
    pub(super) key_name: Option<Rc<str>>,
    pub(super) value_name: Rc<str>,
    pub(super) collection: Expr,
    /// Where the result is an object.
    pub(super) key: Option<Expr>,
    pub(super) value: Expr,
    pub(super) groups: bool,
    pub(super) condition: Option<Expr>,
}

/// A part of a template, in the order of the text.
#[derive(Clone, Debug)]
pub(super) enum Token {
    /// A text, and where its first character stands; `exact` where characters and bytes of the file are the same.
    Literal {
        text: String,
        at: Span,
        exact: bool,
    },
    Value(Expr),
    If(Expr),
    Else,
    EndIf,
    For {
        key_name: Option<Rc<str>>,
        value_name: Rc<str>,
        collection: Expr,
    },
    EndFor,
}

/// What stands between the braces of a block, or in a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Body {
    pub(super) attributes: Vec<Attribute>,
    pub(super) blocks: Vec<Block>,
}

#[derive(Clone, Debug)]
pub(super) struct Attribute {
    pub(super) name: Rc<str>,
    pub(super) name_at: Span,
    pub(super) value: Expr,
}

#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) kind: Rc<str>,
    pub(super) labels: Vec<Rc<str>>,
    /// Of the whole block.
    pub(super) at: Span,
    /// Of what it is called: its type and labels.
    pub(super) head: Span,
    pub(super) body: Body,
}

impl Body {
    pub(super) fn get(&self, name: &str) -> Option<&Expr> {
        self.attributes.iter().rev().find(|attribute| &*attribute.name == name).map(|a| &a.value)
    }

    pub(super) fn blocks<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b Block> {
        self.blocks.iter().filter(move |block| &*block.kind == kind)
    }
}

impl Expr {
    pub(super) fn new(at: Span, kind: Kind) -> Self {
        Self { at, kind }
    }

    /// A text that holds no reference.
    pub(super) fn literal(&self) -> Option<&str> {
        if let Kind::Text(text) = &self.kind { Some(text) } else { None }
    }
}
