"""The algebra of sweeps: which parameter sets run, as values that are combined with operators.

::

    Domain(a=[1, 2], b=[3, 4])    every combination, the last parameter fastest
    d + e                         the configs of d, then those of e
    d * e                         each config of d with each of e
    d @ e                         side by side: both have one length
    2 * d + 1 * e                 mixed, two of d for one of e
    NumpySampler("uniform")       as the values of a parameter: drawn for each config
    d.take(n_items, n_reps)       so many configs, each so often

A domain is data: it is compared, pickled and indexed, and its operators change nothing.
`runcube.domain.form` opens with the form that all of them are brought to.
"""

from runcube.domain.alias import Alias, ConfigAlias, create_aliases
from runcube.domain.distributions import NS, ConstantSampler, NumpySampler, ScipySampler
from runcube.domain.domains import Domain, Option
from runcube.domain.functions import iterator, option_items, option_sample, set_iter_params, size
from runcube.domain.planned import Configs, PlannedJob
from runcube.domain.sampling import Sampler

__all__ = [
    "NS",
    "Alias",
    "ConfigAlias",
    "Configs",
    "ConstantSampler",
    "Domain",
    "NumpySampler",
    "Option",
    "PlannedJob",
    "Sampler",
    "ScipySampler",
    "create_aliases",
    "iterator",
    "option_items",
    "option_sample",
    "set_iter_params",
    "size",
]
