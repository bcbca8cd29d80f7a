"""Checks of directions, flows, life cycles and platforms against each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cais.model.vocabulary import Direction
from cais.rules.flow_file import FlowFile
from cais.rules.library import Library, Loaded
from cais.rules.lifecycle_file import LifecycleFile
from cais.rules.platform_file import PlatformFile
from cais.rules.problem import Problem, nearest
from cais.rules.reader import Document, Path

_DIRECTIONS = frozenset(direction.value for direction in Direction)


class FlowCheck:
    """What the shared files say of each other; `states` are those of all life cycles."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.states = {state for loaded in library.lifecycles.values() for state in loaded.file.states}
        directions = library.directions
        self.operations = directions.file.operations if directions else {}

    def problems(self) -> Iterator[Problem]:
        library = self.library
        yield from self._directions()
        for lifecycle in library.lifecycles.values():
            yield from self._lifecycle(lifecycle)
        for flow in library.flows.values():
            yield from self._flow(flow)
        for folder in library.folders.values():
            if folder.platform is not None:
                yield from self._platform(folder.platform)

    def _directions(self) -> Iterator[Problem]:
        loaded = self.library.directions
        if loaded is None:
            return
        document = loaded.document
        for name, direction in loaded.file.directions.items():
            yield from _known(name, _DIRECTIONS, document, ("directions", name), "R080", "direction")
            if direction.state is not None:
                yield from self._state(direction.state, document, ("directions", name, "state"))
        for name in sorted(_DIRECTIONS - set(loaded.file.directions)):
            yield document.problem(("directions",), "R085", f"the direction '{name}' is not in the table")

    def _state(self, state: str, document: Document, path: Path) -> Iterator[Problem]:
        if self.states:
            yield from _known(state, self.states, document, path, "R083", "state")

    def _lifecycle(self, loaded: Loaded[LifecycleFile]) -> Iterator[Problem]:
        file, document = loaded.file, loaded.document
        for name, milestone in file.milestones.items():
            path: Path = ("milestones", name)
            yield from _known(name, file.states, document, path, "R083", "state")
            for n, implied in enumerate(milestone.implies):
                yield from _known(implied, file.states, document, (*path, "implies", n), "R083", "state")
            for direction in milestone.direction:
                yield from _known(direction, _DIRECTIONS, document, (*path, "direction"), "R080", "direction")
        for name in file.states:
            if name not in file.milestones:
                yield document.problem(("states",), "R083", f"nothing brings about the state '{name}'")
        for n, absent in enumerate(file.absent):
            for m, name in enumerate(absent.milestones):
                yield from _known(name, file.states, document, ("absent", n, "milestones", m), "R083", "state")

    def _flow(self, loaded: Loaded[FlowFile]) -> Iterator[Problem]:
        file, document = loaded.file, loaded.document
        for side in ("gives", "takes"):
            for name, direction in getattr(file, side).items():
                path: Path = (side, name)
                yield from _known(name, _DIRECTIONS, document, path, "R080", "direction")
                for key in ("needs", "off_with"):
                    for n, other in enumerate(getattr(direction, key)):
                        yield from _known(other, _DIRECTIONS, document, (*path, key, n), "R080", "direction")
                if f"{side.removesuffix('s')}.{name}" in file.never:
                    yield document.key_mark(path).problem("R116", f"`never` forbids to {side.removesuffix('s')} {name}")
                listed = [*direction.operations, *_chosen(direction.by_capability.values())]
                yield from self._operations(listed, document, path)
        for name, taken in file.takes.items():
            if taken.after is not None:
                yield from _known(taken.after, _DIRECTIONS, document, ("takes", name, "after"), "R080", "direction")
            for state in filter(None, (taken.at, *taken.at_may_be)):
                yield from self._state(state, document, ("takes", name, "at"))

    def _operations(self, names: Iterable[str], document: Document, path: Path) -> Iterator[Problem]:
        for name in names:
            if self.operations:
                yield from _known(name, self.operations, document, (*path, "operations"), "R051", "operation")

    def _platform(self, loaded: Loaded[PlatformFile]) -> Iterator[Problem]:
        file, document = loaded.file, loaded.document
        for word, state in file.statuses.items():
            yield from self._state(state, document, ("statuses", word))
        after = file.capabilities.stock.includes_order_after
        if after is not None:
            path: Path = ("capabilities", "stock", "includes_order_after")
            yield from _known(after, _DIRECTIONS, document, path, "R080", "direction")
        for name, operation in file.operations.items():
            for n, required in enumerate(operation.requires):
                known = _DIRECTIONS | self.states
                yield from _known(required, known, document, ("operations", name, "requires", n), "R080", "direction")
            yield from self._models(name, loaded)

    def _models(self, name: str, loaded: Loaded[PlatformFile]) -> Iterator[Problem]:
        kind = self.operations.get(name)
        if kind is None:
            return
        for key in ("takes", "gives"):
            said, wanted = getattr(loaded.file.operations[name], key), getattr(kind, key)
            if said is not None and wanted is not None and said != wanted:
                path: Path = ("operations", name, key)
                yield loaded.document.problem(path, "R057", f"'{name}' {key} {wanted}, not {said}")


def _chosen(choices: Iterable[dict[str, tuple[str, ...]]]) -> Iterator[str]:
    return (name for by_value in choices for names in by_value.values() for name in names)


def _known(name: str, known: Iterable[str], document: Document, path: Path, code: str, kind: str) -> Iterator[Problem]:
    names = list(known)
    if name not in names:
        yield document.mark(path).problem(code, f"unknown {kind} '{name}'", nearest(name, names))
