"""Mercado Livre: items of both models, stock, price, descriptions, search."""

from __future__ import annotations

from typing import Any

import pytest
from ml_seller import Seller, body, causes, refused, without


def title_refused(answer: Any, field: str) -> None:
    told = answer.json()
    assert answer.status_code == 400
    assert told["message"] == "body.invalid_fields"
    assert told["error"] == f"The fields [{field}] are invalid for requested call."


def test_a_user_product_item_gets_its_title_from_the_family(ml: Seller) -> None:
    item = ml.publish()
    assert item["title"] == "Camiseta Aurora Básica Branco P"
    assert (item["family_name"], item["variations"], item["status"]) == ("Camiseta Aurora Básica", [], "active")
    assert item["id"].startswith("MLB")
    assert item["user_product_id"].startswith("MLBU")
    assert str(item["price"]) == "79.9"
    assert ml.get(f"/items/{item['id']}?attributes=id,status") == {"id": item["id"], "status": "active"}


def test_what_belongs_to_the_other_model_is_refused(ml: Seller, legacy: Seller) -> None:
    title_refused(ml.call("POST", "/items", json=body(title="Camiseta")), "title")
    both = causes(ml.call("POST", "/items", json=body(family_name=None, variations=[{"price": 1}])))
    assert both == ["body.required_fields", "body.invalid_fields"]
    title_refused(legacy.call("POST", "/items", json=body()), "family_name")
    title_refused(ml.call("POST", "/items", json=body(descripton="x")), "descripton")


@pytest.mark.parametrize(
    "name", ["category_id", "price", "currency_id", "available_quantity", "buying_mode", "listing_type_id"]
)
def test_each_required_field(ml: Seller, name: str) -> None:
    assert causes(ml.call("POST", "/items", json=body(**{name: None}))) == ["body.required_fields"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"category_id": "MLB99999999"}, "item.category_id.invalid"),
        ({"price": "79.90"}, "item.price.invalid"),
        ({"price": 0}, "item.price.invalid"),
        ({"price": 1.999}, "item.price.invalid"),
        ({"currency_id": "USD"}, "item.currency_id.invalid"),
        ({"available_quantity": -1}, "item.available_quantity.invalid"),
        ({"buying_mode": "auction"}, "item.buying_mode.invalid"),
        ({"listing_type_id": "classico"}, "item.listing_type_id.invalid"),
        ({"family_name": "x" * 61}, "item.title.length.invalid"),
        ({"pictures": []}, "item.pictures.mandatory"),
        ({"pictures": [{"source": "1.jpg"}]}, "item.pictures.invalid"),
        ({"shipping": {"mode": "me9"}}, "item.shipping.mode.invalid"),
        ({"sale_terms": None}, "item.sale_terms.missing_required"),
        ({"sale_terms": [{"id": "WARRANTY_TYPE", "value_name": "Eterna"}]}, "item.sale_terms.invalid"),
        ({"sale_terms": [{"id": "WARRANTY_TYPE", "value_id": "2230280"}]}, "item.sale_terms.invalid"),
    ],
)
def test_each_wrong_value(ml: Seller, changes: dict[str, Any], code: str) -> None:
    assert causes(ml.call("POST", "/items", json=body(**changes))) == [code]


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        (without(body(), "BRAND"), "item.attributes.missing_required"),
        (without(body(), "ITEM_CONDITION"), "item.attributes.missing_required"),
        (without(body(), "GTIN"), "item.attribute.missing_conditional_required"),
        ([*without(body(), "GTIN"), {"id": "GTIN", "value_name": "7891000000718"}],
         "item.attributes.invalid_product_identifier"),
        ([*without(body(), "GTIN"), {"id": "GTIN", "value_name": 7891000000717}], "item.attributes.invalid"),
        ([*without(body(), "GTIN"), {"id": "EMPTY_GTIN_REASON", "value_name": "não sei"}],
         "item.attributes.invalid"),
    ],
)  # fmt: skip
def test_each_wrong_attribute(ml: Seller, attributes: list[Any], code: str) -> None:
    assert code in causes(ml.call("POST", "/items", json=body(attributes=attributes)))


def test_a_reason_takes_the_place_of_the_gtin(ml: Seller) -> None:
    reason = {"id": "EMPTY_GTIN_REASON", "value_id": "17055160", "value_name": "Outro motivo"}
    assert ml.publish(attributes=[*without(body(), "GTIN"), reason])["status"] == "active"


