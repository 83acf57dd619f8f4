"""The operators' console: pages rendered here, that read and act by the rows of the API's acts.

A page is one row of `pages.py` and a template; a button posts to an act (`acting.py`). Nothing
here asks the database: what a page shows, the API answers, under the same scopes and audit.
"""
