"""The screening of an expression's syntax tree: what may stand in it, and what it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import Signature, signature
from typing import Any

from jinja2 import nodes

from cais.rules.environment import TESTS
from cais.rules.filters import FILTERS, INTERNAL
from cais.rules.path import EACH
from cais.rules.problem import nearest
from cais.rules.reader import Path

_LONGEST_TEXT = 1000
_LARGEST_NUMBER = 10**18
_PLAIN = (
    nodes.Getitem,
    nodes.Slice,
    nodes.Compare,
    nodes.Operand,
    nodes.Neg,
    nodes.Pos,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Mod,
    nodes.Dict,
    nodes.Keyword,
)
_NEVER_ABSENT = (nodes.Const, nodes.List, nodes.Tuple, nodes.Dict)
_BOOLEAN = (nodes.Compare, nodes.Test, nodes.Not, nodes.And, nodes.Or)
_FIRST_OF = frozenset({"first", "last", "find_by"})
_SAME_LIST = frozenset({"where_by", "sort_by", "unique", "slice"})
_BY_ATTR = frozenset({"find_by", "where_by", "map_by", "sort_by", "sum_of"})

AUTHOR_FILTERS = frozenset(FILTERS) - INTERNAL
"""The filters that an author may name."""


class Refused(Exception):
    """An expression that may not be used; `word` is where the caret goes."""

    def __init__(self, code: str, message: str, hint: str | None = None, word: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint, self.word = code, message, hint, word


def screened(node: nodes.Node) -> Any:
    """The expression (a node of Jinja) with exact decimals and strict conditions put in. Raises Refused."""
    for type_, screen in _SCREENS.items():
        if isinstance(node, type_):
            return screen(node)
    if not isinstance(node, _PLAIN):
        raise Refused("R021", f"{type(node).__name__} is not allowed in an expression")
    return _inside(node)


def _inside(node: nodes.Node) -> nodes.Node:
    """`node` with its children screened."""
    for name, value in node.iter_fields():
        if isinstance(value, nodes.Node):
            setattr(node, name, screened(value))
        elif isinstance(value, list):
            setattr(node, name, [screened(item) if isinstance(item, nodes.Node) else item for item in value])
    return node


def _name(node: nodes.Name) -> nodes.Node:
    _refuse_private(node.name, "_")
    return node


def _getattr(node: nodes.Getattr) -> nodes.Node:
    _refuse_private(node.attr, "__")
    return _inside(node)


def _refuse_private(name: str, prefix: str) -> None:
    """Only keys can be read, so this is a second lock; platforms do have keys such as `_id`."""
    if name.startswith(prefix):
        raise Refused("R021", f"a name beginning with `{prefix}` is refused: {name}", word=name)


def _const(node: nodes.Const) -> nodes.Node:
    value = node.value
    if isinstance(value, float):
        return _filtered(nodes.Const(repr(value)), "decimal")
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        raise Refused("R021", f"a text of more than {_LONGEST_TEXT} characters")
    if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
        raise Refused("R021", "a number beyond 10^18", "a code is text: put it in quotes")
    return node


def _mul(node: nodes.Mul) -> nodes.Node:
    if any(isinstance(side, nodes.Const) and isinstance(side.value, str) for side in (node.left, node.right)):
        raise Refused("R021", "text cannot be multiplied", word="*")
    return _inside(node)


def _filter(node: nodes.Filter) -> nodes.Node:
    if node.name not in AUTHOR_FILTERS:
        raise Refused("R022", f"unknown filter '{node.name}'", nearest(node.name, AUTHOR_FILTERS), node.name)
    if node.node is None or node.dyn_args or node.dyn_kwargs:
        raise Refused("R021", "a filter takes plain arguments", word=node.name)
    _check_arguments(node)
    if node.name == "lookup" and not (len(node.args) == 1 and isinstance(node.args[0], nodes.Const)):
        raise Refused("R021", "`lookup` takes the name of a table in quotes", word="lookup")
    return _inside(node)


def _check_arguments(node: nodes.Filter) -> None:
    """Whether the filter can be called like this at all."""
    taken = list(signature(FILTERS[node.name]).parameters.values())
    if taken[0].name == "context":
        taken = taken[1:]
    try:
        Signature(taken).bind(None, *node.args, **{str(keyword.key): None for keyword in node.kwargs})
    except TypeError:
        usage = ", ".join(p.name if p.default is p.empty else f"{p.name}?" for p in taken[1:])
        raise Refused("R021", f"the filter is used as `{node.name}({usage})`", word=node.name) from None


def _test(node: nodes.Test) -> nodes.Node:
    if node.name not in TESTS:
        raise Refused("R022", f"unknown test '{node.name}'", nearest(node.name, TESTS), node.name)
    return _inside(node)


def _literal(node: nodes.List | nodes.Tuple) -> nodes.Node:
    node.items = [_element(item) for item in node.items]
    return node


def _pair(node: nodes.Pair) -> nodes.Node:
    return nodes.Pair(screened(node.key), _element(node.value))


def _element(node: nodes.Expr) -> nodes.Expr:
    """What goes into a list or map is checked on its way in, so that no result has to be searched for undefined."""
    inner: nodes.Expr = screened(node)
    return inner if isinstance(inner, _NEVER_ABSENT) else _filtered(inner, "element")


def _call(node: nodes.Call) -> nodes.Node:
    called = node.node
    if not isinstance(called, nodes.Name) or called.name != "setting":
        word = called.attr if isinstance(called, nodes.Getattr) else getattr(called, "name", "(")
        raise Refused("R021", "only `setting(kind, key)` may be called", "use a filter: `x | filter`", word)
    if len(node.args) != 2 or node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise Refused("R021", "`setting` takes a kind and a key", word="setting")
    return _filtered(screened(node.args[0]), "setting", screened(node.args[1]))


def _concat(node: nodes.Concat) -> nodes.Node:
    return _filtered(nodes.List([screened(child) for child in node.nodes]), "concat")


def _choice(node: nodes.CondExpr) -> nodes.Node:
    if node.expr2 is None:
        raise Refused("R024", "an `if` needs its `else`", word="if")
    return nodes.CondExpr(_condition(node.test), screened(node.expr1), screened(node.expr2))


def _both(node: nodes.BinExpr) -> nodes.Node:
    return type(node)(_condition(node.left), _condition(node.right))


def _not(node: nodes.Not) -> nodes.Node:
    return nodes.Not(_condition(node.node))


def _condition(node: nodes.Expr) -> nodes.Node:
    """A condition that is a boolean, by its form or by a check at run time: 0 and '' are values, not a no."""
    if isinstance(node, nodes.Const) and not isinstance(node.value, bool):
        raise Refused(
            "R021", "a condition is true or false", "a value for nothing: `x | default(y)`, `x | coalesce(y)`"
        )
    inner = screened(node)
    return inner if isinstance(node, _BOOLEAN) else _filtered(inner, "truth")


def _filtered(node: nodes.Expr, name: str, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(args), [], None, None)


_SCREENS: dict[type[nodes.Node], Callable[..., nodes.Node]] = {
    nodes.Name: _name,
    nodes.Getattr: _getattr,
    nodes.Const: _const,
    nodes.Mul: _mul,
    nodes.Filter: _filter,
    nodes.Test: _test,
    nodes.Call: _call,
    nodes.Concat: _concat,
    nodes.CondExpr: _choice,
    nodes.And: _both,
    nodes.Or: _both,
    nodes.Not: _not,
    nodes.List: _literal,
    nodes.Tuple: _literal,
    nodes.Pair: _pair,
}


def static_path(node: nodes.Node) -> Path | None:
    """The path that a node reads, when it can be told without data; `*` stands for an element of a list."""
    match node:
        case nodes.Name():
            return (node.name,)
        case nodes.Getattr():
            return _longer(static_path(node.node), node.attr)
        case nodes.Getitem(arg=nodes.Const(value=str() | int() as hop)) if not isinstance(hop, bool):
            return _longer(static_path(node.node), hop)
        case nodes.Filter() if node.node is not None and node.name in _FIRST_OF:
            return _longer(static_path(node.node), EACH)
        case nodes.Filter() if node.node is not None and node.name in _SAME_LIST:
            return static_path(node.node)
        case _:
            return None


def _longer(path: Path | None, hop: str | int) -> Path | None:
    return None if path is None else (*path, hop)


def paths_read(node: nodes.Node, known: bool = False) -> Iterator[Path]:
    """All paths that an expression reads, the longest of each chain; also those that filters name in text."""
    path = static_path(node)
    if path is not None and not known:
        yield path
    if isinstance(node, nodes.Filter):
        yield from _paths_by_attr(node)
    chain = getattr(node, "node", None) if path is not None else None
    for child in node.iter_child_nodes():
        yield from paths_read(child, known=child is chain)


def _paths_by_attr(node: nodes.Filter) -> Iterator[Path]:
    base = static_path(node.node) if node.node is not None else None
    if base is None or node.name not in _BY_ATTR:
        return
    named = node.args[:2] if node.name == "sum_of" else node.args[:1]
    for arg in [*named, *(keyword.value for keyword in node.kwargs if keyword.key in ("attr", "times"))]:
        if isinstance(arg, nodes.Const) and isinstance(arg.value, str):
            yield (*base, EACH, *arg.value.split("."))
