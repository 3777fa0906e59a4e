//! The examples of answers that lie beside the repository, and are not part of it.

use super::*;

/// A manifest about the examples beside the repository.
fn example(name: &str) -> (Intake, Config) {
    load_file(&here("tests/fixtures/load").join(name))
}

#[test]
#[ignore = "needs ../shared"]
fn raw_policies_by_manifest() {
    let (intake, _) = example("a-raw.toml");
    assert_no_errors(&intake, "a-raw");
    let estate = &intake.estate;
    let role = estate.role("app-reader").unwrap();
    let kinds = [
        role.trust.provided().unwrap().kind,
        role.policies.provided().unwrap()[0].kind,
        role.boundary.provided().unwrap().as_ref().unwrap().kind,
        estate.keys[0].policy.provided().unwrap().kind,
        estate.buckets[0].policy.provided().unwrap().as_ref().unwrap().kind,
    ];
    assert_eq!(
        kinds,
        [PolicyKind::Trust, PolicyKind::Identity, PolicyKind::Boundary, PolicyKind::Key, PolicyKind::Bucket]
    );
    let targets = &estate.organizations[0].targets;
    assert!(
        matches!(targets[0].scps.provided(), Some(Attached::Policies(list)) if list[0].kind == PolicyKind::Scp)
    );
    assert!(
        matches!(targets[0].rcps.provided(), Some(Attached::Policies(list)) if list[0].kind == PolicyKind::Rcp)
    );
    assert!(matches!(targets[1].scps.provided(), Some(Attached::Off)));
    assert!(matches!(targets[1].rcps.provided(), Some(Attached::Off)), "an empty list says the same as none");
    assert_eq!(
        file(&intake, "key_policy.json").contributed,
        [format!("key policy of {LAKE_KEY}")],
        "{:?}",
        intake.files
    );
    assert!(file(&intake, "key_policy.json").missing.is_empty());
}

#[test]
#[ignore = "needs ../shared"]
fn raw_policies_alone_say_what_is_missing() {
    let mut intake = Intake::new();
    let path = here("../shared/examples/a-raw");
    load::read_inputs(&mut intake, Path::new(""), &[path.to_str().unwrap().into()], &[]);
    load::finish(&mut intake);
    assert_no_errors(&intake, "a-raw");
    let kinds: Vec<(&str, &str)> =
        intake.files.iter().map(|f| (f.path.rsplit('/').next().unwrap(), f.kind.as_str())).collect();
    assert_eq!(
        kinds,
        [
            ("boundary.json", "policy"),
            ("bucket_policy.json", "bucket policy"),
            ("identity.json", "policy"),
            ("key_policy.json", "key policy"),
            ("rcp.json", "resource-based policy"),
            ("scp.json", "policy"),
            ("trust.json", "role trust policy"),
        ]
    );
    assert!(
        intake.files.iter().all(|f| f.contributed.is_empty() && f.missing.len() == 1),
        "{:?}",
        intake.files
    );
    assert!(file(&intake, "bucket_policy.json").missing[0].contains("[[bind]] with bucket"));
    assert_eq!(intake.policies().len(), 7, "unbound policies are there for lints");
}

#[test]
#[ignore = "needs ../shared"]
fn kms_answers_share_the_key_of_their_directory() {
    let (intake, _) = example("c-kms.toml");
    assert_eq!(told(&intake), [] as [&str; 0]);
    let [key] = *intake.estate.keys.iter().collect::<Vec<_>>() else { panic!("{:?}", intake.estate.keys) };
    assert_eq!(key.arn.value.as_str(), LAKE_KEY);
    assert_eq!(key.manager, Known::Provided(KeyManager::Customer));
    assert_eq!(key.state.provided().unwrap().value, KeyState::Enabled);
    assert_eq!(key.aliases, Known::Provided(vec!["alias/lake".to_owned()]));
    assert_eq!(key.spec.as_deref(), Some("SYMMETRIC_DEFAULT"));
    let grant = &key.grants.provided().unwrap()[0];
    assert_eq!(
        (grant.grantee.as_str(), grant.pointer.as_str()),
        ("arn:aws:iam::222222222222:role/lake-reader", "/Grants/0")
    );
    assert!(
        matches!(grant.constraints.as_slice(), [Constraint::Subset(pairs)] if pairs["aws:s3:arn"] == "arn:aws:s3:::acme-lake")
    );
    let policy = key.policy.provided().unwrap();
    assert_eq!((policy.kind, policy.statements.len(), &*policy.pointer), (PolicyKind::Key, 2, "/Policy"));
    assert_eq!(policy.statement_pointer(&policy.statements[1]), "/Policy/Statement/1");
}

