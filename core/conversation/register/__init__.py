"""Fill the form: a question at a time, or all of it in a letter."""
