"""The page `status`: a door for the navigation, nothing else."""

from ui.status import status_panel

status_panel()
