//! Parameters: what the user gives, what files give, defaults, and why there is no value.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use super::evaluator::{Evaluated, Evaluator, Scope};
use super::stack::stem;
use super::text::{plain, scalar, string};
use crate::json::{Node, Value};
use crate::name::symbol;
use crate::source::Span;

/// A value that was found, or why there is none.
enum ParameterValue {
    Value(String),
    /// The default, since nothing else says it.
    Default(String),
    Missing(String),
}

impl<'t> Evaluator<'t> {
    /// The value of a parameter; none when the template has no parameter of that name.
    pub(super) fn parameter(&mut self, scope: &Scope<'t>, name: &str, span: Span) -> Evaluated<'t> {
        let Some(stack) = self.stacks.get(scope.stack) else { return Ok(None) };
        let Some(declared) = stack.root.get("Parameters").and_then(|list| list.get(name)) else {
            return Ok(None);
        };
        let kind = declared.get("Type").and_then(Node::as_str).unwrap_or("String");
        let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
        let called = stack.called(name);
        let label = stack.label.clone();
        let stem = stem(&stack.label);
        let given = [format!("{}.{name}", stack.label), format!("{stem}.{name}"), name.to_owned()];
        let scoped = stack.name.iter().map(|stack| format!("{stack}.{name}"));
        let told = scoped.chain(given).find_map(|key| self.given.get(&key)).cloned();
        if let Some((parent, id)) = stack.parent.clone()
            && let Some(value) = {
                let outer = self.asking.replace(self.asking.unwrap_or(span));
                let passed = self.passed_down(scope, parent, &id, name);
                self.asking = outer;
                passed?
            }
        {
            return Ok(Some(self.typed(value, kind, is_list, span)));
        }
        let found = match told {
            Some(value) => ParameterValue::Value(value),
            None => self.found(scope.stack, declared, name),
        };
        match found {
            ParameterValue::Value(text) => Ok(Some(self.typed(string(text, span), kind, is_list, span))),
            ParameterValue::Default(text) => {
                let what = format!("parameter {name} of {label} has its default `{text}`");
                let because = format!("no value was given: --parameter {name}=…");
                self.granted.note_at(self.asking.unwrap_or(span), what, because);
                Ok(Some(self.typed(string(text, span), kind, is_list, span)))
            }
            ParameterValue::Missing(why) => Ok(Some(self.hole(&called, why, span))),
        }
    }

    /// What the template around a nested stack passes to it.
    fn passed_down(&mut self, scope: &Scope<'t>, parent: usize, id: &str, name: &str) -> Evaluated<'t> {
        let Some(entry) = self.stacks.get(parent).and_then(|s| s.resource(id)).cloned() else {
            return Ok(None);
        };
        let outside = scope.elsewhere(parent, &Rc::clone(&entry.bindings));
        let Some(list) = self.property_node(&outside, &entry, "Parameters") else { return Ok(None) };
        match list.get(name) {
            Some(node) => self.eval(&outside, node),
            None => Ok(None),
        }
    }

    /// From files, the default, or the only value that is allowed.
    fn found(&self, stack: usize, declared: &Node<'_>, name: &str) -> ParameterValue {
        let Some(stack) = self.stacks.get(stack) else { return ParameterValue::Missing(String::new()) };
        if let Some(value) = stack.given.get(name) {
            return ParameterValue::Value(value.clone());
        }
        let dir = self.templates.get(stack.template).and_then(|t| t.path.parent()).unwrap_or(Path::new(""));
        // A file beside the template is for it; any other may be for all of them.
        let of = |beside: bool| {
            let files = self.files.iter().filter(move |file| (file.dir == dir) == beside);
            files.filter_map(|file| file.values.get(name)).map(|(value, _)| value)
        };
        for beside in [true, false] {
            let mut values = of(beside);
            let Some(first) = values.next() else { continue };
            if let Some(other) = values.find(|value| *value != first) {
                return ParameterValue::Missing(format!(
                    "parameter {name} is `{first}` in one parameter file and `{other}` in another: give --parameter {name}=…"
                ));
            }
            return ParameterValue::Value(first.clone());
        }
        let is_side = self.every_side && self.in_condition > 0;
        if let Some(default) = declared.get("Default").filter(|_| !is_side) {
            return match scalar(default) {
                Some(text) => ParameterValue::Default(text.into_owned()),
                // A list in YAML where a comma-delimited text is meant.
                None => ParameterValue::Default(
                    super::text::strings(default)
                        .iter()
                        .map(|(t, _)| t.as_ref())
                        .collect::<Vec<_>>()
                        .join(","),
                ),
            };
        }
        if let Some([only]) = declared.get("AllowedValues").map(Node::elements)
            && let Some(text) = scalar(only)
        {
            return ParameterValue::Value(text.into_owned());
        }
        ParameterValue::Missing(format!(
            "parameter {name} of {} has no default: give --parameter {name}=…",
            stack.label
        ))
    }

    /// The parameters that a condition asks about, each with its value; those with a value of their own come first.
    pub(super) fn asked_of(&mut self, scope: &Scope<'t>, condition: &str) -> Vec<String> {
        let mut names = BTreeSet::new();
        let mut conditions = vec![condition.to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(name) = conditions.pop() {
            let Some(entry) = self.stack(scope).and_then(|stack| stack.condition(&name)).cloned() else {
                continue;
            };
            if seen.insert(name) {
                references(entry.node, &mut names, &mut conditions);
            }
        }
        let mut told = Vec::new();
        for name in names {
            let Some(stack) = self.stacks.get(scope.stack) else { continue };
            let Some(declared) = stack.root.get("Parameters").and_then(|list| list.get(&name)) else {
                continue;
            };
            let at = declared.span;
            let is_default = matches!(self.found(scope.stack, declared, &name), ParameterValue::Default(_));
            let before = self.granted.clone();
            let value = self.parameter(&scope.settled(true), &name, at).ok().flatten();
            self.granted = before;
            let Some(value) = value.as_ref().and_then(scalar).map(Cow::into_owned) else { continue };
            let is_given = self.given.keys().any(|key| *key == name || key.ends_with(&format!(".{name}")));
            let how = if is_default && !is_given { " (default)" } else { "" };
            told.push(format!("{name} = {}{how}", if value.is_empty() { "\"\"" } else { &value }));
        }
        told
    }

    /// A value as the type of its parameter wants it.
    fn typed(&mut self, value: Node<'t>, kind: &str, is_list: bool, span: Span) -> Node<'t> {
        let Some(text) = scalar(&value).map(Cow::into_owned) else {
            return Node { span, value: value.value };
        };
        if let Some(inner) = kind.strip_prefix("AWS::SSM::Parameter::Value<") {
            let stored = self.stored(&text, span);
            let is_list = inner.starts_with("List<") || inner.starts_with("CommaDelimitedList");
            return if is_list { listed(stored, span) } else { stored };
        }
        let node = self.resolved(Cow::Owned(text), span);
        if is_list { listed(node, span) } else { node }
    }

    /// The value of a parameter of Systems Manager: given, or declared by a template of the run.
    pub(super) fn stored(&mut self, name: &str, span: Span) -> Node<'t> {
        if let Some(value) = self.given.get(&format!("ssm:{name}")) {
            return string(value.clone(), span);
        }
        if let [(stack, id)] = self.parameter_store.get(name).cloned().unwrap_or_default().as_slice()
            && let Some(entry) = self.stacks.get(*stack).and_then(|s| s.resource(id)).cloned()
            && let Some(value) = self.text_property(&Scope::of(*stack, &entry), &entry, "Value")
        {
            return string(value, span);
        }
        let name = plain(name);
        let why =
            format!("it is the value of parameter {name} of Systems Manager: give --parameter ssm:{name}=…");
        self.hole(&format!("resolve:ssm:{name}"), why, span)
    }
}

/// A comma-delimited text as a list; an unknown text stays one symbol.
fn listed(node: Node<'_>, span: Span) -> Node<'_> {
    let Some(text) = node.as_str() else { return node };
    if symbol::is_unknown_in(text) && super::text::is_one_hole(text) {
        return node;
    }
    let list = if text.is_empty() {
        Vec::new()
    } else {
        text.split(',').map(|part| string(part.trim().to_owned(), span)).collect()
    };
    Node { span, value: Value::Array(list) }
}

/// The names that a condition refers to, and the conditions that it is made of.
fn references(node: &Node<'_>, names: &mut BTreeSet<String>, conditions: &mut Vec<String>) {
    for member in node.members() {
        match (&*member.key.value, member.value.as_str()) {
            ("Ref", Some(name)) => drop(names.insert(name.to_owned())),
            ("Condition", Some(name)) => conditions.push(name.to_owned()),
            (_, _) => references(&member.value, names, conditions),
        }
    }
    node.elements().iter().for_each(|element| references(element, names, conditions));
}
