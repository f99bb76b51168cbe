"""How the API shows itself in a browser."""

from typing import Any

from rest_framework.renderers import BrowsableAPIRenderer


class PageRenderer(BrowsableAPIRenderer):
    """The browsable API, for people who are signed in; a Content-Security-Policy holds for it."""

    template = "api.html"

    def get_filter_form(self, data: Any, view: Any, request: Any) -> None:
        """Leave the filter form out: its button has a style of its own, which CSP forbids."""

    def get_context(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return what the page shows, without the style sheet that would stand inside it."""
        return {**super().get_context(*args, **kwargs), "code_style": None}
