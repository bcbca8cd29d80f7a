"""Checks of the cases files of a platform's folder: each has its mapping, and the files it reads."""

from __future__ import annotations

from collections.abc import Iterator

from cais.rules.codes import CODES
from cais.rules.files import RuleFiles
from cais.rules.library import Folder
from cais.rules.problem import Problem, nearest


def check_cases(folder: Folder, files: RuleFiles) -> Iterator[Problem]:
    """What is wrong with them, without running them."""
    for name, loaded in folder.cases.items():
        document = loaded.document
        if name not in folder.raw:
            yield document.problem((), "R090", f"no mapping '{name}' beside it", nearest(name, folder.raw))
        for number, case in enumerate(loaded.file.cases):
            wanted = case.in_file
            if wanted is not None and f"mappings/platforms/{folder.name}/{wanted}" not in files:
                yield document.problem(("cases", number, "in_file"), "R091", f"no file '{wanted}' in the folder")
            code = case.error.code if case.error else None
            if code is not None and code not in CODES:
                yield document.problem(("cases", number, "error", "code"), "R012", f"there is no code '{code}'")
