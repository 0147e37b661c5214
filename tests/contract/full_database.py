"""Every table filled, for each team: what contract tests look for leaks and slow plans in.

Rows hang on the team's own first objects (its client, its library ...), so that each connection of
those grows with the rows. Names repeat but for case and accents, moments repeat: ties everywhere.
"""

from dataclasses import dataclass, field
from uuid import UUID

from app.persistence import models
from tests.contract import team_rows
from tests.contract.income_rows import fill_income
from tests.contract.invoice_rows import fill_invoices, fill_runs
from tests.contract.rows import Rows, moment, of
from tests.contract.shared_rows import fill_catalogue, fill_shared
from tests.contract.webhook_rows import fill_webhooks
from tests.world import Team, World


@dataclass
class Full:
    """A world whose tables are all filled. `grow` adds rows to each of them."""

    world: World
    shared: Rows = field(default_factory=Rows)
    teams: dict[str, Rows] = field(default_factory=dict)
    size: dict[str, int] = field(default_factory=dict)
    sequence: int = 0
    entries: int = 0

    async def grow(self, count: int, *teams: Team) -> None:
        """Bring what is shared and what belongs to the teams to `count` rows a table, at least."""

        async def work() -> None:
            if count > self.size.get("shared", 0):
                await self._grow("shared", count, None)
            for team in teams:
                await self._grow(team.partner.slug, count, team)

        await self.world.database.transaction(work)

    async def _grow(self, name: str, count: int, team: Team | None) -> None:
        numbers = range(self.size.get(name, 0), count)
        self.size[name] = count
        if team is None:
            await fill_shared(self.world, self.shared, numbers)
            await fill_catalogue(self.shared, numbers)
            await fill_runs(self.shared, numbers)
            return
        rows = self.teams.setdefault(name, Rows())
        await team_rows.fill_people(self.world, team, rows, numbers)
        await team_rows.fill_invitations(team, rows, numbers)
        await team_rows.fill_content(self.world, team, rows, numbers)
        await team_rows.fill_beside_others(team, rows, self.shared, numbers)
        await team_rows.fill_licences(team, rows, numbers)
        await team_rows.fill_tiers(team, rows, self.shared, numbers)
        await team_rows.fill_activity(team, rows, numbers)
        await fill_invoices(team, rows, numbers)
        await fill_income(team, rows, numbers)
        await self._fill_records(team, rows, numbers)
        await fill_webhooks(team, rows, numbers)

    async def _fill_records(self, team: Team, rows: Rows, numbers: range) -> None:
        decision = rows.of(models.TierDecision)[0]
        events = [
            models.Event(
                **of(team),
                sequence=self.sequence + position,
                partner_sequence=i + 1,
                client_id=None if i % 8 == 1 else team.client.id,
                type="TIER_CHANGED",
                subject_id=decision.id,
                actor_role="VENDOR_ADMIN",
                data={"note": f"{team.partner.slug} {i}"},
                occurred_at=moment(i),
            )
            for position, i in enumerate(numbers, start=1)
        ]
        self.sequence += len(events)
        await rows.add(events)
        await rows.add(
            [
                models.AuditEntry(
                    **of(team),
                    number=self.entries + position,
                    hash="0" * 64,
                    at=moment(i),
                    actor_role="PARTNER_ADMIN",
                    action="test",
                    correlation_id=f"{team.partner.slug}-{i}",
                    input={},
                )
                for position, i in enumerate(numbers, start=1)
            ]
        )
        self.entries += len(numbers)
        await rows.add(
            [
                models.IdempotencyKey(
                    actor_key=f"PARTNER_ADMIN:{team.admin.id}",
                    key=f"{team.partner.slug}-{i}",
                    mutation="test",
                    digest="0" * 64,
                    result={},
                    created_at=moment(i),
                )
                for i in numbers
            ]
        )
        await rows.add(
            [
                models.ApiKey(
                    **of(team),
                    public_id=f"{team.partner.slug}{i}",
                    secret_hash="0" * 64,
                    name=f"{team.partner.slug} {i}",
                    role="APP",
                    created_at=moment(i),
                )
                for i in numbers
            ]
        )


def parents(full: Full) -> dict[str, UUID]:
    """For each type with lists, the object that the rows of `full` hang on."""
    acme, shared = full.world.acme, full.shared
    rows = full.teams["acme"]
    tier = shared.of(models.Tier)[0]
    return {
        "Partner": acme.partner.id,
        "Client": acme.client.id,
        "Advisor": acme.advisor.id,
        "ContentLibrary": acme.library.id,
        "ContentItem": rows.of(models.ContentItem)[0].id,
        "ContentVersion": rows.of(models.ContentVersion)[0].id,
        "ContentPush": rows.of(models.ContentPush)[0].id,
        "PartnerGroup": shared.of(models.PartnerGroup)[0].id,
        "SlotBundle": shared.of(models.SpokeBundle)[0].id,
        "PriceBook": shared.of(models.PriceBook)[0].id,
        "ClientTemplate": rows.of(models.ClientTemplate)[0].id,
        "TierProgram": shared.of(models.TierProgram)[0].id,
        "ProgramVersion": tier.version_id,
        "Tier": tier.id,
        "TierDecision": rows.of(models.TierDecision)[0].id,
        "Invoice": rows.of(models.Invoice)[0].id,
        "InvoiceSection": rows.of(models.InvoiceSection)[0].id,
        "InvoiceLine": rows.of(models.InvoiceLine)[0].id,
        "Accrual": rows.of(models.Accrual)[0].id,
        "ClientSubscription": rows.of(models.Subscription)[0].id,
        "Statement": rows.of(models.Statement)[0].id,
        "ActivityRecord": rows.of(models.ActivityRecord)[0].id,
        "TierChanged": rows.of(models.Event)[0].id,
        "WebhookEndpoint": rows.of(models.WebhookEndpoint)[0].id,
        "WebhookDelivery": rows.of(models.WebhookDelivery)[0].id,
    }
