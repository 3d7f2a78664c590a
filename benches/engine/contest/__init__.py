"""Speed of griot's engine beside that of others; `run.py` is the way in."""
