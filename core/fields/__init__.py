"""One parser for each kind of answer: the value, or `InvalidError(code)`."""
