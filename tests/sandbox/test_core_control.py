"""The control API: health, state, calls, acts, reset."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from served import Running
from toy import TOY


def test_health(toy: Running) -> None:
    assert toy.client.get("/healthz").json()["ok"] is True


def test_every_call_is_written_down(toy: Running) -> None:
    toy.client.post("/toy/acc/things?a=b", content=b"{}")
    toy.client.post("/toy/acc/things?refuse=1")
    toy.client.get("/toy/acc/things", headers={"x-key": "wrong"})
    toy.client.delete("/toy/acc/things/1")
    calls = toy.control("calls?platform=toy")
    told = [(one["operation"], one["status"], one["effect"]) for one in calls]
    assert told == [
        ("write_thing", 201, True),
        ("write_thing", 409, False),
        ("list_things", 401, False),
        ("unknown", 404, False),
    ]
    assert (calls[0]["path"], calls[0]["account"], calls[0]["method"]) == ("/toy/acc/things?a=b", "acc", "POST")
    assert calls[0]["body_sha256"] == hashlib.sha256(b"{}").hexdigest()
    assert calls[2]["account"] == ""
    assert [one["seq"] for one in toy.control("calls?operation=write_thing&since=1")] == [2]


def test_a_refusal_undoes_and_cites(toy: Running) -> None:
    answer = toy.client.post("/toy/acc/things?refuse=1")
    assert answer.json() == {"code": "T1", "said": "refused after it wrote"}
    assert answer.headers["x-sandbox-source"] == "toy guide, page 1"
    assert toy.client.get("/toy/acc/things").json() == []


def test_state_is_readable(toy: Running) -> None:
    toy.client.post("/toy/acc/things", content=b"x")
    assert toy.control("state/toy/thing") == {"acc/1": {"n": 1, "raw": "x"}}
    assert toy.control("state/toy/thing/acc/1") == {"n": 1, "raw": "x"}
    assert toy.client.get("/_sandbox/state/toy/thing/acc/2").status_code == 404


def test_acts(toy: Running) -> None:
    toy.control("toy/acc/act", {"act": "plant", "what": "tree"})
    assert toy.control("state/toy/planted/acc/x") == {"what": "tree"}
    unknown = toy.client.post("/_sandbox/toy/acc/act", json={"act": "burn"})
    assert (unknown.status_code, "known are plant" in unknown.json()["error"]) == (400, True)
    assert toy.client.post("/_sandbox/nowhere/acc/act", json={"act": "plant"}).status_code == 404
    assert toy.client.post("/_sandbox/clock", json={"sped": 2}).status_code == 400
    assert toy.client.post("/_sandbox/clock", content=b"{").status_code == 400


def test_a_platform_describes_itself(toy: Running) -> None:
    described = toy.control("platforms")["toy"]
    assert described["operations"]["write_thing"] == "POST /toy/{account}/things"
    assert list(described["acts"]) == ["plant"]
    assert described["limits"] == ["writes"]


def test_reset_seeds_anew(toy: Running) -> None:
    toy.client.post("/toy/acc/things?ripe=10")
    toy.control("clock", {"advance": 3600})
    before = toy.control("clock")["now"]
    toy.control("reset", {})
    assert toy.control("state/toy/thing") == {}
    assert toy.control("state/toy/seed") == {"one": {"times": 1}}
    assert toy.control("calls") == []
    assert toy.control("clock")["now"] >= before


def test_a_restart_goes_on(start: Callable[..., Running], tmp_path: Path) -> None:
    toy = start(tmp_path / "s.db", speed=60, platforms=[TOY])
    toy.client.post("/toy/acc/things", content=b"kept")
    toy.stop()
    again = start(tmp_path / "s.db", speed=None, platforms=[TOY])
    assert again.client.get("/toy/acc/things").json() == [{"n": 1, "raw": "kept"}]
    assert again.client.post("/toy/acc/things").json() == {"n": 2}
    assert len(again.control("calls?operation=write_thing")) == 2
    assert again.control("clock")["speed"] == "60.0"


def test_the_sandbox_knows_nothing_of_the_hub() -> None:
    sources = (Path(__file__).parents[2] / "sandbox").rglob("*.py")
    importing = [
        path.name for path in sources if re.search(r"^\s*(import|from) cais\b", path.read_text(), re.MULTILINE)
    ]
    assert importing == []
