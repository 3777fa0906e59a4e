//! The same few reports in every format.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests may fail loudly, their helpers too"
)]

use decryptable::ask::{
    Advice, Answer, Assumption, Block, Change, ConditionLine, Denial, Difference, Evidence, Exactness, Fix,
    GateReading, GateVerdict, Leg, Subject, Verdict, Witness,
};
use decryptable::diagnostic::{Code, Diagnostic, Label, Severity};
use decryptable::estate::ObjectUri;
use decryptable::eval::Gate;
use decryptable::finding::{Checked, Report, Suppressed, SuppressedBy};
use decryptable::json;
use decryptable::logic::{Unknown, UnknownKind};
use decryptable::policy::Effect;
use decryptable::report::{self, Draws, Shape, Style};
use decryptable::source::{OffsetMap, Origin, SourceId, SourceMap, Span};

const ROLE: &str = "arn:aws:iam::111111111111:role/IAM_CLUSTER";
const KEY: &str = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const OBJECT: &str = "arn:aws:s3:::lake/curated/day=1/part-0.parquet";

const IDENTITY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ReadLake",
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::lake/*"
    },
    {
      "Sid": "DecryptLake",
      "Effect": "Allow",
      "Action": "kms:Decrypt",
      "Resource": "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    }
  ]
}
"#;

const BUCKET: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Workers",
      "Effect": "Allow",
      "Principal": { "AWS": "arn:aws:iam::111111111111:root" },
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::lake/*"
    },
    {
      "Sid": "Perimeter",
      "Effect": "Deny",
      "Principal": "*",
      "Action": "s3:*",
      "Resource": ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"],
      "Condition": {
        "StringNotEquals": {
          "aws:SourceVpce": ["vpce-0a1b", "vpce-0c2d"]
        }
      }
    }
  ]
}
"#;

const KEY_POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Id": "lake-key",
  "Statement": [
    {
      "Sid": "IAM policies of the owning account decide",
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::222222222222:root"
      },
      "Action": "kms:*",
      "Resource": "*"
    }
  ]
}
"#;

/// As Terraform writes it: everything in one line, the policy a string.
const PLAN: &str = r#"{"resource_changes":[{"address":"aws_kms_key_policy.lake","change":{"after":{"policy":"{\"Statement\":[{\"Action\":\"kms:*\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::222222222222:root\"},\"Resource\":\"*\",\"Sid\":\"Owner\"},{\"Action\":\"kms:Decript\",\"Condition\":{\"StringNotEquals\":{\"kms:ViaService\":\"s3.us-east-1.amazonaws.com\"}},\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"*\"},\"Resource\":\"*\",\"Sid\":\"OnlyThroughS3\"}],\"Version\":\"2012-10-17\"}"}}}]}"#;

const MANIFEST: &str = r#"version = 1

[[expect]]
role = "arn:aws:iam::111111111111:role/IAM_CLUSTER"
read = "s3://lake/curated/day=1/part-0.parquet"
verdict = "allowed"

[[expect]]
role = "arn:aws:iam::111111111111:role/IAM_CLUSTER"
read = "s3://lake/landing/raw.csv"
verdict = "allowed"
"#;

/// A map of all sources, and the sources by name.
struct World {
    map: SourceMap,
    identity: SourceId,
    bucket: SourceId,
    key: SourceId,
    plan_policy: SourceId,
    manifest: SourceId,
}

fn world() -> World {
    let mut map = SourceMap::new();
    let identity = file(&mut map, "iam/cluster.json", IDENTITY);
    let bucket = file(&mut map, "s3/lake.json", BUCKET);
    let key = file(&mut map, "kms/lake.json", KEY_POLICY);
    let plan = file(&mut map, "plan.json", PLAN);
    let parsed = json::parse(plan, PLAN);
    let root = parsed.root.unwrap();
    let change = &root.get("resource_changes").unwrap().elements()[0];
    let policy = change.get("change").unwrap().get("after").unwrap().get("policy").unwrap();
    let embedding = json::embed(&mut map, policy, "aws_kms_key_policy.lake.policy").unwrap();
    let manifest = file(&mut map, "decryptable.toml", MANIFEST);
    World { map, identity, bucket, key, plan_policy: embedding.source, manifest }
}

fn file(map: &mut SourceMap, name: &str, text: &str) -> SourceId {
    map.add(name, text.into(), Origin::File { bytes: OffsetMap::identity() })
}

impl World {
    /// The first place where a source holds a text.
    fn find(&self, source: SourceId, text: &str) -> Span {
        let all = self.map.source_text(source).unwrap();
        let start = all.find(text).unwrap_or_else(|| panic!("{text} in {all:?}")) as u32;
        Span::new(source, start, start + text.len() as u32)
    }

    /// A statement of a policy.
    fn statement(&self, source: SourceId, index: usize) -> Span {
        let parsed = json::parse(source, self.map.source_text(source).unwrap());
        parsed.root.unwrap().get("Statement").unwrap().elements()[index].span
    }

    fn evidence(&self, source: SourceId, index: usize, effect: Effect, sid: &str) -> Evidence {
        Evidence {
            effect,
            span: self.statement(source, index),
            pointer: format!("/Statement/{index}"),
            sid: Some(sid.to_owned()),
            when: None,
        }
    }

    fn document(&self, source: SourceId) -> Span {
        Span::new(source, 0, self.map.source_text(source).unwrap().trim_end().len() as u32)
    }

    fn render(&self, format: &str, report: &Report, style: Style) -> String {
        let mut out = Vec::new();
        (report::find(format).unwrap().render)(report, &self.map, &style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }
}

fn reading(gate: Gate, verdict: GateVerdict, evidence: Vec<Evidence>) -> GateReading {
    GateReading {
        gate,
        verdict,
        denial: None,
        evidence,
        note: None,
        near: Vec::new(),
        exceptions: Vec::new(),
        is_silent: false,
        is_shut: false,
    }
}

fn closed(gate: Gate, note: &str) -> GateReading {
    let denial = Some(Denial::Implicit);
    GateReading {
        gate,
        verdict: GateVerdict::Denied,
        denial,
        evidence: Vec::new(),
        note: Some(note.to_owned()),
        near: Vec::new(),
        exceptions: Vec::new(),
        is_silent: true,
        is_shut: true,
    }
}

fn not_in_play(gate: Gate, note: &str) -> GateReading {
    let note = Some(note.to_owned()).filter(|note| !note.is_empty());
    let (verdict, evidence) = (GateVerdict::NotApplicable, Vec::new());
    GateReading {
        gate,
        verdict,
        denial: None,
        evidence,
        note,
        near: Vec::new(),
        exceptions: Vec::new(),
        is_silent: false,
        is_shut: false,
    }
}

fn leg(action: &str, resource: &str, verdict: Verdict, gates: Vec<GateReading>) -> Leg {
    Leg {
        action: action.into(),
        resource: resource.into(),
        verdict,
        denial: None,
        same_account: false,
        gates,
        on_behalf_of: None,
    }
}

fn line(operator: &str, key: &str, values: &[&str]) -> ConditionLine {
    ConditionLine {
        key: key.into(),
        operator: operator.into(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

fn assumption(what: &str, because: &str) -> Assumption {
    Assumption { what: what.into(), because: because.into(), fact: None }
}

fn answer(verdict: Verdict, reason: &str, legs: Vec<Leg>) -> Answer {
    Answer {
        subject: Subject::Read {
            role: ROLE.into(),
            object: ObjectUri { bucket: "lake".into(), key: "curated/day=1/part-0.parquet".into() },
            profile: "s3-read".into(),
        },
        verdict,
        denial: None,
        blocked_by: None,
        reason: reason.into(),
        legs,
        conditions: None,
        witness: Witness::default(),
        depends_on: Vec::new(),
        assumptions: Vec::new(),
        by_key: Vec::new(),
        fix: Vec::new(),
        advice: Vec::new(),
        as_default: None,
    }
}

fn s3_allowed(world: &World) -> Leg {
    leg(
        "s3:GetObject",
        OBJECT,
        Verdict::Allowed,
        vec![
            reading(
                Gate::Identity,
                GateVerdict::Allowed,
                vec![world.evidence(world.identity, 0, Effect::Allow, "ReadLake")],
            ),
            not_in_play(Gate::Boundary, ""),
            not_in_play(Gate::Session, "assumed none"),
            reading(
                Gate::Resource,
                GateVerdict::Allowed,
                vec![world.evidence(world.bucket, 0, Effect::Allow, "Workers")],
            ),
        ],
    )
}

fn kms_identity(world: &World) -> GateReading {
    reading(
        Gate::Identity,
        GateVerdict::Allowed,
        vec![world.evidence(world.identity, 1, Effect::Allow, "DecryptLake")],
    )
}

fn allowed(world: &World) -> Answer {
    let mut kms = leg(
        "kms:Decrypt",
        KEY,
        Verdict::Allowed,
        vec![
            kms_identity(world),
            not_in_play(Gate::Boundary, ""),
            reading(
                Gate::Resource,
                GateVerdict::Allowed,
                vec![world.evidence(
                    world.key,
                    0,
                    Effect::Allow,
                    "IAM policies of the owning account decide",
                )],
            ),
            not_in_play(Gate::Grant, "the key has none"),
        ],
    );
    kms.same_account = true;
    let legs = vec![s3_allowed(world), kms];
    let mut answer = answer(Verdict::Allowed, "Both requests pass every gate.", legs);
    answer.assumptions.push(assumption("no service control policies", "none were supplied for 111111111111"));
    answer.advice.push(Advice {
        action: "kms:ListKeys".into(),
        text: "the product's page asks for it; reading an object never calls it".into(),
    });
    answer
}

fn denied_implicit(world: &World) -> Answer {
    let mut kms = leg(
        "kms:Decrypt",
        KEY,
        Verdict::Denied,
        vec![
            closed(Gate::Identity, "no statement allows kms:Decrypt on the key"),
            not_in_play(Gate::Boundary, ""),
            not_in_play(Gate::Session, "assumed none"),
            closed(
                Gate::Resource,
                "the key policy speaks only to the account that owns the key, 222222222222",
            ),
            not_in_play(Gate::Grant, "the key has none"),
        ],
    );
    kms.denial = Some(Denial::Implicit);
    let reason = "The key belongs to another account, so both sides have to allow kms:Decrypt, and neither does: \
                  the role's policies do not name the key, and its key policy speaks only to 222222222222.";
    let mut answer = answer(Verdict::Denied, reason, vec![s3_allowed(world), kms]);
    answer.denial = Some(Denial::Implicit);
    answer.fix = vec![
        Fix {
            document: Some(world.document(world.identity)),
            document_name: "iam/cluster.json".into(),
            pointer: "/Statement".into(),
            change: Change::Add(serde_json::json!({
                "Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY,
            })),
            why: "the role's own policy must allow kms:Decrypt on the key".into(),
            gate: None,
            is_bound: false,
            after: None,
            leaves: Vec::new(),
            opens: None,
            compared: Vec::new(),
            covers_more: false,
        },
        Fix {
            document: Some(world.document(world.key)),
            document_name: "kms/lake.json".into(),
            pointer: "/Statement".into(),
            change: Change::Add(serde_json::json!({
                "Effect": "Allow", "Principal": { "AWS": ROLE }, "Action": "kms:Decrypt", "Resource": "*",
                "Condition": { "StringEquals": { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
            })),
            why: "the key policy must let the role in".into(),
            gate: None,
            is_bound: false,
            after: None,
            leaves: Vec::new(),
            opens: None,
            compared: Vec::new(),
            covers_more: false,
        },
    ];
    answer.assumptions.push(assumption("no service control policies", "none were supplied for 111111111111"));
    answer
}

fn denied_explicit(world: &World) -> Answer {
    let mut deny = world.evidence(world.plan_policy, 1, Effect::Deny, "OnlyThroughS3");
    deny.pointer = "/Statement/1".into();
    let mut gate = reading(Gate::Resource, GateVerdict::Denied, vec![deny]);
    gate.denial = Some(Denial::Explicit);
    let mut kms = leg("kms:Decrypt", KEY, Verdict::Denied, vec![kms_identity(world), gate]);
    kms.denial = Some(Denial::Explicit);
    let reason = "The key policy denies every use of the key that does not come through S3.";
    let mut answer = answer(Verdict::Denied, reason, vec![kms]);
    answer.denial = Some(Denial::Explicit);
    answer
}

fn conditional(world: &World) -> Answer {
    let vpce = line("StringNotEquals", "aws:SourceVpce", &["vpce-0a1b", "vpce-0c2d"]);
    let mut deny = world.evidence(world.bucket, 1, Effect::Deny, "Perimeter");
    deny.when = Some(vec![vec![vpce]]);
    let mut s3 = leg(
        "s3:GetObject",
        OBJECT,
        Verdict::Conditional,
        vec![
            reading(
                Gate::Identity,
                GateVerdict::Allowed,
                vec![world.evidence(world.identity, 0, Effect::Allow, "ReadLake")],
            ),
            reading(
                Gate::Resource,
                GateVerdict::Conditional,
                vec![world.evidence(world.bucket, 0, Effect::Allow, "Workers"), deny],
            ),
            not_in_play(Gate::PublicAccess, ""),
        ],
    );
    s3.gates[1].note = Some("the bucket is not public".into());
    let reason = "The bucket policy denies every read that does not come through one of two VPC endpoints.";
    let mut answer = answer(Verdict::Conditional, reason, vec![s3]);
    answer.conditions = Some(vec![
        vec![line("StringEquals", "aws:SourceVpce", &["vpce-0a1b", "vpce-0c2d"])],
        vec![line("Null", "aws:SourceVpce", &["true"]), line("Bool", "aws:ViaAWSService", &["true"])],
    ]);
    answer.witness = Witness {
        allowed: Some(vec![("aws:SourceVpce".into(), Some(vec!["vpce-0a1b".into()]))]),
        denied: Some(vec![
            ("aws:SourceVpce".into(), None),
            ("aws:ViaAWSService".into(), Some(vec!["false".into()])),
        ]),
    };
    let at = world.find(world.bucket, "\"aws:SourceVpce\"");
    answer.depends_on = vec![
        Unknown::new(UnknownKind::ContextKey, "aws:SourceVpce", "nobody said where the request comes from")
            .at(at),
        Unknown::new(
            UnknownKind::NotSupplied,
            "endpoint policy of vpce-0a1b",
            "a gateway endpoint may narrow what passes it",
        ),
    ];
    answer
}

fn blocked(world: &World) -> Answer {
    let mut answer = allowed(world);
    answer.verdict = Verdict::Blocked;
    answer.blocked_by = Some(Block::KeyState);
    answer.reason = "Every policy allows the read, but the key is disabled.".into();
    answer
}

fn unsupported() -> Answer {
    let reason =
        "The object is encrypted with a key that AWS never sees (SSE-C): no policy decides who can read it.";
    let mut answer = answer(Verdict::Unsupported, reason, Vec::new());
    answer.subject = Subject::Read {
        role: ROLE.into(),
        object: ObjectUri { bucket: "lake".into(), key: "client/x".into() },
        profile: "okera".into(),
    };
    answer
}

fn assume(world: &World) -> Answer {
    let mut trust = leg("sts:AssumeRole", ROLE, Verdict::Allowed, Vec::new());
    trust.same_account = true;
    let mut answer = answer(Verdict::Allowed, "The trust policy names the service.", vec![trust]);
    answer.subject = Subject::Assume { role: ROLE.into(), by: "service:ec2.amazonaws.com".into() };
    let evidence = world.evidence(world.identity, 0, Effect::Allow, "ReadLake");
    answer.legs[0].gates = vec![reading(Gate::Resource, GateVerdict::Allowed, vec![evidence])];
    answer
}

fn one(answer: Answer) -> Report {
    Report { answers: vec![Checked::asked(answer)], ..Report::default() }
}

fn problems(world: &mut World) -> Vec<Diagnostic> {
    let long = format!("{{\"Statement\": [], \"pad\": \"{}\", \"Effect\" \"Deny\"}}", "x".repeat(200_000));
    let long = file(&mut world.map, "long.json", &long);
    let hostile = file(
        &mut world.map,
        "hostile.json",
        "{\n\t\"Sid\": \"\u{1b}[2J\u{202e}evil\",\r\n\t\"Efect\": 1\r\n}\r\n",
    );
    let w = &*world;
    let action = Diagnostic::new(
        Code::InvalidAction,
        w.find(w.plan_policy, "\"kms:Decript\""),
        "`kms:Decript` is not an action of AWS KMS",
    )
    .level(Severity::Warning);
    let duplicate = Diagnostic::new(
        Code::DuplicateKey,
        w.find(w.bucket, "\"Sid\": \"Perimeter\""),
        "a statement cannot have two Sids",
    );
    vec![
        action.help("did you mean `kms:Decrypt`?"),
        duplicate.because(w.find(w.bucket, "\"Sid\": \"Workers\""), "first written here"),
        Diagnostic::new(Code::JsonSyntaxError, w.find(long, " \"Deny\""), "expected `:` behind the key")
            .help("every key of an object is followed by a colon and a value"),
        Diagnostic::new(
            Code::InvalidPolicyElement,
            w.find(hostile, "\"Efect\""),
            "a statement has no member `Efect`",
        )
        .because(w.find(w.key, "\"Effect\""), "other statements have `Effect`")
        .help("did you mean `Effect`?"),
        Diagnostic::placeless(Code::FileNotFound, "kms/lake-2.json does not exist")
            .help("paths are relative to decryptable.toml"),
    ]
}

fn findings(world: &World) -> Vec<Diagnostic> {
    let finding = Diagnostic::new(
        Code::EndpointKeyInKeyPolicy,
        world.find(world.bucket, "\"aws:SourceVpce\": [\"vpce-0a1b\", \"vpce-0c2d\"]"),
        "the perimeter has no exception for AWS services that read on behalf of the role",
    )
    .because(world.find(world.identity, "\"s3:GetObject\""), "the role that reads")
    .help("add \"BoolIfExists\": {\"aws:ViaAWSService\": \"false\"} beside it");
    vec![finding]
}

fn check(world: &World) -> Report {
    let row = |nth: usize| {
        let (start, _) = MANIFEST.match_indices("[[expect]]").nth(nth).unwrap();
        Some(Span::new(world.manifest, start as u32, start as u32 + 10))
    };
    let expect = |answer, nth| Checked {
        answer,
        expected: Some(Verdict::Allowed),
        row: row(nth),
        circumstances: String::new(),
        exactness: None,
    };
    Report {
        answers: vec![
            expect(allowed(world), 1),
            expect(denied_implicit(world), 0),
            expect(conditional(world), 1),
            expect(assume(world), 1),
        ],
        findings: findings(world),
        problems: Vec::new(),
        suppressed: vec![Suppressed {
            finding: Diagnostic::new(
                Code::AllowNotAction,
                world.find(world.identity, "\"s3:GetObject\""),
                "grants all but what it names",
            ),
            by: SuppressedBy::Manifest,
            reason: "INC-42".into(),
        }],
        diff: None,
        map: None,
        matrix: None,
        all_pairs: None,
        guessed: Vec::new(),
        rewritten: Vec::new(),
    }
}

fn style(width: usize, unicode: bool) -> Style {
    Style { width, unicode, shape: Shape::Answer, color: false, narrated: false, verbose: false }
}

/// All answers by name.
fn answers(world: &World) -> Vec<(&'static str, Answer)> {
    vec![
        ("allowed", allowed(world)),
        ("denied-implicit", denied_implicit(world)),
        ("denied-explicit", denied_explicit(world)),
        ("conditional", conditional(world)),
        ("blocked", blocked(world)),
        ("unsupported", unsupported()),
        ("assume", assume(world)),
    ]
}

/// For ears: nothing is drawn, and every word of the drawn report is there.
#[cfg(feature = "cli")]
#[test]
fn narrated_answers() {
    let world = world();
    for (name, answer) in answers(&world) {
        let report = one(answer);
        let text = world.render("narrated", &report, style(80, true));
        for sign in ['✓', '✗', '≈', '⚠', '☞', '·', '│', '─', '╭', '╰', '→', '\u{1b}'] {
            assert!(!text.contains(sign), "{sign} in {text}");
        }
        assert!(text.lines().all(|line| line == line.trim() && !line.contains("  ")), "{text}");
        // Neither the width nor the colours of a terminal make a difference to a voice.
        let coloured = Style { color: true, ..style(40, true) };
        assert_eq!(text, world.render("narrated", &report, coloured));
        insta::assert_snapshot!(format!("narrated-{name}"), text);
    }
}

#[cfg(feature = "cli")]
#[test]
fn human_answers() {
    let world = world();
    for (name, answer) in answers(&world) {
        let report = one(answer);
        insta::assert_snapshot!(
            format!("human-{name}-120"),
            world.render("human", &report, style(120, true))
        );
        insta::assert_snapshot!(
            format!("human-{name}-80-ascii"),
            world.render("human", &report, style(80, false))
        );
    }
}

#[cfg(feature = "cli")]
#[test]
fn human_check() {
    let mut world = world();
    let style = Style { shape: Shape::Check, ..style(100, true) };
    insta::assert_snapshot!("human-check", world.render("human", &check(&world), style));
    let report = Report { problems: problems(&mut world), ..Report::default() };
    insta::assert_snapshot!("human-problems", world.render("human", &report, style));
    let ascii = Style { unicode: false, width: 80, ..style };
    insta::assert_snapshot!("human-problems-80-ascii", world.render("human", &report, ascii));
    insta::assert_snapshot!("human-nothing", world.render("human", &Report::default(), style));
}

#[cfg(feature = "cli")]
#[test]
fn human_colors() {
    let world = world();
    let style = Style { color: true, ..style(100, true) };
    let colored = world.render("human", &one(denied_explicit(&world)), style);
    insta::assert_snapshot!("human-color", colored.replace('\u{1b}', "␛"));
}

#[test]
fn json_answers() {
    let world = world();
    for (name, answer) in answers(&world) {
        insta::assert_snapshot!(format!("json-{name}"), world.render("json", &one(answer), style(80, true)));
    }
}

#[test]
fn machine_checks() {
    let mut world = world();
    let report = Report { problems: problems(&mut world), ..check(&world) };
    for format in ["json", "jsonl"] {
        insta::assert_snapshot!(format!("{format}-check"), world.render(format, &report, Style::default()));
    }
    let answer = one(allowed(&world));
    insta::assert_snapshot!("jsonl-answer", world.render("jsonl", &answer, style(80, true)));
}

/// A row that names a condition says where the real one differs.
#[test]
fn a_condition_that_is_not_the_expected_one() {
    let world = world();
    let absent = vec![("aws:SourceVpce".to_owned(), None)];
    let untold = Unknown::new(UnknownKind::NotSupplied, "aws:PrincipalTag/team", "the tags are not known")
        .at(world.find(world.bucket, "\"aws:SourceVpce\""));
    let of = |wider, narrower| {
        let exactness = Exactness { wider, narrower, depends_on: vec![untold.clone()] };
        let expected = Some(Verdict::Conditional);
        let checked = Checked {
            answer: conditional(&world),
            expected,
            row: None,
            circumstances: String::new(),
            exactness: Some(exactness),
        };
        Report { answers: vec![checked], ..Report::default() }
    };
    let style = Style { shape: Shape::Check, ..style(80, true) };
    let differs = of(Difference::Shown(absent), Difference::Open);
    let json: serde_json::Value = serde_json::from_str(&world.render("json", &differs, style)).unwrap();
    let exactness = &json["answers"][0]["exactness"];
    assert_eq!((&exactness["fit"], &json["answers"][0]["holds"]), (&"differs".into(), &false.into()));
    assert_eq!(exactness["wider"], serde_json::json!({"aws:SourceVpce": null}));
    assert_eq!((&exactness["narrower"], &json["summary"]["failed"]), (&serde_json::Value::Null, &1.into()));
    assert_eq!(exactness["depends_on"][0]["at"]["document"], "s3/lake.json");
    let open = of(Difference::Open, Difference::None);
    let json: serde_json::Value = serde_json::from_str(&world.render("json", &open, style)).unwrap();
    assert_eq!(
        (&json["answers"][0]["exactness"]["fit"], &json["summary"]["conditional"]),
        (&"open".into(), &1.into())
    );
    #[cfg(feature = "cli")]
    {
        let lines = |report: &Report| {
            world.render("human", report, style).lines().take(5).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(
            lines(&differs),
            [
                "✗ FAILS  expected conditional",
                "  wider than expected  allowed, and should not be: aws:SourceVpce absent",
                "  not known  whether less is allowed than expected; it depends on",
                "    aws:PrincipalTag/team: the tags are not known (s3/lake.json:19:11)",
                "≈ CONDITIONAL  it depends whether IAM_CLUSTER can read s3://lake/curated/day=1/part-0.parquet",
            ]
        );
        assert_eq!(
            lines(&open)[..2],
            [
                "≈ OPEN  expected conditional",
                "  not known  whether more is allowed than expected; it depends on",
            ]
        );
    }
}

#[test]
fn every_line_is_json() {
    let mut world = world();
    let report = Report { problems: problems(&mut world), ..check(&world) };
    let lines = world.render("jsonl", &report, Style::default());
    let kinds: Vec<String> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].as_str().unwrap().to_owned()
        })
        .collect();
    let expected: Vec<&str> =
        [vec!["answer"; 4], vec!["finding"], vec!["problem"; 5], vec!["suppressed", "summary"]].concat();
    assert_eq!(kinds, expected);
}

#[test]
fn places_are_bytes_of_the_file() {
    let world = world();
    let json = world.render("json", &one(denied_explicit(&world)), style(80, true));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let evidence = &json["legs"][0]["gates"][1]["evidence"][0];
    assert_eq!(evidence["document"], "plan.json");
    let [start, end] = [0, 1].map(|i| evidence["bytes"][i].as_u64().unwrap() as usize);
    assert!(PLAN[start..end].starts_with(r#"{\"Action\":\"kms:Decript\""#), "{}", &PLAN[start..end]);
    assert!(PLAN[start..end].ends_with(r#"\"Sid\":\"OnlyThroughS3\"}"#));
}

#[test]
fn formats_are_sorted_and_the_same_twice() {
    assert!(report::ALL.is_sorted_by_key(|format| format.name));
    for format in report::ALL.iter().filter(|format| format.draws == Draws::Reports) {
        let render = || {
            let mut world = world();
            let report = Report { problems: problems(&mut world), ..check(&world) };
            world.render(format.name, &report, Style::default())
        };
        assert_eq!(render(), render(), "{}", format.name);
    }
}

/// miette breaks past column 65,535, and nobody reads that far.
#[cfg(feature = "cli")]
#[test]
fn no_line_is_endless() {
    let mut map = SourceMap::new();
    let texts = [
        "x".repeat(200_000),
        format!("{{\"a\": \"{}\"}}", "é".repeat(90_000)),
        format!("[{}1]", "1, ".repeat(60_000)),
        format!("{{\"{}\": [\"{}\"]}}", "k".repeat(3_000), "v".repeat(3_000)),
        format!("{}\n{}\n{}", "a".repeat(70_000), "b".repeat(10), "c".repeat(70_000)),
        "[".repeat(100_000),
    ];
    let mut problems = Vec::new();
    for text in &texts {
        let id = file(&mut map, "long.json", text);
        let len = text.len() as u32;
        for (start, end) in
            [(0, len), (0, 1), (len / 2, len / 2 + 9), (len - 1, len), (len, len), (len + 9, len + 99)]
        {
            let span = Span::new(id, start, end);
            problems.push(
                Diagnostic::new(Code::JsonSyntaxError, span, "here").because(Span::new(id, 5, 9), "and here"),
            );
        }
    }
    let report = Report { problems, ..Report::default() };
    let mut out = Vec::new();
    (report::find("human").unwrap().render)(&report, &map, &Style::default(), &mut out).unwrap();
    let longest = String::from_utf8(out).unwrap().lines().map(|line| line.chars().count()).max();
    assert!(longest.unwrap() < 1_000, "{longest:?}");
}

#[cfg(feature = "cli")]
mod hostile {
    use proptest::prelude::*;

    use super::*;

    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("{".to_owned()),
            Just("}".to_owned()),
            Just("\"Statement\": [".to_owned()),
            Just("\"Condition\": {\"Bool\": {\"a\": \"b\"}}".to_owned()),
            Just("]".to_owned()),
            Just(",".to_owned()),
            Just("\n".to_owned()),
            Just("\r\n".to_owned()),
            Just("\t".to_owned()),
            Just("\u{1b}[31m".to_owned()),
            Just("漢字".to_owned()),
            Just("e\u{301}".to_owned()),
            Just("\u{202e}".to_owned()),
            Just("x".repeat(300)),
            "\\PC{0,9}",
        ];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(crate::budget::config(256))]

        /// Whatever the text and wherever the finger points, something is drawn and the terminal is safe.
        #[test]
        fn nothing_breaks_the_drawing(
            text in text(),
            spans in prop::collection::vec((0u32..2_000, 0u32..300), 1..4),
            width in 0usize..200,
            unicode: bool,
        ) {
            let mut map = SourceMap::new();
            let id = file(&mut map, "any.json", &text);
            let mut spans = spans.into_iter().map(|(start, len)| Span::new(id, start, start + len));
            let first = spans.next().unwrap();
            let mut problem = Diagnostic::new(Code::JsonSyntaxError, first, format!("about {text}")).help(text.clone());
            problem.related = spans.map(|span| Label { span, text: text.clone() }).collect();
            let evidence = Evidence {
                effect: Effect::Deny, span: first, pointer: text.clone(), sid: Some(text.clone()), when: None,
            };
            let mut gate = reading(Gate::Resource, GateVerdict::Denied, vec![evidence]);
            gate.denial = Some(Denial::Explicit);
            let mut answer = answer(Verdict::Denied, &text, vec![leg("kms:Decrypt", &text, Verdict::Denied, vec![gate])]);
            answer.fix.push(Fix {
                document: Some(first),
                document_name: String::new(),
                pointer: "/Statement".into(),
                change: Change::Add(serde_json::json!({ "Action": [text.as_str()] })),
                why: text.clone(),
                gate: None,
            is_bound: false,
            after: None,
        leaves: Vec::new(),
                opens: None,
                compared: Vec::new(),
                covers_more: false,
            });
            let report = Report { problems: vec![problem], ..one(answer.clone()) };
            let style = Style { width, unicode, ..Style::default() };
            let mut out = Vec::new();
            (report::find("human").unwrap().render)(&report, &map, &style, &mut out).unwrap();
            let drawn = String::from_utf8(out).unwrap();
            prop_assert!(drawn.contains("error[json-syntax-error]:"));
            prop_assert!(!drawn.contains(['\u{1b}', '\u{202e}', '\r', '\t']), "{:?}", drawn);
            answer.denial = Some(Denial::Implicit);
            (report::find("human").unwrap().render)(&one(answer), &map, &style, &mut Vec::new()).unwrap();
        }
    }
}
