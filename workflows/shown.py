"""What a run shows of itself: search attributes, in one upsert and only when they change, and details in words."""

from __future__ import annotations

from temporalio import workflow

from cais.temporal.attributes import Values, changes, read


class Shown:
    def __init__(self) -> None:
        self._values: Values = read(workflow.info().typed_search_attributes)

    def show(self, values: Values, details: str) -> None:
        """Details cost no event, but are lost with each run: they are set every time."""
        workflow.set_current_details(details)
        if updates := changes(self._values, values):
            workflow.upsert_search_attributes(updates)
            self._values = values
