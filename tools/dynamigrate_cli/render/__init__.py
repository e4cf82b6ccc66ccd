"""Answers as a person reads them: in a terminal with colors, in a pipe as plain lines whose columns stay."""
