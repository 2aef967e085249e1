"""Agreements whose terms change inside a bill."""

import datetime as dt

import pyarrow as pa


def two_owners(point, tariff, day, **more):
    """An agreement that goes from Li to Wang on a day; its tariff and more columns may have a value for each."""
    tariff = tariff if isinstance(tariff, list) else [tariff, tariff]
    return pa.table(
        {
            "agreement": [point, point], "point": [point, point], "tariff": tariff,
            "valid-from": [None, day], "valid-to": [day - dt.timedelta(days=1), None], "customer": ["Li", "Wang"],
            **more,
        }
    )  # fmt: skip
