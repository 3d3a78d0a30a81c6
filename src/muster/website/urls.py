"""Every address of Muster, room by room."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from muster.website import (
    door,
    views_audit,
    views_card,
    views_first_run,
    views_health,
    views_own,
    views_passkey,
    views_sign_in,
    views_tokens,
)

handler400 = "muster.website.api.bad_request"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", door.door, name="door"),
    path("sign-in/", door.sign_in, name="sign_in"),
    path("sign-in/password/", views_sign_in.password, name="password"),
    path("sign-in/factor/", views_sign_in.second_factor, name="second_factor"),
    path("sign-in/passkey/ask/", views_passkey.ask, name="passkey_ask"),
    path("sign-in/passkey/", views_passkey.enter, name="passkey_enter"),
    path("sign-out/", door.sign_out, name="sign_out"),
    path("in/", views_card.type_code, name="type_code"),
    path("in/pin/", views_card.pin, name="pin"),
    path("in/<str:code>", views_card.card, name="card"),
    path("language/", set_language, name="set_language"),
    path("theme/", door.set_theme, name="set_theme"),
    path("my/me/", door.me, name="me"),
    path("my/me/ways/", views_own.ways, name="ways"),
    path("my/me/pin/", views_own.choose_pin, name="choose_pin"),
    path("my/me/password/", views_own.own_password, name="own_password"),
    path("my/me/factor/", views_own.factor, name="factor"),
    path("my/me/passkeys/ask/", views_passkey.ask_new, name="passkey_ask_new"),
    path("my/me/passkeys/add/", views_passkey.add, name="passkey_add"),
    path("my/me/passkeys/remove/", views_passkey.remove, name="passkey_remove"),
    path("my/me/tokens/", views_tokens.listed, name="tokens"),
    path("my/me/recovery-codes/", views_own.recovery, name="recovery_codes"),
    path("set-up/", views_first_run.set_up, name="first_run"),
    path("set-up/district/", views_first_run.district, name="first_district"),
    path("set-up/units/", views_first_run.tree, name="first_tree"),
    path("set-up/accounts/", views_first_run.accounts, name="first_accounts"),
    path("healthz", views_health.alive, name="alive"),
    path("office/health/", views_health.page, name="health"),
    path("office/audit/", views_audit.listed, name="audit"),
    path("office/audit/<uuid:pk>/", views_audit.one, name="audit_line"),
    path("api/", include("muster.website.api")),
    path("", include("muster.organisation.urls")),
    path("", include("muster.messages.urls")),
    path("", include("muster.roll.urls")),
    path("", include("muster.mobilisation.urls")),
    path("", include("muster.briefing.urls")),
]
