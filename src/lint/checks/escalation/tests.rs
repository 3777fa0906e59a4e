use super::*;
use crate::name::reference;

/// Each way is of actions that exist, in order, once.
#[test]
fn ways_are_of_actions_that_exist() {
    for table in [IDENTITIES, WORKLOADS, STARTS] {
        assert!(table.is_sorted_by(|a, b| a < b));
        for name in table.iter().flat_map(|way| way.iter()) {
            let (service, action) = name.split_once(':').unwrap();
            assert!(reference::action(service, action).is_some(), "{name}");
        }
        assert!(table.iter().all(|way| way.is_sorted_by(|a, b| a < b)));
    }
}

#[test]
fn patterns_give_what_they_cover() {
    let given = |pattern: &str| {
        let mut found = Vec::new();
        each_given(&ActionPattern::new(pattern), &mut |name| found.push(name));
        found
    };
    assert_eq!(given("iam:PutRolePolicy"), ["iam:putrolepolicy"]);
    assert_eq!(given("iam:Put*Policy"), ["iam:putgrouppolicy", "iam:putrolepolicy", "iam:putuserpolicy"]);
    assert_eq!(given("iam:*"), [""; 0]);
    assert_eq!(given("lambda:*"), ["lambda:createfunction"]);
    assert_eq!(given("s3:GetObject"), [""; 0]);
    assert_eq!(given("ec2:Run*"), ["ec2:runinstances"]);
}
