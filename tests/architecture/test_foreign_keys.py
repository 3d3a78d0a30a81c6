"""import-linter does not see a foreign key that is written as a string: this does."""

from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField

from tests.architecture.rooms import heights


def test_foreign_keys_point_to_the_same_room_or_a_lower_one() -> None:
    height = heights()
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        room = model._meta.app_label
        if not model.__module__.startswith("muster."):
            continue
        for field in model._meta.get_fields():
            if not isinstance(field, ForeignKey | ManyToManyField) or field.model is not model:
                continue
            target = field.related_model._meta.app_label
            if target != room and height.get(target, 99) >= height[room]:
                wrong.append(f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}")
    assert not wrong, wrong
