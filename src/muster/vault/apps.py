"""Django's entry for the vault."""

from functools import partial

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Particulars."""

    name = "muster.vault"
    label = "vault"

    def ready(self) -> None:
        from muster.foundation import health
        from muster.foundation.checks import Check
        from muster.foundation.errors import text
        from muster.foundation.registry import (
            CHECKS,
            CHORES,
            ERASED,
            HEALTH,
            HELD,
            JOBS,
            KEYED,
            PROOFS,
            PURPOSES,
            VERBS,
        )
        from muster.vault import actions, erasing, held, logged, matching, particulars, proofs, purposes, retention
        from muster.vault.models import Match

        for purpose in purposes.OWN:
            PURPOSES.add(purpose.key, purpose)
        for cipher in ("contact", "identity", "bodies"):
            KEYED.add(cipher, partial(particulars.any_under, cipher))
        KEYED.add(matching.KEY, Match.objects.exists)
        CHECKS.add("purposes", Check("purposes", text("purposes"), purposes.unanswered))
        PROOFS.add("particulars", particulars.prove)
        PROOFS.add("matches and erasures", proofs.prove)
        CHORES.add("retention", retention.chore)
        JOBS.add(erasing.SCRUB, retention.scrub)
        JOBS.add(actions.RENEW, retention.renew)
        ERASED.add(retention.PARTICULAR, retention.erase_again)
        HELD.add("vault", held.parts)
        HEALTH.add("key copy", partial(health.key_copy, "vault.note_key_copy"))
        VERBS.add_all(logged.WORDS)
