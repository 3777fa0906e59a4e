//! What other tools call the same checks: classes of IAM Access Analyzer, ids of parliament, and names of before.

use super::Code;

/// The names that IAM Access Analyzer has for how much a finding matters.
///
/// Source: <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicyFinding.html>
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum AnalyzerClass {
    /// A part of the policy does not work.
    Error,
    /// The policy allows more than Access Analyzer thinks right.
    SecurityWarning,
    /// The policy does not follow good practice.
    Warning,
    /// The policy can be written better, with the same effect.
    Suggestion,
}

impl AnalyzerClass {
    /// The name in kebab case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::SecurityWarning => "security-warning",
            Self::Warning => "warning",
            Self::Suggestion => "suggestion",
        }
    }
}

/// Codes by their class.
const CLASSES: &[(AnalyzerClass, &[Code])] = &[
    (
        AnalyzerClass::Error,
        &[
            Code::ArnAccountNotAllowed,
            Code::ArnRegionNotAllowed,
            Code::DataTypeMismatch,
            Code::DuplicateKeysWithDifferentCase,
            Code::EmptyVariable,
            Code::FederatedPrincipalNotSupported,
            Code::InvalidAction,
            Code::InvalidArnAccount,
            Code::InvalidArnPrefix,
            Code::InvalidArnRegion,
            Code::InvalidArnResource,
            Code::InvalidArnServiceCase,
            Code::InvalidConditionDataType,
            Code::InvalidConditionKeyFormat,
            Code::InvalidConditionMultipleBoolean,
            Code::InvalidConditionOperator,
            Code::InvalidEffect,
            Code::InvalidFederatedPrincipalSyntaxInRoleTrustPolicy,
            Code::InvalidGlobalConditionKey,
            Code::InvalidKmsKeyValue,
            Code::InvalidPartition,
            Code::InvalidPolicyElement,
            Code::InvalidPrincipalFormat,
            Code::InvalidPrincipalKey,
            Code::InvalidRegion,
            Code::InvalidService,
            Code::InvalidServiceConditionKey,
            Code::InvalidServiceInAction,
            Code::InvalidServicePrincipalFormat,
            Code::InvalidVariableForOperator,
            Code::InvalidVersion,
            Code::InvalidVpcFormat,
            Code::InvalidVpceFormat,
            Code::JsonEmpty,
            Code::JsonSyntaxError,
            Code::JsonTooDeep,
            Code::JsonTrailingComma,
            Code::JsonTrailingText,
            Code::MismatchedActionForPrincipal,
            Code::MissingAction,
            Code::MissingActionForConditionKey,
            Code::MissingActionForRolesAnywhereTrustPolicy,
            Code::MissingArnAccount,
            Code::MissingArnField,
            Code::MissingArnRegion,
            Code::MissingBraceInVariable,
            Code::MissingEffect,
            Code::MissingPrincipal,
            Code::MissingQualifier,
            Code::MissingQuoteInVariable,
            Code::MissingResource,
            Code::MissingStatement,
            Code::MissingTagKeyInCondition,
            Code::NullWithIfExists,
            Code::PolicySizeExceedsRcpQuota,
            Code::PolicySizeExceedsScpQuota,
            Code::PrivateIpAddress,
            Code::PrivateNotIpAddress,
            Code::RcpSyntaxErrorAction,
            Code::RcpSyntaxErrorAllow,
            Code::RcpSyntaxErrorNotaction,
            Code::RcpSyntaxErrorPrincipal,
            Code::RoleTrustPolicySyntaxErrorNotprincipal,
            Code::RoleTrustPolicySyntaxErrorResource,
            Code::RoleTrustPolicyUnsupportedWildcardInPrincipal,
            Code::ScpSyntaxErrorPrincipal,
            Code::TypeMismatchIpRange,
            Code::UniqueSidsRequired,
            Code::UnsupportedActionForConditionKey,
            Code::UnsupportedActionInPolicy,
            Code::UnsupportedConditionKeyForServicePrincipal,
            Code::UnsupportedElementCombination,
            Code::UnsupportedGlobalConditionKey,
            Code::UnsupportedPrincipal,
            Code::UnsupportedResourceArnInPolicy,
            Code::UnsupportedSid,
            Code::UnsupportedSpaceInVariable,
            Code::UnsupportedWildcardInPrincipal,
            Code::VariableUnsupportedInElement,
            Code::VariableUnsupportedInVersion,
            Code::VariableUsageTooPermissive,
            Code::WildcardUsageTooPermissive,
        ],
    ),
    (
        AnalyzerClass::SecurityWarning,
        &[
            Code::AllowWithNotPrincipal,
            Code::DenyNotactionWithUnsupportedTagConditionKeyForService,
            Code::DenyWithUnsupportedTagConditionKeyForService,
            Code::DynamodbAttributesWithoutSelect,
            Code::ForallvaluesWithSingleValuedKey,
            Code::ForanyvalueWithAudienceClaimType,
            Code::MissingConditionKeyForOidcPrincipal,
            Code::MissingGithubRepoConditionKey,
            Code::MissingPairedConditionKeys,
            Code::PassRoleWithNotActionAndNotResource,
            Code::PassRoleWithNotResource,
            Code::PassRoleWithStarInActionAndNotResource,
            Code::PassRoleWithStarInActionAndResource,
            Code::PassRoleWithStarInResource,
            Code::PassRoleWithStarInResourceAndNotAction,
            Code::RestrictAccessToServicePrincipal,
            Code::S3PrefixInNegativeContext,
            Code::StringLikeOperatorWithArnConditionKeys,
            Code::UntrustworthyConditionKey,
        ],
    ),
    (
        AnalyzerClass::Warning,
        &[
            Code::CreateSlrWithNotActionAndNotResource,
            Code::CreateSlrWithNotResource,
            Code::CreateSlrWithStarInActionAndNotResource,
            Code::CreateSlrWithStarInActionAndResource,
            Code::CreateSlrWithStarInResource,
            Code::CreateSlrWithStarInResourceAndNotAction,
            Code::DeprecatedGlobalConditionKey,
            Code::InvalidDateValue,
            Code::InvalidRoleReference,
            Code::InvalidUserReference,
            Code::MissingVersion,
            Code::PolicySizeExceedsIdentityPolicyQuota,
            Code::PolicySizeExceedsResourcePolicyQuota,
            Code::PolicySizeExceedsRoleTrustPolicyQuota,
            Code::RcpMissingRelatedPrincipalConditionKey,
            Code::RcpMissingRelatedServicePrincipalConditionKey,
            Code::RcpMissingServiceConditionKeyNullCheck,
            Code::SpecificGithubRepoAndBranchRecommended,
            Code::TypeMismatch,
            Code::TypeMismatchBoolean,
            Code::TypeMismatchDate,
            Code::TypeMismatchNumber,
            Code::TypeMismatchString,
            Code::UniqueSidsRecommended,
            Code::UseConditionKeyOnlyWithSupportedServices,
            Code::WildcardWithoutLikeOperator,
        ],
    ),
    (
        AnalyzerClass::Suggestion,
        &[
            Code::AllowNotactionWithUnsupportedTagConditionKeyForService,
            Code::AllowWithUnsupportedTagConditionKeyForService,
            Code::ConfirmAudienceClaimType,
            Code::EmptyArrayAction,
            Code::EmptyArrayCondition,
            Code::EmptyArrayConditionForallvalues,
            Code::EmptyArrayConditionForanyvalue,
            Code::EmptyArrayConditionIfexists,
            Code::EmptyArrayPrincipal,
            Code::EmptyArrayResource,
            Code::EmptyObjectCondition,
            Code::EmptyObjectPrincipal,
            Code::EmptySidValue,
            Code::EquivalentToNullFalse,
            Code::EquivalentToNullTrue,
            Code::ImproveIpRange,
            Code::IrrelevantConditionKeyInPolicy,
            Code::NullWithQualifier,
            Code::PrivateIpAddressSubset,
            Code::PrivateNotIpAddressSubset,
            Code::RecommendedConditionKeyForServicePrincipal,
            Code::RedundantAction,
            Code::RedundantConditionValueNum,
            Code::RedundantKeyDueToWildcardInCondition,
            Code::RedundantPrincipalInRoleTrustPolicy,
            Code::RedundantResource,
            Code::RedundantStatement,
            Code::RedundantStatementDueToWildcardInCondition,
            Code::WildcardInServiceName,
        ],
    ),
];

