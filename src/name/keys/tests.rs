use super::*;

fn action(text: &str) -> ActionName {
    ActionName::new(text).unwrap()
}

fn names(keys: impl Iterator<Item = &'static KeyFacts>) -> Vec<&'static str> {
    keys.map(|key| key.name).collect()
}

#[test]
fn rows_are_sorted_and_found_by_their_names() {
    for (service, rows) in SERVICES {
        assert!(rows.iter().all(|row| row.service() == *service), "{service}");
    }
    for rows in SERVICES.iter().map(|(_, rows)| *rows).chain([credentials::ROWS]) {
        assert!(rows.is_sorted_by(|a, b| a.name.to_lowercase() < b.name.to_lowercase()));
    }
    for row in all() {
        let folded = row.name.to_lowercase();
        assert!(std::ptr::eq(find(&folded).unwrap(), row), "{}", row.name);
        let one = format!("{folded}team");
        assert_eq!(find(&one).is_some_and(|found| std::ptr::eq(found, row)), row.is_family(), "{one}");
    }
    for name in ["", "aws", "aws:", "aws:sourcevp", "aws:sourcevpces", "principal", "«x»", "ec2:vpc"] {
        assert_eq!(find(name), None, "{name}");
    }
    // What follows the first separator is the customer's, also where it looks like a key.
    assert_eq!(find("kms:encryptioncontext:aws:s3:arn").unwrap().name, "kms:EncryptionContext:");
    assert_eq!(find("aws:principaltag/a/b:c").unwrap().name, "aws:PrincipalTag/");
}

#[test]
fn rows_agree_with_each_other() {
    for row in all() {
        match row.relation {
            Relation::None => {}
            Relation::PublicAddress | Relation::Endpoint => assert_eq!(row.subject, Subject::Network),
            Relation::PathsOf(id) | Relation::PresentWith { key: id, .. } => {
                let other = find(&id.to_lowercase()).unwrap();
                assert_eq!((other.name, other.subject), (id, row.subject), "{}", row.name);
            }
        }
        // Actions are named without a prefix, sorted, each once.
        if let Requests::Listed(actions) | Requests::Tagging(actions) = row.requests {
            assert!(actions.is_sorted_by(|a, b| a < b), "{}: {actions:?}", row.name);
            assert!(actions.iter().all(|a| a.bytes().all(|b| b.is_ascii_alphanumeric())), "{}", row.name);
        }
    }
}

#[test]
fn what_a_request_cannot_have() {
    let can = |key: &str, of: &str| can_be_in(&ConditionKey::new(key), &action(of));
    for (key, of, expected) in [
        ("s3:x-amz-acl", "s3:PutObject", true),
        ("s3:x-amz-acl", "s3:GetObject", false),
        ("s3:x-amz-content-sha256", "s3:GetObject", true),
        ("S3:VERSIONID", "s3:getobjectversion", true),
        ("s3:versionid", "s3:GetObject", false),
        ("s3:prefix", "s3:GetObject", false),
        ("s3:prefix", "s3:ListBucket", true),
        ("s3:ExistingObjectTag/class", "s3:GetObject", true),
        ("s3:DataAccessPointArn", "s3:GetObject", true),
        ("kms:ViaService", "s3:GetObject", false),
        ("kms:ViaService", "kms:Decrypt", true),
        ("kms:GrantOperations", "kms:Decrypt", false),
        ("kms:EncryptionContext:aws:s3:arn", "kms:Decrypt", true),
        ("aws:PrincipalTag/team", "kms:Decrypt", true),
        ("aws:RequestTag/team", "s3:GetObject", false),
        ("aws:RequestTag/team", "sts:AssumeRole", true),
        ("aws:TagKeys", "ec2:RunInstances", true),
        ("iam:ResourceTag/team", "sts:AssumeRole", true),
        ("iam:ResourceTag/team", "s3:GetObject", false),
        ("sts:ExternalId", "sts:TagSession", true),
        ("sts:ExternalId", "sts:AssumeRoleWithSAML", false),
        ("ec2:SourceInstanceArn", "s3:GetObject", true),
        ("dynamodb:LeadingKeys", "s3:GetObject", false),
        ("dynamodb:LeadingKeys", "dynamodb:GetItem", true),
        ("dynamodb:LeadingKeys", "dynamodb:ListTables", false),
        ("dynamodb:LeadingKeys", "dynamodb:AddedLater", true),
        ("kms:EncapsulationAlgorithm", "kms:Encapsulate", true),
        ("kms:EncapsulationAlgorithm", "kms:Decrypt", false),
        ("iam:DelegationRequestOwner", "iam:AcceptDelegationRequest", true),
        // An action that was added after the day of the reference may have any key of its service.
        ("s3:prefix", "s3:AddedLater", true),
        ("kms:ViaServices", "kms:AddedLater", false),
        ("identitystore:UserId", "s3:GetObject", true),
        // AWS tests them in policies of its own, and documents them nowhere.
        ("aws:PrincipalOrgMasterAccountId", "s3:GetObject", true),
        ("lakeformation:GlueARN", "lakeformation:GrantPermissions", true),
        ("lakeformation:GlueARN", "s3:GetObject", false),
        // A mistyped name is not a key, whichever the service.
        ("kms:ViaServices", "kms:Decrypt", false),
        ("aws:SourceVpcs", "ec2:RunInstances", false),
        ("\u{2039}issuer\u{203a}:sub", "s3:GetObject", true),
        // What an identity provider says stays with the session.
        ("saml:sub", "s3:GetObject", true),
        ("oidc.eks.us-east-1.amazonaws.com/id/X:sub", "kms:Decrypt", true),
    ] {
        assert_eq!(can(key, of), expected, "{key} in {of}");
    }
}

#[test]
fn keys_by_what_they_describe() {
    assert_eq!(
        names(endpoint()),
        [
            "aws:SourceVpc",
            "aws:SourceVpcArn",
            "aws:SourceVpce",
            "aws:VpceAccount",
            "aws:VpceOrgID",
            "aws:VpceOrgPaths",
            "aws:VpcSourceIp"
        ]
    );
    assert_eq!(
        names(about(Subject::Source)),
        ["aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:SourceOwner"]
    );
    assert_eq!(
        always_present().map(|(key, _)| key.name).collect::<Vec<_>>(),
        [
            "aws:CurrentTime",
            "aws:EpochTime",
            "aws:PrincipalIsAWSService",
            "aws:RequestedRegion",
            "aws:SecureTransport",
            "aws:ViaAWSService"
        ]
    );
}
