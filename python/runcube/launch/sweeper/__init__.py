"""The sweeper `hydra/sweeper=runcube`: which jobs a sweep has, what is known of them, what to run.

::

    settings, lines ──► combinations ──► planned ──► matching ──► sweeping ──► launcher
    hydra.sweeper.*     which overrides  configs,    what stands  records, order,
    and the command     in which order   signatures, there from   what a failure
    line                                 directories before       ends

Nothing is written before everything is composed and checked. `lock` keeps two processes from
launching into one sweep; `plan_file` is the plan on disk.
"""
