"""Who may do what over the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.permissions import BasePermission

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class ReadOrPermitted(BasePermission):
    """Signed-in users read; a write needs the permission that the view names for it.

    A view states `write_permissions = {"POST": "ingestion.add_run"}`. A write for which it
    states none is for superusers only.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Say whether `request` may reach `view`."""
        user: Any = request.user
        if not (user and user.is_authenticated):
            return False
        method = request.method or ""
        if method in SAFE_METHODS or method not in view.allowed_methods:
            return True  # what the view does not offer is 405, for everybody
        permission = getattr(view, "write_permissions", {}).get(method)
        return bool(user.has_perm(permission) if permission else user.is_superuser)
