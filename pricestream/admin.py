"""Users and groups in the admin: who may edit them could make themselves anything."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest

if TYPE_CHECKING:
    _UserAdmin = UserAdmin[User]  # generic only in the stubs
else:
    _UserAdmin = UserAdmin


class _ForSuperusers:
    """Nobody else sees it."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and bool(getattr(request.user, "is_superuser", False))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)


admin.site.unregister([User, Group])


@admin.register(User)
class PriceStreamUserAdmin(_ForSuperusers, _UserAdmin):
    """Users: who they are, what they may do, when they were last here."""

    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")


@admin.register(Group)
class PriceStreamGroupAdmin(_ForSuperusers, GroupAdmin):
    """Groups: `viewer` and `operator` are kept by PriceStream, others are yours."""
