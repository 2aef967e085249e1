"""Who does something: somebody who signed in, or a part of the system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Actor(Protocol):
    """Whoever a service is called by."""

    @property
    def actor(self) -> str:
        """As audit entries call them."""


@dataclass(frozen=True, slots=True)
class System:
    """A part of the system that acts by itself, named `system:NAME`. It may do everything."""

    name: str

    @property
    def actor(self) -> str:
        """As audit entries call it."""
        return f"system:{self.name}"
