"""Figures as SVG: values, names and intervals in, markup out. It knows no server and no run. Pure.

Every figure reads in light and in dark, on a screen and on paper. Series differ by marker and by
the name beside them, never by colour alone. Each mark has a title, and what it says stands above
the figure while a pointer or the keyboard is on it: without a script.
"""
