use super::{Known, PublicAccessBlock, SharedPolicy};
use crate::name::AccountId;
use crate::source::Span;

/// What was told about an account itself.
#[derive(Clone, Debug)]
pub struct Account {
    pub id: AccountId,
    pub name: Option<String>,
    /// `Provided(None)`: it is in no organization. `NotProvided`: an organization target may still name it.
    pub organization: Known<Option<String>>,
    /// The account-level S3 setting.
    pub public_access_block: Known<PublicAccessBlock>,
    /// Opt-in Regions that are switched on.
    pub regions: Known<Vec<String>>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Organization {
    pub id: String,
    pub management_account: Option<AccountId>,
    /// The S3 policy that holds for all accounts, whatever they set themselves; without one everything is off.
    pub s3_policy: Known<PublicAccessBlock>,
    pub targets: Vec<Target>,
    pub span: Span,
}

/// The root, an organizational unit or an account, with the policies attached directly to it.
#[derive(Clone, Debug)]
pub struct Target {
    /// `r-…`, `ou-…` or twelve digits.
    pub id: String,
    pub parent: Option<String>,
    pub scps: Known<Attached>,
    pub rcps: Known<Attached>,
    pub span: Span,
}

/// The policies of one type at one target; `Off` when the type is not enabled.
#[derive(Clone, Debug)]
pub enum Attached {
    Off,
    Policies(Vec<SharedPolicy>),
}

/// One level of the way from the root to an account.
#[derive(Clone, Debug)]
pub struct Level {
    pub target: String,
    /// All units above that target, which the estate does not hold.
    pub is_above: bool,
    pub policies: Known<Vec<SharedPolicy>>,
}

impl Level {
    /// What to call it.
    pub fn name(&self) -> String {
        if self.is_above { format!("the units above {}", self.target) } else { self.target.clone() }
    }
}
