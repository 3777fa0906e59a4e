//! From resources to facts: which of them exist, and what the rest of the loader needs to know of them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::evaluator::{Evaluator, Scope, ValueHead};
use super::sides::{Branch, Decided};
use super::stack::{Entry, stem};
use super::text::{is_hole, same, scalar, write_json};
use super::types::{self, Tells};
use super::variants::Variant;
use crate::estate::{Called, PlacedArn, SharedPolicy, Tags};
use crate::json::{self, Member, Node, Value};
use crate::load::Intake;
use crate::name::{AccountId, Arn, symbol};
use crate::policy::PolicyKind;
use crate::source::{SourceId, Span, Spanned};

/// Facts on their way from the templates to the estate.
pub(super) struct FactEmitter<'a, 't> {
    pub(super) evaluator: &'a mut Evaluator<'t>,
    pub(super) intake: &'a mut Intake,
    /// Roles, users and groups that are declared, by what they are, their account and their name.
    pub(super) holders: BTreeMap<(&'static str, String, String), Holder>,
    /// Managed policies that are declared, by ARN: the stack, the resource and where it exists.
    pub(super) managed: BTreeMap<String, (usize, usize)>,
    /// Bucket policies, by bucket.
    pub(super) bucket_policies: BTreeMap<String, Documents<'t>>,
    /// Bucket policies of which nobody knows whose they are.
    pub(super) open_bucket_policies: Vec<Resource<'t>>,
    /// Trust policies and managed policies, by what they are and whose.
    documents: BTreeMap<(PolicyKind, Arn), (PlacedArn, Documents<'t>)>,
    /// Buckets that are declared, and the side of conditions on which they exist.
    pub(super) buckets: BTreeMap<String, (Span, Rc<Branch>)>,
    /// Keys by account, Region and id.
    pub(super) keys: BTreeMap<Arn, PlacedArn>,
    /// Alias names by key.
    pub(super) aliases: BTreeMap<Arn, (Span, Vec<String>)>,
    /// Accounts and Regions where a key has an alias, and nobody knows which key.
    pub(super) open_aliases: BTreeSet<(String, String)>,
    /// Secrets and queues that are declared.
    pub(super) stores: Vec<PlacedArn>,
    /// Their policies.
    pub(super) store_policies: BTreeMap<Arn, (PlacedArn, Documents<'t>)>,
    /// A policy of a secret or queue, and nobody knows which.
    pub(super) has_open_store_policy: bool,
    counts: BTreeMap<SourceId, BTreeMap<&'static str, usize>>,
}

/// An identity that policies are given to.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    pub(super) arn: PlacedArn,
    /// The side of conditions on which it exists.
    pub(super) branch: Rc<Branch>,
}

/// A resource that may exist.
#[derive(Clone, Debug)]
pub(super) struct Resource<'t> {
    pub(super) stack: usize,
    pub(super) entry: Entry<'t>,
    /// The sides of open conditions on which it exists; one without any when it always does.
    pub(super) exists: Vec<Rc<Branch>>,
    /// Others of its stack that have its name on another side of conditions.
    pub(super) others: Rc<Vec<Entry<'t>>>,
}

/// Documents of one owner, each with its JSON pointer.
type Documents<'t> = Vec<(Node<'t>, String)>;

impl Resource<'_> {
    /// The side on which all of it counts, as far as one side says it all.
    fn on(&self) -> Rc<Branch> {
        match self.exists.as_slice() {
            [only] => Rc::clone(only),
            _ => Rc::default(),
        }
    }

    /// The side that whoever asks about it takes for granted: that it exists. Not so where another has its name.
    pub(super) fn side(&self) -> Rc<Branch> {
        if self.others.is_empty() { self.on() } else { Rc::default() }
    }
}

impl<'a, 't> FactEmitter<'a, 't> {
    pub(super) fn new(evaluator: &'a mut Evaluator<'t>, intake: &'a mut Intake) -> Self {
        Self {
            evaluator,
            intake,
            holders: BTreeMap::new(),
            managed: BTreeMap::new(),
            bucket_policies: BTreeMap::new(),
            open_bucket_policies: Vec::new(),
            documents: BTreeMap::new(),
            buckets: BTreeMap::new(),
            keys: BTreeMap::new(),
            aliases: BTreeMap::new(),
            open_aliases: BTreeSet::new(),
            stores: Vec::new(),
            store_policies: BTreeMap::new(),
            has_open_store_policy: false,
            counts: BTreeMap::new(),
        }
    }

