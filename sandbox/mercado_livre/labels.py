"""Labels: only for Mercado Envios 2, only once the shipment is `ready_to_print` (or printed already).

Source: mercado-envios-2 (updated 2026-07-06).
"""

from __future__ import annotations

import io
import zipfile
from typing import Final

from sandbox.mercado_livre import shipments
from sandbox.mercado_livre.errors import refuse
from sandbox.mercado_livre.site import Document, Site, stamp
from sandbox.operation import Answer, Call

_PAGE: Final = "mercado-envios-2"
_MOST: Final = 50
_PRINTABLE: Final = ("ready_to_print", "printed")


def read(call: Call) -> Answer:
    """GET /shipment_labels?shipment_ids=&response_type=pdf|zpl2."""
    ids = [id_ for id_ in call.query.get("shipment_ids", "").split(",") if id_]
    if len(ids) > _MOST:
        raise refuse(400, "shipment_ids", f"at most {_MOST} shipment_ids", _PAGE)
    kind = call.query.get("response_type", "pdf")
    if not ids or kind not in ("pdf", "zpl2"):
        raise refuse(400, "bad_request", "shipment_ids and response_type pdf or zpl2 are required", _PAGE)
    site = Site(call.world)
    for shipment in [_printable(call, site, id_) for id_ in ids]:
        printed(site, shipment)
    return _pdf(ids) if kind == "pdf" else _zpl(ids)


def printed(site: Site, shipment: Document) -> None:
    """The first print changes the substatus; printing again changes nothing."""
    if shipment["substatus"] == "ready_to_print":
        shipment["date_first_printed"] = stamp(site.now)
        shipments.move(site, shipment, "ready_to_ship", "printed")


def _printable(call: Call, site: Site, id_: str) -> Document:
    shipment = site.get("shipment", id_)
    if shipment is None:
        raise refuse(404, "not_found", "Missing a valid shipment id value", _PAGE)
    if str(shipment["_"]["seller"]) != call.account:
        raise refuse(400, "invalid_shipment_caller", "The caller is not the sender", _PAGE)
    if shipment["logistic"]["type"] == "fulfillment":
        raise refuse(400, "invalid_shipment_ff_public", "Fulfillment prints its own labels", _PAGE)
    if shipment["logistic"]["mode"] != "me2":
        raise refuse(400, "invalid_shipment_mode", "The shipment is not me2", _PAGE)
    if shipment["status"] != "ready_to_ship" or shipment["substatus"] not in _PRINTABLE:
        state = f"{shipment['status']}/{shipment['substatus']}"
        raise refuse(400, "not_printable_status", f"shipment {id_} is {state}", _PAGE)
    return shipment


def _pdf(ids: list[str]) -> Answer:
    text = f"%PDF-1.4\n% label of {', '.join(ids)}\n%%EOF\n"
    return Answer(text.encode(), media_type="application/pdf")


def _zpl(ids: list[str]) -> Answer:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        labels = "".join(f"^XA^FO50,50^FD{id_}^FS^XZ\n" for id_ in ids)
        archive.writestr("Etiqueta de envio.txt", labels)
    return Answer(packed.getvalue(), media_type="application/octet-stream")
