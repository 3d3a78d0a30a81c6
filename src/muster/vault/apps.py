"""Django's entry for the vault."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Particulars."""

    name = "muster.vault"
    label = "vault"
