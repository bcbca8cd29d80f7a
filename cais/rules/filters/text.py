"""Filters of text."""

from __future__ import annotations

import base64 as _base64
import hashlib
import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from cais.model import wire
from cais.rules import html_text
from cais.rules.cast import kind, whole
from cais.rules.failure import Failure
from cais.rules.filters.registry import bounded, list_of, strict, text_of

_NO_DIGITS = re.compile("[^0-9]+")
_NOT_ALPHANUMERIC = re.compile("[^0-9A-Z]+")


@strict
def trim(value: Any) -> str:
    return text_of(value).strip()


@strict
def lower(value: Any) -> str:
    return text_of(value).lower()


@strict
def upper(value: Any) -> str:
    return text_of(value).upper()


@strict
def title(value: Any) -> str:
    """`joão da silva` to `João Da Silva`."""
    return " ".join(word[:1].upper() + word[1:].lower() for word in text_of(value).split(" "))


@strict
def capitalize(value: Any) -> str:
    return text_of(value).capitalize()


@strict
def digits(value: Any) -> str:
    """The ASCII digits of a text: a CPF or CEP without punctuation."""
    return _NO_DIGITS.sub("", text_of(value))


@strict
def alphanumeric(value: Any) -> str:
    """ASCII letters and digits in capitals: a CNPJ without punctuation, which may have letters since 2026."""
    return _NOT_ALPHANUMERIC.sub("", text_of(value).upper())


@strict
def unaccent(value: Any) -> str:
    decomposed = unicodedata.normalize("NFKD", text_of(value))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@strict
def plain(value: Any) -> str:
    """HTML as plain text: tags away, entities decoded, a line for each block."""
    return html_text.text_of(text_of(value))


@strict
def replace(value: Any, old: str, new: str) -> str:
    text = text_of(value)
    if not text_of(old):
        raise Failure("R209", "`replace` needs something to look for")
    bounded(len(text) + text.count(old) * len(text_of(new)))
    return text.replace(old, new)


@strict
def truncate(value: Any, size: int) -> str:
    """At most `size` characters, cut without marks."""
    return text_of(value)[: max(0, whole(size))].rstrip()


@strict
def pad(value: Any, size: int) -> str:
    """Zeros in front up to `size` characters: `'7' | pad(3)` is `007`."""
    bounded(whole(size))
    return string(value).rjust(whole(size), "0")


@strict
def split(value: Any, separator: str) -> list[str]:
    if not text_of(separator):
        raise Failure("R209", "`split` needs a separator")
    return text_of(value).split(separator)


@strict
def before(value: Any, separator: str) -> str:
    """What stands before the first `separator`; the whole text where there is none."""
    return text_of(value).split(text_of(separator), 1)[0] if separator else text_of(value)


@strict
def after(value: Any, separator: str) -> str:
    """What stands after the first `separator`; empty where there is none."""
    return text_of(value).partition(text_of(separator))[2] if separator else text_of(value)


@strict
def last_segment(value: Any) -> str:
    """The last piece of a URL's path: `/orders/123?x=1` to `123`."""
    return urlsplit(text_of(value)).path.rstrip("/").rsplit("/", 1)[-1]


@strict
def starts_with(value: Any, prefix: str) -> bool:
    return text_of(value).startswith(text_of(prefix))


@strict
def ends_with(value: Any, suffix: str) -> bool:
    return text_of(value).endswith(text_of(suffix))


@strict
def contains(value: Any, part: Any) -> bool:
    """Whether a text has a part, or a list an element."""
    return text_of(part) in value if isinstance(value, str) else part in list_of(value)


@strict
def string(value: Any) -> str:
    """A whole number as text; text as it is."""
    if isinstance(value, str) or type(value) is int:
        return str(value)
    raise Failure("R203", f"`string` takes text or a whole number, not {kind(value)}")


@strict
def json(value: Any) -> str:
    """A document as JSON text, for platforms that want JSON inside of a text field."""
    try:
        return wire.dumps(value).decode()
    except TypeError:
        raise Failure("R203", "the value has no JSON form") from None


@strict
def base64(value: Any) -> str:
    return _base64.b64encode(text_of(value).encode()).decode()


@strict
def md5(value: Any) -> str:
    """MD5 as base64, as the header Content-MD5 wants it."""
    return _base64.b64encode(hashlib.md5(text_of(value).encode(), usedforsecurity=False).digest()).decode()


@strict
def sha256(value: Any) -> str:
    """SHA-256 as hex."""
    return hashlib.sha256(text_of(value).encode()).hexdigest()
