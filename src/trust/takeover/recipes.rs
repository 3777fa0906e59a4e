//! The table of takeovers.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use super::{Needs, On, Planned, Recipe};

const fn on(action: &'static str, on: On) -> Planned {
    Planned { action, on, known: &[] }
}

const fn pass(service: &'static [(&'static str, &'static str)]) -> Planned {
    Planned { action: "iam:PassRole", on: On::Target, known: service }
}

const TO: &str = "iam:PassedToService";
const FUNCTION: On = On::Any("lambda", "function:");
const GLUE_JOB: On = On::Any("glue", "job/");
const INSTANCE: On = On::Any("ec2", "instance/");

/// Every takeover, by id.
pub static ALL: &[Recipe] = &[
    Recipe {
        id: "access-key-of-user",
        rule: "R130",
        changes: "makes an access key for the user",
        needs: Needs::User,
        steps: &[on("iam:CreateAccessKey", On::Target)],
    },
    Recipe {
        id: "change-function-code",
        rule: "R129",
        changes: "puts code of its own into a function that runs with the role",
        needs: Needs::RunsWith("Lambda function"),
        steps: &[on("lambda:UpdateFunctionCode", On::Workload)],
    },
    Recipe {
        id: "command-on-instance",
        rule: "R129",
        changes: "runs commands on an instance that has the role",
        needs: Needs::RunsWith("EC2 instance"),
        steps: &[on("ssm:SendCommand", On::Workload)],
    },
    Recipe {
        id: "login-profile-of-user",
        rule: "R130",
        changes: "gives the user a password",
        needs: Needs::User,
        steps: &[on("iam:CreateLoginProfile", On::Target)],
    },
    Recipe {
        id: "new-password-of-user",
        rule: "R130",
        changes: "changes the user's password",
        needs: Needs::User,
        steps: &[on("iam:UpdateLoginProfile", On::Target)],
    },
    Recipe {
        id: "override-build",
        rule: "R129",
        changes: "starts a build that runs with the role, with commands of its own",
        needs: Needs::RunsWith("CodeBuild project"),
        steps: &[on("codebuild:StartBuild", On::Workload)],
    },
    Recipe {
        id: "pass-role-cloudformation",
        rule: "R128",
        changes: "has a stack made with the role",
        needs: Needs::Trusts("cloudformation.amazonaws.com"),
        steps: &[
            pass(&[(TO, "cloudformation.amazonaws.com")]),
            on("cloudformation:CreateStack", On::Any("cloudformation", "stack/")),
        ],
    },
    Recipe {
        id: "pass-role-codebuild",
        rule: "R128",
        changes: "makes a build project with the role and starts it",
        needs: Needs::Trusts("codebuild.amazonaws.com"),
        steps: &[
            pass(&[(TO, "codebuild.amazonaws.com")]),
            on("codebuild:CreateProject", On::Any("codebuild", "project/")),
            on("codebuild:StartBuild", On::Any("codebuild", "project/")),
        ],
    },
    Recipe {
        id: "pass-role-ec2",
        rule: "R128",
        changes: "starts an instance with the role",
        needs: Needs::Trusts("ec2.amazonaws.com"),
        steps: &[pass(&[(TO, "ec2.amazonaws.com")]), on("ec2:RunInstances", INSTANCE)],
    },
    Recipe {
        id: "pass-role-ec2-profile",
        rule: "R128",
        changes: "gives the role to an instance that is there",
        needs: Needs::Trusts("ec2.amazonaws.com"),
        steps: &[pass(&[(TO, "ec2.amazonaws.com")]), on("ec2:AssociateIamInstanceProfile", INSTANCE)],
    },
    Recipe {
        id: "pass-role-ecs",
        rule: "R128",
        changes: "registers a task with the role and runs it",
        needs: Needs::Trusts("ecs-tasks.amazonaws.com"),
        steps: &[
            pass(&[(TO, "ecs-tasks.amazonaws.com")]),
            on("ecs:RegisterTaskDefinition", On::Any("ecs", "task-definition/")),
            on("ecs:RunTask", On::Any("ecs", "task-definition/")),
        ],
    },
    Recipe {
        id: "pass-role-eks",
        rule: "R128",
        changes: "associates the role with a service account of a cluster",
        needs: Needs::Trusts("pods.eks.amazonaws.com"),
        steps: &[
            pass(&[(TO, "pods.eks.amazonaws.com")]),
            on("eks:CreatePodIdentityAssociation", On::Any("eks", "cluster/")),
        ],
    },
    Recipe {
        id: "pass-role-emr",
        rule: "R128",
        changes: "starts an EMR cluster whose instances have the role",
        needs: Needs::Trusts("ec2.amazonaws.com"),
        steps: &[
            pass(&[(TO, "ec2.amazonaws.com")]),
            on("elasticmapreduce:RunJobFlow", On::Any("elasticmapreduce", "cluster/")),
        ],
    },
    Recipe {
        id: "pass-role-emr-serverless",
        rule: "R128",
        changes: "runs a job of EMR Serverless with the role",
        needs: Needs::Trusts("emr-serverless.amazonaws.com"),
        steps: &[
            pass(&[(TO, "emr-serverless.amazonaws.com")]),
            on("emr-serverless:StartJobRun", On::Any("emr-serverless", "/applications/")),
        ],
    },
    Recipe {
        id: "pass-role-glue",
        rule: "R128",
        changes: "makes a Glue job with the role and starts it",
        needs: Needs::Trusts("glue.amazonaws.com"),
        steps: &[
            pass(&[(TO, "glue.amazonaws.com")]),
            on("glue:CreateJob", GLUE_JOB),
            on("glue:StartJobRun", GLUE_JOB),
        ],
    },
    Recipe {
        id: "pass-role-glue-session",
        rule: "R128",
        changes: "opens an interactive Glue session with the role",
        needs: Needs::Trusts("glue.amazonaws.com"),
        steps: &[
            pass(&[(TO, "glue.amazonaws.com")]),
            on("glue:CreateSession", On::Any("glue", "session/")),
            on("glue:RunStatement", On::Any("glue", "session/")),
        ],
    },
    Recipe {
        id: "pass-role-lambda",
        rule: "R128",
        changes: "makes a function with the role and invokes it",
        needs: Needs::Trusts("lambda.amazonaws.com"),
        steps: &[
            pass(&[(TO, "lambda.amazonaws.com")]),
            on("lambda:CreateFunction", FUNCTION),
            on("lambda:InvokeFunction", FUNCTION),
        ],
    },
    Recipe {
        id: "pass-role-sagemaker",
        rule: "R128",
        changes: "makes a notebook instance with the role and opens it",
        needs: Needs::Trusts("sagemaker.amazonaws.com"),
        steps: &[
            pass(&[(TO, "sagemaker.amazonaws.com")]),
            on("sagemaker:CreateNotebookInstance", On::Any("sagemaker", "notebook-instance/")),
            on("sagemaker:CreatePresignedNotebookInstanceUrl", On::Any("sagemaker", "notebook-instance/")),
        ],
    },
    Recipe {
        id: "pass-role-sagemaker-job",
        rule: "R128",
        changes: "starts a training job with the role",
        needs: Needs::Trusts("sagemaker.amazonaws.com"),
        steps: &[
            pass(&[(TO, "sagemaker.amazonaws.com")]),
            on("sagemaker:CreateTrainingJob", On::Any("sagemaker", "training-job/")),
        ],
    },
    Recipe {
        id: "pass-role-states",
        rule: "R128",
        changes: "makes a state machine with the role and starts it",
        needs: Needs::Trusts("states.amazonaws.com"),
        steps: &[
            pass(&[(TO, "states.amazonaws.com")]),
            on("states:CreateStateMachine", On::Any("states", "stateMachine:")),
            on("states:StartExecution", On::Any("states", "stateMachine:")),
        ],
    },
    Recipe {
        id: "saml-metadata",
        rule: "R130",
        changes: "replaces the metadata of the SAML provider that the role trusts",
        needs: Needs::Provider(":saml-provider/"),
        steps: &[on("iam:UpdateSAMLProvider", On::Provider)],
    },
    Recipe {
        id: "session-on-instance",
        rule: "R129",
        changes: "opens a session on an instance that has the role",
        needs: Needs::RunsWith("EC2 instance"),
        steps: &[on("ssm:StartSession", On::Workload)],
    },
    Recipe {
        id: "trust-policy",
        rule: "R130",
        changes: "writes itself into the role's trust policy, then assumes the role",
        needs: Needs::Role,
        steps: &[on("iam:UpdateAssumeRolePolicy", On::Target), on("sts:AssumeRole", On::Target)],
    },
];
