//! What `Ref` and `Fn::GetAtt` give for resources: names that are written, and symbols for names AWS will choose.

use std::rc::Rc;

use super::evaluator::{Evaluated, Evaluator, Physical, Scope, ValueHead};
use super::stack::Entry;
use super::text::{scalar, string};
use super::types::{self, Attribute, Gives, Tells, Thing};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::json::Node;
use crate::load::federation::bare;
use crate::name::symbol;
use crate::source::Span;

impl<'t> Evaluator<'t> {
    /// What a resource of a stack is called; none when there is no such resource.
    pub(super) fn physical(&mut self, stack: usize, id: &str) -> Option<Rc<Physical>> {
        let key = (stack, id.to_owned());
        match self.physical.get(&key) {
            Some(Some(known)) => return Some(Rc::clone(known)),
            Some(None) => {
                // Its own name leads back to it.
                let called = self.stacks.get(stack)?.called(id);
                let entry = self.stacks.get(stack)?.resource(id)?;
                let span = entry.key;
                let why = format!("the name of `{id}` depends on itself");
                self.complain(Diagnostic::new(Code::InvalidTemplate, span, why.clone()));
                let name = self.symbol(&called, why, span);
                return Some(Rc::new(Physical { reference: name.clone(), name, arn: None }));
            }
            None => {}
        }
        let found = self.stacks.get(stack)?;
        let Some(entry) = found.resource(id).cloned() else {
            return self.implied_role(stack, id);
        };
        self.physical.insert(key.clone(), None);
        let made = Rc::new(self.make_physical(stack, &entry));
        self.physical.insert(key, Some(Rc::clone(&made)));
        Some(made)
    }

    /// The role that SAM writes for a function without one.
    fn implied_role(&mut self, stack: usize, id: &str) -> Option<Rc<Physical>> {
        let owner = id.strip_suffix("Role")?;
        let found = self.stacks.get(stack)?;
        let entry = found.resource(owner)?;
        if !entry.has_implied_role() {
            return None;
        }
        let name = symbol::identity(&found.called(id));
        let (partition, account, entry) = (found.partition(), found.account.clone(), entry.clone());
        let path = self.text_property(&Scope::of(stack, &entry), &entry, "RolePath");
        let path = path.filter(|path| path.starts_with('/') && path.ends_with('/'));
        let arn = format!("arn:{partition}:iam::{account}:role{}{name}", path.as_deref().unwrap_or("/"));
        Some(Rc::new(Physical { reference: name.clone(), name, arn: Some(arn) }))
    }

    fn make_physical(&mut self, stack: usize, entry: &Entry<'t>) -> Physical {
        let scope = Scope::of(stack, entry);
        let called = self.stacks.get(stack).map(|s| s.called(&entry.id)).unwrap_or_default();
        let known = types::find(entry.kind());
        let Some((form, tells)) = known.and_then(|known| Some((known.form.as_ref()?, known.tells))) else {
            let kind = entry.kind();
            let why =
                format!("what Ref gives for {} (a {kind}) is known when the stack is deployed", entry.id);
            let reference = self.symbol(&called, why, entry.key);
            return Physical { name: reference.clone(), reference, arn: None };
        };
        let mut name = self.text_property(&scope, entry, form.property);
        if tells == Tells::Thing(Thing::Key { is_replica: true }) {
            // A replica has the key id of its primary.
            let primary = self.text_property(&scope, entry, "PrimaryKeyArn");
            name = primary.and_then(|arn| Some(arn.split_once(":key/")?.1.to_owned()));
        }
        let name = name.unwrap_or_else(|| {
            let identity = symbol::identity(&called);
            let multi = match tells {
                Tells::Thing(Thing::Key { is_replica: true }) => true,
                Tells::Thing(Thing::Key { is_replica: false }) => {
                    self.text_property(&scope, entry, "MultiRegion").as_deref() == Some("true")
                }
                Tells::Thing(_) | Tells::Nothing | Tells::Stored | Tells::Given(_) | Tells::Federation(_) => {
                    false
                }
            };
            if multi { format!("mrk-{identity}") } else { format!("{}{identity}", form.prefix) }
        });
        let name = if form.is_url { bare(&name).to_owned() } else { name };
        let path = if form.arn.contains("{/}") { self.text_property(&scope, entry, "Path") } else { None };
        let path = path.unwrap_or_else(|| "/".to_owned());
        let fill = |pattern: &str| self.fill(stack, &called, pattern, (&name, &path));
        let arn = (!form.arn.is_empty()).then(|| fill(form.arn));
        let reference = match (form.gives, &arn) {
            (Gives::Arn, Some(arn)) => arn.clone(),
            (Gives::Text(pattern), _) => fill(pattern),
            (Gives::Name | Gives::Arn, _) => name.clone(),
        };
        Physical { reference, name, arn }
    }

    /// A pattern of a [`types::Form`] with its parts.
    fn fill(&self, stack: usize, called: &str, pattern: &str, (name, path): (&str, &str)) -> String {
        let Some(stack) = self.stacks.get(stack) else { return String::new() };
        let mut filled = pattern
            .replace("{P}", stack.partition())
            .replace("{R}", &stack.region)
            .replace("{A}", &stack.account)
            .replace("{U}", stack.url_suffix())
            .replace("{/}", path);
        while let Some((before, rest)) = filled.split_once("{+")
            && let Some((more, behind)) = rest.split_once('}')
        {
            filled = format!("{before}{}{behind}", symbol::identity(&format!("{called}.{more}")));
        }
        filled.replace("{N}", name)
    }

