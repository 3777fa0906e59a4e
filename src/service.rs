//! What is particular to one service of AWS: a row and a file each.
//!
//! A row says how an ARN leads to a resource of the estate; the resource then tells what stands on its own side of a
//! decision, which context keys it adds to a request, and which of its facts stop a request that policies allow.

mod facts;
mod iam_role;
mod kms;
mod other;
mod s3;
mod side;
mod store;

use std::fmt::Debug;

use crate::estate::{self, Assumed, Bucket, Estate, Grant, Missing, SharedPolicy, Store};
use crate::eval::{Caller, Circumstances, Context, ContextValue, Gate, KnownPrefix, Network};
use crate::logic::Unknown;
use crate::name::{AccountId, ActionName, Arn};

pub(crate) use facts::{
    OfOrganization, among, not_told, open, organization, organization_keys, resource_account, tags_family,
    undocumented,
};
pub(crate) use kms::{GRANT_ALONE, GRANT_ALONE_WHY, Key, KeyStanding};
pub(crate) use other::Other;
pub use s3::OBJECT_KEY;
pub(crate) use s3::{Target as S3Target, partition_of};
pub(crate) use s3::{is_about_tls, of_kms_object};
pub(crate) use side::{OwnPolicies, OwnSide};

/// A service whose resources this program knows.
pub(crate) struct Service {
    /// How its actions begin.
    pub(crate) prefix: &'static str,
    /// What the resource-based policy of a resource with this ARN is called.
    pub(crate) resource_policy: fn(&str) -> &'static str,
    /// The resources that let nobody in without a policy of their own, the own account included (R67, R116): the service
    /// in their ARN, and how their names begin.
    pub(crate) requires_policy_of: Option<(&'static str, &'static str)>,
    /// The VPC endpoints that an estate tells of are endpoints of this service, and their policies limit its requests
    /// (R85).
    pub(crate) has_told_endpoints: bool,
    /// Gateway endpoints exist for it.
    ///
    /// Source: <https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>
    pub(crate) may_have_gateway_endpoint: bool,
    /// Its requests go to the Region of the resource.
    pub(crate) is_regional: bool,
    /// Context keys of what a caller may ask for, the same for all resources.
    pub(crate) add_parameters: fn(&mut Context, &Caller),
    /// A call of it that a service makes for a principal tells the service that calls in this key.
    pub(crate) via_key: Option<&'static str>,
    /// The ARN behind another name that people use.
    pub(crate) named: fn(&Estate, &str) -> Option<Arn>,
    /// The resource that an ARN of one of its actions means; `None` where the ARN is of no kind that is known.
    pub(crate) find: for<'e> fn(&'e Estate, &ActionName, &str) -> Option<Result<FoundResource<'e>, Missing>>,
}

impl Service {
    /// Whether this resource lets nobody in without a policy of its own.
    pub(crate) fn requires_resource_policy(&self, arn: &str) -> bool {
        let mut parts = arn.splitn(6, ':').skip(2);
        let (service, resource) = (parts.next(), parts.nth(2));
        self.requires_policy_of.is_some_and(|(of, start)| {
            service == Some(of) && resource.is_some_and(|resource| resource.starts_with(start))
        })
    }
}

/// A resource of an estate.
pub(crate) type FoundResource<'e> = Box<dyn Resource<'e> + 'e>;

/// Sorted by prefix.
pub(crate) static ALL: [&Service; 5] =
    [&kms::SERVICE, &s3::SERVICE, &store::SECRETS, &store::QUEUES, &iam_role::SERVICE];

/// All other services: their resource-based policies, where they have any, are not known.
static OTHER: Service = Service {
    prefix: "",
    resource_policy: |_| "resource-based policy",
    requires_policy_of: None,
    has_told_endpoints: false,
    may_have_gateway_endpoint: false,
    is_regional: false,
    add_parameters: |_, _| {},
    via_key: None,
    named: |_, _| None,
    find: |_, _, _| None,
};

/// The row of a service, by the prefix of its actions.
pub(crate) fn of(prefix: &str) -> &'static Service {
    ALL.iter().copied().find(|service| service.prefix == prefix).unwrap_or(&OTHER)
}

/// The resource an action is made on; one that no row knows is what its ARN says.
pub(crate) fn find<'e>(
    estate: &'e Estate,
    action: &ActionName,
    arn: &str,
) -> Result<FoundResource<'e>, Missing> {
    match (of(action.service()).find)(estate, action, arn) {
        Some(found) => found,
        None => Ok(Box::new(Other::named(arn))),
    }
}

/// What the document of a gate is called, in a request for an action on a resource.
pub(crate) fn document_name(gate: Gate, action: &str, resource: &str) -> &'static str {
    let prefix = action.split(':').next().unwrap_or("");
    if gate == Gate::Resource { (of(prefix).resource_policy)(resource) } else { gate.describe() }
}

