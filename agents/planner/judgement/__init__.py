"""A language model's part in a plan: it reads remarks and chooses between trips that the rules rank alike.

Importing this loads no model library.
"""
