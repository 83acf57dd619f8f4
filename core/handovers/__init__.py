"""One form on two devices: a code or a link hands it over, and proves that both are one person's.

A browser shows a code, and the phone that sends it back takes the form; or a phone asks for a
link, and the browser that opens it goes on with the phone's conversation. From then on the
browser's address is an alias of the phone's.
"""
