//! Actions that are asked about and that AWS does not list.

use crate::diagnostic::{Code, Diagnostic};
use crate::name::{ActionName, near, reference, symbol};

/// What is wrong with the name of an action that AWS does not list, wherever a question names it: its answer is about no
/// request that can be made.
pub fn unknown_action(name: &str) -> Option<Diagnostic> {
    if symbol::is_in(name) || name.contains(['*', '?']) {
        return None;
    }
    let action = ActionName::new(name)?;
    let date = reference::date();
    let (code, message) = if reference::service(action.service()).is_none() {
        let message =
            format!("`{}` is not the prefix of a service: AWS lists no action `{name}`", action.service());
        (Code::InvalidServiceInAction, message)
    } else if reference::action(action.service(), action.name()).is_none() {
        (Code::InvalidAction, format!("AWS lists no action `{name}`"))
    } else {
        return None;
    };
    let allows = near::action_of_operation(&action).or_else(|| near::action_of_batch(&action));
    let help = match (allows, near::near_action(&action)) {
        (Some(allows), _) => format!("that call is allowed by {allows}; actions are known as of {date}"),
        (None, Some(near)) => format!("did you mean `{near}`? actions are known as of {date}"),
        (None, None) => format!("the service reference of {date} lists no such action"),
    };
    Some(Diagnostic::placeless(code, message).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn help(name: &str) -> String {
        unknown_action(name).unwrap().help.unwrap().to_string()
    }

    #[test]
    fn names_what_was_meant() {
        assert!(help("kms:Decrpt").contains("did you mean `kms:Decrypt`?"));
        assert!(help("s3:GetObjekt").contains("did you mean `s3:GetObject`?"));
        assert!(help("kmz:Decrypt").contains("did you mean `kms:Decrypt`?"));
        assert!(help("s3:HeadObject").contains("allowed by s3:GetObject"));
        assert!(help("sqs:SendMessageBatch").contains("allowed by sqs:SendMessage"));
        assert!(help("kms:Frobnicate").contains("lists no such action"));
    }

    #[test]
    fn actions_that_aws_lists_are_fine() {
        for name in ["kms:Decrypt", "S3:getobject", "sts:AssumeRole", "kms:*"] {
            assert!(unknown_action(name).is_none(), "{name}");
        }
    }
}
