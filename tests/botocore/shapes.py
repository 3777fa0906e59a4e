"""Prints the version of botocore, then what AWS answers as botocore describes it: one member a line, as SERVICE, OPERATION
and the path to it.

A member is left out below one of the names that are given on standard input, one a line: those are lists of what is read,
and only what is read is looked into.
"""
import sys

import botocore
import botocore.loaders

OPERATIONS = {
    "eks": "DescribeCluster DescribePodIdentityAssociation ListPodIdentityAssociations",
    "iam": "GetAccountAuthorizationDetails GetGroup GetGroupPolicy GetInstanceProfile GetOpenIDConnectProvider GetPolicy"
    " GetPolicyVersion GetRole GetRolePolicy GetUser GetUserPolicy ListAttachedRolePolicies ListGroups"
    " ListInstanceProfiles ListOpenIDConnectProviders ListPolicies ListPolicyVersions ListRolePolicies ListRoles"
    " ListSAMLProviders ListUsers",
    "kms": "DescribeKey GetKeyPolicy ListAliases ListGrants ListKeys ListResourceTags",
    "organizations": "DescribeAccount DescribeEffectivePolicy DescribeOrganization DescribeOrganizationalUnit"
    " DescribePolicy ListAccounts ListChildren ListOrganizationalUnitsForParent ListParents ListPoliciesForTarget"
    " ListRoots ListTargetsForPolicy",
    "s3": "GetBucketAbac GetBucketEncryption GetBucketLocation GetBucketOwnershipControls GetBucketPolicy"
    " GetBucketPolicyStatus GetBucketReplication GetBucketRequestPayment GetBucketTagging GetPublicAccessBlock"
    " HeadObject ListBuckets",
    "secretsmanager": "DescribeSecret GetResourcePolicy ListSecrets",
    "sqs": "GetQueueAttributes",
    "sts": "GetCallerIdentity",
}


def members(shape, path, above, read):
    """The paths below a shape; a structure within itself is not looked into again."""
    if shape.type_name == "list":
        yield from members(shape.member, path, above, read)
    elif shape.type_name == "map":
        yield from members(shape.value, path + ["*"], above, read)
    elif shape.type_name == "structure" and shape.name not in above:
        for name, member in shape.members.items():
            yield path + [name]
            if name in read:
                yield from members(member, path + [name], above | {shape.name}, read)


def main():
    from botocore.model import ServiceModel

    read = set(sys.stdin.read().split())
    print(botocore.__version__)
    loader = botocore.loaders.create_loader()
    for service, operations in OPERATIONS.items():
        model = ServiceModel(loader.load_service_model(service, "service-2"))
        for operation in operations.split():
            shape = model.operation_model(operation).output_shape
            for path in members(shape, [], frozenset(), read):
                print(service, operation, ".".join(path))


main()
