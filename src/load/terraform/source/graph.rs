//! References: each local value, variable, output and attribute is evaluated when it is first asked for, once.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::config::{Config, Resource};
use super::constraint;
use super::expand::{self, InstanceOf};
use super::fault::{Fault, Read, fault};
use super::files::Files;
use super::ground::Ground;
use super::machine::{Each, Machine, Scope, Surroundings};
use super::syntax::{Expr, Step};
use super::value::{Handle, Hole, InstanceKey, V, Val};
use crate::diagnostic::{Code, Diagnostic};
use crate::name::symbol;
use crate::source::{Declaration, Span};

/// Expressions that are evaluated for one root module, and elements that are made; past them values are holes.
const MAX_STEPS: u64 = 1_000_000;

/// Instances of modules.
const MAX_MODULES: usize = 5_000;

/// Why a variable has no value.
pub(super) const NO_VALUE: &str =
    "the variable has no value: give one with --var, --var-file, a .tfvars file or [[terraform]]";

/// Why attributes of resources are not known.
pub(super) const AFTER_APPLY: &str = "AWS chooses it when the resource is made";

/// A module as it is called.
#[derive(Debug)]
pub(super) struct Instance {
    /// Its address; empty for the root.
    pub(super) address: String,
    /// The index of its configuration.
    pub(super) config: usize,
    pub(super) parent: Option<Parent>,
}

#[derive(Clone, Debug)]
pub(super) struct Parent {
    pub(super) module: usize,
    pub(super) call: Rc<str>,
    pub(super) each: Option<Each>,
    /// The tests that decide whether it is there.
    pub(super) guards: Vec<(Rc<str>, bool)>,
}

/// What is evaluated once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Item {
    Local(usize, Rc<str>),
    Variable(usize, Rc<str>),
    Output(usize, Rc<str>),
    Attribute(usize, Rc<str>, String, Rc<str>),
}

/// The instance that calls, the name of the call, and the key of the instance that is called.
type CallKey = (usize, Rc<str>, Option<InstanceKey>);

type Expansions = FxHashMap<(usize, Rc<str>), Result<Rc<Vec<InstanceOf>>, Fault>>;

pub(super) struct Graph<'a> {
    pub(super) configs: &'a [Config],
    /// What its names are told apart by, where there are several root modules.
    pub(super) label: Option<String>,
    pub(super) problems: RefCell<Vec<Diagnostic>>,
    instances: RefCell<Vec<Rc<Instance>>>,
    /// Instances of modules by the instance that calls them, the call and the key.
    called: RefCell<BTreeMap<CallKey, usize>>,
    memo: RefCell<FxHashMap<Item, Option<Read>>>,
    expansions: RefCell<Expansions>,
    /// Resources and calls whose instances are being found.
    expanding: RefCell<Vec<(usize, Rc<str>)>>,
    pub(super) depth: Cell<usize>,
    steps: Cell<u64>,
    pub(super) files: RefCell<Files<'a>>,
    holes: RefCell<BTreeMap<Rc<str>, Rc<Hole>>>,
    pub(super) ground: OnceCell<Ground>,
    /// Values of the variables of the root module.
    pub(super) given: BTreeMap<Rc<str>, Val>,
    pub(super) workspace: Option<String>,
    /// Outputs of other root modules and states, by the name of the data source that reads them.
    pub(super) remote: BTreeMap<Rc<str>, Val>,
    /// What a tool around Terraform adds.
    pub(super) around: Option<Box<dyn Surroundings>>,
}

impl<'a> Graph<'a> {
    pub(super) fn new(configs: &'a [Config], root: usize, files: Files<'a>) -> Self {
        let root = Instance { address: String::new(), config: root, parent: None };
        Self {
            configs,
            label: None,
            problems: RefCell::default(),
            instances: RefCell::new(vec![Rc::new(root)]),
            called: RefCell::default(),
            memo: RefCell::default(),
            expansions: RefCell::default(),
            expanding: RefCell::default(),
            depth: Cell::new(0),
            steps: Cell::new(0),
            files: RefCell::new(files),
            holes: RefCell::default(),
            ground: OnceCell::new(),
            given: BTreeMap::new(),
            workspace: None,
            remote: BTreeMap::new(),
            around: None,
        }
    }

