"""Products and SKUs as the Catalog API shows them (field names and types of the specification's examples)."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

from sandbox.state import Shelf

Doc = dict[str, Any]

_RELEASED = "2026-01-06T00:00:00"
_GROUP = {"FieldGroupId": 11, "FieldGroupName": "Especificações"}


def slug(name: str) -> str:
    """The product's name as it stands in its URL."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def category_path(shelf: Shelf, category: int) -> str:
    """The path from the department down, `/1/10/`."""
    doc = shelf.get("category", category) or {}
    above = category_path(shelf, doc["parent"]) if doc.get("parent") else "/"
    return f"{above}{category}/"


def product_view(shelf: Shelf, product: Doc) -> Doc:
    """`GET /api/catalog/pvt/product/{id}`."""
    path = category_path(shelf, product["category"])
    return {
        "Id": product["id"], "Name": product["name"], "DepartmentId": int(path.split("/")[1]),
        "CategoryId": product["category"], "BrandId": product["brand"], "LinkId": slug(product["name"]),
        "RefId": product["ref"], "IsVisible": product["visible"], "Description": product["description"],
        "DescriptionShort": "", "ReleaseDate": _RELEASED, "KeyWords": "", "Title": product["name"],
        "IsActive": product["active"], "TaxCode": product["ncm"], "MetaTagDescription": "", "SupplierId": None,
        "ShowWithoutStock": True, "AdWordsRemarketingCode": "", "LomadeeCampaignCode": "", "Score": 1,
    }  # fmt: skip


def sku_context(shelf: Shelf, account: str, sku: Doc) -> Doc:
    """`GET …/stockkeepingunitbyid/{id}`: the SKU with its product, brand, categories and images."""
    product = shelf.get("product", sku["product"]) or {}
    brand = shelf.get("brand", product["brand"]) or {}
    return (
        _identity(sku, product, brand)
        | _dimensions(sku)
        | _pictures(account, sku)
        | _specifications(sku, product)
        | _categories(shelf, product)
        | _assortment(sku, product)
    )


def _identity(sku: Doc, product: Doc, brand: Doc) -> Doc:
    alternate = {"Ean": sku["eans"][0]} if sku["eans"] else {}
    alternate["RefId"] = sku["ref"]
    return {
        "Id": sku["id"], "ProductId": product["id"], "NameComplete": f"{product['name']} {sku['name']}",
        "ComplementName": "", "ProductName": product["name"], "ProductDescription": product["description"],
        "SkuName": sku["name"], "ProductRefId": product["ref"], "TaxCode": product["ncm"],
        "IsActive": sku["active"], "IsTransported": True, "IsInventoried": True, "IsGiftCardRecharge": False,
        "DetailUrl": f"/{slug(product['name'])}/p", "CSCIdentification": None, "BrandId": str(brand["id"]),
        "BrandName": brand["name"], "IsBrandActive": brand["active"], "ManufacturerCode": "",
        "IsKit": bool(sku["parts"]), "KitItems": [_kit_item(part) for part in sku["parts"]],
        "AlternateIds": alternate, "AlternateIdValues": list(alternate.values()),
    }  # fmt: skip


def _kit_item(part: list[int]) -> Doc:
    return {"Id": part[0], "Amount": part[1]}


def _dimensions(sku: Doc) -> Doc:
    height, length, width, weight = sku["packed"]
    cubic = (Decimal(height * length * width) / 6000).quantize(Decimal("0.0001"))
    return {
        "Dimension": {
            "cubicweight": cubic, "height": height, "length": length, "weight": weight, "width": width,
        },
        "RealDimension": {
            "realCubicWeight": Decimal("0.0"), "realHeight": height - 1, "realLength": length - 1,
            "realWeight": weight - 20, "realWidth": width - 1,
        },
    }  # fmt: skip


def image_url(account: str, sku: Doc, file: int) -> str:
    """Where VTEX serves an image of a SKU."""
    return f"http://{account}.vteximg.com.br/arquivos/ids/{file}/{sku['ref'].lower()}.jpg"


def _pictures(account: str, sku: Doc) -> Doc:
    images = [{"ImageUrl": image_url(account, sku, file), "ImageName": "", "FileId": file} for file in sku["images"]]
    main = images[0]["ImageUrl"] if images else ""
    return {"ImageUrl": main, "Images": images, "Videos": []}


def _specifications(sku: Doc, product: Doc) -> Doc:
    own = [
        {"FieldId": id_, "FieldName": name, "FieldValueIds": [value_id(id_, value)], "FieldValues": [value],
         "IsFilter": True} | _GROUP
        for id_, name, value in sku["specs"]
    ]  # fmt: skip
    general = [
        {"FieldId": id_, "FieldName": name, "FieldValueIds": [], "FieldValues": [value], "IsFilter": False} | _GROUP
        for id_, name, value in product["features"]
    ]
    return {"SkuSpecifications": own, "ProductSpecifications": general}


