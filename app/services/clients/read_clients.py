"""Files of new clients: CSV with a header, a client in each row.

`users` is written as `Name <e-mail>; ...`, `advisors` as e-mails with `;` between them. Without an
advisor a row gets the default ones, without plan and template what is given for the whole file.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from app.domain.clients import NewClientUser
from app.domain.csv_rows import BYTE_ORDER_MARK, Row, csv_rows
from app.domain.emails import normalise_email
from app.domain.errors import ErrorCode, Problem
from app.domain.plans import BillingInterval, PlanCode
from app.domain.spreadsheet_values import check_size_code, whole_number
from app.domain.text import sort_key
from app.services.clients.new_client import CreateClient

NEEDED = ("name", "domain")
COLUMNS = (
    *NEEDED,
    *("employees", "bracket", "plan", "template", "advisors", "users", "interval"),
)
E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")
_USER = re.compile(r"(?P<name>[^<>]*)<(?P<email>[^<>]*)>")


@dataclass(slots=True)
class ClientRow:
    """A row of the file: its line, and what is wrong with it; `field` of a problem is its column.

    `input` is the client that it asks for, None if it cannot be told.
    """

    line: int
    texts: Mapping[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    input: CreateClient | None = None

    def refuse(self, code: ErrorCode, message: str, *column: str) -> None:
        """Add a problem; of one column, the first one is told."""
        if not any(problem.field == column for problem in self.problems):
            self.problems.append(Problem(code, message, column))


@dataclass(frozen=True, slots=True)
class Names:
    """What rows call by name, of one partner: templates by sort key, active advisors by e-mail."""

    templates: Mapping[str, UUID]
    advisors: Mapping[str, UUID]


def rows_of(text: str) -> Iterator[Row]:
    """The rows of a file. Raises UnreadableFile, in the end or at once."""
    lines = io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")
    return csv_rows(lines, COLUMNS, NEEDED)


def emails_in(rows: Iterable[Row]) -> set[str]:
    """Those of all advisors who are named."""
    return {email for row in rows for email in _emails(row.texts)}


def read_client(row: Row, names: Names, default: CreateClient) -> ClientRow:
    """A row as the client that it asks for. `default` has what the file as a whole is given."""
    read = ClientRow(row.line, row.texts)
    if row.refused:
        column = (row.refused.field,) if row.refused.field else ()
        read.refuse(ErrorCode.INVALID, row.refused.reason, *column)
        return read
    texts = row.texts
    own = "plan" in texts or "template" in texts
    plan, template = _plan(read), _template(read, names)
    read.input = CreateClient(
        idempotency_key="",
        name=texts.get("name", ""),
        domain=texts.get("domain", ""),
        plan_code=plan if own else default.plan_code,
        template_id=template if own else default.template_id,
        employee_count=_read(read, "employees", whole_number),
        bracket_code=_read(read, "bracket", check_size_code),
        advisor_ids=_advisors(read, names),
        users=tuple(_users(read)),
        partner_id=default.partner_id,
        interval=_word(read, BillingInterval, "interval") or BillingInterval.MONTH,
    )
    return read


def tell(read: ClientRow, problems: Iterable[Problem]) -> None:
    """Add what createClient says to a row, each problem at the column that its value is in."""
    for problem in problems:
        column = _column(problem.field, read.texts)
        read.refuse(problem.code, _whose(read, problem) + problem.message, column)


def _column(at: tuple[str, ...], texts: Mapping[str, str]) -> str:
    match at:
        case ("start", *_):
            by_template = "templateId" in at or ("template" in texts and "plan" not in texts)
            return "template" if by_template else "plan"
        case ("size", *_):
            return "bracket" if "bracket" in texts and "employees" not in texts else "employees"
        case ("advisorIds", *_):
            return "advisors"
    return at[0]


def _whose(read: ClientRow, problem: Problem) -> str:
    """The user whom a problem is about: a column has several."""
    if problem.field[0] != "users" or len(problem.field) < 2 or read.input is None:
        return ""
    user = read.input.users[int(problem.field[1])]
    return f"{user.name} <{user.email}>: "


def _plan(read: ClientRow) -> PlanCode | None:
    return _word(read, PlanCode, "plan")


def _template(read: ClientRow, names: Names) -> UUID | None:
    text = read.texts.get("template")
    found = names.templates.get(sort_key(text)) if text else None
    if text and found is None:
        message = "The partner has no template with this name. Check the name."
        read.refuse(ErrorCode.NOT_FOUND, message, "template")
    return found


def _read(read: ClientRow, column: str, value: Callable[[str], T]) -> T | None:
    text = read.texts.get(column)
    try:
        return None if text is None else value(text)
    except ValueError as error:
        read.refuse(ErrorCode.INVALID, str(error), column)
        return None


def _emails(texts: Mapping[str, str]) -> list[str]:
    parts = texts.get("advisors", "").split(";")
    return [normalise_email(part) for part in parts if part.strip()]


def _advisors(read: ClientRow, names: Names) -> tuple[UUID, ...] | None:
    emails = _emails(read.texts)
    if unknown := [email for email in emails if email not in names.advisors]:
        message = (
            f"No active advisor of this partner team has the e-mail {', '.join(unknown)}."
            " Name advisors who have accepted the invitation to the team."
        )
        read.refuse(ErrorCode.UNKNOWN_ADVISOR, message, "advisors")
    found = tuple(names.advisors[email] for email in emails if email in names.advisors)
    return found if emails else None


def _users(read: ClientRow) -> Iterator[NewClientUser]:
    for part in filter(None, map(str.strip, read.texts.get("users", "").split(";"))):
        if match := _USER.fullmatch(part):
            yield NewClientUser(match["name"].strip(), match["email"].strip())
        else:
            message = f"Write each user as Name <e-mail>, with ; between them, not as {part!r}."
            read.refuse(ErrorCode.INVALID, message, "users")


def _word(read: ClientRow, enum: type[E], column: str) -> E | None:
    text = read.texts.get(column)
    if text is None or text in enum.__members__:
        return enum(text) if text else None
    read.refuse(ErrorCode.INVALID, f"Write one of: {', '.join(enum)}.", column)
    return None
