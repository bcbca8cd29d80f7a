"""Canonical values: exact money, aware time, codes as text, closed and silent about their inputs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from cais.model import CANONICAL
from cais.model.base import Money, Quantity, Time, Units
from cais.model.observation import Observation, Observed, Paid, key_of
from cais.model.payment import Payment
from cais.model.schemas import schemas
from cais.model.vocabulary import Direction

money = TypeAdapter[Decimal](Money)


@pytest.mark.parametrize(
    ("given_", "kept"), [("10.9", "10.90"), (7, "7.00"), (Decimal("0"), "0.00"), ("-3.50", "-3.50")]
)
def test_money_has_two_decimals(given_: Any, kept: str) -> None:
    assert str(money.validate_python(given_)) == kept


@pytest.mark.parametrize("wrong", [1.1, True, "1.999", "NaN", "Infinity", "ten", None])
def test_what_is_no_exact_amount_is_refused(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        money.validate_python(wrong)


@given(st.decimals(min_value=0, max_value=10**10, places=2, allow_nan=False))
def test_money_survives_a_payload(amount: Decimal) -> None:
    payment = Payment(id="1", status="approved", amount=amount)  # type: ignore[arg-type]
    assert Payment.model_validate_json(payment.model_dump_json()) == payment


def test_time_needs_its_zone_and_is_kept_in_utc() -> None:
    times = TypeAdapter[datetime](Time)
    local = datetime(2026, 11, 24, 9, 0, tzinfo=timezone(timedelta(hours=-3)))
    assert times.validate_python(local) == datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert times.validate_python(local).tzinfo is UTC
    with pytest.raises(ValidationError):
        times.validate_python(datetime(2026, 11, 24))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("kind", "wrong"), [(Quantity, 0), (Quantity, -1), (Quantity, True), (Units, -1), (Units, 1.0)]
)
def test_quantities(kind: Any, wrong: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(wrong)


def test_an_unknown_field_is_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="colour"):
        Payment(id="1", status="approved", amount=Decimal(1), colour="red")  # type: ignore[call-arg,arg-type]


def test_an_error_does_not_repeat_the_input() -> None:
    with pytest.raises(ValidationError) as caught:
        Payment.model_validate({"id": "1", "status": "11144477735", "amount": "1"})
    assert "11144477735" not in str(caught.value)


def test_an_observation_is_told_by_its_direction() -> None:
    one = {"direction": "payment", "payment": "77", "amount": "10.00"}
    observed = Observed.model_validate(
        {"id": "e1", "source": "ml", "as_of": "2026-11-24T10:00:00Z", "observations": [one]}
    )
    assert observed.observations == (Paid(payment="77", amount=Decimal("10.00")),)
    assert key_of(observed.observations[0]) == "77"


def test_every_direction_of_an_order_has_an_observation() -> None:
    body = TypeAdapter[Any](Observation).json_schema()
    named = set(body["discriminator"]["mapping"])
    assert named == {d.value for d in Direction} - {"catalogue", "listing", "price", "stock"}


def test_every_canonical_model_and_command_has_a_schema() -> None:
    names = schemas()
    assert {f"canonical.{name}" for name in CANONICAL} <= set(names)
    assert "command.cancel" in names
    assert names["command.cancel"]["additionalProperties"] is False
