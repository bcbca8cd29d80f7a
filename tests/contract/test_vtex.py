"""Every request that the hub makes of VTEX is held to VTEX's own OpenAPI files; their answers' examples are read.

The files are the vendor's and are not part of this repository: without them these tests are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi import Described, Specification

from cais.model import wire
from cais.model.listing import Listing, Offer
from cais.model.order import Cancellation, Order
from cais.model.package import Invoice, Package, Shipping
from cais.model.price import Price
from cais.model.product import Attribute, Dimensions, Image, Product, Variant
from cais.model.stock import Count, Stock
from cais.model.vocabulary import CancelledBy, CancelReason
from cais.rules.files import RuleFiles
from cais.rules.message import Request
from cais.rules.operation import Operation
from cais.rules.platform import Platform
from cais.rules.ruleset import compile_rules

ROOT = Path(__file__).parents[2]
SPECS = ROOT.parent / "shared" / "specs" / "vtex"
CASES = ROOT / "mappings" / "platforms" / "vtex" / "cases"
DEVIATIONS = Path(__file__).with_name("deviations.yaml")
FILES = (
    "VTEX - Catalog API.json",
    "VTEX - Pricing API.json",
    "VTEX - Logistics API.json",
    "VTEX - Orders API.json",
    "VTEX - Marketplace Protocol - External Marketplace Orders.json",
)

pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(not SPECS.is_dir(), reason=f"the vendor's OpenAPI files are not at {SPECS}"),
]

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PARAMS = {"account": "lojaaurora", "trade_policy": "1", "affiliate": "HUB", "weight_unit": "g", "warehouse": "1_1"}
VARIANT = Variant(
    sku="TEN-X-AZ-40",
    remote_id="2001773",
    ean="07891234567895",
    attributes=(Attribute(name="Cor", value="Azul"),),
    images=(Image(url="https://img.example/a.jpg"),),
    dimensions=Dimensions(weight_g=900),
)
PACKAGE = Package(
    id="1",
    invoice=Invoice(
        number="000059579",
        series="1",
        key="35261112345678000195550010000595791123456784",
        issued_at=NOW,
        total=Decimal("519.70"),
        xml="<nfeProc/>",
    ),
    shipping=Shipping(carrier="Correios", tracking_number="AA123456785BR", tracking_url="https://rastreio.example/AA"),
    shipped_at=NOW,
    delivered_at=NOW,
)
STEPS = {
    "hint": None,
    "siblings": [{"Id": 2001773}],
    "sibling": {"Id": 2001773},
    "skus": [],
    "sku": {},
    "price": Price(sku=VARIANT.sku, price_list="1", sale=Decimal("229.90"), list=Decimal("299.90")),
    "stock": Stock(sku=VARIANT.sku, counts=(Count(location="1_1", units=18),)),
}


@cache
def platform() -> Platform:
    return compile_rules(RuleFiles.read(ROOT)).platforms["vtex"]


@cache
def specification() -> Specification:
    return Specification(SPECS, FILES)


def order(name: str, **changes: Any) -> Order:
    document = wire.as_object((CASES / name).read_bytes())["order"]
    lines = [{**line, "remote_sku": "2001773"} for line in document["lines"]]
    return Order.model_validate({**document, "lines": lines, **changes})


ORDERS = ("canonical_order.json", "canonical_order_own.json")
"""Delivered by the channel; own logistics, with a company as buyer and discounts."""


def context(of: Order) -> dict[str, Any]:
    return {
        **STEPS,
        "id": "2001773",
        "params": platform().params(PARAMS),
        "run": {"now": NOW, "hook_url": "https://hub.example/hooks/loja/s3cret", "stamp": of.id, "key": "k-1"},
        "window": {"from": NOW, "to": NOW},
        "settings": {"sku": {line.sku: "2001773" for line in of.lines}, "sla": {"Normal": "Normal"}},
        "order": of,
        "package": PACKAGE,
        "invoice": PACKAGE.invoice,
        "shipping": PACKAGE.shipping,
        "cancellation": Cancellation(by=CancelledBy.BUYER, reason=CancelReason.BUYER_REGRETS),
        "variant": VARIANT,
        "offer": Offer(code="TEN-X", title="Tênis", variants=(VARIANT,)),
        "product": Product(code="TEN-X", remote_id="2001426", title="Tênis", variants=(VARIANT,)),
        "listing": Listing(remote_id="2001773", status="active"),
        "value": {"price": Decimal("229.90"), "units": 18},
    }


def requests(operation: Operation, of: Order) -> Iterator[Request]:
    """One request for each step, and for each element that a step is repeated for."""
    around = context(of)
    for number, step in enumerate(operation.steps):
        for element in step.elements(around) or [None]:
            yield operation.request({**around, step.item: element}, number)


def departures() -> Iterator[tuple[str, str, str]]:
    """(file, method and template, place) of each way in which any request departs from its description."""
    for operation in platform().operations.values():
        for name in ORDERS:
            for request in requests(operation, order(name)):
                described = specification().describing(request.method, request.path)
                where = (described.file, f"{request.method} {described.template}") if described else ("", request.path)
                for at in [fault.at for fault in described.faults(request)] if described else ["undescribed"]:
                    yield (*where, at)


def known() -> set[tuple[str, str, str]]:
    rows = yaml.safe_load(DEVIATIONS.read_text("utf-8"))["vtex"]
    return {(row["file"], row["operation"], at) for row in rows for at in row["at"]}


def test_each_request_is_as_the_vendor_describes_it_but_for_the_listed_errors_of_the_files() -> None:
    assert sorted(set(departures()) - known()) == []


def test_no_deviation_is_listed_that_is_none() -> None:
    assert sorted(known() - set(departures())) == []


def test_each_deviation_names_its_reason_and_source() -> None:
    for row in yaml.safe_load(DEVIATIONS.read_text("utf-8"))["vtex"]:
        assert row["why"]
        assert row["source"].startswith("https://")


def described(method: str, path: str) -> Described:
    found = specification().describing(method, path)
    assert found is not None
    return found


def read(operation: str, **answers: Any) -> Any:
    return platform().operations[operation].read({**context(order("canonical_order.json")), **answers})


def test_the_vendors_example_of_an_order_is_read() -> None:
    shown: Order = read("get_order", order=described("GET", "/api/oms/pvt/orders/1172452900788-01").example())
    assert shown.id == "1172452900788-01"
    assert shown.origin == "Marketplace"
    assert shown.totals.total == Decimal("11.60")
    assert shown.packages == ()  # the example's only invoice is one of a return
    assert [payment.amount for payment in shown.payments] == [Decimal("39.90")]


def test_the_vendors_example_of_a_sku_is_read() -> None:
    sku = described("GET", "/api/catalog_system/pvt/sku/stockkeepingunitbyid/2001773").example()
    shown: Product = read("get_product", skus=[sku])
    assert shown.remote_id == "2001426"
    assert shown.brand == "MARCA ARGOLO TESTE"
    assert shown.category_path == ("Brinquedos",)
    assert shown.variants[0].sku == "878181"
    assert shown.variants[0].dimensions == Dimensions(weight_g=10000, height_mm=650, width_mm=1300, length_mm=580)


def test_the_vendors_example_of_a_price_is_read() -> None:
    price = described("GET", "/pricing/prices/1/computed/1").example()
    shown: Price = read("get_price", sku={"Id": 1, "AlternateIds": {"RefId": "A"}}, price=price)
    assert (shown.sale, shown.list) == (Decimal("18.90"), Decimal("30.00"))


def test_the_vendors_example_of_a_count_is_read() -> None:
    stock = described("GET", "/api/logistics/pvt/inventory/skus/1").example()
    shown: Stock = read("get_stock", sku={"Id": 1, "AlternateIds": {"RefId": "A"}}, stock=stock)
    assert [(count.location, count.units) for count in shown.counts] == [("1fabf84", 0), ("14e3fcc", 0), ("102e53e", 0)]
