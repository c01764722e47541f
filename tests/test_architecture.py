"""The shape of the repository: which way imports point, how long files are, what stays where.

Every rule is a function of source text that gives its complaints. It is applied to all files, and
to a small text that breaks it, so that a rule which has gone blind is seen.
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / "python"
CORE = ROOT / "rust" / "core"
BINDING = ROOT / "rust" / "py"

# A unit imports from rows below its own, never from its row or above. A new module of `runcube`
# takes its place here.
PYTHON_TIERS = (
    ("__main__",),
    ("cli", "hydra_plugins"),
    ("bench",),
    ("testing",),
    ("runcube",),  # the public face, which names everything below it
    ("workflows", "integrations"),
    ("launch", "results"),
    ("domain", "record"),
    ("overrides", "encoding"),
    ("override_text", "errors", "times", "heartbeat"),
    ("_core",),
)
# The same for the modules of the core.
RUST_TIERS = (
    ("sweep",),
    ("index",),
    ("assemble", "scan", "query"),  # cells are placed, and a checked record proves a job finished
    ("metric",),
    ("grammar", "yaml", "bench"),
    ("json",),
    ("files", "value", "array", "codes", "pool"),
    ("error", "pages"),
)
# Hydra's documented modules; whatever else it holds changes without notice.
HYDRA_PUBLIC = ("errors", "plugins", "utils")
HYDRA_PLUGIN_API = ("core.config_search_path", "core.config_store", "types")
# The only files that know Hydra's internals: global state, composing, and running one job.
HYDRA_INTERNALS = tuple(
    f"runcube.launch.{name}" for name in ("hydra", "hydra_compose", "hydra_job", "hydra_place")
)
LONG, TOO_LONG = 400, 450
# What breaks a rule today. An entry that is no longer needed fails too.
KNOWN_LOGIC = {"rust/core/src/metric/mod.rs"}
KNOWN_LONG = {"tests/test_workflows_run.py"}


def sources(*folders: Path, ending: str) -> list[Path]:
    found = [path for folder in folders for path in folder.rglob(f"*{ending}")]
    return sorted(path for path in found if "target" not in path.parts)


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tier(unit: str, tiers: tuple[tuple[str, ...], ...], table: str) -> int:
    for number, units in enumerate(tiers):
        if unit in units:
            return number
    pytest.fail(f"`{unit}` has no place in `{table}` of {shown(Path(__file__))}: add it there")


def direction(unit: str, used: set[str], tiers: tuple[tuple[str, ...], ...], table: str) -> list:
    own = tier(unit, tiers, table)
    others = sorted(used - {unit})
    return [f"`{unit}` uses `{other}`" for other in others if tier(other, tiers, table) <= own]


# ---- Python


def imported_modules(source: str) -> list[str]:
    """Give the full names that a text imports: `from a import b` is `a.b`."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            names += [f"{base}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            names += [
                argument.value
                for argument in node.args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            ]
    return names


def python_unit(module: str) -> str | None:
    """Give the row entry that a module of ours belongs to; a public name counts as its home."""
    parts = module.split(".")
    if parts[0] == "hydra_plugins":
        return "hydra_plugins"
    if parts[0] != "runcube":
        return None
    if len(parts) == 1 or parts[1] in {"__version__", "__init__"}:
        return "runcube"
    home = importlib.import_module("runcube")._HOMES.get(parts[1])
    return python_unit(home) if home else parts[1]


def python_direction(module: str, source: str) -> list[str]:
    used = {python_unit(name) for name in imported_modules(source)} - {None}
    return direction(python_unit(module), used, PYTHON_TIERS, "PYTHON_TIERS")


def relative_imports(module: str, source: str) -> list[str]:
    return [f"`{name}`" for name in imported_modules(source) if name.startswith(".")]


def private_hydra(module: str, source: str) -> list[str]:
    if module in HYDRA_INTERNALS:
        return []
    public = HYDRA_PUBLIC
    if module.startswith("hydra_plugins"):
        public += HYDRA_PLUGIN_API
    found = [
        name
        for name in imported_modules(source)
        if name.startswith("hydra.") and not name.startswith(tuple(f"hydra.{p}" for p in public))
    ]
    # `from hydra import main` is public, `import hydra.core` and `from hydra import core` are not.
    hidden = {"_internal", "conf", "core", "grammar", "types", "version"}
    return [f"`{name}`" for name in found if name.split(".")[1] in hidden or name.count(".") > 1]


