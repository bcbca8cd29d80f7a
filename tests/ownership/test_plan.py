"""The plan of an order by the rule files that ship: who may say what, who is told what, and how big it is."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from order_samples import an_order

from cais.model.plan import Plan
from cais.model.vocabulary import Direction, Logistics
from cais.ownership import plan_for
from cais.rules.files import RuleFiles
from cais.rules.ruleset import RuleSet, compile_rules

ROOT = Path(__file__).parents[2]


@cache
def rules() -> RuleSet:
    return compile_rules(RuleFiles.read(ROOT))


def the_plan(logistics: Logistics) -> Plan:
    order = an_order().model_copy(update={"logistics": logistics})
    return plan_for(rules(), 1, "aurora", "ml", order)


def test_the_store_gives_the_invoice_and_the_channel_the_shipping() -> None:
    plan = the_plan(Logistics.CHANNEL)
    assert plan.backoffice == "loja"
    assert plan.gives[Direction.INVOICE] == ("loja",)
    assert plan.gives[Direction.DISPATCH] == ("ml",)
    assert plan.gives[Direction.CANCEL_BY_SELLER] == ("loja", "hub")
    assert plan.export_at == "paid"
    assert plan.reserves


def test_a_target_is_told_what_it_takes_and_says_what_it_needs_first() -> None:
    targets = {target.connection: target for target in the_plan(Logistics.CHANNEL).targets}
    assert Direction.INVOICE in targets["ml"].takes
    assert Direction.SHIPPING_INFO in targets["loja"].takes
    assert targets["loja"].requires[Direction.SHIPPING_INFO] == (Direction.INVOICE,)


def test_an_order_from_the_channels_own_depot_stays_in_the_hub() -> None:
    plan = the_plan(Logistics.FULFILLED)
    assert plan.backoffice == "hub"
    assert {target.connection for target in plan.targets} <= {"ml"}
    assert not plan.reserves
    assert "invoiced" not in {milestone.state for milestone in plan.milestones}


@pytest.mark.parametrize("logistics", list(Logistics))
def test_a_plan_is_small_and_survives_its_payload(logistics: Logistics) -> None:
    plan = the_plan(logistics)
    text = plan.model_dump_json()
    assert len(text) <= 4096
    assert Plan.model_validate_json(text) == plan
