"""The room `records`: audit, jobs, outbox and stored files."""
