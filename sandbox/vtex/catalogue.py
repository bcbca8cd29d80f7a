"""Catalogue reads (Catalog API), and the one write that traps: `PUT` of a SKU without `IsActive`."""

from __future__ import annotations

from typing import Any

from sandbox.operation import Answer, Call, Operation
from sandbox.vtex.affiliate import notify_sku
from sandbox.vtex.body import field_refusal, json_body, object_body, text
from sandbox.vtex.catalogue_view import (
    category_node,
    image_url,
    product_view,
    sku_context,
    sku_form,
    sku_of_product,
    value_id,
)
from sandbox.vtex.refuse import CATALOG, not_found, refuse

Doc = dict[str, Any]


def _find_sku(call: Call, sku_id: str | int) -> Doc:
    """The SKU; refused with 404 when there is none."""
    sku: Doc | None = call.shelf.get("sku", sku_id)
    if sku is None:
        raise not_found("SKU", f"{CATALOG}: {call.operation}")
    return sku


def _find_product(call: Call) -> Doc:
    product: Doc | None = call.shelf.get("product", call.params["productId"])
    if product is None:
        raise not_found("Product", f"{CATALOG}: {call.operation}")
    return product


def _number(call: Call, name: str, *, least: int, most: int, default: int | None = None) -> int:
    """A whole number of the query, within its documented bounds."""
    given = call.query.get(name)
    if given is None and default is not None:
        return default
    if given is None or not given.isdecimal() or not least <= int(given) <= most:
        raise refuse("400", f"The parameter {name} is missing or invalid", f"{CATALOG}: {call.operation}?{name}")
    return int(given)


def _product_and_sku_ids(call: Call) -> Answer:
    """`_from` and `_to` are positions from 1, at most 250 apart."""
    first = _number(call, "_from", least=1, most=10**9, default=1)
    last = _number(call, "_to", least=first, most=10**9, default=first + 19)
    if last - first >= 250:
        # stated by VTEX outside the specification; whether more is refused or cut is not, so it is refused
        raise refuse("400", "At most 250 products at a time", f"{CATALOG}: GetProductAndSkuIds?_to")
    category = call.query.get("categoryId")
    wanted = [
        product["id"] for _, product in call.shelf.scan("product") if category in (None, str(product["category"]))
    ]
    skus: dict[int, list[int]] = {id_: [] for id_ in wanted[first - 1 : last]}
    for _, sku in call.shelf.scan("sku"):
        if sku["product"] in skus:
            skus[sku["product"]].append(sku["id"])
    data = {str(id_): ids for id_, ids in skus.items()}
    return Answer({"data": data, "range": {"total": len(wanted), "from": first, "to": last}})


def _sku_ids(call: Call) -> Answer:
    page = _number(call, "page", least=1, most=10**9)
    size = _number(call, "pagesize", least=1, most=1000)
    every = [int(id_) for id_ in call.shelf.ids("sku")]
    return Answer(every[(page - 1) * size : page * size])


def _sku_ids_of_channel(call: Call) -> Answer:
    channel = _number(call, "sc", least=1, most=10**9)
    page = _number(call, "page", least=1, most=10**9, default=1)
    size = _number(call, "pageSize", least=1, most=1000, default=1000)
    channels = {int(id_): product["channels"] for id_, product in call.shelf.scan("product")}
    every = [sku["id"] for _, sku in call.shelf.scan("sku") if channel in channels[sku["product"]]]
    return Answer(every[(page - 1) * size : page * size])


def _sku_by_id(call: Call) -> Answer:
    return Answer(sku_context(call.shelf, call.account, _find_sku(call, call.params["skuId"])))


def _sku_by_ean(call: Call) -> Answer:
    for _, sku in call.shelf.scan("sku"):
        if call.params["ean"] in sku["eans"]:
            return Answer(sku_context(call.shelf, call.account, sku))
    raise not_found("SKU", f"{CATALOG}: stockkeepingunitbyean")


def _sku_id_by_ref(call: Call) -> Answer:
    for id_, sku in call.shelf.scan("sku"):
        if sku["ref"] == call.params["refId"]:
            return Answer(id_)
    raise not_found("SKU", f"{CATALOG}: stockkeepingunitidbyrefid")


