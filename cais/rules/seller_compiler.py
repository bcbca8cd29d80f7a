"""From a seller file to the rules of its connections, with the expressions that the seller writes."""

from __future__ import annotations

from collections.abc import Mapping

from cais.errors import MappingError
from cais.rules.connection import ConnectionRules, SellerRules
from cais.rules.flow_file import FlowFile
from cais.rules.library import Loaded
from cais.rules.names import Names
from cais.rules.platform import Platform
from cais.rules.reader import Path
from cais.rules.roots import CANONICAL_SHAPES
from cais.rules.seller_file import SellerFile
from cais.rules.text_compiler import TextCompiler

_ORDER = Names({"order": CANONICAL_SHAPES["order"]})
_PRODUCT = Names({name: CANONICAL_SHAPES[name] for name in ("product", "variant")})
_PRICE = Names({name: CANONICAL_SHAPES[name] for name in ("product", "variant", "price")})


class SellerCompiler(TextCompiler):
    """Compiles one seller, connection by connection."""

    def __init__(self, loaded: Loaded[SellerFile]) -> None:
        super().__init__(loaded.document)
        self.file = loaded.file

    def seller(self, digest: str, connections: Mapping[str, ConnectionRules]) -> SellerRules:
        file = self.file
        for name, scope in file.scopes.items():
            self.whole(scope.select, ("scopes", name, "select"), _PRODUCT)
        tags = tuple(self.text(text, ("tags", number), _ORDER) for number, text in enumerate(file.tags))
        return SellerRules(file.seller, digest, file, self.document, connections, tags)

    def connection(self, name: str, platform: Platform, flow: FlowFile) -> ConnectionRules:
        """The rules of one connection; `platform` has its overlays."""
        seller, connection = self.file, self.file.connections[name]
        path: Path = ("connections", name)
        params = platform.params(connection.params)
        return ConnectionRules(
            seller=seller.seller,
            name=name,
            flow_file=flow,
            platform=platform,
            params=params,
            hosts=_hosts(platform, params, connection.hosts),
            secrets=dict(connection.secrets),
            file=connection,
            mode=connection.mode or seller.mode,
            public_url=seller.public_url,
            selection=self.whole(connection.listing.select, (*path, "listing", "select"), _PRODUCT),
            price_rule=self.whole(connection.price.rule, (*path, "price", "rule"), _PRICE),
        )


def _hosts(platform: Platform, params: Mapping[str, str], overrides: Mapping[str, str]) -> dict[str, str]:
    """A parameter that is missing is a problem already; the addresses are then of no use."""
    try:
        return platform.host_addresses(params, overrides)
    except MappingError:
        return dict(overrides)
