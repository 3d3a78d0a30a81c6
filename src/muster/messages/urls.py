"""The addresses of the outbox, of channels, and of one's own mail."""

from django.urls import path

from muster.messages import views, views_channels

app_name = "messages"
urlpatterns = [
    path("office/messages/", views.outbox, name="outbox"),
    path("office/messages/channels/", views_channels.listed, name="channels"),
    path("office/messages/channels/new/", views_channels.new, name="new_channel"),
    path("office/messages/channels/<uuid:pk>/", views_channels.one, name="channel"),
    path("office/messages/night/", views_channels.night_hours, name="night"),
    path("my/me/mail/", views.own_mail, name="own_mail"),
]
