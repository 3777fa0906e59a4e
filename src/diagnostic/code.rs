//! The codes of messages: one table, a row a code.

use std::fmt;

use super::Severity;

macro_rules! codes {
    ($($variant:ident = $name:literal, $level:ident;)+) => {
        /// What a message is about: an id that stays the same while its words may change.
        ///
        /// Each is in kebab case, is the code of IAM Access Analyzer where its check is the same, and has a page in `docs/lints`.
        #[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = concat!("`", $name, "`, described in `docs/lints/", $name, ".md`.")] $variant,)+
        }

        impl Code {
            /// Every code, sorted by name.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name that messages, suppressions and baselines use.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// How much a message with this code usually matters.
            pub fn level(self) -> Severity {
                match self { $(Self::$variant => Severity::$level),+ }
            }

            /// Its page in Markdown: what is wrong, why, an example and the way out.
            pub fn page(self) -> &'static str {
                match self { $(Self::$variant => include_str!(concat!("../../docs/lints/", $name, ".md"))),+ }
            }
        }
    };
}

codes! {
    AliasArnForKeyAction = "alias-arn-for-key-action", Warning;
    AllowNotAction = "allow-not-action", Warning;
    AllowWithNotPrincipal = "allow-with-not-principal", Error;
    AmbiguousPath = "ambiguous-path", Error;
    BroadOidcSubject = "broad-oidc-subject", Warning;
    BucketArnForObjects = "bucket-arn-for-objects", Warning;
    BucketArnWithRegion = "bucket-arn-with-region", Warning;
    ConflictingFacts = "conflicting-facts", Error;
    DataTypeMismatch = "data-type-mismatch", Error;
    DuplicateKey = "duplicate-key", Error;
    DuplicateTable = "duplicate-table", Error;
    EmptyArrayAction = "empty-array-action", Warning;
    EmptyArrayCondition = "empty-array-condition", Warning;
    EmptyArrayPrincipal = "empty-array-principal", Warning;
    EmptyArrayResource = "empty-array-resource", Warning;
    EmptyObjectCondition = "empty-object-condition", Warning;
    EmptyObjectPrincipal = "empty-object-principal", Warning;
    EmptySidValue = "empty-sid-value", Note;
    EmptyVariable = "empty-variable", Error;
    EndpointKeyInKeyPolicy = "endpoint-key-in-key-policy", Warning;
    EndpointPolicyNumericId = "endpoint-policy-numeric-id", Warning;
    EndpointPolicyPartialAccount = "endpoint-policy-partial-account", Warning;
    EndpointPolicyShortPattern = "endpoint-policy-short-pattern", Warning;
    EndpointPolicyWildcardId = "endpoint-policy-wildcard-id", Warning;
    ExpectationFailed = "expectation-failed", Error;
    ExpectationOpen = "expectation-open", Warning;
    ExpiredIgnore = "expired-ignore", Warning;
    FileNotFound = "file-not-found", Error;
    FileTooLarge = "file-too-large", Error;
    ForAllValuesWithEncryptionContext = "for-all-values-with-encryption-context", Error;
    ForallvaluesWithSingleValuedKey = "forallvalues-with-single-valued-key", Warning;
    IncompletePlan = "incomplete-plan", Warning;
    InvalidAction = "invalid-action", Error;
    InvalidArn = "invalid-arn", Error;
    InvalidArnPrefix = "invalid-arn-prefix", Error;
    InvalidConditionKeyFormat = "invalid-condition-key-format", Error;
    InvalidConditionOperator = "invalid-condition-operator", Error;
    InvalidEffect = "invalid-effect", Error;
    InvalidEncoding = "invalid-encoding", Error;
    InvalidGlob = "invalid-glob", Error;
    InvalidGlobalConditionKey = "invalid-global-condition-key", Warning;
    InvalidInput = "invalid-input", Error;
    InvalidPolicyElement = "invalid-policy-element", Error;
    InvalidPrincipalFormat = "invalid-principal-format", Error;
    InvalidPrincipalKey = "invalid-principal-key", Error;
    InvalidPrincipalValue = "invalid-principal-value", Error;
    InvalidRoleReference = "invalid-role-reference", Warning;
    InvalidServiceConditionKey = "invalid-service-condition-key", Warning;
    InvalidTemplate = "invalid-template", Warning;
    InvalidUserReference = "invalid-user-reference", Warning;
    InvalidValue = "invalid-value", Error;
    InvalidVariableForOperator = "invalid-variable-for-operator", Warning;
    InvalidVersion = "invalid-version", Error;
    JsonEmpty = "json-empty", Error;
    JsonSyntax = "json-syntax", Error;
    JsonTooDeep = "json-too-deep", Error;
    JsonTrailingComma = "json-trailing-comma", Error;
    JsonTrailingText = "json-trailing-text", Error;
    MissingAction = "missing-action", Error;
    MissingArnField = "missing-arn-field", Error;
    MissingBoundary = "missing-boundary", Warning;
    MissingBraceInVariable = "missing-brace-in-variable", Error;
    MissingConditionKeyForOidcPrincipal = "missing-condition-key-for-oidc-principal", Warning;
    MissingEffect = "missing-effect", Error;
    MissingKey = "missing-key", Error;
    MissingParent = "missing-parent", Warning;
    MissingPolicy = "missing-policy", Warning;
    MissingPrincipal = "missing-principal", Error;
    MissingQualifier = "missing-qualifier", Warning;
    MissingQuoteInVariable = "missing-quote-in-variable", Error;
    MissingResource = "missing-resource", Error;
    MissingStatement = "missing-statement", Error;
    MissingVersion = "missing-version", Warning;
    NestedTooDeep = "nested-too-deep", Error;
    NoMatch = "no-match", Error;
    NoPolicy = "no-policy", Error;
    NotDefaultVersion = "not-default-version", Warning;
    NotInEstate = "not-in-estate", Error;
    NothingAsked = "nothing-asked", Warning;
    NullWithIfExists = "null-with-if-exists", Error;
    ObjectArnForBucketAction = "object-arn-for-bucket-action", Warning;
    ObjectArnOnlyEncryptionContext = "object-arn-only-encryption-context", Note;
    PartialPolicies = "partial-policies", Note;
    PolicySizeExceedsIdentityPolicyQuota = "policy-size-exceeds-identity-policy-quota", Error;
    PolicySizeExceedsRcpQuota = "policy-size-exceeds-rcp-quota", Error;
    PolicySizeExceedsResourcePolicyQuota = "policy-size-exceeds-resource-policy-quota", Error;
    PolicySizeExceedsRoleTrustPolicyQuota = "policy-size-exceeds-role-trust-policy-quota", Error;
    PolicySizeExceedsScpQuota = "policy-size-exceeds-scp-quota", Error;
    PolicySizeExceedsSessionPolicyQuota = "policy-size-exceeds-session-policy-quota", Error;
    RcpActionStar = "rcp-action-star", Error;
    RcpAllow = "rcp-allow", Error;
    RcpNotAction = "rcp-not-action", Error;
    RcpPrincipal = "rcp-principal", Error;
    ReaderCanBeTakenOver = "reader-can-be-taken-over", Warning;
    RoleReachableFromOutside = "role-reachable-from-outside", Warning;
    SortedStatements = "sorted-statements", Note;
    SourceKeyForPrincipals = "source-key-for-principals", Warning;
    TerraformModule = "terraform-module", Warning;
    TerraformSyntax = "terraform-syntax", Error;
    TerraformValue = "terraform-value", Warning;
    TlsDenyWithoutObjects = "tls-deny-without-objects", Warning;
    TomlSyntax = "toml-syntax", Error;
    TruncatedInput = "truncated-input", Warning;
    TrustPolicyResource = "trust-policy-resource", Error;
    TypeMismatchBoolean = "type-mismatch-boolean", Warning;
    TypeMismatchDate = "type-mismatch-date", Warning;
    TypeMismatchIpRange = "type-mismatch-ip-range", Warning;
    TypeMismatchNumber = "type-mismatch-number", Warning;
    TypeMismatchString = "type-mismatch-string", Warning;
    UnconditionalOutsideTrust = "unconditional-outside-trust", Warning;
    UnexpectedAnswer = "unexpected-answer", Error;
    UniqueSidsRecommended = "unique-sids-recommended", Warning;
    UniqueSidsRequired = "unique-sids-required", Error;
    UnknownAction = "unknown-action", Warning;
    UnknownEncryption = "unknown-encryption", Warning;
    UnknownInput = "unknown-input", Error;
    UnknownKey = "unknown-key", Error;
    UnknownKeyState = "unknown-key-state", Warning;
    UnknownParent = "unknown-parent", Warning;
    UnknownProfile = "unknown-profile", Error;
    UnknownVersion = "unknown-version", Error;
    UnreadableFile = "unreadable-file", Error;
    UnresolvedTemplate = "unresolved-template", Note;
    UnsupportedActionInPolicy = "unsupported-action-in-policy", Error;
    UnsupportedElement = "unsupported-element", Error;
    UnsupportedElementCombination = "unsupported-element-combination", Error;
    UnsupportedPrincipal = "unsupported-principal", Error;
    UnsupportedSid = "unsupported-sid", Error;
    UnsupportedSpaceInVariable = "unsupported-space-in-variable", Error;
    UnsupportedWildcardInPrincipal = "unsupported-wildcard-in-principal", Error;
    UnusedBaseline = "unused-baseline", Warning;
    UnusedIgnore = "unused-ignore", Warning;
    UnusedKey = "unused-key", Warning;
    UnusedObject = "unused-object", Warning;
    UnusedTrustedService = "unused-trusted-service", Note;
    VariableUnsupportedInElement = "variable-unsupported-in-element", Warning;
    VariableUnsupportedInVersion = "variable-unsupported-in-version", Warning;
    WildcardInServiceName = "wildcard-in-service-name", Warning;
    WildcardWithoutLikeOperator = "wildcard-without-like-operator", Warning;
    WorkloadCannotAssume = "workload-cannot-assume", Warning;
    WriteHeaderOnReads = "write-header-on-reads", Warning;
    WrongVpcId = "wrong-vpc-id", Warning;
    YamlSyntax = "yaml-syntax", Error;
}

impl Code {
    /// The code with this name, exactly as [`Code::as_str`] writes it.
    pub fn from_name(name: &str) -> Option<Self> {
        let at = Self::ALL.binary_search_by_key(&name, |code| code.as_str()).ok()?;
        Self::ALL.get(at).copied()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
