"""Run operations within the caller's cost budget and the time limit."""

import asyncio
from typing import Any

from graphql import ExecutionResult
from strawberry.types.graphql import OperationType

from app.budgets import BudgetExceeded, Budgets, Tab
from app.context import Context
from app.settings import Settings
from resolvers.error_mapping import ApiError, Code

# Messages for operations that took too long, by kind.
_LATE = {
    OperationType.QUERY: "The query took too long and was cancelled. Request less data.",
    OperationType.MUTATION: "The mutation took too long and may still complete. Send it again with "
    "the same idempotency key: you get its result, or it runs now.",
}

# The `extensions` of a response: its cost, and what is left. None without budgets.
Spent = dict[str, Any] | None


class Running:
    """Charges and runs the operations of a process."""

    def __init__(self, settings: Settings) -> None:
        self._budgets = Budgets(settings.cost_budget, settings.cost_restore)
        self._seconds = settings.operation_timeout_seconds
        # One at a time: each blocks the interpreter for milliseconds.
        self._aside = asyncio.Lock()

    def charge(self, values: int, context: Context) -> Spent:
        """Charge an operation to the caller's budget. Raises ApiError BUDGET_EXCEEDED."""
        budgets = self._budgets
        if not budgets.size:
            return None
        try:
            left = budgets.charge(context.spender, values)
        except BudgetExceeded as refused:
            extensions = {"retryAfterSeconds": refused.retry_after}
            raise ApiError(str(refused), Code.BUDGET_EXCEEDED, **extensions) from refused
        return {
            "cost": {
                "requested": values,
                "remaining": left,
                "budget": budgets.size,
                "restoreRate": budgets.rate,
            }
        }

    def tab(self, values: int, context: Context) -> Tab | None:
        """Return the tab to charge a subscription's past events to; None without budgets."""
        return Tab(self._budgets, context.spender, values) if self._budgets.size else None

    async def run(self, executor: Any, kind: OperationType, aside: bool) -> ExecutionResult:
        """Return the result of a query or mutation; `aside` runs it in a thread.

        Raises ApiError DEADLINE_EXCEEDED. An operation that takes too long is cancelled as if the
        caller had disconnected. Its unit of work ends by itself.
        """
        if not aside:
            result = executor.execute_operation()
            if isinstance(result, ExecutionResult):
                return result
        try:
            async with asyncio.timeout(self._seconds):
                if not aside:
                    return await result  # type: ignore[no-any-return]
                async with self._aside:
                    return await asyncio.to_thread(executor.execute_operation)
        except TimeoutError as error:
            raise ApiError(_LATE[kind], Code.DEADLINE_EXCEEDED) from error
