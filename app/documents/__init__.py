"""Documents that are sent to people: the same data as HTML and as PDF."""
