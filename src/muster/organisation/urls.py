"""The addresses of organisation: the search, the registers, lists to take along, imports, rights, accounts, cards."""

from django.urls import path

from muster.organisation import (
    views_access,
    views_accounts,
    views_cards,
    views_held,
    views_import,
    views_kept,
    views_lists,
    views_people,
    views_search,
)

app_name = "organisation"
urlpatterns = [
    path("office/search/", views_search.found, name="search"),
    path("office/access/", views_access.grants, name="grants"),
    path("office/access/give/", views_access.give, name="give"),
    path("office/access/stand-in/", views_access.stand_in, name="stand_in"),
    path("office/access/<int:pk>/end/", views_access.end, name="end_grant"),
    path("office/people/", views_people.people, name="people"),
    path("office/people/<uuid:pk>/", views_people.person, name="person"),
    path("office/units/", views_people.units, name="units"),
    path("office/units/<uuid:pk>/", views_people.unit, name="unit"),
    path("office/lists/made/<uuid:pk>/", views_lists.made_list, name="made_list"),
    path("office/lists/made/<uuid:pk>/file/", views_lists.made_file, name="made_file"),
    path("office/lists/<slug:which>/<slug:form>/", views_lists.take, name="list"),
    path("office/import/", views_import.start, name="import_start"),
    path("office/import/template/<slug:kind>/", views_import.template, name="import_template"),
    path("office/import/<uuid:pk>/", views_import.one, name="import"),
    path("office/import/<uuid:pk>/columns/", views_import.choose, name="import_columns"),
    path("office/import/<uuid:pk>/apply/", views_import.apply, name="import_apply"),
    path("office/import/<uuid:pk>/answer/", views_import.answer, name="import_answer"),
    path("office/import/<uuid:pk>/undo/", views_import.undo, name="import_undo"),
    path("office/import/<uuid:pk>/refused/", views_import.refused_rows, name="import_refused"),
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
