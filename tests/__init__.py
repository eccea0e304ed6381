"""Tests: they mirror the packages, with fakes that work."""
