use super::{Grant, Known, PlacedArn, SharedPolicy, Tags};
use crate::source::Spanned;

#[derive(Clone, Debug)]
pub struct Key {
    pub arn: PlacedArn,
    pub manager: Known<KeyManager>,
    pub state: Known<Spanned<KeyState>>,
    /// The policy KMS writes when none is given is told like any other: [`super::default_key_policy`].
    pub policy: Known<SharedPolicy>,
    /// `alias/…` names.
    pub aliases: Known<Vec<String>>,
    pub grants: Known<Vec<Grant>>,
    pub tags: Known<Tags>,
    pub spec: Option<String>,
    pub usage: Option<String>,
    pub origin: Option<String>,
    pub multi_region: Option<bool>,
    /// `PRIMARY` or `REPLICA`
    pub multi_region_type: Option<String>,
    /// The symbol of a value, left open by the input, that decides whether the key decrypts at all.
    pub usable_if: Option<String>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum KeyManager {
    Customer,
    /// An AWS managed key, such as aws/s3: its policy is fixed (R91).
    Aws,
}

/// The KeyState values of DescribeKey (R92).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum KeyState {
    Creating,
    Enabled,
    Disabled,
    PendingDeletion,
    PendingImport,
    PendingReplicaDeletion,
    Unavailable,
    Updating,
}

impl KeyState {
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
