//! Conditions: what is decided, and which questions are left open.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::evaluator::{Evaluator, Scope};
use super::sides::{Atom, Branch, Decided};
use super::text::{equal, plain, scalar, string, write_json};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::json::Node;
use crate::name::symbol;
use crate::source::Span;

impl<'t> Evaluator<'t> {
    /// A condition by its name. With `stop`, an open question ends a walk that takes both ways.
    pub(super) fn decide_name(
        &mut self,
        scope: &Scope<'t>,
        name: &str,
        span: Span,
        stop: bool,
    ) -> Result<Decided, Rc<Atom>> {
        match self.named(scope, name, span) {
            Decided::Open(atom) if stop && !scope.settled => Err(atom),
            decided @ (Decided::Is(_) | Decided::Open(_)) => Ok(decided),
        }
    }

    fn named(&mut self, scope: &Scope<'t>, name: &str, span: Span) -> Decided {
        let entry = (scope.stack, name.to_owned());
        let is_same = |known: &Rc<Branch>| {
            Rc::ptr_eq(known, &scope.branch) || known.is_empty() && scope.branch.is_empty()
        };
        if !is_same(&self.decided.0) {
            self.decided = (Rc::clone(&scope.branch), BTreeMap::new());
        }
        if let Some(decided) = self.decided.1.get(&entry) {
            return decided.clone();
        }
        let Some(stack) = self.stacks.get(scope.stack) else { return Decided::Is(false) };
        let Some(condition) = stack.condition(name).cloned() else {
            let known = stack.conditions.iter().map(|c| c.id.as_ref());
            let near = did_you_mean(name, known);
            let message = format!("the template has no condition `{name}`");
            let label = format!("{} condition {name}", stack.label);
            self.complain(Diagnostic::new(Code::InvalidTemplate, span, message).maybe_help(near));
            return open(label, format!("the template has no condition `{name}`"), span);
        };
        if !self.deciding.insert(entry.clone()) {
            let why = format!("condition `{name}` depends on itself");
            let label = format!("{} condition {name}", stack.label);
            self.complain(Diagnostic::new(Code::InvalidTemplate, condition.key, why.clone()));
            return open(label, why, span);
        }
        let inner = Scope { bindings: Rc::clone(&condition.bindings), ..scope.clone() };
        let decided = self.decide(&inner, condition.node);
        self.deciding.remove(&entry);
        // A name that had to be made meanwhile is made on no side.
        if is_same(&self.decided.0) {
            self.decided.1.insert(entry, decided.clone());
        }
        decided
    }

    fn decide(&mut self, scope: &Scope<'t>, node: &'t Node<'t>) -> Decided {
        if !self.enter() {
            let name = format!("{} condition at byte {}", self.label(scope), node.span.start);
            return open(name, "conditions lie too deep in each other".to_owned(), node.span);
        }
        self.in_condition += 1;
        let decided = self.decide_inside(scope, node);
        self.in_condition -= 1;
        self.leave();
        decided
    }

    fn decide_inside(&mut self, scope: &Scope<'t>, node: &'t Node<'t>) -> Decided {
        if let Some(value) = scalar(node).and_then(|text| truth(&text)) {
            return Decided::Is(value);
        }
        let [member] = node.members() else { return self.not_a_condition(scope, node) };
        let list = member.value.elements();
        match (&*member.key.value, list) {
            ("Condition", _) => match member.value.as_str() {
                Some(name) => self.named(scope, name, member.value.span),
                None => self.not_a_condition(scope, node),
            },
            ("Fn::Equals", [left, right]) => self.compare(scope, left, right, node.span),
            ("Fn::Not", [inner]) => match self.decide(scope, inner) {
                Decided::Is(value) => Decided::Is(!value),
                open => open,
            },
            ("Fn::And", [_, ..]) => self.all(scope, list, true),
            ("Fn::Or", [_, ..]) => self.all(scope, list, false),
            (_, _) => self.not_a_condition(scope, node),
        }
    }

