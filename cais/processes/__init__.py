"""The processes of one hub on one machine: start them in order, keep them, end them in order."""
