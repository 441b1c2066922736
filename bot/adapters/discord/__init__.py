"""Discord: interactions and messages in, messages out.

From the outside: `service.DiscordService`. Inside, one idea a file: `reading` (an event becomes an `Incoming`) and
`showing` (a screen becomes text, rows and a file) are pure; `errors` is the table of what Discord's refusals mean;
`commands` and `buttons` are what people see to press; `chat` posts and edits, by stored ids; `hints` remembers the
tokens of interactions for the quarter of an hour that they live; `responder` shows what the dispatcher says;
`conversation` brings the two together; `client` is where the library calls us.
"""
