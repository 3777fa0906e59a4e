//! What resources are called: known names, names that follow from others, and symbols for those AWS will choose.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::model::{Block, Held, Module, Resource};
use super::provider::Places;
use super::reference::Referent;
use super::types::{IdentityType, Naming, Tells, Want};
use crate::estate::{PlacedArn, StoreKind};
use crate::json::Node;
use crate::name::{AccountId, Arn, partition, symbol};
use crate::source::{Span, Spanned};

/// Names that lead to other names.
const MAX_DEPTH: usize = 16;

/// Why most values of a plan are not known.
pub(super) const AFTER_APPLY: &str = "known only after apply";

/// A value that is open, by the name of its symbol.
#[derive(Debug)]
pub(super) struct Hole {
    pub(super) why: String,
    pub(super) at: Span,
}

pub(super) struct Names<'w, 's> {
    pub(super) world: &'w Module<'s>,
    pub(super) places: &'w Places,
    /// The file, where an earlier plan or state may use the same addresses: it is another world.
    file: Option<String>,
    holes: RefCell<BTreeMap<String, Hole>>,
    principals: OnceCell<FxHashMap<(String, AccountId, String), Arn>>,
    buckets: OnceCell<BTreeSet<String>>,
}

/// Whether a name is a symbol that may stand for any name.
pub(super) fn is_open(name: &Spanned<String>) -> bool {
    name.value.starts_with('«') && symbol::is_unknown_in(&name.value)
}

impl<'w, 's> Names<'w, 's> {
    pub(super) fn new(world: &'w Module<'s>, places: &'w Places, file: Option<String>) -> Self {
        let holes = RefCell::default();
        Self { world, places, file, holes, principals: OnceCell::new(), buckets: OnceCell::new() }
    }

    /// What a symbol is called among those of all files.
    fn called(&self, name: &str) -> String {
        self.file.as_ref().map_or_else(|| name.to_owned(), |file| format!("{file}/{name}"))
    }

    /// The symbols that were written since this was last asked.
    pub(super) fn take_holes(&self) -> BTreeMap<String, Hole> {
        std::mem::take(&mut self.holes.borrow_mut())
    }

    /// A symbol for an open value of a resource.
    pub(super) fn hole(&self, name: &str, why: &str, at: Span) -> String {
        let name = self.called(name);
        let symbol = symbol::unknown(&name);
        self.holes.borrow_mut().entry(name).or_insert_with(|| Hole { why: why.to_owned(), at });
        symbol
    }

    /// A symbol for what AWS will call a resource.
    fn identity(&self, resource: &Resource<'_>) -> String {
        let name = self.called(&resource.address.value);
        let symbol = symbol::identity(&name);
        let new = || Hole { why: AFTER_APPLY.to_owned(), at: resource.address.span };
        self.holes.borrow_mut().entry(name).or_insert_with(new);
        symbol
    }

    pub(super) fn account(&self, resource: &Resource<'_>) -> AccountId {
        self.places.account_or_unnamed(resource)
    }

    /// The name a resource has or will have.
    fn name(&self, resource: &Resource<'s>, named: &str, prefix: &str) -> Spanned<String> {
        let block = self.world.block(resource);
        if let Some(name) = block.text(named).or(block.symbol(named)) {
            return name.map(str::to_owned);
        }
        let identity = self.identity(resource);
        match block.text(prefix) {
            Some(prefix) => prefix.map(|prefix| format!("{prefix}{identity}")),
            None => Spanned::new(identity, resource.address.span),
        }
    }

