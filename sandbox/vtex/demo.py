"""The demo store: brand Aurora (fashion and cosmetics) and a second brand, as plain tables."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

SALES_CHANNELS = ((1, "Loja principal"), (2, "Marketplaces"))
WAREHOUSES = (("1_1", "CD São Paulo", 0), ("1_2", "Loja Pinheiros", 1))
BRANDS = ((2000001, "Aurora"), (2000002, "Maré Alta"))
CATEGORIES = (  # id, name, parent
    (1, "Moda", None), (10, "Vestidos", 1), (11, "Camisetas", 1), (12, "Calças", 1), (13, "Acessórios", 1),
    (2, "Beleza", None), (20, "Maquiagem", 2), (21, "Perfumes", 2), (22, "Cuidados com o corpo", 2),
    (23, "Kits", 2),
)  # fmt: skip
COLOUR, SIZE, VOLUME = (102, "Cor"), (103, "Tamanho"), (104, "Volume")


@dataclass(frozen=True)
class DemoSku:
    """`specs`: (field, value) of each variation axis. `packed`: height, length, width in cm and weight in grams.
    `stock`: units in each of WAREHOUSES. `ean` "" is none. `price`: base; `was`: list price (BRL)."""

    id: int
    name: str
    ref: str
    ean: str
    specs: tuple[tuple[tuple[int, str], str], ...]
    packed: tuple[int, int, int, int]
    price: str
    was: str
    stock: tuple[int, int]
    parts: tuple[tuple[int, int], ...] = ()  # a kit's (SKU, quantity)


@dataclass(frozen=True)
class DemoProduct:
    """`ncm` goes into TaxCode; `features` are product specifications."""

    id: int
    name: str
    ref: str
    brand: int
    category: int
    ncm: str
    description: str
    features: tuple[tuple[int, str, str], ...]
    skus: tuple[DemoSku, ...]
    active: bool = True


def _ean(body12: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body12))
    return body12 + str(-total % 10)


def cents(amount: str | Decimal | int) -> int:
    """BRL to whole cents; the amount has at most two decimals."""
    return int(Decimal(amount) * 100)


def _cloth(number: int, name: str, ref: str, ean: str, colour: str, size: str, price: str, was: str) -> DemoSku:
    specs = ((COLOUR, colour), (SIZE, size))
    return DemoSku(number, name, ref, _ean(ean), specs, (4, 30, 22, 320), price, was, (20, 3))


PRODUCTS = (
    DemoProduct(
        1001, "Vestido Midi Aurora", "0012", 2000001, 10, "62044300",
        "<p>Vestido midi de viscose, com <b>forro</b> &amp; bolsos.</p>",
        ((23, "Gênero", "Feminino"), (24, "Composição", "100% viscose")),
        (
            _cloth(2001, "Azul P", "0012-AZ-P", "789100000121", "Azul", "P", "249.90", "299.90"),
            _cloth(2002, "Azul M", "0012-AZ-M", "789100000122", "Azul", "M", "249.90", "299.90"),
            _cloth(2003, "Vermelho P", "0012-VM-P", "789100000123", "Vermelho", "P", "249.90", "299.90"),
            _cloth(2004, "Vermelho M", "0012-VM-M", "789100000124", "Vermelho", "M", "249.90", "299.90"),
        ),
    ),
    DemoProduct(
        1002, "Camiseta Aurora Básica", "0007", 2000001, 11, "61091000",
        "<p>Camiseta de algodão pima.</p>",
        ((23, "Gênero", "Unissex"), (24, "Composição", "100% algodão")),
        (
            _cloth(2005, "Branca P", "0007-BR-P", "789100000071", "Branco", "P", "79.90", "89.90"),
            _cloth(2006, "Branca M", "0007-BR-M", "789100000072", "Branco", "M", "79.90", "89.90"),
            _cloth(2007, "Branca G", "0007-BR-G", "789100000073", "Branco", "G", "79.90", "89.90"),
            _cloth(2008, "Preta M", "0007-PT-M", "001234500078", "Preto", "M", "79.90", "89.90"),
        ),
    ),
    DemoProduct(
        1003, "Calça Pantalona Aurora", "0031", 2000001, 12, "62046300",
        "<p>Calça pantalona de cintura alta.</p>",
        ((23, "Gênero", "Feminino"),),
        (
            _cloth(2009, "Preta 38", "0031-PT-38", "789100000311", "Preto", "38", "189.90", "219.90"),
            _cloth(2010, "Preta 40", "0031-PT-40", "789100000312", "Preto", "40", "189.90", "219.90"),
            _cloth(2011, "Preta 42", "0031-PT-42", "789100000313", "Preto", "42", "189.90", "219.90"),
        ),
    ),
    DemoProduct(
        1004, "Batom Líquido Aurora", "BAT-01", 2000001, 20, "33041000",
        "<p>Batom líquido matte, 4 ml.</p>",
        ((25, "Acabamento", "Matte"),),
        (
            DemoSku(2012, "Rubi", "BAT-01-RUBI", _ean("789100000901"), ((COLOUR, "Rubi"),), (3, 12, 3, 45),
                    "39.90", "39.90", (80, 5)),
            DemoSku(2013, "Nude", "BAT-01-NUDE", _ean("789100000902"), ((COLOUR, "Nude"),), (3, 12, 3, 45),
                    "39.90", "39.90", (64, 0)),
        ),
    ),
    DemoProduct(
        1005, "Perfume Aurora Noite", "PERF-10", 2000001, 21, "33030010",
        "<p>Eau de parfum amadeirado.</p>",
        ((26, "Família olfativa", "Amadeirado"),),
        (
            DemoSku(2014, "50 ml", "PERF-10-50", _ean("789100000911"), ((VOLUME, "50 ml"),), (14, 9, 6, 260),
                    "159.90", "179.90", (30, 2)),
            DemoSku(2015, "100 ml", "PERF-10-100", _ean("789100000912"), ((VOLUME, "100 ml"),), (16, 10, 7, 390),
                    "229.90", "259.90", (1, 0)),
        ),
    ),
    DemoProduct(
        1006, "Hidratante Corporal Maré Alta", "0450", 2000002, 22, "33049910",
        "<p>Hidratante com algas.</p>",
        ((25, "Acabamento", "Toque seco"),),
        (
            DemoSku(2016, "200 ml", "0450-200", _ean("789200004501"), ((VOLUME, "200 ml"),), (18, 7, 5, 240),
                    "49.90", "54.90", (40, 0)),
            DemoSku(2017, "400 ml", "0450-400", _ean("789200004502"), ((VOLUME, "400 ml"),), (22, 9, 6, 450),
                    "79.90", "89.90", (0, 0)),
        ),
    ),
    DemoProduct(
        1007, "Kit Presente Aurora", "KIT-001", 2000001, 23, "33030010",
        "<p>Batom Rubi e perfume de 50 ml.</p>",
        (),
        (
            DemoSku(2018, "Único", "KIT-001", _ean("789100000991"), (), (18, 22, 12, 340), "189.90", "199.80",
                    (0, 0), parts=((2012, 1), (2014, 1))),
        ),
    ),
    DemoProduct(
        1008, "Bolsa Tiracolo Aurora", "0099", 2000001, 13, "42022210",
        "<p>Coleção encerrada.</p>",
        ((23, "Gênero", "Feminino"),),
        (
            DemoSku(2019, "Caramelo", "0099-CR", _ean("789100000991"[:11] + "2"), ((COLOUR, "Caramelo"),),
                    (10, 30, 25, 800), "329.90", "399.90", (4, 0)),
        ),
        active=False,
    ),
    DemoProduct(
        1009, "Chapéu de Palha Maré Alta", "0077", 2000002, 13, "65040010",
        "<p>Feito à mão.</p>",
        ((23, "Gênero", "Unissex"),),
        (DemoSku(2020, "Único", "0077-U", "", (), (12, 35, 35, 210), "99.90", "99.90", (9, 0)),),
    ),
)  # fmt: skip
