"""System checks of this project's own rules."""
