//! `AWS::S3::…` and VPC endpoints.

use std::rc::Rc;

use super::emit::{FactEmitter, Resource, merged, truth};
use super::sides::{Branch, Decided};
use super::text::scalar;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::estate::{
    AccessPoint, Called, Encryption, EncryptionType, EndpointType, KeyReference, Known, Ownership,
    PublicAccessBlock,
};
use crate::json::Node;
use crate::load::facts::PublicAccess;
use crate::load::settings;
use crate::name::symbol;
use crate::policy::PolicyKind;
use crate::source::Spanned;

impl<'t> FactEmitter<'_, 't> {
    /// `AWS::S3::Bucket`
    pub(super) fn bucket(&mut self, resource: &Resource<'t>) {
        let name = self.name(resource);
        let at = resource.entry.key;
        self.count(resource, "bucket");
        self.buckets.insert(name.clone(), (at, resource.side()));
        // A stack makes its buckets empty: they have no objects from before their settings (R105).
        self.intake.bucket(&name, at, |bucket| bucket.is_new = true);
        self.is_called(resource, &Called::Bucket(name.clone()));
        if let Some(account) = self.account_id(resource) {
            self.intake.bucket_account(&name, Spanned::new(account, at));
        }
        let region = self.region(resource);
        if !symbol::is_in(&region) {
            self.intake.bucket_region(&name, Spanned::new(&region, at));
        }
        if self.agree(resource, "BucketEncryption") {
            self.encryption(resource, &name);
        }
        if self.agree(resource, "OwnershipControls") {
            self.ownership(resource, &name);
        }
        if self.agree(resource, "PublicAccessBlockConfiguration")
            && let Some(block) = self.public_access(resource)
        {
            self.intake.bucket_public_access(&name, block.span, &block.value);
        }
        if self.agree(resource, "Tags")
            && let Some(tags) = self.tags(resource)
        {
            self.intake.bucket_tags(&name, tags);
        }
        if self.agree(resource, "ReplicationConfiguration") {
            let rules = match self.property(resource, "ReplicationConfiguration") {
                Some(written) => settings::replication(&written),
                None => Spanned::new(Vec::new(), at),
            };
            self.intake.bucket_replication(&name, rules);
        }
        let abac = self.text(resource, "AbacStatus");
        if let Some(on) = abac.filter(|status| ["Enabled", "Disabled"].contains(&status.value.as_str())) {
            let span = on.span;
            self.intake.bucket_abac(&name, Spanned::new(on.value == "Enabled", span));
        }
    }

    fn encryption(&mut self, resource: &Resource<'t>, name: &str) {
        let at = resource.entry.key;
        let Some(written) = self.property(resource, "BucketEncryption") else {
            // S3 encrypts every new object, with its own keys unless told otherwise.
            // Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html>
            let encryption =
                Encryption { kind: EncryptionType::SseS3, key: None, bucket_key: None, span: at };
            self.intake.bucket_encryption(name, &encryption);
            return;
        };
        let rule = written.get("ServerSideEncryptionConfiguration").and_then(|list| list.elements().first());
        if let Some(blocked) = rule.and_then(settings::blocked_encryption) {
            self.intake.bucket_blocked_encryption(name, blocked);
        }
        let default = rule.and_then(|rule| rule.get("ServerSideEncryptionByDefault"));
        let algorithm = default.and_then(|d| d.get("SSEAlgorithm")).and_then(scalar);
        let (Some(rule), Some(default), Some(algorithm)) = (rule, default, algorithm) else {
            self.misses_fact(resource, "the encryption", &written);
            return;
        };
        if symbol::is_unknown_in(&algorithm) {
            self.misses_fact(resource, "the encryption", default);
            return;
        }
        let Some(kind) = EncryptionType::parse(&algorithm) else {
            let message = format!("the encryption `{algorithm}` is not known, so it counts as not provided");
            self.intake.problems.push(Diagnostic::new(Code::UnknownEncryption, default.span, message));
            return;
        };
        let key = default.get("KMSMasterKeyID").and_then(scalar).filter(|key| !key.is_empty());
        let key = key.map(|key| KeyReference::parse(&key));
        let bucket_key =
            rule.get("BucketKeyEnabled").and_then(scalar).map_or(Some(false), |text| truth(&text));
        let bucket_key = bucket_key.filter(|_| kind.uses_kms());
        self.intake.bucket_encryption(name, &Encryption { kind, key, bucket_key, span: default.span });
    }

    fn ownership(&mut self, resource: &Resource<'t>, name: &str) {
        let Some(written) = self.property(resource, "OwnershipControls") else {
            // New buckets have no ACLs.
            // Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
            let at = resource.entry.key;
            self.intake.bucket_ownership(name, Spanned::new(Ownership::BucketOwnerEnforced, at));
            return;
        };
        let rule = written.get("Rules").and_then(|rules| rules.elements().first());
        let text = rule.and_then(|rule| rule.get("ObjectOwnership"));
        match text.and_then(scalar) {
            Some(text) if !symbol::is_unknown_in(&text) => match Ownership::parse(&text) {
                Some(ownership) => self.intake.bucket_ownership(name, Spanned::new(ownership, written.span)),
                None => {
                    let message = format!("`{text}` is not an object ownership");
                    let near = did_you_mean(&text, Ownership::NAMES.iter().copied());
                    let problem = Diagnostic::new(Code::InvalidTemplate, written.span, message);
                    self.intake.problems.push(problem.maybe_help(near));
                }
            },
            Some(_) | None => self.misses_fact(resource, "the object ownership", &written),
        }
    }

    /// `PublicAccessBlockConfiguration`: a setting that is left out is off.
    fn public_access(&mut self, resource: &Resource<'t>) -> Option<Spanned<PublicAccess>> {
        let written = self.property(resource, "PublicAccessBlockConfiguration")?;
        if !written.is_object() {
            self.misses_fact(resource, "the Block Public Access settings", &written);
            return None;
        }
        let setting = |name: &str| match written.get(name).and_then(scalar) {
            None => Some(false),
            Some(text) => truth(&text),
        };
        let settings = PublicAccess {
            restrict_public_buckets: setting("RestrictPublicBuckets"),
            ignore_public_acls: setting("IgnorePublicAcls"),
        };
        Some(Spanned::new(settings, written.span))
    }

    /// A fact that is not told because of a value nobody knows.
    fn misses_fact(&mut self, resource: &Resource<'t>, fact: &str, value: &Node<'t>) {
        let what = format!("{fact} of {}: {}", self.shown(resource), self.evaluator.why(value));
        let source = self.source(resource);
        self.intake.misses(source, what);
    }

    /// `AWS::S3::BucketPolicy`
    pub(super) fn bucket_policy(&mut self, resource: &Resource<'t>) {
        let Some(bucket) = self.text(resource, "Bucket") else { return };
        let Some(document) = self.property_node(resource, "PolicyDocument") else { return };
        self.count(resource, "policy");
        if symbol::is_unknown_in(&bucket.value) && !self.buckets.contains_key(&bucket.value) {
            let node = super::text::string(bucket.value, bucket.span);
            let what = format!(
                "of which bucket {} is the policy: {}",
                self.shown(resource),
                self.evaluator.why(&node)
            );
            let source = self.source(resource);
            self.intake.misses(source, what);
            self.open_bucket_policies.push(resource.clone());
            return;
        }
        self.policy_of_bucket(resource, &bucket.value, &Branch::default(), document);
    }

    /// The policy of a bucket, where some questions are answered in a way.
    fn policy_of_bucket(
        &mut self,
        resource: &Resource<'t>,
        bucket: &str,
        when: &Branch,
        document: &'t Node<'t>,
    ) {
        let owner = self.buckets.get(bucket).map(|(_, branch)| Rc::clone(branch)).unwrap_or_default();
        for side in &resource.exists {
            let Some(branch) = side.and(&owner).and_then(|branch| branch.and(when)) else { continue };
            let scope = self.scope(resource).taking(&Rc::new(branch));
            if let Some(node) = self.evaluator.document(&scope, &owner, document) {
                let pointer = self.pointer(resource, "PolicyDocument");
                self.bucket_policies.entry(bucket.to_owned()).or_default().push((node, pointer));
            }
        }
    }

    /// A policy of a bucket that nobody knows is, perhaps, that of each bucket without another one.
    fn settle_open_bucket_policies(&mut self) {
        let free = self.buckets.keys().filter(|name| !self.bucket_policies.contains_key(*name));
        let free: Vec<String> = free.cloned().collect();
        for resource in std::mem::take(&mut self.open_bucket_policies) {
            let Some(bucket) = self.text(&resource, "Bucket") else { continue };
            let Some(document) = self.property_node(&resource, "PolicyDocument") else { continue };
            let scope = self.scope(&resource);
            for name in &free {
                let asked = (bucket.value.clone(), name.clone());
                let when = match self.evaluator.question(&scope, asked, bucket.span) {
                    Decided::Is(false) => continue,
                    Decided::Is(true) => Branch::default(),
                    Decided::Open(atom) => Branch::default().with(&atom, true),
                };
                self.policy_of_bucket(&resource, name, &when, document);
            }
        }
    }

    /// Tells every bucket its policy, or that it has none.
    pub(super) fn settle_bucket_policies(&mut self) {
        self.settle_open_bucket_policies();
        let mut documents = std::mem::take(&mut self.bucket_policies);
        for (name, (at, _)) in std::mem::take(&mut self.buckets) {
            if !documents.contains_key(&name) {
                self.intake.bucket_policy(&name, at, None);
            }
        }
        for (name, list) in std::mem::take(&mut documents) {
            let mut policies = Vec::new();
            for (node, pointer) in merged(list) {
                policies.extend(self.lower(&node, PolicyKind::Bucket, &pointer));
            }
            for policy in policies {
                self.intake.bucket_policy(&name, policy.span, Some(policy));
            }
        }
    }

    /// `AWS::S3::AccessPoint`
    pub(super) fn access_point(&mut self, resource: &Resource<'t>) {
        let Some(bucket) = self.text(resource, "Bucket") else { return };
        let Some(account) = self.account_id(resource) else { return };
        let name = self.name(resource);
        let region = self.region(resource);
        let (scope, base) = (self.scope(resource), resource.side());
        let pointer = self.pointer(resource, "Policy");
        let policy = match self.property_node(resource, "Policy") {
            Some(document) => self.policy(&scope, &base, document, PolicyKind::AccessPoint, &pointer),
            None => None,
        };
        let vpc = self.property(resource, "VpcConfiguration");
        let vpc = match &vpc {
            None => Known::Provided(None),
            Some(vpc) => vpc.get("VpcId").and_then(scalar).map(|id| Some(id.into_owned())).into(),
        };
        let called = self.evaluator.stacks.get(resource.stack).map(|s| s.called(&resource.entry.id));
        let block = self.public_access(resource).map(|block| PublicAccessBlock {
            restrict_public_buckets: block.value.restrict_public_buckets.unwrap_or(true),
            ignore_public_acls: block.value.ignore_public_acls.unwrap_or(true),
        });
        self.count(resource, "access point");
        self.intake.estate.access_points.push(AccessPoint {
            name,
            account,
            bucket: bucket.value,
            region: (!symbol::is_in(&region)).then_some(region),
            policy: Known::Provided(policy),
            alias: called.map(|called| symbol::identity(&format!("{called}.Alias"))),
            vpc,
            // All four settings are on unless the template says otherwise.
            // Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-bpa-settings.html>
            public_access_block: Known::Provided(
                block
                    .unwrap_or(PublicAccessBlock { restrict_public_buckets: true, ignore_public_acls: true }),
            ),
            span: resource.entry.key,
        });
    }

    /// `AWS::EC2::VPCEndpoint`
    pub(super) fn endpoint(&mut self, resource: &Resource<'t>) {
        let id = self.name(resource);
        let at = resource.entry.key;
        self.count(resource, "endpoint");
        self.intake.endpoint(&id, at, |_| ());
        let kind = self.text(resource, "VpcEndpointType");
        let kind = kind.map_or(Some(EndpointType::Gateway), |kind| settings::endpoint_type(&kind.value));
        if let Some(kind) = kind {
            self.intake.endpoint_type(&id, Spanned::new(kind, at));
        }
        if let Some(vpc) = self.text(resource, "VpcId") {
            self.intake.endpoint_vpc(&id, Spanned::new(&vpc.value, vpc.span));
        }
        if let Some(account) = self.account_id(resource).filter(|a| !a.is_unknown()) {
            self.intake.endpoint_account(&id, Spanned::new(account, at));
        }
        let Some(document) = self.property_node(resource, "PolicyDocument") else {
            self.intake.endpoint_policy(&id, at, None);
            return;
        };
        let (scope, base) = (self.scope(resource), resource.side());
        let pointer = self.pointer(resource, "PolicyDocument");
        let policy = self.policy(&scope, &base, document, PolicyKind::Endpoint, &pointer);
        self.count(resource, "policy");
        self.intake.endpoint_policy(&id, at, policy);
    }
}
