"""Bill runs, exceptions, bill shocks and bills."""
