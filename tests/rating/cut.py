"""Agreements whose terms change inside a bill."""

import datetime as dt

import pyarrow as pa


def two_owners(point, tariff, day, **more):
    """An agreement that goes from Li to Wang on a day; more columns have a value for each."""
    return pa.table(
        {
            "agreement": [point, point], "point": [point, point], "tariff": [tariff, tariff],
            "valid-from": [None, day], "valid-to": [day - dt.timedelta(days=1), None], "customer": ["Li", "Wang"],
            **more,
        },
        schema=None,
    )  # fmt: skip
