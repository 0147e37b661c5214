"""Settings that would be unsafe are refused at start."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import Settings


def test_any_origin_is_not_an_origin() -> None:
    with pytest.raises(ValidationError, match="list each origin"):
        Settings(cors_origins="https://portal.example,*")


def test_origins_are_named_one_by_one() -> None:
    settings = Settings(cors_origins="https://a.example, https://b.example")
    assert settings.cors_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("storage_url", "files", "file:///folder or s3://bucket/prefix"),
        ("storage_url", "file://relative", "file:///folder or s3://bucket/prefix"),
        ("storage_url", "https://example.com/files", "file:///folder or s3://bucket/prefix"),
        ("attachment_types", "pdf", "media types such as application/pdf"),
        ("attachment_types", "text/html; charset=utf-8", "media types such as application/pdf"),
        ("max_attachment_bytes", "2147483648", "less than or equal to"),
        ("link_seconds", "0", "greater than or equal to"),
    ],
)
def test_files_need_a_place_and_limits(name: str, value: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Settings(_env_file=None, **{name: value})


def test_files_are_in_the_data_folder_unless_said(tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    assert Settings(_env_file=None, data_dir=folder).resolved_storage_url == (
        f"{folder.as_uri()}/files"
    )
    settings = Settings(
        _env_file=None, storage_url="s3://bucket/files", attachment_types="image/png, text/csv"
    )
    assert settings.resolved_storage_url == "s3://bucket/files"
    assert settings.attachment_types == ("image/png", "text/csv")
