terraform {
  backend "s3" {}
}

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["222222222222"]
}

data "aws_caller_identity" "current" {}

locals {
  bucket = "acme-lake"
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "glue.amazonaws.com" }
    }]
  })
}

resource "aws_kms_key" "lake" {
  description = "Objects of the lake"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "IamDecides"
      Effect    = "Allow"
      Action    = "kms:*"
      Resource  = "*"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
    }]
  })
}

resource "aws_s3_bucket" "lake" {
  bucket = local.bucket
}

resource "aws_s3_bucket_server_side_encryption_configuration" "lake" {
  bucket = aws_s3_bucket.lake.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.lake.arn
    }
  }
}

resource "aws_iam_role" "reader" {
  name               = "lake-reader"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "reader" {
  name = "read"
  role = aws_iam_role.reader.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Objects"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${aws_s3_bucket.lake.arn}/curated/*"
      },
      {
        Sid      = "Key"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = aws_kms_key.lake.arn
      },
    ]
  })
}

resource "aws_iam_role" "lister" {
  name               = "lake-lister"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "lister" {
  name = "list"
  role = aws_iam_role.lister.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:ListBucket"]
      Resource = [aws_s3_bucket.lake.arn, "${aws_s3_bucket.lake.arn}/*"]
    }]
  })
}
