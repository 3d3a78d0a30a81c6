"""Figures and reports: every number opens to the rows it was counted from."""

from django.apps import AppConfig


class BriefingConfig(AppConfig):
    """The room as a Django app."""

    name = "muster.briefing"
