"""NF-e (Brazilian electronic invoice, model 55): its 44-character access key, an authorised `nfeProc` 4.00,
and reading one back.

The signature is a dummy, its digest is not: `DigestValue` is the SHA-1 of the canonical `infNFe`, taken over
the very bytes of the document, so a document that was parsed and written again no longer matches.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Final, TypedDict, Unpack
from xml.etree import ElementTree
from xml.sax.saxutils import escape

NAMESPACE: Final = "http://www.portalfiscal.inf.br/nfe"
BRASILIA: Final = timezone(timedelta(hours=-3))
AUTHORISED: Final = frozenset({"100", "150"})  # 150: authorised outside the deadline
STATE_CODES: Final = {
    "RO": "11", "AC": "12", "AM": "13", "RR": "14", "PA": "15", "AP": "16", "TO": "17", "MA": "21",
    "PI": "22", "CE": "23", "RN": "24", "PB": "25", "PE": "26", "AL": "27", "SE": "28", "BA": "29",
    "MG": "31", "ES": "32", "RJ": "33", "SP": "35", "PR": "41", "SC": "42", "RS": "43", "MS": "50",
    "MT": "51", "GO": "52", "DF": "53",
}  # fmt: skip
_KEY = re.compile(r"[0-9]{6}[A-Z0-9]{12}[0-9]{26}")
_SIGNED = re.compile(rb"<infNFe (Id=\"[^\"]*\" versao=\"[^\"]*\")>(.*)</infNFe>", re.DOTALL)


@dataclass(frozen=True)
class NfeLine:
    """One `det`: `sku` is `cProd`; `quantity` has up to 4 decimals, `unit_price` (BRL) up to 10."""

    sku: str
    name: str
    quantity: Decimal
    unit_price: Decimal
    gtin: str = "SEM GTIN"
    ncm: str = "61091000"
    cfop: str = "6108"  # sale to an end consumer of another state


@dataclass(frozen=True)
class Nfe:
    """An authorised invoice: the access key and the bytes of the `nfeProc`, never to be written anew."""

    key: str
    xml: bytes


@dataclass(frozen=True)
class NfeFacts:
    """What an `nfeProc` says. Money in BRL with 2 decimals; `issued_at` is aware (written as Brasília)."""

    key: str
    model: str
    series: int
    number: int
    issued_at: datetime
    issuer_cnpj: str
    issuer_ie: str
    uf: str
    issuer_zip: str
    buyer_document: str
    buyer_ie: str | None
    buyer_zip: str
    lines: tuple[NfeLine, ...]
    freight: Decimal
    total: Decimal
    status: str
    environment: str
    services: bool  # has an ISSQN group: an invoice for services


class InvalidNfeError(ValueError):
    """The bytes are no authorised NF-e. `reason`: malformed, batch, layout, missing, key, digest, status."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


def check_digit(key43: str) -> str:
    """Check digit of the first 43 characters: modulo 11, weights 2 to 9 from the right; a character's value
    is its code less 48, so it holds for the alphanumeric CNPJ too."""
    total = sum((ord(char) - 48) * (2 + place % 8) for place, char in enumerate(reversed(key43)))
    rest = total % 11
    return "0" if rest < 2 else str(11 - rest)


def access_key(
    *,
    uf: str,
    issued_at: datetime,
    issuer_cnpj: str,
    series: int,
    number: int,
    model: str = "55",
    code: str = "",
) -> str:
    """The 44-character key. `code` (cNF, 8 digits) is derived from the number when not given and never equals
    it (rule B03-10)."""
    month = issued_at.astimezone(BRASILIA).strftime("%y%m")
    random = code or _numeric_code(issuer_cnpj, series, number)
    body = f"{STATE_CODES[uf]}{month}{issuer_cnpj.rjust(14, '0')}{model}{series:03d}{number:09d}1{random}"
    return body + check_digit(body)


def _numeric_code(issuer_cnpj: str, series: int, number: int) -> str:
    digest = hashlib.sha256(f"{issuer_cnpj}:{series}:{number}".encode()).digest()
    code = int.from_bytes(digest[:4], "big") % 10**8
    return f"{code if code != number else (code + 1) % 10**8:08d}"