    /// The ARN of a role, user, group, managed policy or instance profile.
    pub(super) fn iam(&self, resource: &Resource<'s>) -> PlacedArn {
        let block = self.world.block(resource);
        let told = block.text("arn").or(block.text("id").filter(|id| id.value.starts_with("arn:")));
        if let Some(arn) = told.and_then(|arn| Some(Spanned::new(arn.value.parse().ok()?, arn.span))) {
            return arn;
        }
        let (kind, prefix) = match resource.kind.named {
            Naming::Iam { kind, prefix, .. } => (kind, prefix),
            Naming::Nothing
            | Naming::OidcProvider
            | Naming::Key { .. }
            | Naming::Alias
            | Naming::Bucket
            | Naming::Store(_)
            | Naming::Endpoint
            | Naming::Cluster
            | Naming::OfOrganization(_)
            | Naming::Organization
            | Naming::Argument { .. } => ("role", "name_prefix"),
        };
        let name = self.name(resource, "name", prefix);
        let path = match block.held("path") {
            Held::Known(path) => path.as_str().unwrap_or("/").to_owned(),
            Held::Unset => "/".to_owned(),
            Held::Unknown(at) => {
                let hole = self.hole(&format!("{}.path", resource.address.value), AFTER_APPLY, at);
                format!("/{hole}/")
            }
        };
        let account = self.account(resource).to_string();
        let partition = self.places.partition(resource);
        name.map(|name| Arn::of(partition, "iam", "", &account, &format!("{kind}{path}{name}")))
    }

    /// The ARN of a key.
    pub(super) fn key(&self, resource: &Resource<'s>) -> PlacedArn {
        let block = self.world.block(resource);
        let told = block.text("arn").and_then(|arn| Some(Spanned::new(arn.value.parse().ok()?, arn.span)));
        if let Some(arn) = told {
            return arn;
        }
        let id = match block.text("key_id").or(block.text("id")) {
            Some(id) => id.map(str::to_owned),
            None => Spanned::new(self.new_key_id(resource, MAX_DEPTH), resource.address.span),
        };
        id.map(|id| self.local_arn(resource, "kms", &format!("key/{id}")))
    }

    fn new_key_id(&self, resource: &Resource<'s>, depth: usize) -> String {
        // A replica has the id of the key it is made from.
        let is_replica = matches!(resource.kind.named, Naming::Key { is_replica: true, .. });
        if is_replica
            && let Some(depth) = depth.checked_sub(1)
            && let Some(arn) = self.text(resource, "primary_key_arn", Want::Key, depth)
            && let Some((_, id)) = arn.value.split_once(":key/")
        {
            return id.to_owned();
        }
        let block = self.world.block(resource);
        let multi = is_replica || block.flag("multi_region").is_some_and(|on| on.value);
        format!("{}{}", if multi { "mrk-" } else { "" }, self.identity(resource))
    }

    /// An ARN in the account and Region of a resource.
    pub(super) fn local_arn(&self, resource: &Resource<'s>, service: &str, what: &str) -> Arn {
        let account = self.account(resource).to_string();
        let partition = self.places.partition(resource);
        Arn::of(partition, service, &self.places.region_text(resource), &account, what)
    }

    /// The ARN of an access point, where its name is known.
    pub(super) fn access_point(&self, resource: &Resource<'s>) -> Option<String> {
        let block = self.world.block(resource);
        if let Some(arn) = block.text("arn") {
            return Some(arn.value.to_owned());
        }
        let name = block.text("name")?;
        Some(self.local_arn(resource, "s3", &format!("accesspoint/{}", name.value)).to_string())
    }

    /// An ARN of IAM in the account of a resource.
    pub(super) fn global_arn(&self, resource: &Resource<'s>, what: &str) -> Arn {
        let account = self.account(resource).to_string();
        Arn::of(self.places.partition(resource), "iam", "", &account, what)
    }

    /// The ARN of a cluster of EKS.
    pub(super) fn cluster(&self, resource: &Resource<'s>) -> PlacedArn {
        let block = self.world.block(resource);
        let told = block.text("arn").and_then(|arn| Some(Spanned::new(arn.value.parse().ok()?, arn.span)));
        told.unwrap_or_else(|| {
            let name = self.name(resource, "name", "");
            name.map(|name| self.local_arn(resource, "eks", &format!("cluster/{name}")))
        })
    }

    pub(super) fn bucket(&self, resource: &Resource<'s>) -> Spanned<String> {
        let block = self.world.block(resource);
        if let Some(id) = block.text("id").filter(|_| block.text("bucket").is_none()) {
            return id.map(str::to_owned);
        }
        self.name(resource, "bucket", "bucket_prefix")
    }