def test_two_conditions_of_one_variant_share_their_stock_with_a_delay(ml: Seller) -> None:
    one = ml.publish(available_quantity=5)
    two = ml.publish(available_quantity=5, listing_type_id="gold_pro", price=89.9)
    other = ml.publish("0007-BR-M", attributes=[*without(body(), "SIZE"), {"id": "SIZE", "value_name": "M"}])
    assert two["user_product_id"] == one["user_product_id"] != other["user_product_id"]
    ml.call("PUT", f"/items/{one['id']}", json={"available_quantity": 9})
    assert ml.get(f"/items/{two['id']}")["available_quantity"] == 5
    ml.later(4)
    assert ml.get(f"/items/{two['id']}")["available_quantity"] == 9


def test_stock_zero_pauses_and_more_resumes(ml: Seller) -> None:
    path = f"/items/{ml.publish()['id']}"
    paused = ml.call("PUT", path, json={"available_quantity": 0}).json()
    assert (paused["status"], paused["sub_status"]) == ("paused", ["out_of_stock"])
    assert causes(ml.call("PUT", path, json={"status": "active"})) == ["item.status.invalid"]
    resumed = ml.call("PUT", path, json={"available_quantity": 3}).json()
    assert (resumed["status"], resumed["sub_status"]) == ("active", [])
    ml.call("PUT", path, json={"status": "paused"})
    still = ml.call("PUT", path, json={"available_quantity": 4}).json()
    assert (still["status"], still["sub_status"]) == ("paused", ["paused_by_seller"])
    assert ml.call("PUT", path, json={"status": "active"}).json()["status"] == "active"
    assert causes(ml.call("PUT", path, json={"status": "PAUSED"})) == ["item.status.invalid"]


def test_published_without_stock_is_paused(ml: Seller) -> None:
    item = ml.publish(available_quantity=0)
    assert (item["status"], item["sub_status"]) == ("paused", ["out_of_stock"])


def test_closed_is_final_and_deleting_right_after_collides(ml: Seller) -> None:
    path = f"/items/{ml.publish()['id']}"
    assert causes(ml.call("PUT", path, json={"deleted": "true"})) == ["field_not_updatable"]
    assert ml.call("PUT", path, json={"status": "closed"}).json()["status"] == "closed"
    for change in ({"status": "active"}, {"available_quantity": 3}, {"price": 10}):
        assert causes(ml.call("PUT", path, json=change)) == ["field_not_updatable"]
    refused(ml.call("PUT", path, json={"deleted": "true"}), 409, "conflict")
    ml.later(4)
    assert ml.call("PUT", path, json={"deleted": "true"}).json()["sub_status"] == ["deleted"]


def test_an_automated_price_is_refused_alone_and_ignored_in_company(ml: Seller) -> None:
    item = ml.publish()
    path = f"/items/{item['id']}"
    assert str(ml.call("PUT", path, json={"price": 85.5}).json()["price"]) == "85.5"
    ml.act("automate_price", item=item["id"])
    refused(ml.call("PUT", path, json={"price": 70}), 400, "item.price.not_modifiable")
    answer = ml.call("PUT", path, json={"price": 70, "available_quantity": 8})
    assert (answer.status_code, answer.json()["available_quantity"]) == (200, 8)
    assert str(answer.json()["price"]) == "85.5"
    assert answer.json()["warnings"][0]["code"] == "item.price.not_modifiable"
    assert str(ml.get(f"{path}/sale_price?context=channel_marketplace")["amount"]) == "85.5"
    assert str(ml.get(f"{path}/prices")["prices"][0]["amount"]) == "85.5"
    ml.act("automate_price", item=item["id"], on=False)
    assert ml.call("PUT", path, json={"price": 70}).json()["price"] == 70


def test_pictures_are_replaced_whole_and_attributes_merged(ml: Seller) -> None:
    path = f"/items/{ml.publish()['id']}"
    change = {
        "pictures": [{"source": "https://loja.example/2.jpg"}, {"id": "770001-MLB_112026"}],
        "attributes": [{"id": "COLOR", "value_name": "Cru"}],
    }
    item = ml.call("PUT", path, json=change).json()
    assert [one["id"] for one in item["pictures"]] == ["700001-MLB_112026", "770001-MLB_112026"]
    told = {one["id"]: one["value_name"] for one in item["attributes"]}
    assert (told["COLOR"], told["SIZE"]) == ("Cru", "P")
    title_refused(ml.call("PUT", path, json={"title": "Outro"}), "title")


