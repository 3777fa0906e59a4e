variable "team" {
  type = string
}

variable "bucket" {
  type        = string
  description = "The ARN of the bucket"
}

variable "prefixes" {
  type = list(string)
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["glue.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "Objects"
    actions   = ["s3:GetObject"]
    resources = [for prefix in var.prefixes : "${var.bucket}/${prefix}/*"]
  }
}

resource "aws_iam_role" "this" {
  name               = "team-${var.team}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_policy" "read" {
  name   = "read-${var.team}"
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policy_attachment" "read" {
  role       = aws_iam_role.this.name
  policy_arn = aws_iam_policy.read.arn
}

output "role_arn" {
  value = aws_iam_role.this.arn
}
