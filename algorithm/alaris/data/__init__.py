"""The LEAN data folder: writer, small readers, checks, and the embedded demo market."""