#[test]
#[ignore = "needs ../shared"]
fn s3_answers_belong_to_the_bucket_their_directory_names() {
    let (intake, _) = example("d-s3.toml");
    assert_eq!(told(&intake), [] as [&str; 0]);
    let lake = intake.estate.bucket("acme-lake").unwrap();
    assert_eq!(lake.region, Known::Provided("eu-west-1".to_owned()));
    assert_eq!(lake.ownership, Known::Provided(Ownership::BucketOwnerEnforced));
    assert_eq!(lake.abac, Known::Provided(false));
    assert!(lake.public_access_block.provided().unwrap().restrict_public_buckets);
    let encryption = lake.encryption.provided().unwrap();
    assert_eq!((encryption.kind, encryption.bucket_key), (EncryptionType::SseKms, Some(true)));
    assert!(lake.policy.provided().unwrap().is_some());
    assert!(!lake.account.is_provided());
    // `null` is the oldest Region.
    assert_eq!(
        intake.estate.bucket("us-east-1-bucket").unwrap().region,
        Known::Provided("us-east-1".to_owned())
    );
    let endpoint = intake.estate.endpoint("vpce-0abc").unwrap();
    assert_eq!(endpoint.vpc.as_deref(), Some("vpc-0def"));
    assert_eq!(endpoint.policy.provided().unwrap().as_ref().unwrap().kind, PolicyKind::Endpoint);
    let object = &intake.estate.objects[0];
    assert_eq!(object.uri.value.as_str(), "s3://acme-lake/curated/x");
    assert_eq!(object.encryption.as_ref().unwrap().bucket_key, Some(true));
}

#[test]
#[ignore = "needs ../shared"]
fn embedded_places_lead_to_the_bytes_of_the_file() {
    let (intake, _) = example("d-s3.toml");
    let lake = intake.estate.bucket("acme-lake").unwrap();
    let policy = lake.policy.provided().unwrap().clone().unwrap();
    let statement = &policy.statements[1];
    assert_eq!(policy.statement_pointer(statement), "/Policy/Statement/1");
    let place = intake.sources.place(statement.span);
    assert!(place.document.ends_with("acme-lake/get-bucket-policy.json"), "{}", place.document);
    let bytes = fs::read(here("../shared/examples/d-s3/acme-lake/get-bucket-policy.json")).unwrap();
    let [start, end] = place.bytes.map(|offset| offset as usize);
    let written = std::str::from_utf8(&bytes[start..end]).unwrap();
    assert!(
        written.starts_with(r#"{\"Sid\":\"TlsOnly\""#) && written.ends_with(r#"\"false\"}}}"#),
        "{written}"
    );
    assert_eq!(place.start.line, 2);
    assert_eq!(intake.sources.name(policy.span.source).rsplit(" › ").next(), Some("Policy"));
}

#[test]
#[ignore = "needs ../shared"]
fn organization_answers() {
    let (intake, _) = example("e-org.toml");
    assert_no_errors(&intake, "e-org");
    let organization = &intake.estate.organizations[0];
    assert_eq!(organization.id, "o-acme000001");
    assert_eq!(organization.management_account.unwrap().to_string(), "999999999999");
    let apps = organization.target("111111111111").unwrap();
    assert_eq!(apps.parent.as_deref(), Some("ou-acme-apps0001"));
    let Some(Attached::Policies(scps)) = apps.scps.provided() else { panic!("{apps:?}") };
    assert_eq!(scps.len(), 2, "the policy AWS attaches is known without its document");
    assert_eq!(intake.sources.name(scps[0].span.source), "p-FullAWSAccess");
    assert!(!apps.rcps.is_provided());
    assert_eq!(intake.estate.accounts.len(), 3);
    let notes: Vec<_> = told(&intake);
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(intake.problems.iter().all(|p| p.code == Code::UnknownParent && p.severity == Severity::Note));
    // Two policies are described beside it, so nobody can tell which one the list is about.
    assert!(file(&intake, "list-targets-for-policy.json").missing[0].contains("which policy"));
}

#[test]
#[ignore = "needs ../shared"]
fn iam_answers() {
    let (intake, _) = example("b-iam.toml");
    assert_no_errors(&intake, "b-iam");
    let role = intake.estate.role("arn:aws:iam::111111111111:role/eks/app-reader").unwrap();
    assert_eq!(role.id.as_deref(), Some("AROAEXAMPLEAPPREADER"));
    assert_eq!(role.policies.provided().unwrap().len(), 1);
    assert!(role.boundary.provided().unwrap().is_some());
    assert!(role.trust.is_provided());
    assert_eq!(told(&intake).len(), 1, "that there may be more policies is said");
}

/// Answers that are cut off anywhere, and answers whose members have other types, end no program.
#[test]
#[ignore = "needs ../shared"]
fn broken_answers_are_survived() {
    let examples = here("../shared/examples");
    let dir = directory(&[]);
    let mut paths = Vec::new();
    for part in ["b-iam", "c-kms", "d-s3/acme-lake", "d-s3", "e-org", "e-org/111111111111"] {
        let names = fs::read_dir(examples.join(part)).unwrap().map(|entry| entry.unwrap().path());
        paths.extend(names.filter(|path| path.is_file()));
    }
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let cuts = (0..40).map(|i| text[..text.len() * i / 40].to_owned());
        let swaps = ["\"", "{", "[", "true", "null", "arn:", "222222222222"]
            .into_iter()
            .flat_map(|from| ["7", "[]", "{}", "\"x\"", "null", ""].map(|to| text.replace(from, to)));
        for broken in cuts.chain(swaps) {
            write(dir.path(), &format!("acme-lake/{name}"), broken.as_bytes());
            let mut intake = Intake::new();
            load::read_inputs(&mut intake, dir.path(), &[format!("acme-lake/{name}").as_str().into()], &[]);
            load::finish(&mut intake);
        }
    }
}
