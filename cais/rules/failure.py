"""What can go wrong while a document is mapped, before it is known where: a code and words without values."""

from __future__ import annotations


class Failure(Exception):
    """Internal: a leaf, cast, filter or expression failed. Never leaves `Mapping` or `Operation`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class NullMet(Failure):
    """A filter or an operator met null; the leaf's `on_null` decides."""

    def __init__(self, detail: str = "the value is null") -> None:
        super().__init__("R202", detail)


class MissingMet(Failure):
    """Something that is not there was used; the leaf's `on_missing` decides."""

    def __init__(self, detail: str = "there is no such field") -> None:
        super().__init__("R201", detail)
