"""What runs, what was done, and what was stored."""
