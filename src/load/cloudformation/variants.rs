//! Both ways of an open condition: policies whose statements count on one side of it only.

use std::borrow::Cow;
use std::rc::Rc;

use super::evaluator::{Evaluator, Scope, ValueHead};
use super::sides::{Atom, Branch};
use super::text::{as_texts, is_hole, same};
use crate::json::{Member, Node, Value};
use crate::load::made;
use crate::source::{Span, Spanned};

/// How many forms of one value are kept apart.
const MOST: usize = 64;

/// Makes a value on one side of open conditions, or says which one it depends on.
type Make<'m, 't, T> = dyn FnMut(&mut Evaluator<'t>, &Scope<'t>) -> Result<T, Rc<Atom>> + 'm;

/// A value and the side of open conditions on which it holds.
pub(super) type Variant<T> = (Rc<Branch>, T);

impl<'t> Evaluator<'t> {
    /// Every form that a value may have. None when there are too many to tell apart.
    pub(super) fn variants<T>(
        &mut self,
        scope: &Scope<'t>,
        make: &mut Make<'_, 't, T>,
    ) -> Option<Vec<Variant<T>>> {
        let mut open = vec![Rc::clone(&scope.branch)];
        let mut done = Vec::new();
        while let Some(branch) = open.pop() {
            let inner = scope.taking(&branch).settled(false);
            match make(self, &inner) {
                Ok(value) => done.push((branch, value)),
                Err(atom) => {
                    if open.len() + done.len() + 2 > MOST {
                        return None;
                    }
                    open.push(Rc::new(branch.with(&atom, false)));
                    open.push(Rc::new(branch.with(&atom, true)));
                }
            }
        }
        Some(done)
    }

