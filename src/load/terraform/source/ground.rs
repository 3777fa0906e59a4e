//! What the provider makes of a resource: names that are known, names that AWS will choose, and where it is.
//!
//! Names are those that plans have: `names` is asked with the arguments that name a resource.

use std::borrow::Cow;
use std::rc::Rc;

use super::config::Resource;
use super::document;
use super::expand;
use super::fault::{Fault, Read};
use super::graph::{AFTER_APPLY, Graph};
use super::machine::{Machine, Scope};
use super::template;
use super::tree;
use super::value::{Handle, InstanceKey, Text, V, Val};
use crate::estate::StoreKind;
use crate::json::{Member, Node, Value};
use crate::load::managed;
use crate::load::terraform::model::{self, Module};
use crate::load::terraform::names::Names;
use crate::load::terraform::provider::Places;
use crate::load::terraform::types::{self, Naming, S3, Tells, Type};
use crate::name::{partition, symbol};
use crate::source::{Span, Spanned};

/// Arguments that name a resource.
const NAMING: &[&str] = &[
    "arn",
    "bucket",
    "bucket_prefix",
    "id",
    "key_id",
    "multi_region",
    "name",
    "name_prefix",
    "path",
    "primary_key_arn",
    "region",
    "target_key_id",
    "url",
];

/// Accounts and Regions, once the providers are known.
pub(super) struct Ground {
    pub(super) world: Module<'static>,
    pub(super) places: Places,
    /// What names are qualified by where several inputs have the same addresses.
    pub(super) file: Option<String>,
}

