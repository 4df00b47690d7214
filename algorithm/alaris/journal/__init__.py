"""The journal: every intent, order, status, fill, halt and command of one account, each record bound to the one before by its hash.

`alaris.journal.store` writes and reads it and needs the extra `alaris[journal]`; nothing here is imported before it is used.
"""
