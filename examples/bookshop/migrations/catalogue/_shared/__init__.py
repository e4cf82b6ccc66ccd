"""What several migrations of the catalogue need."""
