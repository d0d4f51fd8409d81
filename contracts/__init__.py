"""The messages on the bus: one module per conversation, with frozen structs and typed subjects, and nothing else.

Messages evolve only by gaining optional fields.
"""
