"""POST auth/token, auth/refresh, auth/logout and GET auth/me."""

import base64
import json
import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from pricestream.auth import LONGEST_SIGN_IN, tokens_for
from tests.api.conftest import API, PASSWORD, assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice", password=PASSWORD)


def refresh(client: APIClient, token: str) -> Any:
    return client.post(f"{API}/auth/refresh", {"refresh": token}, format="json")


def me(token: str) -> Any:
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {token}").get(f"{API}/auth/me")


def test_gives_tokens_for_name_and_password(anonymous: APIClient, alice: User) -> None:
    response = anonymous.post(
        f"{API}/auth/token", {"username": "alice", "password": PASSWORD}, format="json"
    )

    assert response.status_code == 200
    assert set(response.json()) == {"access", "refresh"}
    assert response["Cache-Control"] == "no-store"
    assert me(response.json()["access"]).json()["username"] == "alice"
    alice.refresh_from_db()
    assert alice.last_login is not None


def test_takes_a_form_as_well(anonymous: APIClient, alice: User) -> None:
    response = anonymous.post(
        f"{API}/auth/token",
        f"username=alice&password={PASSWORD}",
        content_type="application/x-www-form-urlencoded",
    )

    assert response.status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "wrong"},
        {"username": "nobody"},
        {"username": "ALICE"},
        {"password": PASSWORD + " "},
        {"username": "alice' OR '1'='1"},
    ],
)
def test_refuses_with_the_same_words_whatever_is_wrong(
    anonymous: APIClient, alice: User, fields: dict[str, str]
) -> None:
    body = assert_problem(
        anonymous.post(
            f"{API}/auth/token",
            {"username": "alice", "password": PASSWORD, **fields},
            format="json",
        ),
        401,
        code="no_active_account",
    )

    assert body["detail"] == "No active account found with the given credentials"
    assert not OutstandingToken.objects.exists()


def test_refuses_an_inactive_user_with_the_same_words(anonymous: APIClient, alice: User) -> None:
    User.objects.update(is_active=False)

    assert_problem(
        anonymous.post(f"{API}/auth/token", {"username": "alice", "password": PASSWORD}, "json"),
        401,
        code="no_active_account",
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "username"),
        ({"username": "alice"}, "password"),
        ({"username": "a\x00", "password": "x"}, "username"),
        ({"username": "alice", "password": "\x00"}, "password"),
        ({"username": "x" * 1_000_000, "password": "x"}, "username"),
        ({"username": "alice", "password": "x" * 1_000_000}, "password"),
        ({"username": ["alice"], "password": {"a": 1}}, "username"),
        ({"username": None, "password": True}, "password"),
        ([], "non_field_errors"),
        ("alice", "non_field_errors"),
    ],
)
def test_names_what_is_wrong_with_the_body(anonymous: APIClient, body: Any, field: str) -> None:
    assert_problem(anonymous.post(f"{API}/auth/token", body, "json"), 400, names=field)


def test_rotates_the_refresh_token(anonymous: APIClient, alice: User) -> None:
    first = str(tokens_for(alice))

    response = refresh(anonymous, first)

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert set(response.json()) == {"access", "refresh"}
    second = response.json()["refresh"]
    assert second != first
    assert me(response.json()["access"]).status_code == 200
    assert refresh(anonymous, second).status_code == 200


def test_a_replay_ends_the_whole_family_and_no_other(anonymous: APIClient, alice: User) -> None:
    first, other = str(tokens_for(alice)), str(tokens_for(alice))
    second = refresh(anonymous, first).json()["refresh"]
    third = refresh(anonymous, second).json()["refresh"]

    assert_problem(refresh(anonymous, first), 401, code="token_not_valid")

    assert_problem(refresh(anonymous, third), 401, code="token_not_valid")
    assert refresh(anonymous, other).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_twenty_refreshes_at_once_one_succeeds(alice: User) -> None:
    token = str(tokens_for(alice))
    start = threading.Barrier(20)
    statuses: list[int] = []

    def use() -> None:
        try:
            client = APIClient()
            start.wait()
            statuses.append(refresh(client, token).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert Counter(statuses) == {200: 1, 401: 19}


def test_a_token_of_a_deleted_user_is_refused(anonymous: APIClient, alice: User) -> None:
    tokens = tokens_for(alice)
    alice.delete()

    assert_problem(refresh(anonymous, str(tokens)), 401, code="token_not_valid")
    assert_problem(me(str(tokens.access_token)), 401, code="token_not_valid")


def test_a_token_of_an_inactive_user_is_refused(anonymous: APIClient, alice: User) -> None:
    tokens = tokens_for(alice)
    User.objects.update(is_active=False)

    assert_problem(refresh(anonymous, str(tokens)), 401, code="token_not_valid")
    assert_problem(me(str(tokens.access_token)), 401, code="token_not_valid")


def test_a_new_password_ends_all_tokens(anonymous: APIClient, alice: User) -> None:
    tokens = tokens_for(alice)
    alice.set_password("another horse battery")
    alice.save()

    assert_problem(refresh(anonymous, str(tokens)), 401, code="token_not_valid")
    assert_problem(me(str(tokens.access_token)), 401, code="token_not_valid")


def test_a_sign_in_ends_after_thirty_days_of_refreshing(anonymous: APIClient, alice: User) -> None:
    began = timezone.now() - LONGEST_SIGN_IN
    still = tokens_for(alice, signed_in_at=int(began.timestamp()) + 60)
    over = tokens_for(alice, signed_in_at=int(began.timestamp()) - 60)

    assert refresh(anonymous, str(still)).status_code == 200
    assert_problem(refresh(anonymous, str(over)), 401)


def test_expired_tokens_are_deleted_at_the_next_sign_in(anonymous: APIClient, alice: User) -> None:
    used = str(tokens_for(alice))
    refresh(anonymous, used)
    OutstandingToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    tokens_for(alice)

    assert OutstandingToken.objects.count() == 1
    assert not BlacklistedToken.objects.exists()


def test_logout_ends_the_refresh_token_and_its_family(anonymous: APIClient, alice: User) -> None:
    first = str(tokens_for(alice))
    second = refresh(anonymous, first).json()["refresh"]

    response = anonymous.post(f"{API}/auth/logout", {"refresh": second}, format="json")

    assert (response.status_code, response.content) == (204, b"")
    assert_problem(refresh(anonymous, second), 401)
    again = anonymous.post(f"{API}/auth/logout", {"refresh": second}, format="json")
    assert again.status_code == 204


@pytest.mark.parametrize("path", ["refresh", "logout"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"refresh": ""}, 400),
        ({"refresh": None}, 400),
        ({"refresh": ["x"]}, 400),
        ({"refresh": "\x00"}, 400),
        ({"refresh": "x" * 100_000}, 400),
        ({"refresh": "x"}, 401),
        ({"refresh": "a.b.c"}, 401),
        ({"refresh": "e30.e30.e30"}, 401),
        ({"refresh": "ä.ö.ü"}, 401),
        ([1], 400),
    ],
)
def test_what_is_no_refresh_token_is_refused(
    anonymous: APIClient, path: str, body: Any, status: int
) -> None:
    assert_problem(anonymous.post(f"{API}/auth/{path}", body, format="json"), status)


