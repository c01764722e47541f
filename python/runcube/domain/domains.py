"""`Domain`: which parameter sets a sweep runs, as a value that is combined with operators."""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

from runcube.domain import algebra, definition, options, reading, stream
from runcube.domain.alias import Alias
from runcube.domain.form import Cube, Drawn, Form, Listed, bare
from runcube.domain.planned import Configs, Planned, PlannedJob, config_of, numbers_of
from runcube.domain.sampling import Sampler, is_number
from runcube.domain.shown import shown
from runcube.domain.stream import Stream
from runcube.domain.values import checked_key, listed


class Domain:
    """
    The parameter sets of a sweep.

    `a + b` runs one after the other, `a * b` every combination, `a @ b` side by side, and `w * a`
    weighs the parts of a sum. No operator changes its operands.

    Parameters
    ----------
    mapping : mapping, optional
        Parameter → values: a list, tuple, `range`, numpy array (along its first axis) or sampler.
        A `/` in a name is read as `.`; a name may be an `Alias`.
    **keywords : object
        More of them. The last parameter varies fastest.

    Raises
    ------
    TypeError
        What is given is one value, or values without an order.
    ValueError
        A parameter is given twice, or no override can carry a value.

    Examples
    --------
    >>> domain = Domain(a=[1, 2]) * Domain(b=[3, 4])
    >>> domain
    <Domain a=[1, 2] * b=[3, 4]: 4 configs>
    >>> domain[1], len(domain)
    ({'a': 1, 'b': 4}, 4)
    >>> (Domain(a=[1, 2]) @ Domain(b=[3, 4])).overrides()
    [['a=1', 'b=3'], ['a=2', 'b=4']]
    """

    __slots__ = ("_planned",)
    # numpy's numbers leave `*` to us.
    __array_ufunc__ = None
    _planned: Planned

    def __init__(
        self, mapping: Mapping[str | Alias, Any] | None = None, /, **keywords: Any
    ) -> None:
        if mapping is not None and not isinstance(mapping, Mapping):
            raise TypeError(
                f"`Domain`: expected a mapping of parameters to values; got {mapping!r}"
            )
        found: dict[str, Listed | Drawn] = {}
        for name, values in (*(mapping or {}).items(), *keywords.items()):
            option = _option(name, values)
            if found.setdefault(bare(option.key), option) is not option:
                raise ValueError(f"`{bare(option.key)}` is given twice; name each parameter once")
        form = Form((Cube(tuple(found.values())),)) if found else Form()
        self._planned = Planned(form, Stream())

    @classmethod
    def from_overrides(cls, overrides: Sequence[str] | Sequence[Sequence[str]]) -> Domain:
        """
        Read a domain from Hydra's own override syntax.

        Parameters
        ----------
        overrides : sequence of str, or of sequences of str
            Sweeps as on a command line, whose product is meant; or the override list of each job,
            as `overrides` gives them. Jobs that are a product become that product.

        Returns
        -------
        Domain
            The domain; `overrides` is the inverse.

        Raises
        ------
        ValueError
            A text is no override, or its values cannot be listed.

        Examples
        --------
        >>> Domain.from_overrides(["lr=0.1,0.2", "seed=range(0,3)"])
        <Domain lr=[0.1, 0.2] * seed=[0, 1, 2]: 6 configs>
        >>> Domain.from_overrides([["a=1", "b=2"], ["a=3", "b=4"]])
        <Domain a=[1] * b=[2] + a=[3] * b=[4]: 2 configs>
        """
        if isinstance(overrides, str):
            raise TypeError(f"expected a list of overrides; got the text {overrides!r}")
        texts = [item for item in overrides if isinstance(item, str)]
        if len(texts) == len(overrides):
            return _made(reading.form_of_overrides(texts))
        if texts:
            raise TypeError("expected override texts or lists of them; got both")
        return _made(reading.form_of_jobs([list(item) for item in overrides]))

    # ---- The algebra

    def __add__(self, other: object) -> Domain:
        if not isinstance(other, Domain):
            return NotImplemented
        return self._combined("+", other)

    def __radd__(self, other: object) -> Domain:
        # `sum` begins with 0.
        return self if is_number(other) and other == 0 else NotImplemented

    def __mul__(self, other: object) -> Domain:
        if not isinstance(other, Domain):
            if is_number(other):
                raise TypeError(f"`*`: a weight stands on the left, `{other!r} * domain`")
            return NotImplemented
        return self._combined("*", other)

    def __rmul__(self, weight: object) -> Domain:
        if not is_number(weight):
            return NotImplemented
        return _made(algebra.weighted(weight, self._planned.form), self._planned.stream)

    def __matmul__(self, other: object) -> Domain:
        return self._combined("@", other) if isinstance(other, Domain) else NotImplemented

    def _combined(self, symbol: str, other: Domain) -> Domain:
        left, right = self._planned, other._planned
        combine = {"+": algebra.sum_of, "*": algebra.product_of, "@": algebra.zip_of}[symbol]
        kept = stream.joined(symbol, left.stream, right.stream)
        return _made(combine(left.form, right.form), kept)

    def __eq__(self, other: object) -> bool:
        return self._planned == other._planned if isinstance(other, Domain) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._planned)

    def __repr__(self) -> str:
        return shown(self._planned.form, self._planned.stream)

    # ---- Items and repetitions

    def take(
        self,
        n_items: int | None = None,
        n_reps: int = 1,
        repeat_each: int | None = None,
        seed: int | None = None,
    ) -> Domain:
        """
        Say how many configs run, how often, and by which seed.

        Parameters
        ----------
        n_items : int, optional
            How many configs: the domain is cut, or started over. None: each once.
        n_reps : int, optional
            How often each config runs.
        repeat_each : int, optional
            How many configs run before they are repeated. None: all.
        seed : int, optional
            The seed of samplers, weights and repetitions. None: 0.

        Returns
        -------
        Domain
            The same configs under these parameters, in place of those of an earlier `take`.

        Examples
        --------
        >>> repeated = Domain(a=[1, 2]).take(n_reps=2)
        >>> [(config["a"], config["repetition"]) for config in repeated.configs(additional=True)]
        [(1, 0), (2, 0), (1, 1), (2, 1)]
        """
        return _made(self._planned.form, Stream(n_items, n_reps, repeat_each, seed))

    set_iter_params = take

    @property
    def planned(self) -> Planned:
        """What a number stands for: of each config its values, of each job its overrides."""
        return self._planned

    @property
    def size(self) -> int | float:
        """How many jobs there are, repetitions counted; `math.inf` for no end."""
        size = self._planned.size
        return math.inf if size is None else size

    # ---- The configs

    def __len__(self) -> int:
        items = self._planned.items
        if items is None:
            raise OverflowError("this domain is infinite: `take(n_items=...)` gives it a length")
        if items > sys.maxsize:
            raise OverflowError(
                f"this domain has {items} configs, more than `len` can say; `size` can"
            )
        return items

    def __bool__(self) -> bool:
        return self._planned.items != 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        items, number = self._planned.items, 0
        while items is None or number < items:
            yield config_of(self._planned.chosen(number))
            number += 1

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, index: slice) -> Configs: ...

    def __getitem__(self, index: int | slice) -> dict[str, Any] | Configs:
        items = self._planned.items
        if isinstance(index, slice):
            return Configs(self._planned, numbers_of(index, items))
        number = operator.index(index)
        if number < 0 and items is not None:
            number += items
        if number < 0 or (items is not None and number >= items):
            count = "infinitely many" if items is None else items
            raise IndexError(f"config {index} of {count}: out of range")
        return config_of(self._planned.chosen(number))

    def jobs(self) -> Iterator[PlannedJob]:
        """
        Give what runs, one after the other, repetitions included; without end where there is none.

        Examples
        --------
        >>> job = next(Domain(a=[Alias(0.1, "slow")]).jobs())
        >>> job.overrides, job.aliases, job.repetition
        (['a=0.1'], {'a': 'slow'}, 0)
        """
        size, number = self._planned.size, 0
        while size is None or number < size:
            yield self._planned.job(number)
            number += 1

    def iterator(self, *, additional: bool = False) -> Iterator[dict[str, Any]]:
        """
        Give the config of each job, repetitions included.

        Parameters
        ----------
        additional : bool, optional
            Whether each config has its `repetition` too.

        Raises
        ------
        ValueError
            A parameter bears the name `repetition` too.
        """
        if additional and "repetition" in self._planned.form.names:
            raise ValueError("`repetition` is a parameter of this domain: read `jobs()` instead")
        for job in self.jobs():
            yield {**job.parameters, "repetition": job.repetition} if additional else job.parameters

    def configs(self, *, additional: bool = False) -> list[dict[str, Any]]:
        """
        List the config of each job, repetitions included.

        Raises
        ------
        ValueError
            The domain is infinite.

        Examples
        --------
        >>> Domain(a=[1, 2]).configs()
        [{'a': 1}, {'a': 2}]
        """
        self._check_end()
        return list(self.iterator(additional=additional))

    def overrides(self) -> list[list[str]]:
        """
        List the overrides of each job, repetitions included: a task gets exactly the values.

        Raises
        ------
        ValueError
            The domain is infinite.

        Examples
        --------
        >>> Domain({"+name": ["1", "a,b"]}).overrides()
        [["+name='1'"], ["+name='a,b'"]]
        """
        self._check_end()
        return [job.overrides for job in self.jobs()]

    def definition(self) -> dict[str, Any]:
        """
        Give what a sweep's record holds of the domain, as plain data.

        Examples
        --------
        >>> Domain(a=[1, "1"]).definition()
        {'kind': 'product', 'axes': [{'name': 'a', 'labels': ['1', "'1'"]}]}
        """
        return definition.definition(self._planned)

    def option_items(self) -> list[tuple[str, Sequence[Any] | Sampler]]:
        """
        List each option with its values or its sampler, in the order in which they were written.

        Examples
        --------
        >>> (Domain(a=[1, 2]) + Domain(b=range(3))).option_items()
        [('a', [1, 2]), ('b', range(0, 3))]
        """
        return options.items(self._planned)

    def option_sample(self, name: str, n_items: int = 1) -> list[Any]:
        """
        Draw values of one option alone, each as likely as the other where they are listed.

        Parameters
        ----------
        name : str
            The parameter.
        n_items : int, optional
            How many values.

        Raises
        ------
        KeyError
            No option has this name.

        Examples
        --------
        >>> sample = Domain(a=[1, 2]).option_sample("a", 100)
        >>> len(sample), set(sample)
        (100, {1, 2})
        """
        return options.sample(self._planned, name, n_items)

    def _check_end(self) -> None:
        if self._planned.size is None:
            raise ValueError("this domain is infinite: `take(n_items=...)` says how many to run")


class Option(Domain):
    """
    A domain of one parameter.

    Parameters
    ----------
    name : str or Alias
        The parameter.
    values : object
        As in `Domain`.

    Examples
    --------
    >>> Option("a", [1, 2]) == Domain(a=[1, 2])
    True
    """

    __slots__ = ()

    def __init__(self, name: str | Alias, values: Any) -> None:
        super().__init__({name: values})


def _made(form: Form, parameters: Stream | None = None) -> Domain:
    domain = Domain()
    domain._planned = Planned(form, parameters or Stream())
    return domain


def _option(name: object, values: object) -> Listed | Drawn:
    key, label = checked_key(name)
    if isinstance(values, Sampler):
        return Drawn(key, label, values)
    return Listed(key, label, *listed(bare(key), values))
