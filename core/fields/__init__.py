"""One parser for each kind of answer: `parse_x(text, ...) -> value`, or `InvalidError`.

Also comparisons (names alike, NIKs one slip apart) and the time zone of a region. Pure, and total
on any text.
"""
