"""What lists may be asked for beside equality: a provider, words, and an order."""

from typing import Any

import django_filters
from django import forms
from django.db.models import F, OrderBy

from prices.selectors.platforms import platforms


class OrderingFilter(django_filters.OrderingFilter):  # type: ignore[misc]  # has no types
    """Orders by declared fields; unknown values stand last, equal ones by primary key.

    Left to themselves the engines put unknown values at opposite ends, and of rows that are
    equal one may come on two pages and another on none.
    """

    def filter(self, qs: Any, value: Any) -> Any:
        """Return `qs` in the order that `value` names."""
        names = [name for name in value or () if name]
        return qs.order_by(*map(self._order, names), "pk") if names else qs

    def _order(self, name: str) -> OrderBy:
        column = F(self.param_map[name.removeprefix("-")])
        return OrderBy(column, descending=name.startswith("-"), nulls_last=True)


class PlatformFilter(django_filters.ModelChoiceFilter):  # type: ignore[misc]  # has no types
    """A provider by its slug. One that does not exist is refused: a typo must not find nothing."""

    def __init__(self, **extra: Any) -> None:
        """Choose among all providers, by a text field: there may be many."""
        super().__init__(
            queryset=lambda request: platforms(),
            to_field_name="slug",
            widget=forms.TextInput,
            error_messages={"invalid_choice": "There is no provider %(value)s."},
            **extra,
        )
