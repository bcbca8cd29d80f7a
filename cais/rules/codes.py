"""Every code a problem or a mapping error can have, with its title and one paragraph for the docs.

R0xx-R1xx are found by the check, before anything runs; R2xx happen while a document is mapped.
A code is never given another meaning; a code out of use stays out of use.
"""

# ruff: noqa: E501 (one row per code reads as a table)

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of mistake."""

    name: str
    title: str
    explanation: str
    severity: Severity = "error"


_READING = (
    Code("R001", "not readable as YAML", "The file is not well-formed YAML. The position is where the reader gave up; the mistake is often one line above."),
    Code("R002", "duplicate key", "A key stands twice in one block. YAML would silently keep the last one."),
    Code("R003", "anchor, alias or merge key", "Anchors (&), aliases (*) and merge keys (<<) hide where a value comes from. Use `parts`, `extends` or an overlay."),
    Code("R004", "unknown tag", "Only `!remove` is a tag of this language, and only in an overlay or in a file that extends another."),
    Code("R005", "key is not a plain scalar", "A key must be a word, a number, true, false or null. `{{ x }}` without quotes is read by YAML as a map inside a map: put it in quotes."),
    Code("R006", "not a map", "A rule file is a map whose first key is `rules: 1`."),
    Code("R007", "unknown language version", "`rules: 1` names the version of the language; this release reads version 1."),
    Code("R008", "file in an unknown place", "The reader knows a file by its place: `mappings/flows/`, `mappings/lifecycles/`, `mappings/platforms/<name>/`, `sellers/`. A file elsewhere is never used.", "warning"),
    Code("R009", "name differs from the file", "A file's name and the name written in it must be the same, so that a name leads to its file."),
)  # fmt: skip

_SHAPE = (
    Code("R010", "unknown key", "The key is not part of the language at this place, often a slip of spelling."),
    Code("R011", "missing key", "A key that must be there is absent."),
    Code("R012", "wrong value", "The value is of another type, or outside the closed list that this key takes."),
    Code("R013", "ambiguous leaf", "A leaf has exactly one source: `from`, `value`, `const`, `each`, `fields`, `use` or `choose`."),
    Code("R014", "word read as text", "YAML 1.1 reads words such as `no` and `on` as booleans, this language reads them as text. Write `true` or `false`."),
)  # fmt: skip

_EXPRESSION = (
    Code("R020", "expression does not parse", "The text inside `{{ }}` is not a Jinja expression."),
    Code("R021", "forbidden in an expression", "Expressions are plain reading and arithmetic: no statements, no method calls, no calls but `setting`, no powers, no text multiplied, no names beginning with `_`, no very long text or numbers."),
    Code("R022", "unknown filter or test", "Only the filters and tests of the language exist."),
    Code("R023", "unknown variable", "The first word of a path is not known at this place. Each operation and mapping has a documented set of roots."),
    Code("R024", "`if` without `else`", "`{{ a if c }}` gives nothing when the condition fails. Say what it is then, or use `when:`."),
    Code("R025", "secret outside of `auth`", "Only the `auth:` section, and the operation that fetches its token, may name a secret."),
    Code("R026", "not an expression", "This key takes one whole expression in quotes: \"{{ ... }}\"."),
    Code("R027", "unknown secret or parameter", "The platform file does not declare this secret or parameter."),
)  # fmt: skip

_MAPPING = (
    Code("R030", "unknown canonical model", "`target` and `source` name a canonical model: order, product, listing and so on."),
    Code("R031", "unknown field of the target", "The canonical model has no field of this name."),
    Code("R032", "unknown field of the source", "The canonical model has no field at this path."),
    Code("R033", "required field not set", "The canonical model cannot be made without this field."),
    Code("R034", "cast does not fit", "The cast named by `as` gives another type than the canonical field takes, or cannot read the type that the canonical field has."),
    Code("R035", "enum is not total", "A table from a canonical word list covers each of its words or says `else`; a table to one gives its words only."),
    Code("R036", "unknown table", "`enum` and `lookup` name a table under `enums:` of the same file."),
    Code("R037", "unknown part", "`use` names a block under `parts:` of the same file."),
    Code("R038", "cast is missing", "A time or an amount of money has no single spelling on the wire: say `as: datetime`, `as: money` and so on."),
    Code("R039", "part uses itself", "Parts that use each other in a circle have no end."),
    Code("R040", "never used", "A table, part, mapping or named outcome list that nothing uses.", "warning"),
    Code("R041", "option without effect", "The option belongs to another cast or kind of leaf."),
    Code("R042", "unknown parent", "`extends` names another mapping of the same platform, or `platform/mapping`; the chain must end."),
    Code("R043", "nothing to replace or remove", "An overlay or child removes a leaf that its parent does not have, or changes an unknown mapping or connection."),
    Code("R044", "required field may be left out", "The field is required by the canonical model, yet `on_missing: omit`, `on_null` or `when` can leave it out.", "warning"),
)  # fmt: skip

_PLATFORM = (
    Code("R050", "create without dedup", "An operation that creates must say how a lost answer is cleared up: there is no default."),
    Code("R051", "unknown operation", "The operation named here (`find`, `token_operation`, `resolve`, a limit) is not in the platform file."),
    Code("R052", "paging without a stop", "Each paging style says what ends it, and `max_pages` as the last resort."),
    Code("R053", "outcomes without else", "A list of outcomes ends in `else`, so that no answer is left undecided."),
    Code("R054", "unknown outcome list", "An operation names a list under `outcomes:`, or brings its own."),
    Code("R055", "unknown mapping", "The operation names a mapping file that is not there."),
    Code("R056", "operation is missing", "The flow needs this operation with this platform; add it, or switch the direction off in the seller file."),
    Code("R057", "mapping of the wrong model", "The operation and its mapping speak of different canonical models, or a read mapping stands where a write mapping belongs."),
    Code("R058", "unknown host", "`host` names an entry of `hosts:`."),
    Code("R059", "GraphQL document not found", "`graphql:` holds the document, or the path of a `.graphql` file in the platform's folder."),
    Code("R060", "incomplete operation", "An operation needs the keys of its kind: one of `request` and `steps`; `ref` for `gives: refs`; `found` for `gives: found`; `items` for paging."),
    Code("R061", "unreachable row", "A row after `else`, or after a row that matches the same, is never reached."),
    Code("R062", "unknown parameter", "The platform file declares no such parameter."),
    Code("R063", "poll window too short", "What the platform forgets after `retention` must be swept more often than that."),
    Code("R064", "unknown hook verification", "The verification of a hook is one of the named, generic ones, with its parameters."),
)  # fmt: skip

_SELLER = (
    Code("R070", "unknown platform", "No folder of this name stands under `mappings/platforms/`."),
    Code("R071", "unknown flow", "No file of this name stands under `mappings/flows/`."),
    Code("R072", "parameter is missing", "The platform file declares this parameter without a default."),
    Code("R073", "parameter does not fit", "The value does not match the pattern or the list of the platform file. Parameters are text: put digits in quotes."),
    Code("R074", "secret is missing or unknown", "A connection refers to each secret of its platform, and to no other."),
    Code("R075", "secret is not a reference", "A secret is never written into a file. Write where it is found: `env:NAME`."),
    Code("R076", "no cut-off date", "A sales channel needs `order: {since: DATE}`: without it the first connection would export a year of old orders."),
    Code("R077", "account connected twice", "Two connections use the same account of a platform. A platform runs in one flow, and an account is one connection."),
    Code("R078", "unknown connection", "The seller file has no connection of this name."),
    Code("R079", "name is reserved or taken", "`hub` is the hub itself. A name is unique among connections, and a seller among seller files."),
    Code("R080", "unknown direction", "The direction is not in `mappings/directions.yaml`."),
    Code("R081", "direction is not this flow's", "The flow file neither gives nor takes this direction, or says `never`."),
    Code("R082", "routes without else", "A list of routes ends in `else`, so that no order is left without a home."),
    Code("R083", "unknown state", "The life cycle has no such state."),
    Code("R084", "no public address", "Without `public_url` the platforms' hooks cannot reach the hub: it polls only.", "warning"),
    Code("R085", "direction without an answer", "Each direction of the model stands in `directions.yaml` once."),
)  # fmt: skip

_CASES = (
    Code("R090", "case of an unknown mapping", "A cases file stands beside its mapping and bears its name."),
    Code("R091", "case file not found", "`in_file` names a JSON file in the platform's folder."),
    Code("R092", "case without an expectation", "A case says one of `out`, `out_has` and `error`."),
)  # fmt: skip

_OWNERSHIP = (
    Code("R110", "two givers", "Two connections give the same cell: direction, field group, grain, scope and logistics. Make their scopes disjoint, declare an order of layers, or switch one off."),
    Code("R111", "no giver", "Something is taken that nobody gives."),
    Code("R112", "giver is not told", "Who gives a location's stock must take each order that consumes it; who gives the invoice must take order, payment and cancellation. Otherwise the file says who else updates it."),
    Code("R113", "two takers without a route", "An order has two possible backoffices: say which under `routes`."),
    Code("R116", "flow forbids it", "The flow file says that this never happens."),
)  # fmt: skip

_RUNTIME = (
    Code("R201", "value is missing", "The document has no such field, and the leaf says `on_missing: error` (the default)."),
    Code("R202", "value is null", "The field is null, and the leaf says `on_null: error` (the default)."),
    Code("R203", "value has the wrong type", "The cast does not take a value of this type: nothing is guessed from text."),
    Code("R204", "value does not fit", "The value is of the right type and cannot be cast: not a date, not a number, a fraction where an integer is asked for."),
    Code("R205", "text too long", "The text is longer than `max`, and the leaf does not say `truncate: true`."),
    Code("R206", "word not in the table", "The enum table has no such entry and says `else: error`."),
    Code("R207", "guard is not a boolean", "`when` and `where` take true or false: a non-empty text is not a yes."),
    Code("R208", "not a list", "`each` needs a list."),
    Code("R209", "expression failed", "The expression met values that it cannot work with: text plus number, division by zero."),
    Code("R210", "nothing matched", "A `choose` without `else` matched none of its branches, and the leaf says `on_missing: error`."),
    Code("R211", "not a canonical value", "The mapped document is refused by the canonical model."),
    Code("R212", "undefined inside a value", "The expression gave a list or map that holds something undefined."),
    Code("R213", "too much precision", "The amount has more decimals than its cast keeps, and the leaf does not say `rounding`."),
    Code("R214", "result too large", "A filter would have made a text or list beyond the bound."),
    Code("R215", "null or number in text", "Text around `{{ }}` takes text and whole numbers only; an amount or a null needs a stated form."),
    Code("R216", "answer is not as declared", "The platform's answer lacks what the operation file reads from it."),
)  # fmt: skip

GROUPS: dict[str, tuple[Code, ...]] = {
    "reading": _READING,
    "shape": _SHAPE,
    "expressions": _EXPRESSION,
    "mappings": _MAPPING,
    "platforms": _PLATFORM,
    "sellers and flows": _SELLER,
    "cases": _CASES,
    "ownership": _OWNERSHIP,
    "while mapping": _RUNTIME,
}
"""The codes by subject, in the order of the docs."""

CODES: dict[str, Code] = {code.name: code for group in GROUPS.values() for code in group}
"""The registry: name to code."""
