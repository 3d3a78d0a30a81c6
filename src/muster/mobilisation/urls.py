"""The addresses of orders, their answers, the phone's pages of them, and badges."""

from django.urls import path

from muster.mobilisation import views, views_answers, views_badge, views_drafts, views_my

app_name = "mobilisation"
urlpatterns = [
    path("office/orders/", views.orders, name="orders"),
    path("office/orders/<uuid:pk>/", views.order, name="order"),
    path("office/orders/<uuid:pk>/files/<uuid:file>/", views.file, name="file"),
    path("office/orders/<uuid:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("office/orders/new/", views_drafts.new, name="new"),
    path("office/orders/<uuid:pk>/new-version/", views_drafts.new_version, name="new_version"),
    path("office/orders/<uuid:pk>/pass-on/<uuid:unit>/", views_drafts.pass_on, name="pass_on"),
    path("office/orders/drafts/<uuid:pk>/", views_drafts.draft, name="draft"),
    path("office/orders/drafts/<uuid:pk>/change/", views_drafts.change, name="change"),
    path("office/orders/drafts/<uuid:pk>/files/<int:file>/", views_drafts.file, name="draft_file"),
    path("office/orders/drafts/<uuid:pk>/discard/", views_drafts.discard, name="discard"),
    path("office/orders/drafts/<uuid:pk>/sign/", views_drafts.sign, name="sign"),
    path("office/orders/drafts/<uuid:pk>/issue/", views_drafts.issue, name="issue"),
    path("office/entries/<uuid:pk>/acknowledge/", views_answers.acknowledge, name="acknowledge"),
    path("office/entries/<uuid:pk>/correct/", views_answers.correct, name="correct"),
    path("office/entries/<uuid:pk>/report-in/", views_answers.report_in, name="report_in"),
    path("office/entries/<uuid:pk>/take-back/", views_answers.take_back, name="take_back"),
    path("office/entries/<uuid:pk>/answer-cannot/", views_answers.answer_cannot, name="answer_cannot"),
    path("my/orders/<uuid:pk>/", views_my.order, name="my_order"),
    path("my/orders/<uuid:pk>/files/<uuid:file>/", views_my.file, name="my_file"),
    path("my/entries/<uuid:pk>/acknowledge/", views_my.acknowledge, name="my_acknowledge"),
    path("my/entries/<uuid:pk>/cannot/", views_my.cannot, name="my_cannot"),
    path("my/entries/<uuid:pk>/report-in/", views_my.report_in, name="my_report_in"),
    path("my/entries/<uuid:pk>/take-back/", views_my.take_back, name="my_take_back"),
    path("my/unit/", views_my.unit, name="my_unit"),
    path("my/unit/<uuid:pk>/report-in/", views_my.write_down, name="write_down"),
    path("my/unit/badges/", views_badge.of_my_unit, name="my_unit_badges"),
    path("my/badge/", views_badge.mine, name="my_badge"),
    path("my/badge/lost/", views_badge.lost, name="my_badge_lost"),
    path("office/entries/<uuid:pk>/badge/", views_badge.member, name="entry_badge"),
    path("badge/check", views_badge.check, name="badge_check"),
]
