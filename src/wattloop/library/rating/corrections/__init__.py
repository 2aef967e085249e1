"""Bills booked, and their correction by difference."""
