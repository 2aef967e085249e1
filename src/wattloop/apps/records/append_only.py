"""Triggers that keep audit entries and their batches as they were written, on both databases.

An entry is changed once, when it is sealed, in its column `batch_id` alone. A migration that makes SQLite
write one of the two tables anew has to create the triggers again after it.
"""

from __future__ import annotations

ENTRIES, BATCHES = "records_auditentry", "records_auditbatch"
SAID = "audit entries are never changed or deleted"
COLUMNS = (
    "id", "at", "actor", "action", "object_type", "object_id", "object_name", "unit_path", "before", "after", "note",
)  # fmt: skip


def create(vendor: str) -> list[str]:
    """The statements that create them."""
    return _sqlite() if vendor == "sqlite" else _postgresql()


def drop(vendor: str) -> list[str]:
    """The statements that drop them."""
    if vendor == "sqlite":
        return [
            f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for table in (ENTRIES, BATCHES) for verb in ("update", "delete")
        ]
    return [f"DROP TRIGGER IF EXISTS {table}_kept ON {table}" for table in (ENTRIES, BATCHES)] + [
        "DROP FUNCTION IF EXISTS records_audit_kept()"
    ]


def _sqlite() -> list[str]:
    same = " AND ".join(f'OLD."{column}" IS NEW."{column}"' for column in COLUMNS)
    sealing = f"OLD.batch_id IS NULL AND NEW.batch_id IS NOT NULL AND {same}"
    refuse = f"BEGIN SELECT RAISE(ABORT, '{SAID}'); END"
    return [
        f"CREATE TRIGGER {ENTRIES}_no_update BEFORE UPDATE ON {ENTRIES} WHEN NOT ({sealing}) {refuse}",
        f"CREATE TRIGGER {ENTRIES}_no_delete BEFORE DELETE ON {ENTRIES} {refuse}",
        f"CREATE TRIGGER {BATCHES}_no_update BEFORE UPDATE ON {BATCHES} {refuse}",
        f"CREATE TRIGGER {BATCHES}_no_delete BEFORE DELETE ON {BATCHES} {refuse}",
    ]


def _postgresql() -> list[str]:
    return [
        f"""
        CREATE FUNCTION records_audit_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = '{ENTRIES}' THEN
                IF to_jsonb(OLD) ->> 'batch_id' IS NULL AND to_jsonb(NEW) ->> 'batch_id' IS NOT NULL
                   AND to_jsonb(OLD) - 'batch_id' = to_jsonb(NEW) - 'batch_id' THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION '{SAID}' USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """,
        *(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION records_audit_kept()"
            for table in (ENTRIES, BATCHES)
        ),
    ]
