"""Settings that would be unsafe are refused at start."""

import pytest
from pydantic import ValidationError

from app.settings import Settings


def test_any_origin_is_not_an_origin() -> None:
    with pytest.raises(ValidationError, match="name each origin"):
        Settings(cors_origins="https://portal.example,*")


def test_origins_are_named_one_by_one() -> None:
    settings = Settings(cors_origins="https://a.example, https://b.example")
    assert settings.cors_origins == ("https://a.example", "https://b.example")
