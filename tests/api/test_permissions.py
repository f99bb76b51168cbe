"""Who reaches what: strangers nothing, viewers reading, others what they were permitted."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from ingestion.models import Provider, Run
from prices.models import Price
from tests.api.conftest import API, PASSWORD, assert_problem, provider, sell

pytestmark = pytest.mark.django_db

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
OPEN = {
    "api/v1/auth/token",
    "api/v1/auth/refresh",
    "api/v1/auth/logout",
    "healthz",
    "readyz",
    "accounts/login/",
    "accounts/logout/",  # sends to the sign-in page
    "admin/login/",
    "favicon.ico",
    "admin/logout/",
    "static/<path>",
}
SAMPLES = {
    "uuid": "6f2c1d9e-3f8a-4a55-9b57-0d8b6d1f0a11",
    "int": "1",
    "slug": "shop",
    "str": "Running",
    "path": "a/b",
}


def routes(found: Any = None, prefix: str = "") -> Iterator[str]:
    """Return every address of the project, with `<kind:name>` for its parts."""
    for one in (found or get_resolver()).url_patterns:
        route = prefix + re.sub(r"^\^|\$$|\\Z$", "", str(one.pattern))
        if isinstance(one, URLResolver):
            yield from routes(one, route)
        elif isinstance(one, URLPattern):
            yield route


def filled(route: str) -> str:
    path = re.sub(r"<(\w+):\w+>", lambda match: SAMPLES[match[1]], route)
    return "/" + re.sub(r"\(\?P<\w+>[^)]*\)|<\w+>", "1", path).replace("\\", "")


def api_routes() -> list[str]:
    return sorted(route for route in routes() if route.startswith("api/"))


def test_the_walk_sees_the_api() -> None:
    assert {"api/v1/runs", "api/v1/history/<str:platform>/<path:external_id>"} <= set(api_routes())
    assert len(api_routes()) >= 23


@pytest.mark.parametrize("route", sorted(set(api_routes()) - OPEN))
def test_a_stranger_gets_401_from_the_whole_api(anonymous: APIClient, route: str) -> None:
    for method in METHODS:
        for accept in ("*/*", "application/json", "text/html,*/*;q=0.8"):
            response = getattr(anonymous, method)(filled(route), HTTP_ACCEPT=accept)

            assert response.status_code == 401, (method, accept)
            assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "route", sorted(set(routes()) - set(api_routes()) - OPEN, key=lambda route: (len(route), route))
)
def test_a_stranger_is_sent_to_sign_in_by_every_page(client: Client, route: str) -> None:
    for method in METHODS:
        response = getattr(client, method)(filled(route))

        if response.status_code == 302:
            assert "/login/" in response["Location"], (method, response["Location"])
        else:
            assert response.status_code in {401, 403, 404, 405}, method


def writes() -> list[tuple[str, str, Any]]:
    return [
        ("post", "runs", {}),
        ("post", "providers", {"name": "New", "kind": "push"}),
        ("post", "providers/detect", {"url": "https://shop.example/"}),
        ("patch", "providers/shop", {"name": "Other"}),
        ("delete", "providers/shop", None),
        ("post", "providers/shop/check", None),
        ("post", "track", {"platform": "a", "external_id": "b", "price": "1"}),
    ]


def test_a_viewer_reads_everything(viewer: APIClient) -> None:
    sell()
    for path in ("", "runs", "providers", "providers/shop", "products", "overview", "auth/me"):
        assert viewer.get(f"{API}/{path}").status_code == 200, path
    for path in ("history/shop/1", "export.csv", "export.jsonl", "schema", "docs", "status/Failed"):
        assert viewer.get(f"{API}/{path}").status_code == 200, path


@pytest.mark.parametrize(("method", "path", "body"), writes())
def test_a_viewer_writes_nothing(viewer: APIClient, method: str, path: str, body: Any) -> None:
    sell()

    response = getattr(viewer, method)(f"{API}/{path}", body, format="json")

    assert_problem(response, 403, code="permission_denied")
    assert (Provider.objects.get().name, Price.objects.count(), Run.objects.count()) == (
        "Shop",
        1,
        0,
    )


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [
        ("ingestion.add_run", {("post", "runs")}),
        ("ingestion.add_provider", {("post", "providers"), ("post", "providers/detect")}),
        (
            "ingestion.change_provider",
            {("patch", "providers/shop"), ("post", "providers/shop/check")},
        ),
        ("ingestion.delete_provider", {("delete", "providers/shop")}),
        ("prices.add_price", {("post", "track")}),
        ("prices.change_price", set()),
    ],
)
def test_each_write_needs_its_own_permission(
    permitted: Callable[..., APIClient], permission: str, allowed: set[tuple[str, str]]
) -> None:
    provider("shop")
    client = permitted(permission)

    # An empty list is refused by every endpoint, but only after the permission was checked.
    reached = {
        (method, path)
        for method, path, _ in writes()
        if getattr(client, method)(f"{API}/{path}", [], format="json").status_code != 403
    }

    assert reached == allowed


def test_what_a_view_does_not_offer_is_405_for_everybody(viewer: APIClient) -> None:
    for method in ("put", "delete"):
        assert_problem(getattr(viewer, method)(f"{API}/runs"), 405)


def test_a_change_by_session_needs_the_csrf_token(db: None) -> None:
    User.objects.create_superuser("alice", password=PASSWORD)
    client = APIClient(enforce_csrf_checks=True)
    client.login(username="alice", password=PASSWORD)
    body = {"name": "New", "kind": "push"}

    refused = client.post(f"{API}/providers", body, format="json")

    assert_problem(refused, 403, code="permission_denied")
    assert not Provider.objects.exists()
    client.get(f"{API}/docs?script")  # sets the cookie
    token = client.cookies["csrftoken"].value
    accepted = client.post(f"{API}/providers", body, format="json", HTTP_X_CSRFTOKEN=token)
    assert accepted.status_code == 201
