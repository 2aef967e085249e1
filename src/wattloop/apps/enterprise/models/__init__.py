"""What the room keeps in the database."""

from wattloop.apps.enterprise.models.rules import FolderVersion, Number, Rule, TariffOffer
from wattloop.apps.enterprise.models.staff import Assignment, Employee, Post, Role, User
from wattloop.apps.enterprise.models.units import Unit

__all__ = ["Assignment", "Employee", "FolderVersion", "Number", "Post", "Role", "Rule", "TariffOffer", "Unit", "User"]
