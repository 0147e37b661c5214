"""The folder in which workers count is removed, also that of a parent that was killed."""

import os
from pathlib import Path

from app.observability.metrics import PREFIX, locked, sweep


def folder(place: Path, name: str, old: bool = True) -> Path:
    made = place / f"{PREFIX}{name}"
    made.mkdir()
    (made / "counter_1.db").touch()
    if old:
        os.utime(made, (0, 0))
    return made


def test_what_nobody_is_at_work_with_is_removed(tmp_path: Path) -> None:
    left, used = folder(tmp_path, "left"), folder(tmp_path, "used")
    young = folder(tmp_path, "young", old=False)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = tmp_path / f"{PREFIX}link"
    link.symlink_to(elsewhere)
    os.utime(elsewhere, (0, 0))
    file = tmp_path / f"{PREFIX}file"
    file.touch()
    os.utime(file, (0, 0))
    with locked(used):
        sweep(tmp_path)
    assert not left.exists()
    assert used.exists() and young.exists() and elsewhere.exists() and link.exists()
    assert file.exists()
    os.utime(used, (0, 0))
    sweep(tmp_path)
    assert not used.exists()
