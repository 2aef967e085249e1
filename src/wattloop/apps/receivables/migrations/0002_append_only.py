"""Entries and transfers are only added, and none to a closed month: the database itself refuses anything else."""

from django.db import migrations

SQLITE = {
    "entry_update": """CREATE TRIGGER receivables_entry_no_update BEFORE UPDATE ON receivables_entry
        BEGIN SELECT RAISE(ABORT, 'entries of the ledger are only added'); END""",
    "entry_delete": """CREATE TRIGGER receivables_entry_no_delete BEFORE DELETE ON receivables_entry
        BEGIN SELECT RAISE(ABORT, 'entries of the ledger are only added'); END""",
    "transfer_update": """CREATE TRIGGER receivables_transfer_no_update BEFORE UPDATE ON receivables_transfer
        BEGIN SELECT RAISE(ABORT, 'transfers of the ledger are only added'); END""",
    "transfer_delete": """CREATE TRIGGER receivables_transfer_no_delete BEFORE DELETE ON receivables_transfer
        BEGIN SELECT RAISE(ABORT, 'transfers of the ledger are only added'); END""",
    "entry_closed": """CREATE TRIGGER receivables_entry_open_month BEFORE INSERT ON receivables_entry
        WHEN EXISTS (SELECT 1 FROM receivables_period
                     WHERE start = date(NEW."on", 'start of month') AND closed_at IS NOT NULL)
        BEGIN SELECT RAISE(ABORT, 'the month is closed'); END""",
    "transfer_closed": """CREATE TRIGGER receivables_transfer_open_month BEFORE INSERT ON receivables_transfer
        WHEN EXISTS (SELECT 1 FROM receivables_entry e JOIN receivables_period p
                     ON p.start = date(e."on", 'start of month')
                     WHERE e.id = NEW.entry_id AND p.closed_at IS NOT NULL)
        BEGIN SELECT RAISE(ABORT, 'the month is closed'); END""",
}
# Statement triggers: one look a statement, however many rows. The month is locked against its own closing.
POSTGRESQL = [
    """CREATE FUNCTION receivables_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'entries and transfers of the ledger are only added' USING ERRCODE = 'check_violation';
    END $$""",
    """CREATE TRIGGER receivables_entry_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON receivables_entry
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_only_added()""",
    """CREATE TRIGGER receivables_transfer_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON receivables_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_only_added()""",
    """CREATE FUNCTION receivables_open_month() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM 1 FROM receivables_period p
        WHERE p.start IN (SELECT date_trunc('month', n."on")::date FROM added n) FOR SHARE;
      IF EXISTS (SELECT 1 FROM receivables_period p JOIN added n ON p.start = date_trunc('month', n."on")::date
                 WHERE p.closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the month is closed' USING ERRCODE = 'check_violation';
      END IF;
      RETURN NULL;
    END $$""",
    """CREATE TRIGGER receivables_entry_open_month AFTER INSERT ON receivables_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION receivables_open_month()""",
    """CREATE FUNCTION receivables_open_month_of_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT 1 FROM (SELECT DISTINCT entry_id FROM added) n
                 JOIN receivables_entry e ON e.id = n.entry_id
                 JOIN receivables_period p ON p.start = date_trunc('month', e."on")::date
                 WHERE p.closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the month is closed' USING ERRCODE = 'check_violation';
      END IF;
      RETURN NULL;
    END $$""",
    """CREATE TRIGGER receivables_transfer_open_month AFTER INSERT ON receivables_transfer
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION receivables_open_month_of_entry()""",
]


def guard(apps, schema_editor):
    """Make the triggers of this database."""
    vendor = schema_editor.connection.vendor
    for statement in POSTGRESQL if vendor == "postgresql" else SQLITE.values():
        schema_editor.execute(statement, params=None)


def unguard(apps, schema_editor):
    """Take them away again."""
    if schema_editor.connection.vendor == "postgresql":
        for table in ("entry", "transfer"):
            schema_editor.execute(f"DROP TRIGGER receivables_{table}_only_added ON receivables_{table}")
            schema_editor.execute(f"DROP TRIGGER receivables_{table}_open_month ON receivables_{table}")
        for function in ("only_added", "open_month", "open_month_of_entry"):
            schema_editor.execute(f"DROP FUNCTION receivables_{function}()")
        return
    for table in ("entry", "transfer"):
        for what in ("no_update", "no_delete", "open_month"):
            schema_editor.execute(f"DROP TRIGGER receivables_{table}_{what}")


class Migration(migrations.Migration):
    dependencies = [("receivables", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
