"""Imports go one way: the law in pyproject.toml holds, and is the one of the house."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
GRAPHQL = {"strawberry", "graphql"}
# What stands above schema/: it assembles and serves the GraphQL schema.
ABOVE_SCHEMA = ("cli/", "main.py", "__main__.py", "web/", "explorer/", "server/", "graphql/")


def imported(path: Path) -> set[str]:
    """The top-level packages that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_the_law_holds():
    # In a process of its own: the linter silences all loggers of the one it runs in.
    code = (
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout


def test_below_schema_nothing_knows_graphql_or_what_stands_above():
    below = [
        path
        for path in (ROOT / "app").rglob("*.py")
        if not path.relative_to(ROOT / "app").as_posix().startswith(ABOVE_SCHEMA)
    ]
    assert len(below) > 100
    guilty = {
        path.relative_to(ROOT).as_posix(): names
        for path in below
        if (names := imported(path) & (GRAPHQL | {"schema", "resolvers"}))
    }
    assert guilty == {}


def test_the_domain_is_pure():
    impure = {"asyncio", "tortoise", "starlette", "aiosqlite", "asyncpg", "structlog", "logging"}
    for path in (ROOT / "app/domain").rglob("*.py"):
        assert not imported(path) & (impure | GRAPHQL), path
        if path.name != "clock.py":
            text = path.read_text()
            assert not [word for word in ("async def", ".now(", "open(") if word in text], path


def test_no_modules_import_each_other():
    """Neither at the top nor inside of functions. GraphQL types refer to each other lazily."""
    paths = [
        path
        for top in ("app", "schema", "resolvers")
        for path in (ROOT / top).rglob("*.py")
        if "migrations" not in path.parts
    ]
    modules = {_module(path): path for path in paths}
    assert len(modules) > 500
    imports = {name: _imported_modules(path, modules) - {name} for name, path in modules.items()}
    # What imports nothing that is left can be in no circle.
    while free := {name for name, found in imports.items() if not found & imports.keys()}:
        imports = {name: found for name, found in imports.items() if name not in free}
    assert sorted(imports) == []


def _module(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def _imported_modules(path: Path, modules: dict[str, Path]) -> set[str]:
    """The modules that a module imports when it runs, so not for the type checker alone."""
    found: set[str] = set()

    def walk(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if isinstance(child, ast.Import):
                found.update(alias.name for alias in child.names)
            elif isinstance(child, ast.ImportFrom) and child.module:
                names = (f"{child.module}.{alias.name}" for alias in child.names)
                found.update(name if name in modules else child.module for name in names)
            walk(child)

    walk(ast.parse(path.read_text()))
    return found & modules.keys()
