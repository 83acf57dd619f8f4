"""The ministry's registry over HTTP: asked about each record, and told of it."""