    /// Every resource of the run that may exist.
    pub(super) fn resources(&mut self) -> Vec<Resource<'t>> {
        let mut all = Vec::new();
        for stack in 0..self.evaluator.stacks.len() {
            let Some(found) = self.evaluator.stacks.get(stack) else { continue };
            let (entries, parent) = (found.resources.clone(), found.parent.clone());
            // A nested stack exists where the resource does that declares it.
            let around = parent.and_then(|(parent, id)| {
                let outer: &Resource<'t> =
                    all.iter().find(|r: &&Resource<'t>| r.stack == parent && r.entry.id == id)?;
                Some(outer.exists.clone())
            });
            let is_root = self.evaluator.stacks.get(stack).is_some_and(|s| s.parent.is_none());
            let around = around.unwrap_or_else(|| if is_root { vec![Rc::default()] } else { Vec::new() });
            for entry in entries {
                let mut exists = Vec::new();
                for branch in &around {
                    let scope = Scope::of(stack, &entry).taking(branch);
                    exists.extend(self.exists(&scope, &entry));
                }
                if exists.is_empty() {
                    if !around.is_empty() {
                        self.leave_out(stack, &entry);
                    }
                    continue;
                }
                if let [side] = exists.as_slice()
                    && let Some((atom, _)) = side.beyond(&Branch::default()).next()
                    && matches!(entry.tells(), Tells::Thing(_))
                {
                    let what = format!("whether {} exists: {}", entry.id, atom.why);
                    let source = self.evaluator.stacks.get(stack).map(|s| s.source);
                    source.into_iter().for_each(|source| self.intake.misses(source, what.clone()));
                }
                all.push(Resource { stack, entry, exists, others: Rc::default() });
            }
        }
        self.find_namesakes(&mut all);
        all
    }

    /// Says why a resource does not exist as the parameters stand.
    fn leave_out(&mut self, stack: usize, entry: &Entry<'t>) {
        let scope = Scope::of(stack, entry);
        let condition = entry.node.get("Condition").and_then(Node::as_str);
        let (Some(condition), Some(found)) = (condition, self.evaluator.stacks.get(stack)) else { return };
        if !matches!(entry.tells(), Tells::Thing(_) | Tells::Given(_)) {
            return;
        }
        let (label, source) = (found.label.clone(), found.source);
        let asked = self.evaluator.asked_of(&scope, condition);
        let with = if asked.is_empty() { String::new() } else { format!(" with {}", asked.join(", ")) };
        let names = asked.iter().filter_map(|text| text.split_once(" = ")).map(|(name, _)| name);
        let give = names.map(|name| format!("--parameter {name}=…")).collect::<Vec<_>>().join(" ");
        let give = if give.is_empty() { String::new() } else { format!(": give {give}") };
        let why = format!("under condition {condition}, which is false{with}{give}");
        self.intake.misses(source, format!("{}: it is declared {why}", entry.id));
        let sentence = format!("{} is declared in {label} {why}", entry.id);
        let mut names = vec![entry.id.to_string(), format!("{label}.{}", entry.id)];
        for property in ["RoleName", "BucketName", "UserName"] {
            names.extend(self.evaluator.text_property(&scope, entry, property));
        }
        for name in names {
            self.intake.estate.left_out.entry(name).or_insert_with(|| sentence.clone());
        }
    }

