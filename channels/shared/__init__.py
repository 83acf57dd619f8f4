"""What several wires have in common: forms, signatures, locations, pictures of tickets."""
