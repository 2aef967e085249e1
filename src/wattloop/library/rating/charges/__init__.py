"""Charges: rows of determinants in, amounts out; one file for each kind."""
