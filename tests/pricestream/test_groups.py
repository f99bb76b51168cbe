"""The groups `viewer` and `operator`."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS

from pricestream.groups import OPERATES, ensure_groups

pytestmark = pytest.mark.django_db


def permissions(name: str) -> set[str]:
    user = User.objects.create_user(f"a {name}")
    user.groups.add(Group.objects.get(name=name))
    return set(user.get_all_permissions())


def test_viewers_may_see_everything_and_change_nothing() -> None:
    assert permissions("viewer") == {
        f"{label}.view_{model}"
        for label, models in {
            "ingestion": "provider run providerrun pushedrequest signoflife",
            "prices": "product offer price checkedspan absence",
        }.items()
        for model in models.split()
    }


def test_operators_may_also_keep_providers_start_runs_and_push_prices() -> None:
    assert permissions("operator") - permissions("viewer") == set(OPERATES)


def test_every_permission_that_the_api_asks_for_can_be_had_as_operator_or_is_deleting() -> None:
    import ingestion.urls
    import prices.urls

    asked: set[str] = set()
    for pattern in [*ingestion.urls.urlpatterns, *prices.urls.urlpatterns]:
        view = getattr(pattern.callback, "view_class", None)
        asked |= set(getattr(view, "write_permissions", {}).values())

    assert asked - permissions("operator") <= {"ingestion.delete_provider"}
    assert set(OPERATES) <= asked


def test_a_migration_gives_back_what_is_missing_and_keeps_what_was_added() -> None:
    operator = Group.objects.get(name="operator")
    operator.permissions.remove(Permission.objects.get(codename="add_run"))
    operator.permissions.add(Permission.objects.get(codename="delete_provider"))
    Group.objects.get(name="viewer").delete()

    call_command("migrate", verbosity=0)

    names = set(operator.permissions.values_list("codename", flat=True))
    assert {"add_run", "delete_provider"} <= names
    assert Group.objects.get(name="viewer").permissions.count() == 10


def test_doing_it_again_changes_nothing() -> None:
    before = list(Group.permissions.through.objects.order_by("pk").values_list())

    ensure_groups(using=DEFAULT_DB_ALIAS)

    assert list(Group.permissions.through.objects.order_by("pk").values_list()) == before
    assert Group.objects.count() == 2
