"""Django's entry for the vault."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Particulars."""

    name = "muster.vault"
    label = "vault"

    def ready(self) -> None:
        from muster.foundation.registry import KEYED, PROOFS
        from muster.vault import particulars

        KEYED.add(particulars.CONTACT, particulars.any_contact)
        PROOFS.add("particulars", particulars.prove)
