"""The environment and campaign.toml, read once, every fault told at once."""
