"""The poster: one sheet with every way to register, as SVG, PNG or PDF."""
