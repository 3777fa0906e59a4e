//! `AWS::SecretsManager::…` and `AWS::SQS::…`

use super::emit::{FactEmitter, Resource, merged};
use super::text::scalar;
use crate::estate::{Called, PlacedArn, StoreKind};
use crate::json::Node;
use crate::load::stores;
use crate::name::{Arn, symbol};
use crate::policy::PolicyKind;
use crate::source::Spanned;

impl<'t> FactEmitter<'_, 't> {
    /// `AWS::SecretsManager::Secret` and `AWS::SQS::Queue`
    pub(super) fn store(&mut self, resource: &Resource<'t>, kind: StoreKind) {
        let Some(arn) = self.arn(resource) else { return };
        self.count(resource, kind.word());
        self.is_called(resource, &Called::Store(arn.value.clone()));
        self.intake.store(&arn, |_| ());
        let property = match kind {
            StoreKind::Secret => "KmsKeyId",
            StoreKind::Queue => "KmsMasterKeyId",
        };
        let written = self.property(resource, property);
        match written.as_ref().map(|node| (scalar(node), node.span)) {
            None => {
                let key = stores::key_named(kind, None);
                self.intake.store_key(&arn, Spanned::new(key, arn.span));
            }
            Some((Some(text), span)) if !symbol::is_unknown_in(&text) => {
                let key = stores::key_named(kind, Some(&text));
                self.intake.store_key(&arn, Spanned::new(key, span));
            }
            Some(_) => {
                let why = written.map(|node| self.evaluator.why(&node)).unwrap_or_default();
                let what = format!("the key of {} {}: {why}", kind.word(), self.shown(resource));
                let source = self.source(resource);
                self.intake.misses(source, what);
            }
        }
        if let Some(tags) = self.tags(resource) {
            self.intake.store_tags(&arn, tags);
        }
        self.stores.push(arn);
    }

    /// `AWS::SecretsManager::ResourcePolicy` and `AWS::SQS::QueuePolicy`
    pub(super) fn store_policy(&mut self, resource: &Resource<'t>, kind: StoreKind) {
        let (owner, document) = match kind {
            StoreKind::Secret => ("SecretId", "ResourcePolicy"),
            StoreKind::Queue => ("Queues", "PolicyDocument"),
        };
        let Some(written) = self.property(resource, owner) else { return };
        let named: Vec<Spanned<String>> = match written.elements() {
            [] => text(&written).into_iter().collect(),
            list => list.iter().filter_map(text).collect(),
        };
        let Some(node) = self.property_node(resource, document) else { return };
        self.count(resource, "policy");
        let (scope, base) = (self.scope(resource), resource.side());
        let pointer = self.pointer(resource, document);
        for name in named {
            let Some(arn) = self.store_named(kind, &name) else {
                let node = super::text::string(name.value, name.span);
                let why = self.evaluator.why(&node);
                let what = format!("of which {} {} is the policy: {why}", kind.word(), self.shown(resource));
                let source = self.source(resource);
                self.intake.misses(source, what);
                self.has_open_store_policy = true;
                continue;
            };
            if let Some(node) = self.evaluator.document(&scope, &base, node) {
                let key = arn.value.clone();
                let (_, list) = self.store_policies.entry(key).or_insert_with(|| (arn, Vec::new()));
                list.push((node, pointer.clone()));
            }
        }
    }

    /// By the ARN, or a queue by its URL: `https://sqs.REGION.SUFFIX/ACCOUNT/NAME`
    fn store_named(&self, kind: StoreKind, name: &Spanned<String>) -> Option<PlacedArn> {
        let found = self.stores.iter().find(|arn| match kind {
            StoreKind::Secret => arn.value.as_str() == name.value || kind.name(&arn.value) == name.value,
            StoreKind::Queue => {
                let (account, queue) = (arn.value.account_text(), arn.value.resource());
                arn.value.service() == "sqs" && name.value.ends_with(&format!("/{account}/{queue}"))
            }
        });
        if let Some(arn) = found {
            return Some(arn.clone());
        }
        let parsed: Option<Arn> = name.value.parse().ok();
        parsed.filter(|arn| StoreKind::of(arn) == Some(kind)).map(|arn| Spanned::new(arn, name.span))
    }

    /// Tells every secret and queue its policy, or that it has none.
    pub(super) fn settle_store_policies(&mut self) {
        let policies = std::mem::take(&mut self.store_policies);
        for arn in std::mem::take(&mut self.stores) {
            if !policies.contains_key(&arn.value) && !self.has_open_store_policy {
                self.intake.store_policy(&arn, arn.span, None);
            }
        }
        for (arn, list) in policies.into_values() {
            for (node, pointer) in merged(list) {
                if let Some(policy) = self.lower(&node, PolicyKind::Resource, &pointer) {
                    self.intake.store_policy(&arn, policy.span, Some(policy));
                }
            }
        }
    }
}

fn text(node: &Node<'_>) -> Option<Spanned<String>> {
    Some(Spanned::new(scalar(node)?.into_owned(), node.span))
}
