"""The public API: what the ministry's app asks for the people who use it."""