    /// Whether each of a list is `wanted`; one that is not decides.
    fn all(&mut self, scope: &Scope<'t>, list: &'t [Node<'t>], wanted: bool) -> Decided {
        let mut first_open = None;
        for condition in list {
            match self.decide(scope, condition) {
                Decided::Is(value) if value == wanted => {}
                Decided::Is(_) => return Decided::Is(!wanted),
                Decided::Open(atom) => first_open = first_open.or(Some(Decided::Open(atom))),
            }
        }
        first_open.unwrap_or(Decided::Is(wanted))
    }

    fn compare(&mut self, scope: &Scope<'t>, left: &'t Node<'t>, right: &'t Node<'t>, span: Span) -> Decided {
        let [left_values, right_values] = [self.allowed(scope, left), self.allowed(scope, right)];
        let [one, other] = [self.value(scope, left), self.value(scope, right)].map(|value| {
            let mut text = String::new();
            match value.as_ref().map(|v| (scalar(v), v)) {
                Some((Some(scalar), _)) => text.push_str(&scalar),
                Some((None, value)) => write_json(value, &mut text),
                None => {}
            }
            (text, value)
        });
        let barred = |values: &Option<Vec<String>>, text: &str| {
            values.as_ref().is_some_and(|values| values.iter().all(|v| equal(v, text) == Some(false)))
        };
        if one.0 != other.0 && (barred(&left_values, &other.0) || barred(&right_values, &one.0)) {
            return Decided::Is(false);
        }
        self.question(scope, (one.0, other.0), span)
    }

    /// Whether two texts are the same, or the question whether they are.
    pub(super) fn question(&self, scope: &Scope<'t>, asked: (String, String), span: Span) -> Decided {
        let (one, other) = &asked;
        if let Some(side) = equal(one, other).or_else(|| scope.branch.side(one, other)) {
            return Decided::Is(side);
        }
        let open = [one, other].into_iter().find(|text| symbol::is_unknown_in(text));
        let why = open.map(|text| self.why(&string(text.clone(), span))).unwrap_or_default();
        let shown = |text| if plain(text).is_empty() { "\"\"".into() } else { plain(text) };
        let question = format!("{} = {}", shown(one), shown(other));
        let (name, about) = match self.asked.get(&asked) {
            Some(condition) => (condition.clone(), format!("{condition} ({question})")),
            None => {
                let short: String = question.chars().take(160).collect();
                (format!("{} condition {short}", self.label(scope)), question)
            }
        };
        let why = format!("{about} is not decided: {why}");
        let (left, right) = asked;
        Decided::Open(Rc::new(Atom { name, why, left, right, span }))
    }

    /// The values that a reference to a parameter may have, where the template lists them.
    fn allowed(&self, scope: &Scope<'t>, node: &'t Node<'t>) -> Option<Vec<String>> {
        let name = node.get("Ref")?.as_str()?;
        let parameter = self.stack(scope)?.root.get("Parameters")?.get(name)?;
        let list = parameter.get("AllowedValues")?.elements();
        Some(list.iter().filter_map(|v| Some(scalar(v)?.into_owned())).collect())
    }

    /// Learns what the named conditions of a stack ask, so that guards are called by their names.
    pub(super) fn learn_conditions(&mut self, stack: usize) {
        let Some(entries) = self.stacks.get(stack).map(|s| s.conditions.clone()) else { return };
        for entry in entries {
            let scope = Scope::of(stack, &entry);
            let Decided::Open(atom) = self.decide(&scope, entry.node) else { continue };
            let name = self.stacks.get(stack).map(|s| format!("{} condition {}", s.label, entry.id));
            if entry.node.get("Fn::Equals").is_some()
                && let Some(name) = name
            {
                self.asked.entry((atom.left.clone(), atom.right.clone())).or_insert(name);
            }
        }
        self.decided.1.clear();
    }

    fn not_a_condition(&mut self, scope: &Scope<'t>, node: &Node<'_>) -> Decided {
        let message = "a condition is one of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition";
        self.complain(Diagnostic::new(Code::InvalidTemplate, node.span, message));
        let name = format!("{} condition at byte {}", self.label(scope), node.span.start);
        open(name, "it is not written as a condition".to_owned(), node.span)
    }

    /// Notes why a switch is open, for the guard that is about to name it.
    pub(super) fn switch(&mut self, atom: &Atom) -> String {
        self.symbol(&atom.name, atom.why.clone(), atom.span)
    }
}

fn open(name: String, why: String, span: Span) -> Decided {
    Decided::Open(Rc::new(Atom { left: name.clone(), name, why, right: "true".to_owned(), span }))
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}