def python_logic(module: str, source: str) -> list[str]:
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = [node.name for node in ast.walk(ast.parse(source)) if isinstance(node, definitions)]
    return [f"`{name}`" for name in found if name not in {"__getattr__", "__dir__"}]


def public_submodules(public: list[str], submodules: list[str]) -> list[str]:
    return sorted(set(public) & set(submodules))


def python_modules() -> dict[str, Path]:
    names = {}
    for path in sources(PYTHON, ending=".py"):
        parts = path.relative_to(PYTHON).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


# ---- Rust


def rust_code(source: str) -> str:
    """Leave out the comments; strings that hold `//` lose their end, which no rule looks at."""
    return re.sub(r"//[^\n]*", "", source)


def crate_uses(source: str) -> set[str]:
    """Give the modules named after `crate::`, alone or in braces."""
    code = rust_code(source)
    used = set(re.findall(r"\bcrate::(\w+)", code))
    for group in re.finditer(r"\bcrate::\{", code):
        depth, start = 1, True
        for token in re.findall(r"[{},]|\w+", code[group.end() :]):
            depth += {"{": 1, "}": -1}.get(token, 0)
            if depth == 0:
                break
            if start and depth == 1 and token.isidentifier():
                used.add(token)
            start = depth == 1 and token == ","
    return used


def rust_direction(module: str, source: str) -> list[str]:
    return direction(module, crate_uses(source), RUST_TIERS, "RUST_TIERS")


def rust_threads(module: str, source: str) -> list[str]:
    if module == "pool":
        return []
    return re.findall(r"\bthread::\w+|\bstd::thread\b|\brayon\b|\bcrossbeam\w*", rust_code(source))


def rust_logic(module: str, source: str) -> list[str]:
    code = re.sub(r"#\[cfg\(test\)\]\s*mod \w+ \{.*?\n\}", "", rust_code(source), flags=re.DOTALL)
    code = re.sub(r"#\[pymodule\]\s*fn \w+", "", code)
    return [f"`{name}`" for name in re.findall(r"\bfn (\w+)", code)]


def interpreter_words(module: str, source: str) -> list[str]:
    # Texts may name what stands in files: a pickle says who wrote it.
    code = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', rust_code(source), flags=re.DOTALL)
    return re.findall(r"\b(?:pyo3|numpy|PyAny|PyObject|PyResult)\b", code)


def interpreter_dependencies(manifest: str) -> list[str]:
    content = tomllib.loads(manifest)
    tables = [content, *content.get("target", {}).values()]
    kinds = ("dependencies", "dev-dependencies", "build-dependencies")
    names = [name for table in tables for kind in kinds for name in table.get(kind, {})]
    return [name for name in names if re.match(r"py(o|thon)|numpy|cpython|maturin", name)]


def rust_modules() -> dict[Path, str]:
    below = CORE / "src"
    paths = sources(below, ending=".rs")
    return {path: path.relative_to(below).with_suffix("").parts[0] for path in paths}


# ---- The rules, applied


