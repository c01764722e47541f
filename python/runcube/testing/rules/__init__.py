"""Sweeps of any history, and what the rules of gathering make of them.

`draw.sweep_trees` draws one, `write_tree` puts it on disk, `expected` says what opening and
gathering it must give, and `features` names what it exercises. Each rule has its file: who a job is
and whether it belongs (`jobs`), what is swept (`axes`), which jobs share a cell (`share`), the
layout (`layout`), the arrays (`arrays`, `series`) and the dataset (`gather`).
"""

from runcube.testing.rules.features import features as features
from runcube.testing.rules.gather import Expectation as Expectation
from runcube.testing.rules.gather import Refused as Refused
from runcube.testing.rules.gather import expected as expected
from runcube.testing.rules.model import Call as Call
from runcube.testing.rules.model import Definition as Definition
from runcube.testing.rules.model import Folder as Folder
from runcube.testing.rules.model import Line as Line
from runcube.testing.rules.model import PlanLine as PlanLine
from runcube.testing.rules.model import Record as Record
from runcube.testing.rules.model import SweepTree as SweepTree
from runcube.testing.rules.write import write_tree as write_tree
