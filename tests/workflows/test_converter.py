"""Errors and values as they travel: no stack traces, no floats, readable by any client."""

from __future__ import annotations

from decimal import Decimal

from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError

from cais.model.observation import Paid
from cais.temporal.converter import DATA_CONVERTER


def test_an_error_travels_with_its_causes_and_without_stack_traces() -> None:
    try:
        try:
            raise ValueError("inner")
        except ValueError as error:
            raise ApplicationError("outer", type="Refused") from error
    except ApplicationError as error:
        failure = Failure()
        DATA_CONVERTER.failure_converter.to_failure(error, DATA_CONVERTER.payload_converter, failure)
    assert (failure.message, failure.cause.message) == ("outer", "inner")
    assert (failure.stack_trace, failure.cause.stack_trace) == ("", "")
    assert failure.application_failure_info.type == "Refused"


def test_money_travels_as_a_decimal_string() -> None:
    converter = DATA_CONVERTER.payload_converter
    payload = converter.to_payloads([Paid(payment="p", amount=Decimal("10.90"))])[0]
    assert payload.metadata["encoding"] == b"json/plain"
    assert b'"amount":"10.90"' in payload.data
    assert converter.from_payloads([payload], [Paid]) == [Paid(payment="p", amount=Decimal("10.90"))]
