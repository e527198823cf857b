from __future__ import annotations

from django.urls import include, path

from coop.jobs import views

_jobs = [
    path("", views.job_list, name="list"),
    path("<uuid:job>/", views.job_detail, name="detail"),
    path("<uuid:job>/state/", views.job_state, name="state"),
    path("<uuid:job>/cancel/", views.job_cancel, name="cancel"),
    path("<uuid:job>/failures.csv", views.job_failures, name="failures"),
]
top = [path("jobs/", include((_jobs, "jobs")))]
