"""Channels: a folder for each, and in it a pure module for each provider's wire."""
