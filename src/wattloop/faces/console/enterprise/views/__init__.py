"""What the area's pages answer."""
