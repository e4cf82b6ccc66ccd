"""What is known of books."""
