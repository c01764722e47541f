"""Hydra's own test suites for launchers, on ours: in this process, and with a worker process."""

from __future__ import annotations

import hydra.version
import pytest
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.test_utils.launcher_common_tests import (
    BatchedSweeperTestSuite,
    IntegrationTestSuite,
    LauncherTestSuite,
)

from hydra_plugins.runcube.launcher import RuncubeLauncher

# The suites' apps name no `version_base`, of which Hydra 1.3 warns.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

# The suites put Hydra's state back: plugins that are found within a test would then be lost.
Plugins.instance()


@pytest.fixture(autouse=True)
def earliest_version_base():
    """Forget what apps that ran in this process before said of `version_base`."""
    earliest = getattr(hydra.version, "__compat_version__", None)
    if earliest is not None:  # Hydra 1.4 has one base alone
        hydra.version.VersionBase.instance().setbase(earliest)


HERE, ISOLATED = [], ["hydra.launcher.n_jobs=2"]


def test_hydra_finds_the_launcher():
    found = [item.__name__ for item in Plugins.instance().discover(Launcher)]
    assert RuncubeLauncher.__name__ in found


@pytest.mark.parametrize(("launcher_name", "overrides"), [("runcube", HERE), ("runcube", ISOLATED)])
class TestLauncher(LauncherTestSuite):
    """What every launcher does."""


@pytest.mark.parametrize(
    ("launcher_name", "overrides"),
    [("runcube", [*flags, "hydra.sweeper.max_batch_size=2"]) for flags in (HERE, ISOLATED)],
)
class TestBatches(BatchedSweeperTestSuite):
    """A sweeper that launches in batches."""


@pytest.mark.parametrize(
    ("task_launcher_cfg", "extra_flags"),
    [
        ({}, ["-m", "hydra/launcher=runcube"]),
        ({}, ["-m", "hydra/launcher=runcube", "hydra.launcher.isolate=true"]),
    ],
    ids=["here", "isolated"],
)
class TestIntegration(IntegrationTestSuite):
    """Apps in processes of their own."""
