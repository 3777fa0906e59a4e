//! `AWS::KMS::…`

use super::emit::{FactEmitter, Resource, truth};
use super::text::{is_one_hole, scalar};
use crate::estate::{Called, KeyManager, KeyState, PlacedArn, default_key_policy};
use crate::name::{Arn, symbol};
use crate::policy::PolicyKind;
use crate::source::Spanned;

impl<'t> FactEmitter<'_, 't> {
    /// `AWS::KMS::Key` and `AWS::KMS::ReplicaKey`
    pub(super) fn key(&mut self, resource: &Resource<'t>, is_replica: bool) {
        let Some(arn) = self.arn(resource) else { return };
        self.count(resource, "key");
        self.is_called(resource, &Called::Key(arn.value.clone()));
        self.keys.insert(arn.value.clone(), arn.clone());
        self.aliases.entry(arn.value.clone()).or_insert_with(|| (arn.span, Vec::new()));
        let open =
            ["KeySpec", "KeyUsage", "Enabled"].map(|name| self.text(resource, name).map(|text| text.value));
        let open = open.iter().flatten().find_map(|text| {
            symbol::first_in(text).filter(|_| symbol::is_unknown_in(text)).map(str::to_owned)
        });
        let [spec, usage, origin] = ["KeySpec", "KeyUsage", "Origin"].map(|name| {
            let text = self.text(resource, name).map(|text| text.value);
            text.filter(|text| !symbol::is_unknown_in(text))
        });
        let multi_region = if is_replica {
            Some(true)
        } else {
            Some(self.flag(resource, "MultiRegion").is_some_and(|m| m.value))
        };
        self.intake.key(&arn, |key| {
            // What is left out has the value that KMS gives to it.
            key.spec = spec.or((!is_replica).then(|| "SYMMETRIC_DEFAULT".to_owned()));
            key.usage = usage.or((!is_replica).then(|| "ENCRYPT_DECRYPT".to_owned()));
            key.origin = origin.or((!is_replica).then(|| "AWS_KMS".to_owned()));
            key.multi_region = multi_region;
            key.usable_if = open;
            key.multi_region_type = match (is_replica, multi_region) {
                (true, _) => Some("REPLICA".to_owned()),
                (false, Some(true)) => Some("PRIMARY".to_owned()),
                (false, Some(false) | None) => None,
            };
        });
        self.intake.key_manager(&arn, Spanned::new(KeyManager::Customer, arn.span));
        self.key_state(resource, &arn);
        if let Some(tags) = self.tags(resource) {
            self.intake.key_tags(&arn, tags);
        }
        self.key_policy(resource, &arn);
    }

    fn key_state(&mut self, resource: &Resource<'t>, arn: &PlacedArn) {
        let written = self.property(resource, "Enabled");
        let origin = self.text(resource, "Origin").map(|origin| origin.value);
        let state = match written.as_ref().map(|node| (scalar(node), node.span)) {
            None => Some((true, arn.span)),
            Some((text, span)) => text.and_then(|text| truth(&text)).map(|on| (on, span)),
        };
        match state {
            Some((true, at)) => {
                // Key material from elsewhere is not there before somebody imports it.
                if matches!(origin.as_deref(), None | Some("AWS_KMS")) {
                    self.intake.key_state(arn, Spanned::new(KeyState::Enabled, at));
                }
            }
            Some((false, at)) => self.intake.key_state(arn, Spanned::new(KeyState::Disabled, at)),
            None => {
                let why = written.map(|node| self.evaluator.why(&node)).unwrap_or_default();
                let what = format!("whether key {} is enabled: {why}", self.shown(resource));
                let source = self.source(resource);
                self.intake.misses(source, what);
            }
        }
    }

    fn key_policy(&mut self, resource: &Resource<'t>, arn: &PlacedArn) {
        let Some(document) = self.property_node(resource, "KeyPolicy") else {
            // Source: <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
            if let Some(account) = self.account_id(resource) {
                let policy = default_key_policy(self.partition(resource), account);
                self.intake.key_policy(arn, arn.span, policy);
            }
            return;
        };
        let (scope, base) = (self.scope(resource), resource.side());
        let pointer = self.pointer(resource, "KeyPolicy");
        if let Some(policy) = self.policy(&scope, &base, document, PolicyKind::Key, &pointer) {
            self.intake.key_policy(arn, policy.span, policy);
            self.count(resource, "policy");
        }
    }

    /// `AWS::KMS::Alias`
    pub(super) fn alias(&mut self, resource: &Resource<'t>) {
        let Some(name) = self.text(resource, "AliasName") else { return };
        let Some(target) = self.text(resource, "TargetKeyId") else { return };
        if is_one_hole(&target.value) {
            let why = self.evaluator.why(&super::text::string(target.value, target.span));
            let what = format!("which key {} is an alias of: {why}", name.value);
            let source = self.source(resource);
            self.intake.misses(source, what);
            self.open_aliases.insert((self.account(resource), self.region(resource)));
            return;
        }
        let arn = target.value.parse::<Arn>().ok().unwrap_or_else(|| {
            let (region, account) = (self.region(resource), self.account(resource));
            let id = format!("key/{}", target.value);
            Arn::of(self.partition(resource), "kms", &region, &account, &id)
        });
        self.is_called(resource, &Called::Key(arn.clone()));
        self.intake.called(&name.value, Called::Key(arn.clone()));
        let (_, list) = self.aliases.entry(arn).or_insert_with(|| (name.span, Vec::new()));
        if !list.contains(&name.value) {
            list.push(name.value);
        }
    }

    /// Tells every key which aliases it has, when all of them were seen.
    pub(super) fn settle_aliases(&mut self) {
        for (arn, (at, list)) in std::mem::take(&mut self.aliases) {
            let arn = self.keys.get(&arn).cloned().unwrap_or_else(|| Spanned::new(arn, at));
            self.intake.key(&arn, |_| ());
            // Of a key that may have one more, it is not told which it has.
            let place = (arn.value.account_text().to_owned(), arn.value.region().to_owned());
            if self.open_aliases.contains(&place) {
                continue;
            }
            self.intake.key_aliases(&arn, Spanned::new(list, at));
        }
    }
}
