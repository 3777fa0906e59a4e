use super::{Asked, OwnPolicies, OwnSide, Resource};
use crate::estate::Assumed;
use crate::name::AccountId;

/// A resource of which only the ARN is known, or something that does not exist yet.
#[derive(Clone, Debug)]
pub(crate) struct Other {
    arn: Box<str>,
    owner: Option<AccountId>,
}

impl Other {
    pub(crate) fn new(arn: &str, owner: Option<AccountId>) -> Self {
        Self { arn: arn.into(), owner }
    }
}

impl<'e> Resource<'e> for Other {
    fn arn(&self) -> &str {
        &self.arn
    }

    fn owner(&self) -> Option<AccountId> {
        self.owner
    }

    /// What its own policies say, where it has any, is not judged.
    fn side(&self, _asked: &Asked<'_>, _assumed: &mut Assumed) -> OwnSide<'e> {
        OwnSide::of(OwnPolicies::LeftOut, self.owner)
    }
}
