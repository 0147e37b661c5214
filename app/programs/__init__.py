"""The preset tier programs as YAML files; `app/domain/programs/parse.py` has the format."""

from importlib.resources import files
from typing import Any

import yaml

_SUFFIX = ".yaml"


class UnknownPresetError(Exception):
    """There is no preset of this name; the message lists those there are."""


def preset_keys() -> list[str]:
    """The keys of the packaged programs, sorted."""
    names = (entry.name for entry in files(__name__).iterdir())
    return sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))


def preset_text(key: str) -> str:
    """One preset's file as it is. Raises UnknownPresetError if there is none of that key."""
    if key not in preset_keys():
        raise UnknownPresetError(
            f"There is no preset program {key!r}. Use one of: {', '.join(preset_keys())}."
        )
    return files(__name__).joinpath(key + _SUFFIX).read_text(encoding="utf-8")


def load_preset(key: str) -> dict[str, Any]:
    """The content of one preset's file, to be given to `parse_program`.

    Raises UnknownPresetError if there is none of that key.
    """
    loaded: dict[str, Any] = yaml.safe_load(preset_text(key))
    return loaded
