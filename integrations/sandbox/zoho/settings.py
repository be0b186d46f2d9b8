"""Metadata: modules, fields, layouts, related lists, picklists, users, the organisation."""

from __future__ import annotations

from typing import Any

from . import fields as definitions
from .calls import NOTHING, Answer, Call
from .fields import MAX_NEW, MODULES, described, field_id, layout_id, module_id, new_field
from .membership import PEOPLE, STATUS, member_statuses
from .org import Org
from .places import Person
from .refusals import Refused, invalid_path_id, missing_param
from .writes import batch, success

SINGULAR = {"Leads": "Lead", "Contacts": "Contact", "Accounts": "Account", "Campaigns": "Campaign", "Notes": "Note"}
CREATED = "2019-03-04T09:00:00"
MEMBER_STATUS_NUMBER = 900


def organization(org: Org, call: Call) -> Answer:
    """GET /org."""
    place = org.place
    row = {
        "id": place.number(1),
        "zgid": place.zgid,
        "company_name": place.company,
        "alias": None,
        "type": "Production",
        "primary_email": place.admin.email,
        "domain_name": f"org{place.zgid}",
        "country": place.country[0],
        "country_code": place.country[1],
        "time_zone": place.time_zone,
        "currency": place.currency[0],
        "currency_symbol": place.currency[1],
        "iso_code": place.currency[2],
        "currency_locale": "en_US" if place.key == "us" else "de_DE",
        "website": "https://halden.example",
        "mc_status": False,
        "gapps_enabled": False,
        "oauth_presence": False,
        "translation_enabled": False,
        "privacy_settings": False,
        "hipaa_compliance_enabled": False,
        "max_per_page": 200,
        "created_time": _moment(org, CREATED),
        "license_details": {"paid": True, "paid_type": "enterprise", "users_license_purchased": 10, "trial_type": None},
    }
    return Answer(200, {"org": [row]})


def users(org: Org, call: Call, user_id: str = "") -> Answer:
    """GET /users?type= and GET /users/{id}."""
    people = list(org.place.users)
    if user_id:
        people = [person for person in people if org.place.number(person.number) == user_id]
        if not people:
            raise invalid_path_id()
        return Answer(200, {"users": [_user(org, people[0])]})
    kind = call.args.get("type", "AllUsers")
    if kind == "CurrentUser":
        people = people[:1]
    elif kind in ("AdminUsers", "ActiveConfirmedAdmins"):
        people = [person for person in people if person.profile == "Administrator"]
    elif kind not in ("AllUsers", "ActiveUsers", "ConfirmedUsers", "ActiveConfirmedUsers"):
        people = []
    if not people:
        return Answer(NOTHING)
    per_page, page = call.number("per_page", 200, 200), call.number("page", 1)
    cut = people[(page - 1) * per_page : page * per_page]
    info = {"per_page": per_page, "count": len(cut), "page": page, "more_records": page * per_page < len(people)}
    return Answer(200, {"users": [_user(org, person) for person in cut], "info": info}) if cut else Answer(NOTHING)


def _user(org: Org, person: Person) -> dict[str, Any]:
    place = org.place
    number = 1 if person.profile == "Administrator" else 2
    return {
        "id": place.number(person.number),
        "zuid": str(700_000_000 + person.number),
        "first_name": person.first_name,
        "last_name": person.last_name,
        "full_name": person.name,
        "email": person.email,
        "status": "active",
        "confirm": True,
        "category": "regular_user",
        "profile": {"name": person.profile, "id": place.number(100 + number)},
        "role": {"name": person.role, "id": place.number(200 + number)},
        "time_zone": place.time_zone,
        "language": "en_US",
        "locale": "en_US",
        "country_locale": "en_US",
        "personal_account": False,
        "created_time": _moment(org, CREATED),
    }


def _moment(org: Org, text: str) -> str:
    return f"{text}{org.place.moment(0)[-6:]}"


# Modules


