"""What is said on the bus: one module per conversation, frozen structs and typed subjects, nothing else.

Messages evolve by gaining optional fields only.
"""
