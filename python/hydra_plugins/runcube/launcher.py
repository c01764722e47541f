"""`hydra/launcher=runcube`: the local launcher. What it does is in `runcube.launch.local`."""

# Hydra runs this file under a name that is not imported yet, where annotations cannot be texts:
# no `from __future__ import annotations` here.

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.plugins.launcher import Launcher


@dataclass
class RuncubeLauncherConf:
    """The settings of the launcher, below `hydra.launcher`."""

    _target_: str = "hydra_plugins.runcube.launcher.RuncubeLauncher"
    n_jobs: int = 1
    isolate: bool = False
    timeout_s: float | None = None
    devices: list[Any] | None = None
    retries: int = 0


ConfigStore.instance().store(
    group="hydra/launcher", name="runcube", node=RuncubeLauncherConf, provider="runcube"
)


class RuncubeLauncher(Launcher):  # type: ignore[misc]
    """Runs jobs on this machine, one or several at a time."""

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self._settings = settings
        self._local: Any = None

    def setup(self, *, hydra_context: Any, task_function: Any, config: Any) -> None:
        """Take what Hydra knows of the sweep."""
        from runcube.launch.local import LocalLauncher, LocalSettings

        settings = LocalSettings(**self._settings)
        self._local = LocalLauncher(settings, hydra_context, task_function, config)

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[Any]:
        """Run a batch of jobs, and give their returns in order."""
        returned: Sequence[Any] = self._local.launch(job_overrides, initial_job_idx)
        return returned
