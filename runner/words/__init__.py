"""Verdicts, causes and figures in words: the same in every report and in every grade."""
