"""The public form: one question a page, in plain HTML."""
