"""The words of states, kinds and classes in the reader's language, and the colours of some."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

Choices = list[tuple[str, Any]]

KINDS: Choices = [("person", _("person")), ("firm", _("firm"))]
IMPORTANCE: Choices = [
    ("ordinary", _("ordinary")),
    ("second", _("important, second class")),
    ("first", _("important, first class")),
    ("special", _("specially important")),
]
IMPORTANCE_TONES = {"second": "info", "first": "warn", "special": "bad"}
STAGES: Choices = [
    ("heard", _("heard of")),
    ("applied", _("applied")),
    ("building", _("building")),
    ("connected", _("connected")),
    ("lost", _("lost")),
]
STAGE_TONES = {"heard": "quiet", "applied": "info", "building": "warn", "connected": "good", "lost": "bad"}
STATES: Choices = [("active", _("supplied")), ("suspended", _("suspended")), ("closed", _("closed"))]
STATE_TONES = {"active": "good", "suspended": "warn", "closed": "quiet"}
CLASSES: Choices = [
    ("residential", _("residential")),
    ("agricultural", _("agricultural")),
    ("industrial-commercial", _("industrial and commercial")),
]
MARKETS: Choices = [
    ("", _("none")),
    ("agency-purchase", _("agency purchase")),
    ("direct", _("direct purchase")),
    ("retail", _("retail")),
]
METHODS: Choices = [
    ("", _("none")),
    ("by-capacity", _("by capacity")),
    ("by-contract", _("by contract demand")),
    ("by-actual", _("by actual demand")),
]
TRANSFORMER_STATES: Choices = [
    ("running", _("running")),
    ("hot-standby", _("hot standby")),
    ("cold-standby", _("cold standby")),
    ("sealed", _("sealed")),
]
TRANSFORMER_TONES = {"running": "good", "hot-standby": "info", "cold-standby": "info", "sealed": "quiet"}
RANKS: Choices = [("main", _("main supply")), ("second", _("second supply")), ("own", _("own generator"))]
FOUND_BY = {
    "customer": _("customer number"),
    "agreement": _("agreement"),
    "point": _("usage point"),
    "meter": _("meter"),
    "old number": _("old number"),
}
IMPORT_STATES: Choices = [
    ("trying", _("being tried")),
    ("tried", _("tried")),
    ("taking", _("being taken in")),
    ("taken", _("taken in")),
    ("failed", _("refused")),
]
IMPORT_TONES = {"trying": "info", "tried": "warn", "taking": "info", "taken": "good", "failed": "bad"}


def said(choices: Choices, value: str) -> str:
    """The word of a value; the value itself where there is none."""
    return str(dict(choices).get(value, value))
