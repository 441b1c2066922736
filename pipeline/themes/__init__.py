"""From a typed theme to the category that is shown at each inflection point."""
