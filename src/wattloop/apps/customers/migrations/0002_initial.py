"""The index of grams: each database has its own kind of table for it."""

from __future__ import annotations

from typing import Any

from django.db import migrations

_MAKE = {
    # No texts are kept in it (content='') and no places (detail=none); all signs beyond ASCII are letters to it.
    "sqlite": [
        "CREATE VIRTUAL TABLE customers_grams USING fts5(grams, content='', detail='none', columnsize=0, "
        "tokenize='ascii')"
    ],
    "postgresql": [
        "CREATE TABLE customers_grams (customer bigint PRIMARY KEY REFERENCES customers_customer (id) "
        "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, grams text[] NOT NULL)",
        "CREATE INDEX customers_grams_gin ON customers_grams USING gin (grams)",
    ],
}


def make(apps: Any, editor: Any) -> None:
    for statement in _MAKE[editor.connection.vendor]:
        editor.execute(statement)


def drop(apps: Any, editor: Any) -> None:
    editor.execute("DROP TABLE customers_grams")


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