    /// The ARN of a secret or a queue. Secrets Manager adds characters of its own to the name of a secret.
    pub(super) fn store(&self, resource: &Resource<'s>, kind: StoreKind) -> PlacedArn {
        let block = self.world.block(resource);
        let told = block.text("arn").or(block.text("id").filter(|id| id.value.starts_with("arn:")));
        if let Some(arn) = told.and_then(|arn| Some(Spanned::new(arn.value.parse().ok()?, arn.span))) {
            return arn;
        }
        let name = self.name(resource, "name", "name_prefix");
        name.map(|name| match kind {
            StoreKind::Secret => {
                let suffix = self.identity(resource);
                self.local_arn(resource, "secretsmanager", &format!("secret:{name}-{suffix}"))
            }
            StoreKind::Queue => self.local_arn(resource, "sqs", &name),
        })
    }

    /// The URL of a queue.
    ///
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html>
    pub(super) fn queue_url(&self, resource: &Resource<'s>) -> String {
        let arn = self.store(resource, StoreKind::Queue).value;
        let suffix = partition::of_region(arn.region()).dns_suffix;
        format!("https://sqs.{}.{suffix}/{}/{}", arn.region(), arn.account_text(), arn.resource())
    }

    pub(super) fn endpoint(&self, resource: &Resource<'s>) -> Spanned<String> {
        match self.world.block(resource).text("id") {
            Some(id) => id.map(str::to_owned),
            None => Spanned::new(format!("vpce-{}", self.identity(resource)), resource.address.span),
        }
    }

    /// The id of a policy, unit or account of an organization.
    pub(super) fn organization_id(&self, resource: &Resource<'s>) -> Spanned<String> {
        match self.world.block(resource).text("id") {
            Some(id) => id.map(str::to_owned),
            None => Spanned::new(self.identity(resource), resource.address.span),
        }
    }

    /// What an attribute names; an open one whose references do not say it alone becomes a symbol. `None` when it
    /// is not set.
    pub(super) fn wanted(&self, resource: &Resource<'s>, name: &str, want: Want) -> Option<Spanned<String>> {
        self.text(resource, name, want, MAX_DEPTH)
    }

    fn text(&self, resource: &Resource<'s>, name: &str, want: Want, depth: usize) -> Option<Spanned<String>> {
        let block = self.world.block(resource);
        self.text_in(resource, &block, name, name, want, depth)
    }

    /// The same for a block inside a resource; `path` is where the attribute is in it.
    pub(super) fn wanted_in(
        &self,
        resource: &Resource<'s>,
        block: &Block<'_, 's>,
        name: &str,
        path: &str,
        want: Want,
    ) -> Option<Spanned<String>> {
        self.text_in(resource, block, name, path, want, MAX_DEPTH)
    }

    fn text_in(
        &self,
        resource: &Resource<'s>,
        block: &Block<'_, 's>,
        name: &str,
        path: &str,
        want: Want,
        depth: usize,
    ) -> Option<Spanned<String>> {
        match block.held(name) {
            Held::Unset => None,
            Held::Known(_) => block.text(name).map(|text| text.map(str::to_owned)),
            Held::Unknown(at) => {
                if let Some(symbol) = block.symbol(name) {
                    return Some(symbol.map(str::to_owned));
                }
                let named = match block.expression(name) {
                    Some(expression) => self.referred(resource, expression, want, depth),
                    // It is computed: nobody set it.
                    None if block.config.is_some() => return None,
                    None => None,
                };
                let hole = || self.hole(&format!("{}.{path}", resource.address.value), AFTER_APPLY, at);
                Some(Spanned::new(named.unwrap_or_else(hole), at))
            }
        }
    }

