"""One parser for each kind of answer: `parse_x(text, ...) -> value`, or `InvalidError`.

Also what two values mean to each other (names alike, NIKs one slip apart) and which clock a region
keeps. Pure, and total on any text.
"""
