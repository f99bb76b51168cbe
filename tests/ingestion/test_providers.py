"""Adding providers."""

import pytest

from ingestion.adapters.base import Finding
from ingestion.models import Provider
from ingestion.providers import add, pages_of, saved_as

pytestmark = pytest.mark.django_db


def page(url: str, name: str = "Tea house") -> Finding:
    return Finding(kind="product_page", url=url, name=name)


def test_a_further_page_of_a_shop_joins_the_first() -> None:
    first = add(page("https://tea.example/sencha"))

    again = add(page("https://tea.example/matcha", name="Matcha"), currency="JPY")

    assert again.pk == first.pk
    assert (again.name, again.currency) == ("Tea house", None)
    assert pages_of(again) == ["https://tea.example/sencha", "https://tea.example/matcha"]
    assert Provider.objects.count() == 1


def test_a_page_of_another_shop_is_a_provider_of_its_own() -> None:
    add(page("https://tea.example/sencha"))

    other = add(page("https://tea.example.org/sencha"))

    assert pages_of(other) == ["https://tea.example.org/sencha"]
    assert Provider.objects.count() == 2


def test_knows_a_page_that_is_read_already() -> None:
    add(page("https://tea.example/sencha"))
    shop = add(page("https://tea.example/matcha"))

    assert saved_as(page("https://tea.example/matcha")) == shop
    assert saved_as(page("https://tea.example/hojicha")) is None


def test_a_slug_that_is_taken_gets_a_number() -> None:
    names = [
        add(Finding(kind="shopify", url=f"https://{host}.example", name="Käse & Co")).slug
        for host in ("a", "b")
    ]

    assert names == ["kase-co", "kase-co-2"]
