//! `aws_iam_policy_document` that is read only when the plan is applied, rebuilt leaf by leaf.

use std::borrow::Cow;

use super::model::{Block, Held, Resource, is_null};
use super::names::{AFTER_APPLY, Names};
use super::reference::Referent;
use super::types::{IdentityType, Naming, Tells};
use crate::estate::StoreKind;
use crate::json::{self, Member, Node, Value};
use crate::load::made::{self, owned};
use crate::name::symbol;
use crate::source::{SourceMap, Span, Spanned};

/// Documents merged into documents.
const MAX_DEPTH: usize = 16;

/// Why a document cannot be rebuilt: the name of what is open, and where it is.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) name: String,
    pub(super) at: Span,
}

/// A document as the provider puts it together: of statements with one Sid, the last counts.
struct Merged<'s> {
    id: Option<Node<'s>>,
    version: Option<Node<'s>>,
    statements: Vec<Node<'s>>,
}

/// The document of a data source: its `json` where that is known, else what its arguments say.
pub(super) fn document<'s>(
    names: &Names<'_, 's>,
    sources: &mut SourceMap,
    data: &Resource<'s>,
) -> Result<Node<'s>, Open> {
    rebuilt(names, sources, data, MAX_DEPTH)
}

fn rebuilt<'s>(
    names: &Names<'_, 's>,
    sources: &mut SourceMap,
    data: &Resource<'s>,
    depth: usize,
) -> Result<Node<'s>, Open> {
    let block = names.world.block(data);
    let known = block.known("json").or(block.known("minified_json"));
    if let Some(text) = known.filter(|node| node.as_str().is_some_and(|text| !text.is_empty())) {
        return Ok(text.clone());
    }
    let open = |what: &str, at: Span| Open { name: format!("{}.{what}", data.address.value), at };
    let depth = depth.checked_sub(1).ok_or_else(|| open("json", data.address.span))?;
    let mut merged = Merged { id: None, version: None, statements: Vec::new() };
    for name in ["source_json", "source_policy_documents"] {
        merge_others(names, sources, (data, &block), name, &mut merged, depth)?;
    }
    let own = own_document(names, data, &block)?;
    merged.merge(&own);
    for name in ["override_policy_documents", "override_json"] {
        merge_others(names, sources, (data, &block), name, &mut merged, depth)?;
    }
    Ok(merged.node(data.values.span))
}

/// Merges the documents that an argument holds, which may be data sources themselves.
fn merge_others<'s>(
    names: &Names<'_, 's>,
    sources: &mut SourceMap,
    (data, block): (&Resource<'s>, &Block<'_, 's>),
    name: &str,
    into: &mut Merged<'s>,
    depth: usize,
) -> Result<(), Open> {
    let open = |at: Span| Open { name: format!("{}.{name}", data.address.value), at };
    let (list, mask) = match block.held(name) {
        Held::Unset => return Ok(()),
        Held::Known(node) => (node, block.unknown.and_then(|unknown| unknown.get(name))),
        Held::Unknown(at) => {
            // Nothing is known but what it refers to: all of them, when that is nothing but documents.
            let expression = block.expression(name).ok_or_else(|| open(at))?;
            for found in names.world.follow(names.world.scope(data), expression) {
                match found {
                    Referent::Resource { index, .. } => {
                        let other =
                            names.world.get(index).filter(|r| is_document(r)).ok_or_else(|| open(at))?;
                        let node = rebuilt(names, sources, other, depth)?;
                        into.merge(&opened(sources, node).ok_or_else(|| open(at))?);
                    }
                    Referent::Absent => {}
                    Referent::Constant(node) if node.as_str().is_none_or(|text| !text.contains('{')) => {}
                    Referent::Constant(_) | Referent::Hidden => return Err(open(at)),
                }
            }
            return Ok(());
        }
    };
    let elements = if list.as_str().is_some() { std::slice::from_ref(list) } else { list.elements() };
    let mut referred = None;
    for (at, element) in elements.iter().enumerate() {
        let is_open = mask.and_then(|mask| mask.elements().get(at)).and_then(Node::as_bool) == Some(true);
        if !is_open {
            if element.as_str().is_some_and(|text| !text.trim().is_empty()) {
                let node = opened(sources, element.clone()).ok_or_else(|| open(element.span))?;
                into.merge(&node);
            }
            continue;
        }
        let documents = referred.get_or_insert_with(|| {
            let expression = block.expression(name);
            let found =
                expression.map(|e| names.world.follow(names.world.scope(data), e)).unwrap_or_default();
            let documents = found.into_iter().filter_map(|found| match found {
                Referent::Resource { index, .. } => names.world.get(index).filter(|r| is_document(r)),
                Referent::Constant(_) | Referent::Absent | Referent::Hidden => None,
            });
            // Those that are known are not among the open ones.
            let deferred = documents.filter(|r| names.world.block(r).is_unknown("json"));
            deferred.collect::<Vec<_>>().into_iter()
        });
        let other = documents.next().ok_or_else(|| open(element.span))?;
        let node = rebuilt(names, sources, other, depth)?;
        into.merge(&opened(sources, node).ok_or_else(|| open(element.span))?);
    }
    Ok(())
}

