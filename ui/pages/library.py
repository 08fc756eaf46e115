"""The page `library`: a door for the navigation, nothing else."""

from ui.library import library_panel

library_panel()
