//! Which stacks the templates of a run become: told by a CDK assembly, nested in each other, or one each.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use super::evaluate::LOOP;
use super::evaluator::{Evaluator, Scope};
use super::sides::Decided;
use super::stack::{Entry, Stack, Template, stem};
use super::text::{is_hole, scalar};
use super::types::{self, Given, Tells, Thing};
use crate::json::Node;
use crate::name::{AccountId, symbol};
use crate::source::SourceId;

/// How many stacks one run may have: nested templates may nest each other.
const MAX_STACKS: usize = 2000;

/// How deep stacks may lie in each other.
const MAX_NESTING: usize = 32;

/// A stack that a CDK assembly names.
#[derive(Debug)]
pub(super) struct Artifact {
    pub(super) source: SourceId,
    /// The template, as the file system knows it.
    pub(super) template: PathBuf,
    pub(super) name: String,
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) parameters: BTreeMap<String, String>,
}

/// Where a stack is deployed, as far as that is known.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    pub(super) account: String,
    pub(super) region: String,
}

impl Environment {
    pub(super) fn new(account: Option<String>, region: Option<String>) -> Self {
        Self {
            account: account.unwrap_or_else(|| symbol::unknown(symbol::ACCOUNT)),
            region: region.unwrap_or_else(|| symbol::unknown(symbol::REGION)),
        }
    }
}

impl<'t> Evaluator<'t> {
    /// Makes the stacks. `environment` tells where a template is deployed that no assembly names.
    pub(super) fn make_stacks(
        &mut self,
        artifacts: &[Artifact],
        environment: &dyn Fn(SourceId) -> Environment,
    ) {
        let mut labels = BTreeSet::new();
        let mut deployed = BTreeSet::new();
        for artifact in artifacts {
            let found = self.templates.iter().position(|t| t.path == artifact.template);
            let Some(template) = found else { continue };
            deployed.insert(template);
            let told = self.templates.get(template).map(|t| environment(t.source));
            let told = told.unwrap_or_else(|| Environment::new(None, None));
            let place = Environment {
                account: artifact.account.clone().unwrap_or(told.account),
                region: artifact.region.clone().unwrap_or(told.region),
            };
            let mut label = artifact.name.clone();
            if !labels.insert(label.clone()) {
                label = format!("{label} in {} {}", artifact.account.as_deref().unwrap_or("?"), place.region);
                labels.insert(label.clone());
            }
            let name = Some(artifact.name.clone());
            self.add_stack(template, label, name, place, None, artifact.parameters.clone());
        }
        // A template that another one nests is deployed with it only.
        let nested = self.nested_templates();
        for template in 0..self.templates.len() {
            if deployed.contains(&template) || nested.contains(&template) {
                continue;
            }
            self.add_alone(template, environment);
        }
        // Templates that nest each other in a circle are nested in nothing else.
        let made: BTreeSet<usize> = self.stacks.iter().map(|s| s.template).collect();
        for template in (0..self.templates.len()).filter(|t| !made.contains(t)) {
            if !self.stacks.iter().any(|s| s.template == template) {
                self.add_alone(template, environment);
            }
        }
        for stack in 0..self.stacks.len() {
            self.learn_conditions(stack);
        }
        self.gather_names();
        // What was found out before all names were known may be known better now.
        self.physical.clear();
        self.decided.1.clear();
    }

    fn add_alone(&mut self, template: usize, environment: &dyn Fn(SourceId) -> Environment) {
        let Some(found) = self.templates.get(template) else { return };
        let label = &found.label;
        let told = [format!("{label}.AWS::StackName"), format!("{}.AWS::StackName", stem(label))];
        let name = told.iter().find_map(|key| self.given.get(key)).or_else(|| {
            // Of several templates it names none.
            self.given.get("AWS::StackName").filter(|_| self.templates.len() == 1)
        });
        let name = name.cloned();
        let place = environment(found.source);
        self.add_stack(template, found.label.clone(), name, place, None, BTreeMap::new());
    }