    /// Every form of a node; one form where they are all the same, or too many.
    pub(super) fn forms(&mut self, scope: &Scope<'t>, node: &'t Node<'t>) -> Vec<Variant<Option<Node<'t>>>> {
        let found = self.variants(scope, &mut |evaluator, scope| evaluator.eval(scope, node));
        let Some(mut found) = found else { return vec![(Rc::clone(&scope.branch), self.value(scope, node))] };
        let alike = |one: &Option<Node<'t>>, other: &Option<Node<'t>>| match (one, other) {
            (Some(one), Some(other)) => same(one, other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if let Some(((_, first), rest)) = found.split_first()
            && rest.iter().all(|(_, other)| alike(first, other))
        {
            found.truncate(1);
            found.iter_mut().for_each(|(branch, _)| *branch = Rc::clone(&scope.branch));
        }
        found
    }

    /// The elements of a list with the sides they are there on, not evaluated where they are written out.
    pub(super) fn elements(&mut self, scope: &Scope<'t>, list: &'t Node<'t>) -> Vec<Variant<ValueHead<'t>>> {
        let heads = self.variants(scope, &mut |evaluator, scope| evaluator.head(scope, list));
        let Some(heads) = heads else {
            let value = self.value(scope, list);
            return value.map(|v| (Rc::clone(&scope.branch), ValueHead::Computed(v))).into_iter().collect();
        };
        let mut all = Vec::new();
        for (branch, head) in heads {
            match head {
                ValueHead::Literal(node) if matches!(node.value, Value::Array(_)) => {
                    all.extend(node.elements().iter().map(|e| (Rc::clone(&branch), ValueHead::Literal(e))));
                }
                ValueHead::Computed(Node { value: Value::Array(list), .. }) => {
                    all.extend(list.into_iter().map(|e| (Rc::clone(&branch), ValueHead::Computed(e))));
                }
                ValueHead::NoValue => {}
                other @ (ValueHead::Literal(_) | ValueHead::Computed(_)) => all.push((branch, other)),
            }
        }
        all
    }

    /// A policy document with every statement guarded by the conditions it depends on beyond those of `base`.
    pub(super) fn document(
        &mut self,
        scope: &Scope<'t>,
        base: &Branch,
        document: &'t Node<'t>,
    ) -> Option<Node<'t>> {
        let heads = self.variants(scope, &mut |evaluator, scope| evaluator.head(scope, document));
        let Some(heads) = heads else { return self.value(scope, document) };
        let mut members: Vec<Member<'t>> = Vec::new();
        let mut statements = Vec::new();
        let mut place = document.span;
        let mut single = true;
        for (branch, head) in heads {
            let scope = scope.taking(&branch);
            match head {
                ValueHead::NoValue => continue,
                ValueHead::Computed(mut made) => {
                    as_texts(&mut made);
                    if !made.is_object() {
                        if is_alone(&branch, base) {
                            return Some(made);
                        }
                        statements.push((branch, made));
                        continue;
                    }
                    self.add_made(made, &branch, &mut members, &mut statements);
                }
                ValueHead::Literal(node) if node.is_object() && node.get("Fn::Transform").is_none() => {
                    place = node.span;
                    for member in node.members().iter().filter(|m| m.key.value != "Statement") {
                        let value = self.value(&scope, &member.value);
                        if let Some(mut value) = value {
                            as_texts(&mut value);
                            add(&mut members, member.key.clone(), value);
                        }
                    }
                    let Some(list) = node.get("Statement") else { continue };
                    single &= list.is_object();
                    self.add_written(&scope, list, &mut statements);
                }
                ValueHead::Literal(node) => {
                    // Neither an object nor a function: a text that holds the document, or a mistake.
                    let Some(value) = self.value(&scope, node) else { continue };
                    if is_alone(&branch, base) && !value.is_object() {
                        return Some(value);
                    }
                    statements.push((branch, value));
                }
            }
        }
        if statements.is_empty() && members.is_empty() {
            return None;
        }
        let list: Vec<Node<'t>> = statements
            .into_iter()
            .map(|(branch, statement)| self.guarded(base, &branch, statement))
            .collect();
        let mut list = without_repeated_sids(list);
        let value = match (single, list.len()) {
            (true, 1) => list.remove(0),
            (_, _) => {
                let span =
                    list.first().zip(list.last()).map_or(place, |(a, b)| joined(a.span, b.span, place));
                Node { span, value: Value::Array(list) }
            }
        };
        members.push(Member { key: Spanned::new(Cow::Borrowed("Statement"), value.span), value });
        Some(Node { span: place, value: Value::Object(members) })
    }

    fn add_made(
        &mut self,
        made: Node<'t>,
        branch: &Rc<Branch>,
        members: &mut Vec<Member<'t>>,
        statements: &mut Vec<Variant<Node<'t>>>,
    ) {
        let Value::Object(list) = made.value else { return };
        for member in list {
            if member.key.value != "Statement" {
                add(members, member.key, member.value);
                continue;
            }
            match member.value.value {
                Value::Array(list) => statements.extend(list.into_iter().map(|s| (Rc::clone(branch), s))),
                value @ (Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Object(_)
                | Value::Invalid) => {
                    statements.push((Rc::clone(branch), Node { span: member.value.span, value }))
                }
            }
        }
    }

    fn add_written(
        &mut self,
        scope: &Scope<'t>,
        list: &'t Node<'t>,
        statements: &mut Vec<Variant<Node<'t>>>,
    ) {
        for (branch, head) in self.elements(scope, list) {
            match head {
                ValueHead::NoValue => {}
                ValueHead::Computed(mut made) => {
                    as_texts(&mut made);
                    match made.value {
                        Value::Array(list) => {
                            statements.extend(list.into_iter().map(|s| (Rc::clone(&branch), s)))
                        }
                        value @ (Value::Null
                        | Value::Bool(_)
                        | Value::Number(_)
                        | Value::String(_)
                        | Value::Object(_)
                        | Value::Invalid) => statements.push((branch, Node { span: made.span, value })),
                    }
                }
                ValueHead::Literal(node) => {
                    for (branch, statement) in self.forms(&scope.taking(&branch), node) {
                        match statement {
                            // A list of statements inside the list.
                            Some(Node { value: Value::Array(list), .. }) => {
                                for mut statement in list {
                                    as_texts(&mut statement);
                                    statements.push((Rc::clone(&branch), statement));
                                }
                            }
                            Some(mut statement) => {
                                as_texts(&mut statement);
                                statements.push((branch, statement));
                            }
                            None => {}
                        }
                    }
                }
            }
        }
    }

    /// A statement that counts only on these sides of open conditions.
    fn guarded(&mut self, base: &Branch, branch: &Branch, statement: Node<'t>) -> Node<'t> {
        let mut statement = closed(statement);
        let guards: Vec<(String, bool, Span)> = branch
            .beyond(base)
            .map(|(atom, side)| (Rc::clone(atom), side))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|(atom, side)| (self.switch(&atom), side, atom.span))
            .collect();
        if guards.is_empty() {
            return statement;
        }
        let at = statement.span;
        let line = |(name, side, place)| made::line(name, if side { "true" } else { "false" }, place);
        made::guard(&mut statement, guards.into_iter().map(line), at);
        statement
    }
}

/// Whether nothing was decided on the way.
fn is_alone(branch: &Branch, base: &Branch) -> bool {
    branch.beyond(base).next().is_none()
}

/// A statement whose shape is not known is not known at all.
fn closed(statement: Node<'_>) -> Node<'_> {
    let open = statement.members().iter().find(|m| {
        let whole = ["Effect", "Principal", "NotPrincipal", "Condition"].contains(&&*m.key.value);
        let inside = m.key.value == "Condition" && m.value.members().iter().any(|m| is_hole(&m.value));
        whole && is_hole(&m.value) || inside
    });
    let Some(open) = open else { return statement };
    let hole = if is_hole(&open.value) {
        open.value.value.clone()
    } else {
        let inner = open.value.members().iter().find(|m| is_hole(&m.value));
        inner.map_or(Value::Null, |m| m.value.value.clone())
    };
    Node { span: statement.span, value: hole }
}

fn add<'t>(members: &mut Vec<Member<'t>>, key: Spanned<Cow<'t, str>>, value: Node<'t>) {
    match members.iter_mut().find(|m| m.key.value == key.value) {
        // Of duplicates the last one wins, as everywhere.
        Some(known) => known.value = value,
        None => members.push(Member { key, value }),
    }
}

/// Forms of one statement share its Sid, which has to be unique.
fn without_repeated_sids(list: Vec<Node<'_>>) -> Vec<Node<'_>> {
    let mut seen: Vec<(String, Span)> = Vec::new();
    list.into_iter()
        .map(|mut statement| {
            let sid = statement.get("Sid").and_then(Node::as_str).map(|sid| (sid.to_owned(), statement.span));
            if let Some(sid) = sid {
                let is_form = seen.contains(&sid);
                if is_form && let Value::Object(members) = &mut statement.value {
                    members.retain(|m| m.key.value != "Sid");
                }
                seen.push(sid);
            }
            statement
        })
        .collect()
}

fn joined(one: Span, other: Span, whole: Span) -> Span {
    if one.source == other.source { one.to(other) } else { whole }
}
