"""What the room keeps in the database."""

from wattloop.apps.records.models.audit import AuditBatch, AuditEntry
from wattloop.apps.records.models.files import StoredFile
from wattloop.apps.records.models.jobs import Job
from wattloop.apps.records.models.outbox import Delivery, Message

__all__ = ["AuditBatch", "AuditEntry", "Delivery", "Job", "Message", "StoredFile"]