def test_the_family_name_is_fixed_once_sold(ml: Seller) -> None:
    path = f"/items/{ml.publish()['id']}"
    assert ml.call("PUT", path, json={"family_name": "Camiseta"}).json()["family_name"] == "Camiseta"
    ml.buy("0007-BR-P")
    assert causes(ml.call("PUT", path, json={"family_name": "Blusa"})) == ["field_not_updatable"]


def test_what_others_may_not_see_or_change(ml: Seller, legacy: Seller) -> None:
    item = ml.publish()
    assert "available_quantity" not in legacy.get(f"/items/{item['id']}")
    refused(legacy.call("PUT", f"/items/{item['id']}", json={"price": 1}), 403, "forbidden")
    refused(ml.call("GET", "/items/MLB1"), 404, "not_found")
    refused(ml.call("POST", "/items", content=b"no json"), 400, "bad_request")


def test_many_items_in_one_call(ml: Seller) -> None:
    id_ = ml.publish()["id"]
    old = ml.get(f"/items?ids={id_},MLB1&attributes=id,price")
    assert [one["code"] for one in old] == [200, 404]
    assert set(old[0]["body"]) == {"id", "price"}
    new = ml.get(f"/items/bulk?ids={id_},MLB1&attributes=body.id")
    assert [(one["id"], one["status_code"]) for one in new] == [(id_, 200), ("MLB1", 404)]
    refused(ml.call("GET", f"/items/bulk?ids={id_}&attributes=id"), 400, "bad_request")
    refused(ml.call("GET", "/items/bulk?ids=" + ",".join(["MLB1"] * 21)), 400, "bad_request")


def test_the_index_finds_an_item_some_seconds_late(ml: Seller) -> None:
    item = ml.publish("0007-BR-P")
    found = "/users/123/items/search?seller_sku=0007-BR-P"
    assert ml.get(found)["results"] == []
    ml.later(6)
    assert ml.get(found)["results"] == [item["id"]]
    assert ml.get("/users/123/items/search?seller_sku=other")["results"] == []
    assert ml.get("/users/123/items/search?status=active")["paging"]["total"] == 1
    ml.running.fault(platform="ml", kind="index_lag", operation="search_items", seconds=30)
    assert ml.get(found)["results"] == []
    ml.running.control("faults", method="DELETE")


def test_search_by_pages_and_by_scan(ml: Seller) -> None:
    for place in range(3):
        ml.publish(f"SKU-{place}")
    ml.later(6)
    page = ml.get("/users/123/items/search?limit=2&offset=1")
    assert (len(page["results"]), page["paging"]["total"]) == (2, 3)
    scan = ml.get("/users/123/items/search?search_type=scan&limit=2")
    more = ml.get(f"/users/123/items/search?search_type=scan&limit=2&scroll_id={scan['scroll_id']}")
    end = ml.get(f"/users/123/items/search?search_type=scan&limit=2&scroll_id={scan['scroll_id']}")
    assert [len(one["results"]) for one in (scan, more, end)] == [2, 1, 0]
    assert end["scroll_id"] is None
    ml.later(301)
    old = ml.call("GET", f"/users/123/items/search?search_type=scan&scroll_id={scan['scroll_id']}")
    refused(old, 400, "bad_request")
    refused(ml.call("GET", "/users/123/items/search?offset=999"), 400, "bad_request")
    refused(ml.call("GET", "/users/123/items/search?limit=101"), 400, "bad_request")
    refused(ml.call("GET", "/users/123/items/search?sellersku=x"), 400, "bad_request")
    refused(ml.call("GET", "/users/456/items/search"), 403, "forbidden")


def test_the_description_is_a_resource_of_its_own(ml: Seller) -> None:
    path = f"/items/{ml.publish()['id']}/description"
    refused(ml.call("GET", path), 404, "not_found")
    refused(ml.call("PUT", f"{path}?api_version=2", json={"plain_text": "x"}), 404, "not_found")
    assert ml.call("POST", path, json={"plain_text": "Algodão"}).status_code == 201
    refused(ml.call("POST", path, json={"plain_text": "Algodão"}), 400, "bad_request")
    refused(ml.call("PUT", path, json={"plain_text": "Algodão pima"}), 400, "bad_request")
    assert ml.call("PUT", f"{path}?api_version=2", json={"plain_text": "Algodão pima"}).status_code == 200
    html = ml.call("PUT", f"{path}?api_version=2", json={"plain_text": "<b>Algodão</b>"})
    refused(html, 400, "item.description.type.invalid")
    assert ml.get(path)["plain_text"] == "Algodão pima"