def _sku_ids_by_refs(call: Call) -> Answer:
    refs = json_body(call, f"{CATALOG}: stockkeepingunitidsbyrefids")
    if not isinstance(refs, list) or not all(isinstance(ref, str) for ref in refs):
        raise refuse("400", "The body is not a list of reference ids", f"{CATALOG}: stockkeepingunitidsbyrefids")
    if len(set(refs)) != len(refs):
        source = f"{CATALOG}: stockkeepingunitidsbyrefids, 'Do not repeat values in the array'"
        raise refuse("500", "Internal Server Error", source, 500)
    known = {sku["ref"]: id_ for id_, sku in call.shelf.scan("sku")}
    return Answer({ref: known.get(ref) for ref in refs})


def _product(call: Call) -> Answer:
    return Answer(product_view(call.shelf, _find_product(call)))


def _product_by_ref(call: Call) -> Answer:
    for _, product in call.shelf.scan("product"):
        if product["ref"] == call.params["refId"]:
            return Answer(product_view(call.shelf, product) | {"ListStoreId": product["channels"]})
    raise not_found("Product", f"{CATALOG}: productgetbyrefid")


def _sku(call: Call) -> Answer:
    return Answer(sku_form(_find_sku(call, call.params["skuId"])))


def _write_sku(call: Call) -> Answer:
    """Without `IsActive`, the SKU is deactivated, as the specification warns."""
    source = f"{CATALOG}: PUT stockkeepingunit"
    sku, body, wrong = _find_sku(call, call.params["skuId"]), object_body(call, source), field_refusal(source)
    sku["name"] = text(body, "Name", wrong)
    sku["ref"] = body.get("RefId") or sku["ref"]
    sku["active"] = body.get("IsActive") is True
    sku["updated"] = call.world.clock.now().isoformat()
    call.shelf.put("sku", sku["id"], sku)
    notify_sku(call.world, call.account, sku["id"], "HasStockKeepingUnitModified")
    return Answer(sku_form(sku))


def _skus_of_product(call: Call) -> Answer:
    product = _find_product(call)
    skus = (sku for _, sku in call.shelf.scan("sku"))
    return Answer([sku_of_product(sku) for sku in skus if sku["product"] == product["id"]])


def _eans(call: Call) -> Answer:
    return Answer(_find_sku(call, call.params["skuId"])["eans"])


def _files(call: Call) -> Answer:
    sku = _find_sku(call, call.params["skuId"])
    return Answer([
        {"Id": file, "ArchiveId": file, "SkuId": sku["id"], "Name": f"{sku['name']} {place + 1}",
         "IsMain": place == 0, "Label": None, "Text": "", "Url": image_url(call.account, sku, file),
         "FileLocation": f"vteximg.com.br/arquivos/ids/{file}", "Position": place}
        for place, file in enumerate(sku["images"])
    ])  # fmt: skip


def _product_specification(call: Call) -> Answer:
    features = _find_product(call)["features"]
    return Answer([{"Value": [value], "Id": id_, "Name": name} for id_, name, value in features])


def _sku_specification(call: Call) -> Answer:
    sku = _find_sku(call, call.params["skuId"])
    return Answer([
        {"Id": sku["id"] * 10 + place, "SkuId": sku["id"], "FieldId": id_, "FieldValueId": value_id(id_, value),
         "Text": value}
        for place, (id_, _, value) in enumerate(sku["specs"])
    ])  # fmt: skip


def _kit(call: Call) -> Answer:
    sku = _find_sku(call, call.query.get("parentSkuId") or call.query.get("skuId") or "")
    parts = [
        {"Id": sku["id"], "StockKeepingUnitParent": sku["id"], "StockKeepingUnitId": id_, "Quantity": quantity,
         "UnitPrice": 0}
        for id_, quantity in sku["parts"]
    ]  # fmt: skip
    if not parts:
        raise not_found("Kit", f"{CATALOG}: stockkeepingunitkit")
    return Answer(parts)


