"""`python -m gateway` is `satupintu`."""

from gateway.commands.cli import main

main()
