"""What several wires share: forms, signatures, locations, refusals, ticket pictures, Twilio."""
