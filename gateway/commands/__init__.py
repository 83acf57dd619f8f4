"""One file for each subcommand of `satupintu`."""
