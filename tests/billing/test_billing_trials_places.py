"""Where the sums of trials lie."""

from __future__ import annotations

from pathlib import Path

from wattloop.apps.billing.trials import places


def test_forgetting_older_sums_leaves_alone_what_another_job_is_writing(tmp_path: Path) -> None:
    names = ("20261101T000000000000", "20261102T000000000000", ".writing-20261103T000000000000")
    for name in names:
        (tmp_path / name).mkdir()
    places.forget_older(tmp_path / names[1])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[1:])