/// Ids of parliament, and the codes for the same.
const PARLIAMENT: &[(Code, &str)] = &[
    (Code::AllowNotResource, "NOTRESOURCE_WITH_ALLOW"),
    (Code::AllowWithNotPrincipal, "NOTPRINCIPAL_WITH_ALLOW"),
    (Code::CredentialsExposure, "CREDENTIALS_EXPOSURE"),
    (Code::DataTypeMismatch, "MALFORMED"),
    (Code::InvalidAction, "UNKNOWN_ACTION"),
    (Code::InvalidArn, "INVALID_ARN"),
    (Code::InvalidArnPrefix, "INVALID_ARN"),
    (Code::InvalidConditionKeyFormat, "UNKNOWN_CONDITION_FOR_ACTION"),
    (Code::InvalidConditionOperator, "UNKNOWN_OPERATOR"),
    (Code::InvalidEffect, "MALFORMED"),
    (Code::InvalidFederatedPrincipalSyntaxInRoleTrustPolicy, "UNKNOWN_FEDERATION_SOURCE"),
    (Code::InvalidGlobalConditionKey, "UNKNOWN_CONDITION_FOR_ACTION"),
    (Code::InvalidPolicyElement, "MALFORMED"),
    (Code::InvalidPrincipalValue, "UNKNOWN_PRINCIPAL"),
    (Code::InvalidService, "UNKNOWN_PREFIX"),
    (Code::InvalidServiceConditionKey, "UNKNOWN_CONDITION_FOR_ACTION"),
    (Code::InvalidServiceInAction, "UNKNOWN_PREFIX"),
    (Code::InvalidServicePrincipalFormat, "UNKNOWN_PRINCIPAL"),
    (Code::InvalidVersion, "INVALID_VERSION"),
    (Code::JsonSyntaxError, "MALFORMED_JSON"),
    (Code::MfaTestPassesWithoutMfa, "BAD_PATTERN_FOR_MFA"),
    (Code::MfaTestWithoutIfExists, "BAD_PATTERN_FOR_MFA"),
    (Code::MissingAction, "MALFORMED"),
    (Code::MissingArnField, "INVALID_ARN"),
    (Code::MissingEffect, "MALFORMED"),
    (Code::MissingResource, "MALFORMED"),
    (Code::MissingStatement, "MALFORMED"),
    (Code::MissingVersion, "NO_VERSION"),
    (Code::OldVersion, "OLD_VERSION"),
    (Code::PermissionsManagement, "PERMISSIONS_MANAGEMENT_ACTIONS"),
    (Code::PrivilegeEscalation, "PRIVILEGE_ESCALATION"),
    (Code::ResourceMismatch, "RESOURCE_MISMATCH"),
    (Code::ResourcePolicyPrivilegeEscalation, "RESOURCE_POLICY_PRIVILEGE_ESCALATION"),
    (Code::ResourceStar, "RESOURCE_STAR"),
    (Code::StringLikeOperatorWithArnConditionKeys, "MISMATCHED_TYPE_BUT_USABLE"),
    (Code::TypeMismatch, "MISMATCHED_TYPE"),
    (Code::TypeMismatchBoolean, "MISMATCHED_TYPE"),
    (Code::TypeMismatchDate, "MISMATCHED_TYPE"),
    (Code::TypeMismatchIpRange, "MISMATCHED_TYPE"),
    (Code::TypeMismatchNumber, "MISMATCHED_TYPE"),
    (Code::TypeMismatchString, "MISMATCHED_TYPE"),
    (Code::UniqueSidsRecommended, "DUPLICATE_SID"),
    (Code::UniqueSidsRequired, "DUPLICATE_SID"),
    (Code::UnsupportedActionForConditionKey, "UNKNOWN_CONDITION_FOR_ACTION"),
    (Code::UnsupportedElementCombination, "MALFORMED"),
    (Code::UnsupportedSid, "INVALID_SID"),
];

