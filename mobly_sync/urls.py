"""Where every page lives. The upper apps come first, so that a lower one's catch-all never hides them."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("reconciliation.urls")),
    path("integrations/", include("integrations.urls")),
    path("", include("leads.urls")),
]
