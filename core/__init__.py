"""What a registration is, and how a conversation becomes one. No network in the pure parts."""
