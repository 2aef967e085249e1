"""Which states are good, and which want somebody to look."""

RUN = {"planned": "quiet", "determinants": "info", "rated": "info", "checked": "warn", "approved": "info",
       "issuing": "info", "issued": "good", "cancelled": "quiet"}  # fmt: skip
BILL = {"planned": "quiet", "rated": "info", "held": "warn", "issued": "good"}
SEVERITY = {"block": "bad", "warn": "warn"}
EXCEPTION = {"open": "warn", "accepted": "good", "held": "bad", "mended": "quiet"}
