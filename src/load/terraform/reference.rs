//! Where expressions lead: through variables and outputs of modules to constants and resources.

use std::borrow::Cow;

use super::address::{self, Reference};
use super::model::{Module, Resource};
use crate::json::Node;

/// Steps one expression is followed for; a tangle of modules must not take longer.
const MAX_STEPS: usize = 2000;

/// Variables and outputs one after the other.
const MAX_DEPTH: usize = 64;

/// Where an expression is evaluated.
#[derive(Copy, Clone, Debug)]
pub(super) struct Scope<'a, 's> {
    /// The module instance.
    module: &'a str,
    /// `each.key` or `count.index`, as it stands between brackets.
    key: Option<&'a str>,
    for_each: Option<&'a Node<'s>>,
}

/// What an expression refers to.
#[derive(Clone, Debug)]
pub(super) enum Referent<'a, 's> {
    Constant(&'a Node<'s>),
    /// An attribute of a resource; the path is empty where only the resource is named.
    Resource {
        index: usize,
        path: Cow<'a, str>,
    },
    /// A resource that the configuration has and the file has no instance of: its count is zero.
    Absent,
    /// What the JSON does not say: a local value, a resource of a type that is not read.
    Hidden,
}

impl<'s> Module<'s> {
    /// The scope of the expressions of a resource.
    pub(super) fn scope<'a>(&'a self, resource: &'a Resource<'s>) -> Scope<'a, 's> {
        let config = self.configuration.resource(&resource.module, &resource.local);
        Scope {
            module: &resource.module,
            key: resource.key.as_deref(),
            for_each: config.and_then(|config| config.for_each.as_ref()),
        }
    }

    /// All an expression refers to, in its order; nothing where it refers to nothing.
    pub(super) fn follow<'a>(
        &'a self,
        scope: Scope<'a, 's>,
        expression: &'a Node<'s>,
    ) -> Vec<Referent<'a, 's>> {
        let mut walk = Walk { world: self, out: Vec::new(), steps: MAX_STEPS };
        walk.expression(scope, expression, "", false, MAX_DEPTH);
        walk.out
    }

    /// The scope of a module's own expressions, such as those of a provider.
    pub(super) fn module_scope<'a>(&self, module: &'a str) -> Scope<'a, 's> {
        Scope { module, key: None, for_each: None }
    }
}

struct Walk<'a, 's> {
    world: &'a Module<'s>,
    out: Vec<Referent<'a, 's>>,
    steps: usize,
}

impl<'a, 's> Walk<'a, 's> {
    /// `behind`: what is asked of the value of the expression; `same_key`: the instance that has the scope's key.
    fn expression(
        &mut self,
        scope: Scope<'a, 's>,
        expression: &'a Node<'s>,
        behind: &str,
        same_key: bool,
        depth: usize,
    ) {
        let (Some(steps), Some(depth)) = (self.steps.checked_sub(1), depth.checked_sub(1)) else {
            self.out.push(Referent::Hidden);
            return;
        };
        self.steps = steps;
        if let Some(constant) = expression.get("constant_value") {
            self.out.push(inside(constant, behind).map_or(Referent::Hidden, Referent::Constant));
            return;
        }
        let Some(references) = expression.get("references") else { return };
        let heads = address::heads(references.elements().iter().filter_map(Node::as_str));
        let heads: Vec<_> = heads.into_iter().map(Reference::parse).collect();
        let same_key =
            same_key || heads.iter().any(|head| matches!(head, Reference::EachKey | Reference::CountIndex));
        for head in heads {
            self.reference(scope, head, behind, same_key, depth);
        }
    }

