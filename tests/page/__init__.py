"""report.html: valid, harmless, and with the numbers of the other reports."""
