env   = "prod"
debug = false
