"""The second wall: PostgreSQL itself refuses what a partner's unit of work writes elsewhere.

Every table but a few has triggers that look at the setting below, which a unit of work of a
partner's person or app sets for itself. Migrations use this module: what it makes never changes.
"""

from collections.abc import Iterable, Iterator

# The partner whose unit of work this is, by its id; empty for all others.
SETTING = "partnergraph.partner"

# The error of a refused write.
REFUSED = "PG001"

MINE = f"current_setting('{SETTING}', true)"

FUNCTION = f"""
CREATE OR REPLACE FUNCTION refuse_foreign_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a unit of work of partner % writes a row of % that is not its own',
        {MINE}, TG_TABLE_NAME USING ERRCODE = '{REFUSED}';
END
$$
"""


def guard(table: str, owner: str | None = None, columns: Iterable[str] = ()) -> Iterator[str]:
    """The statements that guard a table.

    `owner` is SQL over `{row}` for the id of the partner whose row it is, as text; without one, no
    partner's unit writes the table at all. With `columns`, all others may be updated by anybody.
    """
    update = f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"
    for row, events in (("new", f"INSERT OR {update}"), ("old", f"{update} OR DELETE")):
        foreign = f" AND {owner.format(row=row)} IS DISTINCT FROM {MINE}" if owner else ""
        yield (
            f"CREATE TRIGGER guard_{row} BEFORE {events} ON {table} FOR EACH ROW"
            f" WHEN (COALESCE({MINE}, '') <> ''{foreign}) EXECUTE FUNCTION refuse_foreign_row()"
        )


def guard_keys() -> Iterator[str]:
    """The statements that guard `api_key`: the key of a person is of that person's partner."""
    yield f"""
CREATE OR REPLACE FUNCTION refuse_foreign_key() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    key api_key := CASE TG_NAME WHEN 'guard_new' THEN NEW ELSE OLD END;
    owner uuid := COALESCE(
        key.partner_id,
        (SELECT a.partner_id FROM advisor a WHERE a.id = key.advisor_id),
        (SELECT u.partner_id FROM client_user u WHERE u.id = key.client_user_id)
    );
BEGIN
    IF owner::text IS DISTINCT FROM {MINE} THEN
        RAISE EXCEPTION 'a unit of work of partner % writes an API key that is not its own', {MINE}
            USING ERRCODE = '{REFUSED}';
    END IF;
    RETURN COALESCE(NEW, OLD);
END
$$
"""
    for row, events in (("new", "INSERT OR UPDATE"), ("old", "UPDATE OR DELETE")):
        yield (
            f"CREATE TRIGGER guard_{row} BEFORE {events} ON api_key FOR EACH ROW"
            f" WHEN (COALESCE({MINE}, '') <> '') EXECUTE FUNCTION refuse_foreign_key()"
        )
