//! `AWS::Serverless::…`: the roles that the SAM transform writes.

use std::borrow::Cow;

use super::emit::{FactEmitter, Resource};
use super::evaluator::ValueHead;
use super::sam_policies::{self, Expands};
use super::text::{is_hole, scalar, string};
use crate::estate::{Called, PlacedArn};
use crate::json::{Member, Node, Value};
use crate::load::workload::{self, Service};
use crate::name::symbol;
use crate::policy::PolicyKind;
use crate::source::{Span, Spanned};

impl<'t> FactEmitter<'_, 't> {
    /// A function or state machine without a role of its own.
    ///
    /// Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html>
    pub(super) fn serverless(&mut self, resource: &Resource<'t>, service: Service) {
        if !resource.entry.has_implied_role() {
            return;
        }
        let id = format!("{}Role", resource.entry.id);
        let Some(physical) = self.evaluator.physical(resource.stack, &id) else { return };
        let Some(arn) = physical.arn.as_ref().and_then(|arn| arn.parse().ok()) else { return };
        let arn: PlacedArn = Spanned::new(arn, resource.entry.key);
        let is_function = service == workload::LAMBDA;
        self.declare(resource, "role", &arn);
        self.count(resource, "role");
        self.intake.role(&arn, |_| ());
        self.is_called(resource, &Called::Role(arn.value.clone()));
        self.intake.called(&id, Called::Role(arn.value.clone()));
        self.uses_implied(resource, service, &arn);
        if self.property_node(resource, "AssumeRolePolicyDocument").is_some() {
            self.document(resource, "AssumeRolePolicyDocument", &arn, PolicyKind::Trust);
        } else {
            let trust = document(
                vec![
                    ("Effect", text("Allow", arn.span)),
                    ("Principal", object(vec![("Service", text(service.principal, arn.span))], arn.span)),
                    ("Action", text("sts:AssumeRole", arn.span)),
                ],
                arn.span,
            );
            if let Some(policy) = self.lower(&trust, PolicyKind::Trust, "") {
                self.intake.role_trust(&arn, policy.span, policy);
            }
        }
        self.boundary(resource, "role", &arn);
        self.intake.complete(&arn, arn.span);
        if is_function {
            // SAM attaches these by itself.
            let mut names = vec!["service-role/AWSLambdaBasicExecutionRole"];
            if self.property_node(resource, "VpcConfig").is_some() {
                names.push("service-role/AWSLambdaVPCAccessExecutionRole");
            }
            for name in names {
                self.attach_aws(resource, &arn, name, arn.span);
            }
        }
        self.serverless_policies(resource, &arn);
    }

    fn attach_aws(&mut self, resource: &Resource<'t>, to: &PlacedArn, name: &str, at: Span) {
        let policy = format!("arn:{}:iam::aws:policy/{name}", self.partition(resource));
        self.intake.attaches(to, Spanned::new(policy, at));
    }

    /// `Policies`: names and ARNs of managed policies, documents, and SAM's own templates of policies.
    fn serverless_policies(&mut self, resource: &Resource<'t>, to: &PlacedArn) {
        let Some(list) = self.property_node(resource, "Policies") else { return };
        let (scope, base) = (self.scope(resource), resource.side());
        let pointer = self.pointer(resource, "Policies");
        for (branch, item) in self.items(&scope, list) {
            let scope = scope.taking(&branch);
            let made = match item {
                ValueHead::Literal(node) if node.get("Statement").is_some() => {
                    if let Some(policy) = self.policy(&scope, &base, node, PolicyKind::Identity, &pointer) {
                        self.intake.gives(to, policy);
                        self.count(resource, "policy");
                    }
                    continue;
                }
                ValueHead::Literal(node) => self.evaluator.value(&scope, node),
                ValueHead::Computed(made) => Some(made),
                ValueHead::NoValue => None,
            };
            let Some(made) = made else { continue };
            let guard = branch.beyond(&base).next().map(|(atom, _)| atom.why.clone());
            if let (Some(why), true) = (&guard, made.get("Statement").is_none()) {
                let mut said = String::new();
                super::text::write_json(&made, &mut said);
                let name = format!("{} if {said}", self.shown(resource));
                let policy = self.open_policy(&name, PolicyKind::Identity, made.span, why);
                self.intake.gives(to, policy);
                continue;
            }
            self.serverless_policy(resource, to, &made, &pointer);
        }
    }

    fn serverless_policy(&mut self, resource: &Resource<'t>, to: &PlacedArn, made: &Node<'t>, pointer: &str) {
        if let Some(name) = scalar(made) {
            if is_hole(made) || name.starts_with("arn:") || symbol::is_in(&name) {
                self.intake.attaches(to, Spanned::new(name.into_owned(), made.span));
            } else {
                let is_service = name.starts_with("AWSLambda") && name.ends_with("ExecutionRole");
                let path = if is_service { "service-role/" } else { "" };
                self.attach_aws(resource, to, &format!("{path}{name}"), made.span);
            }
            return;
        }
        if made.get("Statement").is_some() {
            let mut document = made.clone();
            super::text::as_texts(&mut document);
            if let Some(policy) = self.lower(&document, PolicyKind::Identity, pointer) {
                self.intake.gives(to, policy);
                self.count(resource, "policy");
            }
            return;
        }
        for member in made.members() {
            self.policy_template(resource, to, member, pointer);
        }
    }

    /// One of SAM's templates of policies with its parameters.
    fn policy_template(
        &mut self,
        resource: &Resource<'t>,
        to: &PlacedArn,
        member: &Member<'t>,
        pointer: &str,
    ) {
        let name: &str = &member.key.value;
        let at = member.key.span;
        match sam_policies::expand(name) {
            Some(Expands::Statements(list)) => {
                let (partition, region, account) =
                    (self.partition(resource), self.region(resource), self.account(resource));
                let statements = list
                    .iter()
                    .map(|statement| {
                        let fill = |pattern: &str| {
                            let mut out = pattern
                                .replace("{P}", partition)
                                .replace("{R}", &region)
                                .replace("{A}", &account);
                            for argument in member.value.members() {
                                let value = scalar(&argument.value).unwrap_or_default();
                                out = out.replace(&format!("{{{}}}", argument.key.value), &value);
                            }
                            text(out, at)
                        };
                        let actions = statement.actions.iter().map(|a| text(*a, at)).collect();
                        let resources = statement.resources.iter().map(|r| fill(r)).collect();
                        object(
                            vec![
                                ("Effect", text("Allow", at)),
                                ("Action", Node { span: at, value: Value::Array(actions) }),
                                ("Resource", Node { span: at, value: Value::Array(resources) }),
                            ],
                            at,
                        )
                    })
                    .collect();
                let list = Node { span: at, value: Value::Array(statements) };
                let whole = object(vec![("Version", text("2012-10-17", at)), ("Statement", list)], at);
                if let Some(policy) = self.lower(&whole, PolicyKind::Identity, pointer) {
                    self.intake.gives(to, policy);
                    self.count(resource, "policy");
                }
            }
            // It allows nothing in S3 or KMS.
            Some(Expands::Elsewhere) => {}
            None => {
                let symbol = format!("{} {name}", self.shown(resource));
                let why = format!("{name} is a template of policies that this program does not know");
                let policy = self.open_policy(&symbol, PolicyKind::Identity, at, &why);
                self.intake.gives(to, policy);
            }
        }
    }
}

fn text<'t>(text: impl Into<Cow<'t, str>>, at: Span) -> Node<'t> {
    string(text, at)
}

fn object<'t>(members: Vec<(&'static str, Node<'t>)>, at: Span) -> Node<'t> {
    let member = |(key, value)| Member { key: Spanned::new(Cow::Borrowed(key), at), value };
    Node { span: at, value: Value::Object(members.into_iter().map(member).collect()) }
}

fn document<'t>(statement: Vec<(&'static str, Node<'t>)>, at: Span) -> Node<'t> {
    let list = Node { span: at, value: Value::Array(vec![object(statement, at)]) };
    object(vec![("Version", text("2012-10-17", at)), ("Statement", list)], at)
}
