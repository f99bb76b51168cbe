"""The two groups that every installation has, with the permissions that API and admin ask for.

`viewer` sees everything, `operator` also adds and changes providers, starts runs and pushes
prices. Each migration adds what is missing and takes nothing away; for other sets of
permissions, make a group of your own.
"""

from typing import Any, Final

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

APPS: Final = ("ingestion", "prices")
VIEWER: Final = "viewer"
OPERATOR: Final = "operator"
OPERATES: Final = (
    "ingestion.add_provider",
    "ingestion.change_provider",
    "ingestion.add_run",
    "prices.add_price",
)


def ensure_groups(*, using: str, **_: Any) -> None:
    """Make the groups, or give them what they lack; a receiver of `post_migrate`."""
    for label in APPS:
        # The order of receivers is nobody's promise: permissions may not be there yet.
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    permissions = Permission.objects.using(using)
    views = Q(content_type__app_label__in=APPS, codename__startswith="view_")
    _grant(VIEWER, permissions.filter(views), using=using)
    operates = Q()
    for name in OPERATES:
        label, _dot, codename = name.partition(".")
        operates |= Q(content_type__app_label=label, codename=codename)
    _grant(OPERATOR, permissions.filter(views | operates), using=using)


def _grant(name: str, permissions: Any, *, using: str) -> None:
    group, _ = Group.objects.using(using).get_or_create(name=name)
    group.permissions.add(*permissions)
