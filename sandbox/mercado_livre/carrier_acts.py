"""What happens to a shipment: buffer, label, carrier, door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.mercado_livre import labels, shipments
from sandbox.mercado_livre.act_given import Given, shipment_id
from sandbox.mercado_livre.site import Document, Site
from sandbox.world import World


def release_buffer(world: World, user: str, given: Given) -> Any:
    """The day of the buffered `shipment` has come."""
    return _move(world, given, shipments.hand_over, ("pending/buffered",))


def print_label(world: World, user: str, given: Given) -> Any:
    """The seller prints the label of `shipment` in the vendor's own pages."""
    return _move(world, given, labels.printed, ("ready_to_ship/ready_to_print", "ready_to_ship/printed"))


def carrier_pickup(world: World, user: str, given: Given) -> Any:
    """The carrier collects `shipment`, or the seller hands it in (by its logistics)."""

    def collect(site: Site, shipment: Document) -> None:
        handed_in = shipment["logistic"]["type"] in ("drop_off", "xd_drop_off")
        shipments.move(site, shipment, "ready_to_ship", "dropped_off" if handed_in else "picked_up")

    return _move(world, given, collect, ("ready_to_ship/printed",))


def ship(world: World, user: str, given: Given) -> Any:
    """`shipment` leaves the hub."""
    before = ("picked_up", "dropped_off", "in_hub", "authorized_by_carrier", "in_warehouse")
    return _to(world, given, "shipped", None, tuple(f"ready_to_ship/{one}" for one in before))


def deliver(world: World, user: str, given: Given) -> Any:
    """`shipment` reaches the buyer."""
    return _to(world, given, "delivered", None, ("shipped",))


def not_deliver(world: World, user: str, given: Given) -> Any:
    """`shipment` does not reach the buyer and comes back (`substatus`, by default returning_to_sender)."""
    return _to(world, given, "not_delivered", given.get("substatus", "returning_to_sender"), ("shipped",))


def set_status(world: World, user: str, given: Given) -> Any:
    """`shipment` goes to any `status` and `substatus` that the vendor lists."""
    return _to(world, given, given.get("status", ""), given.get("substatus"), None)


def _to(world: World, given: Given, status: str, substatus: str | None, before: tuple[str, ...] | None) -> Any:
    return _move(world, given, lambda site, one: shipments.move(site, one, status, substatus), before)


def _move(world: World, given: Given, do: Callable[[Site, Document], None], before: tuple[str, ...] | None) -> Any:
    """Do it to the shipment named by `shipment`, or by its `order` or `pack`; `before`: from where it may go."""
    site = Site(world)
    shipment = site.need("shipment", shipment_id(site, given))
    state = "/".join(filter(None, (shipment["status"], shipment["substatus"])))
    if before is not None and state not in before:
        raise ValueError(f"shipment {shipment['id']} is {state}, not {' or '.join(before)}")
    do(site, shipment)
    moved = site.need("shipment", shipment["id"])
    return {"shipment": moved["id"], "status": moved["status"], "substatus": moved["substatus"]}
