"""What a server of WSGI runs."""

from __future__ import annotations

import os
import signal

from django.core.wsgi import get_wsgi_application

from wattloop import parenting

if parenting.SERVED in os.environ:
    parenting.die_with_parent(signal.SIGKILL)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wattloop.settings")
application = get_wsgi_application()
