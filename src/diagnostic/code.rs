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
    AllowEverything = "allow-everything", Warning;
    AllowNotAction = "allow-not-action", Warning;
    AllowNotResource = "allow-not-resource", Warning;
    AllowNotactionWithUnsupportedTagConditionKeyForService = "allow-notaction-with-unsupported-tag-condition-key-for-service", Note;
    AllowUndoneByDeny = "allow-undone-by-deny", Warning;
    AllowWithNotPrincipal = "allow-with-not-principal", Error;
    AllowWithUnsupportedTagConditionKeyForService = "allow-with-unsupported-tag-condition-key-for-service", Note;
    AmbiguousPath = "ambiguous-path", Error;
    ArnAccountNotAllowed = "arn-account-not-allowed", Warning;
    ArnRegionNotAllowed = "arn-region-not-allowed", Warning;
    BroadOidcSubject = "broad-oidc-subject", Warning;
    BucketArnForObjects = "bucket-arn-for-objects", Warning;
    BucketLockOut = "bucket-lock-out", Warning;
    ConfirmAudienceClaimType = "confirm-audience-claim-type", Note;
    ConflictingFacts = "conflicting-facts", Error;
    ContradictoryCondition = "contradictory-condition", Warning;
    CreateSlrWithNotActionAndNotResource = "create-slr-with-not-action-and-not-resource", Note;
    CreateSlrWithNotResource = "create-slr-with-not-resource", Note;
    CreateSlrWithStarInActionAndNotResource = "create-slr-with-star-in-action-and-not-resource", Note;
    CreateSlrWithStarInActionAndResource = "create-slr-with-star-in-action-and-resource", Note;
    CreateSlrWithStarInResource = "create-slr-with-star-in-resource", Note;
    CreateSlrWithStarInResourceAndNotAction = "create-slr-with-star-in-resource-and-not-action", Note;
    CredentialsExposure = "credentials-exposure", Note;
    DataExposure = "data-exposure", Note;
    DataTypeMismatch = "data-type-mismatch", Error;
    DenyNotactionWithUnsupportedTagConditionKeyForService = "deny-notaction-with-unsupported-tag-condition-key-for-service", Warning;
    DenyWithUnsupportedTagConditionKeyForService = "deny-with-unsupported-tag-condition-key-for-service", Warning;
    DeprecatedGlobalConditionKey = "deprecated-global-condition-key", Note;
    DuplicateKey = "duplicate-key", Error;
    DuplicateKeysWithDifferentCase = "duplicate-keys-with-different-case", Warning;
    DuplicateTable = "duplicate-table", Error;
    DynamodbAttributesWithoutSelect = "dynamodb-attributes-without-select", Warning;
    EmptyArrayAction = "empty-array-action", Warning;
    EmptyArrayCondition = "empty-array-condition", Warning;
    EmptyArrayConditionForallvalues = "empty-array-condition-forallvalues", Note;
    EmptyArrayConditionForanyvalue = "empty-array-condition-foranyvalue", Note;
    EmptyArrayConditionIfexists = "empty-array-condition-ifexists", Note;
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
    EquivalentToNullFalse = "equivalent-to-null-false", Note;
    EquivalentToNullTrue = "equivalent-to-null-true", Note;
    EveryAddress = "every-address", Warning;
    ExpectationFailed = "expectation-failed", Error;
    ExpectationOpen = "expectation-open", Warning;
    ExpiredIgnore = "expired-ignore", Warning;
    FederatedPrincipalNotSupported = "federated-principal-not-supported", Warning;
    FileNotFound = "file-not-found", Error;
    FileTooLarge = "file-too-large", Error;
    ForAllValuesWithEncryptionContext = "for-all-values-with-encryption-context", Error;
    ForallvaluesWithSingleValuedKey = "forallvalues-with-single-valued-key", Warning;
    ForanyvalueWithAudienceClaimType = "foranyvalue-with-audience-claim-type", Warning;
    GrantMadeVoid = "grant-made-void", Note;
    ImproveIpRange = "improve-ip-range", Note;
    IncompletePlan = "incomplete-plan", Warning;
    InvalidAccountId = "invalid-account-id", Warning;
    InvalidAction = "invalid-action", Warning;
    InvalidArn = "invalid-arn", Error;
    InvalidArnAccount = "invalid-arn-account", Warning;
    InvalidArnPrefix = "invalid-arn-prefix", Error;
    InvalidArnRegion = "invalid-arn-region", Warning;
    InvalidArnResource = "invalid-arn-resource", Warning;
    InvalidArnServiceCase = "invalid-arn-service-case", Warning;
    InvalidConditionDataType = "invalid-condition-data-type", Warning;
    InvalidConditionKeyFormat = "invalid-condition-key-format", Warning;
    InvalidConditionMultipleBoolean = "invalid-condition-multiple-boolean", Warning;
    InvalidConditionOperator = "invalid-condition-operator", Error;
    InvalidDateValue = "invalid-date-value", Warning;
    InvalidEffect = "invalid-effect", Error;
    InvalidEncoding = "invalid-encoding", Error;
    InvalidFederatedPrincipalSyntaxInRoleTrustPolicy = "invalid-federated-principal-syntax-in-role-trust-policy", Warning;
    InvalidGlob = "invalid-glob", Error;
    InvalidGlobalConditionKey = "invalid-global-condition-key", Warning;
    InvalidInput = "invalid-input", Error;
    InvalidKmsKeyValue = "invalid-kms-key-value", Warning;
    InvalidOrganizationId = "invalid-organization-id", Warning;
    InvalidPartition = "invalid-partition", Error;
    InvalidPolicyElement = "invalid-policy-element", Error;
    InvalidPrincipalFormat = "invalid-principal-format", Error;
    InvalidPrincipalKey = "invalid-principal-key", Error;
    InvalidPrincipalValue = "invalid-principal-value", Error;
    InvalidRegion = "invalid-region", Warning;
    InvalidRoleReference = "invalid-role-reference", Warning;
    InvalidService = "invalid-service", Warning;
    InvalidServiceConditionKey = "invalid-service-condition-key", Warning;
    InvalidServiceInAction = "invalid-service-in-action", Warning;
    InvalidServicePrincipalFormat = "invalid-service-principal-format", Warning;
    InvalidTemplate = "invalid-template", Warning;
    InvalidUserReference = "invalid-user-reference", Warning;
    InvalidValue = "invalid-value", Error;
    InvalidVariableForOperator = "invalid-variable-for-operator", Warning;
    InvalidVersion = "invalid-version", Error;
    InvalidVpcFormat = "invalid-vpc-format", Warning;
    InvalidVpceFormat = "invalid-vpce-format", Warning;
    IrrelevantConditionKeyInPolicy = "irrelevant-condition-key-in-policy", Note;
    JsonEmpty = "json-empty", Error;
    JsonSyntaxError = "json-syntax-error", Error;
    JsonTooDeep = "json-too-deep", Error;
    JsonTrailingComma = "json-trailing-comma", Error;
    JsonTrailingText = "json-trailing-text", Error;
    KeyLockOut = "key-lock-out", Warning;
    KmsDecryptOnAllKeys = "kms-decrypt-on-all-keys", Warning;
    MfaTestPassesWithoutMfa = "mfa-test-passes-without-mfa", Warning;
    MfaTestWithoutIfExists = "mfa-test-without-if-exists", Warning;
    MismatchedActionForPrincipal = "mismatched-action-for-principal", Warning;
    MissingAction = "missing-action", Error;
    MissingActionForConditionKey = "missing-action-for-condition-key", Warning;
    MissingActionForRolesAnywhereTrustPolicy = "missing-action-for-roles-anywhere-trust-policy", Warning;
    MissingArnAccount = "missing-arn-account", Warning;
    MissingArnField = "missing-arn-field", Error;
    MissingArnRegion = "missing-arn-region", Warning;
    MissingBoundary = "missing-boundary", Warning;
    MissingBraceInVariable = "missing-brace-in-variable", Error;
    MissingConditionKeyForOidcPrincipal = "missing-condition-key-for-oidc-principal", Warning;
    MissingEffect = "missing-effect", Error;
    MissingGithubRepoConditionKey = "missing-github-repo-condition-key", Warning;
    MissingKey = "missing-key", Error;
    MissingPairedConditionKeys = "missing-paired-condition-keys", Warning;
    MissingParent = "missing-parent", Warning;
    MissingPolicy = "missing-policy", Warning;
    MissingPrincipal = "missing-principal", Error;
    MissingQualifier = "missing-qualifier", Warning;
    MissingQuoteInVariable = "missing-quote-in-variable", Error;
    MissingResource = "missing-resource", Error;
    MissingStatement = "missing-statement", Error;
    MissingTagKeyInCondition = "missing-tag-key-in-condition", Warning;
    MissingVersion = "missing-version", Warning;
    NestedTooDeep = "nested-too-deep", Error;
    NoMatch = "no-match", Error;
    NoPolicy = "no-policy", Error;
    NotDefaultVersion = "not-default-version", Warning;
    NotInEstate = "not-in-estate", Error;
    NothingAsked = "nothing-asked", Warning;
    NullWithIfExists = "null-with-if-exists", Error;
    NullWithQualifier = "null-with-qualifier", Note;
    ObjectArnForBucketAction = "object-arn-for-bucket-action", Warning;
    ObjectArnOnlyEncryptionContext = "object-arn-only-encryption-context", Note;
    OldVersion = "old-version", Note;
    OpenEndpoint = "open-endpoint", Note;
    PartialPolicies = "partial-policies", Note;
    PassRoleWithNotActionAndNotResource = "pass-role-with-not-action-and-not-resource", Warning;
    PassRoleWithNotResource = "pass-role-with-not-resource", Warning;
    PassRoleWithStarInActionAndNotResource = "pass-role-with-star-in-action-and-not-resource", Warning;
    PassRoleWithStarInActionAndResource = "pass-role-with-star-in-action-and-resource", Warning;
    PassRoleWithStarInResource = "pass-role-with-star-in-resource", Warning;
    PassRoleWithStarInResourceAndNotAction = "pass-role-with-star-in-resource-and-not-action", Warning;
    PermissionsManagement = "permissions-management", Note;
    PolicySizeExceedsIdentityPolicyQuota = "policy-size-exceeds-identity-policy-quota", Error;
    PolicySizeExceedsRcpQuota = "policy-size-exceeds-rcp-quota", Error;
    PolicySizeExceedsResourcePolicyQuota = "policy-size-exceeds-resource-policy-quota", Error;
    PolicySizeExceedsRoleTrustPolicyQuota = "policy-size-exceeds-role-trust-policy-quota", Error;
    PolicySizeExceedsScpQuota = "policy-size-exceeds-scp-quota", Error;
    PolicySizeExceedsSessionPolicyQuota = "policy-size-exceeds-session-policy-quota", Error;
    PrivateIpAddress = "private-ip-address", Warning;
    PrivateIpAddressSubset = "private-ip-address-subset", Note;
    PrivateNotIpAddress = "private-not-ip-address", Warning;
    PrivateNotIpAddressSubset = "private-not-ip-address-subset", Note;
    PrivilegeEscalation = "privilege-escalation", Warning;
    PublicAccess = "public-access", Warning;
    RcpMissingRelatedPrincipalConditionKey = "rcp-missing-related-principal-condition-key", Warning;
    RcpMissingRelatedServicePrincipalConditionKey = "rcp-missing-related-service-principal-condition-key", Warning;
    RcpMissingServiceConditionKeyNullCheck = "rcp-missing-service-condition-key-null-check", Warning;
    RcpSyntaxErrorAction = "rcp-syntax-error-action", Error;
    RcpSyntaxErrorAllow = "rcp-syntax-error-allow", Error;
    RcpSyntaxErrorNotaction = "rcp-syntax-error-notaction", Error;
    RcpSyntaxErrorPrincipal = "rcp-syntax-error-principal", Error;
    ReaderCanBeTakenOver = "reader-can-be-taken-over", Warning;
    RecommendedConditionKeyForServicePrincipal = "recommended-condition-key-for-service-principal", Note;
    RedundantAction = "redundant-action", Note;
    RedundantConditionValue = "redundant-condition-value", Note;
    RedundantConditionValueNum = "redundant-condition-value-num", Note;
    RedundantKeyDueToWildcardInCondition = "redundant-key-due-to-wildcard-in-condition", Note;
    RedundantPrincipal = "redundant-principal", Note;
    RedundantPrincipalInRoleTrustPolicy = "redundant-principal-in-role-trust-policy", Note;
    RedundantResource = "redundant-resource", Note;
    RedundantStatement = "redundant-statement", Note;
    RedundantStatementDueToWildcardInCondition = "redundant-statement-due-to-wildcard-in-condition", Note;
    ResourceMismatch = "resource-mismatch", Warning;
    ResourcePolicyPrivilegeEscalation = "resource-policy-privilege-escalation", Note;
    ResourceStar = "resource-star", Note;
    RestrictAccessToServicePrincipal = "restrict-access-to-service-principal", Warning;
    RoleReachableFromOutside = "role-reachable-from-outside", Warning;
    RoleTrustPolicySyntaxErrorNotprincipal = "role-trust-policy-syntax-error-notprincipal", Error;
    RoleTrustPolicySyntaxErrorResource = "role-trust-policy-syntax-error-resource", Error;
    RoleTrustPolicyUnsupportedWildcardInPrincipal = "role-trust-policy-unsupported-wildcard-in-principal", Warning;
    S3PrefixInNegativeContext = "s3-prefix-in-negative-context", Warning;
    ScpSyntaxErrorPrincipal = "scp-syntax-error-principal", Error;
    ServiceWildcard = "service-wildcard", Note;
    SessionArnInPrincipalArn = "session-arn-in-principal-arn", Warning;
    SortedStatements = "sorted-statements", Note;
    SourceKeyForPrincipals = "source-key-for-principals", Warning;
    SpecificGithubRepoAndBranchRecommended = "specific-github-repo-and-branch-recommended", Note;
    StringLikeOperatorWithArnConditionKeys = "string-like-operator-with-arn-condition-keys", Warning;
    TerraformModule = "terraform-module", Warning;
    TerraformSyntax = "terraform-syntax", Error;
    TerraformValue = "terraform-value", Warning;
    TlsDenyWithoutObjects = "tls-deny-without-objects", Warning;
    TomlSyntax = "toml-syntax", Error;
    TruncatedInput = "truncated-input", Warning;
    TypeMismatch = "type-mismatch", Warning;
    TypeMismatchBoolean = "type-mismatch-boolean", Warning;
    TypeMismatchDate = "type-mismatch-date", Warning;
    TypeMismatchIpRange = "type-mismatch-ip-range", Warning;
    TypeMismatchNumber = "type-mismatch-number", Warning;
    TypeMismatchString = "type-mismatch-string", Warning;
    UnconditionalOutsideTrust = "unconditional-outside-trust", Warning;
    UnexpectedAnswer = "unexpected-answer", Error;
    UniqueSidsRecommended = "unique-sids-recommended", Warning;
    UniqueSidsRequired = "unique-sids-required", Error;
    UnknownEncryption = "unknown-encryption", Warning;
    UnknownInput = "unknown-input", Error;
    UnknownKey = "unknown-key", Error;
    UnknownKeyState = "unknown-key-state", Warning;
    UnknownParent = "unknown-parent", Warning;
    UnknownProfile = "unknown-profile", Error;
    UnknownVersion = "unknown-version", Error;
    UnmanageableKey = "unmanageable-key", Warning;
    UnreadableFile = "unreadable-file", Error;
    UnresolvedTemplate = "unresolved-template", Note;
    UnsupportedActionForConditionKey = "unsupported-action-for-condition-key", Warning;
    UnsupportedActionInPolicy = "unsupported-action-in-policy", Error;
    UnsupportedConditionKeyForServicePrincipal = "unsupported-condition-key-for-service-principal", Warning;
    UnsupportedElementCombination = "unsupported-element-combination", Error;
    UnsupportedGlobalConditionKey = "unsupported-global-condition-key", Warning;
    UnsupportedPrincipal = "unsupported-principal", Error;
    UnsupportedResourceArnInPolicy = "unsupported-resource-arn-in-policy", Warning;
    UnsupportedSid = "unsupported-sid", Error;
    UnsupportedSpaceInVariable = "unsupported-space-in-variable", Error;
    UnsupportedWildcardInPrincipal = "unsupported-wildcard-in-principal", Error;
    UntrustworthyConditionKey = "untrustworthy-condition-key", Warning;
    UnusedBaseline = "unused-baseline", Warning;
    UnusedIgnore = "unused-ignore", Warning;
    UnusedKey = "unused-key", Warning;
    UnusedObject = "unused-object", Warning;
    UnusedTrustedService = "unused-trusted-service", Note;
    UseConditionKeyOnlyWithSupportedServices = "use-condition-key-only-with-supported-services", Warning;
    VariableUnsupportedInElement = "variable-unsupported-in-element", Warning;
    VariableUnsupportedInVersion = "variable-unsupported-in-version", Warning;
    VariableUsageTooPermissive = "variable-usage-too-permissive", Warning;
    WholeAccountWithoutCondition = "whole-account-without-condition", Note;
    WildcardInServiceName = "wildcard-in-service-name", Warning;
    WildcardUsageTooPermissive = "wildcard-usage-too-permissive", Warning;
    WildcardWithoutLikeOperator = "wildcard-without-like-operator", Warning;
    WorkloadCannotAssume = "workload-cannot-assume", Warning;
    WriteHeaderOnReads = "write-header-on-reads", Warning;
    YamlSyntax = "yaml-syntax", Error;
}

impl Code {
    /// The code with this name, exactly as [`Code::as_str`] writes it, or with a name that it had before.
    pub fn from_name(name: &str) -> Option<Self> {
        match Self::ALL.binary_search_by_key(&name, |code| code.as_str()) {
            Ok(at) => Self::ALL.get(at).copied(),
            Err(_) => Self::from_former_name(name),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
