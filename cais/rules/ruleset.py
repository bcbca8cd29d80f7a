"""The rule set: all rule files checked in one pass and compiled, immutable, named by digest."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cais.errors import NotFound, RulesInvalid
from cais.rules.cases_check import check_cases
from cais.rules.connection import ConnectionRules, SellerRules
from cais.rules.directions_file import DirectionsFile
from cais.rules.files import RuleFiles
from cais.rules.flow_check import FlowCheck
from cais.rules.flow_file import FlowFile
from cais.rules.library import Folder, Library, Loaded
from cais.rules.lifecycle_file import LifecycleFile
from cais.rules.mapping_file import MappingFile
from cais.rules.overlay import overlaid
from cais.rules.platform import Platform
from cais.rules.platform_compiler import compile_platform
from cais.rules.problem import Problem, errors, nearest
from cais.rules.reader import Path, sorted_problems
from cais.rules.seller_check import SellerCheck
from cais.rules.seller_compiler import SellerCompiler
from cais.rules.seller_file import ConnectionFile, SellerFile

__all__ = ["ConnectionRules", "OwnershipCheck", "RuleSet", "SellerRules", "check", "compile_rules"]

OwnershipCheck = Callable[[Loaded[SellerFile], Mapping[str, FlowFile], Mapping[str, Platform]], list[Problem]]
"""The ownership solver's check of one seller, `cais.ownership.check_seller`: it reads the rules, so it is handed in."""


@dataclass(frozen=True)
class RuleSet:
    """Everything that the rule files say. `digest` is over all files; each seller has one of its own."""

    digest: str
    sellers: Mapping[str, SellerRules] = field(repr=False)
    platforms: Mapping[str, Platform] = field(repr=False)
    flows: Mapping[str, FlowFile] = field(repr=False)
    lifecycles: Mapping[str, LifecycleFile] = field(repr=False)
    directions: DirectionsFile | None = field(repr=False)
    library: Library = field(repr=False)
    warnings: tuple[Problem, ...] = ()

    def of_seller(self, seller: str) -> SellerRules:
        """Raises NotFound."""
        if seller not in self.sellers:
            raise NotFound(f"no seller {seller}")
        return self.sellers[seller]

    def connection(self, name: str) -> ConnectionRules:
        """The connection of this name, whoever's it is. Raises NotFound."""
        for seller in self.sellers.values():
            if name in seller.connections:
                return seller.connections[name]
        raise NotFound(f"no connection {name}")


def compile_rules(files: RuleFiles, ownership_check: OwnershipCheck | None = None) -> RuleSet:
    """The rule set. Raises RulesInvalid with all problems when there is an error among them.

    Ownership is solved only where its check is handed in: what comes out of the store has been checked.
    """
    rules, problems = _compiled(files, ownership_check)
    if errors(problems):
        raise RulesInvalid(problems)
    return rules


def check(files: RuleFiles, ownership_check: OwnershipCheck | None = None) -> list[Problem]:
    """All problems of all files, warnings too, sorted by file and position."""
    return _compiled(files, ownership_check)[1]


def _compiled(files: RuleFiles, ownership_check: OwnershipCheck | None) -> tuple[RuleSet, list[Problem]]:
    building = _Building(files, ownership_check)
    rules = building.rules()
    return rules, sorted_problems(building.problems)


