"""Reading memory back: recipes, recall, context blocks."""