    /// The graph as what evaluates.
    pub(super) fn machine(&self) -> &dyn Machine {
        self
    }

    /// A hole of which it is noted why it is one.
    pub(super) fn hole(&self, name: impl Into<Rc<str>>, why: impl Into<Rc<str>>, at: Span) -> Val {
        self.machine().hole(name, why, at)
    }

    /// Notes a symbol that was made elsewhere.
    pub(super) fn note_plain(&self, name: String, why: String, at: Span) {
        self.note(&Rc::new(Hole { name: name.into(), why: why.into(), at }));
    }

    /// A name among those of all root modules of the run.
    pub(super) fn labelled(&self, name: String) -> String {
        self.label.as_ref().map_or_else(|| name.clone(), |label| format!("{label}/{name}"))
    }

    /// Notes a problem.
    pub(super) fn complain(&self, message: &str, at: Span) {
        let mut problems = self.problems.borrow_mut();
        if !problems.iter().any(|known: &Diagnostic| known.span == Some(at) && known.message == message) {
            let help = "correct the expression; until then its value counts as not known";
            problems.push(Diagnostic::new(Code::TerraformValue, at, message).help(help));
        }
    }

    pub(super) fn instance(&self, module: usize) -> Option<Rc<Instance>> {
        self.instances.borrow().get(module).cloned()
    }