def modules(org: Org, call: Call, name: str = "") -> Answer:
    """GET /settings/modules and GET /settings/modules/{api_name}."""
    if name:
        return Answer(200, {"modules": [_module(org, org.module(name))]})
    hidden = org.faults.names("hidden_modules")
    rows = [_module(org, module) for module in MODULES if module not in hidden]
    home = {
        "api_name": "Home", "module_name": "Home", "singular_label": "Home", "plural_label": "Home",
        "id": org.place.number(1999), "generated_type": "web", "api_supported": False, "creatable": False,
        "editable": False, "deletable": False, "viewable": False, "visible": True, "sequence_number": 0,
    }  # fmt: skip
    return Answer(200, {"modules": [home, *rows]})


def _module(org: Org, module: str) -> dict[str, Any]:
    gone = org.faults.names("no_permission")
    return {
        "id": module_id(org.place, module),
        "api_name": module,
        "module_name": module,
        "singular_label": SINGULAR[module],
        "plural_label": module,
        "generated_type": "default",
        "api_supported": True,
        "creatable": f"{module}.create" not in gone,
        "editable": f"{module}.edit" not in gone,
        "deletable": f"{module}.delete" not in gone,
        "viewable": f"{module}.view" not in gone,
        "visible": module != "Notes",
        "show_as_tab": module != "Notes",
        "convertable": module == "Leads",
        "global_search_supported": True,
        "triggers_supported": True,
        "isBlueprintSupported": module != "Notes",
        "quick_create": module != "Notes",
        "status": "visible",
        "sequence_number": MODULES.index(module) + 1,
        "profiles": [{"name": name, "id": org.place.number(100 + number)} for name, number in definitions.PROFILES],
        "modified_time": None,
        "modified_by": None,
    }


# Fields


def fields(org: Org, call: Call) -> Answer:
    """GET /settings/fields?module=."""
    module = _module_of(org, call)
    rows = [described(org.place, module, field) for field in org.fields(module).values()]
    wanted = call.args.get("data_type")
    rows = [row for row in rows if not wanted or row["data_type"] == wanted]
    return Answer(200, {"fields": rows}) if rows and call.args.get("type") != "unused" else Answer(NOTHING)


def field(org: Org, call: Call, field: str) -> Answer:
    """GET /settings/fields/{id or api name}?module=."""
    return Answer(200, {"fields": [_named_field(org, _module_of(org, call), field)]})


def options(org: Org, call: Call, field: str) -> Answer:
    """GET /settings/fields/{id}/pick_list_values?module=."""
    rows = _named_field(org, _module_of(org, call), field)["pick_list_values"]
    layouts = [{"api_name": "Standard__s", "name": "Standard", "id": layout_id(org.place, _module_of(org, call))}]
    rows = [{**row, "layout_associations": layouts} for row in rows]
    return Answer(200, {"pick_list_values": rows}) if rows else Answer(NOTHING)


def _named_field(org: Org, module: str, name: str) -> dict[str, Any]:
    if name in (STATUS, _member_status_id(org)):
        return described(org.place, "Campaigns", _member_status(org))
    for known in org.fields(module).values():
        if name in (known["api_name"], field_id(org.place, module, known)):
            return described(org.place, module, known)
    raise invalid_path_id()


def _module_of(org: Org, call: Call) -> str:
    if not call.args.get("module"):
        raise missing_param("module")
    return org.module(call.args["module"])


def create_fields(org: Org, call: Call) -> Answer:
    """POST /settings/fields?module=: five at most."""
    module = _module_of(org, call)
    rows = call.rows("fields", MAX_NEW)

    def one(sent: Any, at: str) -> dict[str, Any]:
        made = org.define(module, new_field(sent, list(org.fields(module).values()), at))
        return success("field created", {"id": field_id(org.place, module, made)})

    return batch(org, rows, one, done=201, key="fields")


def delete_field(org: Org, call: Call, field: str) -> Answer:
    """DELETE /settings/fields/{id}?module=: custom fields only."""
    module = _module_of(org, call)
    wanted = _named_field(org, module, field)
    if not wanted["custom_field"]:
        raise Refused("NOT_ALLOWED", "system fields cannot be deleted", {"id": wanted["id"]})
    org.save(module, [row for row in org.fields(module).values() if row["api_name"] != wanted["api_name"]])
    return Answer(200, {"fields": [success("field deleted", {"id": wanted["id"]})]})


