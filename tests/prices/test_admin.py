"""Products, offers and prices in the admin."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from ingestion.models import Provider
from prices.admin import base
from prices.models import Absence, CheckedSpan, Offer, Price, Product
from prices.services.recording import record
from prices.types import Availability, Origin, Quote

pytestmark = pytest.mark.django_db

NOW = timezone.now()
GTIN = "04006381333931"


@pytest.fixture
def viewer() -> Client:
    user = User.objects.create_user("vera", is_staff=True)
    user.groups.add(Group.objects.get(name="viewer"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def track(slug: str, external_id: str, *amounts: str, **fields: Any) -> Offer:
    """Store a price a day, the last one now."""
    provider, _ = Provider.objects.get_or_create(slug=slug, defaults={"name": slug, "kind": "push"})
    fields = {"name": "Lamp", "currency": "EUR", **fields}
    for days, amount in zip(range(len(amounts) - 1, -1, -1), amounts, strict=True):
        quote = Quote(external_id=external_id, amount=Decimal(amount), **fields)
        record([quote], provider_id=provider.pk, at=NOW - timedelta(days=days), origin=Origin.PUSH)
    return Offer.objects.get(provider=provider, external_id=external_id)


def texts(response: Any) -> str:
    return " ".join(response.content.decode().split())


def found(client: Client, path: str) -> list[str]:
    return sorted(str(one) for one in client.get(path).context["cl"].result_list)


def test_products_are_listed_with_their_best_price(viewer: Client) -> None:
    track("one", "a", "10", gtin=GTIN)
    track("two", "b", "12", "9", gtin=GTIN)

    page = texts(viewer.get("/admin/prices/product/"))

    assert '<td class="field-best_price">9.00 EUR</td>' in page
    assert '<td class="field-offers_count">2</td>' in page
    assert '<td class="field-change">-25.00 %</td>' in page
    assert f'<td class="field-changed_at nowrap">{NOW:%Y-%m-%d %H:%M:%S}</td>' in page


def test_a_product_shows_its_offers_side_by_side_with_their_course(viewer: Client) -> None:
    track("one", "a", "10", gtin=GTIN)
    offer = track("two", "b", "12", "9", gtin=GTIN)
    Offer.objects.filter(pk=offer.pk).update(missing_since=NOW)

    page = texts(viewer.get(f"/admin/prices/product/{offer.product_id}/change/"))

    assert page.count('<svg class="sparkline"') == 2
    assert 'aria-label="90 days, low 9.00 EUR, high 12.00 EUR"' in page
    assert f'<a href="/admin/prices/offer/{offer.pk}/change/">Lamp</a>' in page
    assert "not found since" in page


def test_an_offer_shows_its_course_history_and_evidence(viewer: Client) -> None:
    offer = track(
        *("one", "a", "10", "20"),
        url="https://shop.example/a",
        availability=Availability.OUT_OF_STOCK,
        evidence={"amount": "<b>JSON-LD</b>"},
    )
    CheckedSpan.objects.create(
        provider=offer.provider, started_at=NOW - timedelta(hours=20), ended_at=NOW
    )
    CheckedSpan.objects.create(
        provider=offer.provider,
        started_at=NOW - timedelta(days=2),
        ended_at=NOW - timedelta(hours=22),
    )

    page = texts(viewer.get(f"/admin/prices/offer/{offer.pk}/change/"))

    corners = page.partition('points="')[2].partition('"')[0].split()
    assert corners[0] == "0,46"
    assert corners[-1] == "320,2"
    assert len(corners) == 4
    assert "<td>20.00 EUR</td><td>–</td><td>out of stock</td>" in page
    assert page.index("<td>20.00 EUR</td>") < page.index("<td>10.00 EUR</td>")
    assert "<td>not checked</td>" in page
    assert "<div><b>amount</b> &lt;b&gt;JSON-LD&lt;/b&gt;</div>" in page
    assert '<a href="https://shop.example/a" rel="noopener noreferrer" target="_blank">' in page


def test_an_address_that_is_none_is_no_link(viewer: Client) -> None:
    offer = track("one", "a", "10")
    Offer.objects.filter(pk=offer.pk).update(url="javascript:alert(1)", name="<script>x</script>")

    page = viewer.get(f"/admin/prices/offer/{offer.pk}/change/").content.decode()

    assert 'href="javascript:' not in page
    assert "<script>x" not in page


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("offer/?q=4711", ["Blue lamp"]),
        ("offer/?availability__exact=out_of_stock", ["Sofa"]),
        ("offer/?currency__isempty=1", ["Sofa"]),
        ("offer/?missing_since__isempty=0", ["Blue lamp"]),
        ("product/?q=blue", ["Blue lamp"]),
        (f"product/?q={GTIN}", ["Blue lamp"]),
        ("product/?offers=one", ["Blue lamp", "Sofa"]),
        ("product/?offers=many", []),
        ("product/?gtin__isempty=1", ["Sofa"]),
        ("price/?q=4711", ["10 EUR", "12 EUR"]),
        ("price/?origin__exact=run", []),
        ("absence/?q=4711", []),
    ],
)
def test_lists_can_be_searched_and_filtered(path: str, expected: list[str], viewer: Client) -> None:
    lamp = track("one", "4711", "10", "12", name="Blue lamp", gtin=GTIN)
    Offer.objects.filter(pk=lamp.pk).update(missing_since=NOW)
    track("two", "s", "5", name="Sofa", currency=None, availability=Availability.OUT_OF_STOCK)

    assert found(viewer, f"/admin/prices/{path}") == expected


def test_prices_of_one_offer_are_a_link_away(viewer: Client) -> None:
    offer = track("one", "a", *(str(10 + number) for number in range(105)))
    track("one", "b", "7")

    page = texts(viewer.get(f"/admin/prices/offer/{offer.pk}/change/"))

    link = f"/admin/prices/price/?offer__id__exact={offer.pk}"
    assert f'<a href="{link}">5 older ones</a>' in page
    assert viewer.get(link).context["cl"].result_count == 105


@pytest.mark.parametrize(
    ("path", "queries"),
    [("product", 6), ("offer", 7), ("price", 6), ("checkedspan", 7), ("absence", 6)],
)
def test_lists_ask_the_database_as_often_for_many_as_for_one(
    path: str, queries: int, viewer: Client, django_assert_num_queries: Any
) -> None:
    for count in (1, 20):
        for _ in range(count):
            number = Offer.objects.count()
            offer = track(f"shop{number}", f"o{number}", "10", name=f"Lamp {number}")
            times = {"started_at": NOW - timedelta(hours=1), "ended_at": NOW}
            CheckedSpan.objects.create(provider=offer.provider, **times)
            Absence.objects.create(offer=offer, **times)
        with django_assert_num_queries(queries):
            assert viewer.get(f"/admin/prices/{path}/").status_code == 200


def test_a_product_asks_as_often_for_many_offers_as_for_one(
    viewer: Client, django_assert_num_queries: Any
) -> None:
    for count in (1, 12):
        for number in range(count):
            offer = track(f"shop{count}-{number}", "a", "10", "11", gtin=GTIN)
        with django_assert_num_queries(8):
            viewer.get(f"/admin/prices/product/{offer.product_id}/change/")


def test_counts_no_further_than_is_worth_it(
    viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "COUNTED", 3)
    track("one", "a", "1", "2", "3", "4", "5")

    assert viewer.get("/admin/prices/price/").context["cl"].result_count == 3


def test_nothing_of_it_is_for_editing(boss: Client) -> None:
    offer = track("one", "a", "10")
    price = Price.objects.get()

    for path in (
        f"/admin/prices/offer/{offer.pk}",
        f"/admin/prices/product/{offer.product_id}",
        f"/admin/prices/price/{price.pk}",
    ):
        page = texts(boss.get(f"{path}/change/"))
        assert 'name="_save"' not in page
        assert boss.post(f"{path}/change/", {"amount": "1", "name": "x"}).status_code == 403
        assert boss.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
        assert boss.get(f"{path.rpartition('/')[0]}/add/").status_code == 403

    price.refresh_from_db()
    assert (price.amount, Product.objects.count()) == (10, 1)