impl Graph<'_> {
    /// An attribute that no block sets.
    pub(super) fn computed(&self, handle: &Handle, resource: &Resource, name: &Rc<str>, at: Span) -> Read {
        let address = self.address(handle);
        if resource.data
            && let Some(value) = self.looked_up(handle, resource, name, at)?
        {
            return Ok(value);
        }
        if let Some(value) = self.named(handle, resource, name, at)? {
            return Ok(value);
        }
        if &*resource.kind == "terraform_data" && &**name == "output" {
            let input = self.with_instance(handle, |resource, _, scope| {
                expand::written(self, &resource.block.body, "input", scope)
            });
            if let Some(Ok(input)) = input {
                return Ok(input?.unwrap_or_else(|| Val::null(at)));
            }
        }
        if is_random(&resource.kind, name) {
            // Drawn at random, it is only equal to itself.
            let symbol = symbol::identity(&self.labelled(format!("{address}.{name}")));
            self.note_plain(
                self.labelled(format!("{address}.{name}")),
                "it is drawn at random".to_owned(),
                at,
            );
            return Ok(Val::text(symbol, at));
        }
        // What is not set is null, unless the provider sets it.
        if is_argument(name) && types::find(&resource.kind).is_some() {
            return Ok(Val::null(at));
        }
        let why = if resource.data { "it is read when Terraform runs" } else { AFTER_APPLY };
        Ok(self.hole(self.labelled(format!("{address}.{name}")), why, at))
    }

    /// The resource as `names` looks at it.
    pub(super) fn skeleton(
        &self,
        handle: &Handle,
        resource: &Resource,
        kind: &'static Type,
        scope: Scope<'_>,
    ) -> Result<model::Resource<'static>, Fault> {
        let block = &resource.block;
        let mut members = Vec::new();
        for name in NAMING {
            if let Some(value) = expand::written(self, &block.body, name, scope)?
                && !value.is_null()
            {
                let key = Spanned::new(Cow::Borrowed(*name), value.at);
                members.push(Member { key, value: tree::scalar(self, &value) });
            }
        }
        Ok(self.bare(handle, resource, kind, Node { span: block.at, value: Value::Object(members) }))
    }

    pub(super) fn bare(
        &self,
        handle: &Handle,
        resource: &Resource,
        kind: &'static Type,
        values: Node<'static>,
    ) -> model::Resource<'static> {
        let address = self.address(handle);
        model::Resource {
            address: Spanned::new(address.clone(), resource.block.head),
            module: self.instance(handle.module).map_or_else(String::new, |i| i.address.clone()),
            data: resource.data,
            kind,
            local: handle.local.to_string(),
            key: handle.key.as_ref().map(InstanceKey::shown),
            provider: self.provider_of(handle.module, resource),
            pointer: address,
            values,
            unknown: None,
            before: None,
            gone: false,
            created: !resource.data,
            guards: Vec::new(),
            expressions: None,
        }
    }

    fn named(
        &self,
        handle: &Handle,
        resource: &Resource,
        name: &str,
        at: Span,
    ) -> Result<Option<Val>, Fault> {
        let (Some(kind), Some(ground)) = (types::find(&resource.kind), self.ground.get()) else {
            return Ok(None);
        };
        let is_point = kind.tells == Tells::S3(S3::AccessPoint);
        if kind.named == Naming::Nothing && !is_point {
            return Ok(None);
        }
        let made =
            self.with_instance(handle, |resource, _, scope| self.skeleton(handle, resource, kind, scope));
        let Some(Ok(skeleton)) = made else { return Ok(None) };
        let skeleton = skeleton?;
        let names = Names::new(&ground.world, &ground.places, ground.file.clone());
        let text = name_of(&names, &skeleton, name);
        for (name, hole) in names.take_holes() {
            self.note_plain(name, hole.why, hole.at);
        }
        Ok(text.map(|text| Val::text(text, at)))
    }

    /// What a data source finds.
    fn looked_up(
        &self,
        handle: &Handle,
        resource: &Resource,
        name: &str,
        at: Span,
    ) -> Result<Option<Val>, Fault> {
        let text = |text: String| Ok(Some(Val::text(text, at)));
        let argument = |argument: &str| -> Result<Option<Val>, Fault> {
            let read = self.with_instance(handle, |resource, _, scope| {
                expand::written(self, &resource.block.body, argument, scope)
            });
            match read {
                Some(Ok(value)) => value,
                Some(Err(refused)) => Err(refused),
                None => Ok(None),
            }
        };
        let known = |value: Option<Val>| {
            value.and_then(|v| if let V::Str(Text { text, .. }) = v.v { Some(text) } else { None })
        };
        match (&*resource.kind, name) {
            ("aws_iam_policy_document", "json" | "minified_json") => {
                let made =
                    self.with_instance(handle, |resource, _, scope| document::of(self, resource, scope));
                match made {
                    Some(Ok(value)) => value.map(Some),
                    Some(Err(refused)) => Err(refused),
                    None => Ok(None),
                }
            }
            ("aws_caller_identity", "account_id" | "id") => match self.account_of(handle, resource) {
                Some(account) => text(account),
                None => Ok(None),
            },
            ("aws_partition", "partition" | "id") => text(self.partition_of(handle, resource).id.to_owned()),
            ("aws_partition", "dns_suffix") => {
                text(self.partition_of(handle, resource).dns_suffix.to_owned())
            }
            ("aws_region", "name" | "id" | "region") => match self.region_of(handle, resource) {
                Some(region) => text(region),
                None => Ok(None),
            },
            ("aws_arn", "partition" | "service" | "region" | "account" | "resource") => {
                let Some(arn) = known(argument("arn")?) else { return Ok(None) };
                let part = match name {
                    "partition" => 1,
                    "service" => 2,
                    "region" => 3,
                    "account" => 4,
                    _resource => 5,
                };
                Ok(arn.splitn(6, ':').nth(part).map(|part| Val::text(part, at)))
            }
            ("aws_service_principal", "name") => match known(argument("service_name")?) {
                Some(service) => text(format!("{service}.amazonaws.com")),
                None => Ok(None),
            },
            ("aws_iam_session_context", "issuer_arn") => argument("arn"),
            ("aws_iam_policy", "arn") => match known(argument("name")?) {
                Some(name) if !symbol::is_in(&name) && managed::path_of(&name).is_some() => {
                    let partition = self.partition_of(handle, resource).id;
                    text(format!(
                        "arn:{partition}:iam::aws:policy/{}",
                        managed::path_of(&name).unwrap_or(&name)
                    ))
                }
                _other => Ok(None),
            },
            ("aws_s3_bucket", "arn") => match known(argument("bucket")?) {
                Some(bucket) => text(format!("arn:{}:s3:::{bucket}", self.partition_of(handle, resource).id)),
                None => Ok(None),
            },
            ("aws_s3_bucket", "id") => argument("bucket"),
            ("aws_iam_role" | "aws_iam_user" | "aws_iam_group", "arn") => match known(argument("name")?) {
                Some(name) => {
                    let kind = resource.kind.rsplit('_').next().unwrap_or("role");
                    let Some(account) = self.account_of(handle, resource) else { return Ok(None) };
                    let partition = self.partition_of(handle, resource).id;
                    // Of which path it is, only AWS knows; the configuration may declare it.
                    let declared = self.declared(&format!("aws_iam_{kind}"), "name", &name)?;
                    let path = match declared {
                        Some(other) => return self.resource_attribute(&other, &"arn".into(), at).map(Some),
                        None => String::new(),
                    };
                    text(format!("arn:{partition}:iam::{account}:{kind}{path}/{name}"))
                }
                None => Ok(None),
            },
            ("aws_iam_role" | "aws_iam_user" | "aws_iam_group", "id") => argument("name"),
            ("aws_kms_key", "arn") => match known(argument("key_id")?) {
                Some(id) if id.starts_with("arn:") && id.contains(":key/") => text(id.to_string()),
                Some(id) if !id.contains("alias/") && !id.starts_with("arn:") => {
                    let (Some(account), Some(region)) =
                        (self.account_of(handle, resource), self.region_of(handle, resource))
                    else {
                        return Ok(None);
                    };
                    let partition = self.partition_of(handle, resource).id;
                    text(format!("arn:{partition}:kms:{region}:{account}:key/{id}"))
                }
                Some(id) => match self.declared(
                    "aws_kms_alias",
                    "name",
                    id.rsplit_once(':').map_or(&*id, |(_, n)| n),
                )? {
                    Some(alias) => self.resource_attribute(&alias, &"target_key_arn".into(), at).map(Some),
                    None => Ok(None),
                },
                None => Ok(None),
            },
            ("aws_kms_alias", "target_key_arn" | "target_key_id") => match known(argument("name")?) {
                Some(alias) => match self.declared("aws_kms_alias", "name", &alias)? {
                    Some(alias) => self.resource_attribute(&alias, &name.into(), at).map(Some),
                    None => Ok(None),
                },
                None => Ok(None),
            },
            ("terraform_remote_state", "outputs") => {
                let name = handle.local.rsplit('.').next().unwrap_or_default();
                Ok(self.remote.get(name).cloned())
            }
            ("template_file", "rendered") => {
                let (Some(written), vars) = (argument("template")?, argument("vars")?) else {
                    return Ok(None);
                };
                let vars = vars.unwrap_or_else(|| Val::map([], at));
                template::of_text(self, &written, &vars, at).map(Some)
            }
            ("local_file", "content") => match known(argument("filename")?) {
                Some(path) => Ok(Some(self.text_of_file(&path, at)?)),
                None => Ok(None),
            },
            _other => Ok(None),
        }
    }

    /// A resource of the configuration by one of its names.
    fn declared(&self, kind: &str, argument: &str, wanted: &str) -> Result<Option<Handle>, Fault> {
        let Some(config) = self.config(0) else { return Ok(None) };
        for (local, resource) in &config.resources {
            if resource.data || &*resource.kind != kind {
                continue;
            }
            let all = self.expansion(0, local, &resource.block.body, resource.block.head)?;
            for of in all.iter() {
                let handle = Handle { module: 0, local: Rc::clone(local), key: of.key.clone() };
                let name = self.with_instance(&handle, |resource, _, scope| {
                    expand::written(self, &resource.block.body, argument, scope)
                });
                if let Some(Ok(Ok(Some(Val { v: V::Str(text), .. })))) = name
                    && &*text.text == wanted
                {
                    return Ok(Some(handle));
                }
            }
        }
        Ok(None)
    }

    fn stand_in(&self, handle: &Handle, resource: &Resource) -> Option<model::Resource<'static>> {
        let kind = types::find(&resource.kind).or(types::find("aws_arn"))?;
        let mut members = Vec::new();
        let region = self.with_instance(handle, |resource, _, scope| {
            expand::written(self, &resource.block.body, "region", scope)
        });
        if let Some(Ok(Ok(Some(value)))) = region {
            let key = Spanned::new(Cow::Borrowed("region"), value.at);
            members.push(Member { key, value: tree::scalar(self, &value) });
        }
        let values = Node { span: resource.block.at, value: Value::Object(members) };
        Some(self.bare(handle, resource, kind, values))
    }

    pub(super) fn account_of(&self, handle: &Handle, resource: &Resource) -> Option<String> {
        let stand_in = self.stand_in(handle, resource)?;
        let account = self.ground.get()?.places.account_or_unnamed(&stand_in).to_string();
        if let Some(name) = symbol::first_in(&account) {
            self.hole(name, "the account of the provider is not known", resource.block.head);
        }
        Some(account)
    }

    pub(super) fn region_of(&self, handle: &Handle, resource: &Resource) -> Option<String> {
        let stand_in = self.stand_in(handle, resource)?;
        Some(self.ground.get()?.places.region_text(&stand_in))
    }

    fn partition_of(&self, handle: &Handle, resource: &Resource) -> &'static partition::Partition {
        self.region_of(handle, resource).map_or(partition::COMMERCIAL, |region| partition::of_region(&region))
    }
}