    pub(super) fn config(&self, module: usize) -> Option<&'a Config> {
        let config = self.instances.borrow().get(module)?.config;
        self.configs.get(config)
    }

    /// The name of something in a module, as holes are called.
    pub(super) fn qualified(&self, module: usize, name: &str) -> String {
        match self.instance(module).filter(|instance| !instance.address.is_empty()) {
            Some(instance) => format!("{}.{name}", instance.address),
            None => name.to_owned(),
        }
    }

    fn once(&self, item: Item, at: Span, read: impl FnOnce() -> Read) -> Read {
        if let Some(known) = self.memo.borrow().get(&item) {
            return match known {
                Some(value) => value.clone(),
                None => fault("this value is made of itself: a cycle of references", at),
            };
        }
        self.memo.borrow_mut().insert(item.clone(), None);
        let value = read().map(Val::settled);
        if let Ok(Val { v: V::Hole(hole), .. }) = &value {
            self.note(hole);
        }
        self.memo.borrow_mut().insert(item, Some(value.clone()));
        value
    }

    /// The ARNs that variables and outputs of modules were found to hold, in the order of their names.
    pub(super) fn arns(&self) -> Vec<Declaration> {
        let memo = self.memo.borrow();
        let mut found: Vec<Declaration> = memo
            .iter()
            .filter_map(|(item, value)| {
                let Some(Ok(Val { v: V::Str(text), .. })) = value else { return None };
                if !text.text.starts_with("arn:") {
                    return None;
                }
                let (kind, written, at) = match item {
                    Item::Variable(module, name) => {
                        let block = self.config(*module)?.variables.get(name)?;
                        ("var", format!("var.{name}"), block.head)
                    }
                    Item::Output(module, name) => {
                        let instance = self.instance(*module)?;
                        let parent = instance.parent.as_ref()?;
                        let outer = self.instance(parent.module)?;
                        let own = instance.address.strip_prefix(outer.address.as_str())?;
                        let call = self.config(parent.module)?.calls.get(&parent.call)?;
                        ("module", format!("{}.{name}", own.trim_start_matches('.')), call.block.head)
                    }
                    Item::Local(..) | Item::Attribute(..) => return None,
                };
                let arn = text.text.to_string();
                let reference = written.clone();
                Some(Declaration { kind: kind.to_owned(), reference, written, arn, at, is_only: true })
            })
            .collect();
        found.retain(|declaration| !symbol::is_in(&declaration.written));
        found.sort_by(|a, b| {
            (&a.written, a.at.source, a.at.start).cmp(&(&b.written, b.at.source, b.at.start))
        });
        found
    }

    /// The value of a local.
    fn local(&self, module: usize, name: &Rc<str>, at: Span) -> Read {
        let Some(attribute) = self.config(module).and_then(|config| config.locals.get(name)) else {
            return self.undeclared(
                module,
                format!("there is no local value `{name}`"),
                &format!("local.{name}"),
                at,
            );
        };
        self.once(Item::Local(module, Rc::clone(name)), attribute.value.at, || {
            self.eval(&attribute.value, Scope::of(module))
        })
    }

    fn undeclared(&self, module: usize, message: String, name: &str, at: Span) -> Read {
        // Where a file cannot be read, what it declares may be there.
        if self.config(module).is_some_and(|config| config.broken) {
            return Ok(self.hole(
                self.labelled(self.qualified(module, name)),
                "a file of its module cannot be read",
                at,
            ));
        }
        fault(message, at)
    }

    /// The value of a variable.
    pub(super) fn variable(&self, module: usize, name: &Rc<str>, at: Span) -> Read {
        let Some(block) = self.config(module).and_then(|config| config.variables.get(name)) else {
            return self.undeclared(
                module,
                format!("there is no variable `{name}`"),
                &format!("var.{name}"),
                at,
            );
        };
        self.once(Item::Variable(module, Rc::clone(name)), block.head, || {
            let constraint = block.body.get("type");
            let scope = Scope::of(module);
            let called = self.labelled(self.qualified(module, &format!("var.{name}")));
            let is_true = |name: &str| {
                block.body.get(name).is_some_and(|e| matches!(e.kind, super::syntax::Kind::Bool(true)))
            };
            let given = self.given_to(module, name)?;
            let nullable = !block
                .body
                .get("nullable")
                .is_some_and(|e| matches!(e.kind, super::syntax::Kind::Bool(false)));
            let value = match (given, block.body.get("default")) {
                (Some(value), None) => value,
                (Some(value), Some(_)) if !value.is_null() || nullable => value,
                (_, Some(default)) => self.eval(default, scope)?,
                (None, None) => return Ok(self.hole(called, NO_VALUE, block.head)),
            };
            if is_true("sensitive") && self.instance(module).is_some_and(|i| i.parent.is_none()) {
                return Ok(self.hole(called, "it is sensitive, and its value is not looked at", block.head));
            }
            match constraint {
                Some(constraint) => constraint::convert(self, &value, constraint, scope),
                None => Ok(value),
            }
        })
    }

    /// What a module is given for a variable.
    fn given_to(&self, module: usize, name: &Rc<str>) -> Result<Option<Val>, Fault> {
        let Some(instance) = self.instance(module) else { return Ok(None) };
        let Some(parent) = &instance.parent else { return Ok(self.given.get(name).cloned()) };
        let call = self.config(parent.module).and_then(|config| config.calls.get(&parent.call));
        let Some(expr) = call.and_then(|call| call.block.body.get(name)) else { return Ok(None) };
        let scope = Scope { each: parent.each.as_ref(), ..Scope::of(parent.module) };
        self.eval(expr, scope).map(|value| Some(value.settled()))
    }

    /// Instances of a resource or a call, by `count` or `for_each`.
    pub(super) fn expansion(
        &self,
        module: usize,
        local: &Rc<str>,
        body: &super::syntax::Body,
        at: Span,
    ) -> Result<Rc<Vec<InstanceOf>>, Fault> {
        let key = (module, Rc::clone(local));
        if let Some(known) = self.expansions.borrow().get(&key) {
            return known.clone();
        }
        if self.expanding.borrow().contains(&key) {
            return fault("its instances are made of themselves: a cycle of references", at);
        }
        self.expanding.borrow_mut().push(key.clone());
        let name = self.qualified(module, local);
        let made = expand::instances(self, module, &name, body).map(Rc::new);
        self.expanding.borrow_mut().pop();
        self.expansions.borrow_mut().insert(key, made.clone());
        made
    }

    /// The instance of a module behind a call.
    pub(super) fn module_instance(&self, module: usize, call: &Rc<str>, of: &InstanceOf) -> Option<usize> {
        let key = (module, Rc::clone(call), of.key.clone());
        if let Some(known) = self.called.borrow().get(&key) {
            return Some(*known);
        }
        let config = self.config(module)?.calls.get(call)?.config?;
        let mut above = self.instance(module);
        while let Some(outer) = above {
            // A module that calls itself has no end.
            if outer.config == config {
                let at = self.config(module)?.calls.get(call)?.block.head;
                self.complain("this module calls itself, by way of those that it calls", at);
                return None;
            }
            above = outer.parent.as_ref().and_then(|parent| self.instance(parent.module));
        }
        let mut instances = self.instances.borrow_mut();
        if instances.len() >= MAX_MODULES {
            return None;
        }
        let outer = instances.get(module)?;
        let dot = if outer.address.is_empty() { "" } else { "." };
        let bracket = of.key.as_ref().map_or_else(String::new, |key| format!("[{}]", key.shown()));
        let address = format!("{}{dot}module.{call}{bracket}", outer.address);
        let mut guards = outer.parent.as_ref().map_or_else(Vec::new, |parent| parent.guards.clone());
        guards.extend(of.guards.iter().cloned());
        let parent = Parent { module, call: Rc::clone(call), each: of.each.clone(), guards };
        instances.push(Rc::new(Instance { address, config, parent: Some(parent) }));
        let index = instances.len() - 1;
        self.called.borrow_mut().insert(key, index);
        Some(index)
    }

    fn module_value(&self, call: &Rc<str>, behind: &[Step], scope: Scope<'_>, at: Span) -> Read {
        let Some(called) = self.config(scope.module).and_then(|config| config.calls.get(call)) else {
            return self.undeclared(
                scope.module,
                format!("there is no module `{call}`"),
                &format!("module.{call}"),
                at,
            );
        };
        if called.config.is_none() {
            let why = called.missing.clone().unwrap_or_else(|| "the module cannot be read".into());
            let hole = self.hole(
                self.labelled(self.qualified(scope.module, &format!("module.{call}"))),
                why,
                called.block.head,
            );
            return self.machine().follow(hole, behind, scope, at);
        }
        let local: Rc<str> = format!("module.{call}").into();
        let all = self.expansion(scope.module, &local, &called.block.body, called.block.head)?;
        if all.is_empty() && expand::enabled(&called.block.body).is_some() {
            return self.machine().follow(Val::null(at), behind, scope, at);
        }
        let outputs = |of: &InstanceOf, output: Option<&Rc<str>>| -> Read {
            let Some(inner) = self.module_instance(scope.module, call, of) else {
                return Ok(self.hole("a module", "there are too many modules", at));
            };
            match output {
                Some(output) => self.output(inner, output, at),
                None => {
                    let names: Vec<Rc<str>> = self
                        .config(inner)
                        .map_or_else(Vec::new, |config| config.outputs.keys().cloned().collect());
                    let outputs =
                        names.into_iter().map(|name| Ok((Rc::clone(&name), self.output(inner, &name, at)?)));
                    Ok(Val::map(outputs.collect::<Result<Vec<_>, Fault>>()?, at))
                }
            }
        };
        if let [only] = all.as_slice()
            && only.key.is_none()
        {
            if let Some((Step::Attribute(name, _), rest)) = behind.split_first() {
                return self.machine().follow(outputs(only, Some(name))?, rest, scope, at);
            }
            return self.machine().follow(outputs(only, None)?, behind, scope, at);
        }
        // One instance that is named costs no more than itself.
        if let Some((Step::Index(index), [Step::Attribute(name, _), rest @ ..])) = behind.split_first() {
            let index = super::choice::instance_key(&self.eval(index, scope)?);
            if let Some(of) = all.iter().find(|of| of.key.as_ref() == Some(&index)) {
                return self.machine().follow(outputs(of, Some(name))?, rest, scope, at);
            }
        }
        let value = expand::collected(&all, at, |of| outputs(of, None))?;
        self.machine().follow(value, behind, scope, at)
    }

    pub(super) fn output(&self, module: usize, name: &Rc<str>, at: Span) -> Read {
        let Some(block) = self.config(module).and_then(|config| config.outputs.get(name)) else {
            return self.undeclared(
                module,
                format!("the module has no output `{name}`"),
                &format!("output.{name}"),
                at,
            );
        };
        let Some(value) = block.body.get("value") else {
            return Ok(self.hole(self.qualified(module, name), "the output cannot be read", at));
        };
        self.once(Item::Output(module, Rc::clone(name)), block.head, || self.eval(value, Scope::of(module)))
    }

    /// A resource or data source.
    pub(super) fn resource(&self, module: usize, local: &str) -> Option<&'a Resource> {
        self.config(module)?.resources.get(local)
    }

    fn resource_value(&self, local: &str, behind: &[Step], scope: Scope<'_>, at: Span) -> Read {
        let local: Rc<str> = local.into();
        let Some(resource) = self.resource(scope.module, &local) else {
            return self.undeclared(scope.module, format!("there is no resource `{local}`"), &local, at);
        };
        let all = self.expansion(scope.module, &local, &resource.block.body, resource.block.head)?;
        let handle = |of: &InstanceOf| -> Read {
            let handle = Handle { module: scope.module, local: Rc::clone(&local), key: of.key.clone() };
            Ok(Val::new(V::Resource(Rc::new(handle)), at))
        };
        let value = match all.as_slice() {
            [only] if only.key.is_none() => handle(only)?,
            [] if expand::enabled(&resource.block.body).is_some() => Val::null(at),
            _several => expand::collected(&all, at, handle)?,
        };
        self.machine().follow(value, behind, scope, at)
    }

    /// Where the expressions of an instance of a resource are evaluated, lent to `then`.
    pub(super) fn with_instance<T>(
        &self,
        handle: &Handle,
        then: impl FnOnce(&Resource, &InstanceOf, Scope<'_>) -> T,
    ) -> Option<Result<T, Fault>> {
        let resource = self.resource(handle.module, &handle.local)?;
        let all = self.expansion(handle.module, &handle.local, &resource.block.body, resource.block.head);
        let all = match all {
            Ok(all) => all,
            Err(refused) => return Some(Err(refused)),
        };
        let of = all.iter().find(|of| of.key == handle.key)?;
        let scope = Scope { each: of.each.as_ref(), own: Some(handle), ..Scope::of(handle.module) };
        Some(Ok(then(resource, of, scope)))
    }

    /// The address of an instance of a resource.
    pub(super) fn address(&self, handle: &Handle) -> String {
        let bracket = handle.key.as_ref().map_or_else(String::new, |key| format!("[{}]", key.shown()));
        self.qualified(handle.module, &format!("{}{bracket}", handle.local))
    }
}

