"""`python -m tertulia_client` is the command `tertulia`."""

from tertulia_client.cli.main import main

if __name__ == "__main__":
    main()
