"""The parts that have logic. What they look like is in templates/components/, how to call them in its README."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import lucide as lucide_icons
from django import forms, template
from django.http import HttpRequest, QueryDict
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from coop.web import forms as looks
from coop.web import navigation
from coop.web.tones import tone_of

register = template.Library()

# A change of filter or order starts the list anew; a cursor of the old list would lead nowhere.
_CURSORS = ("after", "before")


@register.simple_tag
def icon(name: str, label: str = "", size: int = 20) -> SafeString:
    """{% icon "truck" %} beside a word; {% icon "truck" "Inbound" %} when it stands alone."""
    naming = {"role": "img", "aria-label": str(label)} if label else {"aria-hidden": "true"}
    svg = lucide_icons._render_icon(str(name), size, **{"class": "icon", "stroke-width": "1.75", **naming})
    return mark_safe(svg)  # noqa: S308 - the wheel's own drawing, attributes escaped by ElementTree


@register.simple_block_tag
def page_head(content: str, title: str, state: str = "") -> str:
    """{% page_head "Drops" state=sentence %}buttons{% endpage_head %}."""
    return render_to_string(
        "components/page_head.html", {"title": title, "state": state, "actions": _trimmed(content)}
    )


@register.simple_block_tag
def card(content: str, title: str = "", note: str = "", kind: str = "", level: int = 2) -> str:
    """{% card "Stock by node" note="Counted daily" kind="asks" %}…{% endcard %}; kind: asks, sunk, kraft."""
    context = {"title": title, "note": note, "kind": kind, "level": level, "content": content}
    return render_to_string("components/card.html", context)


@register.simple_block_tag
def table(content: str, caption: str = "", boxed: bool = True, cards: bool = True) -> str:
    """{% table "Orders" %}<thead>…<tbody>…{% endtable %}; the caption is for screen readers."""
    context = {"caption": caption, "boxed": boxed, "cards": cards, "content": content}
    return render_to_string("components/table.html", context)


@register.simple_block_tag
def notice(content: str, tone: str = "info", title: str = "") -> str:
    """{% notice "warn" %}Two bins could not be counted.{% endnotice %}."""
    return render_to_string(
        "components/notice.html", {"tone": tone, "title": title, "content": _trimmed(content)}
    )


@register.simple_block_tag
def dialog(content: str, id: str, title: str) -> str:
    """A native dialog; open it with data-dialog="id" on any button or link."""
    return render_to_string("components/dialog.html", {"id": id, "title": title, "content": content})


@register.inclusion_tag("components/confirm.html", takes_context=True)
def confirm(
    context: Context, id: str, title: str, what: str, action: str, label: str, **fields: Any
) -> dict[str, Any]:
    """The dialog that asks before something dangerous: `what` says in words what it will do."""
    return {
        "id": id,
        "title": title,
        "what": what,
        "action": action,
        "label": label,
        "fields": fields,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("components/crumbs.html")
def crumbs(*parts: Any) -> dict[str, Any]:
    """{% crumbs "Orders" order_list_url "Order 1042" %}: label and address by turns, the last without address."""
    trail = [(parts[i], parts[i + 1] if i + 1 < len(parts) else "") for i in range(0, len(parts), 2)]
    return {"trail": trail}


@register.inclusion_tag("components/stat.html")
def stat(
    label: str, value: Any, note: str = "", tone: str = "", url: str = "", unit: str = ""
) -> dict[str, Any]:
    """{% stat "Picks today" 184 note="12 more than usual" tone="good" %}; put several in <div class="shelf">."""
    return {"label": label, "value": value, "note": note, "tone": tone, "url": url, "unit": unit}


@register.simple_tag
def pill(status: Any, label: str = "", tone: str = "") -> SafeString:
    """{% pill order.state order.get_state_display %}: the tone follows from the state's name."""
    name = str(getattr(status, "value", status))
    text = label or str(getattr(status, "label", "")) or name.replace("_", " ")
    return format_html('<span class="pill pill--{}">{}</span>', tone or tone_of(name), text)


@register.inclusion_tag("components/empty.html")
def empty(
    sentence: str, label: str = "", url: str = "", icon: str = "", sample: str = "", sample_label: str = ""
) -> dict[str, Any]:
    """One sentence and the one button that ends the emptiness; `sample` is the address of a sample file."""
    return {
        "sentence": sentence,
        "label": label,
        "url": url,
        "icon": icon,
        "sample": sample,
        "sample_label": sample_label or "Download a sample file",
    }


@register.inclusion_tag("components/progress.html")
def progress(
    done: int, total: int, label: str = "", poll: str = "", tone: str = "", unit: str = "rows"
) -> dict[str, Any]:
    """{% progress job.rows_done job.rows_total poll=url %}: with `poll` htmx asks that address again every second."""
    share = 100 * done // total if total else 0
    return locals()


@register.inclusion_tag("components/form.html", takes_context=True)
def form(
    context: Context,
    form: forms.BaseForm,
    submit: str = "Save",
    action: str = "",
    cancel: str = "",
    method: str = "post",
    danger: bool = False,
    guard: bool = True,
    id: str = "",
    hx_post: str = "",
    hx_target: str = "",
) -> dict[str, Any]:
    """{% form form submit="Book slots" cancel=back_url %}: the whole form, with summary, fields and buttons."""
    return {**locals(), "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/forms/field.html")
def field(field: forms.BoundField) -> dict[str, Any]:
    """{% field form.quantity %}: one field as the form would draw it, for forms laid out by hand."""
    return {"field": field}


