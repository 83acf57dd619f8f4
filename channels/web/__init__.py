"""The web: a public form, one question a page in plain HTML, and the app's API."""
