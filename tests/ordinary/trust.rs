//! Who can become a role, and who can read: ways over several roles, what goes on from session to session, and open
//! principals. The expected ways are written from the pages that each test names.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

use std::fmt::Write as _;
use std::path::Path;

use decryptable::ask::{self, AccessGraph, Layer, TrustQuestion, Verdict, WhoDoes, WhoQuestion};
use decryptable::config;
use decryptable::load::Intake;

/// An estate of a manifest and its files.
struct World {
    manifest: String,
    files: Vec<(String, String)>,
}

impl World {
    fn new() -> Self {
        let manifest = "version = 1\n[[account]]\nid = \"111111111111\"\norganization = \"none\"\n[[account]]\nid = \"222222222222\"\norganization = \"none\"\n[[account]]\nid = \"333333333333\"\norganization = \"none\"\n";
        Self { manifest: manifest.to_owned(), files: Vec::new() }
    }

    /// A role by `ACCOUNT/NAME`, its trust statements and its own.
    fn role(self, name: &str, trust: &str, own: &str) -> Self {
        self.role_with(name, trust, own, "")
    }

    fn role_with(mut self, name: &str, trust: &str, own: &str, more: &str) -> Self {
        let at = self.files.len();
        let (account, bare) = split(name);
        let policies = self.policies(own);
        let trust = document(trust);
        self.files.push((format!("t{at}.json"), trust));
        write!(
            self.manifest,
            "[[role]]\narn = \"arn:aws:iam::{account}:role/{bare}\"\ntrust = \"t{at}.json\"\nboundary = \"none\"\n{policies}{more}\n"
        )
        .unwrap();
        self
    }

    fn user(mut self, name: &str, own: &str) -> Self {
        let (account, bare) = split(name);
        let policies = self.policies(own);
        write!(
            self.manifest,
            "[[user]]\narn = \"arn:aws:iam::{account}:user/{bare}\"\nboundary = \"none\"\n{policies}\n"
        )
        .unwrap();
        self
    }

    fn policies(&mut self, own: &str) -> String {
        if own.is_empty() {
            return "policies = \"none\"\n".to_owned();
        }
        let at = self.files.len();
        self.files.push((format!("p{at}.json"), document(own)));
        format!("policies = [\"p{at}.json\"]\n")
    }

    fn with(mut self, manifest: &str, files: &[(&str, &str)]) -> Self {
        self.manifest.push_str(manifest);
        self.files.extend(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
        self
    }

    fn load(&self) -> Intake {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in &self.files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let manifest = folder.path().join("decryptable.toml");
        std::fs::write(&manifest, &self.manifest).unwrap();
        let mut intake = Intake::new();
        let config = config::load(Path::new(&manifest), &mut intake);
        config.gather(&mut intake, &[]);
        assert!(!intake.has_errors(), "{:?}", intake.problems);
        intake
    }

    /// All ways to a role.
    fn ways(&self, role: &str) -> Vec<String> {
        let (account, bare) = split(role);
        let question = TrustQuestion {
            role: Some(format!("arn:aws:iam::{account}:role/{bare}")),
            ways_of_one: 8,
            ..TrustQuestion::default()
        };
        shown(&ask::trust(&self.load().estate, &question).unwrap())
    }

    /// Ways to a read that begin with a change, with the ids of the changes.
    fn could_read(&self, object: &str) -> Vec<String> {
        let what = WhoDoes::Read { object: object.parse().unwrap(), profile: "s3-read".to_owned() };
        self.could_do(what)
    }

    fn could_do(&self, what: WhoDoes) -> Vec<String> {
        let question = WhoQuestion {
            what,
            ways_of_one: 1,
            direct: false,
            escalation: true,
            circumstances: ask::Circumstances::default(),
            strict: false,
        };
        changing(ask::who(&self.load().estate, &question).unwrap())
    }

    /// Ways that begin with a change, with the ids of their takeovers.
    fn could(&self, role: &str) -> Vec<String> {
        let (account, bare) = split(role);
        let question = TrustQuestion {
            role: Some(format!("arn:aws:iam::{account}:role/{bare}")),
            ways_of_one: 1,
            escalation: true,
            ..TrustQuestion::default()
        };
        changing(ask::trust(&self.load().estate, &question).unwrap())
    }

    fn who(&self, action: &str, resource: &str) -> Vec<String> {
        let what = WhoDoes::Action { action: action.to_owned(), resource: resource.to_owned() };
        self.asked(what)
    }

    fn readers(&self, object: &str) -> Vec<String> {
        let what = WhoDoes::Read { object: object.parse().unwrap(), profile: "s3-read".to_owned() };
        self.asked(what)
    }

    fn asked(&self, what: WhoDoes) -> Vec<String> {
        let question = WhoQuestion {
            what,
            ways_of_one: 4,
            direct: false,
            escalation: false,
            circumstances: ask::Circumstances::default(),
            strict: false,
        };
        shown(&ask::who(&self.load().estate, &question).unwrap())
    }
}

fn split(name: &str) -> (String, &str) {
    let (account, bare) = name.split_once('/').unwrap();
    (account.repeat(12), bare)
}

fn document(statements: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)
}

/// The ways that begin with a change, each with the ids of its changes.
fn changing(mut map: AccessGraph) -> Vec<String> {
    let edges = map.edges.clone();
    let changes = |path: &ask::AccessPath| path.edges.iter().any(|edge| edges[*edge].layer == Layer::Could);
    map.paths.retain(changes);
    let ids = |path: &ask::AccessPath| {
        let of =
            |edge: &usize| Some(&edges[*edge]).filter(|edge| edge.layer == Layer::Could).map(|edge| edge.way);
        path.edges.iter().filter_map(of).collect::<Vec<_>>().join(", ")
    };
    let mut out = Vec::new();
    for path in map.paths.clone() {
        map.paths = vec![path.clone()];
        out.push(format!("{} by {}", shown(&map).join(""), ids(&path)));
    }
    out.sort();
    out
}