def _brands(call: Call) -> Answer:
    page = _number(call, "page", least=1, most=10**9)
    size = _number(call, "pageSize", least=1, most=1000)
    every = [
        {"id": brand["id"], "name": brand["name"], "isActive": brand["active"], "title": brand["name"],
         "metaTagDescription": "", "imageUrl": None}
        for _, brand in call.shelf.scan("brand")
    ]  # fmt: skip
    paging = {"page": page, "perPage": size, "total": len(every), "pages": -(-len(every) // size)}
    return Answer({"items": every[(page - 1) * size : page * size], "paging": paging})


def _category_tree(call: Call) -> Answer:
    levels = call.params["levels"]
    if not levels.isdecimal():
        raise refuse("400", "The number of levels is invalid", f"{CATALOG}: category/tree/{{categoryLevels}}")
    roots = [doc for _, doc in call.shelf.scan("category") if doc["parent"] is None]
    return Answer([category_node(call.shelf, call.account, root, int(levels) - 1) for root in roots])


def _sales_channels(call: Call) -> Answer:
    return Answer([
        {"Id": doc["id"], "Name": doc["name"], "IsActive": doc["active"], "ProductClusterId": None,
         "CountryCode": "BRA", "CultureInfo": "pt-BR", "TimeZone": "E. South America Standard Time",
         "CurrencyCode": "BRL", "CurrencySymbol": "R$", "CurrencyLocale": 1046, "Origin": None,
         "Position": doc["id"], "ConditionRule": None, "CurrencyDecimalDigits": 2}
        for _, doc in call.shelf.scan("sales_channel")
    ])  # fmt: skip


def _sellers(call: Call) -> Answer:
    """Regular sellers: the account itself. It has no white label sellers."""
    if call.query.get("sellerType") == "2":
        return Answer([])
    return Answer([
        {"SellerId": "1", "Name": call.account, "Email": "loja@aurora.example", "IsActive": True, "SellerType": 1,
         "CNPJ": (call.shelf.get("account", "self") or {})["cnpj"], "IsBetterScope": False,
         "TrustPolicy": "Default"}
    ])  # fmt: skip


_SYSTEM, _CATALOG = "/api/catalog_system/pvt", "/api/catalog/pvt"
OPERATIONS = (
    Operation("catalog_product_and_sku_ids", "GET", f"{_SYSTEM}/products/GetProductAndSkuIds", _product_and_sku_ids),
    Operation("catalog_sku_ids", "GET", f"{_SYSTEM}/sku/stockkeepingunitids", _sku_ids),
    Operation(
        "catalog_sku_ids_of_channel", "GET", f"{_SYSTEM}/sku/stockkeepingunitidsbysaleschannel", _sku_ids_of_channel
    ),
    Operation("catalog_sku_context", "GET", f"{_SYSTEM}/sku/stockkeepingunitbyid/{{skuId}}", _sku_by_id),
    Operation("catalog_sku_by_ean", "GET", f"{_SYSTEM}/sku/stockkeepingunitbyean/{{ean}}", _sku_by_ean),
    Operation("catalog_sku_id_by_ref", "GET", f"{_SYSTEM}/sku/stockkeepingunitidbyrefid/{{refId}}", _sku_id_by_ref),
    Operation(
        "catalog_sku_ids_by_refs",
        "POST",
        "/api/catalog_system/pub/sku/stockkeepingunitidsbyrefids",
        _sku_ids_by_refs,
        writes=False,
    ),
    Operation(
        "catalog_skus_of_product", "GET", f"{_SYSTEM}/sku/stockkeepingunitByProductId/{{productId}}", _skus_of_product
    ),
    Operation("catalog_product", "GET", f"{_CATALOG}/product/{{productId}}", _product),
    Operation("catalog_product_by_ref", "GET", f"{_SYSTEM}/products/productgetbyrefid/{{refId}}", _product_by_ref),
    Operation("catalog_sku", "GET", f"{_CATALOG}/stockkeepingunit/{{skuId}}", _sku),
    Operation("catalog_write_sku", "PUT", f"{_CATALOG}/stockkeepingunit/{{skuId}}", _write_sku),
    Operation("catalog_eans", "GET", f"{_CATALOG}/stockkeepingunit/{{skuId}}/ean", _eans),
    Operation("catalog_files", "GET", f"{_CATALOG}/stockkeepingunit/{{skuId}}/file", _files),
    Operation(
        "catalog_product_specification",
        "GET",
        f"{_SYSTEM}/products/{{productId}}/specification",
        _product_specification,
    ),
    Operation(
        "catalog_sku_specification", "GET", f"{_CATALOG}/stockkeepingunit/{{skuId}}/specification", _sku_specification
    ),
    Operation("catalog_kit", "GET", f"{_CATALOG}/stockkeepingunitkit", _kit),
    Operation("catalog_brands", "GET", f"{_SYSTEM}/brand/pagedlist", _brands),
    Operation("catalog_category_tree", "GET", "/api/catalog_system/pub/category/tree/{levels}", _category_tree),
    Operation("catalog_sales_channels", "GET", f"{_SYSTEM}/saleschannel/list", _sales_channels),
    Operation("catalog_sellers", "GET", f"{_SYSTEM}/seller/list", _sellers),
)
