//! Where a change goes in the text of a file: a statement more, a value beside another one, an operator.

use std::ops::Range;

use super::blocks;
use super::parse;
use super::syntax::{Block, Body, Expr, Key, Kind, Step, Token};
use crate::source::SourceId;

/// A place in a text, with what is written around that which is put in.
pub(crate) struct Spot {
    pub(crate) at: usize,
    pub(crate) before: String,
    /// Of the lines that are put in.
    pub(crate) indent: String,
    pub(crate) behind: String,
    /// What is put in before it: the bracket of a list, and the indent of a line.
    pub(crate) first: Vec<(usize, &'static str)>,
}

/// How a document or a statement is written.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Blocks of a data source.
    Block,
    /// An object.
    Object,
    /// JSON in a heredoc.
    Json,
}

/// What a value is part of.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    /// An element of a list.
    Element,
    /// All that an argument or a member holds.
    Whole,
}

/// A file of the language, parsed to find places in it.
pub(crate) struct Layout<'t> {
    text: &'t str,
    body: Body,
}

/// What a place lies in, from the file inwards.
#[derive(Copy, Clone)]
enum Around<'b> {
    Block(&'b Block),
    Attribute,
    Element,
    Member { object: &'b Expr, key: &'b Key, value: &'b Expr },
    Expr(&'b Expr),
}

fn range(expr: &Expr) -> Range<usize> {
    expr.at.start as usize..expr.at.end as usize
}

fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn key_range(key: &Key) -> Range<usize> {
    match key {
        Key::Name(_, at) => at.start as usize..at.end as usize,
        Key::Computed(expr) => range(expr),
    }
}

fn key_name(key: &Key) -> Option<&str> {
    match key {
        Key::Name(name, _) => Some(name),
        Key::Computed(expr) => expr.literal(),
    }
}

/// The expressions right inside an expression that is neither a list nor an object.
fn inner(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Name(_) | Kind::Broken => {
            Vec::new()
        }
        Kind::Template(tokens) => tokens
            .iter()
            .filter_map(|token| match token {
                Token::Value(expr) | Token::If(expr) => Some(expr),
                Token::For { collection, .. } => Some(collection),
                Token::Literal { .. } | Token::Else | Token::EndIf | Token::EndFor => None,
            })
            .collect(),
        Kind::List(elements) => elements.iter().collect(),
        Kind::Object(items) => items
            .iter()
            .flat_map(|(key, value)| {
                let key = if let Key::Computed(expr) = key { Some(expr) } else { None };
                key.into_iter().chain([value])
            })
            .collect(),
        Kind::Conditional(parts) => parts.iter().collect(),
        Kind::Call(call) => call.arguments.iter().collect(),
        Kind::Traversal(of, steps) => {
            let indexes = steps.iter().filter_map(|step| match step {
                Step::Index(expr) => Some(expr),
                Step::Attribute(..) | Step::Splat => None,
            });
            std::iter::once(&**of).chain(indexes).collect()
        }
        Kind::Not(of) | Kind::Negative(of) => vec![of],
        Kind::Binary(_, parts) => parts.iter().collect(),
        Kind::For(of) => {
            let parts = [Some(&of.collection), of.key.as_ref(), Some(&of.value), of.condition.as_ref()];
            parts.into_iter().flatten().collect()
        }
    }
}

fn into_expr<'b>(expr: &'b Expr, at: &Range<usize>, path: &mut Vec<Around<'b>>) {
    if !holds(&range(expr), at) {
        return;
    }
    path.push(Around::Expr(expr));
    match &expr.kind {
        Kind::List(elements) => {
            if let Some(element) = elements.iter().find(|element| holds(&range(element), at)) {
                path.push(Around::Element);
                into_expr(element, at, path);
            }
        }
        Kind::Object(items) => {
            let is_in = |(key, value): &&(Key, Expr)| holds(&key_range(key), at) || holds(&range(value), at);
            if let Some((key, value)) = items.iter().find(is_in) {
                path.push(Around::Member { object: expr, key, value });
                into_expr(value, at, path);
            }
        }
        _other => {
            if let Some(expr) = inner(expr).into_iter().find(|expr| holds(&range(expr), at)) {
                into_expr(expr, at, path);
            }
        }
    }
}

