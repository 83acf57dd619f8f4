"""Email: one pure file for each provider's wire."""
