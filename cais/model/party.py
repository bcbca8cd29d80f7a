"""People and places: buyer, address, the intermediary of a sale. All personal data of the hub is in these types."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from cais.model.base import Code, Value

State = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""A Brazilian federal unit (UF), two capitals."""


class Document(Value):
    """A tax document: digits (CPF) or digits and capitals (CNPJ, alphanumeric since 2026), no punctuation."""

    kind: Literal["cpf", "cnpj", "other"]
    number: Code


class Address(Value):
    """A postal address; `postal_code` is the CEP as eight digits."""

    receiver: str | None = None
    street: str
    number: str | None = None
    complement: str | None = None
    neighborhood: str | None = None
    city: str
    state: str
    postal_code: Code
    country: str = "BR"
    reference: str | None = None
    city_code: str | None = None
    """IBGE code of the municipality, seven digits, where the source tells it."""


class Buyer(Value):
    """Who bought. Sealed in the store, never in Temporal."""

    name: str
    legal_name: str | None = None
    document: Document | None = None
    state_registration: str | None = None
    """Inscrição estadual (IE), or `ISENTO`; null: not a taxpayer of ICMS or not told."""
    email: str | None = None
    phone: str | None = None
    nickname: str | None = None


class Intermediary(Value):
    """The marketplace as the NF-e names it (indIntermed/infIntermed)."""

    cnpj: Code
    seller_id: Code
