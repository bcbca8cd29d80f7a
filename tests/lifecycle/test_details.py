"""Details: words that a seller understands."""

from __future__ import annotations

from datetime import timedelta

from lifecycle_samples import (
    NOW,
    after,
    answered,
    cancelled,
    claimed,
    dispatched,
    invoiced,
    observe,
    paid,
    placed,
    shipping,
)

from cais.lifecycle.details import LIMIT, details
from cais.lifecycle.order import begin
from cais.lifecycle.problem import KEPT, problems
from cais.model.claim import OrderStart

PAID = after(claimed(), observe("ml", placed(), paid()))


def test_a_life_in_words() -> None:
    state = answered(answered(PAID, "loja"), "loja")
    state = answered(after(state, observe("loja", invoiced(), dispatched(), minutes=5)), "ml", "parked", "reject:KEY")
    assert (
        details(state)
        == """\
**Order 1001 of ml: shipped.** It waits for somebody to mend what was refused, and to say `retry`, `amend` or `skip`.

### Problems
- A platform refused what it was told (`reject:KEY`)

### So far
- placed at 2026-11-24 12:00 UTC, said by ml
- paid at 2026-11-24 12:00 UTC, said by ml
- invoiced at 2026-11-24 12:05 UTC, said by loja
- shipped at 2026-11-24 12:05 UTC, said by loja

### Packages
- package 1: NF-e 77, left

### Told to loja
- the order: told
- that it is paid: told

### Told to ml
- the invoice of package 1: **parked**: `reject:KEY`
- that package 1 left: waits its turn"""
    )


def test_a_request_says_what_to_do_and_by_when() -> None:
    asked = cancelled(requested=True, deadline=NOW + timedelta(hours=4))
    text = details(after(PAID, observe("ml", asked)))
    assert "- ml asks to cancel (`other`): `decide_cancel` until 2026-11-24 16:00 UTC; no export meanwhile" in text


def test_a_hold_says_who_holds() -> None:
    text = details(after(claimed(), observe("ml", placed(hold={"cause": "fraud"}))))
    assert "- ml holds the order back (`fraud`); it is not exported meanwhile" in text


def test_what_waits_for_something_there_says_for_what() -> None:
    state = answered(answered(PAID, "loja"), "loja")
    assert "- carrier and tracking of package 1: waits for invoice there" in details(
        after(state, observe("loja", shipping("T1")))
    )


def test_before_the_document_it_says_what_it_waits_for() -> None:
    start = OrderStart(seller="aurora", channel="ml", order="1001")
    assert details(begin(start)) == "**Order 1001 of ml: awaited.** It waits for the order's document from ml."


def test_many_packages_stay_within_temporal_s_limit() -> None:
    many = [shipping(f"T{n}", f"p{n}", {"1": 1}) for n in range(400)]
    state = after(PAID, observe("loja", *many))
    assert len(details(state)) <= LIMIT
    assert len(problems(state)) <= KEPT
