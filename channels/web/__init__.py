"""The web: the app's API. The form's pages stand beside it."""
