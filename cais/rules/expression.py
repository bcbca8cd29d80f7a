"""The only door to Jinja: expressions are screened, compiled at load, and give native values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, Undefined

from cais.errors import MissingSetting
from cais.rules.cast import kind
from cais.rules.environment import ENVIRONMENT
from cais.rules.failure import Failure, MissingMet
from cais.rules.path import MISSING, getter
from cais.rules.reader import Path
from cais.rules.scope import Scope
from cais.rules.screen import Refused, paths_read, screened, static_path

LONGEST_SOURCE = 4000
_OUT = "_out"


@dataclass(frozen=True, slots=True)
class Expression:
    """One compiled expression. `paths` is what it reads, `tables` the enum tables it looks up."""

    source: str
    evaluate: Callable[[Scope], Any] = field(repr=False, compare=False)
    """The native value; MISSING where it is undefined. Raises Failure, MissingSetting."""
    path: Path | None
    """Set when the expression is nothing but a path."""
    paths: frozenset[Path]
    tables: frozenset[str] = frozenset()

    @property
    def roots(self) -> frozenset[str]:
        return frozenset(str(path[0]) for path in self.paths)


@dataclass(frozen=True, slots=True)
class Template:
    """Text with expressions in it. Only a template that is one whole expression gives a native value."""

    source: str
    parts: tuple[str | Expression, ...]

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return tuple(part for part in self.parts if isinstance(part, Expression))

    @property
    def whole(self) -> Expression | None:
        """The expression, when the template is nothing else."""
        only = self.parts[0] if len(self.parts) == 1 else None
        return only if isinstance(only, Expression) else None

    def value(self, scope: Scope) -> Any:
        """The native value of a whole expression, MISSING where it is undefined; else the text."""
        return whole.evaluate(scope) if (whole := self.whole) else self.text(scope)

    def text(self, scope: Scope, escape: Callable[[str], str] = str) -> str:
        """The text; each interpolated text or whole number passes `escape`. Raises Failure R215 for others."""
        return "".join(part if isinstance(part, str) else escape(_written(part.evaluate(scope))) for part in self.parts)


def _written(value: Any) -> str:
    if value is MISSING:
        raise MissingMet
    if isinstance(value, str) or type(value) is int:
        return str(value)
    raise Failure("R215", f"text takes text and whole numbers, not {kind(value)}")


def compile_expression(text: str) -> Expression:
    """The one expression that `text` (`"{{ … }}"`) is. Raises Refused."""
    expression = compile_template(text).whole
    if expression is None:
        raise Refused("R026", "one whole expression is asked for", 'write "{{ ... }}" and nothing around it')
    return expression


def compile_template(text: str) -> Template:
    """Text with any number of `{{ … }}`. Raises Refused."""
    if len(text) > LONGEST_SOURCE:
        raise Refused("R021", f"an expression of more than {LONGEST_SOURCE} characters")
    if "{%" in text or "{#" in text:
        raise Refused("R021", "statements and comments are not allowed", "use `when`, `each` or `choose`", "{")
    try:
        parts = [part for node in ENVIRONMENT.parse(text).body for part in _parts(node, text)]
    except TemplateError as error:
        compares = "; to compare, write ==" if (error.message or "").endswith("got '='") else ""
        raise Refused("R020", f"{error.message or 'the expression does not parse'}{compares}") from None
    except (RecursionError, SyntaxError, MemoryError, ValueError):
        raise Refused("R021", "the expression is nested too deep, or holds too long a number") from None
    return Template(text, tuple(parts) or ("",))


def _parts(node: nodes.Node, source: str) -> list[str | Expression]:
    assert isinstance(node, nodes.Output), "text without statements is output alone"
    return [inner.data if isinstance(inner, nodes.TemplateData) else _compiled(inner, source) for inner in node.nodes]


def _compiled(node: nodes.Expr, source: str) -> Expression:
    checked = screened(node)
    path, paths = static_path(checked), frozenset(paths_read(checked))
    tables = frozenset(_tables(checked))
    filtered = isinstance(checked, nodes.Filter) or checked.find(nodes.Filter) is not None
    if path is not None and not filtered:
        return Expression(source, _path_evaluation(path), path, paths)
    return Expression(source, _evaluation(checked), None, paths, tables)


def _tables(node: nodes.Expr) -> list[str]:
    filters = [node, *node.find_all(nodes.Filter)]
    named = (found.args[:1] for found in filters if isinstance(found, nodes.Filter) and found.name == "lookup")
    return [arg.value for args in named for arg in args if isinstance(arg, nodes.Const)]


def _evaluation(node: nodes.Expr) -> Callable[[Scope], Any]:
    """The expression as a function. Jinja's own generated code runs it, without its per-call set-up."""
    assign = nodes.Assign(nodes.Name(_OUT, "store"), node, lineno=1)
    tree = nodes.Template([assign], lineno=1)
    tree.set_environment(ENVIRONMENT)
    template = ENVIRONMENT.from_string(tree)
    root = template.root_render_func

    def evaluate(scope: Scope) -> Any:
        context = scope.jinja or _context(scope)
        try:
            root(context)
            return _checked(context.vars[_OUT])
        except (Failure, MissingSetting):
            raise
        except Exception as error:
            raise _failure(error) from None

    return evaluate


def _path_evaluation(path: Path) -> Callable[[Scope], Any]:
    """An expression that is a path needs no Jinja."""
    get = getter(path)
    return lambda scope: _checked(get(scope))


def _failure(error: Exception) -> Failure:
    """Whatever else an expression raises, told by type only: messages of Python hold values."""
    if isinstance(error, TemplateError):
        return MissingMet(error.message or "there is no such field")
    return Failure("R209", f"the expression failed ({type(error).__name__})")


class _ScopeContext(Context):
    """A Jinja context straight over a scope: nothing is copied, and what our templates never write to is shared."""

    eval_ctx = EvalContext(ENVIRONMENT)
    environment = ENVIRONMENT
    exported_vars: set[str] = set()  # noqa: RUF012 (Jinja's shape)
    globals_keys: set[str] = set()  # noqa: RUF012
    blocks: dict[str, Any] = {}  # noqa: RUF012
    name = None

    def __init__(self, scope: Scope) -> None:
        self.parent, self.vars = scope, {}


def _context(scope: Scope) -> Context:
    scope.jinja = _ScopeContext(scope)
    return scope.jinja


def _checked(value: Any) -> Any:
    """The result; undefined is MISSING. Nothing undefined can be inside of it: see `screen`."""
    if isinstance(value, Undefined):
        return MISSING
    if isinstance(value, float):
        raise Failure("R203", "the expression gave a float")
    return value