    /// Adds a stack and those nested in it.
    fn add_stack(
        &mut self,
        template: usize,
        label: String,
        name: Option<String>,
        place: Environment,
        parent: Option<(usize, String)>,
        given: BTreeMap<String, String>,
    ) -> Option<usize> {
        if self.stacks.len() >= MAX_STACKS {
            return None;
        }
        let found = self.templates.get(template)?;
        let index = self.stacks.len();
        let mut place = place;
        if parent.is_none() {
            let root = self.stacks.iter().filter(|stack| stack.parent.is_none()).count();
            if let Some(account) = self.accounts.get(&root) {
                place.account.clone_from(account);
            }
        }
        self.stacks.push(Stack {
            template,
            name,
            label,
            source: found.source,
            root: found.root,
            account: place.account.clone(),
            region: place.region.clone(),
            parent,
            given,
            resources: Vec::new(),
            conditions: Vec::new(),
            outputs: Vec::new(),
            by_id: BTreeMap::new(),
            by_name: BTreeMap::new(),
            nested: BTreeMap::new(),
        });
        let conditions = self.section(index, "Conditions");
        // A loop over resources may ask for them.
        let by_name = conditions.iter().enumerate().map(|(at, c)| (c.id.to_string(), at)).collect();
        if let Some(stack) = self.stacks.get_mut(index) {
            stack.conditions = conditions;
            stack.by_name = by_name;
        }
        let resources = self.section(index, "Resources");
        let outputs = self.section(index, "Outputs");
        let by_id = resources.iter().enumerate().map(|(at, r)| (r.id.to_string(), at)).collect();
        let stacks: Vec<Entry<'t>> =
            resources.iter().filter(|r| nests(r.kind()).is_some()).cloned().collect();
        if let Some(stack) = self.stacks.get_mut(index) {
            stack.resources = resources;
            stack.outputs = outputs;
            stack.by_id = by_id;
        }
        for entry in stacks {
            let Some(child) = self.nested_template(index, &entry) else { continue };
            if self.is_inside(index, child) {
                continue;
            }
            let label = self.stacks.get(index).map(|s| s.called(&entry.id)).unwrap_or_default();
            let parent = Some((index, entry.id.to_string()));
            self.note_nested(index, &entry, child);
            let made = self.add_stack(child, label, None, place.clone(), parent, BTreeMap::new());
            if let (Some(made), Some(stack)) = (made, self.stacks.get_mut(index)) {
                stack.nested.insert(entry.id.to_string(), made);
            }
        }
        Some(index)
    }

    /// Stacks that cannot all be of one account that no file names, since each of them makes an identity of the same
    /// name: by the order they are made in, with their files.
    pub(super) fn clashing(&mut self) -> BTreeMap<usize, SourceId> {
        let roots: Vec<usize> = (0..self.stacks.len()).map(|stack| self.root_of(stack)).collect();
        let mut made: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (stack, root) in roots.iter().enumerate() {
            let Some(found) = self.stacks.get(stack) else { continue };
            if found.account.parse::<AccountId>().is_ok_and(|account| !account.is_unknown()) {
                continue;
            }
            let entries: Vec<Entry<'t>> =
                found.resources.iter().filter(|entry| is_identity(entry.tells())).cloned().collect();
            for entry in entries {
                let scope = Scope::of(stack, &entry);
                if let Some(condition) = entry.node.get("Condition").and_then(Node::as_str)
                    && let Ok(Decided::Is(false)) = self.decide_name(&scope, condition, entry.key, false)
                {
                    continue;
                }
                let arn = self.physical(stack, &entry.id).and_then(|physical| physical.arn.clone());
                if let Some(arn) = arn.filter(|arn| !arn.contains('‹')) {
                    made.entry(arn).or_default().insert(*root);
                }
            }
        }
        let clashing: BTreeSet<usize> =
            made.into_values().filter(|roots| roots.len() > 1).flatten().collect();
        let tops = self.stacks.iter().enumerate().filter(|(_, stack)| stack.parent.is_none());
        let numbered = tops.enumerate().filter(|(_, (stack, _))| clashing.contains(stack));
        numbered.map(|(number, (_, stack))| (number, stack.source)).collect()
    }

