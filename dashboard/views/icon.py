"""The icon that browsers ask for on pages that name none, such as the admin's."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static


def icon(request: HttpRequest) -> HttpResponse:
    """Lead to the icon of the pages."""
    return redirect(static("dashboard/favicon.svg"))
