from django.urls import path

from leads.views import capture, events, labels, leads, members, organization, qualifiers, uploads

app_name = "leads"

urlpatterns = [
    path("", leads.home, name="home"),
    path("leads/", leads.lead_list, name="lead_list"),
    path("leads/<uuid:uid>/", leads.lead_detail, name="lead_detail"),
    path("leads/<uuid:uid>/edit/", leads.lead_edit, name="lead_edit"),
    path("leads/<uuid:uid>/qualifiers/", leads.lead_answers, name="lead_answers"),
    path("leads/<uuid:uid>/engagements/", leads.log_an_engagement, name="log_engagement"),
    path("leads/<uuid:uid>/labels/", leads.label_put, name="lead_label_put"),
    path("leads/<uuid:uid>/labels/remove/", leads.label_remove, name="lead_label_remove"),
    path("capture/", capture.capture, name="capture"),
    path("capture/known/", capture.known, name="capture_known"),
    path("uploads/", uploads.upload_new, name="upload_new"),
    path("uploads/<uuid:uid>/", uploads.upload_detail, name="upload_detail"),
    path("uploads/<uuid:uid>/columns/", uploads.upload_columns, name="upload_columns"),
    path("uploads/<uuid:uid>/rows/", uploads.upload_bad_rows, name="upload_bad_rows"),
    path("uploads/<uuid:uid>/rows/<int:number>/", uploads.upload_row, name="upload_row"),
    path("uploads/<uuid:uid>/import/", uploads.upload_import, name="upload_import"),
    path("uploads/<uuid:uid>/progress/", uploads.upload_progress, name="upload_progress"),
    path("uploads/<uuid:uid>/discard/", uploads.upload_discard, name="upload_discard"),
    path("events/", events.event_list, name="event_list"),
    path("events/new/", events.event_new, name="event_new"),
    path("events/<uuid:uid>/", events.event_detail, name="event_detail"),
    path("events/<uuid:uid>/edit/", events.event_edit, name="event_edit"),
    path("events/<uuid:uid>/activations/", events.activation_add, name="activation_add"),
    path("events/<uuid:uid>/activations/<int:pk>/remove/", events.activation_remove, name="activation_remove"),
    path("settings/", organization.settings, name="settings"),
    path("settings/members/", members.member_list, name="member_list"),
    path("settings/members/<int:pk>/role/", members.member_role, name="member_role"),
    path("settings/members/<int:pk>/invite/", members.member_invite_again, name="member_invite_again"),
    path("settings/members/<int:pk>/remove/", members.member_remove, name="member_remove"),
    path("settings/qualifiers/", qualifiers.qualifier_list, name="qualifier_list"),
    path("settings/qualifiers/new/", qualifiers.qualifier_new, name="qualifier_new"),
    path("settings/qualifiers/<int:pk>/", qualifiers.qualifier_edit, name="qualifier_edit"),
    path("settings/labels/", labels.label_list, name="label_list"),
    path("settings/labels/<uuid:uid>/", labels.label_rename, name="label_rename"),
    path("switch/", organization.switch, name="switch"),
]