def value_id(field: int, value: str) -> int:
    """A stable id of a specification's value."""
    return field * 1000 + sum(value.encode()) % 1000


def _categories(shelf: Shelf, product: Doc) -> Doc:
    path = category_path(shelf, product["category"])
    ids = [int(part) for part in path.strip("/").split("/")]
    names = {str(id_): (shelf.get("category", id_) or {})["name"] for id_ in reversed(ids)}
    full = ["/" + "/".join(str(id_) for id_ in ids[:depth]) + "/" for depth in range(len(ids), 0, -1)]
    return {
        "Categories": [], "CategoriesFullPath": full, "ProductCategoryIds": path, "ProductCategories": names,
        "IsDirectCategoryActive": True, "ProductGlobalCategoryId": None, "ProductClustersIds": "",
        "ProductClusterNames": {}, "PositionsInClusters": {}, "ProductClusterHighlights": {},
    }  # fmt: skip


def _assortment(sku: Doc, product: Doc) -> Doc:
    seller = {
        "SellerId": "1", "StockKeepingUnitId": sku["id"], "SellerStockKeepingUnitId": str(sku["id"]),
        "IsActive": sku["active"], "FreightCommissionPercentage": 0, "ProductCommissionPercentage": 0,
    }  # fmt: skip
    return {
        "Services": [], "Attachments": [], "Collections": [], "SkuSellers": [seller],
        "SalesChannels": product["channels"], "CommercialConditionId": 1, "RewardValue": Decimal("0.0"),
        "EstimatedDateArrival": None, "MeasurementUnit": "un", "UnitMultiplier": Decimal("1.0"),
        "InformationSource": "Indexer", "ModalType": None, "KeyWords": "", "ReleaseDate": _RELEASED,
        "ProductIsVisible": product["visible"], "ShowIfNotAvailable": True, "IsProductActive": product["active"],
        "ProductFinalScore": 0,
    }  # fmt: skip


def sku_form(sku: Doc) -> Doc:
    """`GET /api/catalog/pvt/stockkeepingunit/{id}`: the writable form. `WeightKg` is in grams (the default unit)."""
    height, length, width, weight = (Decimal(f"{number}.0") for number in sku["packed"])
    return {
        "Id": sku["id"], "ProductId": sku["product"], "IsActive": sku["active"], "ActivateIfPossible": True,
        "Name": sku["name"], "RefId": sku["ref"], "PackagedHeight": height, "PackagedLength": length,
        "PackagedWidth": width, "PackagedWeightKg": weight, "Height": height - 1, "Length": length - 1,
        "Width": width - 1, "WeightKg": weight - 20, "CubicWeight": Decimal("0.1667"),
        "IsKit": bool(sku["parts"]), "CreationDate": "2026-01-06T12:00:00", "RewardValue": Decimal("0.0"),
        "EstimatedDateArrival": None, "ManufacturerCode": "", "CommercialConditionId": 1,
        "MeasurementUnit": "un", "UnitMultiplier": Decimal("1.0"), "ModalType": None,
        "KitItensSellApart": False, "Videos": [],
    }  # fmt: skip


def sku_of_product(sku: Doc) -> Doc:
    """An entry of `GET …/stockkeepingunitByProductId/{id}`, the only shape with `DateUpdated`."""
    height, length, width, weight = sku["packed"]
    return {
        "IsPersisted": True, "IsRemoved": False, "Id": sku["id"], "ProductId": sku["product"],
        "IsActive": sku["active"], "Name": sku["name"], "Height": height, "RealHeight": None, "Width": width,
        "RealWidth": None, "Length": length, "RealLength": None, "WeightKg": weight, "RealWeightKg": None,
        "ModalId": 1, "RefId": sku["ref"], "CubicWeight": Decimal("0.2"), "IsKit": bool(sku["parts"]),
        "IsDynamicKit": None, "InternalNote": None, "DateUpdated": sku["updated"][:19],
        "RewardValue": Decimal("0.0"), "CommercialConditionId": 1, "EstimatedDateArrival": None,
        "FlagKitItensSellApart": False, "ManufacturerCode": "", "ReferenceStockKeepingUnitId": None,
        "Position": 0, "ActivateIfPossible": True, "MeasurementUnit": "un", "UnitMultiplier": Decimal("1.0"),
        "IsInventoried": None, "IsTransported": None, "IsGiftCardRecharge": None, "ModalType": None,
    }  # fmt: skip


def category_node(shelf: Shelf, account: str, category: Doc, levels: int) -> Doc:
    """A node of the category tree, with children down to `levels`."""
    below = [doc for _, doc in shelf.scan("category") if doc["parent"] == category["id"]]
    children = [category_node(shelf, account, child, levels - 1) for child in below] if levels else []
    return {
        "id": category["id"], "name": category["name"], "hasChildren": bool(below),
        "url": f"https://{account}.vtexcommercestable.com.br/{slug(category['name'])}", "children": children,
        "Title": category["name"], "MetaTagDescription": "",
    }  # fmt: skip