pub(super) fn is_document(resource: &Resource<'_>) -> bool {
    resource.data && resource.kind.tells == Tells::PolicyDocument
}

/// The document that a string holds, with the places of its own.
fn opened<'s>(sources: &mut SourceMap, node: Node<'s>) -> Option<Node<'s>> {
    if node.as_str().is_none() {
        return Some(node);
    }
    let embedding = json::embed(sources, &node, "policy document")?;
    let parsed = json::parse(embedding.source, &embedding.text);
    let sound = !parsed.problems.iter().any(crate::diagnostic::Diagnostic::is_error);
    parsed.root.filter(|root| sound && root.is_object()).map(|root| owned(&root))
}

impl<'s> Merged<'s> {
    fn merge(&mut self, document: &Node<'s>) {
        let text = |node: &Option<Node<'s>>| node.as_ref().and_then(Node::as_str).unwrap_or("").to_owned();
        if let Some(id) = document.get("Id") {
            self.id = Some(id.clone());
        }
        if let Some(version) = document.get("Version")
            && version.as_str().is_some_and(|version| version > text(&self.version).as_str())
        {
            self.version = Some(version.clone());
        }
        let Some(statement) = document.get("Statement") else { return };
        let list = if statement.is_object() { std::slice::from_ref(statement) } else { statement.elements() };
        for new in list {
            let sid = |node: &Node<'_>| {
                node.get("Sid").and_then(|sid| Some(sid.as_str()?.to_owned())).filter(|sid| !sid.is_empty())
            };
            let own = sid(new);
            let same = self.statements.iter_mut().find(|old| own.is_some() && sid(old) == own);
            match same {
                Some(old) => *old = new.clone(),
                None => self.statements.push(new.clone()),
            }
        }
    }

    fn node(self, at: Span) -> Node<'s> {
        let statements = Node { span: at, value: Value::Array(self.statements) };
        let members = [("Version", self.version), ("Id", self.id), ("Statement", Some(statements))];
        object(at, members.into_iter().filter_map(|(name, node)| Some((name, node?))).collect())
    }
}

/// The document of a data source's own statements.
fn own_document<'s>(
    names: &Names<'_, 's>,
    data: &Resource<'s>,
    block: &Block<'_, 's>,
) -> Result<Node<'s>, Open> {
    let at = data.values.span;
    if let Held::Unknown(at) = block.held("statement") {
        return Err(Open { name: format!("{}.statement", data.address.value), at });
    }
    let mut statements = Vec::new();
    for (index, statement) in block.blocks("statement").iter().enumerate() {
        let builder = Builder { names, data, path: format!("statement[{index}]") };
        statements.push(builder.statement(statement)?);
    }
    let version = block.known("version").cloned().unwrap_or(made::string("2012-10-17", at));
    let mut members = vec![("Version", version)];
    members.extend(block.text("policy_id").map(|id| ("Id", made::string(id.value.to_owned(), id.span))));
    members.push(("Statement", Node { span: at, value: Value::Array(statements) }));
    Ok(object(at, members))
}

struct Builder<'b, 'w, 's> {
    names: &'b Names<'w, 's>,
    data: &'b Resource<'s>,
    /// Where the statement is in its data source.
    path: String,
}

impl<'s> Builder<'_, '_, 's> {
    fn open(&self, what: &str, at: Span) -> Open {
        Open { name: format!("{}.{}.{what}", self.data.address.value, self.path), at }
    }

