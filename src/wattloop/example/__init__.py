"""An example enterprise: its folder of tariffs, and a generator of the county it supplies."""

from pathlib import Path

ENTERPRISE = Path(__file__).parent / "enterprise"
"""The example enterprise folder."""
