"""From a mapping file to its closures, with all that can be checked before there is a document."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from cais.model import CANONICAL
from cais.rules import fit
from cais.rules.cast import OPTIONS, Cast, CastName, CastSpec, reading_cast, writing_cast
from cais.rules.compiler import Compiler
from cais.rules.enum_table import EnumTable
from cais.rules.file_model import ERROR, Answer
from cais.rules.files import LANGUAGE, digest_of
from cais.rules.leaf import (
    Absence,
    Guard,
    Leaf,
    Loop,
    Where,
    choose_leaf,
    const_leaf,
    each_leaf,
    expression_leaf,
    fields_leaf,
    guarded,
    list_leaf,
    part_leaf,
    path_leaf,
    table_cast,
)
from cais.rules.mapping import Mapping
from cais.rules.mapping_file import (
    ChooseLeaf,
    ConstLeaf,
    EachLeaf,
    ElseBranch,
    FieldsLeaf,
    FromLeaf,
    ListLeaf,
    MappingFile,
    UseLeaf,
    ValueLeaf,
)
from cais.rules.names import Names
from cais.rules.path import EACH
from cais.rules.problem import Problem, nearest
from cais.rules.reader import Document, Path
from cais.rules.shape import ANY, Field, Lost, Shape, follow, shape_of_model

FileLeaf = FromLeaf | ValueLeaf | ConstLeaf | FieldsLeaf | ListLeaf | EachLeaf | UseLeaf | ChooseLeaf
_ABSENT = FromLeaf | ValueLeaf | EachLeaf | UseLeaf | ChooseLeaf
_CAST = FromLeaf | ValueLeaf
_CAST_OPTIONS = frozenset({"unit", "format", "tz", "max", "truncate", "rounding", "scale"})


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in the file, into what, and with which names a leaf is compiled."""

    path: Path
    target: Shape
    names: Names
    parts: tuple[str, ...] = ()
    """The parts it is inside of."""
    required: bool = False
    """The canonical model cannot do without it: the file's `omit` does not reach it, only the leaf's own."""

    def below(self, *hops: str | int, target: Shape | None = None) -> Spot:
        return replace(self, path=(*self.path, *hops), target=target or self.target, required=False)


def compile_mapping(document: Document, file: MappingFile, names: Names) -> tuple[Mapping, list[Problem]]:
    """The mapping, and what is wrong with it. `names` is what its users put into the context."""
    compiler = _MappingCompiler(document, file)
    return compiler.mapping(names), compiler.problems


