"""Django's entry for the ground floor."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FoundationConfig(AppConfig):
    """Installs the append-only triggers after each migration and registers the ground's own checks."""

    name = "muster.foundation"
    label = "foundation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from muster.foundation import backup, checks, health, logged, proofs, seals, triggers
        from muster.foundation.models import AuditLine
        from muster.foundation.registry import CHECKS, CHORES, KEYED, OBSTACLES, PROOFS, VERBS

        # The one signal of the house: Django offers no other hook after a migration.
        post_migrate.connect(triggers.create_after_migration, dispatch_uid="muster.triggers")
        for check in checks.ALL:
            CHECKS.add(check.key, check)
        PROOFS.add("triggers", triggers.prove)
        PROOFS.add("facts", proofs.prove_facts)
        PROOFS.add("corrections", proofs.prove_corrections)
        PROOFS.add("audit", proofs.prove_lines)
        PROOFS.add("seals", seals.prove)
        CHORES.add("seal", seals.seal_settled)
        health.register()
        OBSTACLES.add("restore", backup.obstacle)
        KEYED.add("sealing", AuditLine.objects.exists)
        VERBS.add_all(logged.WORDS)