def valid_key(key: str) -> bool:
    """Whether the key has the form of an access key and its check digit is right."""
    return _KEY.fullmatch(key) is not None and check_digit(key[:43]) == key[43]


class NfeDetails(TypedDict, total=False):
    """What a caller of build_nfe may leave out. `status` is the `cStat` of the protocol, `environment` 1 for
    production and 2 for tests, `freight` BRL."""

    issuer_name: str
    issuer_ie: str
    issuer_zip: str
    buyer_name: str
    buyer_ie: str
    buyer_uf: str
    buyer_zip: str
    freight: Decimal
    model: str
    status: str
    environment: str
    services: bool


_DEFAULTS: Final[NfeDetails] = {
    "issuer_name": "Loja Aurora Comércio Ltda",
    "issuer_ie": "110042490114",
    "issuer_zip": "01310100",
    "buyer_name": "Cliente",
    "buyer_ie": "",
    "buyer_uf": "RJ",
    "buyer_zip": "20040002",
    "freight": Decimal("0.00"),
    "model": "55",
    "status": "100",
    "environment": "1",
    "services": False,
}


def build_nfe(
    *,
    issuer_cnpj: str,
    uf: str,
    number: int,
    series: int,
    issued_at: datetime,
    lines: Sequence[NfeLine],
    total: Decimal,
    buyer_document: str,
    **details: Unpack[NfeDetails],
) -> Nfe:
    """An authorised NF-e. `total` is `vNF` (BRL, 2 decimals), written as given also when the lines say
    otherwise; `buyer_document` is a CPF (11) or CNPJ (14) without mask; `uf` and zip codes (8 digits) are the
    issuer's and the buyer's."""
    given: NfeDetails = {**_DEFAULTS, **details}
    key = access_key(
        uf=uf,
        issued_at=issued_at,
        issuer_cnpj=issuer_cnpj,
        series=series,
        number=number,
        model=given["model"],
    )
    moment = issued_at.astimezone(BRASILIA).replace(microsecond=0).isoformat()
    body = (
        _ide(key, series, number, moment, given),
        _issuer(issuer_cnpj, uf, given),
        _buyer(buyer_document, given),
        *(_line(place, line) for place, line in enumerate(lines, start=1)),
        _total(lines, total, given),
    )
    return Nfe(key, _document(key, "".join(body), moment, given))


def _ide(key: str, series: int, number: int, moment: str, given: NfeDetails) -> str:
    return (
        f"<ide><cUF>{key[:2]}</cUF><cNF>{key[35:43]}</cNF><natOp>Venda de mercadoria</natOp>"
        f"<mod>{given['model']}</mod><serie>{series}</serie><nNF>{number}</nNF><dhEmi>{moment}</dhEmi>"
        f"<tpNF>1</tpNF><idDest>2</idDest><tpEmis>1</tpEmis><cDV>{key[43]}</cDV>"
        f"<tpAmb>{given['environment']}</tpAmb><finNFe>1</finNFe><indFinal>1</indFinal>"
        "<indPres>2</indPres><indIntermed>1</indIntermed></ide>"
    )


def _issuer(cnpj: str, uf: str, given: NfeDetails) -> str:
    return (
        f"<emit><CNPJ>{cnpj}</CNPJ><xNome>{escape(given['issuer_name'])}</xNome><enderEmit><UF>{uf}</UF>"
        f"<CEP>{given['issuer_zip']}</CEP></enderEmit><IE>{given['issuer_ie']}</IE><CRT>3</CRT></emit>"
    )


def _buyer(document: str, given: NfeDetails) -> str:
    tag = "CPF" if len(document) == 11 else "CNPJ"
    registration = f"<indIEDest>1</indIEDest><IE>{given['buyer_ie']}</IE>" if given["buyer_ie"] else ""
    return (
        f"<dest><{tag}>{document}</{tag}><xNome>{escape(given['buyer_name'])}</xNome>"
        f"<enderDest><UF>{given['buyer_uf']}</UF><CEP>{given['buyer_zip']}</CEP></enderDest>"
        f"{registration or '<indIEDest>9</indIEDest>'}</dest>"
    )


