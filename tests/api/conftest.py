"""The cast of the API's tests: an administrator, a viewer who may only read, and nobody."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient

from ingestion.models import Provider
from prices.models import Offer, Product
from prices.services.recording import record
from prices.types import Availability, Origin, Quote
from pricestream.auth import tokens_for
from tests.ingestion.conftest import list_adapter, make_provider, shop

__all__ = ["list_adapter", "make_provider", "shop"]  # fixtures of the ingestion's tests

API = "/api/v1"
PROBLEM = "application/problem+json"
PASSWORD = "correct horse battery"
NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)

Clock = Callable[[datetime], None]
Sell = Callable[..., Offer]


@pytest.fixture(autouse=True)
def _cheap_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def signed_in(user: User) -> APIClient:
    """Return a client that sends the user's access token."""
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {tokens_for(user).access_token}")
    client.user = user
    return client


@pytest.fixture
def admin(db: None) -> APIClient:
    return signed_in(User.objects.create_superuser("alice", password=PASSWORD))


@pytest.fixture
def viewer(db: None) -> APIClient:
    return signed_in(User.objects.create_user("victor", password=PASSWORD))


@pytest.fixture
def anonymous() -> APIClient:
    return APIClient()


@pytest.fixture
def permitted(db: None) -> Callable[..., APIClient]:
    """Return a client of a user with just these permissions ("ingestion.add_run")."""

    def make(*names: str) -> APIClient:
        user = User.objects.create_user("olga", password=PASSWORD)
        for name in names:
            app, codename = name.split(".")
            user.user_permissions.add(
                Permission.objects.get(content_type__app_label=app, codename=codename)
            )
        return signed_in(user)

    return make


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set what `timezone.now()` says, everywhere."""

    def set_to(at: datetime) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: at)

    return set_to


def provider(slug: str, **fields: Any) -> Provider:
    """Return the provider `slug`, made if need be."""
    defaults = {"name": slug.title(), "kind": "push", **fields}
    return Provider.objects.get_or_create(slug=slug, defaults=defaults)[0]


def sell(
    slug: str = "shop",
    external_id: str = "1",
    amount: str = "10",
    *,
    at: datetime = NOON,
    **more: Any,
) -> Offer:
    """Store one price as a run would, and return its offer."""
    more.setdefault("currency", "EUR")
    more.setdefault("availability", Availability.IN_STOCK)
    quote = Quote(
        external_id=external_id,
        amount=Decimal(amount),
        **{"name": f"Thing {external_id}", **more},
    )
    found = provider(slug)
    recorded = record([quote], provider_id=found.pk, at=at, origin=Origin.RUN)
    assert not recorded.rejected
    return Offer.objects.get(provider=found, external_id=quote.external_id)


def product_of(offer: Offer) -> Product:
    return Product.objects.get(pk=offer.product_id)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def assert_problem(response: Any, status: int, *, code: str = "", names: str = "") -> Any:
    """Check that `response` is a problem of RFC 9457, and that it names a field; return it."""
    assert (response.status_code, response["Content-Type"]) == (status, PROBLEM), response.content
    body = response.json()
    assert body["status"] == status
    assert {"type", "title", "status", "detail", "code"} <= set(body)
    assert isinstance(body["detail"], str)
    if code:
        assert body["code"] == code
    if names:
        assert names in body["errors"], body
    return body
