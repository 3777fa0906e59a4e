provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["222222222222"]
}

variable "shares" {
  type = map(object({
    prefix = string
    write  = optional(bool, false)
  }))
  default = {
    incoming = { prefix = "in", write = true }
    outgoing = { prefix = "out" }
  }
}

variable "closed" {
  type    = list(string)
  default = ["internal"]
}

resource "aws_s3_bucket" "exchange" {
  bucket = "acme-exchange"
}

data "aws_iam_policy_document" "exchange" {
  dynamic "statement" {
    for_each = var.closed

    content {
      sid       = "Closed${title(statement.value)}"
      effect    = "Deny"
      actions   = ["s3:GetObject"]
      resources = ["${aws_s3_bucket.exchange.arn}/${statement.value}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "exchange" {
  bucket = aws_s3_bucket.exchange.id
  policy = data.aws_iam_policy_document.exchange.json
}

data "aws_iam_policy_document" "partner" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.exchange.arn}/*"]
  }

  dynamic "statement" {
    for_each = { for name, share in var.shares : name => share if share.write }

    content {
      sid       = title(statement.key)
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.exchange.arn}/${statement.value.prefix}/*"]
    }
  }
}

resource "aws_iam_role" "partner" {
  name = "partner"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "transfer.amazonaws.com" }
    }]
  })

  inline_policy {
    name   = "exchange"
    policy = data.aws_iam_policy_document.partner.json
  }
}
