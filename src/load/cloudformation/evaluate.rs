//! From a template to values: one walk, which stops where a condition is open and the caller wants to take both ways.

use std::borrow::Cow;
use std::rc::Rc;

use super::evaluator::{Evaluated, Evaluator, MAX_DEPTH, Scope, ValueHead};
use super::sides::{Atom, Decided};
use super::stack::Bindings;
use super::text::{is_one_hole, same, scalar, string, write_json};
use crate::json::{Member, Node, Value};
use crate::source::{Span, Spanned};

/// The longest text a function may make.
pub(super) const MAX_TEXT: usize = 1 << 16;

impl<'t> Evaluator<'t> {
    /// The value of a node.
    pub(super) fn eval(&mut self, scope: &Scope<'t>, node: &'t Node<'t>) -> Evaluated<'t> {
        if self.depth >= MAX_DEPTH {
            let why = "values refer to each other in a circle, or lie too deep in each other";
            return Ok(Some(self.made("depth", scope, node.span.start.to_string(), why, node.span)));
        }
        if self.steps == 0 {
            let why = "the templates of this run are too large to evaluate in full";
            // No two of them are the same value.
            let name = format!("template too large {}", self.symbols.len());
            return Ok(Some(self.hole(&name, why, node.span)));
        }
        if !self.enter() {
            return Ok(None);
        }
        let value = self.inside(scope, node);
        self.leave();
        value
    }

    /// The value where open conditions become symbols.
    pub(super) fn value(&mut self, scope: &Scope<'t>, node: &'t Node<'t>) -> Option<Node<'t>> {
        let scope = scope.settled(true);
        match self.eval(&scope, node) {
            Ok(value) => value,
            Err(atom) => Some(self.hole(&atom.name, &atom.why, node.span)),
        }
    }

    fn inside(&mut self, scope: &Scope<'t>, node: &'t Node<'t>) -> Evaluated<'t> {
        match &node.value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Invalid => Ok(Some(node.clone())),
            Value::String(text) => Ok(Some(self.literal(scope, text, node.span))),
            Value::Array(elements) => {
                let mut list = Vec::with_capacity(elements.len());
                for element in elements {
                    list.extend(self.eval(scope, element)?);
                }
                Ok(Some(Node { span: node.span, value: Value::Array(list) }))
            }
            Value::Object(members) => match function(members) {
                Some((name, argument)) => self.call(scope, name, argument, node.span),
                None => self.object(scope, members, node.span),
            },
        }
    }

    fn object(&mut self, scope: &Scope<'t>, members: &'t [Member<'t>], span: Span) -> Evaluated<'t> {
        let mut list = Vec::with_capacity(members.len());
        for member in members {
            if member.key.value == TRANSFORM {
                return Ok(Some(self.transformed(scope, &member.value, span)));
            }
            if member.key.value.starts_with(LOOP) {
                for (key, node, bindings) in self.turns(scope, member) {
                    let inner = scope.elsewhere(scope.stack, &bindings);
                    if let Some(value) = self.eval(&inner, node)? {
                        list.push(Member { key, value });
                    }
                }
                continue;
            }
            if let Some(value) = self.eval(scope, &member.value)? {
                let text = self.in_turn(scope, &member.key.value);
                list.push(Member { key: Spanned::new(text, member.key.span), value });
            }
        }
        Ok(Some(Node { span, value: Value::Object(list) }))
    }

    /// A text as written: loop variables and dynamic references are replaced.
    fn literal(&mut self, scope: &Scope<'t>, text: &'t Cow<'t, str>, span: Span) -> Node<'t> {
        let text = self.in_turn(scope, text);
        self.resolved(text, span)
    }

    /// `${Name}` and `&{Name}` of the loops around.
    fn in_turn(&self, scope: &Scope<'t>, text: &'t str) -> Cow<'t, str> {
        if scope.bindings.is_empty() || !text.contains('{') {
            return Cow::Borrowed(text);
        }
        Cow::Owned(replace_variables(text, &scope.bindings))
    }

    /// `{{resolve:service:…}}` is looked up when the stack is deployed.
    pub(super) fn resolved(&mut self, text: Cow<'t, str>, span: Span) -> Node<'t> {
        if !text.contains(DYNAMIC) {
            return string(text, span);
        }
        let mut out = String::new();
        let mut rest: &str = &text;
        while let Some((before, behind)) = rest.split_once(DYNAMIC)
            && let Some((reference, after)) = behind.split_once("}}")
        {
            out.push_str(before);
            match reference.strip_prefix("ssm:") {
                Some(name) => {
                    // A version may stand behind the name.
                    let bare = name.rsplit_once(':').filter(|(_, v)| v.bytes().all(|b| b.is_ascii_digit()));
                    let stored = self.stored(bare.map_or(name, |(name, _)| name), span);
                    out.push_str(stored.as_str().unwrap_or_default());
                }
                None => {
                    let name = format!("resolve:{}", super::text::plain(reference));
                    let why = format!("`{{{{{name}}}}}` is looked up when the stack is deployed");
                    out.push_str(&self.symbol(&name, why, span));
                }
            }
            rest = after;
        }
        out.push_str(rest);
        string(out, span)
    }

    /// What there is at a place when the conditions around it are followed.
    pub(super) fn head(&mut self, scope: &Scope<'t>, node: &'t Node<'t>) -> Result<ValueHead<'t>, Rc<Atom>> {
        let mut node = node;
        loop {
            let Some((name, argument)) = function(node.members()) else {
                return Ok(ValueHead::Literal(node));
            };
            if name == "Fn::If"
                && let Some((condition, [yes, no])) = branches(argument)
                && let Decided::Is(side) = self.decide_name(scope, condition, node.span, true)?
            {
                node = if side { yes } else { no };
                continue;
            }
            return Ok(match self.eval(scope, node)? {
                Some(value) => ValueHead::Computed(value),
                None => ValueHead::NoValue,
            });
        }
    }

    /// `Fn::If`
    pub(super) fn choose(&mut self, scope: &Scope<'t>, argument: &'t Node<'t>, span: Span) -> Evaluated<'t> {
        let Some((condition, [yes, no])) = branches(argument) else {
            return Ok(Some(self.misused(scope, "Fn::If", "a condition and two values", span)));
        };
        match self.decide_name(scope, condition, span, true)? {
            Decided::Is(true) => self.eval(scope, yes),
            Decided::Is(false) => self.eval(scope, no),
            Decided::Open(atom) => {
                let [one, other] = [self.eval(scope, yes)?, self.eval(scope, no)?];
                match (one, other) {
                    (None, None) => Ok(None),
                    (Some(one), Some(other)) if same(&one, &other) => Ok(Some(one)),
                    (one, other) => {
                        let mut arguments = format!("{condition} ");
                        for value in [one, other] {
                            value.iter().for_each(|v| write_json(v, &mut arguments));
                            arguments.push(' ');
                        }
                        Ok(Some(self.made("Fn::If", scope, arguments, atom.why.clone(), span)))
                    }
                }
            }
        }
    }

    /// What a transform may make of a value.
    fn transformed(&mut self, scope: &Scope<'t>, transform: &'t Node<'t>, span: Span) -> Node<'t> {
        let name = transform.get("Name").and_then(Node::as_str).unwrap_or("a macro");
        let why = format!("{name} (Fn::Transform) writes it when the stack is deployed");
        self.made("Fn::Transform", scope, span.start.to_string(), why, span)
    }

    /// Charges for a text that a function made; none when it is too long.
    pub(super) fn text(
        &mut self,
        scope: &Scope<'t>,
        function: &str,
        text: String,
        span: Span,
    ) -> Option<Node<'t>> {
        self.steps = self.steps.saturating_sub(text.len() / 256);
        if text.len() > MAX_TEXT {
            let why = format!("{function} makes a text of more than {MAX_TEXT} bytes");
            return Some(self.made(function, scope, span.start.to_string(), why, span));
        }
        Some(self.resolved(Cow::Owned(text), span))
    }

    /// The turns of a loop: the key, the body and the variables of each. A loop over something unknown has none.
    pub(super) fn turns(
        &mut self,
        scope: &Scope<'t>,
        member: &'t Member<'t>,
    ) -> Vec<(Spanned<Cow<'t, str>>, &'t Node<'t>, Bindings<'t>)> {
        let [variable, collection, body] = member.value.elements() else {
            self.misused(scope, LOOP, "a name, a list and an object", member.key.span);
            return Vec::new();
        };
        let Some(variable) = variable.as_str() else { return Vec::new() };
        let Some(list) = self.value(scope, collection) else { return Vec::new() };
        if !matches!(list.value, Value::Array(_)) {
            let what = format!("what {} repeats: {}", member.key.value, self.why(&list));
            self.notes.insert((member.key.span.source, what));
            return Vec::new();
        }
        let mut turns = Vec::new();
        for element in list.elements() {
            let mut bindings = scope.bindings.to_vec();
            bindings.push((Cow::Borrowed(variable), element.clone()));
            let bindings = Rc::new(bindings);
            let inner = scope.elsewhere(scope.stack, &bindings);
            for member in body.members() {
                if self.steps == 0 || turns.len() > 10_000 {
                    return turns;
                }
                self.steps -= 1;
                if member.key.value.starts_with(LOOP) && self.depth < MAX_DEPTH {
                    self.depth += 1;
                    turns.extend(self.turns(&inner, member));
                    self.depth -= 1;
                } else {
                    let key = Cow::Owned(replace_variables(&member.key.value, &bindings));
                    turns.push((Spanned::new(key, member.key.span), &member.value, Rc::clone(&bindings)));
                }
            }
        }
        turns
    }
}

pub(super) const LOOP: &str = "Fn::ForEach";
const TRANSFORM: &str = "Fn::Transform";
const DYNAMIC: &str = "{{resolve:";

/// The function an object calls.
pub(super) fn function<'t>(members: &'t [Member<'t>]) -> Option<(&'t str, &'t Node<'t>)> {
    let [only] = members else { return None };
    let name: &str = &only.key.value;
    let is = (name == "Ref" || name.starts_with("Fn::")) && !name.starts_with(LOOP);
    is.then_some((name, &only.value))
}

/// The parts of `Fn::If`.
fn branches<'t>(argument: &'t Node<'t>) -> Option<(&'t str, [&'t Node<'t>; 2])> {
    let [condition, yes, no] = argument.elements() else { return None };
    Some((condition.as_str()?, [yes, no]))
}

/// `${Name}` and `&{Name}` of loops.
pub(super) fn replace_variables(text: &str, bindings: &[(Cow<'_, str>, Node<'_>)]) -> String {
    let mut out = text.to_owned();
    for (name, value) in bindings {
        let Some(value) = scalar(value) else { continue };
        let is_hole = is_one_hole(&value);
        let bare: String = value.chars().filter(|c| c.is_ascii_alphanumeric() || is_hole).collect();
        for (written, value) in [(format!("${{{name}}}"), &*value), (format!("&{{{name}}}"), &*bare)] {
            // A text that would grow past all measure stays as it is.
            if out.matches(&written).count().saturating_mul(value.len()) <= MAX_TEXT {
                out = out.replace(&written, value);
            }
        }
    }
    out
}
