"""Forms of the pages. What is valid is the API's business: its errors land on the fields."""

from collections.abc import Mapping
from typing import Any

from django import forms

from dashboard.errors import InvalidError


class ApiForm(forms.Form):
    """A form whose fields are called as those of the API."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Write labels as they are, without a colon."""
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def body(self) -> dict[str, Any]:
        """Return what is sent to the API."""
        return dict(self.cleaned_data)

    def take(self, error: InvalidError) -> None:
        """Put each error of the API on the field of its name, else above the form."""
        for field, texts in error.fields.items():
            self.add_error(field if field in self.fields else None, list(texts))


class DetectForm(ApiForm):
    """Step one of adding a provider: its address."""

    url = forms.CharField(
        label="Address of the shop, product page or feed",
        max_length=2048,
        widget=forms.URLInput(attrs={"placeholder": "https://", "autofocus": True}),
        help_text="Any page of it will do: PriceStream looks what it is and shows what it found.",
    )
    kind = forms.ChoiceField(label="Read it as", required=False)

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer the kinds that the API knows; pushed prices have no address to look at."""
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)  # noqa: S101 as declared above
        kind.choices = [("", "Find out"), *((k, label) for k, label in kinds if k != "push")]

    def body(self) -> dict[str, Any]:
        """Leave out a kind that was not chosen: the API finds out, then."""
        return {name: value for name, value in self.cleaned_data.items() if value}


class ProviderForm(ApiForm):
    """What can be changed of a provider at any time."""

    name = forms.CharField(label="Name", max_length=200)
    currency = forms.CharField(
        label="Currency",
        required=False,
        max_length=3,
        widget=forms.TextInput(attrs={"placeholder": "as the shop says", "size": 6}),
        help_text="For prices that come without one: an ISO 4217 code such as EUR.",
    )
    interval_minutes = forms.IntegerField(
        label="Read every … minutes",
        required=False,
        min_value=1,
        max_value=10080,
        help_text="Empty: as often as everything else.",
    )

    def clean_currency(self) -> str | None:
        """Write the code in capitals; empty means that the shop says."""
        code: str = self.cleaned_data["currency"].strip().upper()
        return code or None


class NewProviderForm(ProviderForm):
    """Step two of adding a provider: what was found, and how to save it."""

    kind = forms.CharField(max_length=32, widget=forms.HiddenInput)
    url = forms.CharField(max_length=2048, widget=forms.HiddenInput)
    options = forms.JSONField(required=False, widget=forms.HiddenInput)

    def clean_options(self) -> dict[str, Any]:
        """Return the adapter's options as an object."""
        options = self.cleaned_data["options"]
        return options if isinstance(options, dict) else {}

    @classmethod
    def of(cls, finding: Mapping[str, Any]) -> "NewProviderForm":
        """Return the form filled with what detection found."""
        return cls(
            initial={
                "kind": finding["kind"],
                "url": finding["url"],
                "options": finding["options"],
                "name": finding["name"],
            }
        )
