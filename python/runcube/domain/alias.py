"""Short names for values and parameters: the value runs, the alias labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runcube.domain.dotted import dotted_path, is_importable


@dataclass(frozen=True, slots=True)
class Alias:
    """
    A value, or the name of a parameter, with a short name to show.

    Parameters
    ----------
    value : object
        What runs: a value as `Domain` takes it, or a parameter's name.
    alias : str, optional
        What labels it; without one its `__name__`, else its text.

    Examples
    --------
    >>> Alias(1e-05, "slow").alias, Alias(print).alias, Alias([1, 2]).alias
    ('slow', 'print', '[1, 2]')
    """

    value: Any
    alias: str = ""

    def __init__(self, value: object, alias: str | None = None) -> None:
        if isinstance(value, Alias):
            raise TypeError(f"`Alias` of {value!r}: it has an alias already; give its value")
        if alias is None:
            alias = str(getattr(value, "__name__", value))
        if not isinstance(alias, str) or not alias:
            raise TypeError(f"`Alias` of {value!r}: expected a text as its alias; got {alias!r}")
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "alias", alias)

    def __hash__(self) -> int:
        # The value may be a list; equal aliases of unequal values are rare.
        return hash(self.alias)


class ConfigAlias(Alias):
    """
    A config with a `_target_`, as the value that stands for an object.

    Parameters
    ----------
    config : mapping, class or function
        A mapping that has a `_target_`; a structured config of hydra-zen or a dataclass that has
        one; or a class or function, which becomes the config that calls it.
    alias : str, optional
        What labels it; without one the last name of its `_target_`.

    Examples
    --------
    >>> sgd = ConfigAlias({"_target_": "torch.optim.SGD", "lr": 0.1})
    >>> sgd.alias, sgd.value
    ('SGD', {'_target_': 'torch.optim.SGD', 'lr': 0.1})
    """

    __slots__ = ()

    def __init__(self, config: object, alias: str | None = None) -> None:
        plain = _plain_config(config)
        target = plain.get("_target_")
        if not isinstance(target, str) or not target:
            raise ValueError(
                f"`ConfigAlias` of {config!r}: it has no `_target_`; give the dotted path of what "
                "is to be called"
            )
        super().__init__(plain, target.rpartition(".")[2] if alias is None else alias)


def create_aliases(values: Mapping[str, object] | Iterable[object]) -> list[Alias]:
    """
    Give each value an alias.

    Parameters
    ----------
    values : mapping or iterable
        Alias → value, or values alone, whose aliases are those that `Alias` gives by default.

    Returns
    -------
    list of Alias
        In the order given; what is an `Alias` already stays as it is.

    Examples
    --------
    >>> create_aliases({"slow": 1e-05, "fast": 0.1})
    [Alias(value=1e-05, alias='slow'), Alias(value=0.1, alias='fast')]
    """
    if isinstance(values, Mapping):
        return [Alias(value, alias) for alias, value in values.items()]
    return [value if isinstance(value, Alias) else Alias(value) for value in values]


def _plain_config(config: object) -> dict[str, Any]:
    if isinstance(config, Mapping):
        # A target may be given as the class itself.
        target = config.get("_target_")
        plain = dict(config)
        if is_importable(target):
            plain["_target_"] = dotted_path(target)
        return plain
    if hasattr(config, "__dataclass_fields__"):
        from omegaconf import OmegaConf

        container: Any = OmegaConf.to_container(OmegaConf.structured(config), resolve=False)
        plain = dict(container)
        return plain if "_target_" in plain or not is_importable(config) else _call_of(config)
    if is_importable(config):
        return _call_of(config)
    raise TypeError(
        f"`ConfigAlias` of {config!r}: expected a mapping with a `_target_`, a class or a function"
    )


def _call_of(thing: object) -> dict[str, Any]:
    return {"_target_": dotted_path(thing)}
