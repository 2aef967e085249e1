"""Determinants, one file per kind of charge, lines and why they are what they are: from readings to exact bills."""

from wattloop.library.rating.comparison.comparing import WhatIf
from wattloop.library.rating.comparison.what_if import shadow, what_if
from wattloop.library.rating.corrections.booked import Booked
from wattloop.library.rating.corrections.rebill import Correction, book, rebill
from wattloop.library.rating.explanation.explain import explain
from wattloop.library.rating.explanation.verify import verify
from wattloop.library.rating.run import Run, determinants_of, rate, run

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
