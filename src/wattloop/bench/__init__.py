"""The benchmark: ratios in one run, against the bare scan of the same files and against peers."""
