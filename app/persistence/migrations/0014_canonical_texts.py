"""Names, domains and e-mail addresses in their new canonical forms; nothing is merged or lost."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

from app.domain.domains import normalise_domain
from app.domain.emails import normalise_email
from app.domain.text import MAX_KEY, sort_key
from app.persistence.row_guards import guard
from app.persistence.sql import bind

_BATCH = 1000

_NAMES = [
    ("partner", "name"),
    ("client", "name"),
    ("client_user", "name"),
    ("advisor", "name"),
    ("vendor_user", "name"),
    ("content_item", "title"),
]
# Tables with e-mail addresses, and within which rows they are unique.
_EMAILS = [
    ("advisor", "partner_id"),
    ("client_user", "client_id"),
    ("vendor_user", "''"),
    ("invitation", "CAST(id AS TEXT)"),
]
_GUARDED_COLUMNS_OF_CLIENTS = [
    *("id", "partner_id", "name", "name_key", "domain", "domain_problem", "employee_count"),
    *("bracket_id", "size_source", "status", "plan_id", "template_id", "billing_address"),
    *("tax_id", "created_by", "created_at", "archived_at"),
]


class _Table:
    """Reads and updates the rows of one table by SQL that both databases take."""

    def __init__(self, editor: Any, name: str) -> None:
        self._client, self._name = editor.client, name
        self._dialect = editor.client.capabilities.dialect

    async def rows(self, columns: str) -> AsyncIterator[dict[str, Any]]:
        """All rows in the order of their ids."""
        after = "00000000-0000-0000-0000-000000000000"
        while True:
            found = await self._client.execute_query_dict(
                f"SELECT CAST(id AS TEXT) AS id, {columns} FROM {self._name}"
                f" WHERE CAST(id AS TEXT) > '{after}' ORDER BY CAST(id AS TEXT) LIMIT {_BATCH}"
            )
            for row in found:
                yield row
            if not found:
                return
            after = found[-1]["id"]

    async def update(self, id: str, column: str, value: str | None) -> None:
        sql, values = bind(
            f"UPDATE {self._name} SET {column} = :value WHERE id = '{id}'",
            {"value": value},
            self._dialect,
        )
        await self._client.execute_query(sql, values)


async def _name_keys(apps: Any, editor: Any) -> None:
    for name, column in _NAMES:
        table = _Table(editor, name)
        async for row in table.rows(f"{column} AS name, {column}_key AS old"):
            if (key := sort_key(row["name"])) != row["old"]:
                await table.update(row["id"], f"{column}_key", key)


async def _template_keys(apps: Any, editor: Any) -> None:
    """Names that have become alike within a partner: all but the oldest get a key of their own."""
    table = _Table(editor, "client_template")
    taken: set[tuple[str, str]] = set()
    changed: dict[str, str] = {}
    async for row in table.rows("CAST(partner_id AS TEXT) AS partner, name, name_key AS old"):
        key = sort_key(row["name"])
        if (row["partner"], key) in taken:
            key = f"{key[: MAX_KEY - 37]}~{row['id']}"
        taken.add((row["partner"], key))
        if key != row["old"]:
            changed[row["id"]] = key
    # One row may get the key that another one leaves.
    for id in changed:
        await table.update(id, "name_key", f"~{id}")
    for id, key in changed.items():
        await table.update(id, "name_key", key)


async def _emails(apps: Any, editor: Any) -> None:
    """A person whose mailbox somebody else of the team has already keeps the old spelling."""
    for name, team in _EMAILS:
        table = _Table(editor, name)
        taken = {
            (row["team"], row["email"])
            async for row in table.rows(f"CAST({team} AS TEXT) AS team, email")
        }
        async for row in table.rows(f"CAST({team} AS TEXT) AS team, email"):
            email = normalise_email(row["email"])
            if email != row["email"] and (row["team"], email) not in taken:
                taken.add((row["team"], email))
                await table.update(row["id"], "email", email)


async def _domains(apps: Any, editor: Any) -> None:
    """A live client whose domain another live client of its partner has is marked DUPLICATE."""
    table = _Table(editor, "client")
    columns = "CAST(partner_id AS TEXT) AS partner, domain, status"
    live = {
        (row["partner"], row["domain"])
        async for row in table.rows(columns)
        if row["status"] != "ARCHIVED"
    }
    async for row in table.rows(columns):
        domain = _or_none(normalise_domain, row["domain"])
        if domain is None:
            await table.update(row["id"], "domain_problem", "INVALID")
        elif domain != row["domain"]:
            if row["status"] != "ARCHIVED" and (row["partner"], domain) in live:
                await table.update(row["id"], "domain_problem", "DUPLICATE")
                continue
            live.add((row["partner"], domain))
            await table.update(row["id"], "domain", domain)
    for name, column in (("partner", "domain"), ("vendor", "website")):
        other = _Table(editor, name)
        async for row in other.rows(f"{column} AS domain"):
            domain = _or_none(normalise_domain, row["domain"]) if row["domain"] else None
            if domain and domain != row["domain"]:
                await other.update(row["id"], column, domain)


def _or_none(normalise: Callable[[str], str], value: str) -> str | None:
    try:
        return normalise(value)
    except ValueError:
        return None


async def _shared_domains(apps: Any, editor: Any) -> None:
    await editor.client.execute_query(
        "UPDATE client SET domain_shared = (status <> 'ARCHIVED' AND EXISTS (SELECT 1 FROM client o"
        " WHERE o.domain = client.domain AND o.status <> 'ARCHIVED'"
        " AND o.partner_id <> client.partner_id)) WHERE status <> 'ARCHIVED'"
    )


async def _guard_the_new_column(apps: Any, editor: Any) -> None:
    if editor.client.capabilities.dialect == "postgres":
        for name in ("guard_new", "guard_old"):
            await editor.client.execute_script(f"DROP TRIGGER {name} ON client")
        for sql in guard("client", "{row}.partner_id::text", _GUARDED_COLUMNS_OF_CLIENTS):
            await editor.client.execute_script(sql)


class Migration(migrations.Migration):
    dependencies = [("models", "0013_row_guards")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Client",
            name="domain_problem",
            field=fields.CharField(null=True, max_length=32),
        ),
        ops.AddConstraint(
            model_name="Client",
            constraint=CheckConstraint(
                check="domain_problem IN ('DUPLICATE', 'INVALID')",
                name="ck_client_domain_problem",
            ),
        ),
        ops.RunPython(_guard_the_new_column),
        ops.RunPython(_name_keys),
        ops.RunPython(_template_keys),
        ops.RunPython(_emails),
        ops.RunPython(_domains),
        ops.RunPython(_shared_domains),
    ]