def _line(place: int, line: NfeLine) -> str:
    amount = (line.quantity * line.unit_price).quantize(Decimal("0.01"))
    return (
        f'<det nItem="{place}"><prod><cProd>{escape(line.sku)}</cProd><cEAN>{line.gtin}</cEAN>'
        f"<xProd>{escape(line.name)}</xProd><NCM>{line.ncm}</NCM><CFOP>{line.cfop}</CFOP><uCom>UN</uCom>"
        f"<qCom>{line.quantity:.4f}</qCom><vUnCom>{line.unit_price:.10f}</vUnCom><vProd>{amount}</vProd>"
        "</prod></det>"
    )


def _total(lines: Sequence[NfeLine], total: Decimal, given: NfeDetails) -> str:
    products = sum((line.quantity * line.unit_price for line in lines), Decimal(0))
    issqn = f"<ISSQNtot><vServ>{total:.2f}</vServ></ISSQNtot>" if given["services"] else ""
    return (
        f"<total><ICMSTot><vProd>{products:.2f}</vProd><vFrete>{given['freight']:.2f}</vFrete>"
        f"<vNF>{total:.2f}</vNF></ICMSTot>{issqn}</total><transp><modFrete>2</modFrete></transp>"
    )


def _document(key: str, body: str, moment: str, given: NfeDetails) -> bytes:
    attributes = f'Id="NFe{key}" versao="4.00"'
    digest = _digest(attributes.encode(), body.encode())
    document = (
        f'<?xml version="1.0" encoding="UTF-8"?><nfeProc versao="4.00" xmlns="{NAMESPACE}">'
        f'<NFe xmlns="{NAMESPACE}"><infNFe {attributes}>{body}</infNFe>{_signature(key, digest)}</NFe>'
        f"{_protocol(key, moment, digest, given)}</nfeProc>"
    )
    return document.encode()


def _protocol(key: str, moment: str, digest: str, given: NfeDetails) -> str:
    motive = _MOTIVES.get(given["status"], "Rejeicao")
    return (
        f'<protNFe versao="4.00"><infProt><tpAmb>{given["environment"]}</tpAmb><chNFe>{key}</chNFe>'
        f"<dhRecbto>{moment}</dhRecbto><nProt>1{key[:2]}{key[25:34]}001</nProt><digVal>{digest}</digVal>"
        f"<cStat>{given['status']}</cStat><xMotivo>{motive}</xMotivo></infProt></protNFe>"
    )


_MOTIVES: Final = {
    "100": "Autorizado o uso da NF-e",
    "101": "Cancelamento de NF-e homologado",
    "110": "Uso Denegado",
}
_DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
_C14N: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"


def _signature(key: str, digest: str) -> str:
    value = base64.b64encode(hashlib.sha512(digest.encode()).digest()).decode()
    return (
        f'<Signature xmlns="{_DSIG}"><SignedInfo><CanonicalizationMethod Algorithm="{_C14N}"/>'
        f'<SignatureMethod Algorithm="{_DSIG}rsa-sha1"/><Reference URI="#NFe{key}">'
        f'<DigestMethod Algorithm="{_DSIG}sha1"/><DigestValue>{digest}</DigestValue></Reference></SignedInfo>'
        f"<SignatureValue>{value}</SignatureValue></Signature>"
    )


def _digest(attributes: bytes, body: bytes) -> str:
    # Canonical XML puts the namespace in scope on the element that is signed.
    canonical = b'<infNFe xmlns="%b" %b>%b</infNFe>' % (NAMESPACE.encode(), attributes, body)
    return base64.b64encode(hashlib.sha1(canonical).digest()).decode()


def read_nfe(xml: bytes) -> NfeFacts:
    """What the document says, after checking that it is one authorised NF-e: well formed and without DTD,
    layout 4.00, key with the right digit and equal to the fields it encodes, digest of the signed bytes,
    `cStat` of authorisation. Raises InvalidNfeError with the first reason found."""
    root = _parse(xml)
    facts = _facts(root)
    _check_key(facts, _text(root, "protNFe/infProt/chNFe"))
    _check_digest(xml, root)
    if facts.status not in AUTHORISED:
        raise InvalidNfeError("status", f"cStat {facts.status}")
    return facts


