"""One file per command; its imports wait until the command runs, so that the others start fast."""