    fn reference(
        &mut self,
        scope: Scope<'a, 's>,
        head: Reference<'a>,
        behind: &str,
        same_key: bool,
        depth: usize,
    ) {
        match head {
            Reference::Resource { local, key, path } => {
                self.resource(scope, local, key, same_key, &joined(path, behind));
            }
            Reference::Variable { name, path } => self.variable(scope, name, &joined(path, behind), depth),
            Reference::Module { call, key, output, path } => {
                let instances = self.world.modules_called(scope.module, call);
                let wanted = key.or(scope.key.filter(|_| same_key));
                let is_wanted = |module: &&String| {
                    wanted.is_some() && address::parent(module).and_then(|(_, step)| step.key) == wanted
                };
                let mut chosen: Vec<&'a String> = instances.iter().filter(is_wanted).collect();
                if chosen.is_empty() && key.is_none() {
                    chosen = instances.iter().collect();
                }
                let behind = joined(path, behind);
                let before = self.out.len();
                for module in chosen {
                    let scope = Scope { module, key: None, for_each: None };
                    if let Some(expression) = self.world.configuration.output(module, output) {
                        self.expression(scope, expression, &behind, false, depth);
                    }
                }
                if self.out.len() == before {
                    self.out.push(Referent::Hidden);
                }
            }
            Reference::EachValue { path } => match scope.for_each {
                // The value of a set or map of constants is in the plan where it matters.
                Some(for_each) if scope.key.is_some() => {
                    let outer = Scope { for_each: None, ..scope };
                    self.expression(outer, for_each, &joined(path, behind), true, depth);
                }
                Some(_) | None => self.out.push(Referent::Hidden),
            },
            // They pick an instance of something else, or are part of a longer text.
            Reference::EachKey | Reference::CountIndex => {}
            Reference::Other => self.out.push(Referent::Hidden),
        }
    }

    fn resource(&mut self, scope: Scope<'a, 's>, local: &str, key: Option<&str>, same_key: bool, path: &str) {
        let all = self.world.instances(scope.module, local);
        let has = |index: &&usize, key| self.world.get(**index).and_then(|r| r.key.as_deref()) == Some(key);
        let chosen: Vec<usize> = match (key, all) {
            (Some(key), _) => all.iter().filter(|index| has(index, key)).copied().collect(),
            (None, [only]) => vec![*only],
            (None, _) => {
                let own = scope.key.filter(|_| same_key);
                let same: Vec<usize> =
                    all.iter().filter(|index| own.is_some_and(|key| has(index, key))).copied().collect();
                if same.is_empty() { all.to_vec() } else { same }
            }
        };
        if chosen.is_empty() {
            let declared = self.world.configuration.resource(scope.module, local).is_some();
            self.out.push(if declared { Referent::Absent } else { Referent::Hidden });
        }
        for index in chosen {
            // Every instance is a step: a list of thousands is nothing one value can be.
            let Some(steps) = self.steps.checked_sub(1) else { return };
            self.steps = steps;
            self.out.push(Referent::Resource { index, path: Cow::Owned(path.to_owned()) });
        }
    }

    fn variable(&mut self, scope: Scope<'a, 's>, name: &str, path: &str, depth: usize) {
        let configuration = &self.world.configuration;
        let Some((caller, step)) = address::parent(scope.module) else {
            let value = self.world.variables.get(name).or_else(|| configuration.variable_default("", name));
            self.out.push(
                value.and_then(|value| inside(value, path)).map_or(Referent::Hidden, Referent::Constant),
            );
            return;
        };
        let call = configuration.call(caller, step.call);
        let given = call.and_then(|call| call.expressions.as_ref()).and_then(|e| e.get(name));
        match given {
            Some(expression) => {
                let for_each = call.and_then(|call| call.for_each.as_ref());
                let outer = Scope { module: caller, key: step.key, for_each };
                self.expression(outer, expression, path, false, depth);
            }
            None => {
                let value =
                    configuration.variable_default(scope.module, name).and_then(|value| inside(value, path));
                self.out.push(value.map_or(Referent::Hidden, Referent::Constant));
            }
        }
    }
}

fn joined(path: &str, behind: &str) -> String {
    match (path, behind) {
        (path, "") => path.to_owned(),
        ("", behind) => behind.to_owned(),
        (path, behind) => format!("{path}.{behind}"),
    }
}

/// The part of a constant at a path of plain names.
fn inside<'a, 's>(node: &'a Node<'s>, path: &str) -> Option<&'a Node<'s>> {
    if path.is_empty() {
        return Some(node);
    }
    path.split('.').try_fold(node, |node, name| node.get(name))
}
