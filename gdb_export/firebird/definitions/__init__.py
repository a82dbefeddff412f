"""What a database says about itself: keys, indices, defaults, descriptions, views, sequences."""
