"""The command line: thin, with every rule in the library."""
