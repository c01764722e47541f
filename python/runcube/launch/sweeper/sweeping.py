"""One sweep, from the lines of the command line to what Hydra gets back.

::

    combine, compose      nothing is on the disk yet; what is wrong is an error
    lock                  one process at a time
    match, place          what a resume finds, where the others run
    write                 multirun.yaml, sweep.json, jobs.jsonl
    launch                batch by batch, failed jobs again where that is asked for
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.errors import CompactHydraException
from omegaconf import DictConfig, OmegaConf

from runcube.errors import InvalidArgumentError, RuncubeError
from runcube.launch.gate import Gate
from runcube.launch.hydra import SweepComposer, raw_lines
from runcube.launch.place import SWEEP_CONFIG_NAME, SWEEP_FOLDER_NAME, SWEEP_RECORD_NAME
from runcube.launch.registered import is_queued
from runcube.launch.signature import config_signature, short_signatures, task_identity
from runcube.launch.sweep_record import read_sweep_record, write_sweep_record
from runcube.launch.sweeper import changes, defining, placing
from runcube.launch.sweeper.cached import Cache, Finished
from runcube.launch.sweeper.combinations import combine
from runcube.launch.sweeper.identity import exclusions
from runcube.launch.sweeper.indexing import leave_index, remove_index
from runcube.launch.sweeper.intended import Combinations
from runcube.launch.sweeper.launching import Launch
from runcube.launch.sweeper.lock import sweep_lock
from runcube.launch.sweeper.matching import Composed, Match, State, match
from runcube.launch.sweeper.nearest import composition_explained
from runcube.launch.sweeper.placing import Placed
from runcube.launch.sweeper.plan_file import PLAN_NAME, PlanLine, append_plan, read_plan
from runcube.launch.sweeper.settings import Settings
from runcube.launch.sweeper.standing import Standing, standing_jobs
from runcube.launch.sweeper.started import code_state, how_started, package_versions
from runcube.launch.sweeper.taking import take
from runcube.launch.wrapper import LaunchPolicy, TaskWrapper
from runcube.record import write_atomically

log = logging.getLogger(__name__)


class Sweeping:
    """What stands behind the plugin `hydra/sweeper=runcube`.

    Parameters
    ----------
    context, config
        What Hydra gives a sweeper.
    task : callable
        The task; a workflow's comes wrapped, any other is wrapped here and may return anything.
    settings : mapping
        The config node `hydra.sweeper`, as plain data.
    """

    def __init__(
        self,
        *,
        context: Any,
        config: DictConfig,
        task: Callable[[Any], Any],
        settings: Mapping[str, Any],
    ) -> None:
        self._raises = not isinstance(task, TaskWrapper)
        with self._refusals():
            self.settings = Settings.of(settings)
        self._config = config
        self._composer = SweepComposer(context, config)
        self.wrapper = task if isinstance(task, TaskWrapper) else _wrapped(task)
        self.launcher = self._composer.launcher(self.wrapper)
        # The job return to raise from, once the sweep is over.
        self.failed: Any = None

    def sweep(self, arguments: Sequence[str]) -> list[list[Any]]:
        """Launch what the lines and the settings say; give Hydra's job returns, by batches."""
        with self._refusals():
            return self._sweep(arguments)

    def _sweep(self, arguments: Sequence[str]) -> list[list[Any]]:
        start = time.monotonic()
        domain = self.wrapper.domain
        jobs = combine(self._composer.expand, arguments, self.settings, domain)
        if not len(jobs):
            why = "`hydra.sweeper.exclude` leaves out every job"
            raise InvalidArgumentError(
                why if domain is None or domain.items else f"no configs in {domain.text}"
            )
        # Not resolved: a symbolic link stays the name that the user knows.
        sweep = Path(str(self._config.hydra.sweep.dir)).absolute()
        self.wrapper.excluded = exclusions(self.settings, jobs.definition, sweep)
        with composition_explained(lambda: self._composer.config([])):
            composed = [self._compose(job, sweep, index) for index, job in enumerate(jobs)]
        if self.settings.dry_run:
            self._describe(jobs, composed, sweep)
            return []
        with sweep_lock(sweep):
            standing, placed = self._placed(composed, sweep)
            # All that the launch needs of it is placed, and it is as large.
            del composed
            todo = [job for job in placed if job.state is State.RUN]
            cached = self._cached([job.line for job in todo], sweep)
            remove_index(sweep)
            self._write(jobs, placed, standing, sweep)
            taken = self._take(todo, cached)
            if taken:
                self._report_taken(taken, placed)
            left = [job for job in todo if job.line.dir not in taken]
            returned = self._launch(left, sweep, start, seed=jobs.seed) if left or not todo else []
            leave_index(sweep, jobs=len(placed))
            return [list(taken.values()), *returned] if taken else returned

    @contextlib.contextmanager
    def _refusals(self) -> Iterator[None]:
        """Let Hydra show a refusal in a line, without a traceback; a workflow raises it."""
        try:
            yield
        except RuncubeError as error:
            if not self._raises:
                raise
            raise CompactHydraException(str(error)) from error

    # -- before anything is written -----------------------------------------------------------

    def _compose(self, job: Any, sweep: Path, number: int) -> Composed:
        planned = self._composer.planned(job.lines, number, exclude=self.wrapper.excluded)
        return Composed(
            intended=job,
            signature=planned.signature,
            directory=placing.relative_directory(planned.subdirectory, sweep),
        )

    def _directory_of(self, sweep: Path) -> Callable[[Sequence[str], int], str]:
        def directory_of(lines: Sequence[str], number: int) -> str:
            planned = self._composer.planned(lines, number)
            return placing.relative_directory(planned.subdirectory, sweep)

        return directory_of

    def _placed(
        self, composed: Sequence[Composed], sweep: Path
    ) -> tuple[list[Standing], list[Placed]]:
        standing = self._standing(sweep)
        matches = self._matches(composed, standing, sweep)
        placed = placing.place(
            composed, matches, standing, sweep=sweep, directory_of=self._directory_of(sweep)
        )
        placing.check_distinct(placed)
        if not self.settings.resume:
            occupied = placing.occupied(placed, sweep)
            if self.settings.overwrite:
                self._overwrite(occupied, sweep)
            else:
                placing.refuse_occupied(occupied, sweep)
        return standing, placed

    def _standing(self, sweep: Path) -> list[Standing]:
        if not self.settings.resume or not sweep.is_dir():
            return []
        return standing_jobs(sweep, exclude=self.wrapper.excluded)

    def _matches(
        self, composed: Sequence[Composed], standing: Sequence[Standing], sweep: Path
    ) -> list[Match]:
        if self.wrapper.excluded or any(job.is_plain for job in standing):
            composed = [self._as_on_disk(job) for job in composed]
        source = self.wrapper.identity.source
        matches = match(composed, standing, source=source)
        return changes.decided(
            composed,
            matches,
            policy=self.settings.on_change,
            task=self.wrapper.name,
            config_of=lambda job: self._composer.config(job.intended.lines),
            sweep=sweep,
        )

    def _as_on_disk(self, job: Composed) -> Composed:
        return dataclasses.replace(job, signature=self._signature_on_disk(job.intended.lines))

    def _signature_on_disk(self, lines: Sequence[str]) -> str:
        """Give the signature that the `config.yaml` of a job will have."""
        text = OmegaConf.to_yaml(self._composer.config(lines))
        return config_signature(OmegaConf.create(text), exclude=self.wrapper.excluded)

    def _cached(self, lines: Sequence[PlanLine], sweep: Path) -> dict[str, Finished]:
        """Find what other sweeps have finished: directory of a planned job -> the job."""
        if self.settings.cache_dir is None:
            return {}
        wanted: dict[Any, PlanLine] = {}
        for line in lines:
            signature = line.signature
            if self.wrapper.excluded:
                signature = self._signature_on_disk(line.overrides)
            # A job that is found stands for one planned job, as in a resume.
            wanted.setdefault((signature, line.repetition), line)
        cache = Cache(
            directory=Path(self.settings.cache_dir).expanduser().absolute(),
            source=self.wrapper.identity.source,
            excluded=self.wrapper.excluded,
        )
        seeds = {key: line.seed for key, line in wanted.items()}
        found = cache.find(seeds, apart_from=sweep)
        return {wanted[key].dir: job for key, job in found.items()}

    def _overwrite(self, occupied: Sequence[Path], sweep: Path) -> None:
        if not occupied:
            return
        placing.remove(occupied, sweep)
        # They speak of the jobs that were removed; what else lies here is judged by its own files.
        for name in (PLAN_NAME, SWEEP_RECORD_NAME):
            (sweep / SWEEP_FOLDER_NAME / name).unlink(missing_ok=True)

    def _describe(self, jobs: Combinations, composed: Sequence[Composed], sweep: Path) -> None:
        text = f"{len(jobs)} jobs: {jobs.describe()}; in {sweep}"
        left = list(composed)
        if self.settings.resume:
            matches = self._matches(composed, self._standing(sweep), sweep)
            done = sum(found.state is State.DONE and found.change is None for found in matches)
            running = sum(found.state is State.RUNNING for found in matches)
            left = [job for job, found in zip(composed, matches, strict=True) if _runs(found)]
            text += f"; {done} have finished, {running} are running"
        lines = [placing.line_of(job, -1, str(place)) for place, job in enumerate(left)]
        cached = len(self._cached(lines, sweep))
        if self.settings.cache_dir is not None:
            text += f"{',' if self.settings.resume else ';'} {cached} are in the cache"
        if self.settings.resume or self.settings.cache_dir is not None:
            text += f", {len(left) - cached} would run"
        print(text)  # noqa: T201  what a dry run is for

    # -- on the disk --------------------------------------------------------------------------

    def _write(
        self,
        jobs: Combinations,
        placed: Sequence[Placed],
        standing: Sequence[Standing],
        sweep: Path,
    ) -> None:
        record, plan = read_sweep_record(sweep), read_plan(sweep)
        identifier = record.get("id")
        self.wrapper.sweep = identifier if isinstance(identifier, str) else uuid.uuid4().hex
        here = Path.cwd()
        before = record.get("definition")
        definition = defining.merged(jobs.definition, placed, before, plan.values())
        path = sweep / SWEEP_CONFIG_NAME
        # Where the earlier definition covers this launch, its `multirun.yaml` goes with it.
        if definition == jobs.definition or definition != before or not path.exists():
            write_atomically(path, OmegaConf.to_yaml(self._sweep_config(jobs)))
        write_sweep_record(
            sweep,
            identifier=self.wrapper.sweep,
            definition=definition,
            created=record.get("created", time.time()),
            started=how_started(sweep, here, by="app" if self._raises else "workflow"),
            git=code_state(here),
            packages=package_versions(),
            notes=defining.joined(record.get("notes"), self.settings.notes),
            tags=defining.joined(record.get("tags"), self.settings.tags),
            signature_exclude=list(self.wrapper.excluded),
            repeat_key=self.settings.repeat_key or record.get("repeat_key"),
        )
        lines = (line for job in placed for line in placing.plan_lines(job))
        append_plan(
            sweep,
            (line for line in lines if line.is_inside and plan.get(line.dir) != line),
        )
        if standing:
            self._report(placed)

    def _sweep_config(self, jobs: Combinations) -> DictConfig:
        """Give the config for `multirun.yaml`; a product of a domain stands there as its lines."""
        if self.wrapper.domain is None or jobs.definition["kind"] != "product":
            return self._config
        config = self._config.copy()
        OmegaConf.set_readonly(config, value=False)
        lines = config.hydra.overrides.task
        config.hydra.overrides.task = [*self.wrapper.domain.sweep_lines(), *raw_lines(lines)]
        return config

    @staticmethod
    def _report(placed: Sequence[Placed]) -> None:
        counts = {state: sum(job.state is state for job in placed) for state in State}
        running = counts[State.RUNNING]
        log.info(
            "resuming: %d of %d jobs have finished, %d are launched%s",
            counts[State.DONE],
            len(placed),
            counts[State.RUN],
            f"; {running} are still running and are left alone" if running else "",
        )

    def _take(self, todo: Sequence[Placed], cached: Mapping[str, Finished]) -> dict[str, Any]:
        """Make the directories of jobs that were found; give directory -> job return."""
        assert self.wrapper.sweep is not None  # noqa: S101  for the type checker
        taken: dict[str, Any] = {}
        for job in todo:
            if job.line.dir in cached:
                returned = take(
                    job,
                    cached[job.line.dir],
                    composer=self._composer,
                    sweep=self._config,
                    identifier=self.wrapper.sweep,
                )
                if returned is not None:
                    taken[job.line.dir] = returned
        return taken

    def _report_taken(self, taken: Mapping[str, Any], placed: Sequence[Placed]) -> None:
        log.info("%d of %d jobs are taken from other sweeps", len(taken), len(placed))
        shown = short_signatures(job.line.signature or "" for job in placed)
        for job in placed:
            if job.line.dir in taken:
                lines = " ".join(job.line.overrides)
                log.info("\t#%d : %s (%s)", job.line.num, lines, shown[job.line.signature or ""])

    def _launch(
        self, todo: Sequence[Placed], sweep: Path, start: float, *, seed: int | None
    ) -> list[list[Any]]:
        seconds = self.settings.max_total_seconds
        gate = Gate(
            folder=sweep / SWEEP_FOLDER_NAME,
            most_failures=self._most_failures(),
            deadline=None if seconds is None else start + seconds,
        )
        self.wrapper.gate, self.wrapper.seed = gate, seed
        self.wrapper.repetitions = {
            job.line.num: job.line.repetition for job in todo if job.line.repetition
        }
        launcher = self._config.hydra.runtime.choices.get("hydra/launcher")
        launch = Launch(
            launcher=self.launcher,
            sweep=sweep,
            identifier=self.wrapper.sweep,
            gate=gate,
            batch_size=self.settings.max_batch_size,
            retries=self.settings.retries,
            is_sequential=launcher == "basic",
            policy=self.wrapper.policy,
            queue=launcher if is_queued(launcher) else None,
        )
        with contextlib.ExitStack() as stack:
            gate.reset()
            stack.callback(gate.reset)
            returned = launch.run(todo)
        if self._raises and self.settings.on_error != "continue":
            self.failed = launch.first_failed()
        return returned

    def _most_failures(self) -> int | None:
        if self.wrapper.policy.on_error == "stop" and self.settings.max_failures is None:
            return 1
        return self.settings.most_failures


def _runs(found: Match) -> bool:
    return found.state is State.RUN or found.change is not None


def _wrapped(task: Callable[[Any], Any]) -> TaskWrapper:
    identity = task_identity(task)
    return TaskWrapper(
        task=task,
        pre_task=None,
        name=identity.name or "task",
        identity=identity,
        policy=LaunchPolicy(hands_back=False, hands_back_exits=True, mappings_only=False),
    )
