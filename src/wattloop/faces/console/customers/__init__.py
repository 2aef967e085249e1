"""The console's area of customers."""