class _MappingCompiler(Compiler):
    def __init__(self, document: Document, file: MappingFile) -> None:
        super().__init__(document, frozenset(file.enums))
        self.file = file
        self.reads = file.side == "read"
        self.enums = {name: EnumTable.of(name, table) for name, table in file.enums.items()}
        self.used_parts: set[str] = set()

    def mapping(self, names: Names) -> Mapping:
        file, document = self.file, self.document
        model_name = file.target or file.source or ""
        model = CANONICAL.get(model_name)
        if model is None and model_name:
            hint = nearest(model_name, CANONICAL)
            self.report(
                ("target" if self.reads else "source",), "R030", f"unknown canonical model '{model_name}'", hint
            )
        for number, name in enumerate(file.with_):
            if name not in names.shapes and not names.open:
                self.report(("with", number), "R023", f"nobody gives '{name}'", nearest(name, names.shapes))
        target = shape_of_model(model) if model and self.reads else ANY
        leaf = self._body(Spot((), target, names))
        self._report_unused()
        return Mapping(
            name=file.mapping,
            side=file.side,
            model_name=model_name,
            model=model if self.reads else None,
            hash=digest_of({"language": LANGUAGE, "mapping": document.data}),
            document=document,
            leaf=leaf,
            base="root" if file.root is not None else "fields",
            tables=self.enums,
            inputs=() if self.reads else tuple(filter(None, (model_name, *file.with_))),
        )

    def _body(self, spot: Spot) -> Leaf:
        root = self.file.root
        if root is None:
            return self._fields(self.file.fields or {}, spot)
        if isinstance(root, EachLeaf | ListLeaf) and spot.target.kind == "map":
            spot = replace(spot, target=Shape("list", item=spot.target))
        return self._leaf(root, spot.below("root"))

    def _report_unused(self) -> None:
        for kind, known, used in (
            ("enums", self.enums, self.used_tables),
            ("parts", self.file.parts, self.used_parts),
        ):
            for name in sorted(set(known) - used):
                self.problems.append(self.document.key_mark((kind, name)).problem("R040", f"'{name}' is never used"))

    # Leaves

    def _leaf(self, leaf: FileLeaf, spot: Spot) -> Leaf:
        compiled = self._source(leaf, spot)
        if leaf.when is None:
            return compiled
        return guarded(compiled, self.guard(leaf.when, (*spot.path, "when"), spot.names))

    def _source(self, leaf: FileLeaf, spot: Spot) -> Leaf:
        match leaf:
            case FromLeaf():
                return self._from(leaf, spot)
            case ValueLeaf():
                return self._value(leaf, spot)
            case ConstLeaf():
                return self._const(leaf, spot)
            case FieldsLeaf():
                return self._fields(leaf.fields, spot)
            case ListLeaf():
                return self._list(leaf, spot)
            case EachLeaf():
                return self._each(leaf, spot)
            case UseLeaf():
                return self._use(leaf, spot)
            case ChooseLeaf():
                return self._choose(leaf, spot)

    def _from(self, leaf: FromLeaf, spot: Spot) -> Leaf:
        get, source, text = self.reading(leaf.from_, (*spot.path, "from"), spot.names)
        if "{{" in leaf.from_:
            self.report((*spot.path, "from"), "R012", "`from` takes a plain path", "an expression goes under `value`")
        return path_leaf(get, self._cast(leaf, spot, source), self._absence(leaf, spot, text))

    def _value(self, leaf: ValueLeaf, spot: Spot) -> Leaf:
        path = (*spot.path, "value")
        template = self.template(leaf.value, path, spot.names)
        if "{{" not in leaf.value:
            self.report(path, "R026", "the text has no expression", "a fixed value goes under `const`")
        source = self.shape_of(template, spot.names)
        whole = template.whole
        evaluate = whole.evaluate if whole else template.text
        return expression_leaf(evaluate, self._cast(leaf, spot, source), self._absence(leaf, spot, leaf.value))

    def _const(self, leaf: ConstLeaf, spot: Spot) -> Leaf:
        if self.reads and not fit.holds(spot.target, leaf.const):
            hint = nearest(leaf.const, spot.target.words) if spot.target.words else None
            self.report((*spot.path, "const"), "R034", f"the field takes {_title(spot.target)}", hint)
        return const_leaf(leaf.const)

    def _list(self, leaf: ListLeaf, spot: Spot) -> Leaf:
        item = self._item_of(spot)
        return list_leaf([self._leaf(one, spot.below("list", n, target=item)) for n, one in enumerate(leaf.list)])

    def _each(self, leaf: EachLeaf, spot: Spot) -> Leaf:
        evaluate, source, text = self.reading(leaf.each, (*spot.path, "each"), spot.names)
        element = follow(source, (EACH,))
        if isinstance(element, Lost):
            self.report((*spot.path, "each"), "R032", f"a list is asked for, this is {_title(source)}")
            element = ANY
        names = spot.names.bind(**{leaf.item: element})
        if leaf.index is not None:
            names = names.bind(**{leaf.index: Shape("integer")})
        inner = replace(spot, names=names, target=self._item_of(spot))
        where = self.guard(leaf.where, (*spot.path, "where"), names) if leaf.where is not None else None
        loop = Loop(text, leaf.item, leaf.index, where)
        return each_leaf(evaluate, loop, self._leaf(leaf.do, inner), self._absence(leaf, spot, text))

    def _item_of(self, spot: Spot) -> Shape:
        if spot.target.kind == "list":
            return spot.target.item or ANY
        if spot.target.kind != "any":
            self.report(spot.path, "R034", f"the field takes {_title(spot.target)}, not a list")
        return ANY

    def _use(self, leaf: UseLeaf, spot: Spot) -> Leaf:
        part = self.file.parts.get(leaf.use)
        self.used_parts.add(leaf.use)
        if part is None or leaf.use in spot.parts:
            code, message = ("R037", "unknown part") if part is None else ("R039", "this part uses itself:")
            self.report((*spot.path, "use"), code, f"{message} '{leaf.use}'", nearest(leaf.use, self.file.parts))
            return const_leaf(None)
        readings = {
            name: self.reading(text, (*spot.path, "with", name), spot.names) for name, text in leaf.with_.items()
        }
        names = spot.names.bind(**{name: shape for name, (_, shape, _) in readings.items()})
        inside = Spot(("parts", leaf.use, "fields"), spot.target, names, (*spot.parts, leaf.use))
        bindings = [(name, evaluate) for name, (evaluate, _, _) in readings.items()]
        source = next((text for _, _, text in readings.values()), "")
        return part_leaf(bindings, self._children(part.fields, inside), self._absence(leaf, spot, source))

    def _choose(self, leaf: ChooseLeaf, spot: Spot) -> Leaf:
        branches: list[tuple[Guard | None, Leaf]] = []
        for number, branch in enumerate(leaf.choose):
            at = spot.below("choose", number)
            if isinstance(branch, ElseBranch):
                branches.append((None, self._leaf(branch.else_, at.below("else"))))
                if number < len(leaf.choose) - 1:
                    self.report(at.path, "R061", "what stands after `else` is never reached")
                continue
            if branch.when is None:
                self.report(at.path, "R011", "a branch needs `when`", "the last one may be {else: …}")
            check = self.guard(branch.when or "{{ true }}", (*at.path, "when"), spot.names)
            branches.append((check, self._source(branch, at)))
        return choose_leaf(branches, self._absence(leaf, spot, ""))

    # Maps

    def _fields(self, fields: AbstractMapping[str, FileLeaf], spot: Spot) -> Leaf:
        return self._children(fields, spot.below("fields"))

    def _children(self, fields: AbstractMapping[str, FileLeaf], spot: Spot) -> Leaf:
        if spot.target.kind not in ("map", "any"):
            self.report(spot.path, "R034", f"the field takes {_title(spot.target)}, not a map")
            spot = replace(spot, target=ANY)
        known = spot.target.fields
        if known is not None:
            self._check_required(fields, spot)
        children = []
        for name, leaf in fields.items():
            if known is not None and name not in known:
                message = f"{spot.target.title} has no field '{name}'"
                self.problems.append(
                    self.document.key_mark((*spot.path, name)).problem("R031", message, nearest(name, known))
                )
            field = known.get(name, Field(ANY, False)) if known else Field(ANY, False)
            below = replace(spot.below(name, target=field.shape), required=field.required)
            children.append((name, self._leaf(leaf, below)))
        return fields_leaf(children)

    def _check_required(self, fields: AbstractMapping[str, FileLeaf], spot: Spot) -> None:
        for name, field in (spot.target.fields or {}).items():
            leaf = fields.get(name)
            if not field.required:
                continue
            if leaf is None:
                self.report(spot.path, "R033", f"{spot.target.title} needs the field '{name}'")
            elif leaf.when is not None or _says_omit(leaf):
                mark = self.document.key_mark((*spot.path, name))
                self.problems.append(mark.problem("R044", f"{spot.target.title} needs '{name}', which may be left out"))

    # Casts

    def _absence(self, leaf: _ABSENT, spot: Spot, source: str) -> Absence:
        missing, null = (
            ERROR if spot.required and answer.kind == "omit" and name not in leaf.model_fields_set else answer
            for name, answer in zip(("on_missing", "on_null"), leaf.answers(self.file), strict=True)
        )
        table = self.enums.get(leaf.enum) if isinstance(leaf, _CAST) and leaf.enum else None
        if table is not None and None in table.entries:
            null = Answer("value", table.entries[None])
        return Absence(missing, null, Where(self.document.mark(spot.path), source))

    def _cast(self, leaf: _CAST, spot: Spot, source: Shape) -> Cast:
        self._check_options(leaf, spot)
        name = leaf.as_ or self._inferred(leaf, spot, source)
        spec = CastSpec(
            name, leaf.unit, leaf.format, self._zone(leaf, spot), leaf.max, leaf.truncate, leaf.rounding, leaf.scale
        )
        cast = reading_cast(spec) if self.reads else writing_cast(spec)
        if leaf.enum is None:
            self._check_fit(name, leaf, spot, source)
            return cast
        table = self._table(leaf.enum, spot, source)
        return table_cast(table, cast if leaf.as_ else None)

    def _inferred(self, leaf: _CAST, spot: Spot, source: Shape) -> CastName:
        if self.reads:
            return fit.INFERRED.get(spot.target.kind, "raw")
        if leaf.enum is None and not fit.plain_on_the_wire(source):
            message = f"{_title(source)} has no single spelling on the wire"
            hint = "map it with `fields` or `each`" if source.kind in ("map", "list") else "say `as:`"
            self.report(spot.path, "R038", message, hint)
        return "raw"

    def _check_fit(self, name: CastName, leaf: _CAST, spot: Spot, source: Shape) -> None:
        if leaf.as_ is None:
            return
        path = (*spot.path, "as")
        if self.reads and not fit.fills(name, spot.target):
            self.report(path, "R034", f"`as: {name}` does not give {_title(spot.target)}")
        if not self.reads and not fit.reads(name, source):
            self.report(path, "R034", f"`as: {name}` does not take {_title(source)}")
        if not self.reads and name == "date" and source.kind == "datetime" and leaf.tz is None:
            self.report(path, "R034", "the day of a time depends on its zone", "say `tz: America/Sao_Paulo`")

    def _check_options(self, leaf: _CAST, spot: Spot) -> None:
        name = leaf.as_ or (fit.INFERRED.get(spot.target.kind) if self.reads else None) or "raw"
        for option in sorted(leaf.model_fields_set & _CAST_OPTIONS):
            if option not in OPTIONS[name]:
                mark = self.document.key_mark((*spot.path, option))
                self.problems.append(mark.problem("R041", f"`{option}` has no effect on `as: {name}`"))
        if leaf.truncate and leaf.max is None:
            self.report(spot.path, "R041", "`truncate` needs `max`")

    def _zone(self, leaf: _CAST, spot: Spot) -> str | None:
        if leaf.tz is None:
            return None
        try:
            ZoneInfo(leaf.tz)
        except (ValueError, OSError, KeyError):
            self.report((*spot.path, "tz"), "R012", f"unknown time zone '{leaf.tz}'", "such as America/Sao_Paulo")
            return None
        return leaf.tz

    def _table(self, name: str, spot: Spot, source: Shape) -> EnumTable:
        table = self.enums.get(name)
        self.used_tables.add(name)
        if table is None:
            self.report((*spot.path, "enum"), "R036", f"unknown table '{name}'", nearest(name, self.enums))
            return EnumTable(name, {})
        if self.reads:
            for answer in fit.wrong_answers(table, spot.target):
                hint = nearest(answer, spot.target.words or ())
                self.report(("enums", name), "R035", f"table '{name}' gives '{answer}', no {_title(spot.target)}", hint)
        elif missing := fit.words_without_answer(table, source):
            hint = "cover them or say `else: error`" if "else" not in self.file.enums[name] else None
            if hint:
                self.report(("enums", name), "R035", f"table '{name}' leaves out: {', '.join(missing)}", hint)
        return table


def _says_omit(leaf: FileLeaf) -> bool:
    """Whether the leaf itself, not the file, may leave its field out."""
    said = leaf.model_fields_set & {"on_missing", "on_null"} if isinstance(leaf, _ABSENT) else ()
    return any(getattr(leaf, name).kind == "omit" for name in said)


_TITLES = {
    "string": "text",
    "integer": "a whole number",
    "decimal": "an amount",
    "boolean": "true or false",
    "datetime": "a time",
    "date": "a date",
    "list": "a list",
    "map": "a map",
    "any": "anything",
}


def _title(shape: Shape) -> str:
    if shape.words is not None:
        return "word of " + ", ".join(sorted(shape.words))
    return _TITLES[shape.kind]
