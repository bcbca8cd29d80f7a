"""Who may call VTEX, and what its catalogue shows."""

from __future__ import annotations

import pytest
from vtex_hub import HEADERS, Hub, error


def test_key_and_token_are_asked_for(hub: Hub) -> None:
    client, path = hub.running.client, "/vtex/lojaaurora/api/oms/pvt/orders"
    assert error(client.get(path), 401) == "1"
    assert error(client.get(path, headers=HEADERS | {"X-VTEX-API-AppToken": "x"}), 401) == "1"
    assert error(client.get(path, headers=HEADERS | {"X-VTEX-API-AppKey": "vtexappkey-x"}), 401) == "1"
    assert client.get(path, headers=HEADERS).status_code == 200
    assert error(client.get("/vtex/nowhere/api/oms/pvt/orders", headers=HEADERS), 404) == "404"
    assert error(client.get("/vtex/lojaaurora/api/nothing", headers=HEADERS), 404) == "404"


def test_accounts_are_apart(hub: Hub) -> None:
    hub.running.control("vtex/lojapinheiros/act", {"act": "open_account"})
    headers = {"X-VTEX-API-AppKey": "vtexappkey-lojapinheiros-SANDBOX", "X-VTEX-API-AppToken": "sandbox-token"}
    get, path = hub.running.client.get, "/vtex/lojapinheiros/api/logistics/pvt/inventory/skus/2001"
    assert error(get(path, headers=HEADERS), 401) == "1"
    hub.act("set_stock", sku=2001, warehouse="1_1", quantity=1)
    assert get(path, headers=headers).json()["balance"][0]["totalQuantity"] == 20
    assert "there already" in hub.refused_act("open_account")


def test_products_with_their_skus(hub: Hub) -> None:
    path = "/api/catalog_system/pvt/products/GetProductAndSkuIds"
    whole = hub.get(f"{path}?_from=1&_to=250")
    assert whole["range"] == {"total": 9, "from": 1, "to": 250}
    assert whole["data"]["1003"] == [2009, 2010, 2011]
    assert sum(len(skus) for skus in whole["data"].values()) == 20
    assert list(hub.get(f"{path}?_from=9&_to=9")["data"]) == ["1009"]
    assert list(hub.get(f"{path}?categoryId=10")["data"]) == ["1001"]
    assert error(hub.call("GET", f"{path}?_from=1&_to=251")) == "400"
    assert error(hub.call("GET", f"{path}?_from=0&_to=5")) == "400"


def test_sku_ids_are_paged(hub: Hub) -> None:
    path = "/api/catalog_system/pvt/sku/stockkeepingunitids"
    assert hub.get(f"{path}?page=3&pagesize=8") == [2017, 2018, 2019, 2020]
    assert hub.get(f"{path}?page=4&pagesize=8") == []
    assert error(hub.call("GET", f"{path}?page=1&pagesize=1001")) == "400"
    assert error(hub.call("GET", f"{path}?pagesize=10")) == "400"


def test_sku_ids_of_a_trade_policy(hub: Hub) -> None:
    path = "/api/catalog_system/pvt/sku/stockkeepingunitidsbysaleschannel"
    assert len(hub.get(f"{path}?sc=2")) == 20
    hub.act("update_product", product=1001, channels=[1])
    assert hub.get(f"{path}?sc=2&page=1&pageSize=2") == [2005, 2006]
    assert error(hub.call("GET", path)) == "400"


def test_sku_with_context(hub: Hub) -> None:
    sku = hub.get("/api/catalog_system/pvt/sku/stockkeepingunitbyid/2001?sc=1")
    assert sku["BrandId"] == "2000001"  # a string here, a number in the product
    assert sku["AlternateIds"]["RefId"] == "0012-AZ-P"
    assert len(sku["AlternateIds"]["Ean"]) == 13
    assert sku["Dimension"]["weight"] == 320  # grams, whatever the neighbouring API calls it
    assert sku["TaxCode"] == "62044300"
    assert sku["CategoriesFullPath"] == ["/1/10/", "/1/"]
    assert sku["ProductCategories"] == {"10": "Vestidos", "1": "Moda"}
    assert [(one["FieldName"], one["FieldValues"]) for one in sku["SkuSpecifications"]] == [
        ("Cor", ["Azul"]),
        ("Tamanho", ["P"]),
    ]
    assert sku["SalesChannels"] == [1, 2]
    assert len(sku["Images"]) == 3
    assert sku["ImageUrl"] == sku["Images"][0]["ImageUrl"]


