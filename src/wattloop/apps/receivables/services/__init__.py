"""The room's services: whatever changes what is owed, paid or entered."""