def test_categories_say_what_they_ask_for(ml: Seller) -> None:
    told = {one["id"]: one for one in ml.get("/categories/MLB31447/attributes")}
    assert told["BRAND"]["tags"] == {"required": True}
    assert told["SIZE"]["hierarchy"] == "CHILD_PK"
    assert told["GTIN"]["tags"] == {"conditional_required": True}
    assert {"id": "2230284", "name": "Novo"} in told["ITEM_CONDITION"]["values"]
    assert ml.get("/categories/MLB6284")["settings"]["max_title_length"] == 60
    assert [one["id"] for one in ml.get("/categories/MLB6284/sale_terms")] == ["WARRANTY_TYPE", "WARRANTY_TIME"]
    guess = ml.get("/sites/MLB/domain_discovery/search?limit=1&q=Vestido Midi")
    assert guess[0]["category_id"] == "MLB108704"
    refused(ml.call("GET", "/categories/MLB99999999"), 404, "not_found")


def test_stock_by_user_product_asks_for_the_version(ml: Seller) -> None:
    product = ml.publish()["user_product_id"]
    assert ml.get(f"/user-products/{product}")["family_name"] == "Camiseta Aurora Básica"
    path, write = f"/user-products/{product}/stock", f"/user-products/{product}/stock/type/seller_warehouse"
    change = {"locations": [{"store_id": "54936888", "network_node_id": "1", "quantity": 7}]}
    version = ml.call("GET", path).headers["x-version"]
    refused(ml.call("PUT", write, json=change, headers={"x-version": version}), 400, "bad_request")
    ml.act("set_tags", tags=["normal", "user_product_seller", "warehouse_management"])
    refused(ml.call("PUT", write, json=change), 400, "bad_request")
    assert ml.call("PUT", write, json=change, headers={"x-version": version}).status_code == 200
    refused(ml.call("PUT", write, json=change, headers={"x-version": version}), 409, "conflict")
    assert ml.get(path)["locations"][0]["quantity"] == 7
    refused(ml.call("POST", "/items", json=body()), 400, "bad_request")


def variation(sku: str, quantity: int) -> dict[str, Any]:
    return {
        "price": 79.9,
        "available_quantity": quantity,
        "attribute_combinations": [{"id": "SIZE", "value_name": sku}],
        "attributes": [{"id": "SELLER_SKU", "value_name": sku}, {"id": "GTIN", "value_name": "7891000000717"}],
    }


def test_the_legacy_model_has_title_and_variations(ml: Seller, legacy: Seller) -> None:
    item = legacy.publish(family_name=None, title="Camiseta", variations=[variation("P", 2), variation("M", 3)])
    assert (item["title"], item["family_name"], item["available_quantity"]) == ("Camiseta", None, 5)
    path, (one, two) = f"/items/{item['id']}", [each["id"] for each in item["variations"]]
    assert causes(legacy.call("PUT", path, json={"available_quantity": 1})) == ["field_not_updatable"]
    changed = legacy.call("PUT", path, json={"variations": [{"id": one, "available_quantity": 4}, {"id": two}]})
    assert changed.json()["available_quantity"] == 7
    line = {"item": item["id"], "variation": one, "quantity": 2}
    bought = legacy.act("buy", lines=[line], buyer=2212631001)
    sold = legacy.order(bought)["order_items"][0]["item"]
    assert (sold["variation_id"], sold["seller_sku"], sold["user_product_id"]) == (one, "P", None)
    left = legacy.get(path)["variations"]
    assert [each["available_quantity"] for each in left] == [2, 3]
    # A variation that is not named is gone.
    gone = legacy.call("PUT", path, json={"variations": [{"id": two, "available_quantity": 3}]}).json()
    assert [each["id"] for each in gone["variations"]] == [two]
    legacy.later(6)
    assert legacy.get("/users/456/items/search?seller_sku=M")["results"] == [item["id"]]