    /// A property that is one text.
    pub(super) fn text_property(
        &mut self,
        scope: &Scope<'t>,
        entry: &Entry<'t>,
        name: &str,
    ) -> Option<String> {
        if name.is_empty() {
            return None;
        }
        let value = self.property(scope, entry, name)?;
        Some(scalar(&value)?.into_owned())
    }

    /// A property, where whatever is open becomes a symbol.
    pub(super) fn property(&mut self, scope: &Scope<'t>, entry: &Entry<'t>, name: &str) -> Option<Node<'t>> {
        let scope = scope.settled(true);
        let Some(properties) = entry.node.get("Properties") else {
            let node = self.global(&scope, entry, name)?;
            return self.value(&scope, node);
        };
        match self.head(&scope, properties).ok()? {
            ValueHead::Literal(properties) => {
                let node = properties.get(name).or_else(|| self.global(&scope, entry, name))?;
                self.value(&scope, node)
            }
            ValueHead::Computed(properties) => {
                if super::text::is_hole(&properties) {
                    return Some(properties);
                }
                properties.get(name).cloned()
            }
            ValueHead::NoValue => None,
        }
    }

    /// The node of a property, not evaluated yet.
    pub(super) fn property_node(
        &mut self,
        scope: &Scope<'t>,
        entry: &Entry<'t>,
        name: &str,
    ) -> Option<&'t Node<'t>> {
        let scope = scope.settled(true);
        let Some(properties) = entry.node.get("Properties") else { return self.global(&scope, entry, name) };
        match self.head(&scope, properties).ok()? {
            ValueHead::Literal(properties) => {
                properties.get(name).or_else(|| self.global(&scope, entry, name))
            }
            ValueHead::Computed(_) | ValueHead::NoValue => None,
        }
    }

    /// What SAM's `Globals` say for all functions, or all state machines, that do not say it themselves.
    ///
    /// Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>
    fn global(&self, scope: &Scope<'t>, entry: &Entry<'t>, name: &str) -> Option<&'t Node<'t>> {
        let section = match entry.kind() {
            "AWS::Serverless::Function" => "Function",
            "AWS::Serverless::StateMachine" => "StateMachine",
            _ => return None,
        };
        self.stack(scope)?.root.get("Globals")?.get(section)?.get(name)
    }

    /// `Fn::GetAtt`
    pub(super) fn attribute(
        &mut self,
        scope: &Scope<'t>,
        id: &str,
        attribute: &str,
        span: Span,
    ) -> Evaluated<'t> {
        let Some(stack) = self.stack(scope) else { return Ok(None) };
        let called = stack.called(&format!("{id}.{attribute}"));
        let nested = stack.nested.get(id).copied();
        let Some(entry) = stack.resource(id).cloned() else {
            if let Some(role) = self.physical(scope.stack, id) {
                return Ok(Some(match (attribute, &role.arn) {
                    ("Arn", Some(arn)) => string(arn.clone(), span),
                    (_, _) => string(symbol::identity(&called), span),
                }));
            }
            let known = self.stack(scope).map(|s| s.resources.iter().map(|r| r.id.to_string()).collect());
            let known: Vec<String> = known.unwrap_or_default();
            let message = format!("the template has no resource `{id}`");
            let near = did_you_mean(id, known.iter().map(String::as_str));
            self.complain(Diagnostic::new(Code::InvalidTemplate, span, message.clone()).maybe_help(near));
            return Ok(Some(self.hole(&called, message, span)));
        };
        if let Some(output) = attribute.strip_prefix("Outputs.") {
            if let Some(nested) = nested
                && let Some(value) = self.output(scope, nested, output)
            {
                return Ok(value?.map(|value| Node { span, value: value.value }));
            }
            let why = match nested {
                Some(_) => format!("the template of the nested stack {id} has no output `{output}`"),
                None => format!("it is an output of the nested stack {id}: add its template to the run"),
            };
            return Ok(Some(self.hole(&called, why, span)));
        }
        let kind = entry.kind().to_owned();
        let Some(physical) = self.physical(scope.stack, id) else { return Ok(None) };
        let known = types::find(&kind);
        let told = known.and_then(|known| known.attributes.iter().find(|(name, _)| *name == attribute));
        let known = match (told, attribute) {
            (None, "Arn") => physical.arn.clone(),
            (None, _) => None,
            (Some((_, told)), _) => match told {
                Attribute::Arn => physical.arn.clone(),
                Attribute::Name => Some(physical.name.clone()),
                Attribute::Reference => Some(physical.reference.clone()),
                Attribute::Chosen => Some(symbol::identity(&called)),
                Attribute::Text(pattern) => {
                    Some(self.fill(scope.stack, &called, pattern, (&physical.name, "/")))
                }
                // It gives back what it is given.
                Attribute::Property => self.text_property(scope, &entry, attribute),
            },
        };
        if let Some(known) = known {
            return Ok(Some(string(known, span)));
        }
        let why = if kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource" {
            format!("the custom resource {id} answers it when the stack is deployed")
        } else {
            format!("{attribute} of {id} (a {kind}) is known when the stack is deployed")
        };
        Ok(Some(self.hole(&called, why, span)))
    }
}
