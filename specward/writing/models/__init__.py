"""Language models, and what is said to them: nothing of it is needed where no model writes."""
