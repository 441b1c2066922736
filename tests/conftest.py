"""What holds for every test."""

import os

from hypothesis import settings

# A busy machine is slow now and then; that is no counterexample.
settings.register_profile("ours", deadline=None)
settings.load_profile("ours")

# python-telegram-bot warns until it is told which kind of duration is wanted.
os.environ.setdefault("PTB_TIMEDELTA", "1")
