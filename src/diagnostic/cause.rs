//! Why an element of a statement does not fit: the causes that are known, each with a page.

/// What an element that does not fit says about the statement.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// A slip: what was meant is plain, and the element can be put right where it stands.
    Mistake,
    /// A limit that somebody set: it is met, or its owner widens it, and it is never dropped.
    Restriction,
    /// Plainly another action, resource or principal.
    Other,
}

macro_rules! causes {
    ($($variant:ident = $code:literal, $class:ident;)+) => {
        /// Why an element does not fit.
        #[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Cause {
            $(#[doc = concat!("`", $code, "`")] $variant,)+
        }

        impl Cause {
            /// In the order of their names.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in machine output.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// How severe it is, and where it may be found.
            pub fn class(self) -> Class {
                match self {
                    $(Self::$variant => Class::$class,)+
                }
            }

            /// The page about it.
            pub fn page(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("../../docs/causes/", $code, ".md")),)+
                }
            }
        }
    };
}

causes! {
    AccountDigit = "account-digit", Mistake;
    ActionMisspelt = "action-misspelt", Mistake;
    ActionOfAnotherCall = "action-of-another-call", Mistake;
    ActionOfAnotherService = "action-of-another-service", Mistake;
    AliasArn = "alias-arn", Mistake;
    AliasInKeyPolicy = "alias-in-key-policy", Mistake;
    AnotherAccount = "another-account", Mistake;
    AnotherKey = "another-key", Other;
    AnotherPrefix = "another-prefix", Other;
    ArnForm = "arn-form", Mistake;
    Audience = "audience", Restriction;
    BucketContext = "bucket-context", Mistake;
    BucketForAccessPoint = "bucket-for-access-point", Other;
    BucketForObjects = "bucket-for-objects", Mistake;
    CallerAccountOfKey = "caller-account-of-key", Mistake;
    DatePassed = "date-passed", Restriction;
    DeadUniqueId = "dead-unique-id", Mistake;
    ExternalId = "external-id", Restriction;
    GatewayPrincipal = "gateway-principal", Other;
    KeyAbsentInLeg = "key-absent-in-leg", Mistake;
    KeyMisspelt = "key-misspelt", Mistake;
    KeyOfAnotherAction = "key-of-another-action", Mistake;
    KeyRegion = "key-region", Mistake;
    LeftOutOfLimit = "left-out-of-limit", Other;
    LiteralWildcard = "literal-wildcard", Mistake;
    Mfa = "mfa", Restriction;
    MissingWildcard = "missing-wildcard", Mistake;
    MultiRegionReplica = "multi-region-replica", Mistake;
    NameMisspelt = "name-misspelt", Mistake;
    Network = "network", Restriction;
    NotAction = "not-action", Restriction;
    NotResource = "not-resource", Restriction;
    ObjectContext = "object-context", Mistake;
    ObjectsForBucket = "objects-for-bucket", Mistake;
    OperatorOfAnotherType = "operator-of-another-type", Mistake;
    Organization = "organization", Restriction;
    Partition = "partition", Mistake;
    PrincipalType = "principal-type", Mistake;
    Region = "region", Restriction;
    ResourceOfAnotherService = "resource-of-another-service", Other;
    RolePath = "role-path", Mistake;
    ServicePrincipal = "service-principal", Mistake;
    SessionArn = "session-arn", Mistake;
    SessionPrincipal = "session-principal", Restriction;
    Signature = "signature", Restriction;
    SourceOfService = "source-of-service", Mistake;
    Subject = "subject", Restriction;
    TagAbsent = "tag-absent", Restriction;
    TagValue = "tag-value", Restriction;
    Tls = "tls", Restriction;
    ValueCase = "value-case", Mistake;
    ViaServiceOther = "via-service-other", Other;
    ViaServiceRegion = "via-service-region", Mistake;
    ViaServiceWithoutRegion = "via-service-without-region", Mistake;
    WhiteSpace = "white-space", Mistake;
    WrongDocument = "wrong-document", Mistake;
}

impl Cause {
    /// The rules that its page names, such as `R48`.
    pub fn rules(self) -> impl Iterator<Item = &'static str> {
        let named = self.page().split_once("See also ").map_or("", |(_, rest)| rest);
        let line = named.lines().next().unwrap_or("");
        line.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.starts_with('R'))
    }

    /// The cause of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|cause| cause.as_str() == name)
    }
}
