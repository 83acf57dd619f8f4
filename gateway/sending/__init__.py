"""Queued messages: claimed, routed, and delivered to a provider."""
