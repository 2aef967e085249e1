"""Determinants, one file per kind of charge, lines and why they are what they are: from readings to exact bills."""

from wattloop.library.rating.booked import Booked
from wattloop.library.rating.comparing import WhatIf
from wattloop.library.rating.explain import explain
from wattloop.library.rating.rebill import Correction, book, rebill
from wattloop.library.rating.run import Run, determinants_of, rate, run
from wattloop.library.rating.verify import verify
from wattloop.library.rating.what_if import shadow, what_if

__all__ = [
    "Booked",
    "Correction",
    "Run",
    "WhatIf",
    "book",
    "determinants_of",
    "explain",
    "rate",
    "rebill",
    "run",
    "shadow",
    "verify",
    "what_if",
]
