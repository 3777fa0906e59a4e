variable "env" {
  type = string
}

variable "debug" {
  type = bool
}

resource "aws_s3_bucket" "orders" {
  bucket = "acme-orders-${var.env}"
}

resource "aws_iam_role" "debugger" {
  name = "debugger-${var.env}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "debugger" {
  count = var.debug ? 1 : 0

  role = aws_iam_role.debugger.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${aws_s3_bucket.orders.arn}/*"
    }]
  })
}
