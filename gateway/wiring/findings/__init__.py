"""What is amiss with a gateway that could start: its settings, and what its database lacks."""
