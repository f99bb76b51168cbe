"""Who may do what over the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.permissions import BasePermission

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class ReadOrPermitted(BasePermission):
    """Signed-in users read; a write needs the permission that the view names.

    A view states `write_permission = "ingestion.add_run"`; one that states none takes
    writes from superusers only.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Say whether `request` may reach `view`."""
        user: Any = request.user
        if not (user and user.is_authenticated):
            return False
        if request.method in SAFE_METHODS:
            return True
        permission = getattr(view, "write_permission", None)
        return bool(user.has_perm(permission) if permission else user.is_superuser)