def forged(alice: User) -> dict[str, str]:
    """Return access tokens with something wrong about each."""
    good = tokens_for(alice)
    access = str(good.access_token)
    key = configured.SIMPLE_JWT["SIGNING_KEY"]
    claims = jwt.decode(access, key, algorithms=["HS256"], audience="pricestream-api")
    past = int(timezone.now().timestamp()) - 3600
    head, payload, signature = access.split(".")
    other = base64.urlsafe_b64encode(json.dumps({**claims, "user_id": "1"}).encode()).decode()
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")

    def signed(key: str = key, algorithm: str = "HS256", **changes: Any) -> str:
        return jwt.encode({**claims, **changes}, key, algorithm)

    return {
        "alg none": f"{none}.{payload}.",
        "payload changed": f"{head}.{other.rstrip('=')}.{signature}",
        "signature cut": access[:-4],
        "another key": signed("x" * 64),
        "another algorithm": signed(algorithm="HS512"),
        "another audience": signed(aud="somebody"),
        "another issuer": signed(iss="somebody"),
        "expired": signed(exp=past),
        "not yet": signed(nbf=past + 7200),
        "without an end": jwt.encode({k: v for k, v in claims.items() if k != "exp"}, key),
        "without a type": jwt.encode({k: v for k, v in claims.items() if k != "token_type"}, key),
        "refresh as access": str(good),
        "kid with a path": jwt.encode(claims, "y" * 64, headers={"kid": "../../dev/null"}),
        "no user": signed(user_id="987654"),
        "nonsense": "nonsense",
        "long": "x" * 8000,
    }


def test_every_wrong_access_token_gets_the_same_answer(alice: User) -> None:
    answers = {}
    for name, token in forged(alice).items():
        response = me(token)
        assert response["WWW-Authenticate"] == 'Bearer realm="api"'
        answers[name] = (response.status_code, response.content)

    assert set(answers.values()) == {next(iter(answers.values()))}, answers
    assert_problem(me("x"), 401, code="token_not_valid")


def test_an_access_token_does_not_refresh(anonymous: APIClient, alice: User) -> None:
    assert_problem(refresh(anonymous, str(tokens_for(alice).access_token)), 401)


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "bearer x", "Basic YTpi", ""])
def test_a_header_that_is_no_bearer_token_is_nobody(db: None, header: str) -> None:
    client = APIClient(HTTP_AUTHORIZATION=header)

    assert_problem(client.get(f"{API}/auth/me"), 401)


def test_an_access_token_lives_five_minutes(alice: User) -> None:
    token = tokens_for(alice).access_token

    assert token["exp"] - token["iat"] == 300


def test_says_who_is_signed_in_and_what_they_may_do(permitted: Any, admin: APIClient) -> None:
    olga = permitted("ingestion.add_run", "prices.add_price")

    assert olga.get(f"{API}/auth/me").json() == {
        "id": olga.user.pk,
        "username": "olga",
        "is_staff": False,
        "is_superuser": False,
        "permissions": ["ingestion.add_run", "prices.add_price"],
    }
    alice = admin.get(f"{API}/auth/me").json()
    assert (alice["is_superuser"], "ingestion.delete_provider" in alice["permissions"]) == (
        True,
        True,
    )


def test_a_session_counts_as_well(alice: User) -> None:
    client = APIClient()
    client.force_login(alice)

    assert client.get(f"{API}/auth/me").json()["username"] == "alice"


def test_a_wrong_token_is_not_made_good_by_a_session(alice: User) -> None:
    client = APIClient(HTTP_AUTHORIZATION="Bearer wrong")
    client.force_login(alice)

    assert_problem(client.get(f"{API}/auth/me"), 401)
