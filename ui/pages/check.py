"""The page `check`: a door for the navigation, nothing else."""

from ui.check import check_panel

check_panel()
