"""The API as the pages ask it: in this process, and over HTTP."""

import socket
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import RequestFactory

from dashboard.client import Api, api_for
from dashboard.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    NotPermittedError,
    NotSignedInError,
    UnexpectedAnswerError,
    UnreachableError,
)
from ingestion.models import Provider
from tests.dashboard.conftest import provider, running_run, sell

MakeApi = Callable[[User], Api]


@pytest.fixture(params=["in process", "over http"])
def api_of(request: Any, transactional_db: None) -> MakeApi:
    if request.param == "over http":
        request.getfixturevalue("http_api")
    return as_user


def as_user(user: User) -> Api:
    request = RequestFactory().get("/")
    request.user = user
    return api_for(request)


def alice() -> User:
    return User.objects.create_superuser("alice", password="x")


def victor() -> User:
    return User.objects.create_user("victor", password="x")


def test_reads_what_the_api_says(api_of: MakeApi) -> None:
    sell("shop", "1", "10")

    found = api_of(victor()).get("products", q="thing", platform=None, ordering="")

    assert found["count"] == 1
    assert found["results"][0]["best_amount"] == "10.00"


def test_sends_names_with_any_letters(api_of: MakeApi) -> None:
    sell("shop", "1", "10", name="Käse & Œufs 50%")

    found = api_of(victor()).get("products", q="Käse & Œufs 50%")

    assert found["count"] == 1


def test_reads_a_list_page_by_page_up_to_a_limit(api_of: MakeApi) -> None:
    for number in range(103):
        provider(f"shop-{number:03}")
    api = api_of(victor())

    assert len(api.listing("providers")) == 103
    assert [one["slug"] for one in api.listing("providers", most=2)] == ["shop-000", "shop-001"]


def test_writes(api_of: MakeApi) -> None:
    provider("shop")
    api = api_of(alice())

    changed = api.patch("providers/shop", {"name": "Another name"})
    added = api.post("providers", {"name": "New", "kind": "shopify", "url": "https://new.example"})
    api.delete("providers/shop")

    assert changed["name"] == "Another name"
    assert added["slug"] == "new"
    assert [one.slug for one in Provider.objects.all()] == ["new"]


def test_tells_which_values_a_field_takes(api_of: MakeApi) -> None:
    assert ("shopify", "Shopify storefront") in api_of(alice()).choices("providers", "kind")
    assert api_of(victor()).choices("providers", "kind") == []


def test_names_what_is_wrong_with_which_field(api_of: MakeApi) -> None:
    provider("shop")

    with pytest.raises(InvalidError, match="ISO 4217") as caught:
        api_of(alice()).patch("providers/shop", {"currency": "EURO", "name": "x"})

    assert list(caught.value.fields) == ["currency"]


def test_refusals_are_told_apart(api_of: MakeApi) -> None:
    one = provider("shop")
    running_run(one)
    admin, viewer = api_of(alice()), api_of(victor())

    with pytest.raises(NotFoundError):
        viewer.get("providers/nowhere")
    with pytest.raises(NotPermittedError):
        viewer.post("runs")
    with pytest.raises(ConflictError, match="already being read: shop"):
        admin.post("runs", {"providers": ["shop"]})


def test_a_user_who_was_deactivated_is_not_signed_in(api_of: MakeApi) -> None:
    user = victor()
    api = api_of(user)
    user.is_active = False
    user.save()

    with pytest.raises(NotSignedInError):
        api.get("overview")


def test_a_token_says_who_for_a_minute_and_the_session_is_not_needed(api_of: MakeApi) -> None:
    user = victor()
    api = api_of(user)

    claims = jwt.decode(api._token, options={"verify_signature": False})

    assert claims["user_id"] == str(user.pk)
    assert claims["exp"] - claims["iat"] == 60
    assert api.get("auth/me")["username"] == "victor"


def test_one_user_never_gets_the_answers_of_another(api_of: MakeApi) -> None:
    first, second = api_of(alice()), api_of(victor())

    assert first.get("auth/me")["username"] == "alice"
    assert second.get("auth/me")["username"] == "victor"
    assert first.get("auth/me")["username"] == "alice"


@pytest.mark.django_db
def test_keeps_the_connection_of_the_page_open() -> None:
    api = as_user(victor())

    api.get("overview")

    assert connection.connection is not None
    assert User.objects.filter(username="victor").exists()


@pytest.mark.django_db
def test_over_https_the_api_is_asked_over_https_too(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    request = RequestFactory().get("/", secure=True)
    request.user = victor()

    assert api_for(request).get("auth/me")["username"] == "victor"


@pytest.mark.django_db
def test_a_server_that_is_not_there_is_named(settings: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.DASHBOARD_API_URL = f"http://127.0.0.1:{port}/"

    with pytest.raises(UnreachableError, match=rf"127\.0\.0\.1:{port}/api/v1/"):
        as_user(victor()).get("overview")


def test_a_server_that_is_another_one_is_told_apart(settings: Any, http_api: str) -> None:
    settings.DASHBOARD_API_URL = f"{http_api}/accounts/login/?next="

    with pytest.raises(UnexpectedAnswerError):
        as_user(victor()).get("overview")
