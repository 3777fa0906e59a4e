//! Who can become a role, and who can read: ways over several roles, what goes on from session to session, and open
//! principals. The expected ways are written from the pages that each test names.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

mod takeovers;

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
