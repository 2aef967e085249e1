"""Audit entries and their batches are kept as they were written, by triggers."""

from django.db import migrations

from wattloop.apps.records import append_only


def create(apps, schema_editor):
    for statement in append_only.create(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    for statement in append_only.drop(schema_editor.connection.vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