    fn statement(&self, block: &Block<'_, 's>) -> Result<Node<'s>, Open> {
        let at = block.values.span;
        let mut members = Vec::new();
        members.extend(block.text("sid").map(|sid| ("Sid", made::string(sid.value.to_owned(), sid.span))));
        let effect = match block.held("effect") {
            Held::Unknown(at) => return Err(self.open("effect", at)),
            Held::Known(node) if node.as_str().is_some_and(|text| !text.is_empty()) => node.clone(),
            Held::Known(_) | Held::Unset => made::string("Allow", at),
        };
        members.push(("Effect", effect));
        for (argument, element) in [
            ("actions", "Action"),
            ("not_actions", "NotAction"),
            ("resources", "Resource"),
            ("not_resources", "NotResource"),
        ] {
            let leaves = self.leaves(block, argument, argument);
            members.extend(leaves.filter(|list| !list.elements().is_empty()).map(|list| (element, list)));
        }
        for (argument, element) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
            members.extend(self.principals(block, argument)?.map(|node| (element, node)));
        }
        members.extend(self.conditions(block)?.map(|node| ("Condition", node)));
        Ok(object(at, members))
    }

    fn principals(&self, statement: &Block<'_, 's>, name: &str) -> Result<Option<Node<'s>>, Open> {
        if let Held::Unknown(at) = statement.held(name) {
            return Err(self.open(name, at));
        }
        let mut by_type: Vec<Member<'s>> = Vec::new();
        for (index, block) in statement.blocks(name).iter().enumerate() {
            let path = format!("{name}[{index}]");
            let Some(kind) = block.known("type") else {
                return Err(self.open(&format!("{path}.type"), block.values.span));
            };
            let Some(list) = self.leaves(block, "identifiers", &format!("{path}.identifiers")) else {
                continue;
            };
            if kind.as_str() == Some("*") {
                return Ok(Some(made::string("*", kind.span)));
            }
            add(&mut by_type, kind, list);
        }
        let at = statement.values.get(name).map_or(statement.values.span, |node| node.span);
        Ok((!by_type.is_empty()).then_some(Node { span: at, value: Value::Object(by_type) }))
    }

    fn conditions(&self, statement: &Block<'_, 's>) -> Result<Option<Node<'s>>, Open> {
        if let Held::Unknown(at) = statement.held("condition") {
            return Err(self.open("condition", at));
        }
        let mut by_operator: Vec<Member<'s>> = Vec::new();
        for (index, block) in statement.blocks("condition").iter().enumerate() {
            let path = format!("condition[{index}]");
            let (Some(test), Some(variable)) = (block.known("test"), block.known("variable")) else {
                return Err(self.open(&path, block.values.span));
            };
            let values = self.leaves(block, "values", &format!("{path}.values"));
            let values = values.unwrap_or(Node { span: block.values.span, value: Value::Array(Vec::new()) });
            let operator = test.as_str().unwrap_or_default();
            let position = by_operator.iter().position(|member| member.key.value == operator);
            let member = match position {
                Some(position) => by_operator.get_mut(position),
                None => {
                    let lines = Node { span: block.values.span, value: Value::Object(Vec::new()) };
                    let key = Spanned::new(Cow::Owned(operator.to_owned()), test.span);
                    by_operator.push(Member { key, value: lines });
                    by_operator.last_mut()
                }
            };
            if let Some(Member { value: Node { value: Value::Object(lines), .. }, .. }) = member {
                add(lines, variable, values);
            }
        }
        let at = statement.values.get("condition").map_or(statement.values.span, |node| node.span);
        Ok((!by_operator.is_empty()).then_some(Node { span: at, value: Value::Object(by_operator) }))
    }

    /// The strings of an argument, open ones as what they refer to or as symbols.
    fn leaves(&self, block: &Block<'_, 's>, name: &str, path: &str) -> Option<Node<'s>> {
        let address = &self.data.address.value;
        let hole = |path: String, at: Span| {
            self.names.hole(&format!("{address}.{}.{path}", self.path), AFTER_APPLY, at)
        };
        let list = match block.held(name) {
            Held::Unset => return None,
            Held::Unknown(at) => {
                let one = Node { span: at, value: Value::String(Cow::Owned(hole(path.to_owned(), at))) };
                return Some(Node { span: at, value: Value::Array(vec![one]) });
            }
            Held::Known(list) => list,
        };
        let mask = block.unknown.and_then(|unknown| unknown.get(name)).map_or(&[][..], Node::elements);
        let open = mask.iter().filter(|mask| mask.as_bool() == Some(true)).count();
        let mut referred = self.referred(block, name, open).into_iter();
        let elements = if list.as_str().is_some() { std::slice::from_ref(list) } else { list.elements() };
        let mut out = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let is_open = mask.get(index).and_then(Node::as_bool) == Some(true);
            if is_open {
                let at = mask.get(index).map_or(element.span, |mask| mask.span);
                let path = format!("{path}[{index}]");
                let text = match referred.next().flatten() {
                    Some(Leaf::Exactly(text)) => text,
                    Some(Leaf::Begins(text)) => format!("{text}{}", hole(path, at)),
                    None => hole(path, at),
                };
                out.push(Node { span: at, value: Value::String(Cow::Owned(text)) });
            } else if !is_null(element) {
                out.push(escaped(element));
            }
        }
        Some(Node { span: list.span, value: Value::Array(out) })
    }

    /// What the open elements of a list stand for, when the list refers to just as many resources.
    fn referred(&self, block: &Block<'_, 's>, name: &str, open: usize) -> Vec<Option<Leaf>> {
        let Some(expression) = block.expression(name).filter(|_| open > 0) else { return Vec::new() };
        let world = self.names.world;
        let mut out = Vec::new();
        for found in world.follow(world.scope(self.data), expression) {
            match found {
                Referent::Resource { index, path } => {
                    let Some(resource) = world.get(index) else { continue };
                    // A known value is part of an element that is known.
                    if world.block(resource).text(&path).is_none() {
                        out.push(self.leaf(resource, &path));
                    }
                }
                Referent::Constant(_) | Referent::Absent => {}
                Referent::Hidden => return Vec::new(),
            }
        }
        if out.len() == open { out } else { Vec::new() }
    }

    /// What an element is that refers to an attribute. A reference does not tell what is written around it; but
    /// nothing can follow a name that is complete.
    fn leaf(&self, resource: &Resource<'s>, path: &str) -> Option<Leaf> {
        let names = self.names;
        let is_arn = matches!(path, "arn" | "");
        match (resource.kind.named, resource.kind.tells) {
            (
                Naming::Iam { .. },
                Tells::Identity(
                    IdentityType::Role
                    | IdentityType::User
                    | IdentityType::Group
                    | IdentityType::ManagedPolicy,
                ),
            ) if is_arn => Some(Leaf::Exactly(names.iam(resource).value.to_string())),
            (Naming::Key { .. }, _) if is_arn => Some(Leaf::Exactly(names.key(resource).value.to_string())),
            (Naming::Bucket, _) if is_arn => {
                let partition = names.places.partition(resource);
                Some(Leaf::Begins(format!("arn:{partition}:s3:::{}", names.bucket(resource).value)))
            }
            (Naming::Store(kind), _) if is_arn || (path == "id" && kind == StoreKind::Secret) => {
                Some(Leaf::Exactly(names.store(resource, kind).value.to_string()))
            }
            (Naming::Endpoint, _) if matches!(path, "id" | "") => {
                Some(Leaf::Exactly(names.endpoint(resource).value))
            }
            (Naming::OidcProvider, _) if is_arn => {
                let block = names.world.block(resource);
                let url = block.text("url")?.value;
                let host = url.strip_prefix("https://").unwrap_or(url);
                let (partition, account) = (names.places.partition(resource), names.account(resource));
                Some(Leaf::Exactly(format!("arn:{partition}:iam::{account}:oidc-provider/{host}")))
            }
            (_, _) => None,
        }
    }
}

