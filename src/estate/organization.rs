use super::{Known, Listed, PublicAccessBlock, SharedPolicy};
use crate::name::AccountId;
use crate::source::Span;

/// What was told about an account itself.
#[derive(Clone, Debug)]
pub struct Account {
    /// The account id.
    pub id: AccountId,
    /// The name of the account.
    pub name: Option<String>,
    /// `Provided(None)`: it is in no organization. `NotProvided`: an organization target may still name it.
    pub organization: Known<Option<String>>,
    /// The account-level S3 setting.
    pub public_access_block: Known<PublicAccessBlock>,
    /// Opt-in Regions that are switched on.
    pub regions: Known<Vec<String>>,
    /// Where the input says so.
    pub span: Span,
}

/// An organization of AWS Organizations.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its id, as `o-…`.
    pub id: String,
    /// The account that no SCP and no RCP limits.
    pub management_account: Option<AccountId>,
    /// The S3 policy that holds for all accounts, whatever they set themselves; without one everything is off.
    pub s3_policy: Known<PublicAccessBlock>,
    /// Its root, organizational units and accounts.
    pub targets: Listed<Target>,
    /// Where the input says so.
    pub span: Span,
}

/// The root, an organizational unit or an account, with the policies attached directly to it.
#[derive(Clone, Debug)]
pub struct Target {
    /// `r-…`, `ou-…` or twelve digits.
    pub id: String,
    /// The id of its parent; `None` for the root.
    pub parent: Option<String>,
    /// The service control policies attached to it.
    pub scps: Known<Attached>,
    /// The resource control policies attached to it.
    pub rcps: Known<Attached>,
    /// Where the input says so.
    pub span: Span,
}

/// The policies of one type at one target; `Off` when the type is not enabled.
#[derive(Clone, Debug)]
pub enum Attached {
    /// The policy type is not enabled in the organization.
    Off,
    /// These policies are attached.
    Policies(Vec<SharedPolicy>),
}

/// One level of the way from the root to an account.
#[derive(Clone, Debug)]
pub struct Level {
    /// The id of the root, organizational unit or account.
    pub target: String,
    /// All units above that target, which the estate does not hold.
    pub is_above: bool,
    /// The policies attached to it.
    pub policies: Known<Vec<SharedPolicy>>,
}

impl Level {
    /// What to call it.
    pub fn name(&self) -> String {
        if self.is_above { format!("the units above {}", self.target) } else { self.target.clone() }
    }
}
