"""What a bot is made of; `tertulia_client.Bot` puts it together."""
