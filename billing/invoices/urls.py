from __future__ import annotations

from django.urls import path

from billing.invoices.views import books as accountant
from billing.invoices.views import exports
from billing.invoices.views import issuer as issuing
from billing.invoices.views import portal as member

portal = [
    path("costs/work.csv", member.work_csv, name="cost-work-csv"),
    path("invoices/<uuid:pk>/lines/<uuid:line>/", member.line, name="invoice-line"),
    path("invoices/<uuid:pk>/lines/<uuid:line>/work.csv", member.line_csv, name="invoice-line-csv"),
    path("invoices/<uuid:pk>/files/<slug:kind>/", member.download, name="invoice-file"),
]
network = [path("issuer/", issuing.network_issuer, name="issuer")]
books = [
    path("drafts/draw/", accountant.draw, name="month-draw"),
    path("drafts/throw-away/", accountant.throw_away, name="month-throw-away"),
    path("drafts/issue/", accountant.issue_month, name="month-issue"),
    path("invoices/<uuid:pk>/issue/", accountant.issue, name="invoice-issue"),
    path("invoices/<uuid:pk>/lines/<uuid:line>/", accountant.line, name="invoice-line"),
    path("invoices/<uuid:pk>/files/<slug:kind>/", accountant.download, name="invoice-file"),
    path("issuer/", issuing.issuer, name="issuer"),
    path("exports/", exports.export_list, name="export-list"),
    path("exports/month.zip", exports.month_zip, name="month-zip"),
]
