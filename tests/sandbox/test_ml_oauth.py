"""Mercado Livre: tokens. A refresh token works once, and showing an old one costs the account."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ml_seller import Seller, refused
from served import Running

from sandbox.mercado_livre import MERCADO_LIVRE


def test_a_refresh_gives_a_new_pair_for_six_hours(ml: Seller) -> None:
    old = ml.refresh_token
    answer = ml.token(grant_type="refresh_token", refresh_token=old).json()
    assert (answer["token_type"], answer["expires_in"], answer["user_id"]) == ("bearer", 21600, 123)
    assert answer["refresh_token"] != old
    ml.access_token = answer["access_token"]
    assert ml.get("/users/me")["id"] == 123
    ml.later(21_601)
    told = refused(ml.call("GET", "/users/me"), 401, "unauthorized")
    assert told["message"] == "invalid access token"


def test_an_old_refresh_token_loses_the_account(ml: Seller) -> None:
    old = ml.refresh_token
    ml.refresh()
    answer = ml.token(grant_type="refresh_token", refresh_token=old)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"
    assert "error_description" in answer.json()
    # Not only the old one: the token that was right a moment ago, and the access token.
    again = ml.token(grant_type="refresh_token", refresh_token=ml.refresh_token)
    assert again.json()["error"] == "invalid_grant"
    assert ml.call("GET", "/users/me").status_code == 401
    # Until the seller authorises anew.
    given = ml.act("authorise")
    answer = ml.token(grant_type="authorization_code", **given)
    ml.access_token = answer.json()["access_token"]
    assert ml.get("/users/me")["nickname"] == "LOJA AURORA"


def test_a_code_works_once_within_ten_minutes_for_the_exact_address(ml: Seller) -> None:
    given = ml.act("authorise")
    wrong = given | {"redirect_uri": "https://hub.example/other"}
    assert ml.token(grant_type="authorization_code", **wrong).json()["error"] == "invalid_grant"
    assert ml.token(grant_type="authorization_code", **given).status_code == 200
    assert ml.token(grant_type="authorization_code", **given).json()["error"] == "invalid_grant"
    late = ml.act("authorise")
    ml.later(601)
    assert ml.token(grant_type="authorization_code", **late).json()["error"] == "invalid_grant"


def test_what_else_the_token_endpoint_refuses(ml: Seller) -> None:
    refused(ml.token(grant_type="password"), 400, "unsupported_grant_type")
    refused(ml.token(refresh_token=ml.refresh_token), 400, "invalid_request")
    refused(ml.token(grant_type="refresh_token", client_secret="no"), 400, "invalid_client")
    form = {"grant_type": "refresh_token", "client_id": "4567890123456789", "client_secret": "sandbox-secret"}
    as_json = ml.client.post("/ml/oauth/token", json=form | {"refresh_token": ml.refresh_token})
    refused(as_json, 400, "invalid_request")
    unknown = ml.token(grant_type="refresh_token", refresh_token="TG-nobody")
    assert unknown.json()["error"] == "invalid_grant"
    ml.refresh()  # none of this hurt the account


def test_a_token_in_the_query_is_no_token(ml: Seller) -> None:
    refused(ml.client.get(f"/ml/users/me?access_token={ml.access_token}"), 401, "unauthorized")
    refused(ml.client.get("/ml/users/me", headers={"authorization": "Bearer nonsense"}), 401, "unauthorized")


def test_the_model_of_a_seller_is_in_its_tags(ml: Seller, legacy: Seller) -> None:
    assert "user_product_seller" in ml.get("/users/123")["tags"]
    assert "user_product_seller" not in legacy.get("/users/456")["tags"]
    assert "_" not in ml.get("/users/me")
    refused(ml.call("GET", "/users/999"), 404, "resource not found")
    refused(ml.call("GET", "/users/456/shipping_preferences"), 403, "forbidden")
    assert "me2" in ml.get("/users/123/shipping_preferences")["modes"]


def test_too_many_calls_are_answered_without_retry_after(ml: Seller) -> None:
    ml.running.control("limits", {"platform": "ml", "name": "per_minute", "amount": 2})
    try:
        answers = [ml.call("GET", "/users/me") for _ in range(3)]
    finally:
        ml.running.control("limits", {"platform": "ml", "name": "per_minute", "amount": 1500})
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].text == "local_rate_limited"
    assert "retry-after" not in answers[2].headers


def test_tokens_survive_a_restart(start: Callable[..., Running], tmp_path: Path) -> None:
    seller = Seller(start(tmp_path / "ml.db", 1.0, [MERCADO_LIVRE]))
    seller.running.stop()
    again = start(tmp_path / "ml.db", None, [MERCADO_LIVRE])
    seller.running, seller.client = again, again.client
    assert seller.get("/users/me")["id"] == 123
    old = seller.refresh_token
    seller.refresh()
    assert seller.token(grant_type="refresh_token", refresh_token=old).json()["error"] == "invalid_grant"
