"""`hydra/sweeper=runcube`: the plugin class and its config; all else is loaded when it sweeps.

Hydra 1.3 runs this module before it is in `sys.modules`, where a dataclass looks up annotations
that are texts; so here they are none.
"""

from dataclasses import dataclass
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf


@dataclass
class RuncubeSweeperConf:
    """The settings of the sweeper; `runcube.launch.sweeper.settings` says what each does."""

    _target_: str = "hydra_plugins.runcube.sweeper.RuncubeSweeper"
    max_batch_size: int | None = None
    params: dict[str, str] | None = None
    zip: Any = None
    jobs: Any = None
    jobs_file: str | None = None
    exclude: Any = None
    repeats: int = 1
    repeat_key: str | None = None
    sample: int | None = None
    sample_seed: int = 0
    resume: bool = False
    on_change: str = "rerun"
    on_error: str = "raise"
    max_failures: int | None = None
    retries: int = 0
    overwrite: bool = False
    notes: Any = None
    tags: Any = None
    confirm_above: int | None = None
    dry_run: bool = False
    max_total_seconds: float | None = None
    cache_dir: str | None = None
    signature_exclude: Any = None


ConfigStore.instance().store(
    group="hydra/sweeper", name="runcube", node=RuncubeSweeperConf, provider="runcube"
)


class RuncubeSweeper(Sweeper):  # type: ignore[misc]
    """Launches a sweep as Hydra's basic sweeper does, records every job, and resumes."""

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self._settings = settings
        self._sweeping: Any = None
        self.hydra_context: HydraContext | None = None
        self.config: DictConfig | None = None
        self.launcher: Any = None

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Take what Hydra gives a sweeper, and make the launcher."""
        from runcube.launch.sweeper.sweeping import Sweeping

        self.hydra_context, self.config = hydra_context, config
        settings: Any = OmegaConf.to_container(OmegaConf.create(self._settings), resolve=True)
        self._sweeping = Sweeping(
            context=hydra_context, config=config, task=task_function, settings=settings
        )
        self.launcher = self._sweeping.launcher

    def sweep(self, arguments: list[str]) -> Any:
        """Launch the sweep, and give what the launcher returned."""
        returned = self._sweeping.sweep(arguments)
        failed = self._sweeping.failed
        if failed is not None:
            # Here, since Hydra shows a task's own frames only where few others stand before them.
            _ = failed.return_value
        return returned
