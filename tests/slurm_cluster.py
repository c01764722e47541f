"""A real Slurm on this machine alone: its own keys, its own ports, its own directory.

Debian's packages `slurm-wlm` and `munge` hold what it needs, and it runs as root. There is no
accounting, so `sacct` fails, as on many small clusters.
"""

from __future__ import annotations

import contextlib
import os
import platform
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel")
START_SECONDS = 60
# A task that ignores SIGTERM, as submitit's do, gets SIGKILL after so long.
KILL_WAIT = 2

CONFIG = """
ClusterName=runcube
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmctldPort={controller_port}
SlurmdPort={daemon_port}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=1
SlurmdParameters=config_overrides
ReturnToService=2
KillWait={kill_wait}
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 NodeHostname={host} CPUs={cpus} RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@contextlib.contextmanager
def slurm_cluster(*, cpus: int) -> Iterator[dict[str, str]]:
    """Start a cluster of one node; give the variables by which its commands find it."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        msg = f"a Slurm of our own needs root and `apt-get install slurm-wlm munge`: {missing}"
        raise RuntimeError(msg)
    # Not below pytest's own folder, which others may not enter: `munged` insists on it.
    folder = Path(tempfile.mkdtemp(prefix="runcube-slurm-"))
    folder.chmod(0o755)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        variables = _configure(folder, cpus)
        for command in (_munged(folder), ["slurmctld", "-D"], ["slurmd", "-D"]):
            stack.callback(_end, _started(command, folder, variables))
        _wait_until_idle(folder, variables)
        stack.callback(_cancel_all, variables)
        yield variables


def _configure(folder: Path, cpus: int) -> dict[str, str]:
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(128))
    controller_port, daemon_port = _free_ports(2)
    config = folder / "slurm.conf"
    config.write_text(
        CONFIG.format(
            host=platform.node(),
            folder=folder,
            controller_port=controller_port,
            daemon_port=daemon_port,
            kill_wait=KILL_WAIT,
            cpus=cpus,
        )
    )
    return {"SLURM_CONF": str(config)}


def _munged(folder: Path) -> list[str]:
    names = {"key-file": "key", "socket": "socket", "pid-file": "pid", "seed-file": "seed"}
    files = [f"--{option}={folder}/munge.{name}" for option, name in names.items()]
    return ["munged", "--foreground", *files, f"--log-file={folder}/munge.log"]


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _started(
    command: list[str], folder: Path, variables: dict[str, str]
) -> subprocess.Popen[bytes]:
    with (folder / f"{command[0]}.out").open("wb") as output:
        return subprocess.Popen(
            command, env=os.environ | variables, stdout=output, stderr=subprocess.STDOUT
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _cancel_all(variables: dict[str, str]) -> None:
    environment = os.environ | variables
    subprocess.run(["scancel", "--me"], env=environment, capture_output=True, check=False)
    deadline = time.monotonic() + 5 * KILL_WAIT
    while time.monotonic() < deadline and queue(variables):
        time.sleep(0.2)


def queue(variables: dict[str, str]) -> dict[str, str]:
    """Give the jobs that wait or run: name of each, such as `7_0`, and its state."""
    done = subprocess.run(
        ["squeue", "--noheader", "--array", "--format=%i %T"],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return dict(line.split() for line in done.stdout.splitlines())  # type: ignore[misc]


def _wait_until_idle(folder: Path, variables: dict[str, str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        done = subprocess.run(
            ["sinfo", "--noheader", "--format=%T"],
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.stdout.strip() == "idle":
            return
        time.sleep(0.2)
    logs = "\n".join(
        f"-- {path.name}\n{path.read_text(errors='replace')[-2000:]}"
        for path in sorted([*folder.glob("*.log"), *folder.glob("*.out")])
    )
    msg = f"no node of Slurm was idle after {START_SECONDS} s\n{logs}"
    raise RuntimeError(msg)
