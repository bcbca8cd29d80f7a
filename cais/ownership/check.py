"""The solver's findings as rule problems, for `cais check`."""

from __future__ import annotations

from collections.abc import Mapping

from cais.ownership.role import Place
from cais.ownership.roles import seller_roles
from cais.ownership.solve import Finding, solve
from cais.rules.flow_file import FlowFile
from cais.rules.library import Loaded
from cais.rules.platform import Platform
from cais.rules.problem import Problem
from cais.rules.seller_file import SellerFile


def check_seller(
    loaded: Loaded[SellerFile], flows: Mapping[str, FlowFile], platforms: Mapping[str, Platform]
) -> list[Problem]:
    """What the ownership of a seller's data refuses, each with its place and its counter-example."""

    def locate(path: tuple[str | int, ...]) -> Place:
        mark = loaded.document.key_mark(path)
        return Place(mark.file, mark.line, mark.column)

    operations = {name: platform.operations for name, platform in platforms.items()}
    solved = solve(seller_roles(loaded.file, flows, operations, locate))
    return [_problem(finding) for finding in solved.findings]


def _problem(finding: Finding) -> Problem:
    place, path = finding.place, "; ".join(finding.path)
    return Problem(place.file, place.line, place.column, finding.code, finding.message, path or None)
