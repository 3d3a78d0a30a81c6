"""The website: the pages that people see, their addresses, and the server that answers."""
