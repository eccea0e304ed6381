from .fixtures import api

__all__ = ["api"]
