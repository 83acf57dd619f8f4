"""How people reach us: one folder a channel, one pure file for each provider's wire."""
