use super::*;

fn fixed(text: &str) -> String {
    fix(text, Some(PolicyKind::Identity), &|_| true).map_or_else(|| text.to_owned(), |fixed| fixed.text)
}

fn policy(statements: &str) -> String {
    format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{statements}]}}")
}

fn allow(actions: &str, resources: &str) -> String {
    policy(&format!("{{\"Effect\": \"Allow\", \"Action\": {actions}, \"Resource\": {resources}}}"))
}

#[test]
fn entries_go_with_one_comma() {
    let lake = "\"arn:aws:s3:::lake/*\"";
    for (actions, wanted) in [
        ("[\"s3:GetObject\", \"s3:Get*\"]", "[\"s3:Get*\"]"),
        ("[\"s3:Get*\", \"s3:GetObject\"]", "[\"s3:Get*\"]"),
        ("[\"s3:GetObject\", \"s3:GetObjectTagging\", \"s3:Get*\"]", "[\"s3:Get*\"]"),
        ("[\"s3:Get*\",\n  \"s3:GetObject\",\n  \"s3:PutObject\"\n]", "[\"s3:Get*\",\n  \"s3:PutObject\"\n]"),
        ("[\"s3:PutObject\", \"s3:PutObject\"]", "[\"s3:PutObject\"]"),
    ] {
        assert_eq!(fixed(&allow(actions, lake)), allow(wanted, lake));
    }
    assert_eq!(
        fixed(&allow("\"s3:GetObject\"", "[\"arn:aws:s3:::lake/a/*\", \"arn:aws:s3:::lake/*\"]")),
        allow("\"s3:GetObject\"", "[\"arn:aws:s3:::lake/*\"]")
    );
}

#[test]
fn slips_are_put_right_and_other_names_are_left() {
    let lake = "\"arn:aws:s3:::lake/*\"";
    for (written, wanted) in [
        ("s3:GetObjekt", "s3:GetObject"),
        ("ss3:GetObject", "s3:GetObject"),
        ("s3:PutObjct", "s3:PutObject"),
        ("s3:ListObjectsV2", "s3:ListObjectsV2"),
        ("s3:GetObjectHistoryOfYear", "s3:GetObjectHistoryOfYear"),
    ] {
        assert_eq!(fixed(&allow(&format!("\"{written}\""), lake)), allow(&format!("\"{wanted}\""), lake));
    }
    let tests = |operator: &str, key: &str| {
        policy(&format!(
            "{{\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Resource\": {lake}, \
             \"Condition\": {{\"{operator}\": {{\"{key}\": \"o-a1b2c3d4e5\"}}}}}}"
        ))
    };
    assert_eq!(
        fixed(&tests("StringEqualls", "aws:ResourceOrgId2")),
        tests("StringEquals", "aws:ResourceOrgId2")
    );
    assert_eq!(
        fixed(&tests("StringEquals", "aws:ResourceOrgIDD")),
        tests("StringEquals", "aws:ResourceOrgID")
    );
}

/// A name that is put right is there twice then, and one of the two goes in the next round.
#[test]
fn rounds_end_where_nothing_is_left() {
    let lake = "\"arn:aws:s3:::lake/*\"";
    let text = allow("[\"s3:GetObject\", \"s3:GetObjekt\", \"s3:GetObject\"]", lake);
    assert_eq!(fixed(&text), allow("[\"s3:GetObject\"]", lake));
    assert_eq!(fix(&fixed(&text), Some(PolicyKind::Identity), &|_| true), None);
}

#[test]
fn what_is_not_wanted_or_not_whole_stays() {
    let text = allow("[\"s3:GetObject\", \"s3:GetObjekt\", \"s3:GetObject\"]", "\"*\"");
    let only = |code| code == Code::RedundantAction;
    assert_eq!(fix(&text, None, &only).unwrap().count, 1);
    assert_eq!(fix(&text.replace('}', ""), None, &|_| true), None);
    assert_eq!(fix("{\"Resources\": {}}", None, &|_| true), None);
}