@register.inclusion_tag("components/forms/errors.html")
def error_summary(*forms: forms.BaseForm) -> dict[str, Any]:
    """{% error_summary form %}: all that is wrong, with links; nothing when nothing is."""
    return {"problems": [problem for form in forms for problem in looks.problems(form)]}


@register.filter
def form_sections(form: forms.BaseForm) -> list[looks.Section]:
    """The form's visible fields by section."""
    return list(looks.sections(form))


@register.filter
def unit_of(field: forms.BoundField) -> str:
    """The unit to show in the field: widget attribute `data-unit`, or what the field's name ends in."""
    unit = field.field.widget.attrs.get("data-unit")
    if unit is not None:
        return str(unit)
    ending = re.search(r"_(mm|g|m2|m3|m|km)$", field.name)
    return {"m2": "m²", "m3": "m³"}.get(ending[1], ending[1]) if ending else ""


@register.filter
def is_checkbox(field: forms.BoundField) -> bool:
    """A single tick box has its label beside it."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def attr(field: forms.BoundField, name: str) -> Any:
    """An attribute of the field's widget."""
    return field.field.widget.attrs.get(name, "")


@register.inclusion_tag("components/chips.html", takes_context=True)
def chips(
    context: Context, name: str, choices: Any, label: str = "", all_label: str = "All"
) -> dict[str, Any]:
    """{% chips "state" OrderState.choices label="State" %}: one filter as links, kept in the URL.

    `choices` are (value, label) or (value, label, count).
    """
    query = _query(context)
    current = query.get(name, "")
    options = [("", all_label, None)] + [(*choice, None)[:3] for choice in choices]
    return {
        "label": label or name.replace("_", " "),
        "options": [
            {
                "label": text,
                "count": count,
                "url": _with(query, name, value),
                "current": str(value) == current,
            }
            for value, text, count in options
        ],
    }


@register.inclusion_tag("components/filters.html", takes_context=True)
def filters(context: Context, placeholder: str = "Search", name: str = "q", **labels: str) -> dict[str, Any]:
    """{% filters "Order number or buyer" state="State" node="Node" %}: search, and a chip to drop each filter applied."""
    query = _query(context)
    applied = [
        {"label": labels[key], "value": value, "url": _without(query, key)}
        for key in labels
        for value in query.getlist(key)
        if value
    ]
    kept = [(key, value) for key in query for value in query.getlist(key) if key not in (name, *_CURSORS)]
    clear = _without(query, name, *labels)
    return {
        "placeholder": placeholder,
        "name": name,
        "value": query.get(name, ""),
        "kept": kept,
        "applied": applied,
        "clear": clear if applied or query.get(name) else "",
    }


@register.inclusion_tag("components/sort_header.html", takes_context=True)
def sort_header(
    context: Context, key: str, label: str, numeric: bool = False, default: str = ""
) -> dict[str, Any]:
    """{% sort_header "placed_at" "Placed" %}: a <th> that sorts by ?sort=key, then by ?sort=-key."""
    query = _query(context)
    sort = query.get("sort", default)
    direction = {key: "ascending", f"-{key}": "descending"}.get(sort, "")
    url = _with(query, "sort", f"-{key}" if direction == "ascending" else key)
    return {"label": label, "numeric": numeric, "direction": direction, "url": url}


@register.inclusion_tag("components/tabs.html", takes_context=True)
def tabs(context: Context, label: str, *parts: str) -> dict[str, Any]:
    """{% tabs "Order" "Lines" lines_url "Shipments" shipments_url %}: label and address by turns."""
    request = context.get("request")
    path = request.path if request is not None else ""
    pairs = [(parts[i], parts[i + 1]) for i in range(0, len(parts) - 1, 2)]
    return {"label": label, "tabs": [(text, url, url.split("?")[0] == path) for text, url in pairs]}


@register.simple_tag(takes_context=True)
def nav_links(context: Context, area: str) -> list[navigation.Link]:
    """{% nav_links "portal" as links %}: what this person finds in this area."""
    request: HttpRequest | None = context.get("request")
    door = context.get("door") or getattr(request, "door", None)
    return navigation.links(area, request, door)


@register.filter
def for_phone(links: list[navigation.Link]) -> list[navigation.Link]:
    """The four of the bottom bar."""
    return [link for link in links if link.entry.phone][:4]


@register.simple_tag
def optional_url(name: str, **kwargs: Any) -> str:
    """The address, or nothing where this installation has no such page."""
    from django.urls import NoReverseMatch, reverse

    try:
        return reverse(name, kwargs=kwargs)
    except NoReverseMatch:
        return ""


@register.filter
def lines(text: str) -> SafeString:
    """Text with its line breaks kept, escaped."""
    return mark_safe("<br>".join(conditional_escape(line) for line in str(text).splitlines()))  # noqa: S308


def _trimmed(content: str) -> SafeString:
    """What stands in a block tag, without the space around it; str.strip() forgets that it is safe."""
    return mark_safe(content.strip())  # noqa: S308


def _query(context: Context) -> QueryDict:
    request: HttpRequest | None = context.get("request")
    return request.GET if request is not None else QueryDict()


def _with(query: QueryDict, name: str, value: Any) -> str:
    rest = _rest(query, name)
    return "?" + urlencode([*rest, (name, value)] if value != "" else rest)


def _without(query: QueryDict, *names: str) -> str:
    return "?" + urlencode(_rest(query, *names))


def _rest(query: QueryDict, *names: str) -> list[tuple[str, str]]:
    return [(key, value) for key in query for value in query.getlist(key) if key not in (*names, *_CURSORS)]
