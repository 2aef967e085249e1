"""Many rows in few statements, on both databases, and the one lock that those who touch an agreement's money take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from wattloop.apps.customers.models import Agreement


def insert(model: Any, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write many rows: with COPY on PostgreSQL, in one prepared statement on SQLite.

    Values go to the driver as they are: integers, texts, truth, None; days and moments as ISO texts.
    """
    table = model._meta.db_table
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)


def update(model: Any, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set columns of many rows; each of `rows` is the values and, last, the row's id."""
    if not rows:
        return
    names = ", ".join(f'"{column}" = %s' for column in columns)
    with connection.cursor() as cursor:
        cursor.executemany(f'UPDATE "{model._meta.db_table}" SET {names} WHERE id = %s', rows)


def lock(agreements: Iterable[int]) -> None:
    """Hold agreements against everybody else who touches their money, until the transaction ends.

    Always in the order of their ids, so that two who take several never wait for each other in a ring.
    SQLite has one writer at a time, which holds everything.
    """
    if connection.vendor != "postgresql":
        return
    list(
        Agreement.objects.select_for_update(no_key=True)
        .filter(pk__in=set(agreements))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
