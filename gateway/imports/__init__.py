"""Tables that others send, in files: read within bounds, row by row."""
