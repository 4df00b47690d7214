"""The LEAN types an algorithm touches, under LEAN's names."""
