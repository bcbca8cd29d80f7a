"""The rule files below the hub's root, for commands that read them from the folder and not from the store."""

from __future__ import annotations

from cais.config import Config
from cais.errors import Misconfigured
from cais.rules.files import RuleFiles


def rule_files() -> RuleFiles:
    """All rule files. Raises `Misconfigured` when there are none, or one cannot be read."""
    root = Config.read().root
    try:
        files = RuleFiles.read(root)
    except UnicodeDecodeError as error:
        raise Misconfigured(f"a rule file below {root} is not UTF-8 text: {error.reason}") from None
    if not len(files):
        raise Misconfigured(f"{root} has no mappings/ and sellers/; run it in the hub's folder, or set CAIS_ROOT")
    return files
