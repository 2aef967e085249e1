"""Payments, what is owed, and the books."""
