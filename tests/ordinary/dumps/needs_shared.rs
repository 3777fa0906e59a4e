//! Public dumps, and estates that the generator beside the repository makes.

use super::*;

#[test]
#[ignore = "needs ../shared"]
fn documents_are_objects_or_encoded_strings() {
    let examples = here("../shared/examples/b-iam");
    let files = [
        ("get-account-authorization-details.json", 0),
        // The raw answer was cut down: the documents of two managed policies are not in it.
        ("gaad-raw-sdk-percent-encoded.json", 2),
    ];
    for (name, missing) in files {
        let mut intake = Intake::new();
        load::read_input(&mut intake, examples.join(name).to_str().unwrap());
        load::finish(&mut intake);
        assert_clean(&intake, name);
        assert_eq!(intake.files[0].missing.len(), missing, "{name}");
        let role = intake.estate.role("app-reader").unwrap();
        assert_eq!(role.id.as_deref(), Some("AROAEXAMPLEAPPREADER"));
        assert_eq!(role.tags.provided().unwrap()["team"], "analytics");
        assert!(role.boundary.provided().unwrap().is_some());
        let policies = role.policies.provided().unwrap();
        assert_eq!(policies.len(), 2, "inline and attached");
        assert_eq!(policies[0].statements.len(), 2);
        let place = intake.sources.host(policies[0].statements[0].span);
        assert!(intake.sources.text(place).contains("ReadLake"), "places lead to the file");
    }
}

/// An estate of the generator beside the repository.
fn generated(size: &str, more: &[&str]) -> tempfile::TempDir {
    let generator = here("../shared/tools/gen_estate.py");
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("estate");
    let mut command = Command::new("python3");
    command.arg(&generator).args(["estate", "--size", size, "--jobs", "1", "--out"]).arg(&out).args(more);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    dir
}

fn json_of(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Identities and policies, one by one, as serde reads the dump.
fn same_as_dump(intake: &Intake, path: &Path) {
    let dump = json_of(path);
    let estate = &intake.estate;
    let list = |value: &Value, name: &str| value[name].as_array().unwrap().clone();
    let policies = list(&dump, "Policies");
    let own = policies.iter().filter(|policy| !policy["Arn"].as_str().unwrap().contains("::aws:")).count();
    let name = path.file_name().unwrap();
    let file =
        intake.files.iter().find(|file| Path::new(&file.path) == path).unwrap_or_else(|| panic!("{name:?}"));
    assert!(file.contributed.contains(&format!("{own} customer managed policies")), "{:?}", file.contributed);
    let groups = list(&dump, "GroupDetailList");
    for role in list(&dump, "RoleDetailList") {
        let known = estate.role(role["Arn"].as_str().unwrap()).unwrap();
        let count = list(&role, "RolePolicyList").len() + list(&role, "AttachedManagedPolicies").len();
        assert_eq!(known.policies.provided().unwrap().len(), count, "{}", role["Arn"]);
        assert_eq!(known.boundary.provided().unwrap().is_some(), role.get("PermissionsBoundary").is_some());
        assert_eq!(known.id.as_deref(), role["RoleId"].as_str());
        assert_eq!(known.tags.provided().unwrap().len(), list(&role, "Tags").len());
        assert_eq!(known.trust.provided().unwrap().kind, PolicyKind::Trust);
    }
    for user in list(&dump, "UserDetailList") {
        let known = estate.user(user["Arn"].as_str().unwrap()).unwrap();
        let of_group =
            list(&groups[0], "GroupPolicyList").len() + list(&groups[0], "AttachedManagedPolicies").len();
        let own = list(&user, "UserPolicyList").len() + list(&user, "AttachedManagedPolicies").len();
        assert_eq!(known.policies.provided().unwrap().len(), own + of_group, "{}", user["Arn"]);
    }
}

fn same_as_organization(intake: &Intake, file: &Value) {
    let organization = &intake.estate.organizations[0];
    assert_eq!(organization.id, file["Organization"]["Id"].as_str().unwrap());
    let kinds: BTreeMap<&str, &str> = file["Policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| {
            (
                policy["PolicySummary"]["Id"].as_str().unwrap(),
                policy["PolicySummary"]["Type"].as_str().unwrap(),
            )
        })
        .collect();
    for attachment in file["Attachments"].as_array().unwrap() {
        let target = organization.target(attachment["TargetId"].as_str().unwrap()).unwrap();
        for (kind, told) in
            [("SERVICE_CONTROL_POLICY", &target.scps), ("RESOURCE_CONTROL_POLICY", &target.rcps)]
        {
            let ids = attachment["PolicyIds"].as_array().unwrap();
            let count = ids.iter().filter(|id| kinds[id.as_str().unwrap()] == kind).count();
            let known = match told.provided().unwrap() {
                Attached::Off => 0,
                Attached::Policies(list) => list.len(),
            };
            assert_eq!(known, count, "{kind} of {}", target.id);
        }
    }
    for account in file["Accounts"].as_array().unwrap() {
        assert!(organization.path(account["Id"].as_str().unwrap().parse().unwrap()).is_some());
    }
}

