use super::{Asked, LetsIn, OwnPolicies, OwnSide, Resource};
use crate::estate::{Assumed, Estate};
use crate::logic::{FactId, Unknown};
use crate::name::{AccountId, Arn};

/// A resource of which only the ARN is known, or something that does not exist yet.
#[derive(Clone, Debug)]
pub(crate) struct Other {
    arn: Box<str>,
    owner: Option<AccountId>,
    own: Own,
}

/// What lets principals in beside their own policies.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Own {
    /// There is nothing yet that a policy could be of.
    LeftOut,
    /// Resources of this kind have no policies.
    Nothing,
    /// It may have a policy, which no input provides.
    NotProvided,
}

impl Other {
    /// Something that does not exist yet, or `*`: it has no policy.
    pub(crate) fn new(arn: &str, owner: Option<AccountId>) -> Self {
        Self { arn: arn.into(), owner, own: Own::LeftOut }
    }

    /// A resource that a question names. Those of IAM have no policies but the trust policies of roles.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>
    pub(crate) fn named(arn: &str) -> Self {
        let parsed = arn.parse::<Arn>().ok();
        let own = match parsed.as_ref().map(Arn::service) {
            None => Own::LeftOut,
            Some("iam") => Own::Nothing,
            Some(_) => Own::NotProvided,
        };
        Self { arn: arn.into(), owner: parsed.and_then(|arn| arn.account()), own }
    }
}

impl<'e> Resource<'e> for Other {
    fn arn(&self) -> &str {
        &self.arn
    }

    fn owner(&self) -> Option<AccountId> {
        self.owner
    }

    fn side(&self, asked: &Asked<'_>, assumed: &mut Assumed) -> OwnSide<'e> {
        let policy = match self.own {
            Own::LeftOut => OwnPolicies::LeftOut,
            Own::Nothing => OwnPolicies::Nothing,
            Own::NotProvided => unsupplied(&self.arn, self.owner, asked, assumed),
        };
        OwnSide::of(policy, self.owner)
    }

    fn lets_in(&self, _estate: &'e Estate, _strict: bool) -> LetsIn<'e> {
        let is_open = self.own == Own::NotProvided;
        LetsIn { is_open, own_account_only: !is_open, ..LetsIn::default() }
    }
}

/// The policy of a resource that no input describes. Within one account the policies of the principal are enough, unless it
/// denies, which is assumed away; a principal of another account is let in by it or not at all (R69).
pub(super) fn unsupplied<'e>(
    arn: &str,
    owner: Option<AccountId>,
    asked: &Asked<'_>,
    assumed: &mut Assumed,
) -> OwnPolicies<'e> {
    let fact = FactId::ResourcePolicy(arn.into());
    let is_own = owner.is_none() || owner == asked.caller.account;
    if is_own && !asked.strict {
        assumed.note_without(fact, "no resource policy", format!("no input describes {arn}"));
        return OwnPolicies::LeftOut;
    }
    let why = match is_own {
        true => "no input describes it, and the question is strict",
        false => "no input describes it, and its own policy has to let another account in",
    };
    OwnPolicies::NotProvided { what: Unknown::missing(fact, why), denies: true }
}
