"""The ground of every test: one engine, keys of its own, a clean flush, a browser.

The engine comes from MUSTER_TEST_ENGINE (sqlite, postgresql) and PG_SOCKET, which tests/run.py sets.
"""

import os
import shutil
import tempfile
from pathlib import Path

# Before Django reads its settings. pytest-django finds the settings' name below, hence none in pyproject.toml.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
if WORKER == "main":  # the workers get it from there
    os.environ["MUSTER_TEST_FOLDER"] = tempfile.mkdtemp(prefix="muster-test-")
FOLDER = Path(os.environ["MUSTER_TEST_FOLDER"])
ENGINE = os.environ.get("MUSTER_TEST_ENGINE", "sqlite")
if ENGINE == "postgresql":
    os.environ["MUSTER_DATABASE_URL"] = f"postgresql://postgres@/muster?host={os.environ['PG_SOCKET']}"
else:
    os.environ["MUSTER_DATABASE_URL"] = f"sqlite:///{FOLDER}/muster.db"
os.environ["MUSTER_KEYS"] = str(FOLDER / f"keys-{WORKER}")
os.environ["MUSTER_SECRET_KEY"] = "only for tests"
os.environ["DJANGO_SETTINGS_MODULE"] = "muster.website.settings"
# A killed process loses nothing by it, only a power cut would; and each test is one long transaction.
os.environ.setdefault("MUSTER_SQLITE_SYNCHRONOUS", "NORMAL")
os.environ.setdefault("MUSTER_TRANSACTION_TIMEOUT", "0")

from collections.abc import Callable, Iterator  # noqa: E402
from typing import TYPE_CHECKING, Any  # noqa: E402

import django  # noqa: E402
import pytest  # noqa: E402
from hypothesis import HealthCheck  # noqa: E402
from hypothesis import settings as hypothesis_settings  # noqa: E402

# pytest-django looked for the settings before this file named them; the tests' modules import models.
django.setup()
pytest.register_assert_rewrite("tests.cast", "tests.roll.visits")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.cast import Cast

SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
hypothesis_settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=50,
    stateful_step_count=30,
    suppress_health_check=SLOW,
    database=None,
)
hypothesis_settings.register_profile(
    "thorough", deadline=None, max_examples=1000, stateful_step_count=60, suppress_health_check=SLOW
)
hypothesis_settings.load_profile(os.environ.get("MUSTER_HYPOTHESIS", "ci"))


def pytest_configure(config: pytest.Config) -> None:
    """Says which marks there are."""
    config.addinivalue_line("markers", "only(engine, reason): a test of what one engine alone has, or does otherwise")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test of the other engine is none of this run; the run on that engine has it. None is skipped."""
    others = [item for item in items if any(mark.args[0] != ENGINE for mark in item.iter_markers("only"))]
    items[:] = [item for item in items if item not in others]
    config.hook.pytest_deselected(items=others)


def pytest_report_header() -> str:
    """Says on which engine this run is."""
    return f"muster: engine {ENGINE}"


def pytest_unconfigure() -> None:
    """Removes the run's files once, by the process that made them."""
    if WORKER == "main":
        shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """Append-only tables refuse the DELETE or TRUNCATE between two tests: only here their triggers step aside."""
    from django.db import connection

    ops: Any = type(connection.ops)
    original = ops.execute_sql_flush
    ops.execute_sql_flush = _sqlite_flush(original) if ENGINE == "sqlite" else _postgresql_flush(original)
    yield
    ops.execute_sql_flush = original


def _sqlite_flush(original: Callable[[Any, list[str]], None]) -> Callable[[Any, list[str]], None]:
    def flush(ops: Any, statements: list[str]) -> None:
        with ops.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            try:
                original(ops, statements)
            finally:
                for _, definition in triggers:
                    cursor.execute(definition, None)

    return flush


def _postgresql_flush(original: Callable[[Any, list[str]], None]) -> Callable[[Any, list[str]], None]:
    def flush(ops: Any, statements: list[str]) -> None:
        with ops.connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            try:
                original(ops, statements)
            finally:
                cursor.execute("SET session_replication_role = DEFAULT")

    return flush


@pytest.fixture(scope="session", autouse=True)
def _keys() -> None:
    """This worker's keys, in a folder of its own."""
    from muster.foundation import keys

    keys.create_missing()


@pytest.fixture(autouse=True)
def _clock_of_this_test() -> Iterator[None]:
    """What a test did to the clock ends with it."""
    from muster.foundation import clock

    clock.forget_offset()
    yield
    clock.forget_offset()


@pytest.fixture(scope="session", autouse=True)
def _forced_sign_in() -> Iterator[None]:
    """`Client.force_login` writes the sign-in down too, as if password and second factor had been shown."""
    from django.test import Client

    from tests.signed_in import sign_in_behind

    original: Any = Client.force_login

    def force_login(client: Client, user: Any, backend: str | None = None) -> None:
        original(client, user, backend)
        sign_in_behind(client, user)

    Client.force_login = force_login  # type: ignore[method-assign]
    yield
    Client.force_login = original  # type: ignore[method-assign]


@pytest.fixture
def cast(db: None) -> "Iterator[Cast]":
    """The small district of tests/cast.py, the clock at its start; what the test did is proved at its end."""
    from tests.cast import playing

    with playing() as made:
        yield made


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Debian's Chromium, one a worker."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium")
    if path is None:
        pytest.fail("Chromium is missing: `make test` installs it as root, else `apt-get install chromium`")
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=arguments)
        yield opened
        opened.close()


@pytest.fixture
def new_context(browser: "Browser") -> "Iterator[Callable[..., BrowserContext]]":
    """Makes browser contexts (options as Playwright's new_context) and watches them.

    The test fails in the end when a page raised an error or broke the content security policy.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def make(**options: Any) -> "BrowserContext":
        context = browser.new_context(**{"locale": "zh-CN", "timezone_id": "Asia/Shanghai", **options})
        context.set_default_timeout(10_000)  # milliseconds
        context.on("weberror", lambda error: faults.append(f"error: {error.error}"))
        context.on(
            "console",
            lambda line: faults.append(f"policy: {line.text}") if "Content Security Policy" in line.text else None,
        )
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def page(new_context: "Callable[..., BrowserContext]") -> "Page":
    """A page on a desk: 1280x800."""
    return new_context(viewport={"width": 1280, "height": 800}).new_page()


@pytest.fixture
def phone(new_context: "Callable[..., BrowserContext]") -> "Page":
    """A page on a phone: 390x844, touched by a thumb."""
    return new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True, is_mobile=True
    ).new_page()
