"""The room's services."""
