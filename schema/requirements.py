"""Requirement trees: plain data out of a program version."""

from typing import Annotated

import strawberry

from app.domain.programs.vocabulary import Metric, Operator, RequirementKind
from schema.enums import described
from schema.scalars import JSONObject

described(
    RequirementKind,
    "How a node of a requirement tree combines the nodes below it.",
    ALL="All of them must hold.",
    ANY="One of them must hold.",
    AT_LEAST="As many of them as it says must hold.",
    NOT="The one below must not hold.",
    CONDITION="There are none below: it is a condition.",
)
described(
    Metric,
    "What a condition measures of one partner.",
    MONEY_SUM="A sum of money sold or managed, in one currency or in the partner's own.",
    EVENT_COUNT="How many activities of a kind there were.",
    CERTIFIED_PEOPLE="How many people hold certifications that are valid.",
    ORGANISATION_CERTIFICATION="Whether the partner itself holds a certification.",
    ATTESTATION="Whether something is attested, with evidence, such as a landing page.",
    ATTRIBUTE="A property of the partner: its type or region.",
    CAPABILITIES="What the partner does for its clients.",
    POINTS="Points for activities, by weights.",
    RATIO="One measure divided by another.",
    GROWTH="How much more there is than in the period before: 0.10 is a tenth more.",
    TENURE="How long the partner has been in the program.",
    MANUAL="A value that the vendor set, with a reason.",
)
described(
    Operator,
    "How a value is compared with the threshold.",
    GTE="At least.",
    GT="More than.",
    LTE="At most.",
    LT="Less than.",
    EQ="Equal.",
    BETWEEN="Between two values, both included.",
    IN="One of the values.",
    CONTAINS_ALL="All of the values are there.",
    IS_TRUE="It is so; there is no threshold.",
)


@strawberry.type(description="What a requirement compares: a metric with a threshold.")
class Condition:
    """A condition."""

    metric: Metric = strawberry.field(description="What is measured.")
    operator: Operator = strawberry.field(description="How it is compared.")
    threshold: str | None = strawberry.field(
        description="What it is compared with; null if unpublished: then only the vendor decides."
    )
    unit: str | None = strawberry.field(description="The unit of the threshold, such as `USD`.")
    published: bool = strawberry.field(description="Whether the threshold is published.")
    window: JSONObject | None = strawberry.field(
        description='Over which time, such as `{"kind": "ROLLING", "count": 12, "unit": "MONTH"}`.'
    )
    filters: JSONObject | None = strawberry.field(description="Which records count.")
    label: str = strawberry.field(description="The condition in words.")


@strawberry.type(
    description="A node of a requirement tree: ALL, ANY, AT_LEAST or NOT over others, or a "
    "condition."
)
class Requirement:
    """A requirement."""

    kind: RequirementKind = strawberry.field(description="How it combines those in `of`.")
    label: str = strawberry.field(description="The requirement in words.")
    at_least: int | None = strawberry.field(description="How many must hold, for AT_LEAST.")
    of: list[Annotated["Requirement", strawberry.lazy("schema.requirements")]] = strawberry.field(
        description="Its child requirements; empty for a condition."
    )
    condition: Condition | None = strawberry.field(description="The condition, for CONDITION.")


__all__ = ["Condition", "Metric", "Operator", "Requirement", "RequirementKind"]
