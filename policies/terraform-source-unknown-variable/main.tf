provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["222222222222"]
}

variable "owner" {
  type        = string
  description = "Goes into a tag"
}

variable "archive_open" {
  type        = bool
  description = "Whether auditors read the archive"
}

resource "aws_s3_bucket" "logs" {
  bucket = "acme-logs"
  tags   = { owner = var.owner }
}

resource "aws_s3_bucket" "archive" {
  bucket = "acme-archive"
}

resource "aws_iam_role" "auditor" {
  name = "auditor"
  tags = { owner = var.owner }
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "auditor" {
  role = aws_iam_role.auditor.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${aws_s3_bucket.logs.arn}/*"
      }],
      var.archive_open ? [{
        Sid      = "Archive"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${aws_s3_bucket.archive.arn}/*"
      }] : [],
    )
  })
}