def applied(rule, files: dict[Path, str]) -> list[str]:
    return [
        f"{shown(path)}: {complaint}"
        for path, module in files.items()
        for complaint in rule(module, path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("rule", [python_direction, relative_imports, private_hydra])
def test_python_keeps(rule):
    assert applied(rule, {path: module for module, path in python_modules().items()}) == []


@pytest.mark.parametrize("rule", [rust_direction, rust_threads, interpreter_words])
def test_the_core_keeps(rule):
    files = {path: module for path, module in rust_modules().items() if module != "lib"}
    assert applied(rule, files) == []


def test_the_binding_starts_no_threads():
    files = {path: path.stem for path in sources(BINDING / "src", ending=".rs")}
    assert applied(rust_threads, files) == []


def test_the_core_depends_on_no_interpreter():
    assert interpreter_dependencies((CORE / "Cargo.toml").read_text(encoding="utf-8")) == []


def test_no_submodule_bears_a_public_name():
    found = {}
    for name, path in python_modules().items():
        package = importlib.import_module(name) if path.name == "__init__.py" else None
        public = list(getattr(package, "__all__", []))
        children = [item.stem for item in path.parent.iterdir() if item.name != "__init__.py"]
        if both := public_submodules(public, children):
            found[name] = both
    assert found == {}


def test_files_that_only_name_hold_no_logic():
    python = {path: name for name, path in python_modules().items() if path.name == "__init__.py"}
    rust = {
        path: path.stem
        for path in sources(CORE / "src", BINDING / "src", ending=".rs")
        if path.name in {"lib.rs", "mod.rs"}
    }
    complaints = applied(python_logic, python) + applied(rust_logic, rust)
    broken = {complaint.partition(":")[0] for complaint in complaints}
    assert broken == KNOWN_LOGIC, complaints


def test_no_file_is_too_long(capsys):
    folders = [ROOT / name for name in ("python", "rust", "tests", "benches")]
    paths = [path for ending in (".py", ".rs", ".pyi") for path in sources(*folders, ending=ending)]
    lengths = {shown(path): path.read_bytes().count(b"\n") for path in paths}
    long = [name for name, length in lengths.items() if LONG < length <= TOO_LONG]
    with capsys.disabled():
        sys.stdout.writelines(f"\n{name} nears {TOO_LONG} lines: split it" for name in long)
    assert {name for name, length in lengths.items() if length > TOO_LONG} == KNOWN_LONG


# ---- Every rule sees what breaks it


@pytest.mark.parametrize(
    ("rule", "module", "source"),
    [
        (python_direction, "runcube.record", "from runcube.launch import wrapper"),
        (python_direction, "runcube.results.x", "import runcube.launch.hydra"),
        (python_direction, "runcube.errors", "def f():\n    from runcube import _core, open_sweep"),
        (python_direction, "runcube.launch.x", "importlib.import_module('runcube.cli.main')"),
        (relative_imports, "runcube.launch.x", "from . import hydra"),
        (relative_imports, "runcube.launch.x", "from ..record import JobRecord"),
        (private_hydra, "runcube.cli.x", "from hydra._internal.utils import run_hydra"),
        (private_hydra, "runcube.cli.x", "import hydra.core.plugins"),
        (private_hydra, "hydra_plugins.runcube.x", "from hydra.core.utils import run_job"),
        (private_hydra, "runcube.cli.x", "from hydra import core"),
        (python_logic, "runcube", "def gather():\n    pass"),
        (python_logic, "runcube", "class Sweep:\n    pass"),
        (rust_direction, "value", "use crate::error::Error;\nuse crate::json;"),
        (rust_direction, "yaml", "use crate::{error::{Error, Result}, sweep::Sweep};"),
        (rust_direction, "scan", "fn f() { crate::assemble::code(1) }"),
        (rust_threads, "scan", "use std::thread;"),
        (rust_threads, "sweep", "fn f() { std::thread::spawn(|| ()); }"),
        (rust_logic, "mod", "/// A count.\npub fn index() {}"),
        (interpreter_words, "value", "use pyo3::prelude::*;"),
    ],
)
def test_a_rule_sees_what_breaks_it(rule, module, source):
    assert rule(module, source) != []


@pytest.mark.parametrize(
    ("rule", "module", "source"),
    [
        (python_direction, "runcube.launch.x", "from runcube import _core\nimport numpy"),
        (python_direction, "runcube.testing.x", "from runcube import save_metrics, __version__"),
        (private_hydra, "runcube.cli.x", "from hydra import compose\nfrom hydra.utils import call"),
        (private_hydra, "hydra_plugins.runcube.x", "from hydra.plugins.sweeper import Sweeper"),
        (python_logic, "runcube", "def __getattr__(name):\n    pass"),
        (rust_direction, "sweep", "//! See [`crate::nothing`].\nuse crate::{error::Error, yaml};"),
        (rust_threads, "pool", "use std::thread;"),
        (rust_logic, "lib", "#[pymodule]\nfn _core() {}"),
        (rust_logic, "mod", "#[cfg(test)]\nmod tests {\n    fn f() {}\n}"),
        (interpreter_words, "value", "/// As numpy and Python do.\nfn f() {}"),
        (interpreter_words, "value", 'fn f() -> &\'static str { "numpy" }'),
    ],
)
def test_a_rule_lets_pass_what_keeps_it(rule, module, source):
    assert rule(module, source) == []


def test_an_unknown_module_is_asked_to_take_its_place():
    with pytest.raises(pytest.fail.Exception, match=r"no place in `PYTHON_TIERS`.*add it there"):
        python_direction("runcube.novelty", "")


def test_dependencies_and_names_that_break_their_rules_are_seen():
    manifest = "[dependencies]\nserde = '1'\n[target.'cfg(unix)'.dependencies]\npyo3 = '0.30'"
    assert interpreter_dependencies(manifest) == ["pyo3"]
    assert public_submodules(["Sweep", "sweep"], ["sweep", "record"]) == ["sweep"]
