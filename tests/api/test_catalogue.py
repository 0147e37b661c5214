"""`plans` and `employeeBrackets`: what a wizard offers, the same for everybody."""

from app.auth.actor import PUBLIC
from tests.api.calls import Api
from tests.world import World


async def test_plans_in_upgrade_order(api: Api, world: World):
    document = "{ plans { code rank takesSlot startsSubscription } }"
    for actor in (PUBLIC, world.acme.as_client_user(), world.as_vendor()):
        told = (await api.data(actor, document))["plans"]
        assert [(p["code"], p["takesSlot"], p["startsSubscription"]) for p in told] == [
            ("FREE", False, False),
            ("ASSESSMENT_ONLY", True, False),
            ("FULL_FEATURE", False, True),
        ]


async def test_company_sizes_smallest_first(api: Api, world: World):
    document = "{ employeeBrackets { code minEmployees maxEmployees } }"
    told = (await api.data(PUBLIC, document))["employeeBrackets"]
    assert [b["code"] for b in told] == ["1-10", "11-50", "51-200", "201+"]
    # Half-open: each begins where the one before ends, and the last has no end.
    assert [b["minEmployees"] for b in told[1:]] == [b["maxEmployees"] for b in told[:-1]]
    assert told[-1]["maxEmployees"] is None
