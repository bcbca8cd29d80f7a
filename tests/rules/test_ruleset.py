"""The rule set: digests, connections, what a seller's digest depends on."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from order_samples import an_order
from rules_shop import SHOP

from cais.errors import NotFound
from cais.model.price import Price
from cais.model.vocabulary import Direction, Flow
from cais.rules.files import RuleFiles
from cais.rules.problem import Problem
from cais.rules.ruleset import RuleSet, check, compile_rules

SELLER = "sellers/aurora.yaml"


@pytest.fixture
def rules(shop: RuleFiles) -> RuleSet:
    return compile_rules(shop)


def test_a_connection_has_all_that_it_needs(rules: RuleSet) -> None:
    outlet = rules.connection("outlet")
    assert (outlet.seller, outlet.flow, outlet.mode) == ("aurora", Flow.SALES_CHANNEL, "live")
    assert outlet.params == {"account": "outlet", "weight_unit": "kg"}
    assert outlet.hosts == {"main": "http://127.0.0.1:1", "prices": "https://prices.shop.example"}
    assert outlet.secrets == {"app_key": "env:OUTLET_KEY", "hook_key": "env:OUTLET_HOOK"}
    assert outlet.account == ("shop", "outlet")
    assert outlet.file.order.since == datetime(2026, 11, 1, 3, tzinfo=UTC)
    assert outlet.selects({"product": {"brand": "Aurora"}})
    assert not outlet.selects({"product": {"brand": "Other"}})
    assert rules.connection("loja").selects({})
    price = outlet.price({"price": Price(sku="1", price_list="1", sale="10.90")})
    assert (price, type(price)) == (Decimal("7.630"), Decimal)
    assert outlet.gives(Direction.ORDER)
    assert not outlet.takes(Direction.ORDER)


def test_a_direction_is_off_with_the_one_it_hangs_on(shop: RuleFiles) -> None:
    text = shop[SELLER].replace(
        "params: {account: aurora}", "params: {account: aurora}\n    order: off\n    stock: off"
    )
    text = text.replace('locations: {cd: {connection: loja, id: "1_1", uf: SP}}\n', "")
    loja = compile_rules(shop.with_text(SELLER, text)).connection("loja")
    assert not loja.takes(Direction.ORDER)
    assert not loja.takes(Direction.PAYMENT)
    assert not loja.gives(Direction.STOCK)
    assert loja.gives(Direction.PRICE)


def test_a_sellers_own_tags(shop: RuleFiles) -> None:
    tags = 'tags: ["{{ order.logistics }}", "{{ order.delivery.carrier }}"]\n'
    seller = compile_rules(shop.with_text(SELLER, shop[SELLER] + tags)).of_seller("aurora")
    assert seller.tags(an_order()) == ("own", "")


def test_unknown_names(rules: RuleSet) -> None:
    with pytest.raises(NotFound):
        rules.connection("nobody")
    with pytest.raises(NotFound):
        rules.of_seller("nobody")


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("mappings/directions.yaml", True),
        ("mappings/flows/backoffice.yaml", True),
        ("mappings/lifecycles/order.yaml", True),
        ("mappings/platforms/shop/platform.yaml", True),
        ("mappings/platforms/shop/order.write.yaml", True),
        ("mappings/platforms/shop/order.read.cases.yaml", False),
        ("mappings/platforms/shop/cases/order.json", False),
        ("mappings/platforms/other/notes.graphql", False),
        ("sellers/boreal.yaml", False),
        (SELLER, True),
    ],
)
def test_a_sellers_digest_is_over_what_it_uses(shop: RuleFiles, path: str, changes: bool) -> None:
    before = compile_rules(shop)
    text = SHOP.get(path, "")
    changed = shop.with_text(path, text + ("\n" if path.endswith(".json") else "\n# a word\n"))
    if path == "sellers/boreal.yaml":
        seller = SHOP[SELLER].replace("aurora", "boreal").replace("loja", "loja2").replace("outlet", "outlet2")
        changed = shop.with_text(path, seller)
    after = compile_rules(changed)
    assert after.digest != before.digest
    assert (after.of_seller("aurora").digest != before.of_seller("aurora").digest) is changes


def test_the_order_of_files_does_not_matter() -> None:
    assert RuleFiles(SHOP).digest == RuleFiles(dict(reversed(list(SHOP.items())))).digest


def test_files_are_read_from_below_a_root(tmp_path: Path) -> None:
    for path, text in SHOP.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "sellers" / "demo.env").write_text("SECRET=1")
    (tmp_path / "mappings" / ".hidden.yaml").write_text("x")
    assert RuleFiles.read(tmp_path).digest == RuleFiles(SHOP).digest
    assert len(RuleFiles.read(tmp_path)) == len(SHOP)


def test_ownership_is_asked_once_per_seller(shop: RuleFiles) -> None:
    asked = []

    def ownership(loaded, flows, platforms):  # type: ignore[no-untyped-def]
        asked.append((loaded.file.seller, sorted(flows), sorted(platforms)))
        return [loaded.document.problem(("connections", "loja"), "R110", "two givers")]

    assert check(shop, ownership) == [Problem(SELLER, 6, 5, "R110", "two givers")]
    assert asked == [("aurora", ["backoffice", "sales_channel"], ["shop"])]


def test_the_hubs_own_files_are_sound() -> None:
    root = Path(__file__).parents[2]
    assert [str(problem) for problem in check(RuleFiles.read(root)) if problem.severity == "error"] == []
