"""The console's area of network."""
