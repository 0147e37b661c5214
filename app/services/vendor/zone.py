"""The vendor's time zone, in which days, periods and deadlines are counted."""

from zoneinfo import ZoneInfo

from app.persistence.models import Vendor


async def vendor_zone() -> ZoneInfo:
    """The vendor's time zone; UTC before there is a vendor."""
    vendor = await Vendor.first().only("time_zone")
    return ZoneInfo(vendor.time_zone if vendor else "UTC")