def test_peculiar_skus(hub: Hub) -> None:
    context = "/api/catalog_system/pvt/sku/stockkeepingunitbyid"
    assert "Ean" not in hub.get(f"{context}/2020")["AlternateIds"]
    assert hub.get("/api/catalog/pvt/stockkeepingunit/2020/ean") == []
    assert hub.get("/api/catalog/pvt/stockkeepingunit/2008/ean")[0].startswith("00")
    assert hub.get(f"{context}/2018")["KitItems"] == [{"Id": 2012, "Amount": 1}, {"Id": 2014, "Amount": 1}]
    bag = hub.get(f"{context}/2019")
    assert (bag["IsActive"], bag["IsProductActive"], bag["ProductIsVisible"]) == (True, False, False)
    assert error(hub.call("GET", f"{context}/9999"), 404) == "404"


def test_product_and_the_forms_of_a_sku(hub: Hub) -> None:
    product = hub.get("/api/catalog/pvt/product/1001")
    assert (product["BrandId"], product["DepartmentId"], product["CategoryId"]) == (2000001, 1, 10)
    assert product["Description"] == "<p>Vestido midi de viscose, com <b>forro</b> &amp; bolsos.</p>"
    assert hub.get("/api/catalog_system/pvt/products/productgetbyrefid/0012")["Id"] == 1001
    form = hub.get("/api/catalog/pvt/stockkeepingunit/2001")
    assert (form["PackagedWeightKg"], form["RefId"]) == (320, "0012-AZ-P")
    listed = hub.get("/api/catalog_system/pvt/sku/stockkeepingunitByProductId/1001")
    assert [sku["Id"] for sku in listed] == [2001, 2002, 2003, 2004]
    assert listed[0]["DateUpdated"]


def test_lookups(hub: Hub) -> None:
    system = "/api/catalog_system/pvt/sku"
    assert hub.get(f"{system}/stockkeepingunitidbyrefid/0012-AZ-P") == "2001"
    ean = hub.get("/api/catalog/pvt/stockkeepingunit/2014/ean")[0]
    assert hub.get(f"{system}/stockkeepingunitbyean/{ean}")["Id"] == 2014
    assert error(hub.call("GET", f"{system}/stockkeepingunitidbyrefid/12-AZ-P"), 404) == "404"
    bulk = "/api/catalog_system/pub/sku/stockkeepingunitidsbyrefids"
    assert hub.call("POST", bulk, ["0012-AZ-P", "nope"]).json() == {"0012-AZ-P": "2001", "nope": None}
    assert error(hub.call("POST", bulk, ["a", "b", "a"]), 500) == "500"


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("/api/catalog_system/pvt/brand/pagedlist?page=1&pageSize=100", ("items", 0, "name", "Aurora")),
        ("/api/catalog_system/pub/category/tree/3", (0, "children", 0, "name", "Vestidos")),
        ("/api/catalog_system/pvt/saleschannel/list", (1, "Id", 2)),
        ("/api/catalog_system/pvt/seller/list?sellerType=1", (0, "SellerId", "1")),
        ("/api/catalog_system/pvt/products/1001/specification", (0, "Value", ["Feminino"])),
        ("/api/catalog/pvt/stockkeepingunit/2001/specification", (1, "Text", "P")),
        ("/api/catalog/pvt/stockkeepingunit/2001/file", (0, "IsMain", True)),
        ("/api/catalog/pvt/stockkeepingunitkit?parentSkuId=2018", (1, "StockKeepingUnitId", 2014)),
        ("/api/logistics/pvt/configuration/warehouses", (0, "id", "1_1")),
    ],
)
def test_further_reads(hub: Hub, path: str, first: tuple[object, ...]) -> None:
    *way, wanted = first
    found = hub.get(path)
    for step in way:
        found = found[step]
    assert found == wanted


def test_put_of_a_sku_without_is_active_deactivates_it(hub: Hub) -> None:
    path = "/api/catalog/pvt/stockkeepingunit/2001"
    assert hub.call("PUT", path, {"Name": "Azul P", "IsActive": True}).json()["IsActive"] is True
    assert hub.call("PUT", path, {"Name": "Azul P"}).json()["IsActive"] is False
