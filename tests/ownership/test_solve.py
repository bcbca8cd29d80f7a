"""The solver over small configurations: what runs, what is refused, and laws that hold for all of them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cais.model.vocabulary import Direction, Flow, Logistics
from cais.ownership.role import HUB, Give, Place, Role, Route, SellerRoles, Take
from cais.ownership.solve import ORDER_DIRECTIONS, Ownership, solve

OWN, CHANNEL, FULFILLED = Logistics.OWN, Logistics.CHANNEL, Logistics.FULFILLED
HERE = Place("sellers/test.yaml", 1)
STOCK_NEEDS = (Direction.ORDER, Direction.CANCEL_BY_BUYER)


def backoffice(name: str = "loja", *, off: Iterable[Direction] = (), outside: bool = False) -> Role:
    gives = {
        Direction.CATALOGUE: Give(Direction.CATALOGUE, HERE),
        Direction.PRICE: Give(Direction.PRICE, HERE),
        Direction.STOCK: Give(Direction.STOCK, HERE, needs=STOCK_NEEDS),
        Direction.INVOICE: Give(Direction.INVOICE, HERE, frozenset({OWN, CHANNEL})),
        Direction.SHIPPING_INFO: Give(Direction.SHIPPING_INFO, HERE, frozenset({OWN})),
        Direction.DISPATCH: Give(Direction.DISPATCH, HERE, frozenset({OWN})),
        Direction.DELIVERY: Give(Direction.DELIVERY, HERE, frozenset({OWN})),
        Direction.CANCEL_BY_SELLER: Give(Direction.CANCEL_BY_SELLER, HERE),
    }
    managed = frozenset({OWN, CHANNEL})
    takes = {
        Direction.ORDER: Take(Direction.ORDER, HERE, managed),
        Direction.PAYMENT: Take(Direction.PAYMENT, HERE, managed),
        Direction.SHIPPING_INFO: Take(Direction.SHIPPING_INFO, HERE, frozenset({CHANNEL})),
        Direction.CANCEL_BY_BUYER: Take(Direction.CANCEL_BY_BUYER, HERE, managed),
    }
    return Role(
        name,
        Flow.BACKOFFICE,
        HERE,
        {d: g for d, g in gives.items() if d not in set(off)},
        {d: t for d, t in takes.items() if d not in set(off)},
        told_outside=outside,
    )


def channel(name: str = "ml") -> Role:
    moved = frozenset({CHANNEL, FULFILLED})
    gives = {
        Direction.ORDER: Give(Direction.ORDER, HERE),
        Direction.PAYMENT: Give(Direction.PAYMENT, HERE),
        Direction.CANCEL_BY_BUYER: Give(Direction.CANCEL_BY_BUYER, HERE),
        Direction.INVOICE: Give(Direction.INVOICE, HERE, frozenset({FULFILLED})),
        Direction.SHIPPING_INFO: Give(Direction.SHIPPING_INFO, HERE, moved),
        Direction.DISPATCH: Give(Direction.DISPATCH, HERE, moved),
        Direction.DELIVERY: Give(Direction.DELIVERY, HERE, moved),
    }
    takes = {
        Direction.INVOICE: Take(Direction.INVOICE, HERE, frozenset({OWN, CHANNEL})),
        Direction.SHIPPING_INFO: Take(Direction.SHIPPING_INFO, HERE, frozenset({OWN})),
        Direction.CANCEL_BY_SELLER: Take(Direction.CANCEL_BY_SELLER, HERE),
    }
    return Role(name, Flow.SALES_CHANNEL, HERE, gives, takes)


def solved(*roles: Role, routes: tuple[Route, ...] = ()) -> Ownership:
    return solve(SellerRoles("aurora", roles, routes))


def codes(ownership: Ownership) -> set[str]:
    return {finding.code for finding in ownership.findings}


def test_one_store_and_one_marketplace_run() -> None:
    ownership = solved(backoffice(), channel())
    assert ownership.findings == ()
    cells = ownership.orders["ml", CHANNEL]
    assert cells.backoffice == "loja"
    assert cells.gives[Direction.INVOICE] == ("loja",)
    assert cells.gives[Direction.DISPATCH] == ("ml",)
    assert cells.takes["loja"] == (
        Direction.ORDER,
        Direction.PAYMENT,
        Direction.SHIPPING_INFO,
        Direction.CANCEL_BY_BUYER,
    )
    assert cells.takes["ml"] == (Direction.INVOICE, Direction.CANCEL_BY_SELLER)


def test_own_logistics_turn_the_shipping_around() -> None:
    cells = solved(backoffice(), channel()).orders["ml", OWN]
    assert cells.gives[Direction.SHIPPING_INFO] == ("loja",)
    assert Direction.SHIPPING_INFO in cells.takes["ml"]
    assert Direction.SHIPPING_INFO not in cells.takes["loja"]


def test_fulfilled_orders_stay_in_the_hub() -> None:
    cells = solved(backoffice(), channel()).orders["ml", FULFILLED]
    assert cells.backoffice == HUB
    assert cells.gives[Direction.INVOICE] == ("ml",)
    assert "loja" not in cells.takes


def test_people_may_always_cancel() -> None:
    ownership = solved(backoffice(), channel())
    assert all(HUB in cells.gives[Direction.CANCEL_BY_SELLER] for cells in ownership.orders.values())


def test_without_a_backoffice_the_hub_manages() -> None:
    cells = solved(channel()).orders["ml", OWN]
    assert cells.backoffice == HUB
    assert cells.gives[Direction.INVOICE] == (HUB,)


@pytest.mark.parametrize(
    ("roles", "code"),
    [
        ((backoffice(), backoffice("erp"), channel()), "R110"),
        ((backoffice(), backoffice("erp"), channel()), "R113"),
        (
            (backoffice(off=[Direction.ORDER, Direction.PAYMENT, Direction.CANCEL_BY_BUYER]), channel()),
            "R112",
        ),
        ((backoffice(off=[Direction.CATALOGUE]), channel()), "R111"),
    ],
)
def test_refusals(roles: tuple[Role, ...], code: str) -> None:
    assert code in codes(solved(*roles))


def test_a_blind_giver_may_be_told_by_somebody_else() -> None:
    blind = [Direction.ORDER, Direction.PAYMENT, Direction.CANCEL_BY_BUYER]
    assert "R112" not in codes(solved(backoffice(off=blind, outside=True), channel()))


def test_a_route_decides_between_two_backoffices() -> None:
    erp = backoffice("erp", off=[Direction.CATALOGUE, Direction.PRICE, Direction.STOCK])
    route = (Route("erp", HERE, logistics=frozenset({OWN, CHANNEL})),)
    ownership = solved(backoffice(off=[Direction.STOCK]), erp, channel(), routes=route)
    assert codes(ownership) == set()
    assert ownership.orders["ml", OWN].backoffice == "erp"


def test_a_route_elsewhere_makes_the_giver_of_stock_blind() -> None:
    erp = backoffice("erp", off=[Direction.CATALOGUE, Direction.PRICE, Direction.STOCK])
    finding = next(
        f for f in solved(backoffice(), erp, channel(), routes=(Route("erp", HERE),)).findings if f.code == "R112"
    )
    assert finding.path == ("ml sells → loja does not know",)


directions = st.sets(st.sampled_from(sorted(ORDER_DIRECTIONS)))


@given(off=directions, second=st.booleans())
def test_every_cell_has_a_giver_and_nobody_takes_its_own_word(off: set[Direction], second: bool) -> None:
    roles = [backoffice(off=off), channel()] + ([channel("amz")] if second else [])
    ownership = solved(*roles)
    for cells in ownership.orders.values():
        assert set(cells.gives) == set(ORDER_DIRECTIONS)
        assert all(cells.gives.values())
        for connection, taken in cells.takes.items():
            own = {d for d in taken if cells.gives[d] == (connection,)}
            assert not own, f"{connection} would be told its own {own}"


@given(off=directions)
def test_no_channel_is_given_another_channels_order(off: set[Direction]) -> None:
    ownership = solved(backoffice(off=off), channel(), channel("amz"))
    for (selling, _), cells in ownership.orders.items():
        others = {"ml", "amz"} - {selling}
        assert not others & set(cells.takes)
        assert all(not others & set(givers) for givers in cells.gives.values())
