"""Turns that one gateway cannot serve, passed to the other, signed."""
