"""Which channel readings are of, by their unit, and what its day-rows count in."""

from __future__ import annotations

from wattloop.library.quantity.dayrows import ACTIVE_IN, CHANNELS
from wattloop.library.quantity.refusal import Refused

VOLTAGE = "voltage"

_ACTIVE = {"kWh": 1000.0, "Wh": 1.0, "kW": 0.0}
_REACTIVE = {"kvarh": 1000.0, "varh": 1.0, "kvar": 0.0}
_VOLTAGE = {"V": 10.0, "kV": 10_000.0}
UNITS = (*_ACTIVE, *_REACTIVE, *_VOLTAGE)
"""Units that readings come in; kW and kvar are the average over an interval."""
POWER = ("kW", "kvar")


def stored_per_unit(unit: str, slots: int) -> float:
    """What a day-row's slot counts for one unit: Wh or varh, of average power over the slot too, or 0.1 V."""
    return 1000.0 * 24 / slots if unit in POWER else {**_ACTIVE, **_REACTIVE, **_VOLTAGE}[unit]


def largest_unit(channel: str) -> tuple[str, int]:
    """The unit in which people read a channel, and how many of a day-row's count make one."""
    if channel == VOLTAGE:
        return "V", 10
    return ("kvarh" if channel.startswith("reactive") else "kWh"), 1000


def check_channel(told: str | None) -> None:
    """Refuse a channel that there is not."""
    if told is not None and told not in CHANNELS:
        raise Refused(f"there is no channel {told!r}", f"Give one of {', '.join(CHANNELS)}.", field="channel")


def channel_of(unit: str, told: str | None) -> tuple[str, str | None]:
    """The channel of readings in a unit, and what of it is to be said.

    Args:
        unit: one of `UNITS`.
        told: the channel as given.

    Raises:
        Refused: for a channel that has no such unit, and reactive energy of which nobody says
            whether it went in or out.
    """
    of = VOLTAGE if unit in _VOLTAGE else "reactive" if unit in _REACTIVE else "active"
    if told is None:
        if of == "reactive":
            raise Refused(
                f"{unit} is reactive energy, in or out is not said", "Tell the channel: reactive_in or reactive_out.",
                field="channel",
            )  # fmt: skip
        return (VOLTAGE, "the channel is voltage") if of == VOLTAGE else (ACTIVE_IN, None)
    if told.startswith(of):
        return told, None
    if told.startswith("reactive") and of == "active":
        return told, f"{unit} taken as {unit.replace('W', 'var')} of {told}"
    known = _VOLTAGE if told == VOLTAGE else _REACTIVE if told.startswith("reactive") else _ACTIVE
    raise Refused(f"readings of {told} are not in {unit}", f"Name the unit, {', '.join(known)}, or another channel.",
                  field="channel")  # fmt: skip
