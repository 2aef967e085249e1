"""Agreements: who is billed for which points under which terms, and how changes of these cut a bill."""
