"""Agreements and readings for tests, written as shortly as a sentence."""

import textwrap

import numpy as np
import pyarrow as pa

from wattloop.library import tariffs
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.rating.agreements.columns import from_documents
from wattloop.library.rating.agreements.documents import read_documents


def tariff(name="t", **parts):
    plain = {"id": name, "name": name, "valid_from": "2020-01-01", "currency": "CNY", "energy": {"price": "0.5"}}
    return tariffs.from_plain(plain | parts)


def use(start, end, slots=24, **watts):
    """Day-rows of constant power from one day up to another: use(JAN, FEB, P1=1000)."""
    days = np.arange(np.datetime64(start), np.datetime64(end))
    made = []
    for point, power in watts.items():
        values = np.full((len(days), slots), power * 24 // slots, np.int32)
        made.append(from_matrix([point] * len(days), days, values))
    return pa.concat_tables(made)


def documents(folder, text):
    file = folder / "agreements.yaml"
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    return from_documents(read_documents([file]))


def amounts(lines, *keys):
    """What lines come to, by some of their columns."""
    found = {}
    for row in lines.to_pylist():
        key = tuple(row[k] for k in keys) if len(keys) > 1 else row[keys[0]]
        found[key] = found.get(key, 0) + row["amount"]
    return found
