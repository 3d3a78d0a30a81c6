"""The website as a Django app, and the parts of Django's own apps that Muster does without."""

from django.apps import AppConfig
from django.contrib.auth.apps import AuthConfig
from django.contrib.contenttypes.apps import ContentTypesConfig


class WebsiteConfig(AppConfig):
    """The faces: settings, addresses, base templates, static files."""

    name = "muster.website"
    default = True

    def ready(self) -> None:
        from muster.foundation.registry import CHORES, LISTS
        from muster.website import views_audit
        from muster.website.letting_in import forget_sessions

        CHORES.add("sessions", forget_sessions)
        LISTS.add("audit", views_audit.listing)


class AuthOfDjango(AuthConfig):
    """Sign-in without Django's permissions: rights are grants, so no row a model is made after a migration."""

    default = False

    def ready(self) -> None:
        """Connects no signal."""


class ContentTypesOfDjango(ContentTypesConfig):
    """There because Django's sign-in asks for it; Muster points to no content type."""

    default = False

    def ready(self) -> None:
        """Connects no signal."""