    /// The names in a list. Open ones are what the list refers to, when it refers to just as many.
    pub(super) fn list(&self, resource: &Resource<'s>, name: &str, want: Want) -> Vec<Spanned<String>> {
        let block = self.world.block(resource);
        let hole = |path: String, at: Span| {
            Spanned::new(self.hole(&format!("{}.{path}", resource.address.value), AFTER_APPLY, at), at)
        };
        let list = match block.held(name) {
            Held::Unset => return Vec::new(),
            Held::Known(list) => list,
            Held::Unknown(at) => {
                if let Some(symbol) = block.symbol(name) {
                    return vec![symbol.map(str::to_owned)];
                }
                let Some(expression) = block.expression(name) else {
                    return if block.config.is_some() { Vec::new() } else { vec![hole(name.to_owned(), at)] };
                };
                let all = self.all_referred(resource, expression, want);
                if all.is_empty() {
                    return vec![hole(name.to_owned(), at)];
                }
                return all.into_iter().map(|text| Spanned::new(text, at)).collect();
            }
        };
        let mask = block.unknown.and_then(|unknown| unknown.get(name)).map_or(&[][..], Node::elements);
        let is_open = |index: usize| mask.get(index).and_then(Node::as_bool) == Some(true);
        let open = (0..list.elements().len()).filter(|index| is_open(*index)).count();
        let mut referred = Vec::new();
        if open > 0
            && let Some(expression) = block.expression(name)
        {
            referred = self.all_referred(resource, expression, want);
            // Names that the list holds already are not the open ones.
            referred.retain(|text| !list.elements().iter().any(|known| known.as_str() == Some(text)));
            if referred.len() != open {
                referred.clear();
            }
        }
        let mut referred = referred.into_iter();
        let elements = list.elements().iter().enumerate();
        elements
            .filter_map(|(index, element)| {
                if !is_open(index) {
                    let text = element.as_str().filter(|text| !text.is_empty())?;
                    return Some(Spanned::new(text.to_owned(), element.span));
                }
                let at = mask.get(index).map_or(element.span, |mask| mask.span);
                let text = referred.next().map(|text| Spanned::new(text, at));
                Some(text.unwrap_or_else(|| hole(format!("{name}[{index}]"), at)))
            })
            .collect()
    }

