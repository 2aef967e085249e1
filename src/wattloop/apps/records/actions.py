"""What a role may grant in this room."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "records.audit.view": _("see the audit"),
    "records.audit.verify": _("verify the audit"),
    "records.job.view": _("see jobs"),
    "records.job.cancel": _("cancel jobs"),
    "records.job.retry": _("try failed jobs again"),
    "records.file.view": _("see all stored files"),
}
