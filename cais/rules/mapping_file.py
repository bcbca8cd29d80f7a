"""The shape of a mapping file `<document>.<read|write>.yaml`: leaves, tables, parts."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import ConfigDict, Discriminator, Field, Tag, WithJsonSchema, field_validator, model_validator

from cais.rules.cast import CastName, Rounding, Unit
from cais.rules.file_model import (
    EMPTY,
    ERROR,
    Answer,
    FileModel,
    Flag,
    OnAbsent,
    RuleFile,
    Text,
    Whole,
    fault,
    has_else,
)

SOURCES = ("each", "use", "choose", "list", "fields", "const", "from", "value")
"""The keys of which each leaf has one; `each` comes before those that say what an element becomes."""


def leaf_kind(written: Any) -> str | None:
    """Which kind of leaf a map is, by its keys. In brackets, so that no tag looks like a key."""
    if isinstance(written, FileModel):
        return f"<{written.__class__.__name__.removesuffix('Leaf').lower()}>"
    keys = written if isinstance(written, dict) else ()
    return next((f"<{source}>" for source in SOURCES if source in keys), None)


class _Leaf(FileModel):
    when: Text | None = None
    """A guard: the leaf is left out unless it is true."""


class _Absent(_Leaf):
    on_missing: OnAbsent = ERROR
    on_null: OnAbsent = ERROR

    def answers(self, file: MappingFile) -> tuple[Answer, Answer]:
        """What happens where the value is missing, and where it is null: the leaf's word or the file's."""
        said = self.model_fields_set
        missing = self.on_missing if "on_missing" in said else file.on_missing
        return missing, self.on_null if "on_null" in said else file.on_null


class _Cast(_Absent):
    as_: CastName | None = Field(None, alias="as")
    unit: Unit = "decimal"
    format: Text | None = None
    tz: Text | None = None
    max: Whole | None = None
    truncate: Flag = False
    rounding: Rounding | None = None
    scale: Whole | None = None
    enum: Text | None = None


class FromLeaf(_Cast):
    """A plain path: `{from: order.buyer.name}`."""

    from_: Text = Field(alias="from")


class ValueLeaf(_Cast):
    """One expression, or text with expressions in it."""

    value: Text


class ConstLeaf(_Leaf):
    """A value of the file itself."""

    const: Any


class FieldsLeaf(_Leaf):
    """A map."""

    fields: dict[Text, Leaf]


class ListLeaf(_Leaf):
    """A list of stated elements: `{list: [{…}, {…}]}`."""

    list: tuple[Leaf, ...]


def _as_written(schema: dict[str, Any]) -> None:
    """An editor sees the keys of `do` beside `each`."""
    element = schema["properties"].pop("do")
    schema["required"].remove("do")
    nested = {"type": "object", "additionalProperties": element}
    casts = ("as", "unit", "format", "tz", "max", "truncate", "rounding", "scale", "enum", "with")
    schema["properties"] |= {**{key: {} for key in (*SOURCES[1:], *casts)}, "fields": nested}


class EachLeaf(_Absent):
    """A list made from a list. `each` is a path or an expression; `do` is what an element becomes."""

    model_config = ConfigDict(json_schema_extra=_as_written)

    each: Text
    item: Text = "item"
    index: Text | None = None
    where: Text | None = None
    do: Leaf

    @model_validator(mode="before")
    @classmethod
    def _split(cls, written: Any) -> Any:
        """What the file writes beside `each` is the leaf of an element."""
        if not isinstance(written, dict) or "do" in written:
            return written
        own = {key: written[key] for key in _EACH_KEYS if key in written}
        return {**own, "do": {key: value for key, value in written.items() if key not in _EACH_KEYS}}


_EACH_KEYS = frozenset({"each", "item", "index", "where", "when", "on_missing", "on_null"})


class UseLeaf(_Absent):
    """A part of the same file, with names bound to paths or expressions."""

    use: Text
    with_: dict[Text, Text] = Field({}, alias="with")


class ElseBranch(FileModel):
    else_: Leaf = Field(alias="else")


def _branch_kind(written: Any) -> str | None:
    return "<otherwise>" if has_else(written) else leaf_kind(written)


class ChooseLeaf(_Absent):
    """The first branch whose `when` is true; `else` comes last."""

    choose: tuple[Branch, ...] = Field(min_length=1)


Leaf: TypeAlias = Annotated[
    Annotated[FromLeaf, Tag("<from>")]
    | Annotated[ValueLeaf, Tag("<value>")]
    | Annotated[ConstLeaf, Tag("<const>")]
    | Annotated[FieldsLeaf, Tag("<fields>")]
    | Annotated[ListLeaf, Tag("<list>")]
    | Annotated[EachLeaf, Tag("<each>")]
    | Annotated[UseLeaf, Tag("<use>")]
    | Annotated[ChooseLeaf, Tag("<choose>")],
    Discriminator(leaf_kind),
]
Branch: TypeAlias = Annotated[
    Annotated[ElseBranch, Tag("<otherwise>")]
    | Annotated[FromLeaf, Tag("<from>")]
    | Annotated[ValueLeaf, Tag("<value>")]
    | Annotated[ConstLeaf, Tag("<const>")]
    | Annotated[FieldsLeaf, Tag("<fields>")]
    | Annotated[ListLeaf, Tag("<list>")]
    | Annotated[EachLeaf, Tag("<each>")]
    | Annotated[UseLeaf, Tag("<use>")]
    | Annotated[ChooseLeaf, Tag("<choose>")],
    Discriminator(_branch_kind),
]

EnumWritten: TypeAlias = Annotated[dict[Any, Any], WithJsonSchema({"type": "object"})]


class PartFile(FileModel):
    fields: dict[Text, Leaf]


class MappingFile(RuleFile):
    """A mapping. A reading one names its `target`, a writing one its `source`, if it has any: housekeeping has none."""

    mapping: Text
    extends: Text | None = None
    docs: Text | None = None
    target: Text | None = None
    source: Text | None = None
    with_: tuple[Text, ...] = Field((), alias="with")
    on_missing: OnAbsent = ERROR
    on_null: OnAbsent = ERROR
    enums: dict[Text, EnumWritten] = EMPTY
    parts: dict[Text, PartFile] = EMPTY
    fields: dict[Text, Leaf] | None = None
    root: Leaf | None = None

    @property
    def side(self) -> Literal["read", "write"]:
        """Which way it maps."""
        return "read" if self.target is not None else "write"

    @field_validator("enums")
    @classmethod
    def _answers(cls, enums: dict[str, dict[Any, Any]]) -> dict[str, dict[Any, Any]]:
        for name, table in enums.items():
            otherwise = table.get("else", "error")
            if otherwise not in ("error", "omit") and not (isinstance(otherwise, dict) and set(otherwise) == {"const"}):
                raise fault("R012", f"`else` of table '{name}' is error, omit or {{const: …}}")
        return enums

    @model_validator(mode="after")
    def _one_of(self) -> MappingFile:
        if self.target is not None and self.source is not None:
            raise fault("R012", "a mapping has one of `target` (it reads) and `source` (it writes)")
        if (self.fields is None) == (self.root is None):
            raise fault("R011", "a mapping has one of `fields` and `root`")
        return self
