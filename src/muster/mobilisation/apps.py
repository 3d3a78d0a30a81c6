"""Orders, acknowledgements, call-ups and badges."""

from django.apps import AppConfig


class MobilisationConfig(AppConfig):
    """The room as a Django app."""

    name = "muster.mobilisation"
