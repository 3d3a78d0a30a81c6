"""The addresses of organisation: rights, accounts, cards."""

from django.urls import path

from muster.organisation import views_access, views_accounts, views_cards, views_held, views_kept

app_name = "organisation"
urlpatterns = [
    path("office/access/", views_access.grants, name="grants"),
    path("office/access/give/", views_access.give, name="give"),
    path("office/access/stand-in/", views_access.stand_in, name="stand_in"),
    path("office/access/<int:pk>/end/", views_access.end, name="end_grant"),
    path("office/access/kept/", views_kept.kept, name="kept"),
    path("office/access/kept/<slug:purpose>/", views_kept.purpose, name="purpose"),
    path("office/access/kept/extensions/<uuid:pk>/", views_kept.extension, name="extension"),
    path("office/access/erase/<uuid:pk>/", views_kept.erase, name="erase_person"),
    path("my/me/held/", views_held.held, name="held"),
    path("my/me/held/print/", views_held.print_held, name="print_held"),
    path("office/access/accounts/", views_accounts.listed, name="accounts"),
    path("office/access/accounts/<uuid:pk>/", views_accounts.one, name="account"),
    path("office/people/cards/", views_cards.listed, name="cards"),
    path("office/people/cards/print/", views_cards.print_cards, name="print_cards"),
    path("office/people/cards/seen/", views_cards.seen, name="cards_seen"),
    path("office/people/cards/shared-phone/", views_cards.shared, name="shared_phone"),
    path("office/people/cards/<uuid:pk>/", views_cards.one, name="card"),
]
