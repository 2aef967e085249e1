"""Agreements in the database are read as the library reads them from files."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields

import numpy as np
import pyarrow as pa

from wattloop.apps.customers.models import Agreement
from wattloop.apps.customers.population import agreements
from wattloop.example import ENTERPRISE
from wattloop.library import rating, readings
from wattloop.library.rating.agreements.model import Agreements
from wattloop.library.tariffs import load_versions

START, END = dt.date(2026, 10, 1), dt.date(2026, 11, 1)


def test_bills_are_the_same_from_the_database_as_from_files(county: Agreements, home) -> None:
    known = [t for file in sorted((ENTERPRISE / "tariffs").glob("*.yaml")) for t in load_versions(file)]
    lake = readings.open_lake(home / "lake", "Asia/Shanghai")
    told = agreements(Agreement.objects.all(), START, END)
    ours, theirs = (rating.run(lake, known, START, END, agreements=one).lines.to_pylist() for one in (told, county))
    key = ("agreement", "line")
    assert sorted(ours, key=lambda r: [r[k] for k in key]) == sorted(theirs, key=lambda r: [r[k] for k in key])
    assert len(ours) > 200


def test_points_versions_and_transformers_are_those_of_the_files(county: Agreements) -> None:
    told = agreements(Agreement.objects.order_by("pk"), START, END)
    assert told.names.equals(county.names)
    assert told.transformers == county.transformers
    for field in fields(county.points):
        ours, theirs = getattr(told.points, field.name), getattr(county.points, field.name)
        assert ours.equals(theirs) if isinstance(ours, pa.Array) else np.array_equal(ours, theirs), field.name
    assert told.versions.tariff.equals(county.versions.tariff)
    assert np.array_equal(told.versions.capacity, county.versions.capacity)


def test_nobody_is_read_as_nobody(cast) -> None:
    told = agreements(Agreement.objects.none(), START, END)
    assert len(told.names) == 0
    assert len(told.versions.start) == 0


def test_who_owns_is_told_by_number_so_a_corrected_name_changes_nothing(cast) -> None:
    told = agreements(Agreement.objects.all(), START, END)
    assert told.versions.customer.to_pylist() == ["C0001", "C0002", "C0003"]
