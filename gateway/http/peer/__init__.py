"""Pass turns that this gateway cannot serve to its peer, signed."""
