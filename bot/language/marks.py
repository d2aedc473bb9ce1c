"""Stand-ins for what was found in a sentence, so that patterns speak of a date, not of its words.

A span is overwritten by as many copies of its mark, which keeps every place in the text.
"""

NAME = "\ue000"
"""A customer of the book."""
DATE = "\ue001"
AMOUNT = "\ue002"
PHONE = "\ue003"
EMAIL = "\ue004"
CUSTOMER = "\ue005"
"""#12."""
DEAL = "\ue006"
"""D45 or 商机45."""
TASK = "\ue007"
"""T7."""
QUOTE = "\ue008"
OWNER = "\ue009"
"""@小李."""
ALL = NAME + DATE + AMOUNT + PHONE + EMAIL + CUSTOMER + DEAL + TASK + QUOTE + OWNER
