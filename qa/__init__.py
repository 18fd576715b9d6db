"""Wenbao 问报: ask a folder of newspaper pages."""
