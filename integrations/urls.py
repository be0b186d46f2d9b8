from django.urls import path, register_converter

from integrations.views import (
    campaigns,
    connect,
    constants,
    fields,
    further,
    mapping,
    overview,
    plan,
    qualifiers,
    signin,
)


class SourceKey:
    """A Mobly field's key or `qualifier:<id>`."""

    regex = r"[a-z_]+(?::[0-9]{1,18})?"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(SourceKey, "source")

app_name = "integrations"

urlpatterns = [
    path("", overview.integration_list, name="list"),
    # The address registered at every vendor; the state says which one came back.
    path("callback/", signin.callback, name="callback"),
    path("comparison/", overview.comparison, name="comparison"),
    path("<slug:provider>/", connect.connect, name="connect"),
    path("<slug:provider>/authorize/", signin.authorize, name="authorize"),
    path("<slug:provider>/sign-in/<slug:method>/", signin.sign_in, name="sign_in"),
    path("<slug:provider>/account/", signin.answer_account, name="answer_account"),
    path("<slug:provider>/disconnect/", connect.disconnect_it, name="disconnect"),
    path("<slug:provider>/pause/", connect.pause, name="pause"),
    path("<slug:provider>/mode/", connect.sync_mode, name="sync_mode"),
    path("<slug:provider>/options/<slug:key>/", connect.option, name="option"),
    path("<slug:provider>/check/", connect.check_again, name="check"),
    path("<slug:provider>/mapping/", mapping.mapping, name="mapping"),
    path("<slug:provider>/mapping/refresh/", mapping.refresh_fields, name="refresh_fields"),
    path("<slug:provider>/mapping/objects/", further.further_objects, name="further_objects"),
    path("<slug:provider>/mapping/<slug:object_name>/remove/", further.remove_object, name="remove_object"),
    path("<slug:provider>/mapping/<slug:object_name>/defaults/", mapping.defaults, name="set_defaults"),
    path("<slug:provider>/mapping/<slug:object_name>/new-fields/", fields.new_fields, name="new_fields"),
    path("<slug:provider>/mapping/<slug:object_name>/clear/", mapping.clear, name="clear_object"),
    path("<slug:provider>/mapping/<slug:object_name>/constants/", constants.new_constant, name="new_constant"),
    path(
        "<slug:provider>/mapping/<slug:object_name>/constants/fields/",
        constants.constant_fields,
        name="constant_fields",
    ),
    path(
        "<slug:provider>/mapping/<slug:object_name>/constants/<str:remote_field>/",
        constants.save_constant,
        name="constant",
    ),
    path("<slug:provider>/mapping/<slug:object_name>/<source:source>/", mapping.save_row, name="map_field"),
    path("<slug:provider>/mapping/<slug:object_name>/<source:source>/fields/", mapping.fields, name="remote_fields"),
    path("<slug:provider>/qualifiers/", qualifiers.qualifiers, name="qualifiers"),
    path("<slug:provider>/qualifiers/new/", qualifiers.qualifier_from_remote, name="qualifier_from_remote"),
    path("<slug:provider>/qualifiers/<int:pk>/accept/", qualifiers.accept, name="qualifier_accept"),
    path("<slug:provider>/qualifiers/<int:pk>/<slug:object_name>/", qualifiers.save_target, name="qualifier_target"),
    path(
        "<slug:provider>/qualifiers/<int:pk>/<slug:object_name>/<int:value_id>/",
        qualifiers.save_value,
        name="qualifier_value",
    ),
    path("<slug:provider>/campaigns/", campaigns.campaigns, name="campaigns"),
    path("<slug:provider>/campaigns/new/", campaigns.campaign_new, name="campaign_new"),
    path("<slug:provider>/campaigns/found/", campaigns.campaigns_found, name="campaigns_found"),
    path("<slug:provider>/campaigns/statuses/", campaigns.campaigns_statuses, name="campaigns_statuses"),
    path("<slug:provider>/campaigns/refresh/", campaigns.campaigns_refresh, name="campaigns_refresh"),
    path("<slug:provider>/campaigns/export/", campaigns.campaigns_export, name="campaigns_export"),
    path("<slug:provider>/campaigns/<int:pk>/", campaigns.campaign_edit, name="campaign_edit"),
    path("<slug:provider>/campaigns/<int:pk>/remove/", campaigns.campaign_remove, name="campaign_remove"),
    path("<slug:provider>/plan/", plan.plan, name="plan"),
    path("<slug:provider>/plan/export/", plan.plan_export, name="plan_export"),
    path("<slug:provider>/plan/<uuid:uid>/", plan.plan_import, name="plan_import"),
    path("<slug:provider>/plan/<uuid:uid>/apply/", plan.plan_apply, name="plan_apply"),
    path("<slug:provider>/plan/<uuid:uid>/lines/", plan.plan_lines, name="plan_lines"),
    path("events/<uuid:uid>/campaigns/", campaigns.event_campaigns, name="event_campaigns"),
]
