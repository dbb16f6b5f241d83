"""What lists of the submissions roof show: filters that are kept in the address."""
