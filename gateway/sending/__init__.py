"""Owed messages are claimed, routed, and handed to a provider."""
