provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111111111111"]
}

provider "aws" {
  alias  = "data"
  region = "eu-west-1"

  assume_role {
    role_arn = "arn:aws:iam::222222222222:role/deploy"
  }
}

resource "aws_s3_bucket" "lake" {
  provider = aws.data
  bucket   = "acme-lake"
}

resource "aws_s3_bucket_policy" "lake" {
  provider = aws.data
  bucket   = aws_s3_bucket.lake.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = aws_iam_role.worker.arn }
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.lake.arn}/*"
    }]
  })
}

locals {
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
  read = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${aws_s3_bucket.lake.arn}/*"
    }]
  })
}

resource "aws_iam_role" "worker" {
  name               = "worker"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "worker" {
  role   = aws_iam_role.worker.id
  policy = local.read
}

resource "aws_iam_role" "other" {
  name               = "other"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "other" {
  role   = aws_iam_role.other.id
  policy = local.read
}
