"""The entrance of the console: sign-in, enrolment, sign-out, and who is signed in."""
