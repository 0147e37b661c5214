"""Demo data: an invented vendor with its partners, their clients and a year of history."""

from app.demo.billing import bill_demo
from app.demo.keys import DemoKey, demo_keys
from app.demo.load import NotEmptyError, is_loaded, load_demo

__all__ = ["DemoKey", "NotEmptyError", "bill_demo", "demo_keys", "is_loaded", "load_demo"]
