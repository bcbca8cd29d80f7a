"""The names that an expression or path may begin with at its place, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cais.rules.path import path_text
from cais.rules.problem import nearest
from cais.rules.reader import Path
from cais.rules.screen import Refused
from cais.rules.shape import ANY, Lost, Shape, follow


@dataclass(frozen=True, slots=True)
class Names:
    """Names to shapes. `open`: other names may be there too, nobody knows yet who will render."""

    shapes: Mapping[str, Shape]
    open: bool = False

    def bind(self, **shapes: Shape) -> Names:
        """The same names and more."""
        return replace(self, shapes={**self.shapes, **shapes})

    def resolve(self, path: Path) -> Shape:
        """What stands at a path. Raises Refused when it cannot be there."""
        root = str(path[0])
        if root not in self.shapes:
            if self.open and root != "secrets":
                return ANY
            raise self._unknown(root)
        found = follow(self.shapes[root], path[1:])
        if isinstance(found, Lost):
            raise _lost(root, path, found)
        return found

    def _unknown(self, root: str) -> Refused:
        if root == "secrets":
            return Refused("R025", "a secret may be named under `auth:` only", None, root)
        return Refused("R023", f"unknown variable '{root}'", nearest(root, self.shapes), root)


def _lost(root: str, path: Path, lost: Lost) -> Refused:
    if root in ("params", "secrets"):
        return Refused(
            "R027", f"the platform declares no '{lost.hop}' under {root}", nearest(lost.hop, lost.known), lost.hop
        )
    hint = nearest(lost.hop, lost.known) if lost.known else f"in {path_text(path)}"
    return Refused("R032", f"{lost.title} has no field '{lost.hop}'", hint, lost.hop.strip("[]*"))
