"""Faults that a test switches on: per platform and operation, for the nth matching call or with a probability."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from sandbox.state import State

REQUEST_KINDS = frozenset({"status_500_before", "status_500_after", "timeout_before", "timeout_after", "throttle_429"})
NOTIFICATION_KINDS = frozenset({"duplicate", "delay", "reorder", "lose"})
PLATFORM_KINDS = frozenset({"lock_423"})  # faults of one vendor's own, see Platform.own_faults
KINDS = REQUEST_KINDS | NOTIFICATION_KINDS | PLATFORM_KINDS | {"index_lag"}


@dataclass(frozen=True)
class Rule:
    """One fault. `operation` is an operation's name, for notification kinds a topic; `*` matches all.

    `nth` lists the matching calls (from 1, counted since the rule was set) that suffer; else `probability`
    decides (by `seed`, the same on each run); `times` bounds how often it strikes.
    `seconds`: for timeouts, real seconds before the connection is closed; for `throttle_429`, what Retry-After
    says; for `delay`, `reorder` and `index_lag`, virtual seconds.
    """

    platform: str
    kind: str
    operation: str = "*"
    account: str = "*"
    nth: tuple[int, ...] = ()
    probability: float = 1.0
    times: int | None = None
    seconds: float | None = None
    seed: int = 0

    def matches(self, platform: str, operation: str, account: str) -> bool:
        """Whether the rule speaks of such a call."""
        return (
            self.platform in ("*", platform) and self.operation in ("*", operation) and self.account in ("*", account)
        )

    def strikes(self, id_: str, nth: int) -> bool:
        """Whether the nth matching call suffers; the same answer on each run."""
        if self.nth:
            return nth in self.nth
        # a generator per call keeps the draw the same after a restart; it hides nothing, it only varies
        return random.Random(f"{self.seed}:{id_}:{nth}").random() < self.probability


_FIELDS = get_type_hints(Rule)


def rule_from(body: Any) -> Rule:
    """Read a rule from JSON; raises ValueError naming an unknown key, a missing one or a wrong value."""
    if not isinstance(body, Mapping):
        raise ValueError("a fault rule is an object")
    if unknown := sorted(set(body) - set(_FIELDS)):
        raise ValueError(f"unknown key {unknown[0]!r}; known are {', '.join(_FIELDS)}")
    if missing := [key for key in ("platform", "kind") if key not in body]:
        raise ValueError(f"a fault rule needs {missing[0]!r}")
    if body["kind"] not in KINDS:
        raise ValueError(f"unknown kind {body['kind']!r}; known are {', '.join(sorted(KINDS))}")
    return Rule(**{key: _value(key, value) for key, value in body.items()})


def _value(key: str, value: Any) -> Any:
    if key == "nth":
        listed = value if isinstance(value, list) else [value]
        if not all(isinstance(one, int) and one > 0 for one in listed):
            raise ValueError("'nth' is a whole number from 1, or a list of them")
        return tuple(listed)
    if key in ("probability", "seconds"):
        return _number(key, value)
    wanted = tuple(kind for kind in get_args(_FIELDS[key]) or (_FIELDS[key],))
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise ValueError(f"{key!r} has a wrong value: {value!r}")
    return value


def _number(key: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{key!r} is a number") from None
    if number < 0 or (key == "probability" and number > 1):
        raise ValueError(f"{key!r} is out of range: {value}")
    return number


class Faults:
    """The rules in force with their counts (kind `fault` of platform `_sandbox`; they survive a restart)."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, rules: list[Rule]) -> list[str]:
        """Put rules in force beside those that are; returns their ids."""
        ids = []
        with self._state.transaction():
            for rule in rules:
                id_ = str(self._state.next_id("_sandbox", "fault"))
                body = {key: getattr(rule, key) for key in _FIELDS} | {"nth": list(rule.nth)}
                # probability and seconds as text: the wire would give them back as Decimals
                body |= {"probability": repr(rule.probability), "seen": 0, "struck": 0}
                body["seconds"] = None if rule.seconds is None else repr(rule.seconds)
                self._state.put("_sandbox", "fault", id_, body)
                ids.append(id_)
        return ids

    def listed(self) -> list[dict[str, Any]]:
        """Each rule with its id, how many calls it `seen` and how many it `struck`."""
        return [{"id": id_} | body for id_, body in self._state.scan("_sandbox", "fault")]

    def clear(self) -> None:
        """Drop every rule."""
        with self._state.transaction():
            for id_ in self._state.ids("_sandbox", "fault"):
                self._state.delete("_sandbox", "fault", id_)

    def strike(self, kinds: frozenset[str], platform: str, operation: str, account: str) -> Rule | None:
        """Count this call on each matching rule of `kinds`; the first that strikes, or None."""
        struck: Rule | None = None
        ids = self._state.ids("_sandbox", "fault")
        if not ids:
            return None
        with self._state.transaction():
            for id_ in ids:
                body: dict[str, Any] = self._state.get("_sandbox", "fault", id_) or {}
                rule = _stored(body)
                if rule.kind in kinds and rule.matches(platform, operation, account):
                    hit = self._count(id_, rule, body, free=struck is None)
                    struck = rule if hit else struck
        return struck

    def lag(self, platform: str, operation: str, account: str, default: float = 0.0) -> float:
        """Virtual seconds during which a new object is not found: the largest rule's, else `default`."""
        rules = (_stored(body) for _, body in self._state.scan("_sandbox", "fault"))
        lags = [
            rule.seconds or 0.0
            for rule in rules
            if rule.kind == "index_lag" and rule.matches(platform, operation, account)
        ]
        return max(lags, default=default)

    def _count(self, id_: str, rule: Rule, body: dict[str, Any], *, free: bool) -> bool:
        seen, struck = body["seen"] + 1, body["struck"]
        left = rule.times is None or struck < rule.times
        hit = free and left and rule.strikes(id_, seen)
        self._state.put("_sandbox", "fault", id_, body | {"seen": seen, "struck": struck + hit})
        return hit


def _stored(body: Mapping[str, Any]) -> Rule:
    values = {key: body[key] for key in _FIELDS}
    values |= {"nth": tuple(body["nth"]), "probability": float(body["probability"])}
    values["seconds"] = None if body["seconds"] is None else float(body["seconds"])
    return Rule(**values)
