"""What expressions over an answer see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cais.rules.message import Response
from cais.rules.operation import answered_context
from cais.rules.scope import Scope


def answer_scope(context: Mapping[str, Any], response: Response) -> Scope:
    """The context of the request, and of the answer `body`, `header`, `status`."""
    return Scope.of(answered_context(response, context))
