use super::*;

fn who(text: &str) -> Refusal {
    read(text).unwrap()
}

#[test]
fn the_documented_forms() {
    let said = who("An error occurred (AccessDenied) when calling the GetObject operation: User: \
        arn:aws:sts::111111111111:assumed-role/IAM_CLUSTER/i-0abc is not authorized to perform: s3:GetObject on \
        resource: \"arn:aws:s3:::lake/curated/a b.parquet\" because no identity-based policy allows the \
        s3:GetObject action");
    assert_eq!(said.principal.as_deref(), Some("arn:aws:sts::111111111111:assumed-role/IAM_CLUSTER/i-0abc"));
    assert_eq!(said.action.as_deref(), Some("s3:GetObject"));
    assert_eq!(said.resource.as_deref(), Some("arn:aws:s3:::lake/curated/a b.parquet"));
    assert_eq!(said.reason, Reason::Missing(Gate::Identity));
    assert_eq!(said.request.operation.as_deref(), Some("GetObject"));

    let types = [
        ("identity-based policy", Gate::Identity),
        ("resource-based policy", Gate::Resource),
        ("permissions boundary", Gate::Boundary),
        ("session policy", Gate::Session),
        ("service control policy", Gate::Scp),
        ("resource control policy", Gate::Rcp),
        ("VPC endpoint policy", Gate::Endpoint),
        ("role trust policy", Gate::Resource),
    ];
    for (name, gate) in types {
        let start = "User: arn:aws:iam::111111111111:user/u is not authorized to perform: kms:Decrypt on resource: \
            arn:aws:kms:us-east-1:222222222222:key/k";
        let missing = who(&format!("{start} because no {name} allows the kms:Decrypt action"));
        assert_eq!(missing.reason, Reason::Missing(gate), "{name}");
        for article in ["a", "an", "the"] {
            let denied = who(&format!("{start} with an explicit deny in {article} {name}"));
            assert_eq!(denied.reason, Reason::Explicit(Some(gate)), "{name}");
            assert_eq!(denied.resource.as_deref(), Some("arn:aws:kms:us-east-1:222222222222:key/k"));
            assert_eq!(denied.policy, None);
        }
    }
}

#[test]
fn a_policy_at_the_end() {
    for end in [
        ": arn:aws:organizations::999999999999:policy/o-x/service_control_policy/p-1",
        ", with policy ARN: \
        \"arn:aws:organizations::999999999999:policy/o-x/service_control_policy/p-1\".",
    ] {
        let said = who(&format!(
            "User: arn:aws:iam::111111111111:role/r is not authorized to perform: s3:GetObject on \
            resource: \"arn:aws:s3:::lake/k\" with an explicit deny in a service control policy{end}"
        ));
        assert_eq!(said.reason, Reason::Explicit(Some(Gate::Scp)));
        assert_eq!(
            said.policy.as_deref(),
            Some("arn:aws:organizations::999999999999:policy/o-x/service_control_policy/p-1")
        );
    }
}

#[test]
fn messages_that_hide_the_key() {
    let said = who(
        "User: arn:aws:sts::111111111111:assumed-role/r/s is not authorized to perform: kms:Decrypt on the \
        resource associated with this ciphertext because the resource does not exist in this Region, no resource-based \
        policies allow access, or a resource-based policy explicitly denies access",
    );
    assert_eq!((said.reason, said.resource), (Reason::KeyOutOfSight, None));
    let old = who(
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, \
        or you are not allowed to access.",
    );
    assert_eq!((old.reason, old.action.as_deref()), (Reason::KeyOutOfSight, Some("kms:Decrypt")));
}

