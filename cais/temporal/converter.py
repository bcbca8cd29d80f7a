"""How the hub's values and errors travel through Temporal: pydantic JSON, and errors without stack traces.

An error that leaves a workflow or an activity is read by clients in other languages and stays in history: its
message is its contract, Python's frames are not.
"""

from __future__ import annotations

from typing import Final

from temporalio.api.failure.v1 import Failure
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter, DefaultFailureConverter, PayloadConverter


class PlainFailureConverter(DefaultFailureConverter):
    """Message, type and details of an error and of its causes; no stack traces."""

    def to_failure(self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure) -> None:
        super().to_failure(exception, payload_converter, failure)
        _strip(failure)


def _strip(failure: Failure) -> None:
    failure.stack_trace = ""
    if failure.HasField("cause"):
        _strip(failure.cause)


DATA_CONVERTER: Final = DataConverter(
    payload_converter_class=PydanticPayloadConverter, failure_converter_class=PlainFailureConverter
)
"""What every client and worker of the hub is made with."""
