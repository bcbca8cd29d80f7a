"""Where an ERP leaves an NF-e's XML before it says `invoice`: `PUT /invoices/<connection>/<secret>/<order>`.

The XML stays as it is (a signature breaks with one byte), sealed under the order's key; the answer is the digest by
which the command names it. Nothing of the order changes.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from cais.gateway import body
from cais.gateway.knock import Knock, admitted, refusal
from cais.identity import book
from cais.store import blobs
from cais.store.connections import ConnectionRow
from cais.store.engine import Store


class Invoices:
    """`<order>` is the order's workflow id; `<connection>` is any of its seller's, with its hook secret."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def routes(self) -> list[Route]:
        return [Route("/invoices/{connection}/{secret}/{order}", self._put, methods=["PUT"])]

    async def _put(self, request: Request) -> Response:
        row = await admitted(self._store, Knock(request.path_params["connection"], request.path_params["secret"]))
        if not isinstance(row, ConnectionRow):
            return refusal(row)
        xml = await body.bounded(request)
        if xml is None:
            return PlainTextResponse(f"more than {body.LARGEST} bytes", 413)
        if not xml.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            return PlainTextResponse("the body is not XML", 400)
        order = await self._store.read(book.entry, request.path_params["order"])
        if order is None or order.seller != row.seller:
            return PlainTextResponse("no such order", 404)
        keep = blobs.keep
        digest = await self._store.write_durable(keep, self._store.keys, order.seller, order.id, "nfe", xml)
        return JSONResponse({"xml_digest": digest})