class _Building:
    def __init__(self, files: RuleFiles, ownership_check: OwnershipCheck | None) -> None:
        self.files, self.ownership_check = files, ownership_check
        self.library = Library(files)
        self.problems: list[Problem] = []
        self.flows_are_sound = False
        """Ownership is solved over directions that are known."""

    def rules(self) -> RuleSet:
        library = self.library
        platforms = {name: platform for name, folder in library.folders.items() if (platform := self._platform(folder))}
        found = list(FlowCheck(library).problems())
        self.problems += found
        self.flows_are_sound = not errors(found)
        self.problems += [problem for folder in library.folders.values() for problem in check_cases(folder, self.files)]
        sellers = {name: self._seller(name, loaded, platforms) for name, loaded in library.sellers.items()}
        self._check_across(sellers)
        self.problems += library.problems
        return RuleSet(
            digest=self.files.digest,
            sellers=sellers,
            platforms=platforms,
            flows={name: loaded.file for name, loaded in library.flows.items()},
            lifecycles={name: loaded.file for name, loaded in library.lifecycles.items()},
            directions=library.directions.file if library.directions else None,
            library=library,
            warnings=tuple(sorted_problems(self.problems)),
        )

    def _platform(self, folder: Folder) -> Platform | None:
        if folder.platform is None:
            return None
        return self._compile(folder, folder.mappings)

    def _compile(self, folder: Folder, mappings: Mapping[str, Loaded[MappingFile]]) -> Platform:
        assert folder.platform is not None
        written = {name: (loaded.document, loaded.file) for name, loaded in mappings.items()}
        platform, problems = compile_platform(folder.platform.document, folder.platform.file, written, folder.graphql)
        self.problems += problems
        return platform

    # Sellers

    def _seller(self, name: str, loaded: Loaded[SellerFile], platforms: Mapping[str, Platform]) -> SellerRules:
        self.problems += SellerCheck(loaded, platforms, self.library.flows).problems()
        if loaded.file.lifecycle not in self.library.lifecycles:
            message = f"no life cycle '{loaded.file.lifecycle}'"
            self.problems.append(loaded.document.problem(("lifecycle",), "R083", message))
        if self.ownership_check is not None and self.flows_are_sound:
            flows = {flow: found.file for flow, found in self.library.flows.items()}
            self.problems += self.ownership_check(loaded, flows, platforms)
        compiler = SellerCompiler(loaded)
        connections = {}
        for connection_name, connection in loaded.file.connections.items():
            platform, flow = platforms.get(connection.platform), self.library.flows.get(connection.flow)
            if platform is not None and flow is not None:
                own = self._with_overlays(connection_name, connection, loaded, platform)
                connections[connection_name] = compiler.connection(connection_name, own, flow.file)
        rules = compiler.seller(self._digest(name, loaded.file), connections)
        self.problems += compiler.problems
        return rules

    def _with_overlays(
        self, name: str, connection: ConnectionFile, loaded: Loaded[SellerFile], platform: Platform
    ) -> Platform:
        overlays = loaded.file.overlays.get(name)
        folder = self.library.folders[connection.platform]
        if not overlays:
            return platform
        mappings = dict(folder.mappings)
        for mapping in overlays:
            path: Path = ("overlays", name, mapping)
            if mapping not in mappings:
                mark = loaded.document.key_mark(path)
                message = f"{connection.platform} has no mapping '{mapping}'"
                self.problems.append(mark.problem("R043", message, nearest(mapping, mappings)))
                continue
            merged, problems = overlaid(mappings[mapping].document, loaded.document.at(path))
            self.problems += problems
            own = self.library.load(merged, MappingFile)
            if own is not None:
                mappings[mapping] = own
        return self._compile(folder, mappings)

    def _digest(self, name: str, seller: SellerFile) -> str:
        """Over all that the seller uses; cases and what they read are for tests only."""
        platforms = "|".join(re.escape(name) for name in {c.platform for c in seller.connections.values()})
        flows = "|".join(re.escape(name) for name in {c.flow for c in seller.connections.values()})
        used = re.compile(
            rf"mappings/directions\.yaml|mappings/flows/({flows})\.yaml"
            rf"|mappings/lifecycles/{re.escape(seller.lifecycle)}\.yaml"
            rf"|mappings/platforms/({platforms})/(?!cases/|.*\.cases\.yaml).*|sellers/{re.escape(name)}\.yaml"
        )
        return RuleFiles({path: self.files[path] for path in self.files if used.fullmatch(path)}).digest

    def _check_across(self, sellers: Mapping[str, SellerRules]) -> None:
        """What must be unique over all sellers: names of connections, and accounts."""
        names: dict[str, str] = {}
        accounts: dict[tuple[str, ...], str] = {}
        for seller in sellers.values():
            for name, connection in seller.connections.items():
                mark = seller.document.key_mark(("connections", name))
                if names.setdefault(name, seller.name) != seller.name:
                    message = f"seller {names[name]} has a connection '{name}' too"
                    self.problems.append(mark.problem("R079", message, "names of connections are unique in a hub"))
                first = accounts.setdefault(connection.account, name)
                if first != name and any(connection.account[1:]):
                    message = f"'{name}' is the same account as '{first}'"
                    self.problems.append(mark.problem("R077", message, "a platform runs in one flow"))
