"""Determinants, one file per kind of charge, lines: from readings and a tariff to exact bills."""

from wattloop.library.rating.run import Run, determinants_of, rate, run

__all__ = ["Run", "determinants_of", "rate", "run"]
