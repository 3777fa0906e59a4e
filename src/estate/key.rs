use super::{Grant, Known, PlacedArn, SharedPolicy, Tags};
use crate::source::Spanned;

/// A KMS key.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its ARN, with its place.
    pub arn: PlacedArn,
    /// Who manages it.
    pub manager: Known<KeyManager>,
    /// Its state, as DescribeKey calls it.
    pub state: Known<Spanned<KeyState>>,
    /// The policy KMS writes when none is given is told like any other: [`super::default_key_policy`].
    pub policy: Known<SharedPolicy>,
    /// `alias/…` names.
    pub aliases: Known<Vec<String>>,
    /// Its grants.
    pub grants: Known<Vec<Grant>>,
    /// Its tags.
    pub tags: Known<Tags>,
    /// Its `KeySpec`, such as `SYMMETRIC_DEFAULT`.
    pub spec: Option<String>,
    /// Its `KeyUsage`, such as `ENCRYPT_DECRYPT`.
    pub usage: Option<String>,
    /// Its `Origin`, such as `AWS_KMS`.
    pub origin: Option<String>,
    /// Whether it is a multi-Region key.
    pub multi_region: Option<bool>,
    /// `PRIMARY` or `REPLICA`
    pub multi_region_type: Option<String>,
    /// The symbol of a value, left open by the input, that decides whether the key decrypts at all.
    pub usable_if: Option<String>,
}

/// Who manages a KMS key.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum KeyManager {
    /// A customer managed key.
    Customer,
    /// An AWS managed key, such as aws/s3: its policy is fixed (R91).
    Aws,
}

/// The KeyState values of DescribeKey (R92).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// `Creating`
    Creating,
    /// `Enabled`: the only state in which a key decrypts.
    Enabled,
    /// `Disabled`
    Disabled,
    /// `PendingDeletion`
    PendingDeletion,
    /// `PendingImport`
    PendingImport,
    /// `PendingReplicaDeletion`
    PendingReplicaDeletion,
    /// `Unavailable`
    Unavailable,
    /// `Updating`
    Updating,
}

impl KeyState {
    /// The words of [`KeyState::parse`], in the order of the variants.
    pub const NAMES: &'static [&'static str] = &[
        "Creating",
        "Enabled",
        "Disabled",
        "PendingDeletion",
        "PendingImport",
        "PendingReplicaDeletion",
        "Unavailable",
        "Updating",
    ];

    /// The state a word of DescribeKey stands for; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "Creating" => Self::Creating,
            "Enabled" => Self::Enabled,
            "Disabled" => Self::Disabled,
            "PendingDeletion" => Self::PendingDeletion,
            "PendingImport" => Self::PendingImport,
            "PendingReplicaDeletion" => Self::PendingReplicaDeletion,
            "Unavailable" => Self::Unavailable,
            "Updating" => Self::Updating,
            _ => return None,
        })
    }

    /// The word of DescribeKey.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "Creating",
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::PendingDeletion => "PendingDeletion",
            Self::PendingImport => "PendingImport",
            Self::PendingReplicaDeletion => "PendingReplicaDeletion",
            Self::Unavailable => "Unavailable",
            Self::Updating => "Updating",
        }
    }

    /// Whether Decrypt works in this state.
    pub fn decrypts(self) -> bool {
        match self {
            Self::Enabled | Self::Updating => true,
            Self::Creating
            | Self::Disabled
            | Self::PendingDeletion
            | Self::PendingImport
            | Self::PendingReplicaDeletion
            | Self::Unavailable => false,
        }
    }
}

impl Key {
    /// The key id behind `key/`.
    pub fn id(&self) -> &str {
        self.arn.value.resource_of("key").unwrap_or("")
    }

    /// Stated, or known by an alias that only AWS can give.
    pub fn is_aws_managed(&self) -> bool {
        match (&self.manager, &self.aliases) {
            (Known::Provided(manager), _) => *manager == KeyManager::Aws,
            (Known::NotProvided, Known::Provided(aliases)) => {
                aliases.iter().any(|a| a.starts_with("alias/aws/"))
            }
            (Known::NotProvided, Known::NotProvided) => false,
        }
    }
}
