"""Addresses of the network's area."""

from __future__ import annotations

from tests.cast import Cast
from tests.console.places import Made, Place

from wattloop.apps.customers.models import Agreement
from wattloop.apps.network.models import Area, Feeder, Supply

VIEW, CHANGE = "network.place.view", "network.place.change"


PLACES = [
    Place("network:areas", get=VIEW),
    Place("network:area_new", get=CHANGE, post=CHANGE),
    Place("network:area", get=VIEW, unit="east", args=lambda made: [made["area"].pk]),
    Place("network:area_change", get=CHANGE, post=CHANGE, unit="east", args=lambda made: [made["area"].pk]),
    Place("network:feeders", get=VIEW),
    Place("network:feeder_new", get=CHANGE, post=CHANGE),
    Place("network:feeder", get=VIEW, unit="east", args=lambda made: [made["feeder"].pk]),
    Place("network:feeder_change", get=CHANGE, post=CHANGE, unit="east", args=lambda made: [made["feeder"].pk]),
    Place("network:second_supply", get=VIEW),
    Place(
        "network:supply", get=CHANGE, post=CHANGE, unit="east",
        args=lambda made: [made["cast"].agreements["works"].pk],
    ),
]  # fmt: skip


def prepare(cast: Cast) -> Made:
    """A feeder, an area of it, and whom it supplies."""
    feeder = Feeder.objects.create(code="F01", name="人民线", unit=cast.east)
    area = Area.objects.create(code="T001", name="人民路1号台区", feeder=feeder, unit=cast.east, capacity_va=400_000)
    Supply.objects.create(agreement=cast.agreements["zhang"], area=area)
    return {"feeder": feeder, "area": area}


def grow(cast: Cast, made: Made) -> None:
    """Many areas and feeders, and many whom one supplies."""
    for n in range(30):
        Feeder.objects.create(code=f"G{n}", name=f"线{n}", unit=cast.east)
        Area.objects.create(code=f"U{n}", name=f"台区{n}", feeder=made["feeder"], unit=cast.east)
    for agreement in Agreement.objects.exclude(supplies__area=made["area"]):
        Supply.objects.create(agreement=agreement, area=made["area"])
