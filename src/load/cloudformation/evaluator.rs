//! What the evaluation of templates works on: the stacks, what was found out so far, and the symbols for what is open.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::parameter_file::Values;
use super::sides::{Atom, Branch, Decided};
use super::stack::{Bindings, Entry, Stack, Template};
use super::text::{plain, string, write_json};
use crate::diagnostic::{Code, Diagnostic};
use crate::estate::Granted;
use crate::json::Node;
use crate::name::symbol;
use crate::source::{SourceId, Span};

/// How deep values may lie in each other, references followed.
pub(super) const MAX_DEPTH: usize = 160;

/// How many values of one run are evaluated: more than any real set of templates, and over in seconds.
const MAX_STEPS: usize = 6_000_000;

/// Where a value is evaluated: in which stack, in which turn of its loops, and on which side of open conditions.
#[derive(Clone, Debug)]
pub(super) struct Scope<'t> {
    pub(super) stack: usize,
    pub(super) bindings: Bindings<'t>,
    pub(super) branch: Rc<Branch>,
    /// Whether a value that depends on an open condition becomes a symbol. Else the walk stops at it.
    pub(super) settled: bool,
}

/// A value; none for `AWS::NoValue`. The error is the open condition it depends on.
pub(super) type Evaluated<'t> = Result<Option<Node<'t>>, Rc<Atom>>;

/// What there is at a place, before what lies in it is evaluated.
pub(super) enum ValueHead<'t> {
    Literal(&'t Node<'t>),
    Computed(Node<'t>),
    NoValue,
}

/// What a resource is called.
#[derive(Debug)]
pub(super) struct Physical {
    /// What `Ref` gives.
    pub(super) reference: String,
    /// The name inside ARNs.
    pub(super) name: String,
    /// `Fn::GetAtt Arn`, where its form is known.
    pub(super) arn: Option<String>,
}

/// An exported value: the stack, the node and the loop variables around it.
pub(super) type Export<'t> = (usize, &'t Node<'t>, Bindings<'t>);

/// The templates of a run and everything found out about them.
#[derive(Debug)]
pub(super) struct Evaluator<'t> {
    pub(super) templates: &'t [Template<'t>],
    pub(super) stacks: Vec<Stack<'t>>,
    /// The accounts of stacks that lie in no other and whose account no file names, by the order they are made in.
    pub(super) accounts: BTreeMap<usize, String>,
    /// `--parameter`
    pub(super) given: &'t BTreeMap<String, String>,
    pub(super) files: &'t [Values],
    pub(super) exports: BTreeMap<String, Vec<Export<'t>>>,
    /// Parameters of Systems Manager that templates declare, by name.
    pub(super) parameter_store: BTreeMap<String, Vec<(usize, String)>>,
    pub(super) physical: BTreeMap<(usize, String), Option<Rc<Physical>>>,
    /// Why symbols stand for something unknown, and where they come from.
    pub(super) symbols: BTreeMap<String, (String, Span)>,
    pub(super) problems: Vec<Diagnostic>,
    /// What was taken for granted, and where it is made use of.
    pub(super) granted: Granted,
    /// The reference, in the stack that asks, whose value is looked for in other stacks.
    pub(super) asking: Option<Span>,
    /// What files make use of, by file.
    pub(super) used: BTreeSet<(SourceId, String)>,
    /// Conditions are looked at whatever the defaults of parameters make of them.
    pub(super) every_side: bool,
    /// How many conditions are being decided.
    pub(super) in_condition: usize,
    /// What is missing, by file.
    pub(super) notes: BTreeSet<(SourceId, String)>,
    /// Symbols for values made of other symbols.
    made: BTreeMap<String, usize>,
    /// What conditions came to on the side of open ones that was walked last.
    pub(super) decided: (Rc<Branch>, BTreeMap<(usize, String), Decided>),
    pub(super) deciding: BTreeSet<(usize, String)>,
    /// What named conditions ask, so that a switch is called by a name people gave.
    pub(super) asked: BTreeMap<(String, String), String>,
    pub(super) depth: usize,
    pub(super) steps: usize,
}

impl<'t> Scope<'t> {
    /// Of an entry of a section, where whatever is open becomes a symbol.
    pub(super) fn of(stack: usize, entry: &Entry<'t>) -> Self {
        Self { stack, bindings: Rc::clone(&entry.bindings), branch: Rc::default(), settled: true }
    }

