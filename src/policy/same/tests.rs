use crate::json;
use crate::policy::{Policy, PolicyKind, lower};
use crate::source::SourceId;

fn policy(statements: &str) -> Policy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#);
    let root = json::parse(SourceId::LONE, &text).root.unwrap();
    let mut problems = Vec::new();
    let policy = lower(&root, PolicyKind::Identity, "", &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    policy
}

const READ: &str = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::lake/*","Condition":{"StringLike":{"aws:PrincipalTag/team":["a*","b"]}}}"#;

#[test]
fn spelling_and_places_say_nothing() {
    let one = policy(READ);
    for same in [
        format!("[{READ}]"),
        format!("  [ {READ} ] "),
        READ.replace("s3:GetObject", "S3:getobject"),
        READ.replace(r#"{"Effect""#, r#"{"Sid":"Read","Effect""#),
        READ.replace("PrincipalTag/team", "principaltag/Team"),
    ] {
        assert!(one.says_the_same(&policy(&same)), "{same}");
    }
}

#[test]
fn every_element_counts() {
    let one = policy(READ);
    for other in [
        READ.replace("Allow", "Deny"),
        READ.replace("s3:GetObject", "s3:GetObject*"),
        READ.replace(r#""Action""#, r#""NotAction""#),
        READ.replace("lake", "pond"),
        READ.replace(r#""Resource""#, r#""NotResource""#),
        READ.replace("StringLike", "StringEquals"),
        READ.replace("StringLike", "StringLikeIfExists"),
        READ.replace("StringLike", "ForAnyValue:StringLike"),
        READ.replace("/team", "/task"),
        READ.replace("a*", "a"),
        READ.replace(r#","b""#, ""),
        format!("[{READ},{READ}]"),
    ] {
        assert!(!one.says_the_same(&policy(&other)), "{other}");
    }
}
