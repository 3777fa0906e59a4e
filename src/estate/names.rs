//! By which names the parts of an estate are looked up.

use super::{Bucket, Endpoint, Key, Known, Named, Object, Role, Store, Target, User, Workload, WorkloadKind};

/// The name of objects whose bucket is a pattern, which no bucket has.
pub(super) const OF_SEVERAL_BUCKETS: &str = "";

impl Named for Role {
    /// Its account is a name of it as well: questions are about everyone of one.
    fn each_name<'n>(&'n self, add: &mut dyn FnMut(&'n str)) {
        add(self.arn.value.as_str());
        add(self.arn.value.account_text());
        add(self.name());
        self.id.as_deref().into_iter().for_each(&mut *add);
        self.arn.value.resource_of("role").into_iter().for_each(add);
    }
}

impl Named for User {
    fn each_name<'n>(&'n self, add: &mut dyn FnMut(&'n str)) {
        add(self.arn.value.as_str());
        add(self.arn.value.account_text());
        self.id.as_deref().into_iter().for_each(&mut *add);
        self.arn.value.resource_of("user").and_then(|path| path.rsplit('/').next()).into_iter().for_each(add);
    }
}

impl Named for Key {
    /// Its Region and its account are names of it as well: questions are about all keys of one.
    fn each_name<'n>(&'n self, add: &mut dyn FnMut(&'n str)) {
        let arn = &self.arn.value;
        add(arn.as_str());
        add(self.id());
        add(arn.region());
        add(arn.account_text());
        let Known::Provided(aliases) = &self.aliases else { return };
        aliases.iter().map(|alias| alias.strip_prefix("alias/").unwrap_or(alias)).for_each(add);
    }
}

impl Named for Bucket {
    fn each_name<'n>(&'n self, add: &mut dyn FnMut(&'n str)) {
        add(&self.name);
    }
}

impl Named for Object {
    /// Its bucket.
    fn each_name<'n>(&'n self, add: &mut dyn FnMut(&'n str)) {
        add(self.bucket().unwrap_or(OF_SEVERAL_BUCKETS));
    }
}

impl Named for Endpoint {
    fn each_name<'n>(&'n self, add: &mut dyn FnMut(&'n str)) {
        add(&self.id);
    }
}

impl Named for Store {
    fn each_name<'n>(&'n self, add: &mut dyn FnMut(&'n str)) {
        add(self.arn.value.as_str());
    }
}

impl Named for Target {
    fn each_name<'n>(&'n self, add: &mut dyn FnMut(&'n str)) {
        add(&self.id);
    }
}

impl Named for Workload {
    /// The role it runs with, and those whose sessions it limits.
    fn each_name<'n>(&'n self, add: &mut dyn FnMut(&'n str)) {
        add(self.role.value.as_str());
        self.limited_roles().for_each(add);
    }
}

impl Object {
    /// The name of the bucket, unless it is a pattern.
    pub(crate) fn bucket(&self) -> Option<&str> {
        let (bucket, _) = self.uri.value.as_str().strip_prefix("s3://")?.split_once('/')?;
        (!bucket.contains(['*', '?', '$'])).then_some(bucket)
    }
}

impl Workload {
    /// The roles whose sessions the policy of an association of EKS Pod Identity limits.
    ///
    /// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-eks-podidentityassociation.html>
    pub(crate) fn limited_roles(&self) -> impl Iterator<Item = &str> {
        let target = match &self.kind {
            WorkloadKind::PodIdentity { target, has_policy: true, .. } => Some(target.as_ref()),
            WorkloadKind::PodIdentity { has_policy: false, .. }
            | WorkloadKind::Irsa { .. }
            | WorkloadKind::Service { .. } => None,
        };
        let own = target.map(|_| &self.role);
        own.into_iter().chain(target.flatten()).map(|role| role.value.as_str())
    }
}
