"""`runcube bench`: how fast gathering is, against what cannot be beaten and against what others do.

::

    workloads      rows ──► turns ──► figures ──► report
    trees, given   what is   each in   a ratio,    a table,
    or made        timed     turn      a target    or JSON

Times drift on a machine that others use, so a claim is a ratio of two times of one run: every
round times all contenders of a row, one after another, and medians are compared. Before anything
is timed, the datasets of all contenders are held against each other.
"""
