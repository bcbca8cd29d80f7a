"""The names that each place of a platform file may use: the documented roots of its expressions."""

from __future__ import annotations

from collections.abc import Iterable

from cais.model import CANONICAL
from cais.model.order import Cancellation
from cais.rules.names import Names
from cais.rules.platform_file import PlatformFile
from cais.rules.shape import ANY, TEXT, TIME, Shape, record, shape_of_model

RUN = record("run", {"now": TIME, "hook_url": TEXT, "stamp": TEXT, "key": TEXT})
"""`now`: the time fixed for this attempt; `hook_url`: this connection's public address; `stamp`: the hub's order id;
`key`: the handoff's own key, the same for each attempt."""
WINDOW = record("window", {"from": TIME, "to": TIME})
TOKEN = record("token", {"access": TEXT, "refresh": TEXT})
REQUEST = record("request", {"method": TEXT, "host": TEXT, "path": TEXT, "body": TEXT})

CANONICAL_SHAPES: dict[str, Shape] = {name: shape_of_model(model) for name, model in CANONICAL.items()}
_ANSWER = {"body": ANY, "header": ANY, "status": Shape("integer")}


class Roots:
    """The roots by place, for one platform."""

    def __init__(self, file: PlatformFile) -> None:
        optional = frozenset(name for name, param in file.params.items() if param.optional)
        self.params = record("params", dict.fromkeys(file.params, TEXT), optional=optional)
        self.secrets = record("secrets", dict.fromkeys(file.secrets, TEXT))

    @property
    def hosts(self) -> Names:
        return Names({"params": self.params})

    @property
    def request(self) -> Names:
        """Of a request: what is done to what."""
        others = {
            "cancellation": shape_of_model(Cancellation),
            "value": ANY,
            "items": Shape("list", item=ANY),
            "item": ANY,
            "id": TEXT,
            "window": WINDOW,
        }
        return Names({**CANONICAL_SHAPES, **others, "run": RUN, "params": self.params})

    @property
    def token_request(self) -> Names:
        """Of the operation that fetches a token: the only one that sees secrets."""
        return self.request.bind(secrets=self.secrets, token=TOKEN)

    @property
    def auth(self) -> Names:
        names = {"params": self.params, "secrets": self.secrets, "token": TOKEN, "run": RUN, "request": REQUEST}
        return Names({**names, "signature": TEXT})

    def answer(self, names: Names) -> Names:
        """Of an answer to a request with these names."""
        return names.bind(**_ANSWER)

    def hook(self, captured: Iterable[str]) -> Names:
        """Of a hook's route with these captures."""
        route = record("route", dict.fromkeys(captured, TEXT))
        said = {"body": ANY, "header": ANY, "query": ANY, "method": TEXT, "route": route}
        return Names({**said, "params": self.params, "run": RUN})

    def reading(self, answers: Iterable[str]) -> Names:
        """Of a reading mapping: the answers of the steps by name; of one request `body`, `header`, `status`."""
        names = list(answers)
        base = Names({"id": TEXT, "params": self.params, "run": RUN})
        return base.bind(**(dict.fromkeys(names, ANY) if names else _ANSWER))

    def writing(self, inputs: Iterable[str]) -> Names:
        """Of a writing mapping: the canonical values that it declares, and what all requests have."""
        known = self.request.shapes
        declared = {name: known[name] for name in inputs if name in known}
        return Names({"id": TEXT, "params": self.params, "run": RUN, "item": ANY, **declared})
