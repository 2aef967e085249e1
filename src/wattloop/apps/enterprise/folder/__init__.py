"""The enterprise folder: read with its lines, checked as a whole, kept version by version, brought into force.

Nothing here is imported before a folder is read: start-up does not pay for it.
"""
