"""How people word what they want, one file a language (``docs/languages.md``), and all of them read as one."""