    /// All of the kind wanted that an expression refers to, each once.
    fn all_referred(&self, resource: &Resource<'s>, expression: &Node<'s>, want: Want) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for found in self.world.follow(self.world.scope(resource), expression) {
            let Referent::Resource { index, path } = found else { continue };
            let named = self.world.get(index).and_then(|r| self.named_by(r, &path, want, MAX_DEPTH));
            out.extend(named.filter(|named| !out.contains(named)));
        }
        out
    }

    /// The only role that an expression of a resource refers to.
    pub(super) fn the_role(&self, resource: &Resource<'s>, expression: &Node<'s>) -> Option<String> {
        self.referred(resource, expression, Want::Role, MAX_DEPTH)
    }

    /// The only thing of the kind wanted that an expression of a resource refers to.
    fn referred(
        &self,
        resource: &Resource<'s>,
        expression: &Node<'s>,
        want: Want,
        depth: usize,
    ) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        let mut only: Option<String> = None;
        for found in self.world.follow(self.world.scope(resource), expression) {
            // What is known, or cannot be seen, stands beside it as a condition or a way out: were it the value,
            // the value would be known.
            let Referent::Resource { index, path } = found else { continue };
            let Some(named) = self.world.get(index).and_then(|r| self.named_by(r, &path, want, depth)) else {
                continue;
            };
            if only.as_ref().is_some_and(|only| *only != named) {
                return None;
            }
            only = Some(named);
        }
        only
    }

    /// What an attribute of a resource names, when that is what is wanted.
    fn named_by(&self, resource: &Resource<'s>, path: &str, want: Want, depth: usize) -> Option<String> {
        let arn = |arn: PlacedArn| arn.value.to_string();
        match (resource.kind.named, want) {
            (Naming::Iam { want: own, .. }, want) if own == want => Some(arn(self.iam(resource))),
            (Naming::Bucket, Want::Bucket) => Some(self.bucket(resource).value),
            (Naming::Key { .. }, Want::Key) => Some(arn(self.key(resource))),
            (Naming::Store(kind), Want::Store) => Some(arn(self.store(resource, kind))),
            (Naming::Alias, Want::Key) if path.starts_with("target_key") => {
                let target = self.text(resource, "target_key_id", want, depth)?;
                Some(self.key_named(resource, &target).value.to_string())
            }
            (Naming::Alias, Want::Key) => Some(self.alias(resource)?.value.to_string()),
            (Naming::Endpoint, Want::Endpoint) => Some(self.endpoint(resource).value),
            (Naming::Cluster, Want::Cluster) => Some(self.name(resource, "name", "").value),
            (Naming::OfOrganization(own), want) if own == want => Some(self.organization_id(resource).value),
            (Naming::Organization, Want::Target) => {
                let roots = self.world.block(resource).block("roots");
                roots.and_then(|root| root.text("id")).map(|id| id.value.to_owned())
            }
            (Naming::Argument { want: own, name, by }, want)
                if own == want && by.is_none_or(|by| by.contains(&path)) =>
            {
                self.text(resource, name, want, depth).map(|text| text.value)
            }
            // Attachments and the like name a role or a policy in the same way, whatever they are.
            (_, Want::Role) if path.starts_with("role") => {
                let name = self.text(resource, "role", want, depth)?;
                Some(self.principal(resource, "role", &name).value.to_string())
            }
            (_, Want::Policy) if path == "policy_arn" => {
                self.text(resource, path, want, depth).map(|text| text.value)
            }
            (_, _) => None,
        }
    }

    /// The same, as text.
    pub(super) fn alias_arn(&self, resource: &Resource<'s>) -> Option<String> {
        Some(self.alias(resource)?.value.to_string())
    }

    /// The ARN of an alias, whose name is known.
    fn alias(&self, resource: &Resource<'s>) -> Option<PlacedArn> {
        let block = self.world.block(resource);
        if let Some(arn) = block.text("arn") {
            return Some(Spanned::new(arn.value.parse().ok()?, arn.span));
        }
        Some(block.text("name")?.map(|name| self.local_arn(resource, "kms", name)))
    }

    /// A role, user or group by the name that an attribute of a resource in the same account gives.
    pub(super) fn principal(&self, beside: &Resource<'s>, kind: &str, name: &Spanned<String>) -> PlacedArn {
        if let Ok(arn) = name.value.parse::<Arn>() {
            return Spanned::new(arn, name.span);
        }
        let account = self.account(beside);
        let index = self.principals.get_or_init(|| self.index());
        let same = index.get(&(kind.to_owned(), account, name.value.clone())).cloned();
        let made = || {
            let resource = format!("{kind}/{}", name.value);
            Arn::of(self.places.partition(beside), "iam", "", &account.to_string(), &resource)
        };
        Spanned::new(same.unwrap_or_else(made), name.span)
    }

    /// Whether the file tells of a role, user or group itself.
    pub(super) fn declares(&self, kind: &str, arn: &PlacedArn) -> bool {
        let index = self.principals.get_or_init(|| self.index());
        let name = arn.value.resource().rsplit('/').next().unwrap_or_default();
        let account = arn.value.account().unwrap_or(AccountId::UNKNOWN);
        index.get(&(kind.to_owned(), account, name.to_owned())) == Some(&arn.value)
    }

    /// Whether a name may be that of any role, user or group: it is a symbol, and nothing of the file is called the same.
    pub(super) fn is_anybody(&self, beside: &Resource<'s>, kind: &str, name: &Spanned<String>) -> bool {
        let index = self.principals.get_or_init(|| self.index());
        is_open(name) && !index.contains_key(&(kind.to_owned(), self.account(beside), name.value.clone()))
    }

    /// The same for a bucket.
    pub(super) fn is_any_bucket(&self, name: &Spanned<String>) -> bool {
        let declared = || {
            let buckets = self.world.resources.iter().filter(|r| r.kind.named == Naming::Bucket && !r.gone);
            buckets.map(|r| self.bucket(r).value).collect()
        };
        is_open(name) && !self.buckets.get_or_init(declared).contains(&name.value)
    }

    /// Roles, users and groups of the file by their names, which are unique in an account.
    fn index(&self) -> FxHashMap<(String, AccountId, String), Arn> {
        let mut out = FxHashMap::default();
        for resource in self.world.resources.iter().filter(|resource| !resource.gone) {
            if let Tells::Identity(IdentityType::Role | IdentityType::User | IdentityType::Group) =
                resource.kind.tells
                && let Naming::Iam { kind, .. } = resource.kind.named
            {
                let arn = self.iam(resource).value;
                let name = arn.resource().rsplit('/').next().unwrap_or_default().to_owned();
                out.entry((kind.to_owned(), self.account(resource), name)).or_insert(arn);
            }
        }
        out
    }

    /// The ARN of a key by the ARN or id that an attribute gives.
    pub(super) fn key_named(&self, beside: &Resource<'s>, name: &Spanned<String>) -> PlacedArn {
        let arn = name.value.parse::<Arn>();
        let arn = arn.unwrap_or_else(|_| self.local_arn(beside, "kms", &format!("key/{}", name.value)));
        Spanned::new(arn, name.span)
    }
}