    pub(super) fn bare(stack: usize) -> Self {
        Self { stack, bindings: Rc::default(), branch: Rc::default(), settled: true }
    }

    pub(super) fn settled(&self, settled: bool) -> Self {
        Self { settled, ..self.clone() }
    }

    pub(super) fn taking(&self, branch: &Rc<Branch>) -> Self {
        Self { branch: Rc::clone(branch), ..self.clone() }
    }

    /// Another stack, on the same side of every condition.
    pub(super) fn elsewhere(&self, stack: usize, bindings: &Bindings<'t>) -> Self {
        Self { stack, bindings: Rc::clone(bindings), branch: Rc::clone(&self.branch), settled: self.settled }
    }
}

impl<'t> Evaluator<'t> {
    pub(super) fn new(
        templates: &'t [Template<'t>],
        given: &'t BTreeMap<String, String>,
        files: &'t [Values],
    ) -> Self {
        Self {
            templates,
            stacks: Vec::new(),
            accounts: BTreeMap::new(),
            given,
            files,
            exports: BTreeMap::new(),
            parameter_store: BTreeMap::new(),
            physical: BTreeMap::new(),
            symbols: BTreeMap::new(),
            problems: Vec::new(),
            granted: Granted::default(),
            asking: None,
            used: BTreeSet::new(),
            every_side: false,
            in_condition: 0,
            notes: BTreeSet::new(),
            made: BTreeMap::new(),
            decided: Default::default(),
            deciding: BTreeSet::new(),
            asked: BTreeMap::new(),
            depth: 0,
            steps: MAX_STEPS,
        }
    }

    pub(super) fn stack(&self, scope: &Scope<'t>) -> Option<&Stack<'t>> {
        self.stacks.get(scope.stack)
    }

    pub(super) fn label(&self, scope: &Scope<'t>) -> String {
        self.stack(scope).map(|stack| stack.label.clone()).unwrap_or_default()
    }

    /// Goes one level down, as long as there is room and time.
    pub(super) fn enter(&mut self) -> bool {
        let may = self.depth < MAX_DEPTH && self.steps > 0;
        if may {
            self.steps -= 1;
            self.depth += 1;
        }
        may
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Notes a symbol, and why it is one.
    pub(super) fn symbol(&mut self, name: &str, why: impl Into<String>, span: Span) -> String {
        // Other symbols may be part of the name, but none stands inside another.
        let name = symbol::plain(&plain(name));
        let symbol = symbol::unknown(&name);
        self.symbols.entry(name).or_insert_with(|| (why.into(), span));
        symbol
    }

    pub(super) fn hole(&mut self, name: &str, why: impl Into<String>, span: Span) -> Node<'t> {
        string(self.symbol(name, why, span), span)
    }

    /// A symbol for what a function makes of something unknown: the same for the same arguments.
    pub(super) fn made(
        &mut self,
        function: &str,
        scope: &Scope<'t>,
        arguments: String,
        why: impl Into<String>,
        span: Span,
    ) -> Node<'t> {
        let next = self.made.len() + 1;
        let number = *self.made.entry(format!("{function} {arguments}")).or_insert(next);
        let name = format!("{} {function} {number}", self.label(scope));
        self.hole(&name, why, span)
    }

    /// Why a text with symbols in it is not known.
    pub(super) fn why(&self, node: &Node<'_>) -> String {
        let mut all = String::new();
        write_json(node, &mut all);
        symbol::first_in(&all)
            .and_then(|name| self.symbols.get(name))
            .map_or_else(|| "it depends on a value that is not known".to_owned(), |(why, _)| why.clone())
    }

    /// A function that is not written as CloudFormation wants it.
    pub(super) fn misused(&mut self, scope: &Scope<'t>, name: &str, wants: &str, span: Span) -> Node<'t> {
        let message = format!("{name} takes {wants}");
        let problem = Diagnostic::new(Code::InvalidTemplate, span, message);
        self.complain(problem.help("CloudFormation refuses the template as it is"));
        self.made(
            name,
            scope,
            format!("{} misused", span.start),
            format!("{name} is not written right"),
            span,
        )
    }

    pub(super) fn complain(&mut self, problem: Diagnostic) {
        // A value may be looked at from several sides.
        if !self.problems.contains(&problem) && self.problems.len() < 200 {
            self.problems.push(problem);
        }
    }
}
