"""Determinants, one file per kind of charge, lines: from readings and a tariff to exact bills."""

from wattloop.library.rating.run import Run, rate, run

__all__ = ["Run", "rate", "run"]
