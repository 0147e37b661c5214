"""Documents for people, as HTML and as PDF from the same data."""
