"""The area's pages, a file each."""
