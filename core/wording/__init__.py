"""A reply, a language and a style become text and pages, in GSM-7 where asked.

All words stand in `locale/*.po`; a further language is one file. Pure once loaded.
"""
