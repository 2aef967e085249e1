"""What the room keeps in the database."""

from wattloop.apps.network.models.places import Area, Feeder, Supply

__all__ = ["Area", "Feeder", "Supply"]
