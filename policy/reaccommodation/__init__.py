"""Re-accommodation rules: by what disrupted parties are moved, for everybody or for those who have a carrier's ticket.

    rules = adopted(Rules(), read_files([Path("policy/reaccommodation/examples/harbour_air.toml")]))

README.md in the folder above says what the package does.
"""

from policy.reaccommodation.adopting import adopted
from policy.reaccommodation.asking import Question, answered, read_question
from policy.reaccommodation.loading import read_file, read_files, read_folder
from policy.reaccommodation.model import ReaccommodationFile
from policy.reaccommodation.starting import RuleFiles

__all__ = [
    "Question",
    "ReaccommodationFile",
    "RuleFiles",
    "adopted",
    "answered",
    "read_file",
    "read_files",
    "read_folder",
    "read_question",
]
