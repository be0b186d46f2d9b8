from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("integrations/", include("integrations.urls")),
    path("", include("reconciliation.urls")),
    path("", include("leads.urls")),
]
