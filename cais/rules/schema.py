"""JSON Schemas of the rule files, made from their models, for editors."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from cais.rules.cases_file import CasesFile
from cais.rules.directions_file import DirectionsFile
from cais.rules.flow_file import FlowFile
from cais.rules.lifecycle_file import LifecycleFile
from cais.rules.mapping_file import MappingFile
from cais.rules.platform_file import PlatformFile
from cais.rules.seller_file import SellerFile

KINDS: dict[str, type[BaseModel]] = {
    "directions": DirectionsFile,
    "flow": FlowFile,
    "lifecycle": LifecycleFile,
    "platform": PlatformFile,
    "mapping": MappingFile,
    "cases": CasesFile,
    "seller": SellerFile,
}
"""The kinds of rule files."""


def rules_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of one kind of file. Raises KeyError."""
    schema = KINDS[kind].model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def rules_schemas() -> dict[str, dict[str, Any]]:
    """All of them, by kind."""
    return {kind: rules_schema(kind) for kind in KINDS}
