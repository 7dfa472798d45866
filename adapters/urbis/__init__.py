"""Addresses and buildings of Brussels (UrbIS)."""
