//! Configurations that would take all time or memory: each ends with an answer, or with a message that says why not.

use std::fmt::Write as _;
use std::fs;

use crate::binary;

const AROUND: &str = "provider \"aws\" {\n  region              = \"eu-west-1\"\n  allowed_account_ids = [\"123456789012\"]\n}\nresource \"aws_iam_role\" \"reader\" {\n  name               = \"reader\"\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [] })\n}\nresource \"aws_s3_bucket\" \"lake\" {\n  bucket = \"acme-lake\"\n}\n";

/// What is printed of a configuration that names a resource by an expression.
fn prints(resource: &str, files: &[(&str, &str)]) -> String {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    let text = format!(
        "{AROUND}resource \"aws_iam_role_policy\" \"p\" {{\n  role = \"reader\"\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"s3:GetObject\", Resource = {resource} }}] }})\n}}\n"
    );
    fs::write(dir.path().join("main.tf"), text).unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let line = ["can", "reader", "s3://acme-lake/a", "--input", ".", "--isolated"];
    let output = binary::run(dir.path(), &line, "");
    assert!(output.status.code().is_some(), "it was killed");
    let streams = [output.stdout, output.stderr].map(|stream| String::from_utf8_lossy(&stream).into_owned());
    streams.concat().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Local values, each made of the one before it.
fn chain(first: &str, next: impl Fn(usize) -> String, count: usize) -> String {
    let mut text = format!("locals {{\n  a0 = {first}\n");
    for index in 0..count {
        let _ = writeln!(text, "  a{} = {}", index + 1, next(index));
    }
    text + "}\n"
}

#[test]
fn loops_end() {
    for resource in [
        "[for i in range(1000000000) : i]",
        "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : \"${a}${b}${c}\"]]]",
        "[for p in setproduct(range(1000), range(1000), range(1000)) : join(\"\", p)]",
    ] {
        let out = prints(resource, &[]);
        assert!(out.contains("range") || out.contains("too many"), "{resource}: {out}");
    }
}

#[test]
fn texts_that_double_are_not_followed() {
    let twice = chain("\"xxxxxxxx\"", |index| format!("\"${{local.a{index}}}${{local.a{index}}}\""), 60);
    let out = prints("local.a60", &[("locals.tf", &twice)]);
    assert!(out.contains("CONDITIONAL"), "{out}");
    let longer =
        chain("\"aaaaaaaa\"", |index| format!("replace(local.a{index}, \"a\", \"aaaaaaaaaaaaaaaa\")"), 10);
    let out = prints("local.a10", &[("locals.tf", &longer)]);
    assert!(out.contains("CONDITIONAL"), "{out}");
    let lists = chain("[\"x\"]", |index| format!("concat(local.a{index}, local.a{index})"), 60);
    let out = prints("local.a60", &[("locals.tf", &lists)]);
    assert!(out.contains("CONDITIONAL"), "{out}");
}

#[test]
fn open_tests_are_followed_as_far_as_it_goes() {
    let mut variables = String::new();
    let mut text = String::new();
    for index in 0..40 {
        let _ = writeln!(variables, "variable \"v{index}\" {{\n  type = bool\n}}");
        let _ = write!(text, "${{var.v{index} ? \"a\" : \"b\"}}");
    }
    let out = prints(&format!("\"arn:aws:s3:::acme-lake/{text}\""), &[("variables.tf", &variables)]);
    assert!(out.contains("CONDITIONAL") || out.contains("DENIED"), "{out}");
}

#[test]
fn what_is_nested_or_goes_round_is_told() {
    let deep = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(prints(&deep, &[]).contains("nested too deeply"));
    let bodies = [
        ("a/main.tf", "module \"b\" {\n  source = \"../b\"\n}\n"),
        ("b/main.tf", "module \"a\" {\n  source = \"../a\"\n}\n"),
        ("call.tf", "module \"a\" {\n  source = \"./a\"\n}\n"),
    ];
    let out = prints("\"*\"", &bodies);
    assert!(out.contains("this module calls itself") && out.contains("ALLOWED"), "{out}");
    let out = prints("templatefile(\"t.tpl\", {})", &[("t.tpl", "${templatefile(\"t.tpl\", {})}")]);
    assert!(out.contains("CONDITIONAL"), "{out}");
}

#[test]
fn files_that_are_too_large_or_outside_are_not_read() {
    let large = "x".repeat(9 << 20);
    let out = prints("file(\"large.txt\")", &[("large.txt", &large)]);
    assert!(out.contains("is larger than 8 MiB"), "{out}");
    let parts = format!("locals {{\n  a = \"{}\"\n}}\n", "${1}".repeat(100_001));
    let out = prints("\"*\"", &[("parts.tf", &parts)]);
    assert!(out.contains("more than 100000 interpolations"), "{out}");
    let out = prints("file(\"/etc/passwd\")", &[]);
    assert!(out.contains("lies outside the configuration"), "{out}");
}

#[cfg(unix)]
#[test]
fn links_out_of_the_configuration_are_not_followed() {
    let secret = tempfile::tempdir().unwrap();
    fs::write(secret.path().join("secret.txt"), "arn:aws:s3:::acme-lake/*").unwrap();
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    std::os::unix::fs::symlink(secret.path().join("secret.txt"), dir.path().join("link.txt")).unwrap();
    std::os::unix::fs::symlink(secret.path(), dir.path().join("below")).unwrap();
    for file in ["link.txt", "below/secret.txt"] {
        let text = format!(
            "{AROUND}resource \"aws_iam_role_policy\" \"p\" {{\n  role = \"reader\"\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"s3:GetObject\", Resource = file(\"{file}\") }}] }})\n}}\n"
        );
        fs::write(dir.path().join("main.tf"), text).unwrap();
        let line = ["can", "reader", "s3://acme-lake/a", "--input", "main.tf", "--isolated"];
        let out = String::from_utf8_lossy(&binary::run(dir.path(), &line, "").stdout).into_owned();
        assert!(!out.contains("ALLOWED"), "{out}");
    }
}

/// Files of Terragrunt that lead to each other, and units that depend on each other.
#[test]
fn units_that_go_round_end() {
    let both = "include \"a\" {\n  path = find_in_parent_folders(\"a.hcl\")\n}\ninclude \"b\" {\n  path = find_in_parent_folders(\"b.hcl\")\n}\nlocals {\n  x = read_terragrunt_config(\"${get_repo_root()}/a.hcl\")\n}\n";
    let unit = |other: &str| {
        format!(
            "{both}dependency \"d\" {{\n  config_path = \"../{other}\"\n}}\ninputs = {{\n  v = dependency.d.outputs.v\n}}\n"
        )
    };
    let module = "variable \"v\" {}\noutput \"v\" {\n  value = var.v\n}\n";
    let (one, two) = (unit("two"), unit("one"));
    let out = prints(
        "\"*\"",
        &[
            ("a.hcl", both),
            ("b.hcl", both),
            ("one/terragrunt.hcl", &one),
            ("one/main.tf", module),
            ("two/terragrunt.hcl", &two),
            ("two/main.tf", module),
        ],
    );
    assert!(out.contains("reader can") || out.contains("whether reader can"), "{out}");
}
