"""What was said in a forum as a plan of what is said to a server: recorded, or made up for a day."""