    /// Resources of one name, of which conditions let one exist.
    fn find_namesakes(&mut self, all: &mut [Resource<'t>]) {
        let mut named: BTreeMap<(usize, String, String), Vec<usize>> = BTreeMap::new();
        for (index, resource) in all.iter().enumerate().filter(|(_, r)| is_named(&r.entry)) {
            if resource.exists.iter().all(|side| side.is_empty()) {
                continue;
            }
            if let Some(physical) = self.evaluator.physical(resource.stack, &resource.entry.id) {
                let key = (resource.stack, resource.entry.kind().to_owned(), physical.reference.clone());
                named.entry(key).or_default().push(index);
            }
        }
        for list in named.into_values().filter(|list| list.len() > 1) {
            for index in &list {
                let others = list.iter().filter(|other| *other != index);
                let others = others.filter_map(|other| Some(all.get(*other)?.entry.clone())).collect();
                if let Some(resource) = all.get_mut(*index) {
                    resource.others = Rc::new(others);
                }
            }
        }
    }

    /// The sides of open conditions on which a resource exists.
    fn exists(&mut self, scope: &Scope<'t>, entry: &Entry<'t>) -> Vec<Rc<Branch>> {
        let Some(condition) = entry.node.get("Condition") else { return vec![Rc::clone(&scope.branch)] };
        let Some(name) = condition.as_str() else { return vec![Rc::clone(&scope.branch)] };
        let span = condition.span;
        let sides = self.evaluator.variants(scope, &mut |evaluator, scope| {
            Ok(match evaluator.decide_name(scope, name, span, true)? {
                Decided::Is(exists) => exists,
                Decided::Open(_) => true,
            })
        });
        match sides {
            Some(sides) => {
                sides.into_iter().filter(|(_, exists)| *exists).map(|(branch, _)| branch).collect()
            }
            None => vec![Rc::clone(&scope.branch)],
        }
    }

    pub(super) fn scope(&self, resource: &Resource<'t>) -> Scope<'t> {
        Scope::of(resource.stack, &resource.entry).taking(&resource.on())
    }

    /// Whether everything that has the name of a resource says the same of a property.
    pub(super) fn agree(&mut self, resource: &Resource<'t>, property: &str) -> bool {
        let others = Rc::clone(&resource.others);
        if others.is_empty() {
            return true;
        }
        let scope = self.scope(resource);
        let mine = self.evaluator.property(&scope, &resource.entry, property);
        let agree = others.iter().all(|other| {
            let scope = Scope::of(resource.stack, other);
            match (&mine, self.evaluator.property(&scope, other, property)) {
                (Some(mine), Some(theirs)) => same(mine, &theirs),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            }
        });
        if !agree {
            let what = format!(
                "{property} of {}: it depends on a condition that is not decided",
                self.shown(resource)
            );
            let source = self.source(resource);
            self.intake.misses(source, what);
        }
        agree
    }

    /// A document of an owner of which there may be several.
    pub(super) fn document(
        &mut self,
        resource: &Resource<'t>,
        property: &str,
        owner: &PlacedArn,
        kind: PolicyKind,
    ) {
        let Some(document) = self.property_node(resource, property) else { return };
        let (scope, base) = (self.scope(resource), resource.side());
        let pointer = self.pointer(resource, property);
        if let Some(node) = self.evaluator.document(&scope, &base, document) {
            self.count(resource, "policy");
            let key = (kind, owner.value.clone());
            let (_, list) = self.documents.entry(key).or_insert_with(|| (owner.clone(), Vec::new()));
            list.push((node, pointer));
        }
    }

    /// Tells the documents that were gathered.
    pub(super) fn settle_documents(&mut self) {
        for ((kind, _), (owner, list)) in std::mem::take(&mut self.documents) {
            for (node, pointer) in merged(list) {
                let Some(policy) = self.lower(&node, kind, &pointer) else { continue };
                match kind {
                    PolicyKind::Trust => self.intake.role_trust(&owner, policy.span, policy),
                    PolicyKind::Identity
                    | PolicyKind::Boundary
                    | PolicyKind::Session
                    | PolicyKind::Bucket
                    | PolicyKind::AccessPoint
                    | PolicyKind::Key
                    | PolicyKind::Scp
                    | PolicyKind::Rcp
                    | PolicyKind::Endpoint
                    | PolicyKind::Resource
                    | PolicyKind::Permissions => {
                        self.intake.managed_policy(owner.value.as_str(), owner.span, policy)
                    }
                }
            }
        }
    }

    pub(super) fn account(&self, resource: &Resource<'t>) -> String {
        self.evaluator.stacks.get(resource.stack).map(|s| s.account.clone()).unwrap_or_default()
    }

    pub(super) fn region(&self, resource: &Resource<'t>) -> String {
        self.evaluator.stacks.get(resource.stack).map(|s| s.region.clone()).unwrap_or_default()
    }

    pub(super) fn partition(&self, resource: &Resource<'t>) -> &'static str {
        self.evaluator.stacks.get(resource.stack).map_or("aws", |s| s.partition())
    }

    pub(super) fn account_id(&self, resource: &Resource<'t>) -> Option<AccountId> {
        self.account(resource).parse().ok()
    }

    /// The file that declares a resource, also in a template that it holds as a text.
    pub(super) fn source(&self, resource: &Resource<'t>) -> SourceId {
        self.intake.sources.host(resource.entry.key).source
    }

    /// The ARN of a resource, at the place of its logical id.
    pub(super) fn arn(&mut self, resource: &Resource<'t>) -> Option<PlacedArn> {
        let physical = self.evaluator.physical(resource.stack, &resource.entry.id)?;
        let arn = physical.arn.as_ref()?.parse().ok()?;
        Some(Spanned::new(arn, resource.entry.key))
    }

    pub(super) fn name(&mut self, resource: &Resource<'t>) -> String {
        let physical = self.evaluator.physical(resource.stack, &resource.entry.id);
        physical.map(|p| p.name.clone()).unwrap_or_default()
    }

    pub(super) fn property(&mut self, resource: &Resource<'t>, name: &str) -> Option<Node<'t>> {
        let scope = self.scope(resource);
        self.evaluator.property(&scope, &resource.entry, name)
    }

    pub(super) fn property_node(&mut self, resource: &Resource<'t>, name: &str) -> Option<&'t Node<'t>> {
        let scope = self.scope(resource);
        self.evaluator.property_node(&scope, &resource.entry, name)
    }

    pub(super) fn text(&mut self, resource: &Resource<'t>, name: &str) -> Option<Spanned<String>> {
        let node = self.property(resource, name)?;
        Some(Spanned::new(scalar(&node)?.into_owned(), node.span))
    }

    /// A yes or no; none where it is left out or not known.
    pub(super) fn flag(&mut self, resource: &Resource<'t>, name: &str) -> Option<Spanned<bool>> {
        let text = self.text(resource, name)?;
        truth(&text.value).map(|value| Spanned::new(value, text.span))
    }

    /// The items of a list property, each with the sides it is there on.
    pub(super) fn items(&mut self, scope: &Scope<'t>, list: &'t Node<'t>) -> Vec<Variant<ValueHead<'t>>> {
        let mut all = Vec::new();
        for (branch, head) in self.evaluator.elements(scope, list) {
            let ValueHead::Literal(node) = head else {
                all.push((branch, head));
                continue;
            };
            let scope = scope.taking(&branch);
            match self.evaluator.variants(&scope, &mut |evaluator, scope| evaluator.head(scope, node)) {
                Some(heads) => all.extend(heads),
                None => {
                    let value = self.evaluator.value(&scope, node);
                    all.extend(value.map(|value| (branch, ValueHead::Computed(value))));
                }
            }
        }
        all.retain(|(_, head)| !matches!(head, ValueHead::NoValue));
        all
    }

    /// A policy of a document in a template. `base` is the side on which its owner exists.
    pub(super) fn policy(
        &mut self,
        scope: &Scope<'t>,
        base: &Branch,
        document: &'t Node<'t>,
        kind: PolicyKind,
        pointer: &str,
    ) -> Option<SharedPolicy> {
        let node = self.evaluator.document(scope, base, document)?;
        self.lower(&node, kind, pointer)
    }

    pub(super) fn lower(&mut self, node: &Node<'t>, kind: PolicyKind, pointer: &str) -> Option<SharedPolicy> {
        if let Value::String(text) = &node.value
            && is_hole(node)
        {
            let name = symbol::first_in(text).unwrap_or("document").to_owned();
            let why = self.evaluator.why(node);
            return Some(self.intake.unknown_policy(&name, kind, node.span, &why));
        }
        if let Value::String(text) = &node.value
            && symbol::is_in(text)
        {
            // The text was put together, so no other place fits its parts.
            let parsed = json::parse(SourceId::LONE, text);
            let mut root = parsed.root?;
            place_at(&mut root, node.span);
            return Some(self.intake.made_policy(&root, kind, pointer, text));
        }
        if node.is_object() {
            let mut text = String::new();
            write_json(node, &mut text);
            return Some(self.intake.made_policy(node, kind, pointer, &text));
        }
        self.intake.policy(node, kind, pointer)
    }

    /// The JSON pointer of a property of a resource.
    pub(super) fn pointer(&self, resource: &Resource<'t>, property: &str) -> String {
        format!("/Resources/{}/Properties/{property}", resource.entry.id)
    }

    pub(super) fn tags(&mut self, resource: &Resource<'t>) -> Option<Spanned<Tags>> {
        let Some(list) = self.property(resource, "Tags") else {
            return Some(Spanned::new(Tags::new(), resource.entry.key));
        };
        let mut tags = Tags::new();
        match &list.value {
            Value::Array(elements) => {
                for element in elements {
                    let key = element.get("Key").and_then(scalar)?;
                    let value = element.get("Value").and_then(scalar)?;
                    tags.insert(key.into_owned(), value.into_owned());
                }
            }
            Value::Object(members) => {
                for member in members {
                    tags.insert(member.key.value.to_string(), scalar(&member.value)?.into_owned());
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Invalid => {
                return None;
            }
        }
        Some(Spanned::new(tags, list.span))
    }

    /// Names people use for a resource: its logical id, the stack before it, its CDK path.
    pub(super) fn is_called(&mut self, resource: &Resource<'t>, called: &Called) {
        for name in self.names(resource) {
            self.intake.called(&name, called.clone());
        }
    }

    fn names(&self, resource: &Resource<'t>) -> Vec<String> {
        let id = &resource.entry.id;
        let mut names = vec![id.to_string()];
        if let Some(stack) = self.evaluator.stacks.get(resource.stack) {
            names.push(format!("{}.{id}", stack.label));
            names.push(format!("{} {id}", stack.label));
            if let Some(name) = &stack.name
                && *name != stack.label
            {
                names.push(format!("{name}.{id}"));
            }
            // People call a stack as its template.
            let stem = stem(&stack.label);
            if stem != stack.label {
                names.push(format!("{stem}.{id}"));
            }
        }
        let path =
            resource.entry.node.get("Metadata").and_then(|m| m.get("aws:cdk:path")).and_then(Node::as_str);
        if let Some(path) = path {
            names.push(path.to_owned());
            names.extend(path.strip_suffix("/Resource").map(str::to_owned));
        }
        names
    }

    /// What people call a resource, in words for the list of inputs.
    pub(super) fn shown(&self, resource: &Resource<'t>) -> Cow<'t, str> {
        let path =
            resource.entry.node.get("Metadata").and_then(|m| m.get("aws:cdk:path")).and_then(Node::as_str);
        match path {
            Some(path) => Cow::Borrowed(path.strip_suffix("/Resource").unwrap_or(path)),
            None => resource.entry.id.clone(),
        }
    }

    pub(super) fn count(&mut self, resource: &Resource<'t>, what: &'static str) {
        *self.counts.entry(self.source(resource)).or_default().entry(what).or_default() += 1;
    }

    /// Says of each file what it added.
    pub(super) fn summarise(&mut self) {
        const ORDER: &[(&str, &str)] = &[
            ("role", "roles"),
            ("user", "users"),
            ("group", "groups"),
            ("key", "keys"),
            ("bucket", "buckets"),
            ("secret", "secrets"),
            ("queue", "queues"),
            ("endpoint", "endpoints"),
            ("access point", "access points"),
            ("policy", "policies"),
            ("instance profile", "instance profiles"),
            ("OpenID Connect provider", "OpenID Connect providers"),
            ("SAML provider", "SAML providers"),
            ("workload", "workloads"),
        ];
        for (source, counts) in std::mem::take(&mut self.counts) {
            let parts: Vec<String> = ORDER
                .iter()
                .filter_map(|(one, many)| {
                    let count = *counts.get(one)?;
                    Some(format!("{count} {}", if count == 1 { one } else { many }))
                })
                .collect();
            self.intake.contributes(source, "", parts.join(", "));
        }
    }

    /// An unknown policy as one more policy of somebody.
    pub(super) fn open_policy(&mut self, name: &str, kind: PolicyKind, at: Span, why: &str) -> SharedPolicy {
        Arc::clone(&self.intake.unknown_policy(name, kind, at, why))
    }
}

/// Whether people name resources of its type, so that two may have one name.
fn is_named(entry: &Entry<'_>) -> bool {
    types::find(entry.kind()).is_some_and(|known| known.is_named)
}

/// Documents that count on different sides of conditions as one document.
pub(super) fn merged(list: Documents<'_>) -> Documents<'_> {
    if list.len() < 2 || list.iter().any(|(node, _)| !node.is_object()) {
        return list;
    }
    let mut statements = Vec::new();
    let mut rest: Vec<Member<'_>> = Vec::new();
    let Some((span, pointer)) = list.first().map(|(node, pointer)| (node.span, pointer.clone())) else {
        return list;
    };
    for (node, _) in list {
        let Value::Object(members) = node.value else { continue };
        for member in members {
            if member.key.value != "Statement" {
                if !rest.iter().any(|m| m.key.value == member.key.value) {
                    rest.push(member);
                }
                continue;
            }
            match member.value.value {
                Value::Array(list) => statements.extend(list),
                value @ (Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Object(_)
                | Value::Invalid) => statements.push(Node { span: member.value.span, value }),
            }
        }
    }
    let value = Node { span, value: Value::Array(statements) };
    rest.push(Member { key: Spanned::new("Statement".into(), span), value });
    vec![(Node { span, value: Value::Object(rest) }, pointer)]
}

/// Gives one place to all of a tree.
fn place_at(node: &mut Node<'_>, span: Span) {
    node.span = span;
    match &mut node.value {
        Value::Array(elements) => elements.iter_mut().for_each(|e| place_at(e, span)),
        Value::Object(members) => {
            for member in members {
                member.key.span = span;
                place_at(&mut member.value, span);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Invalid => {}
    }
}

pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" => Some(true),
        "false" | "False" => Some(false),
        _ => None,
    }
}
