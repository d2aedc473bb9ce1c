"""A big made-up company: seeded, the same each time, believable in Chinese and English.

`loading.load` puts one into an empty database; everything else here is pure.
"""
