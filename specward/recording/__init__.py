"""From a recording's bytes to a trace: events, the page as it was, names, locators, effects."""
