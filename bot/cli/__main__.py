"""``python -m bot.cli`` is ``ganterpret``."""

from bot.cli import main

main()
