"""What other tariffs would come to."""
