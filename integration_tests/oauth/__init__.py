"""OAuth of HighLevel on the command line."""