fn into_body<'b>(body: &'b Body, at: &Range<usize>, path: &mut Vec<Around<'b>>) {
    let block_at = |block: &Block| block.at.start as usize..block.at.end as usize;
    if let Some(block) = body.blocks.iter().find(|block| holds(&block_at(block), at)) {
        path.push(Around::Block(block));
        into_body(&block.body, at, path);
        return;
    }
    if let Some(attribute) = body.attributes.iter().find(|a| holds(&range(&a.value), at)) {
        path.push(Around::Attribute);
        into_expr(&attribute.value, at, path);
    }
}

impl<'t> Layout<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        Self { text, body: parse::file(SourceId::LONE, text, &mut Vec::new()) }
    }

    fn path(&self, at: &Range<usize>) -> Vec<Around<'_>> {
        let mut path = Vec::new();
        into_body(&self.body, at, &mut path);
        path
    }

    /// How what stands at a place is written; none where it is a text in quotation marks.
    pub(crate) fn form(&self, at: &Range<usize>) -> Option<Form> {
        let path = self.path(at);
        let block =
            path.iter().rev().find_map(|around| if let Around::Block(b) = around { Some(*b) } else { None });
        let is_block = |block: &Block| [block.at, block.head].iter().any(|b| b.start as usize == at.start);
        if block.is_some_and(is_block) {
            return Some(Form::Block);
        }
        let outer = path.iter().find_map(|around| match around {
            Around::Expr(expr) if range(expr) != *at => match &expr.kind {
                Kind::Text(_) | Kind::Template(_) => Some(expr),
                _other => None,
            },
            _other => None,
        });
        match outer {
            None => Some(Form::Object),
            Some(text) if self.text.get(text.at.start as usize..)?.starts_with("<<") => Some(Form::Json),
            Some(_) => None,
        }
    }

    /// The place for one statement more: in the block of a data source, or in the list of an object.
    pub(crate) fn spot_for_statement(&self, document: &Range<usize>, form: Form) -> Option<Spot> {
        if form == Form::Block {
            return self
                .end_of_block(self.text.get(..document.start)?.rfind('\n').map_or(0, |at| at + 1), "");
        }
        let object = self.object_at(document)?;
        let Kind::Object(items) = &object.kind else { return None };
        let (_, list) = items.iter().find(|(key, _)| key_name(key) == Some("Statement"))?;
        self.spot_in_list(list)
    }

    fn spot_in_list(&self, list: &Expr) -> Option<Spot> {
        let list = list_in(list);
        match &list.kind {
            Kind::List(elements) => match elements.last() {
                Some(last) => self.behind(&range(last)),
                None => Some(Spot {
                    at: list.at.start as usize + 1,
                    before: String::new(),
                    indent: self.indent_of_line(list.at.start as usize)?.to_owned(),
                    behind: String::new(),
                    first: Vec::new(),
                }),
            },
            Kind::Object(_) => {
                let end = list.at.end as usize;
                let indent = self.indent_of_line(list.at.start as usize)?.to_owned();
                let mut first = vec![(list.at.start as usize, "[")];
                first.extend(self.last_line(&range(list)).map(|at| (at, "  ")));
                Some(Spot { at: end, before: ", ".to_owned(), indent, behind: "]".to_owned(), first })
            }
            _other => None,
        }
    }

    fn object_at(&self, at: &Range<usize>) -> Option<&Expr> {
        self.path(at).into_iter().find_map(|around| match around {
            Around::Expr(expr) if range(expr) == *at => Some(expr),
            _other => None,
        })
    }

    /// Before the brace that closes the block which begins on a line.
    fn end_of_block(&self, line: usize, deeper: &str) -> Option<Spot> {
        let end = blocks::end_of(self.text, line);
        let close = self.text.get(..end)?.rfind('}')?;
        let start = self.text.get(..close)?.rfind('\n')? + 1;
        let indent = self.text.get(start..close)?;
        if !indent.trim().is_empty() {
            return None;
        }
        let inside = format!("{indent}  {deeper}");
        let is_first = self.text.get(..start)?.trim_end().ends_with('{');
        let blank = if is_first { "" } else { "\n" };
        let before = format!("{blank}{inside}");
        Some(Spot { at: start, before, indent: inside, behind: "\n".to_owned(), first: Vec::new() })
    }

    fn indent_of_line(&self, at: usize) -> Option<&str> {
        let line = self.text.get(..at)?.rfind('\n').map_or(0, |at| at + 1);
        let start = self.text.get(line..at)?;
        start.get(..start.len() - start.trim_start().len())
    }

    /// Behind the last element of a list, written as that one is.
    fn behind(&self, last: &Range<usize>) -> Option<Spot> {
        let end = last.end;
        let line = self.text.get(..last.start)?.rfind('\n').map_or(0, |at| at + 1);
        let start = self.text.get(line..last.start)?;
        let indent = self.indent_of_line(last.start)?.to_owned();
        let behind = self.text.get(end..)?;
        // A list on lines of its own ends its elements with commas.
        if start.trim().is_empty() && behind.trim_start().starts_with(',') {
            let comma = end + behind.find(',')? + 1;
            let before = format!("\n{indent}");
            return Some(Spot { at: comma, before, indent, behind: ",".to_owned(), first: Vec::new() });
        }
        let (before, first) = match start.trim().is_empty() {
            true => (format!(",\n{indent}"), None),
            false => (", ".to_owned(), self.last_line(last)),
        };
        let first = first.map(|at| (at, "  ")).into_iter().collect();
        Some(Spot { at: end, before, indent, behind: String::new(), first })
    }

    /// Where the line of the brace begins that closes an object; `terraform fmt` moves it where something follows it.
    fn last_line(&self, object: &Range<usize>) -> Option<usize> {
        let line = self.text.get(..object.end)?.rfind('\n')? + 1;
        let is_alone = self.text.get(line..object.end)?.trim() == "}";
        (line > object.start && is_alone).then_some(line)
    }

    /// An argument of the block that begins at a place, as it is written.
    pub(crate) fn argument(&self, block: usize, name: &str) -> Option<String> {
        let block = self.body.blocks.iter().find(|own| own.at.start as usize == block)?;
        self.text.get(range(block.body.get(name)?)).map(str::to_owned)
    }

    /// The local value that the statements of a document are.
    pub(crate) fn local_of_statements(&self, document: &Range<usize>) -> Option<&str> {
        let Kind::Object(items) = &self.object_at(document)?.kind else { return None };
        let (_, list) = items.iter().find(|(key, _)| key_name(key) == Some("Statement"))?;
        let Kind::Traversal(of, steps) = &list.kind else { return None };
        match (&of.kind, steps.as_slice()) {
            (Kind::Name(name), [Step::Attribute(local, _)]) if &**name == "local" => Some(local),
            (_, _) => None,
        }
    }

    /// The place for one statement more in a local value.
    pub(crate) fn spot_in_local(&self, name: &str) -> Option<Spot> {
        let locals = self.body.blocks("locals").find_map(|block| block.body.get(name))?;
        self.spot_in_list(locals)
    }

    /// What the value at a place is part of.
    pub(crate) fn edge(&self, at: &Range<usize>) -> Option<Edge> {
        let path = self.path(at);
        let index =
            path.iter().position(|around| matches!(around, Around::Expr(expr) if range(expr) == *at))?;
        match path.get(index.checked_sub(1)?)? {
            Around::Element => Some(Edge::Element),
            Around::Attribute | Around::Member { .. } => Some(Edge::Whole),
            Around::Block(_) | Around::Expr(_) => None,
        }
    }

    /// Whether what stands at a place is made once: in no `dynamic` block and no `for`, and of nothing that a loop names.
    pub(crate) fn is_made_once(&self, at: &Range<usize>) -> bool {
        let path = self.path(at);
        let loops = |around: &Around<'_>| match around {
            Around::Block(block) => &*block.kind == "dynamic",
            Around::Expr(expr) => range(expr) != *at && matches!(expr.kind, Kind::For(_)),
            Around::Attribute | Around::Element | Around::Member { .. } => false,
        };
        if path.iter().any(loops) {
            return false;
        }
        match path.last() {
            Some(Around::Block(block)) => body_is_plain(&block.body),
            Some(Around::Expr(expr)) => is_plain(expr),
            Some(Around::Member { value, .. }) => is_plain(value),
            Some(Around::Attribute | Around::Element) | None => false,
        }
    }

    /// The operator of the line whose condition key stands at a place, where it is one that stands alone.
    pub(crate) fn operator(&self, key: &Range<usize>, new: &str) -> Option<Range<usize>> {
        let path = self.path(key);
        let block =
            path.iter().rev().find_map(|around| if let Around::Block(b) = around { Some(*b) } else { None });
        if let Some(block) = block.filter(|block| &*block.kind == "condition") {
            return Some(range(block.body.get("test")?));
        }
        let members = path.iter().filter_map(|around| match around {
            Around::Member { object, key, value } => Some((*object, *key, *value)),
            Around::Block(_) | Around::Attribute | Around::Element | Around::Expr(_) => None,
        });
        let members: Vec<_> = members.collect();
        let [.., (operators, operator, _), (line, own, _)] = members.as_slice() else { return None };
        let (Kind::Object(all), Kind::Object(lines)) = (&operators.kind, &line.kind) else { return None };
        let is_new = all.iter().all(|(key, _)| key_name(key) != Some(new));
        let is_alone = lines.len() == 1 && key_range(own) == *key;
        (is_new && is_alone).then(|| key_range(operator))
    }

    /// The place for one condition more, and the members that it is still in: none of them is there.
    pub(crate) fn spot_for_condition(
        &self,
        statement: &Range<usize>,
        operator: &str,
        key: &str,
    ) -> Option<(Spot, usize)> {
        let path = self.path(statement);
        if let Some(Around::Block(block)) = path.last()
            && block.at.start as usize == statement.start
        {
            let line = self.text.get(..statement.start)?.rfind('\n').map_or(0, |at| at + 1);
            return Some((self.end_of_block(line, "")?, 0));
        }
        let object = self.object_at(statement)?;
        let member = |of: &'_ Expr, name: &str| -> Option<Expr> {
            let Kind::Object(items) = &of.kind else { return None };
            items
                .iter()
                .find(|(key, _)| key_name(key).is_some_and(|own| own.eq_ignore_ascii_case(name)))
                .map(|(_, v)| v.clone())
        };
        let Some(condition) = member(object, "Condition") else { return Some((self.in_object(object)?, 0)) };
        let Some(lines) = member(&condition, operator) else { return Some((self.in_object(&condition)?, 1)) };
        if member(&lines, key).is_some() {
            return None;
        }
        Some((self.in_object(&lines)?, 2))
    }

    /// Behind the last member of an object.
    fn in_object(&self, object: &Expr) -> Option<Spot> {
        let Kind::Object(items) = &object.kind else { return None };
        let Some((key, value)) = items.last() else {
            let at = object.at.start as usize + 1;
            let indent = self.indent_of_line(at)?.to_owned();
            return Some(Spot {
                at,
                before: " ".to_owned(),
                indent,
                behind: " ".to_owned(),
                first: Vec::new(),
            });
        };
        let start = key_range(key).start;
        let line = self.text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
        let is_on_own_line = self.text.get(line..start)?.trim().is_empty();
        let indent = self.indent_of_line(start)?.to_owned();
        let end = value.at.end as usize;
        let behind = self.text.get(end..)?;
        let has_comma = behind.trim_start_matches([' ', '\t']).starts_with(',');
        let at = if has_comma { end + behind.find(',')? + 1 } else { end };
        let before = match (is_on_own_line, has_comma) {
            (true, _) => format!("\n{indent}"),
            (false, true) => " ".to_owned(),
            (false, false) => ", ".to_owned(),
        };
        Some(Spot {
            at,
            before,
            indent,
            behind: if has_comma { "," } else { "" }.to_owned(),
            first: Vec::new(),
        })
    }
}

/// The list that statements can be added to: itself, or the first that is joined to others.
fn list_in(expr: &Expr) -> &Expr {
    match &expr.kind {
        Kind::Call(call) if matches!(&*call.name, "concat" | "flatten") => {
            let is_list =
                |argument: &&Expr| matches!(&argument.kind, Kind::List(elements) if !elements.is_empty());
            call.arguments.iter().find(is_list).unwrap_or(expr)
        }
        _other => expr,
    }
}

/// Whether an expression has no part that differs from instance to instance.
fn is_plain(expr: &Expr) -> bool {
    let differs = match &expr.kind {
        Kind::Name(name) => matches!(&**name, "each" | "count" | "self"),
        Kind::For(_) => true,
        _other => false,
    };
    !differs && inner(expr).into_iter().all(is_plain)
}

fn body_is_plain(body: &Body) -> bool {
    body.attributes.iter().all(|attribute| is_plain(&attribute.value))
        && body.blocks.iter().all(|block| &*block.kind != "dynamic" && body_is_plain(&block.body))
}
