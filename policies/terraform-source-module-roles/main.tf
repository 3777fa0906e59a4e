provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["222222222222"]
}

locals {
  teams = {
    risk  = ["risk", "shared"]
    sales = ["sales", "shared"]
  }
}

resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}

module "reader" {
  source   = "./modules/reader"
  for_each = local.teams

  team     = each.key
  bucket   = aws_s3_bucket.lake.arn
  prefixes = each.value
}

output "roles" {
  value = { for team, reader in module.reader : team => reader.role_arn }
}
