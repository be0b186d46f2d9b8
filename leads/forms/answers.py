"""The qualifiers of an event as form fields: what a rep picks for a lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms

from leads.forms.styled import Styled
from leads.models import Answer, Qualifier

PREFIX = "qualifier-"
Given = list[int] | str


class AnswerFields:
    """Mix into a form: `ask(qualifiers)` adds their fields, `answers()` says what was picked, by qualifier id.

    A picklist answers with the ids of its values, every other kind with a text: numbers as digits, yes or no as `true`
    or `false`. `strict=False` asks without insisting on Required, for correcting a lead that lacks something else.
    """

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]

    def ask(
        self, qualifiers: Iterable[Qualifier], given: Mapping[int, Given] | None = None, *, strict: bool = True
    ) -> None:
        self.qualifiers = list(qualifiers)
        for qualifier in self.qualifiers:
            carried = (given or {}).get(qualifier.pk, "")
            field = field_for(qualifier, carried, strict=strict)
            if carried:
                field.initial = _initial(qualifier, carried)
            self.fields[f"{PREFIX}{qualifier.pk}"] = field

    def answers(self) -> dict[int, Given]:
        return {
            qualifier.pk: _answer(qualifier, self.cleaned_data[f"{PREFIX}{qualifier.pk}"])
            for qualifier in self.qualifiers
        }

    def asked(self) -> list[tuple[Qualifier, Any]]:
        """Each qualifier with its bound field, in the order of display."""
        return [(qualifier, self[f"{PREFIX}{qualifier.pk}"]) for qualifier in self.qualifiers]  # type: ignore[index]


class AnswersForm(AnswerFields, Styled, forms.Form):
    """The qualifiers of one lead on its page."""

    def __init__(
        self, *args: Any, qualifiers: Iterable[Qualifier], given: Mapping[int, Given] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.ask(qualifiers, given, strict=False)


def given_answers(answers: Iterable[Answer]) -> dict[int, Given]:
    """What a lead carries, in the shape that `answers()` gives."""
    given: dict[int, Given] = {}
    for answer in answers:
        if answer.value_id is None:
            given[answer.qualifier_id] = answer.text
        else:
            picked = given.setdefault(answer.qualifier_id, [])
            if isinstance(picked, list):
                picked.append(answer.value_id)
    return given


def field_for(qualifier: Qualifier, carried: Given, *, strict: bool) -> forms.Field:
    required = strict and qualifier.requirement == Qualifier.Requirement.REQUIRE
    common: dict[str, Any] = {
        "label": qualifier.name,
        "required": required,
        "help_text": qualifier.instructions,
        "error_messages": {
            "required": f"{qualifier.name} is required. Pick one."
            if _picks(qualifier)
            else f"{qualifier.name} is required."
        },
    }
    match qualifier.kind:
        case Qualifier.Kind.PICKLIST:
            # What was archived since is still offered to the lead that carries it.
            offered = [value for value in qualifier.values.all() if not value.archived or value.pk in _ids(carried)]
            values = [(str(value.pk), value.label) for value in offered]
            if qualifier.multiple:
                return forms.MultipleChoiceField(choices=values, widget=forms.CheckboxSelectMultiple, **common)
            return forms.ChoiceField(choices=_with_none(values, required), widget=forms.RadioSelect, **common)
        case Qualifier.Kind.BOOLEAN:
            yes_or_no = [("true", "Yes"), ("false", "No")]
            return forms.ChoiceField(choices=_with_none(yes_or_no, required), widget=forms.RadioSelect, **common)
        case Qualifier.Kind.NUMBER:
            widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
            messages = {"invalid": f"{qualifier.name} takes a number, like 12 or 12.5."}
            return forms.DecimalField(
                widget=widget, **{**common, "error_messages": {**common["error_messages"], **messages}}
            )
        case Qualifier.Kind.NOTE:
            return forms.CharField(widget=forms.Textarea({"rows": 3}), **common)
        case _:
            return forms.CharField(widget=forms.TextInput({"autocomplete": "off"}), **common)


def _ids(given: Given) -> list[int]:
    return given if isinstance(given, list) else []


def _picks(qualifier: Qualifier) -> bool:
    return qualifier.kind in (Qualifier.Kind.PICKLIST, Qualifier.Kind.BOOLEAN)


def _with_none(choices: list[tuple[str, str]], required: bool) -> list[tuple[str, str]]:
    """A radio button cannot be taken back, so what may stay open has its own choice for that."""
    return choices if required else [*choices, ("", "None")]


def _answer(qualifier: Qualifier, value: Any) -> Given:
    if qualifier.kind == Qualifier.Kind.PICKLIST:
        picked = value if isinstance(value, list) else [value]
        return [int(pk) for pk in picked if pk]
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value or ""


def _initial(qualifier: Qualifier, given: Given) -> Any:
    if qualifier.kind != Qualifier.Kind.PICKLIST or not isinstance(given, list):
        return given
    return [str(pk) for pk in given] if qualifier.multiple else next((str(pk) for pk in given), "")
