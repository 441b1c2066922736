"""The terminal: lines in, lines out, no token and no server.

From the outside: `service.TerminalService`. Inside, one idea a file: `reading` (a line becomes what somebody says) is
pure; `chat` shows screens as lines, numbers their buttons and puts clips into a folder; `service` takes each line to
the dispatcher and shows what the dispatcher says.
"""
