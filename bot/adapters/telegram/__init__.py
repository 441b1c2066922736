"""Telegram: updates in, messages out, through the Bot API.

From the outside: `service.TelegramService`. Inside, one idea a file: `reading` (an update becomes an `Incoming`) and
`showing` (a screen becomes the arguments of a call) are pure; `errors` is the table of what Telegram's refusals mean;
`chat` posts and edits, and `files` are those that Telegram may have already; `polling` fetches updates and confirms
them once they are answered; `reception` takes each to the dispatcher, and `responder` shows what the dispatcher says.
"""

import os

# Durations come as numbers or, in the library's future, as `timedelta`: choose the future, or be warned at every one.
os.environ.setdefault("PTB_TIMEDELTA", "1")
