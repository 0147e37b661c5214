"""Planned reads: a selection in, a fixed number of SQL statements, response data out.

`sources` says where types come from, `selection` what is asked, `plan` turns both into statements
and row builders, `pages` does keyset pages, `reader` runs it all for one actor.
"""
