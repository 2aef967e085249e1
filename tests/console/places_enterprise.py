"""Addresses of the enterprise: its folder, units, users and roles."""

from __future__ import annotations

from tests.cast import Cast
from tests.console.places import SIGNED_IN, Made, Place

from wattloop.apps.enterprise.models import Assignment, Employee, Post, Role, User


def grow(cast: Cast, _made: Made) -> None:
    """Thirty more who work for east."""
    role, post = Role.objects.get(code="clerk"), Post.objects.get()
    for n in range(30):
        user = User.objects.create(username=f"more-{n}")
        Assignment.objects.create(user=user, role=role, unit=cast.east)
        Employee.objects.create(number=f"N{n}", name=f"赵{n}", unit=cast.east, post=post, user=user)


PLACES = [
    Place("enterprise:overview", get="enterprise.unit.view"),
    Place("enterprise:readiness", get="enterprise.unit.view", page=False, shown=False),
    Place("enterprise:compare", get="enterprise.unit.view", shown=False),
    Place("enterprise:upload", get="enterprise.folder.load", post="enterprise.folder.load"),
    Place("enterprise:staged", get="enterprise.folder.load", post="enterprise.folder.load", args=lambda _made: ["x"],
          shown=False),
    Place("enterprise:download", get="enterprise.unit.view", args=lambda _made: [1], page=False, shown=False),
    Place("enterprise:units", get="enterprise.unit.view"),
    Place("enterprise:unit", get="enterprise.unit.view", args=lambda _made: ["east"], unit="east"),
    Place("enterprise:users", get="enterprise.user.view"),
    Place("enterprise:user", get="enterprise.user.view", args=lambda made: [made["cast"].clerk.pk], unit="east"),
    Place("enterprise:roles", get="enterprise.user.view"),
    Place("enterprise:me", get=SIGNED_IN),
]  # fmt: skip