/// Names that codes had before they were called as Access Analyzer calls them: suppressions may still use them.
const FORMER: &[(&str, &[Code])] = &[
    ("bucket-arn-with-region", &[Code::ArnAccountNotAllowed, Code::ArnRegionNotAllowed]),
    ("json-syntax", &[Code::JsonSyntaxError]),
    ("rcp-action-star", &[Code::RcpSyntaxErrorAction]),
    ("rcp-allow", &[Code::RcpSyntaxErrorAllow]),
    ("rcp-not-action", &[Code::RcpSyntaxErrorNotaction]),
    ("rcp-principal", &[Code::RcpSyntaxErrorPrincipal]),
    ("trust-policy-resource", &[Code::RoleTrustPolicySyntaxErrorResource]),
    ("unknown-action", &[Code::InvalidAction, Code::InvalidServiceInAction]),
    ("unsupported-element", &[Code::RoleTrustPolicySyntaxErrorNotprincipal]),
    ("wrong-vpc-id", &[Code::InvalidVpcFormat, Code::InvalidVpceFormat]),
];

impl Code {
    /// What IAM Access Analyzer calls a finding with this code, if it has the check.
    pub fn access_analyzer(self) -> Option<AnalyzerClass> {
        CLASSES.iter().find(|(_, codes)| codes.contains(&self)).map(|(class, _)| *class)
    }

    /// The id that parliament has for the same.
    pub fn parliament(self) -> Option<&'static str> {
        PARLIAMENT.iter().find(|(code, _)| *code == self).map(|(_, id)| *id)
    }

    /// Whether this is the code that a name means, which may be one of before.
    pub fn is_called(self, name: &str) -> bool {
        self.as_str() == name || FORMER.iter().any(|(former, codes)| *former == name && codes.contains(&self))
    }

    /// The code that a name of before means first.
    pub(super) fn from_former_name(name: &str) -> Option<Self> {
        FORMER.iter().find(|(former, _)| *former == name)?.1.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_class_and_no_name_of_before_is_one_of_now() {
        let mut all: Vec<Code> = CLASSES.iter().flat_map(|(_, codes)| codes.iter().copied()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(PARLIAMENT.is_sorted_by_key(|(code, _)| *code));
        assert!(FORMER.is_sorted_by_key(|(name, _)| *name));
        for (former, codes) in FORMER {
            assert!(!Code::ALL.iter().any(|code| code.as_str() == *former), "{former}");
            assert!(codes.iter().all(|code| code.is_called(former) && code.is_called(code.as_str())));
            assert_eq!(Code::from_name(former), codes.first().copied());
        }
        assert!(!Code::InvalidAction.is_called("json-syntax"));
    }
}
