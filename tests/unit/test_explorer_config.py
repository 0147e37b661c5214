"""Operation files of the explorer: how one is read, and what is told of one that is wrong."""

import json

import pytest

from app.explorer.config import explorer_config, load_operations, read_demo_keys, read_operation

GOOD = """# area: clients
# The clients that the viewer may see,
# by name.
# variables:
#   {"first": 20,
#    "after": null}
query ClientList($first: Int, $after: String) {
  # A comment inside stays.
  clients(first: $first, after: $after) { nodes { ...Row } }
}

fragment Row on Client { id }
"""


def test_an_operation_file(tmp_path):
    (tmp_path / "10-list.graphql").write_text(GOOD)
    operation = read_operation(tmp_path / "10-list.graphql")
    assert (operation.area, operation.name) == ("clients", "ClientList")
    assert operation.description == "The clients that the viewer may see, by name."
    assert operation.variables == '{\n  "first": 20,\n  "after": null\n}'
    assert operation.document.startswith("query ClientList(")
    assert "# A comment inside stays." in operation.document
    assert operation.document.endswith("fragment Row on Client { id }")


def test_files_are_ordered_by_name_and_variables_are_optional(tmp_path):
    for name in ("20-b", "10-a"):
        text = f"# area: x\n# About.\nsubscription Name{name[-1]} {{ x }}"
        (tmp_path / f"{name}.graphql").write_text(text)
    (tmp_path / "README.md").write_text("no operation")
    operations = load_operations(tmp_path)
    assert [o.name for o in operations] == ["Namea", "Nameb"]
    assert operations[0].variables == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("query A { x }", "area"),
        ("# area: x\n{ x }", "name the operation"),
        ("# area: x\n# About.\n# variables: {oops}\nquery A { x }", "not JSON"),
        ("", "area"),
    ],
)
def test_a_wrong_file_is_named(tmp_path, text, told):
    (tmp_path / "wrong.graphql").write_text(text)
    with pytest.raises(ValueError, match=rf"wrong\.graphql.*{told}"):
        load_operations(tmp_path)


def test_without_a_demo_nobody_can_be_acted_as(tmp_path):
    assert b'"demo":false,"actors":[]' in explorer_config(None)
    assert b'"demo":true,"actors":[]' in explorer_config([])
    assert read_demo_keys(tmp_path / "missing.json") == []


def test_ids_take_the_place_of_placeholders_where_they_are_known():
    ids = {
        "": {"client_...": "client_1"},
        "ArchiveClient": {"client_...": "client_2"},
        "UpgradeClient": {},
    }
    shown = _variables(explorer_config([], ids))
    assert shown["ClientDetail"] == {"id": "client_1"}
    assert shown["NodesById"] == {"ids": ["client_1", "advisor_..."]}
    assert shown["ArchiveClient"]["input"]["clientId"] == "client_2"
    # No client fits any more: one that others are about would be wrong.
    assert shown["UpgradeClient"]["input"]["clientId"] == "client_..."
    assert _variables(explorer_config(None))["ClientDetail"] == {"id": "client_..."}


def _variables(config):
    return {
        operation["name"]: json.loads(operation["variables"] or "{}")
        for operation in json.loads(config)["operations"]
    }