/// Attributes of the provider `random` that are long enough to be told from each other.
fn is_random(kind: &str, name: &str) -> bool {
    match kind {
        "random_id" => matches!(name, "hex" | "id" | "dec" | "b64_std" | "b64_url"),
        "random_pet" => name == "id",
        "random_string" => matches!(name, "result" | "id"),
        "random_uuid" | "random_uuid4" | "random_uuid7" => matches!(name, "result" | "id"),
        _other => false,
    }
}

/// Arguments that are null where they are not set.
fn is_argument(name: &str) -> bool {
    matches!(
        name,
        "name_prefix" | "bucket_prefix" | "permissions_boundary" | "description" | "tags" | "force_destroy"
    )
}

/// An attribute that names a resource.
pub(super) fn name_of(
    names: &Names<'_, '_>,
    resource: &model::Resource<'static>,
    name: &str,
) -> Option<String> {
    let tail = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
    if resource.kind.tells == Tells::S3(S3::AccessPoint) {
        return (name == "arn").then(|| names.access_point(resource))?;
    }
    match (resource.kind.named, name) {
        (Naming::Iam { .. }, "arn") => Some(names.iam(resource).value.to_string()),
        (Naming::Iam { want: types::Want::Policy, .. }, "id") => Some(names.iam(resource).value.to_string()),
        (Naming::Iam { .. }, "id" | "name") => Some(tail(&names.iam(resource).value.to_string())),
        (Naming::Key { .. }, "arn") => Some(names.key(resource).value.to_string()),
        (Naming::Key { .. }, "id" | "key_id") => Some(tail(&names.key(resource).value.to_string())),
        (Naming::Alias, "arn") => names.alias_arn(resource),
        (Naming::Alias, "id") => resource.values.get("name").and_then(Node::as_str).map(str::to_owned),
        (Naming::Alias, "target_key_arn") => {
            let target = resource.values.get("target_key_id")?;
            let named = Spanned::new(target.as_str()?.to_owned(), target.span);
            Some(names.key_named(resource, &named).value.to_string())
        }
        (Naming::Bucket, "arn") => {
            let partition = names.places.partition(resource);
            Some(format!("arn:{partition}:s3:::{}", names.bucket(resource).value))
        }
        (Naming::Bucket, "id" | "bucket") => Some(names.bucket(resource).value),
        (Naming::Bucket, "bucket_domain_name") => {
            Some(format!("{}.s3.amazonaws.com", names.bucket(resource).value))
        }
        (Naming::Bucket, "bucket_regional_domain_name") => Some(format!(
            "{}.s3.{}.amazonaws.com",
            names.bucket(resource).value,
            names.places.region_text(resource)
        )),
        (Naming::Store(kind), "arn") => Some(names.store(resource, kind).value.to_string()),
        (Naming::Store(StoreKind::Secret), "id") => {
            Some(names.store(resource, StoreKind::Secret).value.to_string())
        }
        (Naming::Store(StoreKind::Queue), "id" | "url") => Some(names.queue_url(resource)),
        (Naming::Endpoint, "id") => Some(names.endpoint(resource).value),
        (Naming::Cluster, "arn") => Some(names.cluster(resource).value.to_string()),
        (Naming::Cluster, "id" | "name") => Some(tail(&names.cluster(resource).value.to_string())),
        (Naming::OidcProvider, "arn") => {
            let url = resource.values.get("url").and_then(Node::as_str)?;
            let host = url.strip_prefix("https://").unwrap_or(url);
            Some(names.global_arn(resource, &format!("oidc-provider/{host}")).to_string())
        }
        (Naming::OfOrganization(_), "id") => Some(names.organization_id(resource).value),
        (Naming::Argument { want: types::Want::Bucket, .. }, "id" | "bucket") => {
            resource.values.get("bucket").and_then(Node::as_str).map(str::to_owned)
        }
        _other => None,
    }
}
