"""What holds for every test."""

import os

from hypothesis import settings

# A busy machine is slow now and then; that is no counterexample. The same examples each time: the suite fails for what
# has changed and never by chance. What random search finds (`make fuzz`) is pinned as an `@example`.
settings.register_profile("suite", deadline=None, derandomize=True, database=None)
settings.register_profile("fuzz", deadline=None, database=None, print_blob=True)
settings.load_profile(os.environ.get("GANTERPRET_TEST_PROFILE", "suite"))

# python-telegram-bot warns until it is told which kind of duration is wanted.
os.environ.setdefault("PTB_TIMEDELTA", "1")
