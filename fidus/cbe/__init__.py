"""Open data of the Crossroads Bank for Enterprises: what its files hold, and how that comes into our store.

Format: contracts/cbe/SOURCE.md. `archive` opens a file, `rows` reads its tables, `load` carries them over.
"""
