"""A new site: one application, two sellers, a few buyers. All names and numbers are made up."""

from __future__ import annotations

from typing import Any, Final

from sandbox.mercado_livre import oauth
from sandbox.mercado_livre.notifications import PATIENCE_S, TOPICS
from sandbox.mercado_livre.site import SITE_ID, Document, Site
from sandbox.world import World

APP_ID: Final = "4567890123456789"
APP_SECRET: Final = "sandbox-secret"
SELLER: Final = 123
LEGACY_SELLER: Final = 456
_ME2: Final = [["me2", "cross_docking"], ["me1", "default"], ["custom", "custom"], ["not_specified", "not_specified"]]
_STATES: Final = {"SP": "São Paulo", "RJ": "Rio de Janeiro", "MG": "Minas Gerais", "BA": "Bahia"}


def seed(world: World) -> None:
    """The application, with the hub's address when the sandbox was told one, and everybody."""
    site = Site(world)
    callback = f"{world.hub_url.rstrip('/')}/hooks/ml/sandbox/notifications" if world.hub_url else None
    site.put(
        "app",
        APP_ID,
        {
            "id": APP_ID,
            "secret": APP_SECRET,
            "redirect_uri": "https://hub.example/oauth/mercado-livre",
            "callback": callback,
            "topics": list(TOPICS),
            "patience_s": PATIENCE_S,
        },
    )
    site.put("user", SELLER, _seller(SELLER, "LOJA AURORA", ["normal", "user_product_seller"], "11222333000181"))
    site.put("user", LEGACY_SELLER, _seller(LEGACY_SELLER, "LOJA ANTIGA", ["normal"], "11444777000161"))
    for user in (SELLER, LEGACY_SELLER):
        oauth.grant_refresh_token(site, str(user), APP_ID, f"TG-sandbox-{user}-1")
    for buyer in _buyers():
        site.put("buyer", buyer["id"], buyer)


def _seller(id_: int, nickname: str, tags: list[str], cnpj: str) -> Document:
    company = {
        "cnpj": cnpj,
        "ie": "110042490114",
        "ie_state": "SP",
        "uf": "SP",
        "registered": True,
        "imports_invoices": True,
    }
    address = _address("Avenida Paulista", "1000", None, "Bela Vista", "São Paulo", "SP", "01310100")
    return {
        "id": id_,
        "nickname": nickname,
        "registration_date": "2016-02-24T15:18:42.000-04:00",
        "country_id": "BR",
        "site_id": SITE_ID,
        "user_type": "normal",
        "tags": tags,
        "status": {"site_status": "active"},
        "_": {"company": company, "address": address, "logistics": _ME2},
    }


def _buyers() -> list[Document]:
    moema = ("Rua das Acácias", "45", "Apto 71", "Moema", "São Paulo", "SP", "04077020")
    return [
        _buyer(2212631001, "Ana", "Souza", "CPF", "52998224725",
               ("Rua do Ouvidor", "12", None, "Centro", "Rio de Janeiro", "RJ", "20040030")),
        _buyer(2212631002, "Bruno", "Lima", "CPF", "11144477735",
               ("Rua da Bahia", "880", "Casa 2", "Lourdes", "Belo Horizonte", "MG", "30160011")),
        _buyer(2212631003, "Carla", "D'Ávila", "CPF", "39053344705", moema),
        _buyer(2212631004, "Papelaria Sol & Mar Ltda", "", "CNPJ", "45997418000153",
               ("Avenida Sete de Setembro", "1", "Loja A", "Barra", "Salvador", "BA", "40130000"), "063250303"),
    ]  # fmt: skip


def _buyer(
    id_: int, first: str, last: str, kind: str, number: str, address: tuple[Any, ...], ie: str | None = None
) -> Document:
    return {
        "id": id_,
        "nickname": f"TESTUSER{id_ % 10_000}",
        "first_name": first,
        "last_name": last,
        "document": {"type": kind, "number": number},
        "ie": ie,
        "phone": "11 955448822",
        "address": _address(*address),
    }


def _address(
    street: str, number: str, comment: str | None, district: str, city: str, state: str, zip_code: str
) -> Document:
    return {
        "id": int(zip_code),
        "address_id": int(zip_code),
        "address_line": f"{street} {number}",
        "street_name": street,
        "street_number": number,
        "comment": comment,
        "zip_code": zip_code,
        "city": {"id": f"BR-{state}-1", "name": city},
        "state": {"id": f"BR-{state}", "name": _STATES[state]},
        "country": {"id": "BR", "name": "Brasil"},
        "neighborhood": {"id": None, "name": district},
        "municipality": {"id": None, "name": None},
        "types": ["default_buying_address"],
        "agency": {"carrier_id": None, "agency_id": None, "description": None, "phone": None, "open_hours": None},
        "latitude": None,
        "longitude": None,
    }
