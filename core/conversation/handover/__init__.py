"""One form on two devices: the browser shows a code, the phone takes the form, or gets a link."""
