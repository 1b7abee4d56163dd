"""Differential test: the same usages priced by this project and by the package genai-prices."""