/// `a > b > c`, with a question mark where it depends on something.
fn shown(map: &AccessGraph) -> Vec<String> {
    let name = |at: usize| {
        let id = &map.nodes[at].id;
        match id.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(':')) {
            Some((account, what)) => {
                let bare = what.rsplit('/').next().unwrap();
                format!("{}/{bare}", account.chars().next().unwrap())
            }
            None => id.clone(),
        }
    };
    let mut out: Vec<String> = map
        .paths
        .iter()
        .map(|path| {
            let mut text: Vec<String> = path.edges.iter().map(|edge| name(map.edges[*edge].from)).collect();
            text.push(name(map.edges[*path.edges.last().unwrap()].to));
            let open = if path.verdict == Verdict::Conditional { " ?" } else { "" };
            format!("{}{open}", text.join(" > "))
        })
        .collect();
    out.sort();
    out
}

fn trusts(principal: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"}}"#)
}

fn trusts_if(principal: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole", "Condition": {condition}}}"#
    )
}

fn may(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "{resource}"}}"#)
}

const ASSUME_ANY: &str = r#"{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}"#;
const UNNAMED_2: &str = "account:222222222222";

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
#[test]
fn chains_over_three_accounts_and_back() {
    let world = World::new()
        .user("1/ann", &may("sts:AssumeRole", "arn:aws:iam::222222222222:role/hub"))
        .user("1/bob", "")
        .role(
            "2/hub",
            &trusts(
                r#"{"AWS": ["arn:aws:iam::111111111111:user/ann", "arn:aws:iam::111111111111:user/bob"]}"#,
            ),
            ASSUME_ANY,
        )
        .role("3/reader", &trusts(r#"{"AWS": "arn:aws:iam::222222222222:role/hub"}"#), ASSUME_ANY)
        // A circle: the reader can become the hub again, which gains nobody anything.
        .role("2/loop", &trusts(r#"{"AWS": "arn:aws:iam::333333333333:role/reader"}"#), "");
    // Bob is trusted, and his own account lets him assume nothing (R117).
    assert_eq!(world.ways("3/reader"), ["1/ann > 2/hub > 3/reader", "2/hub > 3/reader"]);
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining>
#[test]
fn a_tag_that_nobody_may_pass_closes_a_way() {
    let needs = |value: &str| format!(r#"{{"StringEquals": {{"aws:PrincipalTag/team": "{value}"}}}}"#);
    let hub = |more: &str| format!(r#"{}{more}"#, trusts(r#"{"AWS": "arn:aws:iam::111111111111:user/ann"}"#));
    let tagging = r#", {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:user/ann"}, "Action": "sts:TagSession"}"#;
    let reader = trusts_if(r#"{"AWS": "arn:aws:iam::111111111111:role/hub"}"#, &needs("lake"));
    let world = |more: &str, tags: &str| {
        World::new()
            .user("1/ann", ASSUME_ANY)
            .role_with("1/hub", &hub(more), ASSUME_ANY, tags)
            .role("1/reader", &reader, "")
    };
    // Without sts:TagSession every session has the tags of the role alone (R118).
    assert!(world("", "tags = {}").ways("1/reader").is_empty());
    assert!(world("", "tags = { team = \"other\" }").ways("1/reader").is_empty());
    assert_eq!(
        world("", "tags = { team = \"lake\" }").ways("1/reader"),
        ["1/ann > 1/hub > 1/reader", "1/hub > 1/reader"]
    );
    // With it ann chooses.
    assert_eq!(
        world(tagging, "tags = {}").ways("1/reader"),
        ["1/ann > 1/hub > 1/reader ?", "1/hub > 1/reader ?"]
    );
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining>
#[test]
fn a_transitive_tag_cannot_be_two_things() {
    let ann = r#"{"AWS": "arn:aws:iam::111111111111:user/ann"}"#;
    let one = r#"{"AWS": "arn:aws:iam::111111111111:role/one"}"#;
    let two = r#"{"AWS": "arn:aws:iam::111111111111:role/two"}"#;
    let tag =
        |who: &str| format!(r#", {{"Effect": "Allow", "Principal": {who}, "Action": "sts:TagSession"}}"#);
    let when = |value: &str| format!(r#"{{"StringEquals": {{"aws:PrincipalTag/team": "{value}"}}}}"#);
    let world = |second: &str, lets_pass: &str| {
        World::new()
            .user("1/ann", ASSUME_ANY)
            .role_with("1/one", &format!("{}{}", trusts(ann), tag(ann)), ASSUME_ANY, "tags = {}")
            .role_with(
                "1/two",
                &format!("{}{lets_pass}", trusts_if(one, &when("a"))),
                ASSUME_ANY,
                "tags = {}",
            )
            .role("1/reader", &trusts_if(two, &when(second)), "")
            .ways("1/reader")
            .iter()
            .any(|way| way.starts_with("1/ann"))
    };
    // The tag goes on as it is, and only where the next role lets tags be passed.
    assert!(world("a", &tag(one)));
    assert!(!world("a", ""), "two lets nobody pass tags, so none goes on");
    // What one passes for two is chosen anew: the tag that ann gave need not be transitive.
    assert!(world("b", &tag(one)));
    assert!(!world("b", ""));
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html>
#[test]
fn a_source_identity_stays_what_it_was() {
    let ann = r#"{"AWS": "arn:aws:iam::111111111111:user/ann"}"#;
    let one = r#"{"AWS": "arn:aws:iam::111111111111:role/one"}"#;
    let sets = |who: &str, condition: &str| {
        format!(
            r#", {{"Effect": "Allow", "Principal": {who}, "Action": "sts:SetSourceIdentity"{condition}}}"#
        )
    };
    let is = |value: &str| format!(r#"{{"StringEquals": {{"aws:SourceIdentity": "{value}"}}}}"#);
    let world = |first: &str, wanted: &str, second: &str| {
        World::new()
            .user("1/ann", ASSUME_ANY)
            .role("1/one", &format!("{}{first}", trusts(ann)), ASSUME_ANY)
            .role("1/reader", &format!("{}{second}", trusts_if(one, &is(wanted))), "")
            .ways("1/reader")
            .iter()
            .any(|way| way.starts_with("1/ann"))
    };
    let only_ann = r#", "Condition": {"StringEquals": {"sts:SourceIdentity": "ann"}}"#;
    assert!(world(&sets(ann, ""), "ann", &sets(one, "")));
    assert!(world(&sets(ann, only_ann), "ann", &sets(one, "")));
    assert!(!world(&sets(ann, only_ann), "bob", &sets(one, "")), "nobody may set another");
    assert!(!world("", "ann", &sets(one, "")), "nobody may set one at all");
    assert!(!world(&sets(ann, ""), "ann", ""), "a role that lets nobody set it cannot be assumed with one");
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
#[test]
fn each_session_has_a_name_of_its_own() {
    let ann = r#"{"AWS": "arn:aws:iam::111111111111:user/ann"}"#;
    let session = |role: &str, name: &str| {
        format!(r#"{{"AWS": "arn:aws:sts::111111111111:assumed-role/{role}/{name}"}}"#)
    };
    let named = r#"{"StringEquals": {"sts:RoleSessionName": "ann"}}"#;
    let world = |wanted: &str| {
        World::new()
            .user("1/ann", ASSUME_ANY)
            .role("1/one", &trusts_if(ann, named), ASSUME_ANY)
            .role("1/two", &trusts(&session("one", wanted)), ASSUME_ANY)
            .role("1/reader", &trusts(&session("two", "other")), "")
            .ways("1/reader")
            .iter()
            .any(|way| way.starts_with("1/ann"))
    };
    // Two sessions on one way may go by two names; one session has the name that it was given.
    assert!(world("ann"));
    assert!(!world("bob"));
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user_externalid.html>
#[test]
fn everyone_of_an_account_is_one_open_principal() {
    let world = World::new()
        .user("2/ann", "")
        .user("2/bob", &may("sts:AssumeRole", "arn:aws:iam::111111111111:role/*"))
        .role(
            "1/reader",
            &trusts_if(r#"{"AWS": "222222222222"}"#, r#"{"StringEquals": {"sts:ExternalId": "cust-7"}}"#),
            "",
        );
    let mut expected = ["2/bob > 1/reader ?".to_owned(), format!("{UNNAMED_2} > 1/reader ?")];
    expected.sort();
    assert_eq!(world.ways("1/reader"), expected);
}

/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
#[test]
fn open_principals_keep_the_condition_on_their_arn() {
    let pattern = "arn:aws:iam::222222222222:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_lake_*";
    let world = World::new().user("2/ann", ASSUME_ANY).role(
        "1/reader",
        &trusts_if(
            r#"{"AWS": "222222222222"}"#,
            &format!(r#"{{"ArnLike": {{"aws:PrincipalArn": "{pattern}"}}}}"#),
        ),
        "",
    );
    assert_eq!(world.ways("1/reader"), [format!("{UNNAMED_2} > 1/reader ?")], "ann is no such role");
    let question = TrustQuestion { role: Some("reader".to_owned()), ..TrustQuestion::default() };
    let map = ask::trust(&world.load().estate, &question).unwrap();
    let needs: Vec<&str> = map.paths[0].depends_on.iter().map(|unknown| &*unknown.name).collect();
    assert!(needs.contains(&"aws:PrincipalArn"), "{needs:?}");
}

/// <https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html>
#[test]
fn pods_pass_their_tags_on_to_the_target_role() {
    let pods = r#"{"Service": "pods.eks.amazonaws.com"}"#;
    let trust = |action: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {pods}, "Action": {action}, "Condition": {{"StringEquals": {{"aws:RequestTag/kubernetes-namespace": "jobs"}}}}}}"#
        )
    };
    let target = |namespace: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::111111111111:role/pod"}}, "Action": ["sts:AssumeRole", "sts:TagSession"], "Condition": {{"StringEquals": {{"aws:PrincipalTag/kubernetes-namespace": "{namespace}"}}}}}}"#
        )
    };
    let association = |namespace: &str| {
        format!(
            "[[workload]]\nkind = \"pod-identity\"\ncluster = \"blue\"\nnamespace = \"{namespace}\"\nservice_account = \"etl\"\nrole = \"arn:aws:iam::111111111111:role/pod\"\n"
        )
    };
    let world = |action: &str, namespace: &str, wanted: &str| {
        let both = r#"{"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "*"}"#;
        World::new()
            .role_with("1/pod", &trust(action), both, "tags = {}")
            .role("2/target", &target(wanted), "")
            .with(&association(namespace), &[])
            .ways("2/target")
            .into_iter()
            .find(|way| way.starts_with("workload:"))
    };
    let both = r#"["sts:AssumeRole", "sts:TagSession"]"#;
    let way = "workload:blue/jobs/etl > 1/pod > 2/target";
    assert_eq!(world(both, "jobs", "jobs").as_deref(), Some(way));
    assert_eq!(world(both, "jobs", "web"), None, "the tag says jobs");
    assert_eq!(world(both, "web", "web"), None, "the first role wants jobs");
    assert_eq!(world(r#""sts:AssumeRole""#, "jobs", "jobs"), None, "the tags cannot be passed (R122)");
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
#[test]
fn deleted_principals_are_told_and_reach_nothing() {
    let deleted = trusts(r#"{"AWS": "AROAEXAMPLEDELETED1"}"#);
    // A role whose id nobody told may be the one that is meant (R30).
    let all = r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}"#;
    let untold = World::new().role("1/reader", &deleted, "").role("1/other", "", all);
    assert!(
        untold.ways("1/reader").contains(&"1/other > 1/reader ?".to_owned()),
        "{:?}",
        untold.ways("1/reader")
    );
    let world = World::new().role_with("1/reader", &deleted, "", "id = \"AROAEXAMPLEPRESENT1\"");
    assert!(world.ways("1/reader").is_empty());
    let question = TrustQuestion { role: Some("reader".to_owned()), ..TrustQuestion::default() };
    let map = ask::trust(&world.load().estate, &question).unwrap();
    assert!(map.notes[0].text.contains("AROAEXAMPLEDELETED1"), "{}", map.notes[0].text);
}

const KEY: &str = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>
#[test]
fn who_decrypts_names_roles_those_who_become_them_and_the_rest() {
    let statement = |principal: &str| {
        document(&format!(
            r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "kms:Decrypt", "Resource": "*"}}"#
        ))
    };
    let world = |principal: &str| {
        let table = format!("[[key]]\narn = \"{KEY}\"\npolicy = \"key.json\"\ngrants = \"none\"\n");
        World::new()
            .user("1/ann", ASSUME_ANY)
            .role(
                "1/reader",
                &trusts(r#"{"AWS": "arn:aws:iam::111111111111:user/ann"}"#),
                &may("kms:Decrypt", KEY),
            )
            .role("1/other", &trusts(r#"{"Service": "ec2.amazonaws.com"}"#), &may("kms:Encrypt", "*"))
            .role("2/local", &trusts(r#"{"Service": "ec2.amazonaws.com"}"#), &may("kms:*", "*"))
            .with(&table, &[("key.json", &statement(principal))])
    };
    // A key policy that names a role of another account needs that account's own say too (R66).
    let named = world(r#"{"AWS": "arn:aws:iam::111111111111:role/reader"}"#).who("kms:Decrypt", KEY);
    assert_eq!(named, [format!("1/ann > 1/reader > {KEY}"), format!("1/reader > {KEY}")]);
    // The account of the key delegates to its own policies (R67).
    let own = world(r#"{"AWS": "222222222222"}"#).who("kms:Decrypt", KEY);
    assert_eq!(
        own,
        [
            format!("2/local > {KEY}"),
            format!("{UNNAMED_2} > {KEY} ?"),
            format!("service:ec2.amazonaws.com > 2/local > {KEY}"),
        ]
    );
    // Everyone: in the own account without any policy of theirs, elsewhere with one.
    let all = world(r#""*""#).who("kms:Decrypt", KEY);
    assert!(all.contains(&format!("{UNNAMED_2} > {KEY}")) || all.contains(&format!("{UNNAMED_2} > {KEY} ?")));
    assert!(all.contains(&format!("any-account > {KEY} ?")), "{all:?}");
    assert!(all.contains(&format!("1/reader > {KEY}")), "{all:?}");
    assert!(!all.iter().any(|way| way.starts_with("1/other")), "{all:?}");
}

/// Its policy lets in whoever calls S3 in its account, without any policy of theirs (R91).
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html>
#[test]
fn who_decrypts_under_an_aws_managed_key() {
    let table =
        format!("[[key]]\narn = \"{KEY}\"\nmanager = \"aws\"\npolicy = \"default\"\ngrants = \"none\"\n");
    let world = World::new().role("2/reader", "", "").role("1/reader", "", "").with(&table, &[]);
    let question =
        |via: &str| WhoQuestion { circumstances: told("kms:ViaService", via), direct: true, ..decrypt() };
    let of = |via: &str| shown(&ask::who(&world.load().estate, &question(via)).unwrap());
    let reader = format!("2/reader > {KEY}");
    assert!(of("s3.us-east-1.amazonaws.com").contains(&reader));
    assert!(!of("s3.us-east-1.amazonaws.com").iter().any(|way| way.starts_with("1/reader")));
    assert!(!of("dynamodb.us-east-1.amazonaws.com").contains(&reader));
}

/// A pair of the encryption context that is told is among its keys; nobody told that S3 made it.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>
#[test]
fn told_pairs_of_the_encryption_context_are_among_its_keys() {
    let key = |name: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": {{"ForAnyValue:StringEquals": {{"kms:EncryptionContextKeys": "{name}"}}}}}}"#
        )
    };
    let table = format!("[[key]]\narn = \"{KEY}\"\npolicy = \"default\"\ngrants = \"none\"\n");
    let of = |name: &str| {
        let mut circumstances = told("kms:ViaService", "dynamodb.us-east-1.amazonaws.com");
        circumstances.context.extend(told("kms:EncryptionContext:table", "a").context);
        let question = WhoQuestion { circumstances, direct: true, ..decrypt() };
        let world = World::new().role("2/reader", "", &key(name)).with(&table, &[]);
        let ways = shown(&ask::who(&world.load().estate, &question).unwrap());
        ways.into_iter().find(|way| way.starts_with("2/reader"))
    };
    assert_eq!(of("table"), Some(format!("2/reader > {KEY}")));
    assert_eq!(of("aws:s3:arn"), Some(format!("2/reader > {KEY} ?")));
}

/// What is told of a VPC endpoint holds in the requests to STS, too.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
#[test]
fn an_endpoint_lies_in_one_vpc() {
    let ways = |vpc: &str| {
        let condition =
            format!(r#"{{"StringEquals": {{"aws:SourceVpce": "vpce-1", "aws:SourceVpc": "{vpc}"}}}}"#);
        let trust = trusts_if(r#"{"AWS": "arn:aws:iam::111111111111:user/ann"}"#, &condition);
        let table = "[[endpoint]]\nid = \"vpce-1\"\nvpc = \"vpc-1\"\n";
        World::new().user("1/ann", "").role("1/worker", &trust, "").with(table, &[]).ways("1/worker")
    };
    assert_eq!(ways("vpc-1"), ["1/ann > 1/worker ?"]);
    assert!(ways("vpc-2").is_empty());
}

/// A context key by hand.
fn told(key: &str, value: &str) -> ask::Circumstances {
    let given = ask::Given::Values(vec![value.to_owned()]);
    ask::Circumstances {
        context: vec![(decryptable::name::ConditionKey::new(key), given)],
        ..ask::Circumstances::default()
    }
}

/// Who can decrypt under the key?
fn decrypt() -> WhoQuestion {
    WhoQuestion {
        what: WhoDoes::Action { action: "kms:Decrypt".to_owned(), resource: KEY.to_owned() },
        ways_of_one: 1,
        direct: false,
        escalation: false,
        circumstances: ask::Circumstances::default(),
        strict: false,
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>
#[test]
fn who_reads_needs_both_legs() {
    let bucket = "[[bucket]]\nname = \"lake\"\naccount = \"222222222222\"\nregion = \"us-east-1\"\npolicy = \"none\"\nownership = \"BucketOwnerEnforced\"\npublic_access_block = { restrict_public_buckets = true }\n";
    let table = format!(
        "{bucket}[[key]]\narn = \"{KEY}\"\npolicy = \"default\"\nstate = \"Enabled\"\ngrants = \"none\"\n[[object]]\nuri = \"s3://lake/*\"\nencryption = {{ type = \"aws:kms\", key = \"{KEY}\", bucket_key = false }}\nowner = \"222222222222\"\n"
    );
    let both = format!("{}, {}", may("s3:GetObject", "arn:aws:s3:::lake/*"), may("kms:Decrypt", KEY));
    let world = World::new()
        .role("2/reader", &trusts(r#"{"Service": "ec2.amazonaws.com"}"#), &both)
        .role(
            "2/half",
            &trusts(r#"{"Service": "ec2.amazonaws.com"}"#),
            &may("s3:GetObject", "arn:aws:s3:::lake/*"),
        )
        .user("2/ann", &both)
        .with(&table, &[]);
    let object = "s3://lake/a";
    assert_eq!(
        world.readers(object),
        [
            format!("2/ann > {object}"),
            format!("2/reader > {object}"),
            format!("{UNNAMED_2} > {object} ?"),
            format!("service:ec2.amazonaws.com > 2/reader > {object}"),
        ]
    );
}

const EC2: &str = r#"{"Service": "ec2.amazonaws.com"}"#;
const RUN: &str = r#"{"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*"}"#;

fn pass(resource: &str, service: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "{resource}", "Condition": {{"StringEquals": {{"iam:PassedToService": "{service}"}}}}}}"#
    )
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>
#[test]
fn a_role_is_passed_to_a_service_it_trusts() {
    const READER: &str = "arn:aws:iam::111111111111:role/reader";
    let world =
        |own: &str| World::new().user("1/ann", own).role("1/reader", &trusts(EC2), "").could("1/reader");
    let both = |resource: &str, service: &str| format!("{}, {RUN}", pass(resource, service));
    let taken = ["1/ann > 1/reader by pass-role-ec2"];
    assert_eq!(world(&both(READER, "ec2.amazonaws.com")), taken);
    assert_eq!(world(&both("*", "ec2.amazonaws.com")), taken);
    // Every part is needed (R128).
    for closed in [
        both(READER, "lambda.amazonaws.com"),
        both("arn:aws:iam::111111111111:role/other", "ec2.amazonaws.com"),
        pass(READER, "ec2.amazonaws.com"),
        RUN.to_owned(),
        format!(
            r#"{}, {{"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}}"#,
            both(READER, "ec2.amazonaws.com")
        ),
    ] {
        assert!(world(&closed).is_empty(), "{closed}");
    }
    // The role must trust the service, and be in the same account.
    let own = both("*", "ec2.amazonaws.com");
    let lambda = trusts(r#"{"Service": "lambda.amazonaws.com"}"#);
    assert!(World::new().user("1/ann", &own).role("1/reader", &lambda, "").could("1/reader").is_empty());
    assert!(World::new().user("2/ann", &own).role("1/reader", &trusts(EC2), "").could("1/reader").is_empty());
    // Only instances of some names: it depends on the name.
    let named = r#"{"Effect": "Allow", "Action": "lambda:*", "Resource": "arn:aws:lambda:*:111111111111:function:etl-*"}"#;
    let own = format!("{}, {named}", pass("*", "lambda.amazonaws.com"));
    let could = World::new().user("1/ann", &own).role("1/reader", &lambda, "").could("1/reader");
    assert_eq!(could, ["1/ann > 1/reader ? by pass-role-lambda"]);
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>
#[test]
fn roles_are_passed_to_services_that_few_people_think_of() {
    let services = [
        ("tasks.apprunner", "pass-role-app-runner", "apprunner:CreateService"),
        (
            "ec2",
            "pass-role-auto-scaling",
            "autoscaling:CreateLaunchConfiguration autoscaling:CreateAutoScalingGroup",
        ),
        ("ecs-tasks", "pass-role-batch", "batch:RegisterJobDefinition batch:SubmitJob"),
        ("braket", "pass-role-braket", "braket:CreateJob"),
        (
            "cloudformation",
            "pass-role-change-set",
            "cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet",
        ),
        (
            "bedrock-agentcore",
            "pass-role-code-interpreter",
            "bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter",
        ),
        ("codebuild", "pass-role-codebuild-update", "codebuild:UpdateProject codebuild:StartBuild"),
        ("ec2", "pass-role-ec2-spot", "ec2:RequestSpotInstances"),
        ("ecs-tasks", "pass-role-ecs-service", "ecs:RegisterTaskDefinition ecs:CreateService"),
        ("ecs-tasks", "pass-role-ecs-start", "ecs:RegisterTaskDefinition ecs:StartTask"),
        (
            "gamelift",
            "pass-role-gamelift",
            "gamelift:CreateBuild gamelift:RequestUploadCredentials gamelift:CreateFleet",
        ),
        ("glue", "pass-role-glue-endpoint", "glue:CreateDevEndpoint"),
        ("sagemaker", "pass-role-sagemaker-processing", "sagemaker:CreateProcessingJob"),
        ("ssm", "pass-role-ssm-automation", "ssm:StartAutomationExecution"),
        (
            "cloudformation",
            "pass-role-stack-set",
            "cloudformation:CreateStackSet cloudformation:CreateStackInstances",
        ),
    ];
    for (service, path, actions) in services {
        let trust = trusts(&format!(r#"{{"Service": "{service}.amazonaws.com"}}"#));
        let could = |actions: &[&str]| {
            let own = format!(r#"{{"Effect": "Allow", "Action": {actions:?}, "Resource": "*"}}"#);
            World::new().user("1/ann", &own).role("1/reader", &trust, "").could("1/reader")
        };
        let mut all: Vec<&str> = actions.split(' ').chain(["iam:PassRole"]).collect();
        assert_eq!(could(&all), [format!("1/ann > 1/reader by {path}")]);
        all.pop();
        assert!(could(&all).is_empty(), "{path}");
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principaltag>
#[test]
fn one_session_makes_all_calls_of_a_takeover() {
    let if_tag = |action: &str, value: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*", "Condition": {{"StringEquals": {{"aws:PrincipalTag/team": "{value}"}}}}}}"#
        )
    };
    // The tags of ann were not told, and they are the same in both calls.
    let world = |second: &str| {
        let own = format!("{}, {}", if_tag("iam:PassRole", "a"), if_tag("ec2:RunInstances", second));
        World::new().user("1/ann", &own).role("1/reader", &trusts(EC2), "").could("1/reader")
    };
    assert_eq!(world("a"), ["1/ann > 1/reader ? by pass-role-ec2"]);
    assert!(world("b").is_empty());
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html>
#[test]
fn trust_policies_users_and_workloads_are_taken_over() {
    let trust = format!(
        "{}, {}",
        may("iam:UpdateAssumeRolePolicy", "arn:aws:iam::111111111111:role/*"),
        may("sts:AssumeRole", "*")
    );
    let world = World::new().user("1/ann", &trust).role("1/reader", &trusts(EC2), "");
    assert_eq!(world.could("1/reader"), ["1/ann > 1/reader by trust-policy"]);
    // Service-linked roles belong to their service (R86).
    let linked = World::new().user("1/ann", &trust).role(
        "1/aws-service-role/ec2.amazonaws.com/reader",
        &trusts(EC2),
        "",
    );
    assert!(linked.could("1/aws-service-role/ec2.amazonaws.com/reader").is_empty());
    // A user who may assume the role, and somebody who may become that user.
    let ann = r#"{"AWS": "arn:aws:iam::111111111111:user/ann"}"#;
    let world = World::new()
        .user("1/ann", "")
        .user("1/bob", &may("iam:CreateAccessKey", "arn:aws:iam::111111111111:user/ann"))
        .role("1/reader", &trusts(ann), "");
    assert_eq!(world.could("1/reader"), ["1/bob > 1/ann > 1/reader by access-key-of-user"]);
    // A function that runs with the role.
    let function = "arn:aws:lambda:us-east-1:111111111111:function:etl";
    let table = format!(
        "[[workload]]\nservice = \"lambda.amazonaws.com\"\nname = \"{function}\"\nrole = \"arn:aws:iam::111111111111:role/reader\"\n"
    );
    let lambda = trusts(r#"{"Service": "lambda.amazonaws.com"}"#);
    let world = |resource: &str| {
        World::new()
            .user("1/ann", &may("lambda:UpdateFunctionCode", resource))
            .role("1/reader", &lambda, "")
            .with(&table, &[])
            .could("1/reader")
    };
    assert_eq!(world(function), ["1/ann > 1/reader by change-function-code"]);
    assert!(world(&format!("{function}-2")).is_empty());
    // Who can today needs no takeover.
    let world = World::new().user("1/ann", r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#).role(
        "1/reader",
        &trusts(ann),
        "",
    );
    assert!(world.could("1/reader").is_empty());
}

const OBJECT: &str = "s3://lake/a";
const READ: &str = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}"#;

/// A bucket and a key of account 2, with what their policies say.
fn lake(world: World, bucket: &str, key: &str) -> World {
    let told = |text: &str, file: &str| match text {
        "" => "none".to_owned(),
        "default" => "default".to_owned(),
        _ => file.to_owned(),
    };
    let table = format!(
        "[[bucket]]\nname = \"lake\"\naccount = \"222222222222\"\nregion = \"us-east-1\"\npolicy = \"{}\"\nownership = \"BucketOwnerEnforced\"\npublic_access_block = {{ restrict_public_buckets = true }}\n[[key]]\narn = \"{KEY}\"\npolicy = \"{}\"\nstate = \"Enabled\"\ngrants = \"none\"\ntags = {{}}\naliases = []\n[[object]]\nuri = \"s3://lake/*\"\nencryption = {{ type = \"aws:kms\", key = \"{KEY}\", bucket_key = false }}\nowner = \"222222222222\"\n",
        told(bucket, "bucket.json"),
        told(key, "key.json"),
    );
    let files = [("bucket.json", document(bucket)), ("key.json", document(key))];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    world.with(&table, &files)
}

fn key_lets(principal: &str, action: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": "{action}", "Resource": "*"{condition}}}"#
    )
}

/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>
#[test]
fn a_key_policy_is_rewritten_by_those_who_may() {
    const ANN: &str = "arn:aws:iam::222222222222:user/ann";
    let both = |more: &str| format!("{READ}, {}", may(more, KEY));
    let root = key_lets("arn:aws:iam::222222222222:root", "kms:PutKeyPolicy", "");
    let could = |own: &str, key: &str| lake(World::new().user("2/ann", own), "", key).could_read(OBJECT);
    let rewritten = [format!("2/ann > {OBJECT} by key-policy")];
    assert_eq!(could(&both("kms:PutKeyPolicy"), &root), rewritten);
    assert_eq!(could(READ, &key_lets(ANN, "kms:PutKeyPolicy", "")), rewritten);
    // The S3 leg is not opened by a key policy, nor is the change allowed by one side of KMS alone (R67).
    assert!(could(&may("kms:PutKeyPolicy", KEY), &root).is_empty());
    assert!(could(READ, &root).is_empty());
    // A denial of the user's own stays.
    let denied = format!(
        r#"{}, {{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}}"#,
        both("kms:PutKeyPolicy")
    );
    assert!(could(&denied, &root).is_empty());
    // PutKeyPolicy works in the key's own account only.
    let foreign = lake(
        World::new().user("1/ann", &both("kms:PutKeyPolicy")),
        r#"{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}"#,
        &key_lets("arn:aws:iam::111111111111:root", "kms:PutKeyPolicy", ""),
    );
    assert!(foreign.could_read(OBJECT).is_empty());
}

/// <https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-authorization.html>
#[test]
fn grants_open_a_key_unless_narrowed() {
    const ANN: &str = "arn:aws:iam::222222222222:user/ann";
    let could = |condition: &str| {
        let condition = match condition {
            "" => String::new(),
            condition => format!(r#", "Condition": {condition}"#),
        };
        let key = key_lets(ANN, "kms:CreateGrant", &condition);
        lake(World::new().user("2/ann", READ), "", &key).could_read(OBJECT)
    };
    let granted = [format!("2/ann > {OBJECT} by grant-of-key")];
    assert_eq!(could(""), granted);
    assert_eq!(
        could(r#"{"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt", "Encrypt"]}}"#),
        granted
    );
    assert_eq!(could(&format!(r#"{{"StringEquals": {{"kms:GranteePrincipal": "{ANN}"}}}}"#)), granted);
    // Only for services of AWS, only for others, only to encrypt, only through another service.
    for narrowed in [
        r#"{"Bool": {"kms:GrantIsForAWSResource": "true"}}"#,
        r#"{"StringEquals": {"kms:GranteePrincipal": "arn:aws:iam::222222222222:role/other"}}"#,
        r#"{"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt"]}}"#,
        r#"{"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}}"#,
        r#"{"StringEquals": {"kms:GrantConstraintType": "EncryptionContextEquals"}}"#,
    ] {
        assert!(could(narrowed).is_empty(), "{narrowed}");
    }
    // From another account, where both sides let it (R84).
    let own = format!("{READ}, {}", may("kms:CreateGrant", KEY));
    let foreign = |own: &str| {
        lake(
            World::new().user("1/ann", own),
            r#"{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}"#,
            &key_lets("arn:aws:iam::111111111111:root", "kms:CreateGrant", ""),
        )
        .could_read(OBJECT)
    };
    assert_eq!(foreign(&own), [format!("1/ann > {OBJECT} by grant-of-key")]);
    assert!(foreign(READ).is_empty());
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>,
/// <https://docs.aws.amazon.com/kms/latest/developerguide/abac.html>
#[test]
fn bucket_policies_and_tags_are_changed_by_those_who_may() {
    const LAKE: &str = "arn:aws:s3:::lake";
    let could =
        |own: &str, bucket: &str| lake(World::new().user("2/ann", own), bucket, "default").could_read(OBJECT);
    let decrypt = may("kms:Decrypt", KEY);
    let put = format!("{decrypt}, {}", may("s3:PutBucketPolicy", LAKE));
    assert_eq!(could(&put, ""), [format!("2/ann > {OBJECT} by bucket-policy")]);
    assert!(could(&may("s3:PutBucketPolicy", LAKE), "").is_empty(), "nothing opens the key");
    // Deleting a policy that keeps somebody out.
    let deny = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}"#;
    let delete = format!("{READ}, {decrypt}, {}", may("s3:DeleteBucketPolicy", LAKE));
    assert_eq!(could(&delete, deny), [format!("2/ann > {OBJECT} by bucket-policy-deleted")]);
    let without = format!("{READ}, {}", may("s3:DeleteBucketPolicy", LAKE));
    assert!(could(&without, deny).is_empty());
    // A tag that a policy asks for.
    let tagged = r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "lake"}}}"#;
    let own = format!("{READ}, {tagged}, {}", may("kms:TagResource", KEY));
    assert_eq!(could(&own, ""), [format!("2/ann > {OBJECT} ? by tags-of-key")]);
    assert!(could(&format!("{READ}, {tagged}"), "").is_empty());
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
#[test]
fn policies_of_identities_are_changed_by_those_who_may() {
    const OWN: &str = "arn:aws:iam::222222222222:role/worker";
    let could = |own: &str| lake(World::new().role("2/worker", &trusts(EC2), own), "", "default");
    let by = |how: &str| {
        vec![
            format!("2/worker > {OBJECT} by {how}"),
            format!("service:ec2.amazonaws.com > 2/worker > {OBJECT} by {how}"),
        ]
    };
    assert_eq!(could(&may("iam:PutRolePolicy", OWN)).could_read(OBJECT), by("policy-of-role"));
    assert_eq!(could(&may("iam:AttachRolePolicy", OWN)).could_read(OBJECT), by("policy-attached-to-role"));
    assert!(
        could(&may("iam:PutRolePolicy", "arn:aws:iam::222222222222:role/other"))
            .could_read(OBJECT)
            .is_empty()
    );
    // Only some policies can be attached: it depends on which.
    let some = format!(
        r#"{{"Effect": "Allow", "Action": "iam:AttachRolePolicy", "Resource": "{OWN}", "Condition": {{"ArnLike": {{"iam:PolicyARN": "arn:aws:iam::aws:policy/Amazon*"}}}}}}"#
    );
    let open: Vec<String> =
        by("policy-attached-to-role").iter().map(|way| way.replace(" by", " ? by")).collect();
    assert_eq!(could(&some).could_read(OBJECT), open);
    // A denial stays with a policy more, and goes with the policy that holds it, if that is an inline one.
    let deny = r#"{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}"#;
    let all = format!("{READ}, {}", may("kms:Decrypt", "*"));
    assert!(
        could(&format!("{all}, {deny}, {}", may("iam:PutRolePolicy", OWN))).could_read(OBJECT).is_empty()
    );
    // Another role's policies help whoever can become that role.
    let ann = r#"{"AWS": "arn:aws:iam::222222222222:user/ann"}"#;
    let world = |trust: &str| {
        let own = may("iam:PutRolePolicy", OWN);
        lake(World::new().user("2/ann", &own).role("2/worker", &trusts(trust), ""), "", "default")
            .could_read(OBJECT)
    };
    assert_eq!(world(ann), [format!("2/ann > {OBJECT} by policy-of-role")]);
    assert!(world(EC2).is_empty());
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePermissionsBoundary.html>
#[test]
fn a_boundary_is_removed_by_those_who_may() {
    let own = format!(
        "{READ}, {}, {}",
        may("kms:Decrypt", "*"),
        may("iam:DeleteRolePermissionsBoundary", "arn:aws:iam::222222222222:role/worker")
    );
    let could = |boundary: &str| {
        let files = [
            ("own.json", document(&own)),
            ("trust.json", document(&trusts(EC2))),
            ("boundary.json", document(boundary)),
        ];
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let table = "[[role]]\narn = \"arn:aws:iam::222222222222:role/worker\"\ntrust = \"trust.json\"\npolicies = [\"own.json\"]\nboundary = \"boundary.json\"\n";
        let ways = lake(World::new().with(table, &files), "", "default").could_read(OBJECT);
        ways.into_iter().next()
    };
    let removed = format!("2/worker > {OBJECT} by boundary-of-role");
    let iam = r#"{"Effect": "Allow", "Action": ["iam:*", "s3:*"], "Resource": "*"}"#;
    assert_eq!(could(iam), Some(removed));
    // A boundary that does not let itself be removed.
    assert_eq!(could(READ), None);
}

#[test]
fn every_takeover_is_in_order_and_described() {
    let ids: Vec<&str> = decryptable::trust::escalation::ALL.iter().map(|recipe| recipe.id).collect();
    assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/trust.md")).unwrap();
    for id in ids {
        let family = if id.starts_with("pass-role-") { "pass-role-…" } else { id };
        assert!(page.contains(&format!("`{family}`")), "docs/trust.md does not tell of {id}");
    }
}

/// The printed answer to a command line.
fn printed(world: &World, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in &world.files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    std::fs::write(folder.path().join("decryptable.toml"), &world.manifest).unwrap();
    let output = crate::binary::run(folder.path(), arguments, "");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    text
}

#[test]
fn all_leaves_nothing_out() {
    let mut world = World::new();
    let mut let_in = Vec::new();
    for at in 0..25 {
        world = world.user(&format!("1/user-{at:02}"), "");
        if at == 0 {
            continue;
        }
        let_in.push(format!("\"arn:aws:iam::111111111111:user/user-{at:02}\""));
    }
    // Seven ways of the first one.
    let mut through = Vec::new();
    for at in 0..7 {
        let first = r#"{"AWS": "arn:aws:iam::111111111111:user/user-00"}"#;
        world = world.role(&format!("1/step-{at}"), &trusts(first), "");
        through.push(format!("\"arn:aws:iam::111111111111:role/step-{at}\""));
    }
    let_in.extend(through);
    let world = world.role("1/reader", &trusts(&format!("{{\"AWS\": [{}]}}", let_in.join(", "))), "");
    let short = printed(&world, &["trust", "reader"]);
    assert!(short.contains("32 principals can assume reader"), "{short}");
    assert!(short.contains("… and 12 more (--all shows all)"), "{short}");
    let all = printed(&world, &["trust", "reader", "--all"]);
    assert!(all.contains("32 principals can assume reader"), "{all}");
    assert!(!all.contains("more (--all") && !all.contains("more ways"), "{all}");
    for at in 0..25 {
        assert!(all.contains(&format!("user/user-{at:02} ")), "{at}: {all}");
    }
    for at in 0..7 {
        assert!(all.contains(&format!("AssumeRole → step-{at} (111111111111)")), "{at}: {all}");
    }
}

#[test]
fn an_account_has_one_lane() {
    let provider = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";
    let web = format!(
        r#"{{"Effect": "Allow", "Principal": {{"Federated": "{provider}"}}, "Action": "sts:AssumeRoleWithWebIdentity"}}"#
    );
    let world = World::new()
        .role("1/deploy", &web, ASSUME_ANY)
        .role("1/job", &trusts(r#"{"Service": "lambda.amazonaws.com"}"#), ASSUME_ANY)
        .user("1/ann", ASSUME_ANY)
        .role("2/target", &trusts(r#"{"AWS": "111111111111"}"#), "");
    let text = printed(&world, &["trust", "target", "--format", "mermaid"]);
    assert_eq!(text.matches("account 111111111111 ·").count(), 1, "{text}");
    assert_eq!(text.matches("account 222222222222 ·").count(), 1, "{text}");
    let (_, outside) = text.split_once("subgraph").unwrap();
    assert!(outside.contains("outside the organization"), "{text}");
}

#[test]
fn takeovers_of_every_role_and_user() {
    let world = World::new()
        .user("1/admin", &format!("{}, {ASSUME_ANY}", may("iam:UpdateAssumeRolePolicy", "*")))
        .user("1/keys", &may("iam:CreateAccessKey", "*"))
        .role("1/target", &trusts(r#"{"Service": "ec2.amazonaws.com"}"#), "");
    let question = TrustQuestion { escalation: true, ..TrustQuestion::default() };
    let found = changing(ask::trust(&world.load().estate, &question).unwrap());
    assert_eq!(found, ["1/admin > 1/target by trust-policy", "1/keys > 1/admin by access-key-of-user"]);
    let text = printed(&world, &["trust", "--could"]);
    assert!(text.contains("Could be taken over"), "{text}");
}
