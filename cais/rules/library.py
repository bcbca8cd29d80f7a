"""All rule files, read and validated, each under its place: what the rule set is compiled from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from cais.rules.cases_file import CasesFile
from cais.rules.directions_file import DirectionsFile
from cais.rules.files import RuleFiles
from cais.rules.flow_file import FlowFile
from cais.rules.lifecycle_file import LifecycleFile
from cais.rules.mapping_file import MappingFile
from cais.rules.overlay import overlaid, removals_left
from cais.rules.platform_file import PlatformFile
from cais.rules.problem import Problem, nearest
from cais.rules.reader import Document, read_yaml
from cais.rules.seller_file import SellerFile
from cais.rules.validate import validate

F = TypeVar("F", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[F]):
    """A file as its model, with the document that has its positions."""

    file: F
    document: Document


@dataclass(slots=True)
class Folder:
    """A platform's folder. `raw` are its mapping documents as written, `mappings` with their parents applied."""

    name: str
    platform: Loaded[PlatformFile] | None = None
    raw: dict[str, Document] = field(default_factory=dict)
    mappings: dict[str, Loaded[MappingFile]] = field(default_factory=dict)
    cases: dict[str, Loaded[CasesFile]] = field(default_factory=dict)
    graphql: dict[str, str] = field(default_factory=dict)


class Library:
    """Reads all files in one pass; `problems` has what is wrong with their YAML, shapes and names."""

    def __init__(self, files: RuleFiles) -> None:
        self.files = files
        self.problems: list[Problem] = []
        self.directions: Loaded[DirectionsFile] | None = None
        self.flows: dict[str, Loaded[FlowFile]] = {}
        self.lifecycles: dict[str, Loaded[LifecycleFile]] = {}
        self.folders: dict[str, Folder] = {}
        self.sellers: dict[str, Loaded[SellerFile]] = {}
        for path in files:
            self._place(path)
        for folder in self.folders.values():
            for name, document in folder.raw.items():
                self._mapping(folder, name, document)

    def _place(self, path: str) -> None:
        match path.removesuffix(".yaml").split("/"):
            case ["mappings", "directions"]:
                self.directions = self._load(path, DirectionsFile)
            case ["mappings", "flows", name]:
                self._keep(self.flows, "flow", name, self._load(path, FlowFile))
            case ["mappings", "lifecycles", name]:
                self._keep(self.lifecycles, "lifecycle", name, self._load(path, LifecycleFile))
            case ["sellers", name] if path.endswith(".yaml"):
                self._keep(self.sellers, "seller", name, self._load(path, SellerFile))
            case ["mappings", "platforms", platform, *rest] if rest:
                self._in_folder(path, self._folder(platform), "/".join(rest))
            case ["mappings", "advice", *_]:
                pass
            case _:
                self.problems.append(Problem(path, 1, 1, "R008", "nothing reads a file here"))

    def _folder(self, name: str) -> Folder:
        return self.folders.setdefault(name, Folder(name))

    def _in_folder(self, path: str, folder: Folder, rest: str) -> None:
        if rest.endswith(".graphql"):
            folder.graphql[rest] = self.files[path]
        elif path.endswith(".json"):
            pass
        elif rest == "platform":
            folder.platform = self._load(path, PlatformFile)
            if folder.platform is not None:
                self._check_name(folder.platform, "platform", folder.name)
        elif rest.endswith(".cases"):
            cases = self._load(path, CasesFile)
            if cases is not None:
                folder.cases[rest.removesuffix(".cases")] = cases
        elif rest.endswith((".read", ".write")):
            document, found = read_yaml(path, self.files[path])
            self.problems += found
            folder.raw[rest] = document
        else:
            self.problems.append(Problem(path, 1, 1, "R008", "nothing reads a file of this name"))

    def _load(self, path: str, model: type[F]) -> Loaded[F] | None:
        document, problems = read_yaml(path, self.files[path])
        self.problems += problems
        return self.load(document, model)

    def load(self, document: Document, model: type[F]) -> Loaded[F] | None:
        """A document as its model; problems are kept."""
        if document.data is None and any(problem.file == document.file for problem in self.problems):
            return None
        self.problems += removals_left(document, "overlays" if model is SellerFile else None)
        file, problems = validate(document, model)
        self.problems += problems
        return None if file is None else Loaded(file, document)

    def _keep(self, shelf: dict[str, Loaded[F]], key: str, name: str, loaded: Loaded[F] | None) -> None:
        if loaded is not None:
            self._check_name(loaded, key, name)
            shelf[name] = loaded

    def _check_name(self, loaded: Loaded[Any], key: str, name: str) -> None:
        said = str(getattr(loaded.file, key))
        if said != name:
            self.problems.append(loaded.document.problem((key,), "R009", f"'{said}' stands in the file of '{name}'"))

    # Mappings and their parents

    def _mapping(self, folder: Folder, name: str, document: Document) -> None:
        merged = self.with_parent(folder, name, document, ())
        loaded = self.load(merged, MappingFile)
        if loaded is None:
            return
        self._check_name(loaded, "mapping", name)
        if not name.endswith(f".{loaded.file.side}"):
            message = f"a mapping that {loaded.file.side}s is named .{loaded.file.side}"
            self.problems.append(document.problem(("mapping",), "R009", message))
        folder.mappings[name] = loaded

    def with_parent(self, folder: Folder, name: str, document: Document, children: tuple[str, ...]) -> Document:
        """The document over its parent, over its parent's parent, and so on."""
        extends = document.data.get("extends") if isinstance(document.data, dict) else None
        if not isinstance(extends, str):
            return document
        other, _, parent = extends.rpartition("/")
        home = self.folders.get(other, Folder(other)) if other else folder
        known = home.raw.get(parent)
        label = f"{home.name}/{parent}"
        if known is not None and not isinstance(known.data, dict):
            return document
        if known is None or label in children or label == f"{folder.name}/{name}":
            hint = nearest(parent, home.raw)
            self.problems.append(document.problem(("extends",), "R042", f"no mapping '{extends}' to extend", hint))
            return document
        base = self.with_parent(home, parent, known, (*children, f"{folder.name}/{name}"))
        merged, problems = overlaid(base, document)
        self.problems += problems
        return merged
