"""The form of a provider: what cannot be read is refused before it is saved."""

from typing import TYPE_CHECKING, Any

from django import forms

from ingestion.adapters.registry import PUSH
from ingestion.errors import IngestionError
from ingestion.guard import checked_url
from ingestion.models import Provider, validate_options
from ingestion.providers import adapter_of

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Provider]  # generic only in the stubs
else:
    _ModelForm = forms.ModelForm


class ProviderForm(_ModelForm):
    """A provider as an operator edits it."""

    class Meta:
        model = Provider
        fields = (
            *("slug", "name", "kind", "url", "currency", "enabled", "interval_minutes"),
            "options",
        )
        labels = {"url": "URL"}  # noqa: RUF012 Django's own form
        help_texts = {  # noqa: RUF012 Django's own form
            "slug": "Its name in addresses and commands. It cannot be changed later.",
            "url": "Where the shop or feed is. Empty only where prices are pushed.",
            "options": "Settings of the adapter, as a JSON object.",
        }

    def clean_url(self) -> str:
        """Refuse what is no plain web address."""
        url = str(self.cleaned_data["url"]).strip()
        if url:
            try:
                checked_url(url)
            except IngestionError as error:
                raise forms.ValidationError(f"{error}. {error.hint}") from error
        return url

    def clean_options(self) -> dict[str, Any]:
        """Refuse what is no object, also an empty list, which Django takes for nothing."""
        options = self.cleaned_data["options"]
        if options is None:
            return {}
        validate_options(options)
        return dict(options)

    def clean(self) -> dict[str, Any]:
        """Refuse a provider that has to be read and has no address, or cannot be."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors or cleaned["kind"] == PUSH:
            return cleaned
        if not cleaned["url"]:
            self.add_error("url", "It is needed for a provider that is read.")
            return cleaned
        tried = Provider(**{name: cleaned[name] for name in ("kind", "url", "currency", "options")})
        try:
            adapter_of(tried).start()
        except IngestionError as error:
            self.add_error("options", str(error))
        return cleaned
