"""Every address of Muster, room by room."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from muster.website import door

handler400 = "muster.website.api.bad_request"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", door.door, name="door"),
    path("sign-in/", door.sign_in, name="sign_in"),
    path("sign-out/", door.sign_out, name="sign_out"),
    path("language/", set_language, name="set_language"),
    path("theme/", door.set_theme, name="set_theme"),
    path("my/me/", door.me, name="me"),
    path("api/", include("muster.website.api")),
    path("", include("muster.organisation.urls")),
    path("", include("muster.roll.urls")),
    path("", include("muster.mobilisation.urls")),
    path("", include("muster.briefing.urls")),
]
