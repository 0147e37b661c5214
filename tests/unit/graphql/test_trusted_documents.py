"""The manifest of trusted documents: what is read, and what stops the start."""

import json

import pytest
import strawberry
from graphql import parse
from structlog.testing import capture_logs

from app.graphql.document_cache import Documents
from app.graphql.endpoint import build_schema
from app.graphql.trusted_documents import digest, manifest, read_manifest, without_heading
from app.settings import Settings
from resolvers.error_mapping import ApiError


@strawberry.type
class Query:
    hello: str = "Hello"


HELLO = "query Hello { hello }"


def settings(file, mode="enforce", **more):
    return Settings(_env_file=None, trusted_documents=mode, trusted_documents_file=file, **more)


def started(tmp_path, entries, mode="enforce", **more) -> Documents:
    file = tmp_path / "documents.json"
    file.write_text(json.dumps(entries))
    return build_schema(Query, settings=settings(file, mode, **more)).documents


def code(documents: Documents, asked: str) -> str:
    with pytest.raises(ApiError) as refused:
        documents.prepare(asked, None)
    return str(refused.value.code)


@pytest.mark.parametrize("prefix", ["", "sha256:"])
def test_a_trusted_document_is_answered_by_text_and_by_hash(tmp_path, prefix):
    documents = started(tmp_path, {prefix + digest(HELLO): HELLO})
    for asked in (HELLO, f"sha256:{digest(HELLO)}"):
        document, _ = documents.prepare(asked, None)
        assert document.name(None) == "Hello"
    assert documents.only_root_field(f"sha256:{digest(HELLO)}", None) == "hello"


def test_any_other_is_refused_unless_trust_is_only_logged(tmp_path):
    entries = {digest(HELLO): HELLO}
    other = "query Other { hello }"
    assert code(started(tmp_path, entries), other) == "DOCUMENT_NOT_TRUSTED"
    # Before it is looked at: a syntax error is not told.
    assert code(started(tmp_path, entries), "{") == "DOCUMENT_NOT_TRUSTED"
    documents = started(tmp_path, entries, "log")
    with capture_logs() as logged:
        for asked in (HELLO, other, other, other.replace(" ", "  ")):
            documents.prepare(asked, None)
    told = [entry for entry in logged if entry["event"] == "document_not_trusted"]
    assert [(entry["operation"], entry["sha256"]) for entry in told] == [
        ("Other", digest(other)),
        ("Other", digest(other.replace(" ", "  "))),
    ]


@pytest.mark.parametrize("mode", ["off", "log", "enforce"])
def test_a_hash_that_is_in_no_manifest(tmp_path, mode):
    documents = started(tmp_path, {}, mode)
    assert code(documents, f"sha256:{'0' * 64}") == "PERSISTED_QUERY_NOT_FOUND"
    assert documents.only_root_field(f"sha256:{'0' * 64}", None) is None


WRONG = {
    "another text": ({digest("{ other }"): HELLO}, "is not the SHA-256 of its text: query Hello"),
    "no hash": ({"Hello": HELLO}, "'Hello' is no SHA-256"),
    "no text": ({digest(HELLO): 7}, "is no SHA-256 in hexadecimal with a document"),
    "a list": ([HELLO], "write an object"),
    "a syntax error": ({digest("{ hello"): "{ hello"}, r"`\{ hello`, cannot be executed: Syntax"),
    "an unknown field": ({digest("{ nope }"): "{ nope }"}, "cannot be executed: Cannot query"),
    "one too large": (
        {digest("{" + "hello " * 101 + "}"): "{" + "hello " * 101 + "}"},
        "repeated 101 times",
    ),
}


@pytest.mark.parametrize(("entries", "why"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("mode", ["log", "enforce"])
def test_a_manifest_that_is_wrong_stops_the_start(tmp_path, entries, why, mode):
    with pytest.raises(ValueError, match=why):
        started(tmp_path, entries, mode)
    started(tmp_path, entries, "off")


def test_a_file_that_is_missing_stops_the_start(tmp_path):
    with pytest.raises(ValueError, match=r"nowhere\.json is no manifest"):
        read_manifest(tmp_path / "nowhere.json")
    with pytest.raises(ValueError, match="TRUSTED_DOCUMENTS needs"):
        settings(None)


def test_in_production_nobody_trusts_introspection(tmp_path):
    text = "{ __schema { queryType { name } } }"
    with pytest.raises(ValueError, match="introspection"):
        started(tmp_path, {digest(text): text}, production=True)


def test_what_is_written_can_be_read(tmp_path):
    text = without_heading("# area: x\n# What it is.\nquery A { hello } # more\n\n")
    assert text == "query A { hello } # more"
    file = tmp_path / "written.json"
    file.write_bytes(manifest({digest(text): text, digest(HELLO): HELLO}))
    assert read_manifest(file) == {digest(text): text, digest(HELLO): HELLO}
    assert all(parse(each) for each in read_manifest(file).values())