#[test]
fn wrapped_escaped_and_inside_other_text() {
    let said = who(
        "<Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::111111111111:role/r is not\n  authorized \
        to perform: s3:GetObject on resource:\n &quot;arn:aws:s3:::lake/a&amp;b&quot; because no resource-based policy \
        allows the s3:GetObject action</Message></Error>",
    );
    assert_eq!(said.resource.as_deref(), Some("arn:aws:s3:::lake/a&b"));
    assert_eq!(said.reason, Reason::Missing(Gate::Resource));
    let hadoop = who("java.nio.file.AccessDeniedException: s3a://lake/curated/x.parquet: getFileStatus on \
        s3a://lake/curated/x.parquet: com.amazonaws.services.s3.model.AmazonS3Exception: Forbidden (Service: Amazon S3; \
        Status Code: 403; Error Code: 403 Forbidden)");
    assert_eq!(
        (hadoop.reason, hadoop.object.as_deref()),
        (Reason::Bare, Some("s3://lake/curated/x.parquet"))
    );
}

#[test]
fn what_is_no_question_of_permissions() {
    let disabled = who("An error occurred (KMS.DisabledException) when calling the GetObject operation: \
        arn:aws:kms:us-east-1:222222222222:key/k is disabled.");
    assert_eq!(disabled.reason, Reason::Other(Obstacle::KeyDisabled));
    assert_eq!(disabled.key.as_deref(), Some("arn:aws:kms:us-east-1:222222222222:key/k"));
    let archived =
        who("An error occurred (InvalidObjectState) when calling the GetObject operation: The operation is \
        not valid for the object's storage class");
    assert_eq!(archived.reason, Reason::Other(Obstacle::Archived));
}

#[test]
fn a_log_with_several() {
    let line = |name: &str| {
        format!(
            "2026-11-01 WARN An error occurred (AccessDenied) when calling the GetObject operation: User: \
            arn:aws:iam::111111111111:role/{name} is not authorized to perform: s3:GetObject on resource: \
            \"arn:aws:s3:::lake/{name}\" because no session policy allows the s3:GetObject action\n"
        )
    };
    let found = read_all(&[line("a"), "User: nobody\n".to_owned(), line("b")].concat());
    let resources: Vec<_> = found.iter().map(|one| one.resource.as_deref().unwrap()).collect();
    assert_eq!(resources, ["arn:aws:s3:::lake/a", "arn:aws:s3:::lake/b"]);
    assert!(found.iter().all(|one| one.reason == Reason::Missing(Gate::Session) && one.policy.is_none()));
    assert_eq!(read_all(&line("a")).len(), 1);
    assert_eq!(read_all("User: x. User: y. Access Denied").len(), 1);
}

#[test]
fn what_is_no_refusal() {
    for text in ["", "all is well", "NoSuchKey: The specified key does not exist.", "403"] {
        assert_eq!(read(text), None, "{text}");
    }
    // Cut off anywhere, it is read as far as it goes.
    let whole = "User: arn:aws:iam::111111111111:role/r is not authorized to perform: s3:GetObject on resource: \
        \"arn:aws:s3:::lake/é k\" with an explicit deny in a session policy: arn:aws:iam::111111111111:policy/p";
    for (end, _) in whole.char_indices() {
        let _ = read(whole.get(..end).unwrap());
    }
}

/// Pieces of messages, over and over, with nothing that ends them: each is passed over a fixed number of times.
#[test]
fn hostile_text_takes_linear_time() {
    let pieces = [
        "User: ",
        "User: x is not authorized to perform: s3:GetObject on resource: ",
        "An error occurred (",
        "operation error ",
        "operation error S3: Get",
        "Caused by: ",
        "Caused by: Access Denied ",
        "(Service: ",
        "services.",
        "not authorized to perform ",
        " because no ",
        " with an explicit deny in a ",
        "<Error><Code>",
        "java.nio.file.AccessDeniedException: ",
        "s3a://",
        "https://",
        "arn:aws:kms:",
        "&quot;",
        "\\\"",
        "\u{1b}[",
        "key '",
        "{",
        "é",
        "Access Denied\n",
    ];
    for piece in pieces {
        crate::work::assert_linear(piece, 500, |n| crate::denied::read(&piece.repeat(n)).len());
    }
}
