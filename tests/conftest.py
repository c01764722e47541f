"""What tests share: a directory of their own, Hydra's state put back, and no silent skips."""

from __future__ import annotations

import copy
import logging
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a skipped test fails the run")


def pytest_configure(config: pytest.Config) -> None:
    """Hear interrupts: what a shell starts in its background ignores them, and so do its tests."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that skipped something: what did not run proved nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--no-skips") and reporter and reporter.stats.get("skipped"):
        reporter.write_line("\nSkipped tests fail this run (--no-skips).", red=True)
        if session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True, scope="session")
def cache_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the caches of the tests, and of the processes they start, away from the user's."""
    place = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUNCUBE_CACHE_DIR", str(place))
        yield place


@pytest.fixture
def hydra_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Run the test in a temporary directory, and leave no trace in Hydra's singletons."""
    from hydra.core.config_store import ConfigStore
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.hydra_config import HydraConfig
    from hydra.core.plugins import Plugins

    # Plugins store their configs when they are found: before the copy, or they would be lost.
    Plugins.instance()
    monkeypatch.chdir(tmp_path)
    repo = copy.deepcopy(ConfigStore.instance().repo)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield tmp_path
    ConfigStore.instance().repo = repo
    GlobalHydra.instance().clear()
    HydraConfig.instance().cfg = None
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:], root.level = handlers, level