    /// The stack around all that a stack lies in.
    fn root_of(&self, stack: usize) -> usize {
        let mut at = stack;
        while let Some((parent, _)) = self.stacks.get(at).and_then(|stack| stack.parent.as_ref()) {
            at = *parent;
        }
        at
    }

    /// Whether a stack lies inside one of a template already, or too deep in others.
    fn is_inside(&self, stack: usize, template: usize) -> bool {
        let mut at = self.stacks.get(stack);
        let mut depth = 0;
        while let Some(here) = at {
            depth += 1;
            if here.template == template || depth > MAX_NESTING {
                return true;
            }
            at = here.parent.as_ref().and_then(|(parent, _)| self.stacks.get(*parent));
        }
        false
    }

    /// The entries of a section, with loops written out.
    fn section(&mut self, stack: usize, name: &str) -> Vec<Entry<'t>> {
        let Some(members) = self.stacks.get(stack).map(|s| s.section(name)) else { return Vec::new() };
        let scope = Scope::bare(stack);
        let mut entries = Vec::with_capacity(members.len());
        for member in members {
            if member.key.value.starts_with(LOOP) {
                for (key, node, bindings) in self.turns(&scope, member) {
                    entries.push(Entry { id: key.value, key: key.span, node, bindings });
                }
            } else {
                let id = Cow::Borrowed(&*member.key.value);
                let bindings = Rc::clone(&scope.bindings);
                entries.push(Entry { id, key: member.key.span, node: &member.value, bindings });
            }
        }
        entries
    }

    /// Templates that another one of the run nests.
    fn nested_templates(&self) -> BTreeSet<usize> {
        let mut nested = BTreeSet::new();
        for (index, template) in self.templates.iter().enumerate() {
            for resource in template.root.get("Resources").map(Node::members).unwrap_or_default() {
                let kind = resource.value.get("Type").and_then(Node::as_str).unwrap_or("");
                if nests(kind).is_some()
                    && let Some(child) = self.template_beside(index, &resource.value, None)
                    && child != index
                {
                    nested.insert(child);
                }
            }
        }
        nested
    }

    fn nested_template(&mut self, stack: usize, entry: &Entry<'t>) -> Option<usize> {
        let template = self.stacks.get(stack)?.template;
        let scope = Scope::of(stack, entry);
        let property = nests(entry.kind())?;
        let location = self.property(&scope, entry, property).filter(|l| !is_hole(l));
        let text = location.as_ref().and_then(scalar).map(Cow::into_owned);
        self.template_beside(template, entry.node, text.as_deref())
    }

    /// The template of the run that a nested stack means: CDK notes the file, others write a path.
    fn template_beside(&self, from: usize, resource: &Node<'_>, location: Option<&str>) -> Option<usize> {
        let dir = self.templates.get(from)?.path.parent()?;
        let noted = resource.get("Metadata").and_then(|m| m.get("aws:asset:path")).and_then(Node::as_str);
        let properties = resource.get("Properties");
        let written = properties
            .and_then(|p| p.get("TemplateURL").or_else(|| p.get("Location")))
            .and_then(Node::as_str)
            .or(location);
        let path = noted.or(written.filter(|text| !text.contains("://") && !symbol::is_in(text)));
        if let Some(path) = path {
            let wanted = normal(&dir.join(path));
            return self.templates.iter().position(|t| t.path == wanted);
        }
        let node = properties.and_then(|p| p.get("TemplateURL").or_else(|| p.get("Location")))?;
        self.template_of_url(from, &url_end(node)?)
    }

    /// The only template of the run that is called as the end of a URL: the more of its path fits the better, then the
    /// nearer to the template that names it.
    pub(super) fn template_of_url(&self, from: usize, end: &[String]) -> Option<usize> {
        let parent = &self.templates.get(from)?.path;
        let shared = |path: &Path| {
            let mut path: Vec<String> =
                path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
            path.reverse();
            path.iter().zip(end.iter().rev()).take_while(|(one, other)| one == other).count()
        };
        let near =
            |path: &Path| path.components().zip(parent.components()).take_while(|(a, b)| a == b).count();
        let others = self.templates.iter().enumerate().filter(|(index, _)| *index != from);
        let mut found: Vec<_> = others
            .map(|(index, template)| (shared(&template.path), near(&template.path), index))
            .filter(|(shared, ..)| *shared > 0)
            .collect();
        found.sort_unstable_by_key(|(shared, near, _)| std::cmp::Reverse((*shared, *near)));
        match found.as_slice() {
            [(.., only)] => Some(*only),
            [first, second, ..] if (first.0, first.1) != (second.0, second.1) => Some(first.2),
            _ => None,
        }
    }

    /// Says that the template of a nested stack was found by the end of its URL.
    fn note_nested(&mut self, stack: usize, entry: &Entry<'t>, child: usize) {
        let url = nests(entry.kind()).and_then(|property| entry.node.get("Properties")?.get(property));
        let is_noted = entry.node.get("Metadata").is_some_and(|m| m.get("aws:asset:path").is_some());
        let is_path = url.and_then(Node::as_str).is_some_and(|text| !text.contains("://"));
        let (Some(parent), Some(template)) = (self.stacks.get(stack), self.templates.get(child)) else {
            return;
        };
        if is_noted || is_path {
            return;
        }
        let what =
            format!("{} is the template of the nested stack {}", template.label, parent.called(&entry.id));
        let because = "its name is the end of the stack's URL";
        self.used.insert((template.source, format!("{what}: {because}")));
        self.granted.note_file(template.source, what, because, false);
    }

    /// Macros, modules and included parts of a template, which CloudFormation writes when the stack is deployed.
    pub(super) fn note_rewriters(&mut self, template: &Template<'t>) {
        let mut found = BTreeSet::new();
        let names = |node: &Node<'_>| {
            let list = if node.elements().is_empty() { std::slice::from_ref(node) } else { node.elements() };
            let name =
                |node: &Node<'_>| node.as_str().or_else(|| node.get("Name")?.as_str()).map(str::to_owned);
            list.iter().filter_map(name).collect::<Vec<String>>()
        };
        found.extend(template.root.get("Transform").map(names).into_iter().flatten());
        let resources = template.root.get("Resources");
        let places = std::iter::once(template.root).chain(resources);
        let bodies = resources.map(Node::members).unwrap_or_default().iter().map(|member| &member.value);
        let properties = bodies.clone().filter_map(|body| body.get("Properties"));
        for place in places.chain(bodies.clone()).chain(properties) {
            found.extend(place.get("Fn::Transform").map(names).into_iter().flatten());
        }
        found.retain(|name| !UNDERSTOOD.iter().any(|known| name.starts_with(known)));
        let modules = bodies.filter_map(|body| body.get("Type").and_then(Node::as_str));
        found.extend(modules.filter(|kind| kind.ends_with("::MODULE")).map(str::to_owned));
        for name in found {
            let what = format!("what {name} writes into {} changes nothing here", template.label);
            let because = "it is run when the stack is deployed, and its result was not provided";
            self.granted.note_file(template.source, what, because, true);
            let missing = format!(
                "what {name} makes of the template: take it from `aws cloudformation get-template --template-stage Processed`"
            );
            self.notes.insert((template.source, missing));
        }
    }

    /// Exports, and parameters of Systems Manager, by name.
    fn gather_names(&mut self) {
        for stack in 0..self.stacks.len() {
            let Some(found) = self.stacks.get(stack) else { continue };
            let (outputs, resources) = (found.outputs.clone(), found.resources.clone());
            for output in outputs {
                let scope = Scope::of(stack, &output);
                if let Some(condition) = output.node.get("Condition").and_then(Node::as_str)
                    && let Ok(Decided::Is(false)) = self.decide_name(&scope, condition, output.key, false)
                {
                    continue;
                }
                let name = output.node.get("Export").and_then(|e| e.get("Name"));
                let Some(name) = name.and_then(|name| self.value(&scope, name)) else { continue };
                if let (Some(name), Some(value)) = (scalar(&name), output.node.get("Value")) {
                    let list = self.exports.entry(name.into_owned()).or_default();
                    list.push((stack, value, Rc::clone(&output.bindings)));
                }
            }
            for resource in resources.iter().filter(|r| r.tells() == Tells::Stored) {
                let scope = Scope::of(stack, resource);
                if let Some(name) = self.text_property(&scope, resource, "Name") {
                    self.parameter_store.entry(name).or_default().push((stack, resource.id.to_string()));
                }
            }
        }
    }
}

