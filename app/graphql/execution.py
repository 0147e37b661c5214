"""What an operation may take: values out of its caller's budget, and time."""

import asyncio
from typing import Any

from graphql import ExecutionResult
from strawberry.types.graphql import OperationType

from app.budgets import BudgetExceeded, Budgets, Tab
from app.context import Context
from app.settings import Settings
from resolvers.error_mapping import ApiError, Code

# What the caller is told when an operation took too long, by its kind.
_LATE = {
    OperationType.QUERY: "The query took too long and was given up. Ask for less.",
    OperationType.MUTATION: "The mutation took too long: it may still be done. Send it again with"
    " the same idempotency key: you get its result, or it is done now.",
}

# `extensions` of an answer: what it cost and what is left. None while there are no budgets.
Spent = dict[str, Any] | None


class Running:
    """Charges and runs the operations of a process."""

    def __init__(self, settings: Settings) -> None:
        self._budgets = Budgets(settings.cost_budget, settings.cost_restore)
        self._seconds = settings.operation_timeout_seconds
        # One at a time: each takes the interpreter away from everybody else for milliseconds.
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
        """What a subscription's past events are charged to; None while there are no budgets."""
        return Tab(self._budgets, context.spender, values) if self._budgets.size else None

    async def run(self, executor: Any, kind: OperationType, aside: bool) -> ExecutionResult:
        """The result of a query or mutation; `aside` runs it in a thread.

        Raises ApiError DEADLINE_EXCEEDED. What is given up is cancelled as if the caller had gone:
        a unit of work ends by itself.
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
