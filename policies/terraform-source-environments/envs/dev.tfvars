env   = "dev"
debug = true
