//! Lists of names with their own words in the output, each made from the enum it stands for.

#[cfg(feature = "cli")]
use schemars::JsonSchema;
use serde::Serialize;

use crate::{ask, diagnostic, eval, finding, logic, policy};

macro_rules! names {
    ($name:ident from $from:path { $($(#[$attribute:meta])* $variant:ident),+ $(,)? }) => {
        #[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
        #[cfg_attr(feature = "cli", derive(JsonSchema))]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($(#[$attribute])* $variant),+ }

        impl From<$from> for $name {
            fn from(from: $from) -> Self {
                type Theirs = $from;
                match from { $(Theirs::$variant => Self::$variant),+ }
            }
        }
    };
}

names!(Verdict from ask::Verdict { Allowed, Denied, Conditional, Blocked, Unsupported });
names!(Fit from ask::Fit { Exact, Differs, Open });
names!(Denial from ask::Denial { Explicit, Implicit });
names!(Block from ask::Block { KeyState, Archived, Region, KeyType, Replication, RequesterPays, Encryption, Acl });
names!(GateVerdict from ask::GateVerdict { Allowed, Denied, Conditional, NotApplicable });
names!(GateName from eval::Gate {
    Identity, Boundary, Session, Scp, Rcp, Resource, Grant, Endpoint, Ownership, PublicAccess
});
names!(Effect from policy::Effect { Allow, Deny });
names!(UnknownKind from logic::UnknownKind { ContextKey, NotSupplied, Unresolved, Undocumented, TooComplex });
names!(Severity from diagnostic::Severity { Error, Warning, Note });
names!(SuppressedBy from finding::SuppressedBy { Manifest, Template, Baseline });
names!(NodeKind from ask::NodeKind {
    Role, User, Unlisted, Account, Organization, AnyAccount, Public, Service, AnyService, Provider, Workload, Resource
});
// The word in the output is older than the name of the variant, and stays.
names!(Standing from ask::Standing { SameAccount, SameOrganization, Outside, #[serde(rename = "not_told")] NotProvided });
names!(Layer from ask::Layer { Today, Could });