enum Leaf {
    Exactly(String),
    /// The reference, and anything behind it.
    Begins(String),
}

/// Adds a list to the list of the same name.
fn add<'s>(members: &mut Vec<Member<'s>>, name: &Node<'s>, list: Node<'s>) {
    let key = name.as_str().unwrap_or_default();
    let same = members.iter_mut().find(|member| member.key.value == key);
    match (same, list.value) {
        (Some(Member { value: Node { value: Value::Array(old), .. }, .. }), Value::Array(new)) => {
            old.extend(new)
        }
        (Some(member), value) => member.value.value = value,
        (None, value) => {
            let key = Spanned::new(Cow::Owned(key.to_owned()), name.span);
            members.push(Member { key, value: Node { span: list.span, value } });
        }
    }
}

/// `&{aws:username}` is how a template writes `${aws:username}`.
fn escaped<'s>(node: &Node<'s>) -> Node<'s> {
    match node.as_str() {
        Some(text) if text.contains("&{") => {
            Node { span: node.span, value: Value::String(Cow::Owned(text.replace("&{", "${"))) }
        }
        Some(_) | None => node.clone(),
    }
}

fn object<'s>(at: Span, members: Vec<(&'static str, Node<'s>)>) -> Node<'s> {
    let members = members
        .into_iter()
        .map(|(name, value)| Member { key: Spanned::new(Cow::Borrowed(name), value.span), value });
    Node { span: at, value: Value::Object(members.collect()) }
}

/// Adds a line to the condition of every statement: it counts only under a switch nobody can see.
pub(super) fn guarded<'s>(document: &Node<'s>, switch: &str, at: Span) -> Node<'s> {
    let guard = |statement: &Node<'s>| {
        let mut out = statement.clone();
        made::guard(&mut out, [made::line(symbol::unknown(switch), "true", at)], at);
        out
    };
    let mut out = Node { span: at, value: document.value.clone() };
    if let Value::Object(members) = &mut out.value {
        for member in members.iter_mut().filter(|member| member.key.value == "Statement") {
            let list = match &member.value.value {
                Value::Array(list) => Value::Array(list.iter().map(guard).collect()),
                Value::Object(_) => guard(&member.value).value,
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Invalid => {
                    continue;
                }
            };
            member.value.value = list;
        }
    }
    out
}
