"""The poster: one sheet that says how to come in, as a drawing (SVG), a picture or a PDF."""
