use super::{Called, Estate, KeyReference, Known, PlacedArn, SharedPolicy, Tags};
use crate::name::Arn;

/// Something of another service than S3 that keeps data under a KMS key, and has a policy of its own.
#[derive(Clone, Debug)]
pub struct Store {
    /// What it is.
    pub kind: StoreKind,
    /// Its ARN, with its place.
    pub arn: PlacedArn,
    /// Its own policy; `None` where it has none.
    pub policy: Known<Option<SharedPolicy>>,
    /// The KMS key of what it keeps; `None` where there is none.
    pub key: Known<Option<KeyReference>>,
    /// Its tags.
    pub tags: Known<Tags>,
}

/// The kinds of stores that are read.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// A secret of Secrets Manager.
    Secret,
    /// A queue of SQS.
    Queue,
}

impl StoreKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Secret, Self::Queue];

    /// The service in ARNs, and before its actions.
    pub fn service(self) -> &'static str {
        match self {
            Self::Secret => "secretsmanager",
            Self::Queue => "sqs",
        }
    }

    /// What people call one.
    pub fn word(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Queue => "queue",
        }
    }

    /// What the policy of one is called.
    pub fn policy(self) -> &'static str {
        match self {
            Self::Secret => "resource policy",
            Self::Queue => "queue policy",
        }
    }

    /// The alias of the key that AWS manages for the service.
    pub fn managed_key(self) -> &'static str {
        match self {
            Self::Secret => "alias/aws/secretsmanager",
            Self::Queue => "alias/aws/sqs",
        }
    }

    /// What an ARN is of, where it is of one of them.
    pub fn of(arn: &Arn) -> Option<Self> {
        let kind = Self::ALL.into_iter().find(|kind| kind.service() == arn.service())?;
        let is_one = match kind {
            Self::Secret => arn.resource().starts_with("secret:"),
            Self::Queue => !arn.resource().is_empty(),
        };
        is_one.then_some(kind)
    }

    /// The name that people gave it. Secrets Manager adds a dash and six characters to that of a secret.
    ///
    /// Source: <https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html>
    pub fn name(self, arn: &Arn) -> &str {
        match self {
            Self::Secret => {
                let whole = arn.resource().strip_prefix("secret:").unwrap_or(arn.resource());
                whole.rsplit_once('-').map_or(whole, |(name, _)| name)
            }
            Self::Queue => arn.resource(),
        }
    }
}

impl Store {
    /// The name that people gave it.
    pub fn name(&self) -> &str {
        self.kind.name(&self.arn.value)
    }
}

impl Estate {
    /// The secret or queue with this ARN.
    pub fn store(&self, arn: &Arn) -> Option<&Store> {
        self.stores.iter().find(|store| store.arn.value == *arn)
    }

    /// The only secret, or the only queue, that has this name or that a file calls so.
    pub fn store_named(&self, kind: StoreKind, name: &str) -> Option<&Store> {
        let called = |store: &Store| {
            let list = self.names.get(name).map_or(&[][..], Vec::as_slice);
            list.iter().any(|called| matches!(called, Called::Store(arn) if *arn == store.arn.value))
        };
        let mut found =
            self.stores.iter().filter(|store| store.kind == kind && (store.name() == name || called(store)));
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }
}