def _parse(xml: bytes) -> ElementTree.Element:
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise InvalidNfeError("malformed", "document type declarations are not allowed")
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError as error:
        raise InvalidNfeError("malformed", "not well-formed XML") from error
    name = root.tag.rpartition("}")[2]
    if name in {"enviNFe", "retConsReciNFe"} or len(root.findall(f"{{{NAMESPACE}}}NFe")) > 1:
        raise InvalidNfeError("batch", f"{name} is a batch")
    if root.tag != f"{{{NAMESPACE}}}nfeProc" or root.get("versao") != "4.00":
        raise InvalidNfeError("layout", f"{name} {root.get('versao')} is not nfeProc 4.00")
    return root


def _find(root: ElementTree.Element, path: str) -> ElementTree.Element | None:
    return root.find("/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/")))


def _text(root: ElementTree.Element, path: str) -> str:
    element = _find(root, path)
    if element is None or not element.text:
        raise InvalidNfeError("missing", path)
    return element.text


def _optional(root: ElementTree.Element, path: str) -> str | None:
    element = _find(root, path)
    return None if element is None else element.text


def _facts(root: ElementTree.Element) -> NfeFacts:
    info = _find(root, "NFe/infNFe")
    if info is None:
        raise InvalidNfeError("missing", "NFe/infNFe")
    try:
        return NfeFacts(
            key=(info.get("Id") or "").removeprefix("NFe"),
            model=_text(info, "ide/mod"),
            series=int(_text(info, "ide/serie")),
            number=int(_text(info, "ide/nNF")),
            issued_at=datetime.fromisoformat(_text(info, "ide/dhEmi")),
            issuer_cnpj=_text(info, "emit/CNPJ"),
            issuer_ie=_text(info, "emit/IE"),
            uf=_text(info, "emit/enderEmit/UF"),
            issuer_zip=_text(info, "emit/enderEmit/CEP"),
            buyer_document=_optional(info, "dest/CPF") or _text(info, "dest/CNPJ"),
            buyer_ie=_optional(info, "dest/IE"),
            buyer_zip=_text(info, "dest/enderDest/CEP"),
            lines=tuple(_read_line(det) for det in info.findall(f"{{{NAMESPACE}}}det")),
            freight=Decimal(_text(info, "total/ICMSTot/vFrete")),
            total=Decimal(_text(info, "total/ICMSTot/vNF")),
            status=_text(root, "protNFe/infProt/cStat"),
            environment=_text(info, "ide/tpAmb"),
            services=_find(info, "total/ISSQNtot") is not None,
        )
    except (ValueError, ArithmeticError) as error:
        if isinstance(error, InvalidNfeError):
            raise
        raise InvalidNfeError("missing", "a number or a date cannot be read") from error


def _read_line(det: ElementTree.Element) -> NfeLine:
    return NfeLine(
        sku=_text(det, "prod/cProd"),
        name=_text(det, "prod/xProd"),
        quantity=Decimal(_text(det, "prod/qCom")),
        unit_price=Decimal(_text(det, "prod/vUnCom")),
        gtin=_text(det, "prod/cEAN"),
        ncm=_text(det, "prod/NCM"),
        cfop=_text(det, "prod/CFOP"),
    )


def _check_key(facts: NfeFacts, protocol_key: str) -> None:
    if not valid_key(facts.key):
        raise InvalidNfeError("key", "not an access key, or its check digit is wrong")
    rebuilt = access_key(
        uf=facts.uf,
        issued_at=facts.issued_at,
        issuer_cnpj=facts.issuer_cnpj,
        series=facts.series,
        number=facts.number,
        model=facts.model,
        code=facts.key[35:43],
    )
    if rebuilt != facts.key or protocol_key != facts.key:
        raise InvalidNfeError("key", "the key disagrees with the fields or with the protocol")


def _check_digest(xml: bytes, root: ElementTree.Element) -> None:
    signed = _SIGNED.search(xml)
    stated = root.find(f"{{{NAMESPACE}}}NFe//{{{_DSIG}}}DigestValue")
    if signed is None or stated is None or _digest(signed[1], signed[2]) != stated.text:
        raise InvalidNfeError("digest", "the signed bytes were changed after signing")
