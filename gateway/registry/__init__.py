"""The ministry's registry over HTTP: look-ups of records, and the feed of records to it."""
