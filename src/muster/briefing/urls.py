"""The addresses of the board, the figures and the situation reports."""

from django.urls import path

from muster.briefing import views, views_figures, views_incidents, views_reports

app_name = "briefing"
urlpatterns = [
    path("office/", views.board, name="board"),
    path("office/incidents/", views_incidents.incidents, name="incidents"),
    path("office/incidents/<str:key>/", views_incidents.incident, name="incident"),
    path("office/figures/", views_figures.figures, name="figures"),
    path("office/figures/<str:key>/", views_figures.figure, name="figure"),
    path("office/figures/<str:key>/rows.csv", views_figures.export, name="figure_csv"),
    path("office/reports/", views_reports.reports, name="reports"),
    path("office/reports/new/", views_reports.new, name="new_report"),
    path("office/reports/<uuid:pk>/", views_reports.report, name="report"),
    path("office/reports/<uuid:pk>/print/", views_reports.paper, name="print_report"),
    path("office/reports/<uuid:pk>/report.json", views_reports.frozen, name="report_json"),
]