# Layouts and related lists


def layouts(org: Org, call: Call, layout: str = "") -> Answer:
    """GET /settings/layouts?module=: here a field says whether the layout requires it."""
    module = _module_of(org, call)
    if layout and layout != layout_id(org.place, module):
        raise invalid_path_id()
    needed = {name.partition(".")[2] for name in org.faults.names("layout_mandatory") if name.startswith(f"{module}.")}
    rows = [
        {**described(org.place, module, field), "required": bool(field.get("system_mandatory")) or name in needed}
        for name, field in org.fields(module).items()
    ]
    section = {
        "id": org.place.number(3500 + MODULES.index(module)),
        "api_name": f"{SINGULAR[module]} Information",
        "name": f"{SINGULAR[module]} Information",
        "display_label": f"{SINGULAR[module]} Information",
        "type": "used",
        "generated_type": "default",
        "sequence_number": 1,
        "column_count": 2,
        "isSubformSection": False,
        "fields": rows,
    }
    row = {
        "id": layout_id(org.place, module),
        "name": "Standard",
        "api_name": "Standard__s",
        "display_label": "Standard",
        "status": "active",
        "generated_type": "system",
        "visible": True,
        "source": "crm",
        "has_more_profiles": False,
        "show_business_card": True,
        "profiles": [
            {"name": name, "id": org.place.number(100 + n), "default": n == 1} for name, n in definitions.PROFILES
        ],
        "sections": [section],
        "created_time": None,
        "created_by": None,
        "modified_time": None,
        "modified_by": None,
    }
    return Answer(200, {"layouts": [row]})


def related_lists(org: Org, call: Call, name: str = "") -> Answer:
    """GET /settings/related_lists?module=; lists of campaigns carry the field `Member_Status`."""
    module = _module_of(org, call)
    rows = []
    for number, target in enumerate(_related_of(module), start=1):
        hrefs = {"href": f"{module}/{{ENTITYID}}/{target}", "type": "default", "action": None}
        member = target in PEOPLE if module == "Campaigns" else target == "Campaigns"
        names = [{"api_name": STATUS, "id": _member_status_id(org)}] if member else []
        rows.append(
            {
                "id": org.place.number(5000 + MODULES.index(module) * 100 + number),
                "api_name": target,
                "name": target,
                "display_label": target,
                "module": {"api_name": target, "id": module_id(org.place, target)},
                "sequence_number": str(number),
                "visible": True,
                "status": "visible",
                "customize_fields": True,
                "customize_sort": True,
                "customize_display_label": True,
                "connectedmodule": None,
                "linkingmodule": None,
                "fields": names,
                **hrefs,
            }
        )
    rows = [row for row in rows if not name or name == row["id"]]
    return Answer(200, {"related_lists": rows}) if rows else Answer(NOTHING)


def _related_of(module: str) -> list[str]:
    return {
        "Campaigns": ["Notes", "Leads", "Contacts"],
        "Leads": ["Notes", "Campaigns"],
        "Contacts": ["Notes", "Campaigns"],
        "Accounts": ["Notes", "Contacts"],
    }.get(module, [])


def _member_status(org: Org) -> definitions.Field:
    return {
        "api_name": STATUS, "field_label": "Member Status", "data_type": "picklist", "number": MEMBER_STATUS_NUMBER,
        "options": [[status, status] for status in member_statuses(org)],
    }  # fmt: skip


def _member_status_id(org: Org) -> str:
    return field_id(org.place, "Campaigns", _member_status(org))


def tags(org: Org, call: Call) -> Answer:
    """GET /settings/tags?module=: the tags that records carry."""
    module = _module_of(org, call)
    names = {tag["name"] for row in org.all(module) for tag in row.get("Tag") or []}
    rows = [{"name": name, "id": org.place.number(6000 + number)} for number, name in enumerate(sorted(names))]
    return Answer(200, {"tags": rows, "info": {"count": len(rows), "allowed_count": 100}}) if rows else Answer(NOTHING)
