"""Results → what people and programs read: terminal text, JSON and pictures."""
