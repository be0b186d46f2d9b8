"""Forms in the look of the product: `{% include "field.html" with field=form.name %}` renders one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField

PLAIN = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple, forms.HiddenInput, forms.FileInput)


class StyledField(BoundField):
    """Text-like controls wear the class `input`; `field.html` asks `is_choice` which frame to put around it."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if not isinstance(widget, PLAIN):
            attrs["class"] = " ".join(filter(None, ["input", widget.attrs.get("class")]))
        return attrs

    @property
    def is_choice(self) -> bool:
        return isinstance(self.field.widget, (forms.RadioSelect, forms.CheckboxSelectMultiple))

    @property
    def is_check(self) -> bool:
        return isinstance(self.field.widget, forms.CheckboxInput)


class Styled:
    """Mix in before `forms.Form` or `forms.ModelForm`."""

    bound_field_class: type[BoundField] | None = StyledField
    use_required_attribute = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # type: ignore[attr-defined]
            required = field.error_messages.get("required", "")
            if required == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = f"{field.label or 'This'} is empty."
