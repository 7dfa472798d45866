"""The mock of UrbIS: addresses by REST, features by WFS 2.0."""
