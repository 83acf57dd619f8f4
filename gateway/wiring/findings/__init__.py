"""What is amiss with a gateway that can start: faulty settings, and what its database lacks."""
