"""`documents manifest`, and what `serve` says of the settings that close a server."""

import json
from pathlib import Path

from app.explorer.config import load_operations
from app.graphql.trusted_documents import digest, read_manifest
from tests.commands import Commands


def test_the_manifest_of_the_operations_that_ship(tmp_path: Path, commands: Commands):
    file = tmp_path / "documents.json"
    code, out, err = commands.run("documents", "manifest", "--output", str(file))
    assert (code, out) == (0, ""), err
    # To the letter what the explorer shows as an example.
    assert set(read_manifest(file).values()) == {each.document for each in load_operations()}


def test_the_manifest_of_files(tmp_path: Path, commands: Commands):
    file, wrong = tmp_path / "a.graphql", tmp_path / "b.graphql"
    file.write_text("# Who I am.\nquery Me { viewer { name } }\n")
    wrong.write_text("query Me { viewer")
    code, out, err = commands.run("documents", "manifest", str(file))
    text = "query Me { viewer { name } }"
    assert (code, json.loads(out)) == (0, {digest(text): text}), err
    misspelt, huge = tmp_path / "c.graphql", tmp_path / "d.graphql"
    misspelt.write_text("query A { viewr }")
    huge.write_text("query A { viewer {" + " name" * 101 + "} }")
    for path in (wrong, misspelt, huge, tmp_path / "nowhere.graphql"):
        code, out, err = commands.run("documents", "manifest", str(file), str(path))
        assert (code, out) == (1, "") and path.name in err and "Traceback" not in err


def test_serve_tells_of_an_open_server_and_of_a_wrong_manifest(
    deployment: Path, tmp_path: Path, commands: Commands
):
    file = tmp_path / "documents.json"
    text = "query Old { fieldOfLongAgo }"
    file.write_text(json.dumps({digest(text): text}))
    settings = {
        "PARTNERGRAPH_DATA_DIR": str(deployment),
        "PARTNERGRAPH_TRUSTED_DOCUMENTS": "enforce",
        "PARTNERGRAPH_TRUSTED_DOCUMENTS_FILE": str(file),
    }
    for production, told in (("false", True), ("true", False)):
        code, _, err = commands.run("serve", **settings, PARTNERGRAPH_PRODUCTION=production)
        assert code == 1 and "query Old { fieldOfLongAgo }" in err and "Traceback" not in err
        assert ("PARTNERGRAPH_PRODUCTION=true" in err) is told


def test_a_production_server_is_no_demo(tmp_path: Path, commands: Commands):
    settings = {"PARTNERGRAPH_DATA_DIR": str(tmp_path), "PARTNERGRAPH_PRODUCTION": "true"}
    for arguments, more in ((["serve", "--demo"], {}), (["serve"], {"PARTNERGRAPH_DEMO": "true"})):
        code, _, err = commands.run(*arguments, **settings, **more)
        assert code == 1 and "cannot be combined" in err