/// Whether an account can have only one of a name.
fn is_identity(tells: Tells) -> bool {
    matches!(tells, Tells::Thing(Thing::Identity(_)) | Tells::Given(Given::ManagedPolicy))
}

/// Transforms that are read here, or that change nothing that is.
const UNDERSTOOD: &[&str] = &[
    "AWS::CodeDeployBlueGreen",
    "AWS::LanguageExtensions",
    "AWS::SecretsManager-",
    "AWS::Serverless-",
    "AWS::ServiceCatalog",
];

/// The parts at the end of the path of a URL that are written out, the last one last; none where even that one is put together.
fn url_end(node: &Node<'_>) -> Option<Vec<String>> {
    const GAP: char = '\u{0}';
    fn text(node: &Node<'_>) -> Option<String> {
        if let Some(text) = node.as_str() {
            return Some(text.to_owned());
        }
        if let Some(sub) = node.get("Fn::Sub") {
            let text = sub.as_str().or_else(|| sub.elements().first()?.as_str())?;
            let mut out = String::new();
            let mut rest = text;
            while let Some((before, behind)) = rest.split_once("${") {
                out.push_str(before);
                out.push(GAP);
                rest = behind.split_once('}').map_or("", |(_, after)| after);
            }
            out.push_str(rest);
            return Some(out);
        }
        if let Some([delimiter, list]) = node.get("Fn::Join").map(Node::elements) {
            let parts = list.elements().iter().map(|part| text(part).unwrap_or_else(|| GAP.to_string()));
            return Some(parts.collect::<Vec<_>>().join(delimiter.as_str()?));
        }
        if let Some([_, yes, no]) = node.get("Fn::If").map(Node::elements) {
            let (yes, no) = (text(yes)?, text(no)?);
            let same = yes.rsplit('/').next() == no.rsplit('/').next();
            return same.then(|| format!("{GAP}/{}", yes.rsplit('/').next().unwrap_or_default()));
        }
        None
    }
    let url = text(node)?;
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let mut parts: Vec<String> = path
        .rsplit('/')
        .take_while(|part| !part.is_empty() && !part.contains(GAP))
        .map(str::to_owned)
        .collect();
    parts.reverse();
    (!parts.is_empty()).then_some(parts)
}

/// The property of a nested stack that says where its template is; none of other types.
fn nests(kind: &str) -> Option<&'static str> {
    if let Tells::Given(Given::NestedStack(property)) = types::find(kind)?.tells {
        Some(property)
    } else {
        None
    }
}

/// A path without `.` and `..`.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => out.push(part),
        }
    }
    out
}
