"""Wiring: the only place that constructs stores and channels."""