/// Loads a generated estate, compares it with the files, and asks some of its questions.
fn check_estate(dir: &Path, asked: usize) {
    let estate_dir = dir.join("estate");
    let manifest = json_of(&estate_dir.join("manifest.json"));
    let intake = read_directory(&estate_dir);
    let estate = &intake.estate;
    let errors: Vec<_> = intake.problems.iter().filter(|p| p.is_error()).map(|p| shown(&intake, p)).collect();
    assert_eq!(errors, [] as [&str; 0]);
    let counts = [
        ("accounts", estate.accounts.len()),
        ("roles", estate.roles.len()),
        ("keys", estate.keys.len()),
        ("buckets", estate.buckets.len()),
    ];
    for (what, count) in counts {
        assert_eq!(json!(count), manifest[what], "{what}");
    }
    let quiet: Vec<_> =
        intake.files.iter().filter(|file| file.kind == "unknown").map(|file| &file.path).collect();
    assert!(matches!(quiet.as_slice(), [only] if only.ends_with("estate/manifest.json")), "{quiet:?}");
    for file in &intake.files {
        assert_eq!(file.missing, [] as [&str; 0], "{}", file.path);
    }
    for account in estate.accounts.keys() {
        same_as_dump(&intake, &estate_dir.join(format!("accounts/{account}/gaad.json")));
    }
    let told = estate.keys.iter().all(|key| {
        key.policy.is_provided()
            && key.state.is_provided()
            && key.grants.is_provided()
            && key.aliases.is_provided()
    });
    assert!(told, "everything about every key is told");
    let told = |bucket: &decryptable::estate::Bucket| {
        let all =
            [bucket.policy.is_provided(), bucket.encryption.is_provided(), bucket.ownership.is_provided()];
        all == [true; 3] && bucket.public_access_block.is_provided() && bucket.account.is_provided()
    };
    assert!(estate.buckets.iter().all(told), "everything about every bucket is told");
    same_as_organization(&intake, &json_of(&estate_dir.join("org.json")));

    let mut verdicts = BTreeMap::new();
    for line in fs::read_to_string(estate_dir.join("queries.jsonl")).unwrap().lines().take(asked) {
        let query: Value = serde_json::from_str(line).unwrap();
        let object = query["object"].as_str().unwrap().replace("arn:aws:s3:::", "s3://");
        let question = DoesQuestion {
            doing: ask::Doing::default(),
            role: query["role"].as_str().unwrap().to_owned(),
            object: object.parse().unwrap(),
            profile: "s3-read".to_owned(),
            version_id: None,
            access_point: None,
            circumstances: Circumstances::default(),
            strict: false,
        };
        let answer = ask::read(estate, &question).unwrap_or_else(|error| panic!("{query}: {error}"));
        assert!(!answer.reason.is_empty());
        for unknown in &answer.depends_on {
            // What is told of single objects is in no file; everything else is.
            let of_object = ["s3:ExistingObjectTag/", "s3://"].iter().any(|part| unknown.name.contains(part));
            let supplied = unknown.kind.as_str() != "not_supplied";
            assert!(supplied || of_object, "{query}: {}", unknown.name);
        }
        *verdicts.entry(answer.verdict.as_str()).or_insert(0) += 1;
    }
    println!("{verdicts:?}");
    assert!(verdicts.contains_key("denied") && verdicts.len() > 1, "{verdicts:?}");
}

#[test]
#[ignore = "needs ../shared and python3"]
fn generated_estates() {
    for (size, more, asked) in [("tiny", &[][..], 60), ("small", &[], 40)] {
        check_estate(generated(size, more).path(), asked);
    }
}

#[test]
#[ignore = "needs ../shared and python3"]
fn generated_estates_with_objects_for_strings() {
    check_estate(generated("tiny", &["--inline-policies", "--indent", "0"]).path(), 60);
}

/// What an independent count found in the public dumps.
#[test]
#[ignore = "needs ../shared"]
fn counts_of_public_dumps() {
    let corpus = here("../shared/corpus");
    let rows = fs::read_to_string(here("tests/scenarios/inputs/counts-terraform-dumps.tsv")).unwrap();
    let (mut counted, mut others) = (0, 0);
    for row in rows.lines().filter(|row| row.starts_with("D_account_dumps/")) {
        let cells: Vec<&str> = row.split('\t').collect();
        let mut intake = Intake::new();
        load::read_input(&mut intake, corpus.join(cells[0]).to_str().unwrap());
        load::finish(&mut intake);
        if cells[1] == "no" {
            others += 1;
            let rejected = intake.problems.iter().any(|problem| problem.is_error() && problem.span.is_some());
            assert!(rejected || intake.files[0].kind != "unknown", "{row}: {:?}", told(&intake));
            continue;
        }
        counted += 1;
        assert_clean(&intake, cells[0]);
        let said = intake.files[0].contributed.iter();
        let own = said.filter_map(|line| line.strip_suffix(" customer managed policies")).next();
        let estate = &intake.estate;
        let found = [estate.roles.len(), estate.users.len(), estate.keys.len(), estate.buckets.len()];
        let found: Vec<String> =
            found.iter().map(usize::to_string).chain([own.unwrap_or("0").to_owned()]).collect();
        assert_eq!(found, cells[2..7], "{}", cells[0]);
    }
    println!("{counted} dumps counted, {others} other files");
    assert!(counted == 9 && others > 100);
}
