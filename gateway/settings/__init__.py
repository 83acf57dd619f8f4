"""The environment and campaign.toml, read once, with every fault reported at once."""