/// A request as far as its resource needs to know it.
#[derive(Copy, Clone)]
pub(crate) struct Asked<'a> {
    pub(crate) estate: &'a Estate,
    pub(crate) action: &'a ActionName,
    pub(crate) caller: &'a Caller,
    pub(crate) circumstances: &'a Circumstances,
    /// Where the request comes from, by all that was told of it.
    pub(crate) network: &'a Network,
    pub(crate) strict: bool,
}

/// Something a request is made on.
pub(crate) trait Resource<'e>: Debug + Send + Sync {
    /// As the request names it.
    fn arn(&self) -> &str;

    /// The part of the ARN that the question leaves open.
    fn within(&self) -> Option<&KnownPrefix> {
        None
    }

    /// Whose it is.
    fn owner(&self) -> Option<AccountId>;

    /// The Region that requests for it go to.
    fn region(&self) -> Option<&str> {
        None
    }

    /// RCPs do not apply to requests of this caller for it (R79, R86).
    fn is_beyond_rcps(&self, _asked: &Asked<'_>) -> bool {
        false
    }

    /// What stands on its own side: its policies, grants, and settings that decide like a policy.
    fn side(&self, asked: &Asked<'_>, assumed: &mut Assumed) -> OwnSide<'e>;

    /// Whom its own side may let in, for whoever looks for principals.
    fn lets_in(&self, _estate: &'e Estate, _strict: bool) -> LetsIn<'e> {
        LetsIn { own_account_only: true, ..LetsIn::default() }
    }

    /// The KMS key that it is.
    fn kms_key(&self) -> Option<&'e estate::Key> {
        None
    }

    /// The bucket that it is, or that it lies in.
    fn bucket(&self) -> Option<&'e Bucket> {
        None
    }

    /// The secret or queue that it is, where a file tells of it.
    fn store(&self) -> Option<&'e Store> {
        None
    }

    /// The KMS key of what it keeps, which its service uses with the permissions of its caller. `is_open`: without an input
    /// that describes the resource, the key is unknown instead of the usual one.
    fn data_key(&self, _estate: &'e Estate, _is_open: bool, _assumed: &mut Assumed) -> DataKey<'e> {
        DataKey::None
    }

    /// The context keys that it adds to a request.
    fn add_keys(&self, _context: &mut Context, _asked: &Asked<'_>) {}

    /// What stops the request though policies allow it.
    fn block(&self, _asked: &Asked<'_>) -> Option<Blocked> {
        None
    }

    /// What must hold besides, and is not known.
    fn unless(&self, _asked: &Asked<'_>, _assumed: &mut Assumed) -> Vec<Unknown> {
        Vec::new()
    }
}

/// Under which key a resource keeps data.
#[derive(Debug)]
pub(crate) enum DataKey<'e> {
    /// None of KMS.
    None,
    /// This one.
    Under(Box<UnderKey<'e>>),
    /// Nobody told.
    NotTold(Unknown),
}

/// A key, and how the service asks KMS for it.
#[derive(Debug)]
pub(crate) struct UnderKey<'e> {
    pub(crate) key: Key<'e>,
    /// The pairs of the encryption context, all of them.
    pub(crate) pairs: Vec<(&'static str, ContextValue)>,
}

/// Whom the side of a resource may let in.
#[derive(Clone, Debug, Default)]
pub(crate) struct LetsIn<'e> {
    pub(crate) policies: Vec<&'e SharedPolicy>,
    /// Some policy was not supplied, or stands in no document, or a strict question lacks the grants: anybody may be let in.
    pub(crate) is_open: bool,
    pub(crate) grants: &'e [Grant],
    /// A strict question lacks the grants, and a grant is enough by itself (R83, R84).
    pub(crate) grants_are_open: bool,
    /// Requests need no credentials.
    pub(crate) lets_public: bool,
    /// The service has no resource-based policies that are known: nobody from another account.
    pub(crate) own_account_only: bool,
}

/// What stops an authorized request.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The KMS key cannot be used in its state.
    KeyState,
    /// The object has to be restored from an archive first.
    Archived,
    /// The key is not in the bucket's Region, or in one that the caller's account has not switched on.
    Region,
    /// The key cannot decrypt S3 objects: not symmetric, or not for encryption.
    KeyType,
    /// The replication configuration leaves the object behind.
    Replication,
    /// The bucket is Requester Pays, and the request has no signature that says who pays (R109).
    RequesterPays,
    /// The bucket takes no uploads so encrypted.
    Encryption,
    /// The bucket has no ACLs, and the upload asks for one (R100).
    Acl,
}

impl Block {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeyState => "key_state",
            Self::Archived => "archived",
            Self::Region => "region",
            Self::KeyType => "key_type",
            Self::Replication => "replication",
            Self::RequesterPays => "requester_pays",
            Self::Encryption => "encryption",
            Self::Acl => "acl",
        }
    }
}

/// The same, with a sentence on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blocked {
    pub(crate) by: Block,
    pub(crate) why: String,
}
