"""The conversation: what is asked, in which order, and what each answer leads to. Pure."""
