"""How forms look: one column, labels above, help under, errors at the field and summed at the top."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting

from coop.kernel.errors import DomainError


class Renderer(TemplatesSetting):
    """Set as FORM_RENDERER; wants "django.forms" in INSTALLED_APPS for the widgets' own templates."""

    form_template_name = "components/forms/form.html"
    field_template_name = "components/forms/field.html"


class Section:
    """Fields that belong together under one heading."""

    def __init__(self, title: str, help_text: str, fields: list[BoundField]) -> None:
        self.title = title
        self.help_text = help_text
        self.fields = fields


def sections(form: forms.BaseForm) -> Iterator[Section]:
    """The visible fields in the sections the form names, the rest in one without a heading.

    A form names them as `sections = [("Size and weight", "As packed.", ["length_mm", …]), …]`.
    """
    named: list[tuple[str, str, list[str]]] = getattr(form, "sections", [])
    taken = {name for _, _, names in named for name in names}
    rest = [field for field in form.visible_fields() if field.name not in taken]
    if rest:
        yield Section("", "", rest)
    for title, help_text, names in named:
        yield Section(title, help_text, [form[name] for name in names if name in form.fields])


def problems(form: forms.BaseForm) -> list[dict[str, Any]]:
    """What is wrong with the form, in its order: {"id", "label", "message"}; `id` is empty for the form's own."""
    found = [{"id": "", "label": "", "message": error} for error in form.non_field_errors()]
    for field in form:
        found += [
            {"id": "" if field.is_hidden else field.auto_id, "label": field.label, "message": error}
            for error in field.errors
        ]
    return found


def refuse(form: forms.BaseForm, error: DomainError) -> None:
    """Show what a service said no to where the person can mend it: at its field, or above the form."""
    form.add_error(error.field if error.field in form.fields else None, error.message)
    form.refused_with = error.status  # type: ignore[attr-defined] # read by status_of


def status_of(form: forms.BaseForm) -> int:
    """For a page that answers an act in the service's own words: 200, 422 for what was typed, else the refusal's status."""
    if not form.errors:
        return 200
    return int(getattr(form, "refused_with", 422))