impl Machine for Graph<'_> {
    fn eval(&self, expr: &Expr, scope: Scope<'_>) -> Read {
        self.machine().evaluate(expr, scope)
    }

    fn depth(&self) -> &Cell<usize> {
        &self.depth
    }

    fn file(&self, path: &str, at: Span) -> Read {
        self.text_of_file(path, at)
    }

    fn file_exists(&self, path: &str) -> Option<bool> {
        self.files.borrow().exists(path)
    }

    fn matching(&self, dir: &str, pattern: &str) -> Option<Vec<String>> {
        self.files.borrow().matching(dir, pattern)
    }

    fn call_around(&self, name: &str, arguments: &[Val], at: Span) -> Option<Read> {
        let around = self.around.as_ref()?;
        around.call(self.files.borrow_mut().intake, name, arguments, at)
    }

    fn spend(&self, steps: u64) -> bool {
        self.steps.set(self.steps.get().saturating_add(steps));
        self.steps.get() <= MAX_STEPS
    }

    fn note(&self, hole: &Rc<Hole>) {
        let name = symbol::plain(&hole.name);
        self.holes.borrow_mut().entry(name.into()).or_insert_with(|| Rc::clone(hole));
    }

    fn known_hole(&self, name: &str) -> Option<Rc<Hole>> {
        self.holes.borrow().get(&*symbol::plain(name)).cloned()
    }

    fn is_written(&self, at: Span, text: &str) -> bool {
        self.files.borrow().intake.sources.text(at) == text
    }

    fn tell(&self, problems: Vec<Diagnostic>) {
        self.problems.borrow_mut().extend(problems);
    }

    fn reference(&self, name: &str, steps: &[Step], scope: Scope<'_>, at: Span) -> Read {
        let (first, behind) = match steps.split_first() {
            Some((Step::Attribute(first, _), behind)) => (Some(first), behind),
            // `var["name"]` is rare, and is the same.
            Some((Step::Index(index), behind)) if index.literal().is_some() => {
                let first = Step::Attribute(index.literal().unwrap_or_default().into(), index.at);
                let steps: Vec<Step> = std::iter::once(first).chain(behind.iter().cloned()).collect();
                return self.reference(name, &steps, scope, at);
            }
            _none => (None, steps),
        };
        match (name, first) {
            ("var", Some(first)) => {
                let value = self.variable(scope.module, first, at)?;
                self.machine().follow(value, behind, scope, at)
            }
            ("local", Some(first)) => {
                let value = self.local(scope.module, first, at)?;
                self.machine().follow(value, behind, scope, at)
            }
            ("module", Some(call)) => self.module_value(call, behind, scope, at),
            ("each", Some(part)) => {
                let value = match (scope.each, &**part) {
                    (Some(Each::Pair { key, .. }), "key") => key.clone(),
                    (Some(Each::Pair { value, .. }), "value") => value.clone(),
                    (_, _) => return fault("`each` is only known where `for_each` is", at),
                };
                self.machine().follow(value, behind, scope, at)
            }
            ("count", Some(_)) => match scope.each {
                Some(Each::Count(index)) => self.machine().follow(index.clone(), behind, scope, at),
                Some(Each::Pair { .. }) | None => fault("`count.index` is only known where `count` is", at),
            },
            ("self", _) => match scope.own {
                Some(handle) => {
                    let value = Val::new(V::Resource(Rc::new(handle.clone())), at);
                    self.machine().follow(value, steps, scope, at)
                }
                None => Ok(self.hole("self", "it is known where the block runs", at)),
            },
            ("path", Some(part)) => {
                let Some(config) = self.config(scope.module) else { return Ok(Val::text(".", at)) };
                let root = self.config(0).map_or(Path::new(""), |config| config.dir.as_path());
                let text = match &**part {
                    "module" => path_of(&config.dir, root),
                    _root => ".".to_owned(),
                };
                self.machine().follow(Val::text(text, at), behind, scope, at)
            }
            ("terraform" | "tofu", Some(part)) => match &**part {
                "workspace" => {
                    let workspace = self.workspace.clone().unwrap_or_else(|| "default".to_owned());
                    self.machine().follow(Val::text(workspace, at), behind, scope, at)
                }
                _other => Ok(self.hole(format!("terraform.{part}"), "it is known when Terraform runs", at)),
            },
            ("data" | "ephemeral", Some(kind)) => {
                let Some((Step::Attribute(own, _), behind)) = behind.split_first() else {
                    return fault("a data source is named by its type and its name", at);
                };
                self.resource_value(&format!("{name}.{kind}.{own}"), behind, scope, at)
            }
            (name, Some(_)) if let Some(value) = self.around.as_ref().and_then(|a| a.named(name)) => {
                self.machine().follow(value, steps, scope, at)
            }
            (kind, Some(own)) => self.resource_value(&format!("{kind}.{own}"), behind, scope, at),
            (name, None) => fault(format!("there is nothing called `{name}` here"), at),
        }
    }

    fn resource_attribute(&self, handle: &Handle, name: &Rc<str>, at: Span) -> Read {
        let key = handle.key.as_ref().map_or_else(String::new, InstanceKey::shown);
        let item = Item::Attribute(handle.module, Rc::clone(&handle.local), key, Rc::clone(name));
        self.once(item, at, || {
            let read = self.with_instance(handle, |resource, _, scope| {
                let written = expand::written(self, &resource.block.body, name, scope)?;
                match written.filter(|value| !value.is_null()) {
                    Some(value) => Ok(value),
                    None => self.computed(handle, resource, name, at),
                }
            });
            match read {
                Some(Ok(value)) => value,
                Some(Err(refused)) => Err(refused),
                None => fault(format!("there is no instance of `{}` like this", handle.local), at),
            }
        })
    }
}

/// A directory relative to that of the root module.
fn path_of(dir: &Path, root: &Path) -> String {
    let relative = dir.strip_prefix(root).unwrap_or(dir);
    let text = relative.to_string_lossy().replace('\\', "/");
    if text.is_empty() { ".".to_owned() } else { text }
}
