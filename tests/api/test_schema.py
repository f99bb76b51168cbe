"""GET schema and docs, and the list of links: what the API says of itself is so."""

import io
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import User
from django.core.management import call_command
from rest_framework.test import APIClient

from tests.api.conftest import API, PASSWORD
from tests.api.test_permissions import api_routes

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema(viewer: APIClient) -> dict[str, Any]:
    response = viewer.get(f"{API}/schema?format=json")
    assert response.status_code == 200
    return dict(response.json())


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_schema_is_valid_and_without_a_warning() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=io.StringIO())


def test_the_schema_is_served_as_yaml_and_as_json(viewer: APIClient, schema: Any) -> None:
    response = viewer.get(f"{API}/schema")

    assert response["Content-Type"].startswith("application/vnd.oai.openapi")
    assert yaml.safe_load(response.content) == schema
    assert schema["openapi"].startswith("3.")


def test_the_schema_has_every_address(schema: Any) -> None:
    described = {path.count("{") + path.count("/") * 100 for path in schema["paths"]}
    addresses = {route.count("<") + ("/" + route).count("/") * 100 for route in api_routes()}

    assert addresses - {300} == described - {300}
    assert len(schema["paths"]) == len(api_routes()) - 1  # the docs page is no operation


def test_every_operation_says_who_may_and_what_can_go_wrong(schema: Any) -> None:
    for method, path, operation in operations(schema):
        where = (method, path)
        assert {"401", "default"} <= set(operation["responses"]), where
        problem = operation["responses"]["default"]["content"]
        assert list(problem) == ["application/problem+json"], where
        is_open = path in {f"{API}/auth/{name}" for name in ("token", "refresh", "logout")}
        assert ({} in operation.get("security", [{}])) == is_open, where
        assert operation.get("description") or operation.get("summary"), where
        if method == "post" and "requestBody" in operation:
            assert {"400", "413", "415"} <= set(operation["responses"]), where
        if "{" in path:
            assert "404" in operation["responses"], where


def test_every_link_of_the_root_leads_somewhere(admin: APIClient) -> None:
    links = admin.get(f"{API}/").json()

    assert "http://testserver/api/v1/runs" in links.values()
    for link in links.values():
        assert admin.get(link).status_code in {200, 405}, link


def test_the_page_of_the_schema_has_no_script_of_its_own(viewer: APIClient) -> None:
    page = viewer.get(f"{API}/docs", HTTP_ACCEPT="text/html").content.decode()

    assert "<style" not in page
    assert page.count("<script src=") == page.count("<script") == 3
    script = viewer.get(f"{API}/docs?script")
    assert script["Content-Type"] == "application/javascript"
    assert b'url: "/api/v1/schema"' in script.content


def test_a_browser_gets_pages_once_signed_in(db: None) -> None:
    User.objects.create_superuser("alice", password=PASSWORD)
    client = APIClient(HTTP_ACCEPT="text/html,application/xhtml+xml,*/*;q=0.8")
    client.login(username="alice", password=PASSWORD)

    for path in ("", "runs", "providers", "products", "overview", "auth/me", "track"):
        response = client.get(f"{API}/{path}")
        assert response["Content-Type"] == "text/html; charset=utf-8", path
        page = response.content.decode()
        assert "<style" not in page, path
        assert ' style="' not in page, path
        assert "alice" in page, path


def test_a_browser_sees_an_error_as_a_page(db: None) -> None:
    User.objects.create_superuser("alice", password=PASSWORD)
    client = APIClient(HTTP_ACCEPT="text/html")
    client.login(username="alice", password=PASSWORD)

    response = client.get(f"{API}/products/999")

    assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "No Product matches the given query." in response.content.decode()
